// Package attribute shares out conversions among the channels of their paths, by the usual methods.
//
//	methods.go   the list of methods, and those that weigh the touches of each path by itself
//	markov.go    removal effects in an absorbing Markov chain over all paths
//	logistic.go  a logistic regression over the channels of paths
//
// None of these methods knows the truth: package score compares their credit with it.
package attribute
