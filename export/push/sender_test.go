package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/percorso/percorso/export/pace"
)

// TestNothingIsLostOrTwiceUncounted: a target that refuses, fails and cuts connections after it has
// stored their events keeps what the ledger says is accepted, and has twice what is told as that.
func TestNothingIsLostOrTwiceUncounted(t *testing.T) {
	s := newShop()
	var cut sync.Map // ids whose answer was cut off
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids, err := idsOf(r)
		if err != nil {
			t.Errorf("a body that cannot be read: %v", err)
		}
		switch n := s.count(); {
		case n%7 == 0:
			w.Header().Set("Retry-After", "0.02")
			w.WriteHeader(http.StatusTooManyRequests)
		case n%11 == 0:
			w.WriteHeader(http.StatusInternalServerError)
		case n%13 == 0:
			s.keep(ids)
			for _, id := range ids {
				cut.Store(id, true)
			}
			hangUp(w)
		default:
			s.keep(ids)
		}
	}))
	server.Config.ErrorLog = nil
	defer server.Close()
	w, n := handmade(), newNotes()
	opt := options(t, w, server)
	opt.Ledger = n
	const events = 3000
	c, err := run(t, w, events, opt)
	if err != nil {
		t.Fatal(err)
	}
	accepted := n.with(t, Accepted)
	if got := kept(s); !maps.Equal(got, accepted) || len(got) != events {
		t.Errorf("the target has %d ids, the ledger says accepted of %d, want the same %d",
			len(got), len(accepted), events)
	}
	_, twice := s.kinds()
	if int64(twice) != c.Events.MaybeDuplicate || twice != len(n.doubles) || twice == 0 {
		t.Errorf("the target has %d events twice, %d are counted, %d noted: want the same, some",
			twice, c.Events.MaybeDuplicate, len(n.doubles))
	}
	for id := range n.doubles {
		if _, ok := cut.Load(id); !ok {
			t.Errorf("event %d may be there twice although its answer was read", id)
		}
	}
	if c.Requests.Sent != events/10 || c.Events.Sent != events || c.Requests.Retried == 0 {
		t.Errorf("%d requests with %d events sent, %d tries again; want %d, %d and some",
			c.Requests.Sent, c.Events.Sent, c.Requests.Retried, events/10, events)
	}
	for id, times := range n.sending {
		if times != 1 {
			t.Fatalf("event %d was said to be sent %d times, want once", id, times)
		}
	}
}

// kept returns the ids that a shop has.
func kept(s *shop) map[int64]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make(map[int64]bool)
	for id := range s.kept {
		ids[id] = true
	}
	return ids
}

// TestRetriedIsNotNew: what is sent again is the same, byte by byte.
func TestRetriedIsNotNew(t *testing.T) {
	for _, codec := range []string{"", "gzip", "zstd"} {
		var mu sync.Mutex
		times := make(map[string]int)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			times[string(body)]++
			again := times[string(body)] < 3
			mu.Unlock()
			if again {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
		w := handmade()
		opt := options(t, w, server)
		opt.Compress = codec
		c, err := run(t, w, 50, opt)
		server.Close()
		if err != nil || c.Requests.Sent != 5 || c.Requests.Retried != 10 || len(times) != 5 {
			t.Errorf("%s: %d requests, %d again, %d different bodies (%v), want 5, 10, 5",
				codec, c.Requests.Sent, c.Requests.Retried, len(times), err)
		}
	}
}

// TestRetryAfterIsHonoured: nobody comes back before the target wants.
func TestRetryAfterIsHonoured(t *testing.T) {
	var mu sync.Mutex
	var at []time.Time
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		at = append(at, time.Now())
		if len(at) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	defer server.Close()
	w := handmade()
	if _, err := run(t, w, 5, options(t, w, server)); err != nil {
		t.Fatal(err)
	}
	if len(at) != 2 || at[1].Sub(at[0]) < time.Second || at[1].Sub(at[0]) > 2*time.Second {
		t.Errorf("requests at %v, want two, 1 to 1.1 s apart", at)
	}
}

// TestLongWaitIsGivenUp: who asks to wait for longer than we try is not waited for, and is told.
func TestLongWaitIsGivenUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3000")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	w := handmade()
	c, err := run(t, w, 5, options(t, w, server))
	if err == nil || !strings.Contains(err.Error(), "it asks to wait 5") ||
		!strings.Contains(err.Error(), "RetryFor leaves 20s") || c.Events.Dropped != 5 {
		t.Errorf("%v, %d dropped, want what it asks for and all 5", err, c.Events.Dropped)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, time.October, 25, 8, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "3", 3 * time.Second},
		{"Retry-After", "0.5", time.Second / 2},
		{"Retry-After", "Sat, 25 Oct 2025 08:00:10 GMT", 10 * time.Second},
		{"Retry-After", "Sat, 25 Oct 2025 07:00:00 GMT", 0},
		{"Retry-After", "1e300", time.Hour},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "-5", 0},
		{"Retry-After", "soon", 0},
		{"X-RateLimit-Reset", "7", 7 * time.Second},
		{"X-RateLimit-Reset", fmt.Sprint(now.Unix() + 20), 20 * time.Second},
		{"X-RateLimit-Reset", fmt.Sprint(now.Unix() - 20), 0},
	} {
		header := make(http.Header)
		header.Set(test.name, test.value)
		if got := retryAfter(header, now); got < test.want || got > test.want*11/10 {
			t.Errorf("%s: %s means %v, want %v and up to a tenth more",
				test.name, test.value, got, test.want)
		}
	}
}

// TestTooLargeIsHalved: a target that takes three events at once gets all of them, and is told the
// one that it does not take at all.
func TestTooLargeIsHalved(t *testing.T) {
	s := newShop()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids, _ := idsOf(r)
		if len(ids) > 3 || slices.Contains(ids, 77) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		s.keep(ids)
	}))
	defer server.Close()
	w, n := handmade(), newNotes()
	opt := options(t, w, server)
	opt.Ledger, opt.Batch = n, 40
	c, err := run(t, w, 200, opt)
	var lost *UndeliveredError
	if !errors.As(err, &lost) || lost.Undelivered != 1 || lost.Due != 200 {
		t.Fatalf("%v, want that one event was not delivered", err)
	}
	accepted, rejected := n.with(t, Accepted), n.with(t, Rejected)
	if !maps.Equal(kept(s), accepted) || len(accepted) != 199 {
		t.Errorf("%d accepted, the target has %d, want 199", len(accepted), len(kept(s)))
	}
	if len(rejected) != 1 || !rejected[77] || c.Events.Rejected != 1 {
		t.Errorf("rejected: %v, counted %d, want event 77", rejected, c.Events.Rejected)
	}
	if c.Requests.Split == 0 || c.Events.Sent != 200 || c.Events.MaybeDuplicate != 0 {
		t.Errorf("counted %+v, %+v", c.Requests, c.Events)
	}
}

// TestTheEndSaysWhatWasNotDelivered: a stream that ended on its own is no success if events are
// missing, or if nothing at all got through.
func TestTheEndSaysWhatWasNotDelivered(t *testing.T) {
	answer := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no way", status) }
	}
	var n atomic.Int64
	for _, test := range []struct {
		name   string
		target http.HandlerFunc
		want   string // empty: it is a success
	}{
		{"fails", answer(503), "accepted none of 20 events: 503 "},
		{"refuses", answer(400), "accepted none of 20 events: 400 Bad Request: \"no way"},
		{"asks for an hour", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		}, "accepted none of 20 events: 429"},
		{"fails once", func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 1 {
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(429)
			}
		}, "10 of 20 events were not delivered: 429"},
		{"refuses one", func(w http.ResponseWriter, r *http.Request) {
			if ids, _ := idsOf(r); ids[0] == 11 {
				w.WriteHeader(400)
			}
		}, "10 of 20 events were not delivered: 400"},
		{"takes all", func(http.ResponseWriter, *http.Request) {}, ""},
	} {
		server := httptest.NewServer(test.target)
		w := handmade()
		opt := options(t, w, server)
		opt.RetryFor, opt.Connections = 300*time.Millisecond, 1
		began := time.Now()
		_, err := run(t, w, 20, opt)
		server.Close()
		if text := fmt.Sprint(err); test.want == "" && err != nil ||
			!strings.Contains(text, test.want) && !strings.Contains(text, "accepted nothing for") {
			t.Errorf("a target that %s: %v, want %q", test.name, err, test.want)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("a target that %s: it took %v, want it given up", test.name, took)
		}
	}
}

// TestADeadTargetEndsTheStream: nobody there, for longer than one wants to wait.
func TestADeadTargetEndsTheStream(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := handmade()
	opt := options(t, w, nil)
	opt.Target.Host = closed.Addr().String()
	closed.Close()
	opt.RetryFor = 200 * time.Millisecond
	c, err := run(t, w, 100_000, opt)
	if err == nil || !strings.Contains(err.Error(), "the target accepted nothing for 200ms") ||
		!strings.Contains(err.Error(), "refused") {
		t.Errorf("ended with %v", err)
	}
	if c.Events.Accepted != 0 || c.Events.Uncertain != 0 {
		t.Errorf("%+v although nobody was there", c.Events)
	}
}

// TestAFrozenTargetHoldsTheSimulation: while nothing is answered, no more memory is taken than was
// allowed, and the simulation waits.
func TestAFrozenTargetHoldsTheSimulation(t *testing.T) {
	thaw, seen := make(chan struct{}), make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case seen <- struct{}{}:
		default:
		}
		<-thaw
	}))
	defer server.Close()
	w := handmade()
	opt := options(t, w, server)
	opt.Buffer = 1 << 20
	m := NewMeasure(opt.Pace)
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), living(w, 200_000), m, opt) }() // 100 MB of bodies
	<-seen
	heap := func() int64 {
		var s runtime.MemStats
		time.Sleep(150 * time.Millisecond)
		runtime.GC()
		runtime.ReadMemStats(&s)
		return int64(s.HeapAlloc)
	}
	before := heap()
	if after := heap(); after-before > 1<<20 {
		t.Errorf("it grew from %d to %d bytes while the target was frozen", before, after)
	}
	if c := m.Counts(); c.Requests.Due > 100 {
		t.Errorf("%d requests are due, want no more than were made", c.Requests.Due)
	}
	close(thaw)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if c := m.Counts(); c.Events.Accepted != 200_000 {
		t.Errorf("%d events accepted, want all", c.Events.Accepted)
	}
}

// TestInterrupted: who wants to stop gets the answers that are under way, and an account of all.
func TestInterrupted(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		s, begun := newShop(), make(chan struct{}, 1)
		over := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				ids, _ := idsOf(r)
				if s.keep(ids) == 20 {
					begun <- struct{}{}
				}
				if hangs {
					select {
					case <-over:
					case <-r.Context().Done():
					}
				}
				time.Sleep(10 * time.Millisecond)
			}))
		w, n := handmade(), newNotes()
		opt := options(t, w, server)
		opt.Ledger, opt.Connections, opt.Grace = n, 20, 500*time.Millisecond
		opt.Transport.(*http.Transport).MaxConnsPerHost = 20
		ctx, interrupt := context.WithCancel(t.Context())
		m := NewMeasure(opt.Pace)
		ended := make(chan error, 1)
		go func() { ended <- Run(ctx, living(w, 1_000_000), m, opt) }()
		<-begun
		interrupt()
		began := time.Now()
		err := <-ended
		if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 2*time.Second {
			t.Errorf("ended %v later with %v", took, err)
		}
		close(over)
		server.Close()
		c := m.Counts()
		settled(t, &c)
		accepted, doubtful := n.with(t, Accepted), n.with(t, Uncertain)
		if got := kept(s); len(got) != len(accepted)+len(doubtful) {
			t.Errorf("the target has %d, accepted %d, uncertain %d", len(got), len(accepted),
				len(doubtful))
		}
		if hangs == (len(doubtful) == 0) || hangs == (len(accepted) > 0) {
			t.Errorf("hangs: %v, but %d accepted and %d uncertain", hangs, len(accepted),
				len(doubtful))
		}
	}
}

// TestInOrder: a target that wants its events in order gets them so, whatever fails.
func TestInOrder(t *testing.T) {
	var mu sync.Mutex
	var got []int64
	tries := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids, _ := idsOf(r)
		mu.Lock()
		defer mu.Unlock()
		if tries++; tries%4 == 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		got = append(got, ids...)
	}))
	defer server.Close()
	w := handmade()
	opt := options(t, w, server)
	opt.Connections, opt.Wire.Limits.InOrder = 1, true
	if _, err := run(t, w, 200, opt); err != nil {
		t.Fatal(err)
	}
	if len(got) != 200 || !slices.IsSorted(got) {
		t.Errorf("%d events arrived, in order: %v; want 200", len(got), slices.IsSorted(got))
	}
}

// TestLateIsDropped: what could not be sent in time is counted, and not sent.
func TestLateIsDropped(t *testing.T) {
	s := newShop()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond)
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	w := handmade()
	opt := options(t, w, server)
	opt.Pace, opt.MaxLag, opt.Connections = pace.Rate(1000), 50*time.Millisecond, 1
	c, err := run(t, w, 500, opt)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := s.kinds()
	if c.Events.Due != 500 || c.Events.Dropped == 0 || int(c.Events.Accepted) != all ||
		c.Events.Accepted == 0 {
		t.Errorf("counted %+v, the target has %d", c.Events, all)
	}
}
