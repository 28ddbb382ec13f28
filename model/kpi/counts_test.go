package kpi

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

func countAll(t *testing.T, c *Counter, batches []*table.Batch) {
	t.Helper()
	for _, b := range batches {
		if err := c.Count(b); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCountersAddUp holds that counters of the batches of a run, added in any order, have what one
// counter of all has, and that one that was reset begins anew, with the same memory.
func TestCountersAddUp(t *testing.T) {
	w := handmade.World(4)
	var all []*table.Batch
	for part := range w.Parts {
		all = append(all, handmade.Batches(w, part)...)
	}
	once, forth, back, used := NewCounter(w), NewCounter(w), NewCounter(w), NewCounter(w)
	countAll(t, once, all)
	for _, b := range all {
		used.reset()
		countAll(t, used, []*table.Batch{b})
		forth.add(used)
	}
	for _, b := range slices.Backward(all) {
		one := NewCounter(w)
		countAll(t, one, []*table.Batch{b})
		back.add(one)
	}
	if !reflect.DeepEqual(forth.sections, once.sections) ||
		!reflect.DeepEqual(back.sections, once.sections) {
		t.Error("the parts add up to something else")
	}
	for i, n := range once.sections {
		if slices.Max(n) == 0 {
			t.Errorf("section %d counts nothing", i)
		}
	}
	e, sum := once.Expected(), new(Expected)
	for _, b := range all {
		one := NewCounter(w)
		countAll(t, one, []*table.Batch{b})
		sum.Add(one.Expected())
	}
	if !reflect.DeepEqual(sum, e) {
		t.Errorf("figures add up to %s\nwant %s", asJSON(t, sum), asJSON(t, e))
	}
	if n := testing.AllocsPerRun(20, used.reset); n != 0 {
		t.Errorf("reset takes %v allocations, want 0", n)
	}
	if !reflect.DeepEqual(used.sections, NewCounter(w).sections) {
		t.Error("something is left after a reset")
	}
}

// TestDaysBeginAtMidnight counts one batch with events around local midnights, in no order. Of the
// three days the second has 25 hours.
func TestDaysBeginAtMidnight(t *testing.T) {
	w := handmade.World(1)
	first, second, third, end := w.Midnight[1], w.Midnight[2], w.Midnight[3], w.Midnight[4]
	b := table.NewBatch(w.Tables, 0)
	for _, at := range []int64{second, first, second - 1, second, third - 1, end - 1, third,
		second + 1, third - 3_600_000_000} {
		b.Tables[table.TableEvents].Cols[table.EventTime].Int[b.Add(w.Tables, table.TableEvents)] = at
	}
	c := NewCounter(w)
	countAll(t, c, []*table.Batch{b})
	want := map[string]int64{"2025-10-25": 2, "2025-10-26": 5, "2025-10-27": 2}
	if got := c.Expected().Events.ByDay; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestNoEventIsOutsideTheDays holds that an event before the written days, as in the warm-up, or
// after them is refused.
func TestNoEventIsOutsideTheDays(t *testing.T) {
	w := handmade.World(1)
	for _, at := range []int64{w.Midnight[0] - 1, w.Midnight[0], w.Midnight[1] - 1, w.Midnight[4]} {
		b := table.NewBatch(w.Tables, 0)
		b.Tables[table.TableEvents].Cols[table.EventTime].Int[b.Add(w.Tables, table.TableEvents)] = at
		err := NewCounter(w).Count(b)
		want := "event at " + time.UnixMicro(at).UTC().Format(time.RFC3339) +
			" is outside the 3 days from 2025-10-25"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestCountingDoesNotAllocate holds that counting costs no memory: it happens to every batch.
func TestCountingDoesNotAllocate(t *testing.T) {
	w := handmade.World(1)
	c, part := NewCounter(w), handmade.Batches(w, 0)
	if n := testing.AllocsPerRun(20, func() { countAll(t, c, part) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// largeBatch is one as full as they get, with the events in order and as many other rows as there
// are in a market with every behavior on, about: one for twelve events.
func largeBatch(w *model.World) *table.Batch {
	large := table.NewBatch(w.Tables, table.BatchRows)
	for large.Tables[table.TableEvents].Len < table.BatchRows-200 {
		all := handmade.Batches(w, 0)
		for _, b := range all {
			for id := range b.Tables {
				if id := table.TableID(id); id != table.TableEvents {
					b.Tables[id].Len = min(b.Tables[id].Len, 2)
				}
			}
			large.Append(w.Tables, b)
		}
	}
	events := &large.Tables[table.TableEvents]
	slices.Sort(events.Cols[table.EventTime].Int[:events.Len])
	return large
}

// BenchmarkCount measures what the figures of the manifest cost beside the files, with all types of
// events, evenly, which is the worst case, through a dozen channels and as many as there can be.
func BenchmarkCount(b *testing.B) {
	for _, channels := range []int{12, model.MaxChannels} {
		b.Run(fmt.Sprint(channels), func(b *testing.B) {
			w := handmade.World(1)
			events := w.Tables[table.TableEvents].Columns
			events[table.EventType].Vocab = table.EventTypes
			events[table.EventDeviceType].Vocab = table.Devices
			events[table.EventChannel].Vocab = make([]string, channels)
			c, batch := NewCounter(w), largeBatch(w)
			rows := batch.Tables[table.TableEvents].Len
			for b.Loop() {
				if err := c.Count(batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
}
