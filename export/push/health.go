package push

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"
)

// health is how the target has been responding. It is safe for concurrent use.
type health struct {
	retryFor time.Duration
	name     func(option string) string // how errors call an option

	mu      sync.Mutex
	ok      bool      // it has accepted something
	failing time.Time // since when it has not; zero: it does now
	missed  int64     // events that were given up
	why     string    // reason for the first of them
	refused string    // reason for which the first request was finally refused
}

// good records that the target accepted something.
func (h *health) good() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ok, h.failing = true, time.Time{}
}

// proven reports whether the target has ever accepted anything.
func (h *health) proven() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ok
}

// bad records a failure, and returns an error if there have been only failures for too long.
func (h *health) bad(v *verdict) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.failing.IsZero() {
		h.failing = now
	}
	if now.Sub(h.failing) < h.retryFor {
		return nil
	}
	return fmt.Errorf("the target accepted nothing for %v (%s): %s", h.retryFor,
		h.name("RetryFor"), v)
}

// lost records that events were given up, and why.
func (h *health) lost(events int, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.missed += int64(events)
	if h.why == "" {
		h.why = why
	}
}

// said records why a request was finally refused.
func (h *health) said(why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused == "" {
		h.refused = strings.TrimSpace(why)
	}
}

// An UndeliveredError says that a stream came to its end without delivering all of its events: the
// target refused some, or they were given up.
type UndeliveredError struct {
	Undelivered, Due int64  // events
	Why              string // the first of them, in the words of the target or of the network
}

func (e *UndeliveredError) Error() string {
	if e.Undelivered == e.Due {
		return fmt.Sprintf("the target accepted none of %d events: %s", e.Due, e.Why)
	}
	return fmt.Sprintf("%d of %d events were not delivered: %s", e.Undelivered, e.Due, e.Why)
}

// shortfall is the error of a stream that came to its end without delivering what it had to: an
// UndeliveredError, or that nothing at all was accepted. What was dropped because it was late is no
// error as long as something was accepted: that is what Options.MaxLag asks for.
func (h *health) shortfall(c *Counts) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	lost := h.missed + c.Events.Rejected
	switch {
	case lost > 0:
		return &UndeliveredError{lost, c.Events.Due, cmp.Or(h.why, h.refused, "refused")}
	case c.Events.Due == 0 || c.Events.Accepted > 0:
		return nil
	case c.Events.Dropped == c.Events.Due:
		return fmt.Errorf("no event could be sent in time (%s)", h.name("MaxLag"))
	}
	return fmt.Errorf("the target accepted none of %d events", c.Events.Due)
}
