package push

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/percorso/percorso/export/pace"
)

// TestASuccessEndsARunOfFailures: how long a target has accepted nothing is counted from the first
// failure after what it accepted last, and what it has ever accepted stays known.
func TestASuccessEndsARunOfFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opt := new(Options)
		h := health{retryFor: 10 * time.Second, name: opt.name}
		v := opt.judge(&http.Response{StatusCode: 503}, nil)
		for _, step := range []struct {
			after time.Duration
			good  bool
			dead  bool
		}{
			{after: 0},
			{after: 9 * time.Second},
			{after: 500 * time.Millisecond, good: true},
			{after: 0}, // a new run
			{after: 9 * time.Second},
			{after: time.Second - 1},
			{after: 1, dead: true},
			{after: time.Hour, good: true},
			{after: time.Hour}, // another
			{after: 10 * time.Second, dead: true},
		} {
			time.Sleep(step.after)
			if step.good {
				h.good()
				if !h.proven() {
					t.Error("what was accepted proves nothing")
				}
				continue
			}
			if err := h.bad(&v); (err != nil) != step.dead {
				t.Errorf("%v later: %v, want it dead: %v", step.after, err, step.dead)
			}
		}
		if !h.proven() {
			t.Error("failures make forget what was accepted")
		}
	})
}

// TestATargetThatFailsNowAndThenIsNoDeadOne: a stream whose every request fails once goes on for
// much longer than a target that accepts nothing is tried.
func TestATargetThatFailsNowAndThenIsNoDeadOne(t *testing.T) {
	p, tries := newPulse(t, time.Millisecond, 1), 0
	failsFirst := func(*http.Request) (*http.Response, error) {
		status := http.StatusOK
		if tries++; tries%2 == 1 {
			status = http.StatusServiceUnavailable
		}
		return &http.Response{StatusCode: status, Body: http.NoBody, Header: http.Header{}}, nil
	}
	synctest.Test(t, func(t *testing.T) {
		opt := p.options(roundTrip(failsFirst), pace.Rate(10))
		opt.Batch, opt.Connections, opt.Duration = 10, 1, 5*opt.RetryFor
		m := NewMeasure(opt.Pace)
		if err := Run(t.Context(), p.live, m, opt); err != nil {
			t.Error(err)
		}
		c := m.Counts()
		if n := int64(opt.Duration.Seconds()); c.Requests.Accepted != n || c.Requests.Retried != n {
			t.Errorf("%d requests accepted, %d tried again, want %d", c.Requests.Accepted,
				c.Requests.Retried, n)
		}
	})
}
