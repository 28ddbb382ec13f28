// Package export says where a simulation goes. A Dataset is a folder of files, a Stream is one
// table written to a pipe, a Tally only counts; all are sinks, and sinks compose. Formats turn rows
// into bytes: Parquet, CSV and JSON Lines, one file of this package each.
//
// # A dataset
//
// A dataset is a folder:
//
//	events/part-00000.parquet   a folder for each table, with a file for each part of the run;
//	events/part-00001.parquet   tables that do not depend on customers have one file
//	…
//	scenario.yaml               the resolved scenario: with the same release, all a new run needs
//	manifest.json               what it is, its tables and files with their hashes, its answers
//
// Files are written under a temporary name and renamed when they are whole. A part whose files are
// all whole has a receipt in the folder .receipts, from which an interrupted run goes on; when all
// parts are whole the manifest is written and the receipts go. So a folder with a manifest is
// complete, and whatever else one finds under a final name is at least whole.
//
// Files are never changed in place. Renames are atomic, but nothing is forced to the disk: after a
// power cut Verify says what a folder is worth. Nothing locks a folder either: two runs that begin
// in the same new folder exclude each other, two that resume the same one do not.
//
// # Dialects
//
// A Dialect is how a kind of system takes events over HTTP. Opened for a world it is a Wire, which
// writes the bodies of requests and reads what the target answers; packages push and serve send
// and say when.
//
//	batch → Day → Event → Wire.Begin, Event, Event, …, End → body
//	                      Wire.Answer ← status and body of the answer
//
// A Day knows what stands behind the events of a day: orders, refunds, customers, visits. A lexicon
// has the words of a world as dialects write them, made once, so that an event costs no allocation.
// Segment, PostHog, Mixpanel and Amplitude share a commerce: names of events and their properties.
// All else about a system is in the file with its name, which begins with who is who to it and what
// it does not see.
//
// The id of an event is event_id or made of it, which ReadID reads, so that what arrived can be
// told from what was sent, and one that is sent again is the same; only Matomo has no ids of
// events. Ids of people are those that the shop itself knows: a customer's where she is recognised,
// else that of her browser or app, else that of the order. The truth about events, such as whose
// they really are, is never sent.
//
// What a target takes at most is in its Limits, and requests are made to fit into them. The limits
// of all dialects stand side by side in the example of Dialects, which is tested.
//
// # Tables of others
//
// A Foreign is the table that a receiver ended with, and a Meaning says whether its values mean
// the same as ours, however they are spelt.
package export
