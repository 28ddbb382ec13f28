// Package dialect turns events into the requests of a named system.
//
// A Dialect is the form in which a kind of system takes events over HTTP. Opened for a world it is
// a Wire, which writes the bodies of requests and reads the answers; packages push and serve decide
// what is sent when. To add a dialect, write a file in this package and add a line to dialects; a
// package of yours calls Register.
//
//	batch → Day → Event → Wire.Begin, Event, Event, …, End → body
//	                      Wire.Answer ← status and body of the answer
//
// A Day knows what belongs to the events of a day: orders, refunds, customers, visits. A lexicon
// has the words of a world in the form dialects need, made once, so that an event costs no
// allocation. Segment, PostHog, Mixpanel and Amplitude share a commerce: names of events and their
// properties. Everything else about a system is in the file with its name, which begins with how
// the system identifies people and which events it does not see.
//
// The id of a sent event is event_id or derived from it, and EventNumber recovers it: so what
// arrived can be compared with what was sent, and an event that is sent again has the same id. Only
// Matomo has no event ids. Ids of people are those that the shop knows: the customer's where they
// are recognised, else that of the browser or app, else that of the order. The truth about events,
// such as whose they really are, is never sent.
//
// Limits has what a target accepts at most, and requests are made to fit. The limits of all
// dialects stand side by side in the example of Dialects, which is tested.
package dialect
