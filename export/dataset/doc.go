// Package dataset turns bytes into a folder that one can trust.
//
// A dataset is a folder:
//
//	events/part-00000.parquet   a folder for each table, with a file for each part of the run;
//	events/part-00001.parquet   tables that do not depend on customers have one file
//	…
//	scenario.yaml               the resolved scenario: with the same release, all a new run needs
//	views.sql                   the tables as views of DuckDB, and what follows from them
//	manifest.json               what it is, its tables and files with their hashes, its answers
//
// Files are written under a temporary name and renamed when they are whole. A part whose files are
// all whole has a record in the folder .receipts, from which an interrupted run goes on; when all
// parts are whole the manifest is written and the records go. So a folder with a manifest is
// complete, and whatever else one finds under a final name is at least whole.
//
//	Create → Dataset.Encode(batch), … → Finish → Manifest
//
// Create begins a dataset or goes on with one (resume.go), Verify reads it again, Merge joins
// shards. folder.go knows what may lie in a folder and what of it is ours.
//
// Files are never changed in place. Renames are atomic, but nothing is forced to the disk: after a
// power cut Verify says what a folder is worth. Nothing locks a folder either: two runs that begin
// in the same new folder exclude each other, two that resume the same one do not.
package dataset
