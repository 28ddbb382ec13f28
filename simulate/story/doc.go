// Package story tells one customer's life in sentences.
//
// What happens in a town depends on nobody outside of it, so a life costs one town, however large
// the market. Find looks for somebody worth reading about, Tell tells their story:
//
//	find.go     who has a journey of a pattern
//	story.go    a Story: whom it is about, their journeys, the moments of each; and its text
//	life.go     their town is lived through, and what was written about them is kept, as records
//	teller.go   the order of telling: journeys touch by touch, and what came between
//	person.go   who they are, what the shop knows of them, in which world they live
//	touch.go    a touch of a journey: a visit, a call, what went into the cart and what was paid
//	why.go      the rule behind a touch, and its probability in the chain
//	aside.go    what happened outside of journeys: parcels, messages, what was seen in passing
//	pronoun.go  whether it was she, he or they who did it, and the verb that goes with that
//	words.go    numbers, times and names as one reads them
//
// The reason told for a touch is the rule of the scenario and its probability before personal
// traits and the behaviors change it; where a behavior is the reason, it is named in brackets. A
// stage is called what the scenario calls it, and beside it what the list of stages that the
// scenario shows calls it.
//
// Visits, orders and parcels are told here. What a behavior does is told by the behavior: its
// sentences are a voice (voices.go), in a file of its own that is called like the file of package
// simulate whose events it tells.
package story
