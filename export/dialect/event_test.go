package dialect

import (
	"testing"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
)

// nthOf returns the place of the nth event of a type in the day of everything, from 0.
func nthOf(t *testing.T, kind uint32, n int) int {
	t.Helper()
	for i, h := range happenings {
		if h.kind == kind {
			if n--; n < 0 {
				return i
			}
		}
	}
	t.Fatalf("no such event of type %d", kind)
	return 0
}

// A visit keeps its beginning, also over midnight, and is forgotten the day after.
func TestVisitsKeepTheirBeginning(t *testing.T) {
	w, b := dayOfEverything()
	began, look := nthOf(t, table.SessionStart, 0), nthOf(t, table.PageView, 0)
	days := NewDay(w)
	days.Take(b)
	start := days.Event(b, began).Time()
	midnight := start - start%format.DayMicros
	check := func(when string, want int64) {
		t.Helper()
		if got := days.Event(b, look).SessionStart(); got != want {
			t.Errorf("%s the visit began at %d, want %d", when, got, want)
		}
	}
	check("on its day", start)
	if got := days.Event(b, 0).SessionStart(); got != table.Null {
		t.Errorf("an event outside visits has one that began at %d", got)
	}
	quiet := table.NewBatch(w.Tables, 0)
	quiet.Part = 1
	days.Take(quiet)
	check("on the next day", start)
	quiet.Part = 2
	days.Take(quiet)
	check("two days later", midnight)
}

// An order by which somebody becomes known introduces her as a login does; her next one does not.
func TestOrderIntroducesWhoBecomesKnownByIt(t *testing.T) {
	w, b := dayOfEverything()
	first, card := nthOf(t, table.Purchase, 0), nthOf(t, table.Purchase, 2)
	days := NewDay(w)
	days.Take(b)
	for kind, want := range map[uint32]bool{table.SignUp: true, table.Login: true,
		table.Purchase: false, table.PageView: false} {
		if got := days.Event(b, nthOf(t, kind, 0)).introduces(); got != want {
			t.Errorf("%s introduces: %v, want %v", table.EventTypes[kind-1], got, want)
		}
	}
	days.customers[berndUser].KnownSince = days.Event(b, card).Time()
	days.customers[annaUser].KnownSince = days.Event(b, first).Time() - 1
	if !days.Event(b, card).introduces() || days.Event(b, first).introduces() {
		t.Error("want the order by which he became known, and not hers of later")
	}
}

// Whose an event is: the customer's, else her device's, else the order's.
func TestOwner(t *testing.T) {
	w, b := dayOfEverything()
	days := NewDay(w)
	days.Take(b)
	for row, want := range map[int]int64{nthOf(t, table.SignUp, 0): annaUser,
		nthOf(t, table.PageView, 0): strangerUnit, nthOf(t, table.Purchase, 1): storeOrder} {
		e := days.Event(b, row)
		if got := e.owner(); got != want || !e.identified() {
			t.Errorf("event %d is %d's, want %d", row, got, want)
		}
	}
	if days.Event(b, 0).identified() {
		t.Error("an advert in the street is somebody's")
	}
}

// A return pays back what the table of returns says, and no other event pays anything back.
func TestRefundIsWhatWasPaidBack(t *testing.T) {
	w, b := dayOfEverything()
	days := NewDay(w)
	days.Take(b)
	for row := range b.Tables[table.TableEvents].Len {
		e := days.Event(b, row)
		want := int64(table.Null)
		if e.Type() == table.Return {
			want = 110_10
		}
		if got := e.Refund(); got != want {
			t.Errorf("%s pays back %d, want %d", table.EventTypes[e.Type()-1], got, want)
		}
	}
	next := table.NewBatch(w.Tables, 0)
	next.Part = 1
	days.Take(next)
	if got := days.Event(b, nthOf(t, table.Return, 0)).Refund(); got != table.Null {
		t.Errorf("a return of the day before pays back %d, want nothing", got)
	}
}

// Only the purchase has its order: what is fetched on the day it was ordered is not bought again.
func TestOrderIsOfItsPurchase(t *testing.T) {
	w, b := dayOfEverything()
	days := NewDay(w)
	days.Take(b)
	fetched := nthOf(t, table.Pickup, 0)
	b.Tables[table.TableEvents].Cols[table.EventOrder].Int[fetched] = webOrder
	if days.Event(b, fetched).Order() != nil {
		t.Error("what was fetched has the order, want that only of the purchase")
	}
	if o := days.Event(b, nthOf(t, table.Purchase, 0)).Order(); o == nil || o.ID != webOrder {
		t.Errorf("the purchase has the order %v, want %d", o, webOrder)
	}
}
