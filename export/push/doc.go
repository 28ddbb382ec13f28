// Package push sends the events of a simulation to an endpoint over HTTP, at a pace, and measures
// what becomes of them.
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
// passing reason is sent again later, with the same bytes.
//
// # An open model
//
// When a request is due follows from the pace alone (see export/pace): a slow target does not slow
// down its load. What cannot be sent in time is sent late, or dropped after Options.MaxLag, and is
// counted as such; response times count from the intended time, service times from the actual one.
// Memory is bounded by Options.Buffer: when that many bytes wait for an answer the simulation
// waits, and the requests that it makes later are late by the schedule.
//
// This package looks at the clock; no package that makes events does, so the times of events never
// depend on it.
package push
