package simulate

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// TestIDsCanBeRevealed: by us, from either side, and they are exact in a double.
func TestIDsCanBeRevealed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCipher(draw.Key(rapid.Uint64().Draw(t, "key")))
		x := rapid.Uint64Range(0, idMask).Draw(t, "x")
		id := c.hide(x)
		if id < 0 || id >= 1<<53 || int64(float64(id)) != id {
			t.Fatalf("%d is not below 2^53", id)
		}
		if got := c.reveal(id); got != x {
			t.Fatalf("hides %d as %d and reveals %d", x, id, got)
		}
		if got := c.hide(c.reveal(int64(x))); got != int64(x) {
			t.Fatalf("reveals and hides %d as %d", x, got)
		}
	})
}

// TestIDsHoldTheLargestLife: the last customer, day and ordinal there can be.
func TestIDsHoldTheLargestLife(t *testing.T) {
	s := newIDs(draw.New(1))
	const customer, day, ordinal = 1<<27 - 1, 5649, maxOrdinal
	x := s.of[eventIDs].reveal(s.id(eventIDs, customer-1, day, ordinal))
	if x>>(dayBits+ordinalBits) != customer-1 || x>>ordinalBits&(1<<dayBits-1) != day ||
		x&maxOrdinal != ordinal {
		t.Errorf("%x is not customer %d on day %d", x, customer, day)
	}
}

// whoAndWhen reveals whose an id is, and of which day of the world.
func whoAndWhen(w *model.World, kind idKind, id int64) (person int64, day int) {
	c := newCipher(w.Key.With(model.KeyIDs).With(uint64(kind)))
	x := c.reveal(id)
	return int64(x>>(dayBits+ordinalBits)) + 1, int(x>>ordinalBits&(1<<dayBits-1)) - w.Warmup
}

// placeOf is the place of a person, from 1, which their ids hide.
func placeOf(person int64) int64 {
	place, _ := model.PlaceOf(person)
	return int64(place) + 1
}

// TestIDsAreUnique: over all parts of a run, each kind of its own, and each is of whom the truth
// says it is.
func TestIDsAreUnique(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", "customers", "3_000", "days", "120", "town", "200")
	w.PartTowns = 2
	w.Parts = (w.Towns + w.PartTowns - 1) / w.PartTowns
	all := whole(t, w)
	rows := func(table table.TableID, name string) []int64 {
		return columnOf(w, all, table, name).Int[:all.Tables[table].Len]
	}
	for _, test := range []struct {
		kind  idKind
		table table.TableID
		name  string
	}{
		{eventIDs, table.TableEvents, "event_id"},
		{orderIDs, table.TableOrders, "order_id"},
		{cartIDs, table.TableCarts, "cart_id"},
		{journeyIDs, table.TableTruthJourneys, "journey_id"},
		{userIDs, table.TableCustomers, "user_id"},
	} {
		seen := map[int64]bool{}
		for _, id := range rows(test.table, test.name) {
			if person, _ := whoAndWhen(w, test.kind, id); seen[id] || person < 1 ||
				person > int64(w.Customers) {
				t.Fatalf("%s %d comes twice or is of person %d", test.name, id, person)
			}
			seen[id] = true
		}
		if len(seen) < 200 {
			t.Errorf("%d of %s prove nothing", len(seen), test.name)
		}
	}
	person := rows(table.TableEvents, "person_id")
	for _, test := range []struct {
		kind idKind
		name string
	}{{eventIDs, "event_id"}, {sessionIDs, "session_id"}, {deviceIDs, "device_id"},
		{userIDs, "user_id"},
		{journeyIDs, "journey_id"}, {orderIDs, "order_id"}} {
		for i, id := range rows(table.TableEvents, test.name) {
			if who, _ := whoAndWhen(w, test.kind, id); id != table.Null && who != placeOf(person[i]) {
				t.Fatalf("%s %d is of person %d, want %d", test.name, id, who, person[i])
			}
		}
	}
}

// TestEachKindOfIDHasItsOwnPermutation: the same thing hidden as two kinds has two ids, so that no
// id tells which others are of the same person and day.
func TestEachKindOfIDHasItsOwnPermutation(t *testing.T) {
	s := newIDs(draw.New(9).With(model.KeyIDs))
	for _, x := range [][3]int{{0, 0, 0}, {1, 0, 0}, {1234, 200, 7}, {1<<27 - 1, 5649, maxOrdinal}} {
		kindOf := map[int64]idKind{}
		for kind := eventIDs; kind < idKinds; kind++ {
			id := s.id(kind, x[0], x[1], x[2])
			if other, ok := kindOf[id]; ok {
				t.Errorf("%v has the same id %d as kinds %d and %d", x, id, other, kind)
			}
			kindOf[id] = kind
		}
	}
	order := s.id(orderIDs, 5, 6, 7)
	if s.about(surveyIDs, order) == order || s.about(surveyIDs, order) == s.about(ticketIDs, order) {
		t.Errorf("what is about order %d has its id, or that of something else about it", order)
	}
}

// A hider makes public ids of hidden ones.
type hider func(x uint64) int64

// opaque claims that hidden neighbours are no neighbours: the ids of consecutive events, days and
// customers, of which there are 200,000 each, differ by numbers whose leading and trailing 8 bits
// are even, and do not rise or fall with the customer.
func opaque(hide hider) float64 {
	const n = 200_000
	even := slices.Repeat([]float64{1}, 256)
	var p []float64
	for _, shift := range []uint{0, ordinalBits, dayBits + ordinalBits} {
		high, low := make([]int, 256), make([]int, 256)
		ids, places := make([]float64, n), make([]float64, n)
		for i := range uint64(n) {
			x := 12345<<(dayBits+ordinalBits) + i<<shift
			difference := uint64(hide(x+1<<shift)-hide(x)) & idMask
			high[difference>>(idBits-8)]++
			low[difference&255]++
			ids[i], places[i] = float64(hide(x)), float64(i)
		}
		z := stat.Correlation(ids, places, nil) * math.Sqrt(n)
		p = append(p, chiSquare(high, even), chiSquare(low, even), twoSided(z))
	}
	return holm(p)
}

func TestIDsAreOpaque(t *testing.T) {
	t.Parallel()
	cipher := newCipher(draw.New(5).With(1))
	c := claim[hider](opaque)
	c.holds(t, "ids", cipher.hide)
	c.failsIn(t, "no cipher", func(x uint64) int64 { return int64(x) })
	c.failsIn(t, "one multiplication", func(x uint64) int64 {
		return int64(x * cipher.mul[0] & idMask)
	})
	c.failsIn(t, "a shuffle of the customers only", func(x uint64) int64 {
		return cipher.hide(x>>(dayBits+ordinalBits)<<(dayBits+ordinalBits)) +
			int64(x&(1<<(dayBits+ordinalBits)-1))
	})
}

// An appearance is a person in a row of a table, the first on that day.
type appearance struct {
	day    int
	person int64
}

// anonymous claims that the order of the rows of a day says nothing of who they are about: no
// correlation of a person with their place in the day, nor with the person before them.
func anonymous(rows []appearance) float64 {
	var person, place, next []float64
	begun := 0
	for i, r := range rows {
		if i > 0 && r.day != rows[i-1].day {
			begun = i
		}
		person = append(person, float64(r.person))
		place = append(place, float64(i-begun))
		if i > begun {
			next = append(next, float64(r.person))
		} else {
			next = append(next, math.NaN())
		}
	}
	var a, b []float64
	for i := range next {
		if !math.IsNaN(next[i]) {
			a, b = append(a, person[i-1]), append(b, next[i])
		}
	}
	return holm([]float64{
		twoSided(stat.Correlation(person, place, nil) * math.Sqrt(float64(len(person)))),
		twoSided(stat.Correlation(a, b, nil) * math.Sqrt(float64(len(a)))),
	})
}

// firsts keeps the first row of each person on each day: a visit has many rows, which belong
// together.
func firsts(rows []appearance) []appearance {
	seen := map[appearance]bool{}
	return slices.DeleteFunc(rows, func(r appearance) bool {
		was := seen[r]
		seen[r] = true
		return was
	})
}

// TestTheOrderOfRowsIsAnonymous: of the tables that others see. Rows as they come from the towns
// are the mutants, and customers in the order of their persons.
func TestTheOrderOfRowsIsAnonymous(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", "customers", "6_000", "days", "90", "town", "500")
	w.PartTowns, w.Parts = w.Towns, 1
	c := claim[[]appearance](anonymous)
	all := whole(t, w)
	var customers []appearance
	for _, test := range []struct {
		table  table.TableID
		column string
		kind   idKind
		time   string
	}{
		{table.TableEvents, "event_id", eventIDs, "event_time"},
		{table.TableOrders, "order_id", orderIDs, "ordered_at"},
		{table.TableCarts, "cart_id", cartIDs, "closed_at"},
		{table.TableCustomers, "user_id", userIDs, ""},
	} {
		n := all.Tables[test.table].Len
		rows := make([]appearance, n)
		for i, id := range columnOf(w, all, test.table, test.column).Int[:n] {
			rows[i].person, _ = whoAndWhen(w, test.kind, id)
			if test.time != "" {
				rows[i].day, _ = w.DayOf(columnOf(w, all, test.table, test.time).Int[i])
			}
		}
		if test.table == table.TableCustomers {
			customers = rows
		}
		c.holds(t, w.Tables[test.table].Name, firsts(rows))
	}
	slices.SortFunc(customers, func(a, b appearance) int { return int(a.person - b.person) })
	c.failsIn(t, "customers by person", customers)
	c.failsIn(t, "events as they come", unsorted(w))
}

// unsorted are the events of a part as its towns make them, before the recorder sorts them by time.
func unsorted(w *model.World) []appearance {
	ids := newIDs(w.Key.With(model.KeyIDs))
	p := &part{rec: newRecorder(w, ids, 1, 256)}
	p.settle()
	var rows []appearance
	for day := -w.Warmup; day < w.Days; day++ {
		_ = p.live(context.Background(), day, day+1, &Options{})
		for i := range p.rec.events {
			rows = append(rows, appearance{day, int64(p.rec.events[i].person)})
		}
		p.rec.events = p.rec.events[:0]
	}
	return firsts(rows)
}

// TestPagesHaveSlotsOfTheirOwn, also those of visits of more than 256 pages, and share none with
// another purpose.
func TestPagesHaveSlotsOfTheirOwn(t *testing.T) {
	seen := map[uint64]bool{}
	for slot := range slotCheckout + 1 {
		seen[slot] = true
	}
	for _, first := range []uint64{slotBasket, slotQuantity, slotSeenFirst, slotPutAside} {
		for i := range uint64(maxLines) {
			seen[first+i] = true
		}
	}
	for _, first := range []uint64{slotPage, slotProduct} {
		for page := range uint64(2000) {
			slot := paged(first, page)
			if seen[slot] || slot >= 1<<slotBits {
				t.Fatalf("page %d of slot %d: slot %d is taken or too large", page, first, slot)
			}
			seen[slot] = true
		}
	}
}
