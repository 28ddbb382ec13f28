package simulate

import (
	"fmt"
	"slices"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// streamed are worlds that streams are made of, small: the built-in ones with their behaviors, and
// one with all of them, with its market as it is and without a channel, by coupling.
func streamed(t *testing.T, days string) map[string]*model.World {
	market := func(block, coupling string) *model.World {
		return worldOf(t, bazaarWith(block)+"coupling: "+coupling+"\n", "customers", "900",
			"town", "150", "days", days, "warmup", "30")
	}
	return map[string]*model.World{
		"fashion": builtIn(t, "fashion", "customers", "4_000", "town", "500",
			"days", days, "warmup", "30"),
		"telecom": builtIn(t, "telecom", "customers", "2_000", "town", "500",
			"days", days, "warmup", "30", "needs.per_year", "30"),
		"live":   without(t, market(everything, "live"), "display"),
		"frozen": without(t, market(contracts, "frozen"), "display"),
	}
}

// TestAStreamBeginsWhereADatasetEnds: a dataset of days 0 to k-1 and a run from day k have together
// the rows of one run, byte for byte and in its order: there is no gap and no overlap.
func TestAStreamBeginsWhereADatasetEnds(t *testing.T) {
	t.Parallel()
	const from = 12
	for name, w := range streamed(t, "20") {
		all := live(t, w, ByDay, Options{})
		late := live(t, w, ByDay, Options{From: from})
		early := live(t, w, ByDay, Options{From: from + 1})
		if len(late.parts) != 1+w.Days-from {
			t.Errorf("%s: %d days from day %d on, want %d", name, len(late.parts)-1, from, w.Days-from)
		}
		for day := from; day < w.Days; day++ {
			if late.parts[day] != all.parts[day] {
				t.Errorf("%s: day %d of a run from day %d differs from that of the whole", name, day,
					from)
			}
		}
		if _, overlap := early.parts[from]; overlap || all.rows[table.TableOrders] < 50 {
			t.Errorf("%s: overlap %v with %d orders, want none with many", name, overlap,
				all.rows[table.TableOrders])
		}
		if other := live(t, without(t, w, "email"), ByDay, Options{From: from}); other.parts[from] ==
			all.parts[from] {
			t.Errorf("%s: a world without mails has the same day: the comparison is blind", name)
		}
	}
}

// TestMoreDaysChangeNoEarlierOnes: the first days of a longer run have the same events, orders and
// lines of orders, in the same order. What the last day alone knows may differ: whether an order
// has been delivered by then.
func TestMoreDaysChangeNoEarlierOnes(t *testing.T) {
	t.Parallel()
	worlds := func(days string) map[string]*model.World {
		list := streamed(t, days)
		list["asked late"] = builtIn(t, "grocery", "customers", "300", "town", "150",
			"days", days, "warmup", "10", "behaviors.satisfaction.survey.share", "100%",
			"behaviors.satisfaction.survey.after", "{exponential: {mean: 20d}}")
		return list
	}
	long := worlds("45")
	for name, w := range worlds("15") {
		end := w.Midnight[w.Warmup+w.Days]
		short, longer := lastDayAside(t, w, end), lastDayAside(t, long[name], end)
		for day := range w.Days {
			for _, table := range []table.TableID{table.TableEvents, table.TableOrders,
				table.TableOrderLines, table.TableCustomers} {
				if short.parts[day][table] != longer.parts[day][table] {
					t.Errorf("%s: day %d of %s depends on how many days there are", name, day,
						w.Tables[table].Name)
				}
			}
		}
		if short.parts[1][table.TableEvents] == longer.parts[2][table.TableEvents] {
			t.Errorf("%s: two days are the same: the comparison is blind", name)
		}
	}
}

// lastDayAside lives a world by day and forgets of orders what happened to them after an end.
func lastDayAside(t *testing.T, w *model.World, end int64) *fingerprint {
	f := newFingerprint(w)
	forget := sinkFunc(func(b *table.Batch) error {
		n := b.Tables[table.TableOrders].Len
		status := columnOf(w, b, table.TableOrders, "status").Code
		for i, at := range columnOf(w, b, table.TableOrders, "fulfilled_at").Int[:n] {
			if at == table.Null || at >= end {
				status[i], columnOf(w, b, table.TableOrders, "fulfilled_at").Int[i] = 0, table.Null
			}
		}
		return nil
	})
	if err := ByDay(t.Context(), w, table.Tee(forget, f), Options{Identify: true}); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestIdentifyAddsOnlyWhoIsIdentified: a customer for each day on which they sign up, log in or
// orders, and nothing else is another.
func TestIdentifyAddsOnlyWhoIsIdentified(t *testing.T) {
	t.Parallel()
	for name, w := range streamed(t, "15") {
		plain := live(t, w, ByDay, Options{})
		named := newFingerprint(w)
		said, met := map[int][]int64{}, map[int][]int64{}
		look := sinkFunc(func(b *table.Batch) error {
			n := b.Tables[table.TableCustomers].Len
			said[b.Part] = append(said[b.Part],
				columnOf(w, b, table.TableCustomers, "user_id").Int[:n]...)
			events := &b.Tables[table.TableEvents]
			for i := range events.Len {
				user := events.Cols[table.EventUser].Int[i]
				switch events.Cols[table.EventType].Code[i] {
				case table.SignUp, table.Login, table.Purchase:
					if user != table.Null && !slices.Contains(met[b.Part], user) {
						met[b.Part] = append(met[b.Part], user)
					}
				}
			}
			return nil
		})
		if err := ByDay(t.Context(), w, table.Tee(named, look), Options{Identify: true}); err != nil {
			t.Fatal(err)
		}
		identified := 0
		for day := range w.Days {
			identified += len(said[day])
			slices.Sort(said[day])
			slices.Sort(met[day])
			if !slices.Equal(said[day], met[day]) {
				t.Errorf("%s, day %d: %d customers are told of, want the %d who said who they are",
					name, day, len(said[day]), len(met[day]))
			}
			if err := sameBut(plain, named, day, day == w.Days-1); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if identified < 50 {
			t.Errorf("%s: %d identified prove nothing", name, identified)
		}
		if err := sameBut(plain, live(t, without(t, w, "email"), ByDay, Options{}), 6,
			false); err == nil {
			t.Errorf("%s: a world without mails has the same day: the comparison is blind", name)
		}
	}
}

// sameBut compares a day of two runs by table, customers aside; on the last day also what is
// written only at the end.
func sameBut(a, b *fingerprint, day int, last bool) error {
	for of := range table.TableCount {
		switch {
		case of == table.TableCustomers:
		case last && (of == table.TableTruthPeople || of == table.TableTruthIdentity ||
			of == table.TableTruthHoldouts ||
			of == table.TableTruthJourneys):
		case a.parts[day][of] != b.parts[day][of]:
			return fmt.Errorf("day %d of %s differs", day, a.tables[of].Name)
		}
	}
	return nil
}

// TestEventDayTellsWhoAndWhen: as the truth says, of every event, and of no other number.
func TestEventDayTellsWhoAndWhen(t *testing.T) {
	t.Parallel()
	w := streamed(t, "20")["fashion"]
	of := func(customers, days, seed string) *model.World {
		return builtIn(t, "fashion", "customers", customers, "days", days, "seed", seed, "warmup",
			"30")
	}
	seed, fewer, shorter := of("4_000", "20", "99"), of("900", "20", "1"), of("4_000", "10", "1")
	events, foreign := 0, 0
	err := ByDay(t.Context(), w, sinkFunc(func(b *table.Batch) error {
		rows := &b.Tables[table.TableEvents]
		for i, id := range rows.Cols[table.EventID].Int[:rows.Len] {
			events++
			who := int(placeOf(rows.Cols[table.EventPerson].Int[i])) - 1
			if person, day, ok := EventDay(w, id); person != who || day != b.Part || !ok {
				return fmt.Errorf("the id of event %d of person %d on day %d names person %d on day %d",
					id, who, b.Part, person, day)
			}
			if _, _, ok := EventDay(fewer, id); ok != (who < fewer.Customers) {
				return fmt.Errorf("event %d of person %d among %d: %v", id, who, fewer.Customers, ok)
			}
			if _, _, ok := EventDay(shorter, id); ok != (b.Part < shorter.Days) {
				return fmt.Errorf("event %d of day %d of %d: %v", id, b.Part, shorter.Days, ok)
			}
			if _, _, ok := EventDay(seed, id); ok {
				foreign++
			}
		}
		return nil
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if events < 1000 || foreign > events/1000 {
		t.Errorf("%d of %d events are taken for those of another seed", foreign, events)
	}
	for _, id := range []int64{-1, table.Null, 1 << 53, 1<<63 - 1} {
		if _, _, ok := EventDay(w, id); ok {
			t.Errorf("%d is taken for an event", id)
		}
	}
}
