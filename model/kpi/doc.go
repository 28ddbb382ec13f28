// Package kpi measures the figures of a market.
//
// One engine counts, for two readers. A Counter counts the rows of batches by their words, in
// crosstabs of whole numbers, so that neither the order of batches nor the number of workers can
// matter. What it has is told twice:
//
//   - Expected are the counts by name: what the manifest of a dataset says that a pipeline fed with
//     it must report. A dataset has a Counter for each part and adds up what is Expected of them.
//   - A Reading is the value of a KPI of package model's catalogue with its 95 % interval, which
//     targets of a scenario are held against. A Measurement is a sink that takes them. Besides its
//     Counter it keeps what only KPIs need: sums of squares for intervals, and lists of what has to
//     be brought together by an id, as the pages of a session.
//
// Where both tell of the same KPI, as of carts given up, both take it from the same method of
// Expected; all but conversion, of which the manifest leaves out devices without a session.
//
//	batch → Counter.Count ──────→ Expected → ExpectedKPIs
//	batch → Measurement.Encode ─→ Expected
//	                           └→ Reading(model.KPI)
//
// The files in the order of the story: crosstab.go and counts.go count; expected.go names the
// counts; findings.go adds what only KPIs need and measurement.go brings the findings of batches
// together; figures.go works them out; reading.go has the intervals and verdicts, clusters.go what
// makes intervals wider; readings.go says how each KPI is read. A KPI more is a line in the
// catalogue and one there.
package kpi
