// Package kpi measures the figures of a market.
//
// A Measurement is a sink that measures the KPIs that package model lists, each a Reading with its
// 95 % interval. Targets of a scenario are held against them. A Tally is a sink that counts what
// the manifest of a dataset says a pipeline fed with it must report: its Answers.
//
//	batch → Measurement.Encode → Reading(model.KPI)
//	batch → Tally.Encode → Answers → KPIs
//
// readings.go says how each KPI is read. All sums are of whole numbers, so that neither the order
// of batches nor the number of workers can matter.
package kpi
