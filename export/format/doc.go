// Package format turns rows into bytes: Parquet, CSV and JSON Lines.
//
// A Format is a value with a name, its compressions and four functions: Ext says how its files are
// called, Open begins a file, Rows counts the rows of one and Type tells people what is in a
// column. A new format is a file of this package and a line in formats, one of somebody else's
// package is registered; whoever writes tables asks for it by name, and whoever lists formats asks
// for all.
//
//	table.View → Schema → Format.Open → Writer.Write(rows), Write(rows), …, Close → bytes
//
// A Stream is a sink that writes one table to one writer, in the order of commits.
//
// The same rows give the same bytes on every machine, however they are split over calls of Write.
// Text is written by a TextColumn for each column (text.go); csv.go and jsonl.go say what stands
// around values. Parquet pages are made straight from the codes of a batch (parquet_*.go).
package format
