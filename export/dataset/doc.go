// Package dataset writes a folder of files that can be trusted.
//
// A dataset is a folder:
//
//	events/part-00000.parquet   a folder for each table, with a file for each part of the run;
//	events/part-00001.parquet   tables that do not depend on customers have one file
//	…
//	scenario.yaml               the resolved scenario: with the same release, all a new run needs
//	views.sql                   views of the tables for DuckDB, and views derived from them
//	manifest.json               what it is, its tables and files with their hashes, and the figures
//	                            that a pipeline fed with it must report
//
// Files are written under a temporary name and renamed when they are complete. A part whose files
// are all complete has a record in the folder .receipts, which lets an interrupted run go on; when
// all parts are complete the manifest is written and the records are removed. So a folder with a
// manifest is complete, and any other file with a final name is complete as well.
//
//	Create → Dataset.Encode(batch), … → Finish → Manifest
//
//	dataset.go, part.go   the dataset and its parts while they are written
//	resume.go             continues an interrupted run
//	manifest.go           the manifest; views.go: the views
//	verify.go             Verify reads a dataset again and checks it
//	merge.go              Merge joins shards
//	folder.go             what may be in a folder, and which of it is ours
//
// Files are never changed in place. Renames are atomic, but nothing is forced to the disk: after a
// power cut, Verify tells if a folder is intact. Nothing locks a folder either: two runs that
// begin in the same new folder exclude each other, two that resume the same one do not.
package dataset
