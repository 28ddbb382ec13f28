package simulate

import (
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// fulfilment is the behavior fulfilment: shipping, pickup, lateness and returns.
type fulfilment struct {
	family
	town  *town
	plan  *model.FulfilmentPlan
	goods []givenBack // lines that will be returned; 0 is not used
	free  int32       // a list of places to reuse
	cards []int64     // by place, when the person first ordered with the card; 0: not yet
	extra order       // the order added at a pickup, kept here for behaviors to look at
}

// A givenBack is an order line that its buyer will return.
type givenBack struct {
	next     int32 // of the same order, or the next free place; 0: the last
	product  uint32
	quantity int32
	line     uint8 // from 1
	reason   uint8 // place in ReturnReasons
	user     int64
	paid     int64 // cents
}

// Slots of the behavior fulfilment under the key of an order.
const (
	slotLate uint64 = iota << 16
	slotDelay
	slotReturned // + line
	slotWhy      // + line
	slotReturn
	slotReturnHour
	slotInStore
	slotStay
	slotExtra
	slotExtraLines
	slotExtraProduct  // + line
	slotExtraQuantity // + line
	slotExtraBeside   // + line
)

// Errands of the behavior fulfilment.
const (
	toReturn uint8 = iota
	toBuyMore
)

func newFulfilment(t *town, f family) any {
	plan := model.PlanOf[model.FulfilmentPlan](t.world)
	if !plan.On {
		return nil
	}
	return &fulfilment{family: f, town: t, plan: plan,
		goods: make([]givenBack, 1), cards: make([]int64, len(t.people))}
}

// arrives implements arrivalListener.
func (b *fulfilment) arrives(p *person) { b.cards[p.place] = 0 }

// collects raises the chance of a pickup where that saves a fee.
func (b *fulfilment) collects(p *person, chance draw.Chance) draw.Chance {
	w := b.town.world
	if w.Fee > 0 && (w.FreeFrom == 0 || b.town.value(&p.cart) < w.FreeFrom) {
		return b.plan.PaysFee
	}
	return chance
}

// late reports whether an order comes later than announced.
func (b *fulfilment) late(p *person, order int64, how uint32) bool {
	return how == table.Ship && b.plan.Late.Hits(b.draw(p.key.With(uint64(order)), slotLate))
}

// delay is by how much the order is late.
func (b *fulfilment) delay(p *person, o *order) int64 {
	const longest = 1 << 60
	if !b.late(p, o.id, o.fulfilment) {
		return 0
	}
	e := draw.Threshold(b.draw(p.key.With(uint64(o.id)), slotDelay))
	return min(b.plan.Delay.Micros(e, 0), longest)
}

// comes writes the visit to the store in which an order is picked up.
func (b *fulfilment) comes(x *touch, it *item) {
	e := b.town.emit(x, table.StoreVisit)
	e.cause, e.duration = uint8(model.CauseFulfilment), int32(b.stay(x.p, it)/milli)
}

// stay is how long the customer is in the store for a pickup: the usual time, unless it closes
// before.
func (b *fulfilment) stay(p *person, it *item) int64 {
	t := b.town
	u := b.draw(p.key.With(uint64(it.order)), slotStay)
	length := t.world.StoreLength.Micros(draw.Threshold(u), 0)
	return max(min(length, t.closes(&t.world.Counter, it.at)-1-it.at), 0)
}

// received makes the customer feel whether the order came in time. In the store they may buy
// something more.
func (b *fulfilment) received(p *person, it *item) {
	felt := feltOnTime
	if b.late(p, it.order, uint32(it.what)) {
		felt = feltLate
	}
	b.town.feels(p, felt, it.at)
	if uint32(it.what) != table.Collect ||
		!b.plan.Extra.Hits(b.draw(p.key.With(uint64(it.order)), slotExtra)) {
		return
	}
	more := *it
	more.what, more.at = toBuyMore, it.at+b.stay(p, it)/8*7
	b.town.remind(b.family, p, more)
}

func (b *fulfilment) wake(p *person, it item) {
	if it.what == toBuyMore {
		b.buyMore(p, &it)
	} else {
		b.giveBack(p, &it)
	}
}

// buyMore places an order at the counter while the customer picks up another: for the same category
// and by the same laws, but not a product they have just been handed.
func (b *fulfilment) buyMore(p *person, it *item) {
	t, w := b.town, b.town.world
	key := p.key.With(uint64(it.order))
	waiting, wanted := p.cart, p.category // on the site there may be another cart
	p.cart, p.category = cart{}, it.category
	for i := range uint64(min(1+w.Lines.Pick(b.draw(key, slotExtraLines)), maxLines)) {
		category := it.category
		if i > 0 {
			category = t.beside(p, b.draw(key, slotExtraBeside+i))
		}
		if category != it.category && t.lacks(it.store, category) {
			continue
		}
		plan := &w.Categories[category]
		product := t.popular(p, plan, b.draw(key, slotExtraProduct+i))
		if product == uint32(it.ref) {
			product = nextTo(product, plan)
		}
		if !p.cart.has(product) {
			pieces := int32(1 + w.Pieces.Pick(b.draw(key, slotExtraQuantity+i)))
			p.cart.lines[p.cart.n] = line{product, pieces}
			p.cart.n++
		}
	}
	x := t.atCounter(p, it)
	o := &b.extra
	*o = order{at: it.at, due: it.at, referral: none, user: x.base.user, session: none,
		channel: it.channel, place: table.Store, store: it.store, fulfilment: table.InStore,
		status: table.StatusCompleted}
	o.id = t.ids.id(orderIDs, int(p.id), t.day+w.Warmup, int(p.today[orderIDs])) // outside of stages
	p.today[orderIDs]++
	t.price(&x, o)
	p.cart = waiting
	for _, l := range t.orders {
		l.ordered(&x, o)
	}
	p.category = wanted
	e := t.emit(&x, table.Purchase)
	e.order, e.revenue = o.id, o.total
	if l := t.rec.ledger; l != nil {
		l.sells(p, o, l.needOf(it.order), it.channel, x.base.user != none)
	}
	if !t.rec.silent {
		t.rec.orders = append(t.rec.orders, *o)
	}
	p.spent += o.total
	p.allOrders++
	if card := b.cards[it.person]; card != 0 && card < t.dayStart { // not one that is issued today
		p.points += o.total
	}
}

// nextTo returns the product ranked next in popularity; after the last one comes the first.
func nextTo(product uint32, plan *model.CategoryPlan) uint32 {
	rank := slices.Index(plan.ByRank, product)
	return plan.ByRank[(rank+1)%len(plan.ByRank)]
}

// atCounter is a touch in the store for an errand outside of journeys.
func (t *town) atCounter(p *person, it *item) touch {
	x := touch{p: p, channel: &t.world.Channels[it.channel-1], number: it.channel, at: it.at}
	t.startDay(p)
	t.outside(&x.base, p, it.channel, model.CauseFulfilment, it.at)
	x.base.user = t.userIf(p, p.known(x.at))
	x.base.place, x.base.store = table.Store, uint16(it.store)
	return x
}

// ordered settles, as soon as an order is priced, which of its lines will be returned, when and
// where. The lines of an order come back together.
func (b *fulfilment) ordered(x *touch, o *order) {
	t, p := b.town, x.p
	if card := &b.cards[t.place(p)]; p.card && *card == 0 && o != &b.extra {
		*card = o.at
	}
	if o.due == none || t.day < 0 {
		return // under way when the world ends, or in no table
	}
	key, inStore := p.key.With(uint64(o.id)), o.fulfilment == table.InStore
	first := b.linesBack(p, key, o, x.base.user)
	if first == 0 {
		return
	}
	it := item{what: toReturn, channel: x.number, order: o.id, ref: first, store: o.store}
	counter := &t.world.Counter
	if !inStore && (b.plan.Elsewhere || p.store == 0 ||
		!b.plan.InStore.Hits(b.draw(key, slotInStore))) {
		counter, it.store = &t.world.Courier, 0
	} else if it.store == 0 {
		it.store = p.store
	}
	ready := o.due + b.plan.After.Micros(draw.Threshold(b.draw(key, slotReturn)), 0)
	day, ok := t.dayOf(p, ready)
	if ok {
		_, it.at, ok = t.handOver(p, counter, day, b.draw(key, slotReturnHour), ready)
	}
	if !ok {
		b.forget(first)
		return
	}
	t.remind(b.family, p, it)
}

// linesBack draws which lines come back and why, and returns the first of them; 0: none.
func (b *fulfilment) linesBack(p *person, key draw.Key, o *order, user int64) int32 {
	bought, late := 0, 0
	if o.fulfilment == table.InStore {
		bought = 1
	}
	if b.late(p, o.id, o.fulfilment) {
		late = 1
	}
	first := int32(0)
	for i := int(o.n) - 1; i >= 0; i-- {
		l := &o.lines[i]
		chance := b.plan.Returns[bought][b.town.world.Products[l.product-1].Category]
		if !chance.Hits(b.draw(key, slotReturned+uint64(i))) {
			continue
		}
		first = b.keep(givenBack{next: first, product: l.product, quantity: l.quantity,
			line: uint8(i + 1), user: user, paid: int64(l.quantity)*l.price - l.discount,
			reason: uint8(b.plan.Reasons[late].Pick(b.draw(key, slotWhy+uint64(i))))})
	}
	return first
}

// keep finds a place for a line, a freed one if there is one.
func (b *fulfilment) keep(g givenBack) int32 {
	at := b.free
	if at == 0 {
		at = int32(len(b.goods))
		b.goods = append(b.goods, givenBack{})
	} else {
		b.free = b.goods[at].next
	}
	b.goods[at] = g
	return at
}

// forget frees the places of an order's lines.
func (b *fulfilment) forget(first int32) {
	last := first
	for b.goods[last].next != 0 {
		last = b.goods[last].next
	}
	b.goods[last].next, b.free = b.free, first
}

// giveBack returns goods to a store, or to the courier.
func (b *fulfilment) giveBack(p *person, it *item) {
	t := b.town
	t.carrying = *it // in the other direction
	x := t.atCounter(p, it)
	x.base.user = b.goods[it.ref].user
	felt := feltReturn
	if it.store == 0 {
		x.base.place = table.Parcel
	} else {
		t.emit(&x, table.StoreVisit)
	}
	for at := it.ref; at != 0; at = b.goods[at].next {
		g := &b.goods[at]
		e := t.emit(&x, table.Return)
		e.order, e.product, e.quantity = it.order, g.product, g.quantity
		category := uint8(t.world.Products[g.product-1].Category + 1)
		e.category, e.reason = category, uint16(b.plan.Words[g.reason])
		id := t.ids.id(returnIDs, int(p.id), t.day+t.world.Warmup, int(e.ordinal)) // of its event
		t.rec.write(table.TableReturns, e.at, id, e.at, it.order, int64(g.line), g.user,
			int64(g.product), int64(category), int64(g.quantity), g.paid, int64(g.reason)+1,
			int64(x.base.place), int64(it.store))
		if g.reason < model.ReturnDefects {
			felt = feltDefect
		}
	}
	t.carrying = *it // what the customer may ask about
	t.feels(p, felt, it.at)
	b.forget(it.ref)
}
