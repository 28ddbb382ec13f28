package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// Checkouts are the promises of the way from a cart to its order.
var checkouts = []promise{
	{"cart lines add up", cartLinesAddUp, func(c *census) {
		quantity := c.ints(table.TableCartLines, "quantity")
		quantity[len(quantity)/2]++
	}},
	{"converted carts are orders", convertedCartsAreOrders, func(c *census) {
		product := c.codes(table.TableOrderLines, "product_id")
		for i := range product {
			product[i] = product[i]%100 + 1
		}
	}},
	{"steps are in order", stepsAreInOrder, func(c *census) {
		kinds := c.codes(table.TableEvents, "event_type")
		for i, kind := range kinds {
			if kind == table.AddShippingInfo {
				kinds[i] = table.AddPaymentInfo
			}
		}
	}},
	{"reasons come after their step", reasonsComeAfterTheirStep, func(c *census) {
		reasons := c.codes(table.TableCarts, "reason")
		for i, reason := range reasons {
			if reason != 0 {
				reasons[i] = reason%uint32(len(c.w.Tables[table.TableCarts].Column("reason").Vocab)) + 1
			}
		}
	}},
	{"checkouts add up", checkoutsAddUp, func(c *census) {
		kinds := c.codes(table.TableEvents, "event_type")
		for i, kind := range kinds {
			if kind == table.BeginCheckout {
				kinds[i] = table.Search
			}
		}
	}},
}

// cartLinesAddUp: the lines of each cart are numbered, and its line_count and value are theirs.
func cartLinesAddUp(c *census) error {
	type sums struct{ lines, value int64 }
	of := func(name string) []int64 { return c.ints(table.TableCartLines, name) }
	number, quantity, price := of("line_number"), of("quantity"), of("unit_price")
	products, categories := c.codes(table.TableCartLines, "product_id"),
		c.codes(table.TableCartLines, "category")
	found := map[int64]sums{}
	for i, id := range of("cart_id") {
		s := found[id]
		s.lines++
		s.value += quantity[i] * price[i]
		found[id] = s
		product := &c.w.Products[products[i]-1]
		if number[i] != s.lines || quantity[i] < 1 || int(categories[i]) != product.Category+1 {
			return fmt.Errorf("line %d of cart %d is number %d: %d of product %d, category %d", s.lines,
				id, number[i], quantity[i], products[i], categories[i])
		}
	}
	lines, value := c.ints(table.TableCarts, "line_count"), c.ints(table.TableCarts, "value")
	for i, id := range c.ints(table.TableCarts, "cart_id") {
		if s := found[id]; s.lines != lines[i] || s.value != value[i] {
			return fmt.Errorf("cart %d of %d lines and %d cents has %d lines of %d", id, lines[i],
				value[i], s.lines, s.value)
		}
		delete(found, id)
	}
	if len(found) > 0 {
		return fmt.Errorf("%d carts have lines and no row", len(found))
	}
	return nil
}

// convertedCartsAreOrders: line by line, at the same prices.
func convertedCartsAreOrders(c *census) error {
	type key struct{ order, number int64 }
	type line struct {
		product         uint32
		quantity, price int64
	}
	order := map[int64]int64{} // by cart
	for i, id := range c.ints(table.TableCarts, "cart_id") {
		order[id] = c.ints(table.TableCarts, "order_id")[i]
	}
	linesOf := func(t table.TableID, id string, order func(int64) int64) map[key]line {
		lines := map[key]line{}
		numbers, products := c.ints(t, "line_number"), c.codes(t, "product_id")
		quantities, prices := c.ints(t, "quantity"), c.ints(t, "unit_price")
		for i, id := range c.ints(t, id) {
			lines[key{order(id), numbers[i]}] = line{products[i], quantities[i], prices[i]}
		}
		return lines
	}
	bought := linesOf(table.TableOrderLines, "order_id", func(id int64) int64 { return id })
	inCarts := linesOf(table.TableCartLines, "cart_id", func(id int64) int64 { return order[id] })
	for k, l := range inCarts {
		if k.order != table.Null && bought[k] != l {
			return fmt.Errorf("order %d has as line %d %+v, its cart %+v", k.order, k.number, bought[k], l)
		}
	}
	return nil
}

// follows are the steps that the steps of a checkout may follow at once, pages left out.
var follows = map[uint32][]uint32{
	table.RemoveFromCart:  {table.ViewCart},
	table.BeginCheckout:   {table.ViewCart, table.RemoveFromCart},
	table.AddShippingInfo: {table.BeginCheckout},
	table.AddPaymentInfo:  {table.AddShippingInfo, table.PaymentDeclined},
	table.PaymentDeclined: {table.AddPaymentInfo},
	table.Purchase:        {table.AddPaymentInfo},
}

// stepsAreInOrder: within a visit each step follows the one that it needs. Without the behavior
// cart there are only checkouts that are begun, and bought from.
func stepsAreInOrder(c *census) error {
	on := model.PlanOf[model.CartBehaviorPlan](c.w).On
	step, begun := map[int64]uint32{}, map[int64]bool{} // by session
	for _, e := range c.events {
		if e.kind == table.SessionStart {
			begun[e.session] = true
		}
		if !begun[e.session] {
			continue // elsewhere, or in a visit that has begun in the warm-up
		}
		last, why := step[e.session], follows[e.kind]
		switch {
		case e.kind != table.ViewCart && len(why) == 0:
			continue
		case on:
		case e.kind == table.BeginCheckout:
			last = table.ViewCart
		case e.kind == table.Purchase && last == table.BeginCheckout:
			last = table.AddPaymentInfo
		default:
			last = 0
		}
		if len(why) > 0 && !slices.Contains(why, last) || e.kind == table.ViewCart && !on {
			return fmt.Errorf("event %d of person %d at %s: a %s after %s", e.id, e.person,
				c.when(e.at), c.word(table.EventType, e.kind), c.word(table.EventType, max(last, 1)))
		}
		step[e.session] = e.kind
	}
	return nil
}

// A way is how far a person came with a cart in their last visit to it, and how many checkouts of
// it were begun and how many bought.
type way struct {
	last          uint32
	begun, bought int
}

// ways returns the ways of carts, by their places. A checkout of no cart is an error, unless it is
// of one that is still full in the end.
func (c *census) ways() ([]way, error) {
	carts := c.cartsByPerson()
	created, closed := c.ints(table.TableCarts, "created_at"), c.ints(table.TableCarts, "closed_at")
	ways := make([]way, len(created))
	for _, e := range c.events {
		if e.kind != table.ViewCart && (len(follows[e.kind]) == 0 || e.session == table.Null) {
			continue
		}
		mine := carts[e.person]
		n, _ := slices.BinarySearchFunc(mine, e.at+1, func(i int, at int64) int {
			return cmp.Compare(created[i], at)
		})
		if n == 0 || e.at > closed[mine[n-1]] {
			if n == len(mine) {
				continue
			}
			return nil, fmt.Errorf("person %d: a %s of no cart at %s", e.person,
				c.word(table.EventType, e.kind), c.when(e.at))
		}
		w := &ways[mine[n-1]]
		switch e.kind {
		case table.RemoveFromCart:
			continue
		case table.BeginCheckout:
			w.begun++
		case table.Purchase:
			w.bought++
		}
		w.last = e.kind
	}
	return ways, nil
}

// reasonsComeAfterTheirStep: who leaves a cart for a reason has come as far as it says, no farther.
func reasonsComeAfterTheirStep(c *census) error {
	ways, err := c.ways()
	plan := model.PlanOf[model.CartBehaviorPlan](c.w)
	if err != nil || !plan.On {
		return err
	}
	steps := map[model.Step][]uint32{
		model.StepCart:     {table.ViewCart},
		model.StepBegun:    {table.BeginCheckout},
		model.StepShipping: {table.AddShippingInfo},
		model.StepPayment:  {table.AddPaymentInfo},
		model.StepDeclined: {table.PaymentDeclined},
		model.StepAny:      {table.BeginCheckout, table.AddShippingInfo, table.AddPaymentInfo},
	}
	for i, reason := range c.codes(table.TableCarts, "reason") {
		created := c.ints(table.TableCarts, "created_at")[i]
		if reason != 0 && c.written(created) &&
			!slices.Contains(steps[plan.Steps[reason-1]], ways[i].last) {
			return fmt.Errorf("cart %d is left for the reason %s after %s",
				c.ints(table.TableCarts, "cart_id")[i],
				c.w.Tables[table.TableCarts].Column("reason").Word(reason),
				c.word(table.EventType, max(ways[i].last, 1)))
		}
	}
	return nil
}

// checkoutsAddUp: each belongs to a cart, and those of a cart were all left, but for the last one
// of a cart that was bought.
func checkoutsAddUp(c *census) error {
	ways, err := c.ways()
	if err != nil {
		return err
	}
	for i, status := range c.codes(table.TableCarts, "status") {
		w, want := ways[i], 0
		if status == table.CartConverted {
			want = 1
		}
		if w.bought != want || w.begun < want || want > 0 && w.last != table.Purchase {
			return fmt.Errorf("cart %d, %s: %d checkouts, %d of them bought, a %s in the end",
				c.ints(table.TableCarts, "cart_id")[i],
				c.w.Tables[table.TableCarts].Column("status").Word(status), w.begun, w.bought,
				c.word(table.EventType, max(w.last, 1)))
		}
	}
	return nil
}

// wayward makes checkouts go wrong more often than usual, for two reasons.
const wayward = `behaviors: {cart: {removes: 30%, declined: 20%, again: 60%, follow_up: {
  browsing: {step: any}, declined: {step: payment_declined}}}}
carts: {reasons: {browsing: 60%, declined: 40%}}
`

// TestCheckoutsGoWrongAsConfigured: products are taken out again, first payments declined and tried
// again, and any step is the last one, as often as the scenario says.
func TestCheckoutsGoWrongAsConfigured(t *testing.T) {
	t.Parallel()
	right := lived(t, fillings+wayward, "customers", "2_000")
	for _, x := range []struct {
		name, path, other string
		counts            func(c *census) []int
		shares            []float64
	}{
		{"removes", "behaviors.cart.removes", "36%", removals, []float64{0.3, 0.7}},
		{"declined", "behaviors.cart.declined", "24%", declinedOrders, []float64{0.2, 0.8}},
		{"again", "behaviors.cart.again", "66%", declinedTwice, []float64{0.6, 0.4}},
		{"any", "behaviors.cart.follow_up.browsing.step", "add_payment_info", lastSteps,
			[]float64{1. / 3, 1. / 3, 1. / 3}},
	} {
		holds := claim[*census](func(c *census) float64 { return chiSquare(x.counts(c), x.shares) })
		holds.holds(t, x.name, right)
		holds.failsIn(t, x.name+" "+x.other,
			lived(t, fillings+wayward, "customers", "2_000", x.path, x.other))
	}
}

// removals counts visits that fill a cart: those in which something is taken out again, and others.
func removals(c *census) []int {
	looks, removed := 0, 0
	filling := map[int64]bool{}
	for _, e := range c.events {
		switch {
		case e.kind == table.AddToCart:
			filling[e.session] = true
		case e.kind == table.ViewCart && filling[e.session]:
			looks++
			delete(filling, e.session)
		case e.kind == table.RemoveFromCart:
			removed++
		}
	}
	return []int{removed, looks - removed}
}

// declinedOrders counts orders: those whose first payment is declined, and others.
func declinedOrders(c *census) []int {
	counts := []int{0, 0}
	declined := map[int64]bool{} // by session, since its last checkout was begun
	for _, e := range c.events {
		switch e.kind {
		case table.BeginCheckout:
			declined[e.session] = false
		case table.PaymentDeclined:
			declined[e.session] = true
		case table.Purchase:
			if declined[e.session] {
				counts[0]++
			} else {
				counts[1]++
			}
		}
	}
	return counts
}

// declinedTwice counts carts left after a declined payment: those after the second, and others.
func declinedTwice(c *census) []int {
	counts := []int{0, 0}
	for i := 1; i < len(c.events); i++ {
		last, e := c.events[i-1], c.events[i]
		if last.kind != table.PaymentDeclined || last.person != e.person {
			continue
		}
		switch {
		case e.kind == table.AddPaymentInfo && i+1 < len(c.events) &&
			c.events[i+1].kind == table.PaymentDeclined:
			counts[0]++
		case e.kind != table.AddPaymentInfo && c.events[i-2].kind == table.AddPaymentInfo &&
			c.events[i-3].kind == table.AddShippingInfo:
			counts[1]++
		}
	}
	return counts
}

// lastSteps counts carts left while browsing by the last step, from the first of the checkout.
func lastSteps(c *census) []int {
	ways, _ := c.ways()
	counts := []int{0, 0, 0}
	for i, reason := range c.codes(table.TableCarts, "reason") {
		if c.w.Tables[table.TableCarts].Column("reason").Word(reason) == "browsing" {
			counts[slices.Index([]uint32{table.BeginCheckout, table.AddShippingInfo,
				table.AddPaymentInfo}, ways[i].last)]++
		}
	}
	return counts
}
