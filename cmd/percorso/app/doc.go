// Package app is Percorso as a library in few calls: what the commands generate, stream and
// reconcile do, without a command line.
//
//	Load(scenario, sets…)     → a World: a built-in scenario, a file, or that of a dataset
//	NewForecast(ctx, World)   → how many rows Generate would write, from a short trial
//	Generate(ctx, Generation) → a folder of files, and its Manifest
//	Stream(ctx, Streaming)    → an HTTP target or a writer, and a Report
//	Prepare(Streaming)        → the same in two steps: what is wrong with it, and a Flow to run
//	Replay(receipt)           → for reconcile.Compare
//
// The packages below can be put together in other ways; here they are as they fit: datasets whose
// parts are days are simulated day by day, others part by part; parts that a resumed run has
// already are left out; a stream knows of whom it tells and goes on where its receipt ends.
//
// What the calls say while they run, they say to a function. They look at no flag, no environment
// but that of proxies, and no terminal.
package app
