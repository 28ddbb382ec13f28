// Package worlds finds out what each channel really did: the same people live again without it.
//
// A coalition is a set of channels that are on, out of those that are switched, the players. Plan
// lists the worlds to live, one for each coalition; Run lives them town by town; a Tally adds up,
// in whole numbers, what the people of each world bought and what the advertising cost; Estimates
// turns it into figures. Tallies of parts and of shards add up to that of the whole market.
//
//	plan.go       which worlds, and their cost        run.go       town by town
//	outcome.go    what is counted                     tally.go     its sums and sums of squares
//	estimates.go  estimands                           match.go     which orders went with a channel
//	tables.go     the figures as rows of tables       people.go    those of single people, whose
//	                                                  tables are in people_tables.go
//	twins.go      a market under an intervention,     holdout.go   what an experiment would say
//	              its tables in twin_tables.go
//
// # Estimands
//
// Let v(S) be an outcome in the world in which the players S are on, N all of them, and d a
// player. Then (see Shapley, A value for n-person games, 1953, for the third)
//
//	leave-one-out  v(N) - v(N without d)
//	first-in       v(d alone) - v(none)
//	Shapley        the mean of v(S with d) - v(S) over all orders in which players may join
//	total          v(N) - v(none), the sum of the Shapley values
//	baseline       v(none), what would be sold without any player; it belongs to no channel
//
// # Errors
//
// One replay tells what happened to these people with this luck, exactly. se_customers is the
// standard error of the effect if other people of the same kind had come, from the differences
// between two worlds of the same customer (under live coupling, of the same town); expected is the
// mean effect over worlds with other luck for the same people, and se_draws its standard error.
package worlds
