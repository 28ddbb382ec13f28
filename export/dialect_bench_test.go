package export

import (
	"slices"
	"testing"

	"github.com/percorso/percorso/model"
)

// script is what happens in a handmade world as a dialect sees it: events, with the orders and
// customers that they are about.
type script struct {
	wire   *Wire
	day    *Day
	batch  *model.Batch
	events int
}

// stage opens a dialect for a handmade world whose words are those of real ones.
func stage(tb testing.TB, d *Dialect) *script {
	tb.Helper()
	w := handmade(1)
	for c := range w.Tables[model.TableEvents].Columns {
		switch column := &w.Tables[model.TableEvents].Columns[c]; c {
		case model.EventType:
			column.Vocab = slices.Clone(model.EventTypes[:])
		case model.EventPage:
			column.Vocab = []string{"/", "/search", "/product/linen-shirt", "/checkout"}
		}
	}
	for _, p := range []string{"Linen shirt", "Città bag", "Boots"} {
		w.Products = append(w.Products, model.ProductPlan{Name: p})
	}
	wire, err := OpenDialect(d, w, Settings{Key: "key", Options: optionsFor(d)})
	if err != nil {
		tb.Fatal(err)
	}
	day := NewDay(w)
	all := batches(w, 0)
	b := all[len(all)-1]
	events := &b.Tables[model.TableEvents]
	orders := &b.Tables[model.TableOrders]
	for row := range events.Len { // what an event is about is there
		events.Cols[model.EventOrder].Int[row] = orders.Cols[0].Int[row%orders.Len]
	}
	day.Take(b)
	return &script{wire, day, b, events.Len}
}

// optionsFor returns options for dialects that do not work without any.
func optionsFor(*Dialect) map[string]string { return nil }

// encode appends all events, as one body.
func (s *script) encode(dst []byte) []byte {
	for row := range s.events {
		e := s.day.Event(s.batch, row)
		if len(dst) == 0 {
			dst = s.wire.Begin(dst, e)
		} else {
			dst = append(dst, s.wire.Between...)
		}
		dst, _ = s.wire.Event(dst, e)
	}
	return s.wire.End(dst, 1_760_000_000_000_000)
}

// TestDialectsDoNotAllocate: nothing per event, in any of them.
func TestDialectsDoNotAllocate(t *testing.T) {
	for _, d := range Dialects() {
		s := stage(t, d)
		body := s.encode(nil)
		if len(body) < 1000 {
			t.Errorf("%s: %d events are %d bytes: %s", d.Name, s.events, len(body), body)
		}
		if n := testing.AllocsPerRun(20, func() { body = s.encode(body[:0]) }); n >= 1 {
			t.Errorf("%s: %v allocations for %d events, want none", d.Name, n, s.events)
		}
	}
}

// BenchmarkDialect encodes bodies. MB/s are of one core, before compression.
func BenchmarkDialect(b *testing.B) {
	for _, d := range Dialects() {
		b.Run(d.Name, func(b *testing.B) {
			s := stage(b, d)
			var body []byte
			for b.Loop() {
				body = s.encode(body[:0])
			}
			b.SetBytes(int64(len(body)))
			b.ReportMetric(float64(s.events*b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportAllocs()
		})
	}
}
