package push

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A brokenEncoder writes so many events and then no more.
type brokenEncoder struct {
	left int
	err  error
}

func (b *brokenEncoder) Begin(dst []byte, _ *dialect.Event) []byte { return dst }
func (b *brokenEncoder) End(dst []byte, _ int64) []byte            { return dst }

func (b *brokenEncoder) Event(dst []byte, _ *dialect.Event) ([]byte, bool) {
	if b.left--; b.left < 0 {
		b.err = errors.New("hook.tmpl:1:3: what is this")
		return dst, false
	}
	return append(dst, "event\n"...), true
}

// An encoder that cannot go on ends the stream with its error: an event that it could not write
// does not pass for one that the dialect does not see.
func TestEncoderErrorEndsTheStream(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer target.Close()
	address, err := url.Parse(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := &model.World{Tables: table.Schema("EUR")}
	live := func(_ context.Context, sink table.Sink) error {
		b := table.NewBatch(w.Tables, 10)
		for range 10 {
			b.Add(w.Tables, table.TableEvents)
		}
		_, err := sink.Encode(b)
		return err
	}
	broken := &brokenEncoder{left: 4}
	wire := &dialect.Wire{Encoder: broken, Err: func() error { return broken.err }}
	wire.Answer = func(_ int, _ []byte, events int) dialect.Answer { return dialect.Taken(events) }
	m := NewMeasure(pace.Max)
	err = Run(t.Context(), live, m, Options{World: w, Wire: wire, Target: address,
		Transport: http.DefaultTransport, Pace: pace.Max, Batch: 2, Linger: time.Second, Connections: 1,
		Buffer: 1 << 20, Timeout: 5 * time.Second, RetryFor: 5 * time.Second})
	if err == nil || err != broken.err {
		t.Errorf("got %v, want %v", err, broken.err)
	}
	if c := m.Counts(); c.Events.Accepted > 4 || c.Events.Skipped != 0 {
		t.Errorf("accepted %d and skipped %d, want 4 at most, and 0", c.Events.Accepted, c.Events.Skipped)
	}
}
