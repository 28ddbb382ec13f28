// Package serve lets readers pull the events of a simulation over HTTP, each at a pace and from a
// moment of their own.
//
// # From a simulation to a reader
//
//	simulation → chunker → chunks → delivery → connection
//
// Each reader has a simulation of its own. The chunker is its sink: it writes events into chunks,
// as lines or as frames of Server-Sent Events, with the time at which each is due. How fast, and
// from when, a reader says in the words of export/pace. There are only so many chunks, and the
// delivery gives them back when they are written: when a reader is slow its simulation waits, and
// memory stays as it is. A reader who takes nothing for long is let go.
//
// Where a reader stopped follows from the id of the last event that arrived: it tells the day, and
// the days before it are simulated in silence. So there is nothing to remember between readers.
//
// This package looks at the clock, which none that makes events does: times of events never depend
// on it.
package serve
