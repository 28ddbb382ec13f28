package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A standIn is a target in memory: it says what it makes of the n-th request from 0, and when.
type standIn func(ctx context.Context, n int) (status int, err error)

// serve makes a transport of a stand-in.
func (d standIn) serve() http.RoundTripper {
	var mu sync.Mutex
	count := 0
	return inMemory(func(r *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(r.Context())
		trace.WroteHeaders()
		_, err := io.Copy(io.Discard, r.Body)
		r.Body.Close()
		trace.WroteRequest(httptrace.WroteRequestInfo{Err: err})
		if err != nil {
			return nil, err
		}
		mu.Lock()
		n := count
		count++
		mu.Unlock()
		status, err := d(r.Context(), n)
		if err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: status, Header: make(http.Header),
			Body: io.NopCloser(strings.NewReader(""))}, nil
	})
}

type inMemory func(*http.Request) (*http.Response, error)

func (f inMemory) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// numbered writes an event as its number.
type numbered struct{}

func (numbered) Begin(dst []byte, _ *dialect.Event) []byte { return dst }
func (numbered) End(dst []byte, _ int64) []byte            { return dst }

func (numbered) Event(dst []byte, e *dialect.Event) ([]byte, bool) {
	return fmt.Appendf(dst, "%d", e.ID()), true
}

// steady are the options of a stream of requests with one event each.
func steady(rate float64, target standIn) Options {
	return Options{
		World: &model.World{Tables: table.Schema("EUR")},
		Wire: &dialect.Wire{Encoder: numbered{}, Between: "\n",
			Answer: func(status int, _ []byte, events int) dialect.Answer {
				if status == http.StatusOK {
					return dialect.Taken(events)
				}
				return dialect.Refused(events, fmt.Sprintf("no: %d", status))
			}},
		Target: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Transport: target.serve(),
		Pace: pace.Rate(rate), PerRequest: true, Batch: 1, Linger: time.Second,
		Connections: 16, Buffer: 64 << 20, Timeout: 30 * time.Second, RetryFor: time.Minute,
	}
}

// ticking is a simulation of a day with an event every millisecond, without end.
func ticking(w *model.World) func(context.Context, table.Sink) error {
	return func(ctx context.Context, sink table.Sink) error {
		b := table.NewBatch(w.Tables, table.BatchRows)
		for id := int64(0); ; {
			b.Reset()
			for range 100 {
				row := b.Add(w.Tables, table.TableEvents)
				cols := b.Tables[table.TableEvents].Cols
				id++
				cols[table.EventID].Int[row] = id
				cols[table.EventTime].Int[row] = 1735689600_000000 + id*1000
			}
			if _, err := sink.Encode(b); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
}

// streamed runs a stream and returns what was measured, in the time of a bubble.
func streamed(ctx context.Context, m *Measure, opt Options, w Watcher) (*Report, error) {
	watching, stop := context.WithCancel(context.Background())
	var watcher sync.WaitGroup
	watcher.Go(func() { m.Watch(watching, w) })
	err := Run(ctx, ticking(opt.World), m, opt)
	stop()
	watcher.Wait()
	return m.Report(), err
}

// frozen is a target that answers at once, but freezes once: at a time after its first request, for
// a while.
func frozen(at, pause time.Duration) standIn {
	var mu sync.Mutex
	var began time.Time
	return func(context.Context, int) (int, error) {
		mu.Lock()
		if began.IsZero() {
			began = time.Now()
		}
		after := time.Since(began)
		mu.Unlock()
		if after >= at && after < at+pause {
			time.Sleep(at + pause - after)
		}
		return http.StatusOK, nil
	}
}

// silentWatcher is for streams of which only the report counts.
type silentWatcher struct{}

func (silentWatcher) Look(*Second, *hdrhistogram.Histogram, *hdrhistogram.Histogram) {}
func (silentWatcher) Waiting()                                                       {}

// honest says what is wrong with the report on a target that froze for 2 s in a stream of 1,000
// requests a second over 10 s: a fifth of them fell due meanwhile, and waited for up to 2 s.
func honest(r *Report) error {
	q := &r.Requests
	switch {
	case q.Due != 10_000 || q.Sent != 10_000 || q.Accepted != 10_000 || q.Dropped != 0:
		return fmt.Errorf("requests due, sent, accepted and dropped are %d, %d, %d, %d, want "+
			"10000, 10000, 10000, 0", q.Due, q.Sent, q.Accepted, q.Dropped)
	case r.Response.Count != q.Due:
		return fmt.Errorf("%d response times of %d requests", r.Response.Count, q.Due)
	}
	for _, p := range []struct {
		name      string
		got, want float64
	}{
		{"p50", r.Response.P50, 0}, {"p90", r.Response.P90, 1000}, {"p99", r.Response.P99, 1900},
		{"max", r.Response.Max, 2000},
	} {
		if math.Abs(p.got-p.want) > 5 {
			return fmt.Errorf("%s of the response is %v ms, want %v", p.name, p.got, p.want)
		}
	}
	return nil
}

// freeze streams to a target that freezes for 2 s, 3 s in.
func freeze(t *testing.T, m *Measure) (r *Report) {
	synctest.Test(t, func(t *testing.T) {
		opt := steady(1000, frozen(3*time.Second, 2*time.Second))
		opt.Duration = 10 * time.Second
		var err error
		if r, err = streamed(t.Context(), m, opt, silentWatcher{}); err != nil {
			t.Fatal(err)
		}
	})
	return r
}

// TestLatencyIsHonest: a request that waits for a frozen target counts, even if it could not be
// sent. 16 connections are too few to tell it from the service times.
func TestLatencyIsHonest(t *testing.T) {
	r := freeze(t, NewMeasure(pace.Rate(1000)))
	if err := honest(r); err != nil {
		t.Error(err)
	}
	if r.Service.P99 > 1 || r.Service.Max < 1990 {
		t.Errorf("service times have p99 %v and max %v ms, want 16 of 10,000 at 2 s",
			r.Service.P99, r.Service.Max)
	}
	// Those due from 3.000 to 4.899 s waited for more than 100 ms, and 16 of them were sent.
	if got := r.Requests.Late; got < 1880 || got > 1885 {
		t.Errorf("%d requests were late, want 1884", got)
	}
	if got := r.Rate.Held; math.Abs(got-1000) > 0.5 {
		t.Errorf("held %v requests/s, want 1000", got)
	}
	var due, sent int64
	behind := 0.0
	for _, s := range r.PerSecond {
		due, sent = due+s.Requests.Due, sent+s.Requests.Sent
		behind = max(behind, s.Behind)
	}
	if behind < 0.9 { // at the end of the fourth second
		t.Errorf("it was never more than %v s behind, want 1", behind)
	}
	if due != 10_000 || sent != 10_000 {
		t.Errorf("the seconds add up to %d due and %d sent, want 10000", due, sent)
	}
}

// TestLatencyFromActualSendIsFound: a measure that begins to count when a request is sent must not
// pass for an honest one.
func TestLatencyFromActualSendIsFound(t *testing.T) {
	lying := NewMeasure(pace.Rate(1000))
	lying.unpaced = true
	if err := honest(freeze(t, lying)); err == nil {
		t.Error("nothing is wrong with response times that count from the actual send")
	}
}

// TestDroppedCountWithTheTimeTheyWaited: to drop what is late must not make a report better.
func TestDroppedCountWithTheTimeTheyWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opt := steady(1000, frozen(3*time.Second, 2*time.Second))
		opt.Duration, opt.MaxLag = 10*time.Second, 500*time.Millisecond
		r, err := streamed(t.Context(), NewMeasure(opt.Pace), opt, silentWatcher{})
		if err != nil {
			t.Fatal(err)
		}
		q := &r.Requests
		if q.Due != 10_000 || q.Sent+q.Dropped != q.Due || q.Dropped < 1480 || q.Dropped > 1500 {
			t.Errorf("%d due, %d sent, %d dropped, want 10000, of which some 1485 dropped",
				q.Due, q.Sent, q.Dropped)
		}
		if r.Drops["late"] != q.Dropped {
			t.Errorf("dropped for %v, want all for being late", r.Drops)
		}
		if r.Response.Count != q.Due || r.Response.P99 < 1890 {
			t.Errorf("response p99 is %v ms of %d, want 1900 of all", r.Response.P99,
				r.Response.Count)
		}
	})
}

// TestWhatWasDueIsCountedAfterAnInterruption: requests that had to wait for a target that hangs are
// dropped, not forgotten.
func TestWhatWasDueIsCountedAfterAnInterruption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opt := steady(1000, func(ctx context.Context, _ int) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		ctx, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second+time.Millisecond/2, interrupt)
		r, _ := streamed(ctx, NewMeasure(opt.Pace), opt, silentWatcher{})
		q, e := &r.Requests, &r.Events
		if q.Due != 2001 || q.Sent != 16 || q.Dropped != 2001 {
			t.Errorf("%d due, %d sent, %d dropped, want 2001, 16, 2001", q.Due, q.Sent, q.Dropped)
		}
		if e.Due != 2001 || e.Uncertain != 16 || e.Dropped != 1985 || r.Drops["stopped"] != 1985 {
			t.Errorf("%d events due, %d uncertain, %d dropped for %v, want 2001, 16, 1985",
				e.Due, e.Uncertain, e.Dropped, r.Drops)
		}
		if r.Response.Count != 2001 || r.Response.P50 < 990 {
			t.Errorf("response p50 is %v ms of %d, want 1000 of 2001", r.Response.P50,
				r.Response.Count)
		}
	})
}

// TestNothingIsCountedTwice: refusals, retries and lost answers add up.
func TestNothingIsCountedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opt := steady(1000, func(_ context.Context, n int) (int, error) {
			switch {
			case n%7 == 6:
				return http.StatusTooManyRequests, nil
			case n%11 == 10:
				return 0, io.ErrUnexpectedEOF
			case n%13 == 12:
				return http.StatusBadRequest, nil
			}
			return http.StatusOK, nil
		})
		opt.Duration = 3 * time.Second
		r, err := streamed(t.Context(), NewMeasure(opt.Pace), opt, silentWatcher{})
		var lost *UndeliveredError
		if !errors.As(err, &lost) || lost.Undelivered != r.Events.Rejected {
			t.Fatalf("%v, want that %d events were not delivered", err, r.Events.Rejected)
		}
		if complaint := balanced(r); complaint != "" {
			t.Errorf("%s: %+v", complaint, r.Counts)
		}
		q, e := &r.Requests, &r.Events
		if q.Retried == 0 || e.Rejected == 0 || e.MaybeDuplicate == 0 || q.Dropped != 0 {
			t.Errorf("nothing retried, rejected or doubtful, or something dropped: %+v", r.Counts)
		}
		if r.Why != "no: 400" {
			t.Errorf("the target refused with %q, want its words", r.Why)
		}
	})
}

// balanced says what does not add up in the counts of a stream that has ended.
func balanced(r *Report) string {
	q, e := &r.Requests, &r.Events
	tries := int64(0)
	for _, n := range r.Status {
		tries += n
	}
	switch {
	case q.Due+q.Split != q.Accepted+q.Rejected+q.Dropped:
		return "requests are lost or made up"
	case e.Due != e.Accepted+e.Rejected+e.Dropped+e.Uncertain:
		return "events are lost or made up"
	case tries != q.Sent+q.Retried || tries != r.Service.Count:
		return "tries are lost or made up"
	case r.Response.Count != q.Due+q.Split:
		return "response times are lost or made up"
	}
	return ""
}

// TestSplitIsNotSentTwice: the halves of a request that was too large are tries of what was sent.
func TestSplitIsNotSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opt := steady(100, func(_ context.Context, n int) (int, error) {
			if n == 0 {
				return http.StatusRequestEntityTooLarge, nil
			}
			return http.StatusOK, nil
		})
		opt.Batch, opt.Events = 10, 100
		r, err := streamed(t.Context(), NewMeasure(opt.Pace), opt, silentWatcher{})
		if err != nil {
			t.Fatal(err)
		}
		if complaint := balanced(r); complaint != "" {
			t.Errorf("%s: %+v", complaint, r.Counts)
		}
		q, e := &r.Requests, &r.Events
		if q.Due != 10 || q.Sent != 10 || q.Split != 1 || q.Retried != 2 || q.Accepted != 11 ||
			e.Due != 100 || e.Sent != 100 || e.Accepted != 100 {
			t.Errorf("got %+v, want 10 requests sent, one split, 100 events", r.Counts)
		}
	})
}
