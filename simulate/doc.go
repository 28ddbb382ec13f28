// Package simulate makes customers live.
//
// A World says what the market is; this package says what happens in it. Customers live in towns,
// towns make up parts, and a part is lived through day by day:
//
//	run.go, byday.go   the two orders of the same work: by part for files, by day for streams
//	part.go            some towns, and what is known about their people at the end
//	town.go            a day: whoever is due is woken; agenda.go says who that is
//	person.go          what a person is born with and what she remembers
//	journey.go         the semi-Markov chain: how long she stays, where to and through which channel
//	touch.go           what entering a stage does: a visit, a call, a look at a poster
//	buying.go          carts, orders, parcels
//	daybook.go         what happened, as columns; orders.go: orders and carts
//	ids.go             public ids that give nothing away
//
// Chance is keyed (package draw): a draw depends on who, when and what for, never on what was drawn
// before, so that the order of work, the number of workers and the size of shards cannot matter.
package simulate
