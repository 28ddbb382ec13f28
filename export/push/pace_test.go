package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
)

// A pulse is a stream of events that happen a step after each other, with ids from 1.
type pulse struct {
	world *model.World
	step  time.Duration
	days  int // of as many events as a batch holds
}

// pulseStart is when the first event of a pulse happens.
var pulseStart = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func newPulse(t testing.TB, step time.Duration, days int) *pulse {
	s, err := model.Load("null", scenarios.FS)
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return &pulse{w, step, days}
}

func (p *pulse) live(ctx context.Context, sink table.Sink) error {
	b, next := table.NewBatch(p.world.Tables, table.BatchRows), int64(0)
	for day := range p.days {
		b.Reset()
		b.Part = day
		b.Extend(p.world.Tables, table.TableEvents, table.BatchRows)
		events := &b.Tables[table.TableEvents]
		for i := range events.Len {
			events.Cols[table.EventID].Int[i] = next + 1
			events.Cols[table.EventTime].Int[i] = pulseStart.UnixMicro() + next*p.step.Microseconds()
			next++
		}
		if _, err := sink.Encode(b); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// idLines is a dialect of ids, one a line.
type idLines struct{}

func (idLines) Begin(dst []byte, _ *dialect.Event) []byte { return dst }

func (idLines) Event(dst []byte, e *dialect.Event) ([]byte, bool) {
	return append(strconv.AppendInt(dst, e.ID(), 10), '\n'), true
}

func (idLines) End(dst []byte, sent int64) []byte {
	return time.UnixMicro(sent).UTC().AppendFormat(append(dst, "sent "...), time.RFC3339Nano)
}

func idWire() *dialect.Wire {
	return &dialect.Wire{Encoder: idLines{}, Answer: func(_ int, _ []byte, events int) dialect.Answer {
		return dialect.Taken(events)
	}}
}

// options sends a pulse at a pace to a transport.
func (p *pulse) options(to http.RoundTripper, pace pace.Pace) Options {
	return Options{World: p.world, Wire: idWire(), Target: &url.URL{Scheme: "http", Host: "x"},
		Transport: to, Pace: pace, Batch: 100, Linger: time.Second, Connections: 16,
		Buffer: 1 << 26, Timeout: time.Minute, RetryFor: time.Minute}
}

// An arrival is when a request came, since the first could have, and how many events it had.
type arrival struct {
	at     time.Duration
	events int
}

// A gate is a transport that takes everything and notes when.
type gate struct {
	began time.Time
	mu    sync.Mutex
	all   []arrival
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all = append(g.all, arrival{time.Since(g.began), bytes.Count(body, []byte("\n"))})
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}}, nil
}

// by is how many events had come by a time.
func (g *gate) by(at time.Duration) (events int) {
	for _, a := range g.all {
		if a.at <= at {
			events += a.events
		}
	}
	return events
}

// paced runs a pulse at a pace for a while, on a clock of its own.
func paced(t *testing.T, pace pace.Pace, perRequest bool, lasts time.Duration, batch int) *gate {
	g, p := new(gate), newPulse(t, time.Millisecond, 128)
	synctest.Test(t, func(t *testing.T) {
		g.began = time.Now()
		opt := p.options(g, pace)
		opt.Duration, opt.PerRequest, opt.Batch = lasts, perRequest, batch
		m := NewMeasure(pace)
		if err := Run(t.Context(), p.live, m, opt); err != nil {
			t.Fatal(err)
		}
		c := m.Counts()
		if due := int64(g.by(math.MaxInt64)); c.Events.Due != due || c.Events.Accepted != due ||
			c.Requests.Late != 0 {
			t.Errorf("%d events came; counted: %+v", due, c)
		}
	})
	return g
}

// TestRatesAreHeld within 1 %, in every second.
func TestRatesAreHeld(t *testing.T) {
	for _, rate := range []float64{100, 5_000, 50_000} {
		g := paced(t, pace.Rate(rate), false, 10*time.Second, 50)
		for s := 1; s <= 10; s++ {
			at := time.Duration(s) * time.Second
			want := rate * float64(s)
			if got := float64(g.by(at)); math.Abs(got-want) > max(want/100, 50) {
				t.Errorf("%.0f/s: %.0f events by second %d, want %.0f", rate, got, s, want)
			}
		}
		if all := g.by(math.MaxInt64); float64(all) != 10*rate {
			t.Errorf("%.0f/s for 10 s: %d events, want %.0f", rate, all, 10*rate)
		}
	}
}

// TestRequestsHaveARate of their own: as many a second as one asks for, each full.
func TestRequestsHaveARate(t *testing.T) {
	g := paced(t, pace.Rate(200), true, 5*time.Second, 70)
	if got, want := len(g.all), 1000; got != want {
		t.Errorf("%d requests in 5 s, want %d", got, want)
	}
	for n, a := range g.all {
		if want := time.Duration(n) * 5 * time.Millisecond; (a.at-want).Abs() > time.Microsecond ||
			a.events != 70 {
			t.Fatalf("request %d has %d events and comes at %v, want 70 at %v", n, a.events, a.at, want)
		}
	}
}

// TestShapesAreFollowed: what has come by the end of each second is the integral of the rate.
func TestShapesAreFollowed(t *testing.T) {
	for _, test := range []struct {
		name string
		pace pace.Pace
		rate func(t float64) float64
	}{
		{"ramp", pace.Ramp{From: 1_000, To: 10_000, Over: 8 * time.Second}, func(t float64) float64 {
			return 1_000 + 9_000*min(t/8, 1)
		}},
		{"step", pace.Steps{{Rate: 1_000, For: 4 * time.Second}, {Rate: 9_000}}, func(t float64) float64 {
			if t < 4 {
				return 1_000
			}
			return 9_000
		}},
		{"spike", pace.Spike(1_000, 20_000, 2*time.Second, 6*time.Second), func(t float64) float64 {
			if t >= 6 && t < 8 {
				return 20_000
			}
			return 1_000
		}},
		{"sine", pace.Wave{Low: 1_000, High: 9_000, Period: 8 * time.Second}, func(t float64) float64 {
			return 5_000 - 4_000*math.Cos(math.Pi*t/4)
		}},
	} {
		g := paced(t, test.pace, false, 12*time.Second, 10)
		for s := 1; s <= 12; s++ {
			want := 0.0
			for ms := range s * 1000 {
				want += test.rate((float64(ms)+0.5)/1000) / 1000
			}
			if got := float64(g.by(time.Duration(s) * time.Second)); math.Abs(got-want) >
				max(want/100, 10) {
				t.Errorf("%s: %.0f events by second %d, want %.0f", test.name, got, s, want)
			}
		}
	}
}

// TestSpeedFollowsSimulatedTime: sixty times faster a minute is a second, and a request that is not
// full goes when it has lingered.
func TestSpeedFollowsSimulatedTime(t *testing.T) {
	g, p := new(gate), newPulse(t, 20*time.Second, 1) // three events a second
	synctest.Test(t, func(t *testing.T) {
		g.began = time.Now()
		opt := p.options(g, pace.Clock{Speed: 60, Origin: pulseStart.Add(time.Minute).UnixMicro()})
		opt.From, opt.Events = pulseStart.Add(time.Minute).UnixMicro(), 120
		if err := Run(t.Context(), p.live, NewMeasure(opt.Pace), opt); err != nil {
			t.Fatal(err)
		}
	})
	if len(g.all) != 30 || g.by(math.MaxInt64) != 120 {
		t.Errorf("%d requests with %d events, want 30 with 120", len(g.all), g.by(math.MaxInt64))
	}
	third := time.Second / 3
	for n, a := range g.all {
		want := time.Duration(n)*4*third + time.Second // the first of them, and a second
		if a.events != 4 || n < 29 && (a.at-want).Abs() > time.Millisecond {
			t.Errorf("request %d has %d events and comes at %v, want 4 at %v", n, a.events, a.at, want)
		}
	}
}

// A done is a past in which some positions were settled.
type done func(position int64) bool

func (d done) Settled(position int64) bool { return d(position) }
func (done) Uncertain(int64) bool          { return false }

// TestResumedSpeedDoesNotWait: what an earlier run settled takes no time of a stream that follows
// simulated time, at its beginning or in between.
func TestResumedSpeedDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPulse(t, time.Minute, 1)
		g := new(gate)
		opt := p.options(g, pace.Clock{Speed: 60, Origin: pulseStart.UnixMicro()}) // one a second
		opt.From, opt.Batch, opt.Events = pulseStart.UnixMicro(), 1, 20
		opt.Resumed = done(func(n int64) bool { return n < 1000 || 1010 <= n && n < 2000 })
		began := time.Now()
		if err := Run(t.Context(), p.live, NewMeasure(opt.Pace), opt); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 19*time.Second {
			t.Errorf("20 events, one a second, took %v, want 19s", took)
		}
	})
}

// TestRequestsFollowFromTheSchedule: the same flags make the same requests, whatever the clock and
// the target do in between.
func TestRequestsFollowFromTheSchedule(t *testing.T) {
	p := newPulse(t, time.Millisecond, 2)
	of := func(slow time.Duration, linger time.Duration) (list []Request) {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			to := roundTrip(func(*http.Request) (*http.Response, error) {
				time.Sleep(slow)
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			})
			opt := p.options(to, pace.Rate(30))
			opt.Events, opt.Linger, opt.Connections = 1_000, linger, 1
			opt.Ledger = ledger(func(r *Request) {
				mu.Lock()
				defer mu.Unlock()
				list = append(list, Request{Number: r.Number, Due: r.Due,
					Request: record.Request{First: r.First, Next: r.Next}})
			})
			if err := Run(t.Context(), p.live, NewMeasure(opt.Pace), opt); err != nil {
				t.Fatal(err)
			}
		})
		return list
	}
	once, again := of(0, time.Second), of(1300*time.Millisecond, time.Second)
	if !reflect.DeepEqual(once, again) || len(once) != 33 {
		t.Errorf("a slow target gets %d other requests than a fast one, %d; want the same 33",
			len(again), len(once))
	}
	if reflect.DeepEqual(once, of(0, time.Second/2)) {
		t.Error("another Linger makes the same requests: the comparison is blind")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type ledger func(*Request)

func (l ledger) Sending(r *Request) error {
	l(r)
	return nil
}

func (ledger) Settled(*Request, *Settlement) error { return nil }

// TestARealRateIsHeld on a real clock and a real connection. What is compared is what came with
// what was due, so that a machine with something else to do is late and not wrong.
func TestARealRateIsHeld(t *testing.T) {
	g := gate{began: time.Now()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := g.RoundTrip(r); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	p := newPulse(t, time.Millisecond, 3)
	opt := p.options(transport, pace.Rate(5_000))
	opt.Target, _ = url.Parse(server.URL)
	opt.Duration, opt.Batch = 2*time.Second, 50
	m := NewMeasure(opt.Pace)
	began := time.Now()
	if err := Run(t.Context(), p.live, m, opt); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if c := m.Counts().Events; c.Due != 10_000 || c.Accepted != 10_000 || g.by(time.Hour) != 10_000 {
		t.Errorf("5,000/s for 2 s: %d came, counted %+v, want 10,000", g.by(time.Hour), c)
	}
	if took < 1900*time.Millisecond {
		t.Errorf("2 s took %v", took)
	}
	for _, a := range g.all { // never early: an arrival is never before its turn
		if got, due := g.by(a.at), 5_000*(a.at+50*time.Millisecond).Seconds()+50; float64(got) > due {
			t.Fatalf("%d events had come after %v, want at most %.0f", got, a.at, due)
		}
	}
}

// TestOutOfTimeIsCounted: what is older, or further ahead of the clock when it is due, than the
// target takes.
func TestOutOfTimeIsCounted(t *testing.T) {
	p := newPulse(t, time.Minute, 1)
	for _, test := range []struct {
		past, future time.Duration
		want         int64
	}{{0, 0, 0}, {time.Hour, 0, 41}, {0, time.Hour, 139}, {time.Hour, time.Hour, 180},
		{100 * time.Hour, 0, 0}} {
		synctest.Test(t, func(t *testing.T) {
			opt := p.options(new(gate), pace.Rate(1_000))
			opt.Wire.Limits = dialect.Limits{Past: test.past, Future: test.future}
			// From 100 minutes before now to 199 after; the clock stands still at such a rate.
			begin := time.Now().Add(-100 * time.Minute)
			opt.Events, opt.Began = 300, time.Now()
			shifted := func(ctx context.Context, sink table.Sink) error {
				return p.live(ctx, sinkFunc(func(b *table.Batch) error {
					for i := range b.Tables[table.TableEvents].Cols[table.EventTime].Int {
						b.Tables[table.TableEvents].Cols[table.EventTime].Int[i] +=
							begin.UnixMicro() - pulseStart.UnixMicro()
					}
					_, err := sink.Encode(b)
					return err
				}))
			}
			m := NewMeasure(opt.Pace)
			if err := Run(t.Context(), shifted, m, opt); err != nil {
				t.Fatal(err)
			}
			if got := m.Counts().Events.OutOfTime; got != test.want {
				t.Errorf("past %v, future %v: %d out of time, want %d", test.past, test.future, got,
					test.want)
			}
		})
	}
}

type sinkFunc func(*table.Batch) error

func (f sinkFunc) Encode(b *table.Batch) (func() error, error) { return nil, f(b) }

// TestPrintIsReproducible: the same bytes at any pace, each request with a newline at its end and
// sent when its last event happened.
func TestPrintIsReproducible(t *testing.T) {
	p := newPulse(t, time.Millisecond, 1)
	of := func(pace pace.Pace) string {
		var out bytes.Buffer
		synctest.Test(t, func(t *testing.T) {
			opt := Options{World: p.world, Wire: idWire(), Pace: pace, Batch: 3,
				Linger: time.Hour, Events: 7}
			if err := Print(t.Context(), p.live, &out, NewMeasure(pace), opt); err != nil {
				t.Fatal(err)
			}
		})
		return out.String()
	}
	want := "1\n2\n3\nsent 2025-01-01T00:00:00.002Z\n4\n5\n6\nsent 2025-01-01T00:00:00.005Z\n" +
		"7\nsent 2025-01-01T00:00:00.006Z\n"
	for _, p := range []pace.Pace{pace.Max, pace.Rate(2),
		pace.Clock{Speed: 0.01, Origin: pulseStart.UnixMicro()}} {
		if got := of(p); got != want {
			t.Errorf("%T wrote\n%s\nwant\n%s", p, got, want)
		}
	}
}

// TestPrintTrickles: at a pace each request is written when it is due, not later.
func TestPrintTrickles(t *testing.T) {
	p := newPulse(t, time.Second, 1)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []string
		out := writer(func(b []byte) (int, error) {
			at = append(at, fmt.Sprint(time.Since(began), " ", bytes.Count(b, []byte("\n"))-1))
			return len(b), nil
		})
		opt := Options{World: p.world, Wire: idWire(),
			Pace:  pace.Clock{Speed: 1, Origin: pulseStart.UnixMicro()},
			Batch: 2, Linger: time.Minute, Events: 5}
		if err := Print(t.Context(), p.live, out, NewMeasure(opt.Pace), opt); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(at, ", "), "1s 2, 3s 2, 4s 1"; got != want {
			t.Errorf("written after (events): %s, want %s", got, want)
		}
	})
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// TestPrintEndsWithItsReader, and with a ^C, after which no line is left half.
func TestPrintEndsWithItsReader(t *testing.T) {
	p := newPulse(t, time.Second, 1_000)
	gone := errors.New("nobody reads")
	synctest.Test(t, func(t *testing.T) {
		opt := Options{World: p.world, Wire: idWire(), Pace: pace.Max, Batch: 2, Linger: time.Minute}
		err := Print(t.Context(), p.live, writer(func([]byte) (int, error) { return 0, gone }),
			NewMeasure(pace.Max), opt)
		if !errors.Is(err, gone) {
			t.Errorf("got %v, want %v", err, gone)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var out bytes.Buffer
		err = Print(ctx, p.live, writer(func(b []byte) (int, error) {
			cancel()
			return out.Write(b)
		}), NewMeasure(pace.Max), opt)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		last := out.String()[strings.LastIndexByte(strings.TrimSuffix(out.String(), "\n"), '\n')+1:]
		if !strings.HasPrefix(last, "sent 20") || !strings.HasSuffix(last, "Z\n") {
			t.Errorf("it ends with %q, want a whole request", last)
		}
	})
}
