// Package model says what a market is.
//
// A market begins as a scenario, one YAML file that people write, and becomes a World, which
// machines simulate. Load reads a Scenario, Compile makes a World of it:
//
//	read.go            what a scenario file holds, and how it is read and written: the Spec that
//	                   package document works by; defaults.yaml and derive.go: what nobody wrote
//	scenario.go        the Scenario itself: the words of the file, with their meaning and limits
//	values.go, laws.go values in forms of their own: shares, hours, weights, laws of time
//	validate.go        what is wrong with it beyond its single values
//	compile.go         names become small whole numbers, laws become tables: calendar.go,
//	                   journeys.go, goods.go
//	world.go           the World, which never changes, so that workers share it
//	worlds.go          the same market without some of its channels; what people do to each other
//	explain.go         what to expect of it, before anybody is simulated
//	kpis.go            the figures that can be measured, which package kpi does; targets.go: the
//	                   bands they must lie in
//
// behaviors.go has the rules that bend the chain. Each is a field of Behaviors and a file: its
// settings, what is wrong with them, its plan, and the cause, forecasts and figures it knows of;
// mailing.go: messages they send. A simulation finds a plan by its type, with PlanOf.
//
// What a simulation makes of a World travels in a Batch of package table: columns of whole numbers
// with words behind them, of which vocabulary.go sets those that the scenario names. Package
// simulate makes batches, packages kpi and export take them, and neither knows the other.
//
// Chance is keyed, in package draw; names and places are those of package locale; worlds for tests
// are made in package handmade.
package model
