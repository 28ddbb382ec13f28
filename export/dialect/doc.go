// Package dialect turns events into what a named system takes.
//
// A Dialect is how a kind of system takes events over HTTP. Opened for a world it is a Wire, which
// writes the bodies of requests and reads what the target answers; packages push and serve send
// and say when. A new dialect is a file of this package and a line in dialects; one of somebody
// else's package is registered.
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
// The id of an event is event_id or made of it, which EventNumber reads, so that what arrived can
// be told from what was sent, and one that is sent again is the same; only Matomo has no ids of
// events. Ids of people are those that the shop itself knows: a customer's where she is recognised,
// else that of her browser or app, else that of the order. The truth about events, such as whose
// they really are, is never sent.
//
// What a target takes at most is in its Limits, and requests are made to fit into them. The limits
// of all dialects stand side by side in the example of Dialects, which is tested.
package dialect
