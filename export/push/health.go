package push

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// health is how well the target has been answering. It is safe for concurrent use.
type health struct {
	giveUp time.Duration
	name   func(option string) string // how errors call an option

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
	if now.Sub(h.failing) < h.giveUp {
		return nil
	}
	return fmt.Errorf("the target accepted nothing for %v (%s): %s", h.giveUp,
		h.name("GiveUp"), v)
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

// shortfall is the error of a stream that ended without delivering everything: events were given
// up, or nothing was accepted at all. What the target refused while it accepted other things is its
// answer, not an error.
func (h *health) shortfall(c *Counts) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.missed > 0:
		return fmt.Errorf("%d of %d events were not delivered: %s", h.missed, c.Events.Due, h.why)
	case c.Events.Due == 0 || c.Events.Accepted > 0:
		return nil
	case h.refused != "":
		return fmt.Errorf("the target accepted none of %d events: %s", c.Events.Due, h.refused)
	case c.Events.Dropped == c.Events.Due:
		return fmt.Errorf("no event could be sent in time (%s)", h.name("MaxLag"))
	}
	return fmt.Errorf("the target accepted none of %d events", c.Events.Due)
}
