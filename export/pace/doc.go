// Package pace says how fast a stream of events goes, and from when: what people write, and what
// follows from it.
//
// # How fast
//
// A Pace answers one question: when is the n-th event due, counted from the beginning? It depends
// on what the stream is, never on a clock, so whoever asks may wait, print or only count.
//
//	5000/s, 5k/s, 300/min, 1/h    Rate    so many events a second, evenly
//	max                           Max     nobody waits
//	ramp:1000..50000/5m           Shape   a rate that changes with time: ramp, step, spike, sine
//	60x, 0.05x                    Speed   as the events happened, so many times faster
//
// Parse reads the first three, which say how many, and ParseShape and ParseRate one of them;
// ParseSpeed reads the fourth, which says how much faster than real time. A speed becomes a Pace
// when one knows where the stream begins: Speed.From.
//
// # From when
//
// A Moment is a day, a time by the clocks of a scenario, or a time with a zone of its own.
// ParseMoment reads it without a scenario; Moment.In finds it in one.
//
// # What is wrong
//
// Errors begin with what was found and say what is accepted: "5x: want a rate from 1/h to 10M/s,
// …". Whoever asked puts the name of a flag or of a parameter in front.
package pace
