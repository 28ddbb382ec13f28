// Package table is what a simulation writes down.
//
// A Batch carries rows of all tables as columns of whole numbers. Schema says which tables and
// columns there are, with their units, their meaning and, where it is the same in every market,
// their vocabulary: a Code is a place in it, counted from 1. Filled says which columns of events
// have a value for which type. A View is a table as it is written.
//
//	Batch.Tables[TableOrders].Cols[at]     a column; at is Table.At("ordered_at"), or a constant
//	                                       such as EventTime for the columns of events
//
// A Sink takes batches from a simulation and makes something of them: files, requests, sums. This
// Package imports nothing of ours, so that a program with a sink of its own links neither YAML nor
// names nor laws.
package table
