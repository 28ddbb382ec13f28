//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// A closed pipe on stdout shall be an error like any other, which explain forgives, instead of a
// signal that ends the process.
func init() { signal.Ignore(syscall.SIGPIPE) }
