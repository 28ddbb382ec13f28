// Package model turns a scenario into the rules that a simulation follows.
//
// A scenario is one YAML file that people write; a World is what machines simulate. Load reads a
// Scenario, Compile makes a World of it:
//
//	read.go            reading and writing scenario files: the Spec for package document;
//	                   defaults.yaml and derive.go: the values that a file leaves out
//	scenario.go        the Scenario itself: the keys of the file, with their meaning and limits
//	values.go, laws.go values in forms of their own: shares, hours, weights, laws of time
//	day.go             days of every year or of one, and what is lost outside the simulated days
//	opening.go         when channels are open and how visits spread over the week; holidays.go: the
//	                   public holidays of countries and regions
//	activities.go      what can happen in a stage
//	stages.go          lists of stages that a scenario can show
//	validate.go        faults that no single value shows
//	compile.go         names become small whole numbers, laws become tables; calendar.go,
//	                   journeys.go and goods.go compile their parts
//	vocabulary.go      the words of a scenario, behind the codes in its tables
//	world.go           the World, which never changes, so that workers share it
//	worlds.go          the same World without some channels, and how people then affect each other
//	explain.go         a forecast, before anybody is simulated
//	kpis.go            the catalogue of KPIs, which package kpi measures; kpi_configured.go: those
//	                   whose value a scenario sets; targets.go: the bands they must lie in
//	fingerprint.go     a digest of a World
//
// behaviors.go lists the behaviors, which change what people do. Each is a field of Behaviors and a
// file with its settings, its checks, its plan, and the cause, forecasts and figures it adds;
// mailing.go has the messages they send. A simulation finds a plan by its type, with PlanOf.
//
// The results of simulating a World are Batches of package table: columns of whole numbers with
// words behind them. Package simulate makes batches, packages kpi and export take them, and these
// packages do not know each other.
//
// Random decisions use keys, from package draw; names and places come from package locale; package
// handmade makes worlds for tests.
package model
