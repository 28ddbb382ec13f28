package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/serve"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// pipes are a listener and a dialer without a network: what nobody reads is not taken, and time may
// be that of synctest.
type pipes struct {
	calls  chan net.Conn
	closed context.Context
	close  context.CancelFunc
}

func newPipes() *pipes {
	p := &pipes{calls: make(chan net.Conn)}
	p.closed, p.close = context.WithCancel(context.Background())
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close()
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.calls <- theirs:
		return ours, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

// inNoTime runs a test against a server in the time of synctest.
func inNoTime(t *testing.T, opt serve.Options, test func(t *testing.T, s *service)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		s := newService(t, p, &http.Transport{DialContext: p.dial}, opt)
		defer s.stop()
		test(t, s)
	})
}

// An arrival is a line and when it came, after the first byte of the stream.
type arrival struct {
	line  string
	after time.Duration
}

// arrivals reads a stream line by line.
func arrivals(t *testing.T, body io.Reader) []arrival {
	t.Helper()
	var all []arrival
	began := time.Now()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		all = append(all, arrival{lines.Text(), time.Since(began)})
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
	return all
}

// eventTime is when an event of a line happened.
func eventTime(t *testing.T, line string) time.Time {
	t.Helper()
	_, text, _ := strings.Cut(line, `"event_time":"`)
	text, _, _ = strings.Cut(text, `"`)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestServedAtSpeed holds that events come when they happened, so many times faster, from where the
// stream begins, also for who goes on.
func TestServedAtSpeed(t *testing.T) {
	w := servedWorld(t)
	lines := generated(t, w)
	from := idOf(t, lines[99])
	first, _ := w.Bounds(0)
	for _, test := range []struct {
		speed  string
		from   string
		factor float64
		origin time.Time
	}{
		{"3600x", "", 3600, time.UnixMicro(first)},
		{"60", "", 60, time.UnixMicro(first)},
		{"0.05x", "", 0.05, time.UnixMicro(first)},
		{"1_000_000x", "", 1e6, time.UnixMicro(first)},
		{"max", "", math.Inf(1), time.UnixMicro(first)},
		{"3600", "&from=2025-01-03T05:00:00Z", 3600, day(3).Add(5 * time.Hour)},
		{"3600", "&from=2025-01-03T05:00", 3600, day(3).Add(4 * time.Hour)},
		{"3600", "&last_event_id=" + from, 3600, eventTime(t, lines[99])},
	} {
		inNoTime(t, serveOptions(w), func(t *testing.T, s *service) {
			path := "/v1/events?limit=200&speed=" + test.speed + test.from
			response := s.get(path)
			defer response.Body.Close()
			all := arrivals(t, response.Body)
			if len(all) != 200 {
				t.Fatalf("%s: %d events, want 200", path, len(all))
			}
			for i, a := range all {
				want := time.Duration(float64(eventTime(t, a.line).Sub(test.origin)) / test.factor)
				if off := a.after - want; off < -time.Microsecond || off > 2*time.Millisecond {
					t.Fatalf("%s: event %d came after %v, want %v", path, i, a.after, want)
				}
			}
			s.holdMetric("percorso_events_late_total", "0")
		})
	}
}

func day(n int) time.Time { return time.Date(2025, 1, n, 0, 0, 0, 0, time.UTC) }

// TestServedAtRate holds the distance of events at a rate, and at --max-rate where nobody asks.
func TestServedAtRate(t *testing.T) {
	w := servedWorld(t)
	limited := serveOptions(w)
	limited.MaxRate = 500
	for _, test := range []struct {
		opt  serve.Options
		path string
		pace pace.Pace
	}{
		{serveOptions(w), "/v1/events?limit=300&rate=100", pace.Rate(100)},
		{serveOptions(w), "/v1/events?limit=300&rate=0.5/s", pace.Rate(0.5)},
		{serveOptions(w), "/v1/events?limit=300&rate=300/min", pace.Rate(5)},
		{serveOptions(w), "/v1/events?limit=300&rate=1/h", pace.Rate(1. / 3600)},
		{serveOptions(w), "/v1/events?limit=300&rate=5k/s", pace.Rate(5000)},
		{serveOptions(w), "/v1/events?limit=300&rate=1_000", pace.Rate(1000)},
		{serveOptions(w), "/v1/events?limit=300&rate=.5", pace.Rate(0.5)},
		{serveOptions(w), "/v1/events?limit=300&rate=max", pace.Max},
		{serveOptions(w), "/v1/events?limit=300&rate=ramp:1..20/20s",
			pace.Ramp{From: 1, To: 20, Over: 20 * time.Second}},
		{limited, "/v1/events?limit=300", pace.Rate(500)},
		{limited, "/v1/events?limit=300&rate=250", pace.Rate(250)},
		{limited, "/v1/events?limit=300&rate=max", pace.Rate(500)},
		{limited, "/v1/events?limit=300&speed=max", pace.Rate(500)},
	} {
		inNoTime(t, test.opt, func(t *testing.T, s *service) {
			response := s.get(test.path)
			defer response.Body.Close()
			for i, a := range arrivals(t, response.Body) {
				want := test.pace.Due(int64(i), 0)
				if off := a.after - want; off < -time.Microsecond || off > 2*time.Millisecond {
					t.Fatalf("%s: event %d came after %v, want %v", test.path, i, a.after, want)
				}
			}
		})
	}
}

// TestServedHeartBeats holds that a silent stream says that it is there every 15 s, for hours.
func TestServedHeartBeats(t *testing.T) {
	inNoTime(t, serveOptions(servedWorld(t)), func(t *testing.T, s *service) {
		response := s.get("/v1/events?rate=0.01&limit=100&format=sse")
		defer response.Body.Close()
		beats, events, last := 0, 0, time.Duration(0)
		for _, a := range arrivals(t, response.Body) {
			if pause := a.after - last; pause > 15*time.Second {
				t.Fatalf("it was silent for %v", pause)
			}
			last = a.after
			switch {
			case strings.HasPrefix(a.line, ":"):
				beats++
			case strings.HasPrefix(a.line, "id:"):
				events++
			}
		}
		if want := 99 * 6; beats != want || events != 100 {
			t.Errorf("%d heart-beats between %d events, want %d and 100", beats, events, want)
		}
	})
}

// TestServedSlowly holds that a slow reader gets everything, late and counted, and that one that
// takes nothing is disconnected; little is simulated ahead, and other readers do not notice.
func TestServedSlowly(t *testing.T) {
	w, err := loadWorld("fashion", []model.Set{{Path: "customers", Value: "500"},
		{Path: "days", Value: "60"}, {Path: "warmup", Value: "20"}})
	if err != nil {
		t.Fatal(err)
	}
	lines := generated(t, w)
	total := len(strings.Join(lines, ""))
	opt := serveOptions(w)
	opt.IdleTimeout = 30 * time.Second
	var ahead atomic.Int64 // events that were simulated
	opt.Live = func(ctx context.Context, w *model.World, from int, sink table.Sink) error {
		return liveByDay(ctx, w, from, table.Tee(counter{&ahead}, sink))
	}
	inNoTime(t, opt, func(t *testing.T, s *service) {
		frozen := s.get("/v1/events")
		defer frozen.Body.Close()
		time.Sleep(29 * time.Second)
		const buffer = 17 << 16 // the chunks and the one that waits for a place
		most := int64(len(lines)) * buffer / int64(total) * 3 / 2
		if got := ahead.Load(); got == 0 || got > most {
			t.Errorf("%d events of %d were simulated for who takes nothing, want at most %d",
				got, len(lines), most)
		}
		s.holdMetric("percorso_clients", "1")
		time.Sleep(2 * time.Second)
		s.holdMetric("percorso_clients", "0")
		s.holdMetric(`percorso_clients_ended_total{reason="slow"}`, "1")
		if _, err := io.Copy(io.Discard, frozen.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("who took nothing hears %v, want %v", err, io.ErrUnexpectedEOF)
		}
		slow := s.get("/v1/events?rate=1000&limit=1000")
		defer slow.Body.Close()
		text, piece := "", make([]byte, 8<<10)
		for {
			n, err := slow.Body.Read(piece)
			text += string(piece[:n])
			if err != nil {
				break
			}
			time.Sleep(time.Second)
		}
		if want := strings.Join(lines[:1000], ""); text != want {
			t.Errorf("who reads slowly got %d bytes, want %d", len(text), len(want))
		}
		if late := s.metric("percorso_events_late_total"); late == "0" {
			t.Error("no event was late")
		}
	})
}

// TestServedAfterLong holds that a simulation which takes longer than the patience with clients
// costs nothing of what they hear: not the end, not a problem.
func TestServedAfterLong(t *testing.T) {
	w := servedWorld(t)
	lines := generated(t, w)
	opt := serveOptions(w)
	opt.IdleTimeout = time.Second
	opt.Live = func(ctx context.Context, w *model.World, from int, sink table.Sink) error {
		time.Sleep(time.Minute)
		err := liveByDay(ctx, w, from, sink)
		time.Sleep(time.Minute)
		return err
	}
	opt.EventDay = func(*model.World, int64) (int, int, bool) { return 0, 5, true }
	inNoTime(t, opt, func(t *testing.T, s *service) {
		if got, want := s.read("/v1/events"), strings.Join(lines, ""); got != want {
			t.Errorf("got %d bytes, want %d", len(got), len(want))
		}
		none := s.get("/v1/events?last_event_id=1")
		defer none.Body.Close()
		text, err := io.ReadAll(none.Body)
		if err != nil || none.StatusCode != http.StatusNotFound ||
			!strings.Contains(string(text), "id 1:") {
			t.Errorf("an event that is none: got %s: %s, %v, want 404", none.Status, text, err)
		}
	})
}

// A counter is a sink that counts events.
type counter struct{ events *atomic.Int64 }

func (c counter) Encode(b *table.Batch) (func() error, error) {
	c.events.Add(int64(b.Tables[table.TableEvents].Len))
	return nil, nil
}
