// Package pace says how fast a stream of events goes, and from when: it reads what people write,
// and computes what follows from it.
//
// # How fast
//
// A Pace answers one question: when is the n-th event due, counted from the beginning? The answer
// depends on the stream, never on a clock, so the caller may wait, print or only count.
//
//	5000/s, 5k/s, 300/min, 1/h    Rate    this many events a second, evenly spaced
//	max                           Max     without waiting
//	ramp:1000..50000/5m           Shape   a rate that changes with time: ramp, step, spike, sine
//	60x, 0.05x                    Speed   as the events happened, this many times faster
//
// Parse reads the first three, and ParseShape and ParseRate one of them; ParseSpeed reads the
// fourth. A speed becomes a Pace once it is known when the stream begins: Speed.From.
//
// # From when
//
// A Moment is a day, a local time of a scenario, or a time with a zone of its own. ParseMoment
// reads it without a scenario; Moment.In finds it in one.
//
// # What is wrong
//
// Errors begin with what was found and say what is accepted: "5x: want a rate from 1/h to 10M/s,
// …". The caller puts the name of a flag or of a parameter in front.
package pace
