// Package serve lets clients pull the events of a simulation over HTTP, each at its own pace and
// from its own moment.
//
// # From a simulation to a client
//
//	simulation → chunker → chunks → delivery → connection
//
// Each client has its own simulation. The chunker is its sink: it writes events into chunks, as
// lines or as frames of Server-Sent Events, with the time at which each is due. Clients say how
// fast and from when in the syntax of export/pace. The number of chunks is fixed, and the delivery
// returns them when they are written: a slow client delays only its own simulation, and memory
// stays constant. A client that takes nothing for Options.IdleTimeout is disconnected.
//
// Where a client stopped follows from the id of the last event it received: the id tells the day,
// and the days before it are simulated without output. So the server keeps no state of its clients.
//
// # Files
//
//	server.go, guard.go           the server, and who may use it
//	query.go                      what a client asks for
//	client.go, chunk.go           the stream of one client
//	frame.go                      how events are framed: NDJSON or Server-Sent Events
//	pages.go, problem.go          all other answers, errors included
//	metrics.go                    for Prometheus
//
// This package reads the clock, unlike all packages that make events: times of events never depend
// on it.
package serve
