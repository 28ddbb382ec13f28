// Package document reads YAML files whose every value knows where it stands.
//
// A Spec says what documents of a kind hold: a Go struct, whose tags carry limits, words and
// documentation, and lists and forms that tags name. It knows no market: package model has the Spec
// of scenarios. A value goes this way:
//
//	node.go     text → Node: a tree in which each value has an Origin, its file, line and column
//	load.go     a document and those it builds on, one after the other
//	merge.go    child over parent, file over defaults, a Set over all
//	decode.go   Node → struct, strictly: a Checker collects what is wrong, with the Place of each
//	forms.go    how numbers, shares, times and dates are written
//	spec.go     what each field accepts, read from its tags
//	write.go    struct and tree → YAML again, and a hash of what it says
//	jsonschema.go   Spec → JSON Schema, for editors
//
// A type that is written in a form of its own, such as a law of time, is a Value: it decodes itself
// and describes itself to editors.
//
// Files may come from strangers: their size, depth and width are bounded before the parser sees
// them, and every error is one line with file:line:column, what was found and what is accepted.
package document
