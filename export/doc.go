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
package export
