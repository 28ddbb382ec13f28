// Package paths reads the paths of customers, from which attribution starts: through which channels
// they came, in which order, and whether they bought in the end.
//
//	paths.go    a Set of paths
//	csv.go      reads one from a file: rows of distinct paths (path_rows.go), or one row for each
//	            touch (touch_rows.go)
//	collect.go  a sink that makes one of a simulation: whose touches belong together, and which
//	            are too old; journeys.go: where one path ends and the next begins
//	write.go    writes one in the forms that other tools read
package paths
