// Package document reads YAML files and remembers where each value was written.
//
// A Spec describes a kind of document: a Go struct, whose tags carry ranges, words and
// documentation, together with the lists, forms and defaults that no tag can hold. Its method Load
// reads a document, and those it builds on, into such a struct. A value passes through these files:
//
//	spec.go        what each field accepts, read from its tags
//	node.go        text → Node: a tree in which each value has an Origin, its file, line and column
//	load.go        a document and those it builds on, one after the other
//	merge.go       child over parent, file over defaults, a Set over all
//	decode.go      Node → struct, strictly: a Checker collects what is wrong, with the Place of each
//	forms.go       how numbers, shares, times and dates are written
//	names.go       how the author's own names are written
//	write.go       tree → YAML again, and a hash of what the struct says
//	jsonschema.go  Spec → JSON Schema, for editors
//
// A type that is written in a form of its own, such as a percentage, is a Value: it decodes itself
// and describes itself to editors.
//
// Files may come from strangers. Their size, depth and width are bounded before the parser sees
// them, and every line of an error says where it is, what was found and what is accepted.
package document
