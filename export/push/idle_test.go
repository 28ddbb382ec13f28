package push

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/percorso/percorso/export/pace"
)

// TestSecondsSayWhatIsWaitedFor: a second in which nothing was sent says why, whether requests wait
// for another try or the next is not due yet.
func TestSecondsSayWhatIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		opt := steady(0.1, func(context.Context, int) (int, error) {
			if time.Since(began) < 8*time.Second {
				return http.StatusServiceUnavailable, nil
			}
			return http.StatusOK, nil
		})
		opt.Duration = 25 * time.Second
		r, err := streamed(t.Context(), NewMeasure(opt.Pace), opt, silentWatcher{})
		if err != nil {
			t.Fatal(err)
		}
		resting, due := 0, 0
		for _, s := range r.PerSecond {
			if s.Resting > 0 {
				resting++
			}
			if s.NextDue > 0 {
				due++
			}
			if s.Resting < 0 || s.Resting > 1 || s.NextDue < 0 || s.NextDue > 10 {
				t.Errorf("%d requests wait to be tried again, the next is due in %v s", s.Resting, s.NextDue)
			}
			if s.Requests.Sent == 0 && s.Resting+s.InFlight+s.Failed == 0 && s.NextDue == 0 &&
				s.At < 20 {
				t.Errorf("nothing says why nothing was sent: %+v", s)
			}
		}
		if resting < 4 || due < 10 {
			t.Errorf("%d seconds of requests to be tried again, %d of requests to come: %+v", resting, due,
				r.PerSecond)
		}
	})
}

// TestPrintObservesLimits unless it shall ignore them.
func TestPrintObservesLimits(t *testing.T) {
	p := newPulse(t, time.Millisecond, 1)
	for _, ignore := range []bool{false, true} {
		var out bytes.Buffer
		wire := *idWire()
		wire.Limits.EventBytes = 1 // what has two digits is too big
		opt := Options{World: p.world, Wire: &wire, Pace: pace.Max, Batch: 20, Linger: time.Hour,
			Events: 20, IgnoreLimits: ignore}
		m := NewMeasure(opt.Pace)
		if err := Print(t.Context(), p.live, &out, m, opt); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "\n11\n"); got != ignore {
			t.Errorf("limits ignored %v: %s", ignore, &out)
		}
		if big := m.Counts().Events.TooBig; (big > 0) == ignore {
			t.Errorf("limits ignored %v: %d too big", ignore, big)
		}
	}
}

// TestReach says in few words whether anybody is there, and sends nothing.
func TestReach(t *testing.T) {
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked = true
	}))
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	reach := func(ctx context.Context, to string) error {
		target, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		return Reach(ctx, target)
	}
	if err := reach(t.Context(), server.URL+"/in"); err != nil {
		t.Error(err)
	}
	server.Close()
	if asked {
		t.Error("the target was sent a request")
	}
	if err := reach(t.Context(), closed.URL); err == nil ||
		strings.Contains(err.Error(), "dial") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("nobody there: %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if err := reach(late, closed.URL); err == nil || err.Error() != "it does not answer" {
		t.Errorf("too late: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := reach(stopped, closed.URL); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// TestThresholdsOfDelivery: those that say how many events may be missing.
func TestThresholdsOfDelivery(t *testing.T) {
	for text, want := range map[string]bool{"errors>1%": true, "rejected>5": true, "dropped>0": true,
		"uncertain>=1": true, "p99>1s": false, "late>1%": false, "rate<5/s": false,
		"maybe_duplicate>1": false, "service.max>1s": false} {
		list, err := ParseThresholds(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := list[0].OfDelivery(); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}
