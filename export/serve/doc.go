// Package serve lets clients pull the events of a simulation over HTTP, each at its own pace and
// from a time of its own.
//
// # From a simulation to a client
//
//	simulation → chunker → chunks → delivery → connection
//
// Each client has its own simulation. The chunker is its sink: it writes events into chunks, as
// lines or as frames of Server-Sent Events, with the time at which each is due. A client says how
// fast, and from when, in the words of export/pace. The number of chunks is fixed, and the delivery
// returns them once they are written: when a client is slow its simulation waits, and memory does
// not grow. A client that takes nothing for Options.IdleTimeout is disconnected.
//
// Where a client stopped follows from the id of the last event that arrived: it tells the day, and
// the days before it are simulated again without being sent. So the server keeps no state of its
// clients.
//
// This package looks at the clock; no package that makes events does, so the times of events never
// depend on it.
package serve
