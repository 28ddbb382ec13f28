// Package serve lets readers pull the events of a simulation over HTTP, each at its own pace and
// from its own moment.
//
// # From a simulation to a reader
//
//	simulation → chunker → chunks → delivery → connection
//
// Each reader runs its own simulation. The chunker is its sink: it writes events into chunks, as
// lines or as frames of Server-Sent Events, with the time at which each is due. Readers say how
// fast and from when in the syntax of export/pace. The number of chunks is fixed, and the delivery
// returns them when they are written: a slow reader delays only its own simulation, and memory
// stays constant. A reader that takes nothing for too long is disconnected.
//
// Where a reader stopped follows from the id of the last event it received: the id tells the day,
// and the days before it are simulated without output. So the server keeps nothing between
// connections.
//
// # Files
//
//	server.go, guard.go           the server, and who may use it
//	query.go                      what a reader asks for
//	reader.go, chunk.go           the stream of one reader
//	frame.go                      how events are framed: NDJSON or Server-Sent Events
//	pages.go, problem.go          all other answers, errors included
//	metrics.go                    for Prometheus
//
// This package reads the clock, unlike all packages that make events: times of events never depend
// on it.
package serve
