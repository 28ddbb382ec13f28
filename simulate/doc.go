// Package simulate makes customers live.
//
// A World says what the market is; this package says what happens in it. Customers live in towns,
// towns make up parts, and a part is lived through day by day:
//
//	run.go, byday.go   the two orders of the same work: by part for files, by day for streams
//	part.go            some towns, and what is known about their people at the end
//	town.go            a day: whoever is due is woken; agenda.go says who that is
//	person.go          what a person is born with and what she remembers
//	journey.go         the semi-Markov chain: how long she stays, where to, through which channel and
//	                   when that is open; what becomes of her cart
//	off.go             channels that a world is without, and what becomes of who came through them
//	touch.go           what entering a stage does: a visit and its cart, a call, a look at a poster
//	buying.go          orders and parcels
//	recorder.go        what happened, day by day; events.go, orders.go, side_rows.go: as columns
//	ids.go             public ids that give nothing away
//
// Behaviors bend these lives. Each is one file, keeps what it knows of a person by her place in the
// town, and implements those of the small interfaces of behavior.go whose moments concern it: to
// weigh on a choice, to hear of an order, a parcel, a cart, a touch or a feeling, to be woken for
// an errand, to act before a day or after it, to say what it knows of a person. Nobody calls a
// behavior by its name, so with none of them a life is its chain.
//
//	advertising.go     contacts that nobody asked for, and what they change
//	cart.go            what becomes of carts that are left, and what brings them back
//	churn.go           who stops, falls asleep, has a contract, is won back
//	fulfilment.go      lateness, pick-ups and returns
//	loyalty.go         points, tiers, rewards and recommendations
//	market.go          prices, promotions, and shelves that are empty
//	omnichannel.go     tastes for channels, and competitors
//	satisfaction.go    what they expected and felt, surveys and reviews
//	service.go         why they get in touch; desk.go: the queue that they wait in
//	word_of_mouth.go   what they say to acquaintances.go; what hearing it does, in a file beside it
//	mailing.go         messages that behaviors send; bends.go: what they reckon with
//
// To add one, write its file and a row in the list of rules.go: its name in scenarios, a family of
// uniforms that no other has, and its constructor, which returns nil where the world is without it.
// If it has something to say for which there is no moment yet, behavior.go gets an interface, which
// tells how the answers of several combine, and a list of those who implement it. Its slots go into
// slots_test.go, its block for random scenarios into the file of its tests.
//
// Customers act on each other only through what the town says, which is heard tomorrow, and before
// the desk, which is served when the day is over: so it does not matter who lives the day first.
//
// Chance is keyed (package draw): a draw depends on who, when and what for, never on what was drawn
// before, so that the order of work, the number of workers and the size of shards cannot matter.
package simulate
