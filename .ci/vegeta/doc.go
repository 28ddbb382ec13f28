// Package vegeta measures `percorso stream` beside vegeta, a load tester known to be fast, on the
// same machine and against the same target. It is a module of its own, so that nobody else has to
// fetch what it needs.
package vegeta
