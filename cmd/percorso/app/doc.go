// Package app is Percorso as a library with few calls: what the commands generate, stream and
// reconcile do, without a command line.
//
//	Load(scenario, sets…)     → a World: a built-in scenario, a file, or that of a dataset
//	NewForecast(ctx, World)   → how many rows Generate would write, from a short trial
//	Generate(ctx, Generation) → a folder of files, and its Manifest
//	Stream(ctx, Streaming)    → an HTTP target or a writer, and a Report
//	Prepare(Streaming)        → the same in two steps: check the options, then run the Flow
//	Replay(receipt)           → for reconcile.Compare
//	FindTruth(ctx, Truth)     → what each channel did, and a folder of tables about it
//	FindUplift(ctx, Uplift)   → likewise what an intervention does to the same customers
//
// The packages below can be combined in other ways; here they are combined as intended: datasets
// partitioned by day are simulated day by day, others part by part; parts that a resumed run has
// already are left out; a stream includes the customers that its events refer to, and continues
// where its receipt ends.
//
// The calls report progress to a function. They read no flags, no environment variables except
// those for proxies, and no terminal.
package app
