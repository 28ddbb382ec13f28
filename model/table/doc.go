// Package table has the tables that a simulation writes.
//
// A Batch carries rows of all tables as columns of whole numbers. Schema lists the tables and their
// columns, with units, meaning and, where it is the same in every scenario, vocabulary: a Code is a
// place in a vocabulary, counted from 1. Filled says which columns of events have a value for which
// type. A View is a table as it is written.
//
//	Batch.Tables[TableOrders].Cols[at]     a column; at is Table.At("ordered_at"), or a constant
//	                                       such as EventTime for the columns of events
//
// A Sink takes batches from a simulation and turns them into files, requests or sums. This package
// imports no other package of the module, so that a program with its own sink links neither YAML
// nor names nor laws.
//
//	table.go     tables, columns and views      schema.go    all tables
//	batch.go     batches, their rows and sinks  words.go     the vocabularies
//	cents.go     amounts as text                nearest.go   the name that was perhaps meant
//	filled.go    which columns an event fills
package table
