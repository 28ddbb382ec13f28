package simulate

import (
	"cmp"

	"github.com/percorso/percorso/model/table"
)

// An order is a purchase as the recorder keeps it until the day is over.
type order struct {
	id, user, session int64
	at, due           int64 // due: when it was fulfilled; none while under way
	channel           uint8
	place             table.Touchpoint
	campaign          uint32
	coupon            uint32
	referral          int64 // the referral code that was used
	store             uint32
	fulfilment        uint32
	status            uint32

	lines    [maxLines]orderLine
	n        uint8
	subtotal int64 // cents, as all amounts
	discount int64
	shipping int64
	tax      int64
	total    int64
}

// An orderLine is a line with its share of the discount and of the tax.
type orderLine struct {
	line
	coupon               uint32
	price, discount, tax int64
}

// uses reports whether a coupon takes something off a line of an order.
func (o *order) uses(coupon uint32) bool { return o.takenOff(coupon) > 0 }

// takenOff is what a coupon takes off an order.
func (o *order) takenOff(coupon uint32) (sum int64) {
	for i := range o.lines[:o.n] {
		if l := &o.lines[i]; l.coupon == coupon {
			sum += l.discount
		}
	}
	return sum
}

// A closedCart is a cart that was bought or abandoned.
type closedCart struct {
	cart
	value          int64
	at             int64
	user           int64
	status, reason uint32
	order          int64
}

// byTime returns the places of large rows in the order of their times, those of the same moment in
// the order of their ids.
func byTime[T any](rec *recorder, rows []T, key func(*T) (at, id int64)) []int32 {
	return rec.inOrder(len(rows), func(x, y int32) int {
		at, id := key(&rows[x])
		later, next := key(&rows[y])
		return cmp.Or(cmp.Compare(at, later), cmp.Compare(id, next))
	})
}

// writeOrders turns the day's orders and their lines into rows, in the order of time.
func (rec *recorder) writeOrders() {
	key := func(o *order) (at, id int64) { return o.at, o.id }
	for _, i := range byTime(rec, rec.orders, key) {
		o := &rec.orders[i]
		r := rec.row(table.TableOrders)
		r.ints(o.id, o.at, o.user, o.session)
		r.codes(uint32(o.channel), uint32(o.place), o.store, o.fulfilment, o.campaign, o.coupon)
		r.ints(o.referral)
		r.ints(int64(o.n), o.subtotal, o.discount, o.shipping, o.tax, o.total)
		r.codes(o.status)
		r.ints(o.due)
		for n, l := range o.lines[:o.n] {
			product := &rec.world.Products[l.product-1]
			r := rec.row(table.TableOrderLines)
			r.ints(o.id, int64(n+1))
			r.codes(l.product, uint32(product.Category+1))
			r.ints(int64(l.quantity), l.price, int64(l.quantity)*l.price, l.discount)
			r.codes(l.coupon)
			r.ints(l.tax, int64(l.quantity)*product.Cost)
		}
	}
	rec.orders = rec.orders[:0]
}

// writeCarts turns the carts closed today and their lines into rows, in the order of time.
func (rec *recorder) writeCarts(day int) {
	key := func(c *closedCart) (at, id int64) { return c.at, c.id }
	for _, i := range byTime(rec, rec.carts, key) {
		c := &rec.carts[i]
		r := rec.row(table.TableCarts)
		r.ints(c.id, c.created, c.at, c.user, c.deviceID, c.session)
		r.codes(uint32(c.channel), uint32(c.device))
		r.ints(int64(c.n), c.value)
		r.codes(c.status, c.reason)
		r.ints(c.order)
		for n, l := range c.lines[:c.n] {
			r := rec.row(table.TableCartLines)
			r.ints(c.id, int64(n+1))
			r.codes(l.product, uint32(rec.world.Products[l.product-1].Category+1))
			r.ints(int64(l.quantity), rec.world.PriceOn(l.product, day))
		}
	}
	rec.carts = rec.carts[:0]
}
