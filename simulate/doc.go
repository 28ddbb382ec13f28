// Package simulate makes customers live.
//
// A World says what the scenario is; this package says what happens in it. Customers live in towns,
// and towns form parts. A town lives a tile of some days before the next town of its part does, so
// that its people stay in the cache; what happened is then written day by day:
//
//	run.go, byday.go   two orders of the same work: part by part for files, day by day for streams
//	part.go            a few towns, their tiles, and what is known about their people at the end
//	town.go            a day: everybody who is due is woken; agenda.go knows who that is
//	population.go      who arrives, stays and leaves, and what they did before the first day
//	person.go          the traits people are born with, and the state they keep
//	needs.go           when a need is felt
//	journey.go         the semi-Markov chain: how long a stage lasts, which stage follows, through
//	                   which channel and when that is open; what happens to the cart
//	off.go             channels that a world is without, and the touches that used them
//	touch.go           what happens in a stage: a visit, a call, a look at a poster; basket.go: what
//	                   goes into the cart of a visit
//	buying.go          orders and parcels
//	recorder.go        what happened, day by day; events.go, orders.go, side_rows.go: as columns
//	ids.go             public ids that reveal nothing
//	ledger.go          what people bought and advertising cost, without rows; ledgers.go: in many
//	                   worlds at once; same_people.go: whether two worlds have the same people
//
// Behaviors change what people do. Each is one file. It keeps its state by the person's place in
// the town, and implements those of the small interfaces of behavior.go for the moments it takes
// part in: weighing on a choice; hearing of an order, a parcel, a cart, a touch or a feeling;
// running an errand; acting before or after a day; saying what it knows of a person. Nobody calls a
// behavior by name, so without behaviors a life is just its chain.
//
//	advertising.go     contacts that nobody asked for, and their effects; audience.go: whom they
//	                   reach; flights.go: when and where; spend.go: what they cost
//	cart.go            the steps of a checkout, abandoned carts, and what brings people back
//	churn.go           customers who stop, fall dormant, have a contract, are won back
//	fulfilment.go      late parcels, pickups and returns
//	loyalty.go         points, tiers, rewards and recommendations
//	market.go          prices, promotions and empty shelves
//	omnichannel.go     tastes for channels, and competitors
//	satisfaction.go    expectations and experience, surveys and reviews
//	service.go         reasons to get in touch; desk.go: the queue
//	word_of_mouth.go   what people tell acquaintances (acquaintances.go); word_of_mouth_heard.go:
//	                   what hearing it does
//	mailing.go         messages that behaviors send; bends.go: the arithmetic they share
//
// To add a behavior, write its file and add a row to the list in rules.go: its name in scenarios, a
// family of uniforms of its own, and its constructor, which returns nil where the world is without
// it. If it needs a moment that does not exist yet, add an interface to behavior.go, which
// documents how several answers combine, and a list of the behaviors that implement it. Its slots
// go into slots_test.go, and its block for random scenarios into its own test file.
//
// Customers affect each other in two ways only: through word of mouth, which is heard the next day,
// and through the queue of the desk, which is served when the day is over. So the order in which
// people live the day does not matter.
//
// Chance is keyed (package draw): a draw depends on who, when and what for, never on what was drawn
// before, so that the order of work, the number of workers and the size of shards cannot matter.
package simulate
