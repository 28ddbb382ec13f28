// Package model says what a market is.
//
// A market begins as a scenario, one YAML file that people write, and becomes a World, which
// machines simulate:
//
//	load.go, node.go, merge.go   read a file and what it builds on, as a tree that knows where each
//	                             value comes from
//	decode.go, forms.go          turn the tree into a Scenario, strictly
//	validate.go, rules.go        say all that is wrong with it, with its place and the nearest name
//	resolved.go, jsonschema.go   write it back, and its schema for editors
//	scenario.go                  the Scenario itself: the words of the file, with their meaning
//	compile.go                   names become small whole numbers, laws become tables: calendar.go,
//	                             journeys.go, goods.go, laws.go
//	behaviors.go                 the rules that bend the chain, a file each: their settings, what is
//	                             wrong with them, and their plans; mailing.go: messages they send
//	worlds.go                    the same market without some of its channels
//	world.go                     the World, which never changes, so that workers share it
//	explain.go                   what to expect of it, before anybody is simulated
//	kpis.go, targets.go          the figures that came out, measured, and the bands they must lie in
//
// What the simulation makes of a World travels in a Batch (batch.go): columns of whole numbers,
// with the words of vocabulary.go and words.go behind them and the schema of schema.go around them.
// A Sink takes it from there. Package simulate makes batches, package export writes them, and
// neither knows the other.
//
// Chance is keyed, in package draw; names and places are those of package locale.
package model
