package push

import (
	"fmt"
	"sync"
	"time"
)

// health is how the target has been answering. It is safe for concurrent use.
type health struct {
	giveUp time.Duration

	mu      sync.Mutex
	ok      bool      // it has accepted something
	failing time.Time // since when it has not; zero: it does
}

// good takes down that the target accepted something.
func (h *health) good() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ok, h.failing = true, time.Time{}
}

// proven says whether the target has ever accepted anything.
func (h *health) proven() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ok
}

// bad takes down a failure, and returns an error if there were only failures for too long.
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
	return fmt.Errorf("the target accepted nothing for %v (--give-up): %s", h.giveUp, v)
}
