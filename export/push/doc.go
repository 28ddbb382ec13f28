// Package push sends the events of a simulation to an endpoint over HTTP, at a pace, and measures
// what happens to them.
//
// # From a batch to an answer
//
//	simulation → feed → queue → dispatcher → senders → target
//	                                ↑ retries ↓
//
// The feed is a sink: it takes batches in the order of time, lets the dialect encode their events,
// and closes a request when it is full or has waited long enough. Both follow from the schedule
// alone, never from the clock, so the same options make the same requests. The dispatcher waits
// until a request is due; a sender sends it and reads the answer. A request that failed for a
// temporary reason is sent again later, with the same bytes. A recording (see export/record) takes
// the place of simulation and feed, or of all that follows them.
//
// # An open model
//
// When a request is due follows from the pace alone (see export/pace): a slow target does not slow
// down its load. What cannot be sent in time is sent late, or dropped after Options.MaxLag, and is
// counted as such; response times count from the intended time, service times from the actual one.
// Memory is bounded by Options.Buffer: when that many bytes wait for an answer the simulation
// waits, and the requests that it makes later are late by the schedule.
//
// # Files
//
//	feed.go, request.go         events become requests
//	run.go, sender.go           Run: the dispatcher, the senders and their retries
//	client.go, transport.go     one attempt, and the connections
//	verdict.go, health.go       what an answer means, for a request and for the stream
//	measure.go, timing.go       counts and times; watch.go: per second; report.go, metrics.go: as
//	                            a report and for Prometheus; thresholds.go: limits on a report
//	receipt.go, ledger.go       what happened to each event, and the journal while the stream runs
//	resumed.go                  what an earlier run of the same stream has done
//	secrets.go                  keeps credentials out of messages
//	print.go                    Print: requests are written instead of sent
//	record.go                   Record: requests are kept instead of sent; Replay: and sent later
//
// This package reads the clock, unlike all packages that make events: times of events never depend
// on it.
package push
