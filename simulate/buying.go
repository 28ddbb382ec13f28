package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// What a journey has seen, as bits of person.pattern.
const (
	sawOnline uint8 = 1 << iota
	sawStore
	boughtOnline
	boughtInStore
	collected
)

// order places an order for what is in the cart or, away from the web, for what the person came
// for.
func (t *town) order(x *touch) {
	p := x.p
	onLine := x.channel.Touchpoint.Digital()
	if p.cart.n == 0 {
		t.fill(p)
	}
	o := &t.ordering
	*o = order{at: x.at, due: none, id: t.visitID(orderIDs, p), referral: none}
	t.settleBuyer(x, onLine)
	t.fulfil(x, o)
	t.price(x, o)
	for _, l := range t.orders {
		l.ordered(x, o)
	}
	e := t.emit(x, table.Purchase)
	e.order, e.revenue = o.id, o.total
	if o.fulfilment != table.Ship {
		e.store = uint16(o.store)
	}
	if onLine {
		e.page = model.PageConfirmation
	}
	if l := t.rec.ledger; l != nil {
		l.sells(p, o, p.needDay, x.number, x.base.user != none || x.base.device != none)
	}
	if !t.rec.silent {
		o.user, o.session, o.place = x.base.user, x.base.session, x.base.place
		o.channel, o.campaign = x.number, x.campaign
		t.rec.orders = append(t.rec.orders, *o)
	}
	if onLine {
		p.cart.known = true
		t.closeCart(p, x.at, table.CartConverted, 0, o.id)
	}
	p.cart = cart{}
	t.remember(p, o, onLine)
}

// settleBuyer settles who is buying: an order online or by telephone needs a name; in a store some
// customers show or take a loyalty card.
func (t *town) settleBuyer(x *touch, onLine bool) {
	p := x.p
	if x.channel.Touchpoint == table.Store {
		if !p.card && t.world.LoyaltyCard.Hits(p.u(slotCard)) {
			p.card = true
			t.becomeKnown(p, table.IdentifiedByCard, x.at)
		}
		if !p.card {
			return
		}
	}
	t.becomeKnown(p, table.IdentifiedByOrder, x.at)
	if onLine {
		p.session.known = true
	}
	x.base.user = t.userID(p)
}

// fulfil decides how and when the goods reach the customer.
func (t *town) fulfil(x *touch, o *order) {
	p, w := x.p, t.world
	if x.channel.Touchpoint == table.Store {
		o.fulfilment, o.status = table.InStore, table.StatusCompleted
		o.store, o.due = uint32(x.base.store), o.at
		return
	}
	after, counter := &w.Delivery, &w.Courier
	o.fulfilment, o.status = table.Ship, table.StatusShipped
	if p.store != 0 && x.channel.Touchpoint.Digital() && t.collects(p).Hits(p.u(slotFulfilment)) {
		after, counter = &w.Collection, &w.Counter
		o.fulfilment, o.status, o.store = table.Collect, table.StatusReady, p.store
	}
	due := o.at + after.Micros(draw.Threshold(p.u(slotFulfilled)), 0)
	for _, d := range t.delayers {
		due += d.delay(p, o)
	}
	day, ok := t.dayOf(p, due)
	if ok {
		day, due, ok = t.handOver(p, counter, day, p.u(slotFulfilledHour), due)
	}
	if !ok {
		return // still under way when the world ends
	}
	o.due = due
	o.status = table.StatusDelivered
	if o.fulfilment == table.Collect {
		o.status = table.StatusCollected
	}
	if t.day < 0 {
		return // its order is not written, so neither is its parcel
	}
	it := item{person: p.place, life: p.life, errand: errandParcel, what: uint8(o.fulfilment),
		channel: x.number, store: o.store, at: due, order: o.id, category: p.category,
		ref: int32(p.cart.lines[0].product)}
	if day == t.day {
		t.carrying = it
		t.deliver(p, &t.carrying)
		return
	}
	t.enters(p, day, it)
}

// collects is the chance that an online order is picked up rather than shipped.
func (t *town) collects(p *person) draw.Chance {
	chance := t.world.CollectOf
	for _, c := range t.collectors {
		chance = c.collects(p, chance)
	}
	return chance
}

// handOver returns when goods that are ready at a time of a day change hands: within the opening
// hours of a channel, that day or on the next open one; ok is false when the world, or the
// person's time in the market, ends before.
func (t *town) handOver(p *person, c *model.ChannelPlan, day int, u uint64, ready int64) (
	int, int64, bool) {
	for {
		open, ok := t.openDay(c, day)
		if !ok || open >= p.until() {
			return 0, 0, false
		}
		if at, ok := t.moment(c, open, u, ready); ok {
			return open, at, true
		}
		day = open + 1
	}
}

// deliver hands an order over: at the door, or over the counter of a store.
func (t *town) deliver(p *person, it *item) {
	x := &t.handing
	*x = touch{p: p, at: it.at}
	x.base = event{session: none, device: none, user: t.userID(p), order: it.order, revenue: none,
		journey: none, duration: -1, person: p.id, life: p.life,
		city: uint16(t.city + 1), channel: it.channel, place: table.Parcel,
		cause: uint8(table.CauseOrder), consent: p.consent}
	kind := table.Delivery
	if uint32(it.what) == table.Collect {
		kind = table.Pickup
		x.base.place, x.base.store = table.Store, uint16(it.store)
		for _, l := range t.visits {
			l.comes(x, it)
		}
	}
	t.emit(x, kind)
	for _, l := range t.parcels {
		l.received(p, it)
	}
}

// price computes the order in whole cents: the lines, the best discount for each, after which
// prices are still such as shops write, shipping, and the tax contained in the total.
func (t *town) price(x *touch, o *order) {
	p, w := x.p, t.world
	o.n = p.cart.n
	category, rate, coupon := -1, int64(0), uint32(0)
	for i, l := range p.cart.lines[:p.cart.n] {
		product := &w.Products[l.product-1]
		if product.Category != category {
			category = product.Category
			rate, coupon = t.best(x, o, uint8(category))
		}
		price := w.PriceOn(l.product, t.day)
		amount := int64(l.quantity) * price
		discount := int64(l.quantity) * model.Off(price, rate)
		tax := divide((amount-discount)*product.VAT, 10_000+product.VAT)
		o.lines[i] = orderLine{line: l, coupon: coupon, price: price, discount: discount, tax: tax}
		o.subtotal += amount
		o.discount += discount
		o.tax += tax
	}
	for i := range o.lines[:o.n] {
		if c := o.lines[i].coupon; c != 0 && (o.coupon == 0 || o.takenOff(c) > o.takenOff(o.coupon)) {
			o.coupon = c
		}
	}
	o.total = o.subtotal - o.discount
	if o.fulfilment == table.Ship && (w.FreeFrom == 0 || o.total < w.FreeFrom) {
		o.shipping = w.Fee
		o.tax += divide(w.Fee*w.VAT, 10_000+w.VAT)
	}
	o.total += o.shipping
}

// best returns the best offer for a category in an order: that of a running campaign, or of a
// behavior that offers more.
func (t *town) best(x *touch, o *order, category uint8) (rate int64, coupon uint32) {
	if x.campaign != 0 {
		rate = t.world.Campaigns[x.campaign-1].Discount
	}
	for _, d := range t.discount {
		if offer, code := d.discount(x, o, category); offer > rate {
			rate, coupon = offer, code
		}
	}
	return rate, coupon
}

// divide rounds to the nearest whole number, halves up.
func divide(a, b int64) int64 { return (2*a + b) / (2 * b) }

// remember keeps what an order means for the person and the journey.
func (t *town) remember(p *person, o *order, onLine bool) {
	p.orders++
	p.buyer = true
	if p.card {
		p.points += o.total
	}
	if t.day >= 0 {
		p.spent += o.total
		p.allOrders++
	}
	switch {
	case o.fulfilment == table.Collect:
		p.pattern |= boughtOnline | collected
	case onLine:
		p.pattern |= boughtOnline
	case o.fulfilment == table.InStore:
		p.pattern |= boughtInStore
	}
	if p.bought == 0 {
		p.bought = patternOf(p.pattern)
	}
}

// patternOf names the pattern of a journey with an order, by what happened before its first order.
func patternOf(seen uint8) uint32 {
	switch {
	case seen&collected != 0:
		return table.ClickAndCollect
	case seen&boughtInStore != 0 && seen&sawOnline != 0:
		return table.Webrooming
	case seen&boughtInStore != 0:
		return table.PureStore
	case seen&boughtOnline != 0 && seen&sawStore != 0:
		return table.Showrooming
	case seen&boughtOnline != 0:
		return table.PureOnline
	default:
		return table.Multichannel
	}
}
