// Package story tells one customer's life in sentences.
//
// What happens in her town depends on nobody outside of it, so a life costs one town, however large
// the market. Find looks for somebody worth reading about, Tell writes her story:
//
//	find.go     who has a journey of a pattern
//	life.go     her town is lived through, and what was written about her is kept, as records
//	story.go    the order of telling: journeys touch by touch, and what came between
//	person.go   who she is, what we know of her, in which world she lives
//	touch.go    a touch of a journey: a visit, a call, what went into the cart and what was paid
//	why.go      the rule behind a touch, and its probability in the chain
//	aside.go    what happened outside of journeys: parcels, messages, what she saw in passing
//	words.go    numbers, times and names as one reads them
//
// The reason told for a touch is the rule of the scenario and its probability before her own traits
// and the behaviors bend it; where a behavior is the reason, it is named in brackets.
//
// Visits, orders and parcels are told here. What a behavior does is told by the behavior: its
// sentences are a voice (voices.go), in a file of its own that is called like the file of package
// simulate whose events it tells.
package story
