// Package format turns rows into bytes: Parquet, CSV and JSON Lines.
//
// A Format is a value with a name, its compressions and four functions: Ext returns the extension
// of its files, Open begins a file, Rows counts the rows of a file, and Type describes the type of
// a column to people. To add a format, write a file in this package and add a line to formats; a
// package of yours calls Register. Code that writes tables looks a format up by name, and help
// texts list all of them.
//
//	table.View → Schema → Format.Open → Writer.Write(rows), Write(rows), …, Close → bytes
//
// A TableWriter is a sink that writes one table to one io.Writer, in the order of commits.
//
// The same rows give the same bytes on every machine, however they are split over calls of Write.
// Text is written by one TextColumn per column (text.go); csv.go and jsonl.go define the syntax
// around the values. Parquet pages are made straight from the codes of a batch (parquet_*.go).
package format
