package simulate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["fulfilment"] = func(d die) string {
		return fmt.Sprintf("{saves_fee: %s, late: %d%%, delay: %s, extra: %d%%, returns: "+
			"{online: %d%%, store: %d%%, categories: {goods: %s}, after: %s, in_store: %d%%, "+
			"reasons: %s}}",
			d.one("0.5", "1", "3"), d.IntN(101), d.law(), d.IntN(101), d.IntN(101), d.IntN(101),
			d.one("0", "1", "3"), d.law(), d.IntN(101), d.one("{size: 1}", "{damaged: 1, late: 2}",
				"{size: 40%, changed_mind: 50%, other: 10%}"))
	}
}

// A boughtLine is a row of order_lines with what the order says of it.
type boughtLine struct {
	paid, quantity, user, due, at int64
	product, category, how        uint32
	returned                      int
}

// bought looks up all lines, by order and number.
func (c *census) bought() map[[2]int64]*boughtLine {
	of := func(name string) []int64 { return c.ints(table.TableOrderLines, name) }
	o := func(name string) []int64 { return c.ints(table.TableOrders, name) }
	line, amount, discount, quantity := of("line_number"), of("amount"), of("discount"), of("quantity")
	products, categories := c.codes(table.TableOrderLines, "product_id"),
		c.codes(table.TableOrderLines, "category")
	user, due, at := o("user_id"), o("fulfilled_at"), o("ordered_at")
	how := c.codes(table.TableOrders, "fulfilment")
	lines := map[[2]int64]*boughtLine{}
	for i, id := range of("order_id") {
		k := c.orders[id]
		lines[[2]int64{id, line[i]}] = &boughtLine{paid: amount[i] - discount[i],
			quantity: quantity[i], user: user[k], due: due[k], at: at[k], product: products[i],
			category: categories[i], how: how[k]}
	}
	return lines
}

// returnsAreOfOrders: a line comes back at most once, after it was received, for what was paid, by
// whoever bought it; in a store or to the courier when those are open; late ones only were sent.
func returnsAreOfOrders(c *census) error {
	of := func(name string) []int64 { return c.ints(table.TableReturns, name) }
	code := func(name string) []uint32 { return c.codes(table.TableReturns, name) }
	order, line, at, refund := of("order_id"), of("line_number"), of("returned_at"), of("refund")
	user, quantity := of("user_id"), of("quantity")
	product, category, reason := code("product_id"), code("category"), code("reason")
	place, store := code("touchpoint"), code("store_id")
	zone, err := time.LoadLocation(c.w.Scenario.TimeZone)
	if err != nil {
		return err
	}
	lines := c.bought()
	for i, id := range of("return_id") {
		l := lines[[2]int64{order[i], line[i]}]
		if l == nil {
			return fmt.Errorf("return %d: order %d has no line %d", id, order[i], line[i])
		}
		l.returned++
		plan, inStore := &c.w.Courier, place[i] == uint32(table.Store)
		if inStore {
			plan = &c.w.Counter
		}
		local := time.UnixMicro(at[i]).In(zone)
		switch {
		case l.returned > 1 || l.due == table.Null || at[i] < l.due || refund[i] != l.paid ||
			user[i] != l.user || quantity[i] != l.quantity || product[i] != l.product ||
			category[i] != l.category:
			return fmt.Errorf("return %d of %d cents at %s is not of %+v", id, refund[i],
				c.when(at[i]), *l)
		case inStore != (store[i] != 0) || !inStore && (place[i] != uint32(table.Parcel) ||
			l.how == table.InStore):
			return fmt.Errorf("return %d on touchpoint %d, store %d", id, place[i], store[i])
		case plan.Hours.Weight(local.Hour()) == 0 || closedAt(c.w, plan, at[i]):
			return fmt.Errorf("return %d on %s, when %s is closed", id, local, plan.Name)
		case model.ReturnReasons[reason[i]-1] == "late" && l.how != table.Ship:
			return fmt.Errorf("return %d: nothing was sent, so it was not late", id)
		}
	}
	return c.returnsAreSeen()
}

// returnsAreSeen: each return has its event.
func (c *census) returnsAreSeen() error {
	type back struct{ order, product, at int64 }
	seen := map[back]int{}
	for _, e := range c.events {
		if e.kind == table.Return {
			seen[back{e.order, int64(e.product), e.at}]++
		}
	}
	order, at := c.ints(table.TableReturns, "order_id"), c.ints(table.TableReturns, "returned_at")
	for i, product := range c.codes(table.TableReturns, "product_id") {
		b := back{order[i], int64(product), at[i]}
		if seen[b] != 1 {
			return fmt.Errorf("%d events for a return of order %d at %s", seen[b], order[i],
				c.when(at[i]))
		}
		delete(seen, b)
	}
	if len(seen) > 0 {
		return fmt.Errorf("%d returns are in no table", len(seen))
	}
	return nil
}

// pickUpsAreVisits: with the behavior, who collects an order is in the store for it, and only there
// and then they buy something outside of journeys.
func pickUpsAreVisits(c *census) error {
	if !model.PlanOf[model.FulfilmentPlan](c.w).On {
		return nil
	}
	var visit, pickUp seen
	for _, e := range c.events {
		if e.journey != table.Null || e.place != uint32(table.Store) {
			continue
		}
		switch e.kind {
		case table.StoreVisit:
			visit = e
		case table.Pickup:
			if pickUp = e; e.person != visit.person || e.at != visit.at || e.store != visit.store {
				return fmt.Errorf("order %d is collected at %s, the visit is at %s", e.order,
					c.when(e.at), c.when(visit.at))
			}
		case table.Purchase:
			if e.person != pickUp.person || e.store != pickUp.store || c.day(e.at) != c.day(pickUp.at) {
				return fmt.Errorf("order %d at %s follows no pick-up: %+v", e.order, c.when(e.at),
					pickUp)
			}
		}
	}
	return nil
}

func (c *census) day(at int64) int {
	day, _ := c.w.DayOf(at)
	return day
}

// deals are orders as they are placed, half on line and half in stores: 33,000 of either, of two
// categories, show 5 % of their shares.
const deals = `
customers: 4_000
days: 90
needs: {per_year: 60}
stores: {count: 400}
sessions: {pages: {order: 1}}
orders:
  lines: 1.5
  fulfilment: {ship: 60%, collect: 40%}
  delivery: 1d
  collection: 1h
  shipping: {fee: 4.90, free_from: 30}
catalogue: {categories: {dresses: {share: 50%}, belts: {share: 50%}}}
channels:
  site:  {touchpoint: web, hours: 0-24}
  store: {touchpoint: store}
journey:
  start: {order: 1}
  stages: {order: {part_of: purchase, does: order, dwell: 1h, next: {leave: 100%}}}
  channels: {start: {site: 1, store: 1}}
behaviors:
  fulfilment:
    saves_fee: 3
    late: 10%
    delay: 5d
    extra: 35%
    returns:
      online: 24%
      store: 10%
      categories: {dresses: 2}
      after: 5d
      in_store: 40%
      reasons: {size: 60%, damaged: 20%, late: 20%}
`

// yes claims that of the cases that are counted a share says yes.
func yes(share float64, count func(c *census, say func(yes bool))) claim[*census] {
	return func(c *census) float64 {
		counts := make([]int, 2)
		count(c, func(yes bool) {
			if yes {
				counts[0]++
			} else {
				counts[1]++
			}
		})
		return chiSquare(counts, []float64{share, 1 - share})
	}
}

// settled calls f for the lines of orders placed so early that all has happened to them.
func (c *census) settled(f func(id int64, l *boughtLine)) {
	lines, order := c.bought(), c.ints(table.TableReturns, "order_id")
	for i, line := range c.ints(table.TableReturns, "line_number") {
		lines[[2]int64{order[i], line}].returned++
	}
	for key, l := range lines {
		if l.at < c.w.Midnight[c.w.Warmup+c.w.Days-25] {
			f(key[0], l)
		}
	}
}

// returned claims the share of a category's lines that come back, from orders in stores or not.
func returned(share float64, category uint32, inStore bool) claim[*census] {
	return yes(share, func(c *census, say func(bool)) {
		c.settled(func(_ int64, l *boughtLine) {
			if l.category == category && (l.how == table.InStore) == inStore {
				say(l.returned > 0)
			}
		})
	})
}

// oddsTimes is the probability whose odds are those of p times a factor.
func oddsTimes(p, factor float64) float64 { return p * factor / (p*factor + 1 - p) }

// reasonsOfReturns counts them for orders that came in time, or late: five days later.
func reasonsOfReturns(late bool, weights ...float64) claim[*census] {
	return func(c *census) float64 {
		counts, lines := make([]int, len(model.ReturnReasons)), c.bought()
		order, line := c.ints(table.TableReturns, "order_id"), c.ints(table.TableReturns, "line_number")
		for i, reason := range c.codes(table.TableReturns, "reason") {
			if l := lines[[2]int64{order[i], line[i]}]; (l.due-l.at > 5*24*3600*second) == late {
				counts[reason-1]++
			}
		}
		return chiSquare(counts, weights)
	}
}

// cameLate claims the share of sent orders that come late.
func cameLate(share float64) claim[*census] {
	return yes(share, func(c *census, say func(bool)) {
		c.settled(func(_ int64, l *boughtLine) {
			if l.how == table.Ship {
				say(l.due-l.at > 5*24*3600*second)
			}
		})
	})
}

// collectedOf claims the share of online orders that ship free, or do not.
func collectedOf(share float64, free bool) claim[*census] {
	return yes(share, func(c *census, say func(bool)) {
		subtotal := c.ints(table.TableOrders, "subtotal")
		for i, how := range c.codes(table.TableOrders, "fulfilment") {
			if how != table.InStore && (subtotal[i] >= 30_00) == free {
				say(how == table.Collect)
			}
		}
	})
}

// boughtMore claims the share of pick-ups at which more is bought.
func boughtMore(share float64) claim[*census] {
	return func(c *census) float64 {
		more, pickUps := 0, 0
		for _, e := range c.events {
			switch {
			case e.kind == table.Pickup:
				pickUps++
			case e.kind == table.Purchase && e.journey == table.Null:
				more++
			}
		}
		return chiSquare([]int{more, pickUps - more}, []float64{share, 1 - share})
	}
}

// TestNobodyBuysWhatSheCollects a second time at the counter.
func TestNobodyBuysWhatSheCollects(t *testing.T) {
	t.Parallel()
	c := lived(t, deals, "customers", "1_000", "orders.lines", "1",
		"catalogue.categories", "{hats: {share: 1, products: 2}}",
		"behaviors.fulfilment.returns.categories", "{}")
	products := map[int64]uint32{}
	bought := c.codes(table.TableOrderLines, "product_id")
	for i, id := range c.ints(table.TableOrderLines, "order_id") {
		products[id] = bought[i]
	}
	collected, more := map[int64]int64{}, 0
	for _, e := range c.events {
		switch {
		case e.kind == table.Pickup:
			collected[e.person] = e.order
		case e.kind == table.Purchase && e.journey == table.Null:
			if more++; products[e.order] == products[collected[e.person]] {
				t.Fatalf("event %d: product %d again", e.id, products[e.order])
			}
		}
	}
	if more < 100 {
		t.Errorf("%d bought more", more)
	}
}

// broughtBack claims the share of online orders whose returns are brought to a store.
func broughtBack(share float64) claim[*census] {
	return yes(share, func(c *census, say func(bool)) {
		how, done := c.codes(table.TableOrders, "fulfilment"), map[int64]bool{}
		place := c.codes(table.TableReturns, "touchpoint")
		for i, id := range c.ints(table.TableReturns, "order_id") {
			if how[c.orders[id]] != table.InStore && !done[id] {
				done[id] = true
				say(place[i] == uint32(table.Store))
			}
		}
	})
}

// TestFulfilmentIsAsConfigured: who collects, lateness, the extra basket, returns by channel and
// category, their reasons, and where they are brought. In the mutant every parameter differs by a
// tenth or more, and every claim fails.
func TestFulfilmentIsAsConfigured(t *testing.T) {
	t.Parallel()
	const belts, dresses = 1, 2
	right := lived(t, deals)
	mutant := lived(t, deals, "behaviors.fulfilment", "{saves_fee: 2, late: 12%, delay: 5d, "+
		"extra: 39%, returns: {online: 28%, store: 13%, categories: {dresses: 2}, after: 5d, "+
		"in_store: 46%, reasons: {size: 50%, damaged: 25%, late: 25%}}}",
		"orders.fulfilment", "{ship: 55%, collect: 45%}")
	for what, c := range map[string]claim[*census]{
		"collected for free":  collectedOf(0.4, true),
		"collected for a fee": collectedOf(oddsTimes(0.4, 3), false),
		"late":                cameLate(0.1),
		"extra baskets":       boughtMore(0.35),
		"belts, on line":      returned(0.24, belts, false),
		"belts, in stores":    returned(0.1, belts, true),
		"dresses, on line":    returned(oddsTimes(0.24, 2), dresses, false),
		"dresses, in stores":  returned(oddsTimes(0.1, 2), dresses, true),
		"brought to a store":  broughtBack(0.4),
		"reasons in time":     reasonsOfReturns(false, 0, 0, 20, 0, 60, 0, 0),
		"reasons when late":   reasonsOfReturns(true, 0, 0, 20, 20, 60, 0, 0),
	} {
		c.holds(t, what, right)
		c.failsIn(t, what, mutant)
	}
}

// TestSpoiltReturnsAreNoticed: a world of deals is right, and each spoiled copy is not.
func TestSpoiltReturnsAreNoticed(t *testing.T) {
	t.Parallel()
	w := worldOf(t, deals, "customers", "300")
	right := whole(t, w)
	for _, p := range slices.Concat(promises, lives) {
		if err := p.check(censusOf(w, right)); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
	returns := func(name string) func(c *census) []int64 {
		return func(c *census) []int64 { return c.ints(table.TableReturns, name) }
	}
	for name, column := range map[string]func(c *census) []int64{
		"refund": returns("refund"), "line": returns("line_number"), "order": returns("order_id"),
		"user": returns("user_id"), "quantity": returns("quantity"), "time": returns("returned_at"),
	} {
		copied := table.NewBatch(w.Tables, 0)
		copied.Append(w.Tables, right)
		spoiled := censusOf(w, copied)
		column(spoiled)[7]++
		if returnsAreOfOrders(spoiled) == nil {
			t.Errorf("%s: nobody notices when it is wrong", name)
		}
	}
	copied := table.NewBatch(w.Tables, 0)
	copied.Append(w.Tables, right)
	c := censusOf(w, copied)
	for i, e := range c.events {
		if e.kind == table.StoreVisit && e.journey == table.Null && c.events[i+1].at == e.at {
			c.events[i].store++
		}
	}
	if pickUpsAreVisits(c) == nil {
		t.Error("nobody notices who is in another store than the order")
	}
}

// TestReturnsReusePlaces: what has come back leaves its place to others.
func TestReturnsReusePlaces(t *testing.T) {
	t.Parallel()
	b := &fulfilment{goods: make([]givenBack, 1)}
	for range 1000 {
		first := b.keep(givenBack{line: 3})
		first = b.keep(givenBack{line: 1, next: first})
		alone := b.keep(givenBack{line: 2})
		g := b.goods[first]
		if g.line != 1 || b.goods[g.next].line != 3 || b.goods[alone].line != 2 {
			t.Fatalf("%+v", b.goods)
		}
		b.forget(first)
		b.forget(alone)
	}
	if len(b.goods) != 4 {
		t.Errorf("three lines at a time take %d places", len(b.goods)-1)
	}
}
