package simulate

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
)

// A counting sink looks at every batch and keeps nothing.
type counting struct{ events, batches int }

func (c *counting) Encode(b *table.Batch) (func() error, error) {
	c.events += b.Tables[table.TableEvents].Len
	c.batches++
	return nil, nil
}

// BenchmarkSimulate is the simulation alone, columns filled, without a format: fashion over a year,
// without a warm-up, whose events nobody would count. Its world has all behaviors, or all but the
// adverts and messages that nobody asked for, or is the chain alone.
func BenchmarkSimulate(b *testing.B) {
	customers := "20_000"
	if testing.Short() {
		customers = "500"
	}
	for _, world := range [][]string{{"all"}, {"unadvertised", "behaviors.advertising", "off"},
		{"chain", "behaviors", "off"}} {
		for _, order := range []string{"part", "day"} {
			b.Run("world="+world[0]+"/order="+order, func(b *testing.B) {
				w := builtIn(b, "fashion", append(world[1:], "customers", customers, "warmup", "0")...)
				var c counting
				for b.Loop() {
					if err := orders[order](b.Context(), w, &c, Options{Workers: 1}); err != nil {
						b.Fatal(err)
					}
				}
				seconds := b.Elapsed().Seconds()
				days := float64(w.Customers*w.Days) * float64(b.N)
				b.ReportMetric(float64(c.events)/seconds, "events/s")
				b.ReportMetric(days/seconds, "customer-days/s")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// BenchmarkMeasure is the simulation with every KPI measured.
func BenchmarkMeasure(b *testing.B) {
	customers := 20_000
	if testing.Short() {
		customers = 500
	}
	w, events := fashionWorld(b, customers, 365, 2_000, 5), 0
	for b.Loop() {
		var c counting
		m := kpi.NewMeasurement(w)
		if err := ByPart(b.Context(), w, table.Tee(m, &c), Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
		for _, k := range model.KPIs(w.Scenario) {
			m.Reading(k)
		}
		events += c.events
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(0, "ns/op")
}

// TestBenchmarksRun keeps them from rotting.
func TestBenchmarksRun(t *testing.T) {
	w := fashionWorld(t, 200, 30, 150, 2)
	for name, run := range orders {
		var c counting
		if err := run(t.Context(), w, &c, Options{Workers: 1}); err != nil || c.events == 0 {
			t.Errorf("order %s: %d events, error %v", name, c.events, err)
		}
	}
}

// TestLivingAllocatesNothing: once a part has lived for a while, its days make no garbage, and what
// it keeps in mind grows no more.
func TestLivingAllocatesNothing(t *testing.T) {
	bazaarWorld := func(block string) *model.World {
		w := worldOf(t, bazaarWith(block), "customers", "1_000", "days", "350")
		w.PartTowns, w.Parts = w.Towns, 1
		return w
	}
	for name, w := range map[string]*model.World{"fashion": fashionWorld(t, 2_000, 300, 1_000, 2),
		"all behaviors": bazaarWorld(everything), "with contracts": bazaarWorld(contracts),
		"frozen": without(t, bazaarWorld(everything+"\ncoupling: frozen"), "tv")} {
		rec := newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256)
		p := &part{rec: rec}
		p.settle()
		events := 0
		day := -w.Warmup
		live := func(until int) {
			for ; day < until; day++ {
				_ = p.live(context.Background(), day, day+1, &Options{})
				err := rec.close(day, func() error {
					events += rec.batch.Tables[table.TableEvents].Len
					rec.batch.Reset()
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		inMind := func() (items int) {
			for _, t := range p.towns {
				items += len(t.agenda.items)
				if b := behaving[*fulfilment](t); b != nil {
					items += len(b.goods)
				}
			}
			return items
		}
		live(150)
		events = 0
		kept := inMind()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		live(w.Days)
		runtime.ReadMemStats(&after)
		allocs := after.Mallocs - before.Mallocs
		if events < 5_000 || float64(allocs) > float64(events)/1_000 {
			t.Errorf("%s: %d allocations for %d events, want fewer than one in a thousand",
				name, allocs, events)
		}
		if now := inMind(); now > kept+kept/10 {
			t.Errorf("%s: %d things in mind at first, %d later, want as many", name, kept, now)
		}
		t.Log(fmt.Sprint(name, ": ", allocs, " allocations, ", events, " events"))
	}
}
