// Package kpi measures the figures of a simulation or a dataset.
//
// One engine counts, for two purposes. A Counter counts the rows of batches by their words, in
// crosstabs of whole numbers, so that neither the order of batches nor the number of workers can
// matter. Its counts are used twice:
//
//   - Expected are the counts by name: what a pipeline that is fed with the dataset must report,
//     according to the manifest. A dataset has a Counter for each part and adds up their Expected.
//   - A Reading is the value of a KPI, from the catalogue of package model, with its 95 % interval,
//     which is compared with the targets of a scenario. A Measurement is a sink that takes
//     readings. Besides its Counter it keeps what only KPIs need: sums of squares for intervals,
//     and lists of rows that belong together by an id, such as the pages of a session.
//
// A KPI that both report, such as cart abandonment, comes from the same method of Expected. The
// only exception is conversion, where the manifest leaves out devices without a session.
//
//	batch → Counter.Count ──────→ Expected → ExpectedKPIs
//	batch → Measurement.Encode ─→ Expected
//	                           └→ Reading(model.KPI)
//
// The files in the order of the story: crosstab.go and counts.go count; expected.go names the
// counts; findings.go adds what only KPIs need, and measurement.go collects the findings of
// batches; figures.go computes the figures, moments.go their variances; reading.go has the
// intervals and verdicts, clusters.go what makes intervals wider, and readings.go says how each KPI
// is read. To add a KPI, add a line to the catalogue and one to readings.go.
package kpi
