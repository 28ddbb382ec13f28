package vegeta

import (
	"errors"
	"testing"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// BenchmarkEncoder writes bodies of requests with the events of a day of fashion, by one goroutine.
// MB/s are of bodies.
func BenchmarkEncoder(b *testing.B) {
	world, day := aDay(b)
	for _, name := range []string{"jsonl", "segment"} {
		b.Run("dialect="+name, func(b *testing.B) {
			system, err := dialect.LookupDialect(name)
			if err != nil {
				b.Fatal(err)
			}
			wire, err := dialect.OpenDialect(system, world, dialect.Settings{})
			if err != nil {
				b.Fatal(err)
			}
			memory, body := dialect.NewDay(world), make([]byte, 0, 1<<20)
			memory.Take(day)
			rows, size, events := day.Tables[table.TableEvents].Len, 0, 0
			b.ReportAllocs()
			for b.Loop() {
				size = 0
				for from := 0; from < rows; from += system.Limits.Batch {
					body = wire.Begin(body[:0], memory.Event(day, from))
					for row := from; row < min(from+system.Limits.Batch, rows); row++ {
						var seen bool
						if body, seen = wire.Event(body, memory.Event(day, row)); seen {
							body = append(body, wire.Between...)
							events++
						}
					}
					body = wire.End(body, 1_750_000_000_000_000)
					size += len(body)
				}
			}
			b.SetBytes(int64(size))
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// aDay simulates the market of the other benchmark until its hundredth day.
func aDay(tb testing.TB) (*model.World, *table.Batch) {
	tb.Helper()
	s, err := model.Load("fashion", scenarios.FS,
		model.Set{Path: "customers", Value: customers, Flag: "--customers"})
	if err != nil {
		tb.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		tb.Fatal(err)
	}
	day := table.NewBatch(w.Tables, 0)
	err = simulate.ByDay(tb.Context(), w, first{w, day}, simulate.Options{From: 100, Identify: true})
	if !errors.Is(err, errTaken) {
		tb.Fatalf("got %v, want %v", err, errTaken)
	}
	return w, day
}

var errTaken = errors.New("a day is enough")

// first is a sink that keeps a copy of the first batch with events.
type first struct {
	world *model.World
	kept  *table.Batch
}

// Encode implements table.Sink.
func (f first) Encode(b *table.Batch) (func() error, error) {
	if b.Part == table.StaticPart {
		return nil, nil
	}
	f.kept.Part = b.Part
	f.kept.Append(f.world.Tables, b)
	return nil, errTaken
}
