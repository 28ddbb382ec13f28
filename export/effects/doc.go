// Package effects keeps what each channel really did as a folder of tables that one can trust.
//
// A run works part by part. A finished part has a stamp, a file in the folder .truth with the sums
// of the part, and its own files of the tables that say something of single people. When all parts
// are there, Finish writes the tables of figures, truth_views.sql and then truth.json, the
// manifest, and removes the stamps. So a run that was stopped goes on where it was, several shards
// may each make some of the parts, and Merge makes of their folders what one run would have made,
// byte for byte. The folder may be that of a dataset: no name is the same.
//
//	folder.go   a folder being filled       merge.go   shards, made into one
//	verify.go   whether it is complete      read.go    its rows, whatever their format
//
// The package knows nothing of what the sums and tables say.
package effects
