package simulate

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/percorso/percorso/model"
)

// cases are the runs that are measured.
var cases = []struct {
	order   string
	workers int
}{{"part", 1}, {"part", 2}, {"day", 1}, {"day", 2}}

// simulateOnce lives a world through, writing nothing, and returns how many events there were.
func simulateOnce(tb testing.TB, w *model.World, order string, workers int) int64 {
	run := ByPart
	if order == "day" {
		run = ByDay
	}
	var events atomic.Int64
	sink := observer(func(b *model.Batch) error {
		events.Add(int64(b.Tables[model.TableEvents].Len))
		return nil
	})
	if err := run(tb.Context(), w, sink, Options{Workers: workers}); err != nil {
		tb.Fatal(err)
	}
	return events.Load()
}

// BenchmarkSimulate is fashion for a year, without any output.
func BenchmarkSimulate(b *testing.B) {
	for _, c := range cases {
		b.Run(fmt.Sprintf("order=%s/workers=%d", c.order, c.workers), func(b *testing.B) {
			w := builtIn(b, "fashion", "customers", "20_000")
			events := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				events += simulateOnce(b, w, c.order, c.workers)
			}
			seconds := b.Elapsed().Seconds()
			days := float64(w.Customers) * float64(w.Warmup+w.Days) * float64(b.N)
			b.ReportMetric(float64(events)/seconds, "events/s")
			b.ReportMetric(days/seconds, "customer-days/s")
		})
	}
}

// TestBenchmarksRun: small, and every case does the same work.
func TestBenchmarksRun(t *testing.T) {
	w := builtIn(t, "fashion", "customers", "300", "town", "100")
	w.PartTowns, w.Parts = 1, 3
	want := simulateOnce(t, w, "part", 1)
	for _, c := range cases {
		if got := simulateOnce(t, w, c.order, c.workers); got != want || got == 0 {
			t.Errorf("order=%s/workers=%d: %d events, want %d", c.order, c.workers, got, want)
		}
	}
}

// TestDaysAllocateNothing: once a part has seen a year, another costs fewer than one allocation per
// thousand events. It does not run beside others, whose allocations would count.
func TestDaysAllocateNothing(t *testing.T) {
	w := builtIn(t, "fashion", "customers", "4_000", "days", "730")
	w.PartTowns, w.Parts = w.Towns, 1
	ids := newIDs(w.Key.With(model.KeyIDs))
	p := newPart(w, ids, 0, newDaybook(w, ids))
	events := 0
	flush := func() error {
		events += p.book.batch.Tables[model.TableEvents].Len
		p.book.batch.Reset()
		return nil
	}
	live := func(from, to int) {
		for day := from; day < to; day++ {
			p.step(day, &Options{})
			if err := p.book.close(day, flush); err != nil {
				t.Fatal(err)
			}
		}
	}
	live(-w.Warmup, 365)
	var before, after runtime.MemStats
	events = 0
	runtime.ReadMemStats(&before)
	live(365, 730)
	runtime.ReadMemStats(&after)
	if events < 100_000 {
		t.Fatalf("%d events prove little", events)
	}
	if n := after.Mallocs - before.Mallocs; float64(n)/float64(events) > 0.001 {
		t.Errorf("%d allocations for %d events", n, events)
	}
}
