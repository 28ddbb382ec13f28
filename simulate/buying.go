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

// fill decides what she wants: what caught her eye first, and more of the same category.
func (t *town) fill(p *person) {
	for _, r := range t.restorers {
		if r.restore(p) {
			return
		}
	}
	w := t.world
	plan := &w.Categories[p.category]
	n := min(1+t.more(p), maxLines)
	for i := range uint64(n) {
		product := p.favourite
		if i > 0 || product == 0 {
			product = t.popular(p, plan, p.u(slotBasket+i))
		}
		if p.cart.has(product) || p.cart.n == maxLines || t.gaveUpOn(p, product) {
			continue
		}
		if p.favourite == 0 {
			p.favourite = product
		}
		p.cart.lines[p.cart.n] = line{product, int32(1 + w.Pieces.Pick(p.u(slotQuantity+i)))}
		p.cart.n++
	}
}

// more draws how many products she wants beyond the first. A bend weighs as often as there are
// products: a Poisson law of mean m becomes one of mean m·2^bend.
func (t *town) more(p *person) int {
	lines := &t.world.Lines
	if len(t.basket) == 0 {
		return lines.Pick(p.u(slotLines))
	}
	bend := draw.Log(0)
	for _, b := range t.basket {
		bend += b.bendBasket(p)
	}
	bends := t.bends[:lines.Len()]
	for i := range bends {
		bends[i] = draw.Log(i) * bend
	}
	return lines.PickBent(p.u(slotLines), bends)
}

// gaveUpOn reports whether a product is not there in this touch, nor in another store.
func (t *town) gaveUpOn(p *person, product uint32) bool {
	x := &t.touching
	return product == x.missed && x.p == p && x.elsewhere == 0
}

func (c *cart) has(product uint32) bool {
	for _, l := range c.lines[:c.n] {
		if l.product == product {
			return true
		}
	}
	return false
}

// value is what the products of a cart cost, in cents.
func (t *town) value(c *cart) int64 {
	sum := int64(0)
	for _, l := range c.lines[:c.n] {
		sum += int64(l.quantity) * t.world.PriceOn(l.product, t.day)
	}
	return sum
}

// addToCart looks at what she wants and puts it into the cart on the site, beyond what she already
// had in it.
func (t *town) addToCart(x *touch, had int) {
	p := x.p
	for i, l := range p.cart.lines[had:p.cart.n] {
		page := t.world.PageOf(l.product)
		e := t.emit(x, table.ProductView)
		e.product, e.page, e.category = l.product, page, p.category+1
		e.duration = x.pass(p.u(slotSeenFirst + uint64(had+i)))
		e = t.emit(x, table.AddToCart)
		e.product, e.page, e.category = l.product, page, p.category+1
		e.quantity = l.quantity
		if i == 0 && p.cart.id == 0 {
			p.cart.id = t.visitID(cartIDs, p)
			p.cart.created, p.cart.channel = x.at, x.number
		}
		x.pass(p.u(slotPutAside + uint64(had+i)))
	}
	p.cart.session, p.cart.device = p.session.id, p.session.device
	p.cart.deviceID, p.cart.known = x.base.device, p.session.known
}

// abandonCart gives up a cart, if she has one, and says why.
func (t *town) abandonCart(p *person, at int64) {
	if p.cart.n > 0 {
		reason := uint32(t.world.Reasons.Pick(p.u(slotReason)) + 1)
		t.closeCart(p, at, table.CartAbandoned, reason, none)
	}
}

// closeCart writes a cart and empties it.
func (t *town) closeCart(p *person, at int64, status, reason uint32, order int64) {
	c := &t.closing
	*c = closedCart{cart: p.cart, value: t.value(&p.cart), at: at,
		user: t.userIf(p, p.cart.known), status: status, reason: reason, order: order}
	p.cart = cart{}
	if !t.rec.silent {
		t.rec.carts = append(t.rec.carts, *c)
	}
	if status == table.CartAbandoned {
		for _, l := range t.carts {
			l.abandoned(p, c)
		}
	}
}

// userIf is her user id where she is recognised.
func (t *town) userIf(p *person, known bool) int64 {
	if !known {
		return none
	}
	return t.userID(p)
}

// checkout pays for the cart.
func (t *town) checkout(x *touch) {
	t.emit(x, table.CheckoutStart).page = model.PageCheckout
	x.pass(x.p.u(slotCheckout))
	t.order(x)
}

// order places an order for what is in the cart or, away from the web, for what she came for.
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

// settleBuyer settles who is buying: on line and on the phone an order needs a name, in a store
// some show or take a loyalty card.
func (t *town) settleBuyer(x *touch, onLine bool) {
	p := x.p
	if x.channel.Touchpoint == table.Store {
		if !p.card && t.world.LoyaltyCard.Hits(p.u(slotCard)) {
			p.card = true
			t.becomeKnown(p, table.KnownByCard, x.at)
		}
		if !p.card {
			return
		}
	}
	t.becomeKnown(p, table.KnownByOrder, x.at)
	if onLine {
		p.session.known = true
	}
	x.base.user = t.userID(p)
}

// fulfil decides how and when the goods reach her.
func (t *town) fulfil(x *touch, o *order) {
	p, w := x.p, t.world
	if x.channel.Touchpoint == table.Store {
		o.fulfilment, o.status = table.CarryOut, table.StatusCompleted
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
	day, ok := t.dayOf(due)
	if ok {
		day, due, ok = t.handOver(counter, day, p.u(slotFulfilledHour), due)
	}
	if !ok {
		return // under way when the world ends
	}
	o.due = due
	o.status = table.StatusDelivered
	if o.fulfilment == table.Collect {
		o.status = table.StatusCollected
	}
	if t.day < 0 {
		return // its order is not written, so nor is its parcel
	}
	it := item{person: t.place(p), errand: errandParcel, what: uint8(o.fulfilment),
		channel: x.number, store: o.store, at: due, order: o.id, category: p.category,
		ref: int32(p.cart.lines[0].product)}
	if day == t.day {
		t.carrying = it
		t.deliver(p, &t.carrying)
		return
	}
	t.agenda.add(day+w.Warmup, it)
}

// collects is the chance that an online order is collected rather than sent.
func (t *town) collects(p *person) draw.Chance {
	chance := t.world.CollectOf
	for _, c := range t.collectors {
		chance = c.collects(p, chance)
	}
	return chance
}

// handOver returns when goods that are ready on a day, at a certain time, change hands: by the
// hours of a channel, that day or on the next on which it is open; ok is false when the world ends
// before.
func (t *town) handOver(c *model.ChannelPlan, day int, u uint64, ready int64) (int, int64, bool) {
	for {
		open, ok := t.openDay(c, day)
		if !ok {
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
		journey: none, duration: -1, person: p.id, city: uint16(t.city + 1), channel: it.channel,
		place: table.Parcel, cause: uint8(table.CauseOrder), consent: p.consent}
	kind := table.Delivery
	if uint32(it.what) == table.Collect {
		kind = table.Collection
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

// price adds up the order in whole cents: the lines, the discount of a running campaign, shipping,
// and the tax contained in what is paid.
func (t *town) price(x *touch, o *order) {
	p, w := x.p, t.world
	rate := int64(0)
	if x.campaign != 0 {
		rate = w.Campaigns[x.campaign-1].Discount
	}
	for _, d := range t.discount {
		if offer, coupon := d.discount(x, o); offer > rate {
			rate, o.coupon = offer, coupon
		}
	}
	o.n = p.cart.n
	for i, l := range p.cart.lines[:p.cart.n] {
		product := &w.Products[l.product-1]
		price := w.PriceOn(l.product, t.day)
		amount := int64(l.quantity) * price
		discount := divide(amount*rate, 10_000)
		tax := divide((amount-discount)*product.VAT, 10_000+product.VAT)
		o.lines[i] = orderLine{line: l, price: price, discount: discount, tax: tax}
		o.subtotal += amount
		o.discount += discount
		o.tax += tax
	}
	o.total = o.subtotal - o.discount
	if o.fulfilment == table.Ship && (w.FreeFrom == 0 || o.total < w.FreeFrom) {
		o.shipping = w.Fee
		o.tax += divide(w.Fee*w.VAT, 10_000+w.VAT)
	}
	o.total += o.shipping
}

// divide rounds to the nearest whole number, halves up.
func divide(a, b int64) int64 { return (2*a + b) / (2 * b) }

// remember keeps what an order means for the person and her journey.
func (t *town) remember(p *person, o *order, onLine bool) {
	p.orders++
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
	case o.fulfilment == table.CarryOut:
		p.pattern |= boughtInStore
	}
	if p.bought == 0 {
		p.bought = patternOf(p.pattern)
	}
}

// patternOf names a journey that has bought, by what it saw before its first order.
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
