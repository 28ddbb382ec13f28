package push

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handmade returns a world without people that streams have events of.
func handmade() *model.World {
	w := &model.World{Scenario: &model.Scenario{Name: "handmade", TimeZone: "UTC", Currency: "EUR"}}
	w.Tables = table.Schema("EUR")
	for t := range w.Tables {
		for c := range w.Tables[t].Columns {
			if column := &w.Tables[t].Columns[c]; column.Kind == table.Code {
				column.Vocab = []string{"a", "b", "c"}
			}
		}
	}
	return w
}

// beginning is when the events of a handmade world begin.
var beginning = time.Date(2025, time.October, 25, 8, 0, 0, 0, time.UTC).UnixMicro()

// living returns a simulation of n events, one a second, whose ids are 1, 2, 3, …
func living(w *model.World, n int) func(context.Context, table.Sink) error {
	return func(ctx context.Context, sink table.Sink) error {
		for from := 0; from < n; from += table.BatchRows {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			b := table.NewBatch(w.Tables, 0)
			rows := min(table.BatchRows, n-from)
			b.Extend(w.Tables, table.TableEvents, rows)
			for c, column := range w.Tables[table.TableEvents].Columns {
				v := &b.Tables[table.TableEvents].Cols[c]
				for i := range rows {
					switch {
					case column.Kind == table.Code:
						v.Code[i] = 1 + uint32(from+i)%3
					case c == table.EventTime:
						v.Int[i] = beginning + int64(from+i)*1e6
					case column.Kind != table.Text:
						v.Int[i] = int64(from + i + 1)
					}
				}
			}
			if _, err := sink.Encode(b); err != nil {
				return err
			}
		}
		return nil
	}
}

// options returns those of a stream to a server, of our own lines.
func options(t testing.TB, w *model.World, server *httptest.Server) Options {
	t.Helper()
	d, err := dialect.LookupDialect("jsonl")
	if err != nil {
		t.Fatal(err)
	}
	wire, err := dialect.OpenDialect(d, w, dialect.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{World: w, Wire: wire, Pace: pace.Max, Batch: 10, Linger: time.Second,
		Connections: 8, Buffer: 16 << 20, Timeout: 5 * time.Second, RetryFor: 20 * time.Second}
	link := Link{Connections: 8, Timeout: 5 * time.Second}
	address := "http://127.0.0.1:9/"
	if server != nil {
		address = server.URL
	}
	if opt.Target, err = url.Parse(address); err != nil {
		t.Fatal(err)
	}
	if opt.Transport, err = NewTransport(link); err != nil {
		t.Fatal(err)
	}
	return opt
}

// run streams n events and returns what was counted.
func run(t testing.TB, w *model.World, n int, opt Options) (Counts, error) {
	t.Helper()
	m := NewMeasure(opt.Pace)
	err := Run(t.Context(), living(w, n), m, opt)
	c := m.Counts()
	settled(t, &c)
	return c, err
}

// settled holds that everything that was due has become of something.
func settled(t testing.TB, c *Counts) {
	t.Helper()
	r, e := &c.Requests, &c.Events
	if r.Due+r.Split != r.Accepted+r.Rejected+r.Dropped {
		t.Errorf("requests do not add up: %+v", *r)
	}
	if e.Due != e.Accepted+e.Rejected+e.Dropped+e.Uncertain {
		t.Errorf("events do not add up: %+v", *e)
	}
}

// A shop is a target that keeps what it is sent, by id.
type shop struct {
	mu       sync.Mutex
	requests int
	kept     map[int64]int
}

func newShop() *shop { return &shop{kept: make(map[int64]int)} }

// ServeHTTP keeps everything.
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ids, err := idsOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.keep(ids)
}

// keep keeps ids and returns how many requests there have been.
func (s *shop) keep(ids []int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.kept[id]++
	}
	s.requests++
	return s.requests
}

// count returns how many requests there have been, with this one.
func (s *shop) count() int { return s.keep(nil) }

// kinds returns how many ids are kept once or more, and how many more than once.
func (s *shop) kinds() (all, twice int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.kept {
		if n > 1 {
			twice++
		}
	}
	return len(s.kept), twice
}

// idsOf reads the ids of the events in a request.
func idsOf(r *http.Request) ([]int64, error) {
	body, err := plain(r)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		var row struct {
			ID json.Number `json:"event_id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, err
		}
		id, err := row.ID.Int64()
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// plain returns the body of a request without its compression.
func plain(r *http.Request) ([]byte, error) {
	body := io.Reader(r.Body)
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = z
	case "zstd":
		z, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		body = z
	}
	return io.ReadAll(body)
}

// hangUp ends a connection without an answer.
func hangUp(w http.ResponseWriter) {
	panic(http.ErrAbortHandler)
}

// notes are a ledger in memory.
type notes struct {
	mu      sync.Mutex
	sending map[int64]int // by id
	settled map[int64][]Outcome
	doubles map[int64]bool // accepted, maybe twice
}

func newNotes() *notes {
	return &notes{sending: make(map[int64]int), settled: make(map[int64][]Outcome),
		doubles: make(map[int64]bool)}
}

// Sending implements Ledger.
func (n *notes) Sending(r *Request) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range r.IDs {
		n.sending[id]++
	}
	return nil
}

// Settled implements Ledger.
func (n *notes) Settled(r *Request, x *Settlement) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, o := range x.Outcomes(nil, len(r.IDs)) {
		n.settled[r.IDs[i]] = append(n.settled[r.IDs[i]], o)
		if o == Accepted && x.MaybeDuplicate {
			n.doubles[r.IDs[i]] = true
		}
	}
	for _, id := range slices.Concat(r.Skipped, r.TooBig) {
		n.settled[id] = append(n.settled[id], Skipped)
	}
	return nil
}

// with returns the ids that have an outcome, and fails if one has two.
func (n *notes) with(t *testing.T, o Outcome) map[int64]bool {
	t.Helper()
	ids := make(map[int64]bool)
	for id, all := range n.settled {
		if len(all) != 1 {
			t.Errorf("event %d was settled as %v, want once", id, all)
		}
		if slices.Contains(all, o) {
			ids[id] = true
		}
	}
	return ids
}
