package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// ledgersOf lives worlds through and returns the ledgers of all towns, world by world.
func ledgersOf(t testing.TB, opt Options, worlds ...*model.World) [][]*Ledger {
	t.Helper()
	w := worlds[0]
	towns := make([][]*Ledger, w.Towns)
	groups := [][]*model.World{worlds}
	err := Ledgers(t.Context(), groups, opt, func(_ int, _ bool, town [][]*Ledger) error {
		towns[town[0][0].Town] = town[0]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	byWorld := make([][]*Ledger, len(worlds))
	for _, town := range towns {
		for i, l := range town {
			byWorld[i] = append(byWorld[i], l)
		}
	}
	return byWorld
}

// A sum is what the tables and the ledgers of a world both tell.
type sum struct {
	orders, known, gross, revenue, margin, cost, clicks, contacts, renewals int64
}

func ledgerSum(ledgers []*Ledger) (s sum) {
	for _, l := range ledgers {
		s.renewals += int64(len(l.Renewals))
		for i := range l.Orders {
			o := &l.Orders[i]
			s.orders++
			s.gross += o.Gross
			s.revenue += o.Revenue
			s.margin += o.Margin
			if o.Known {
				s.known++
			}
		}
		for _, p := range l.Spend {
			s.cost, s.clicks, s.contacts = s.cost+p.Cost[1], s.clicks+p.Clicks[1], s.contacts+p.Contacts[1]
		}
	}
	return s
}

// tableSum finds the same in the tables.
func tableSum(t testing.TB, w *model.World) (s sum) {
	all := whole(t, w)
	ints := func(of table.TableID, name string) []int64 {
		return columnOf(w, all, of, name).Int[:all.Tables[of].Len]
	}
	add := func(to *int64, of table.TableID, name string, by int64) {
		for _, v := range ints(of, name) {
			*to += by * v
		}
	}
	s.orders = int64(all.Tables[table.TableOrders].Len)
	add(&s.gross, table.TableOrders, "total", 1)
	add(&s.revenue, table.TableOrders, "total", 1)
	add(&s.revenue, table.TableOrders, "tax", -1)
	add(&s.cost, table.TableSpend, "cost", 1)
	add(&s.clicks, table.TableSpend, "clicks", 1)
	add(&s.contacts, table.TableSpend, "impressions", 1)
	type line struct{ order, number int64 }
	net, cost := map[line]int64{}, map[line]int64{}
	order := ints(table.TableOrderLines, "order_id")
	number := ints(table.TableOrderLines, "line_number")
	amount, less := ints(table.TableOrderLines, "amount"), ints(table.TableOrderLines, "discount")
	tax, costs := ints(table.TableOrderLines, "tax"), ints(table.TableOrderLines, "cost")
	s.margin = s.revenue
	for i := range order {
		one := line{order[i], number[i]}
		net[one], cost[one] = amount[i]-less[i]-tax[i], costs[i]
		s.margin -= costs[i]
	}
	back, lines := ints(table.TableReturns, "order_id"), ints(table.TableReturns, "line_number")
	for i := range back {
		one := line{back[i], lines[i]}
		s.revenue -= net[one]
		s.margin -= net[one] - cost[one]
	}
	kinds := columnOf(w, all, table.TableEvents, "event_type").Code
	devices, users := ints(table.TableEvents, "device_id"), ints(table.TableEvents, "user_id")
	for i, kind := range kinds[:all.Tables[table.TableEvents].Len] {
		switch {
		case kind == table.Renewal:
			s.renewals++
		case kind == table.Purchase && (devices[i] != table.Null || users[i] != table.Null):
			s.known++
		}
	}
	return s
}

// TestLedgersTellWhatTablesTell: in the factual world and in others, whatever the coupling and
// since when channels are missing.
func TestLedgersTellWhatTablesTell(t *testing.T) {
	t.Parallel()
	for name, off := range map[string][]string{
		"fashion": {"paid_social", "email"}, "telecom": {"display"},
		"electronics": {"paid_search_generic"}} {
		for _, coupling := range []string{"off", "frozen", "live"} {
			w := builtIn(t, name, "customers", "1500", "town", "700", "days", "100", "warmup", "60",
				"coupling", coupling)
			worlds := []*model.World{w, without(t, w, off...), without(t, w, off...).Since(0)}
			ledgers := ledgersOf(t, Options{}, worlds...)
			for i, other := range worlds {
				got, want := ledgerSum(ledgers[i]), tableSum(t, other)
				if got != want || got.orders == 0 {
					t.Errorf("%s, %s, world %d: the ledgers say %+v, the tables %+v", name, coupling, i,
						got, want)
				}
			}
		}
	}
}

// TestLedgersDoNotDependOnWork: nor do they on how many worlds there are at once.
func TestLedgersDoNotDependOnWork(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaar, "customers", "900", "town", "300", "coupling", "frozen")
	worlds := []*model.World{w}
	for i := range atOnce + 3 {
		worlds = append(worlds, without(t, w, w.Channels[i%len(w.Channels)].Name))
	}
	text := func(ledgers [][]*Ledger) (s string) {
		for _, of := range ledgers {
			s += fmt.Sprint(ledgerSum(of), " ")
		}
		return s
	}
	want := ledgersOf(t, Options{Workers: 1}, worlds...)
	if got := ledgersOf(t, Options{Workers: 5}, worlds...); text(got) != text(want) {
		t.Errorf("with 5 workers\n%s, with one\n%s", text(got), text(want))
	}
	n := len(w.Channels)
	if got := ledgersOf(t, Options{}, w, worlds[atOnce+1]); !slices.EqualFunc(got[1],
		want[atOnce+1], func(a, b *Ledger) bool { return slices.Equal(a.Orders, b.Orders) }) {
		t.Errorf("world %d alone is another one (of %d channels)", atOnce+1, n)
	}
}

// TestOtherLuck: other luck has the same people, who do other things.
func TestOtherLuck(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", "customers", "1500", "days", "60", "warmup", "60")
	other := w.WithLuck(2)
	people := func(w *model.World) (rows [][4]int64) {
		all := whole(t, w)
		for i := range all.Tables[table.TableTruthPeople].Len {
			var row [4]int64
			for c, name := range []string{"person_id", "birth_date", "arrived_at", "trait_conversion"} {
				row[c] = columnOf(w, all, table.TableTruthPeople, name).Int[i]
			}
			rows = append(rows, row)
		}
		slices.SortFunc(rows, func(a, b [4]int64) int { return slices.Compare(a[:], b[:]) })
		return rows
	}
	if !slices.Equal(people(w), people(other)) {
		t.Error("other luck has other people")
	}
	ledgers := ledgersOf(t, Options{}, w, other)
	same := 0
	for _, o := range ledgers[0][0].Orders {
		if slices.ContainsFunc(ledgers[1][0].Orders, func(p Purchase) bool {
			return p.Place == o.Place && p.Need == o.Need
		}) {
			same++
		}
	}
	if n := len(ledgers[0][0].Orders); n < 50 || same > n/10 {
		t.Errorf("%d of %d orders are the same with other luck", same, n)
	}
	if got := ledgersOf(t, Options{}, w.WithLuck(1)); ledgerSum(got[0]) != ledgerSum(ledgers[0]) {
		t.Error("luck 1 is not that of the scenario")
	}
}

// TestLedgersStop: a fault and an end of the context are errors.
func TestLedgersStop(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaar, "customers", "300")
	none := func(int, bool, [][]*Ledger) error { return nil }
	fault := Options{trouble: func(_, day int) {
		if day == 3 {
			panic("ouch")
		}
	}}
	if err := Ledgers(t.Context(), [][]*model.World{{w}}, fault, none); err == nil {
		t.Error("a fault went unnoticed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Ledgers(ctx, [][]*model.World{{w}}, Options{}, none); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
