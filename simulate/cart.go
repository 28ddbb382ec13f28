package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// cartBehavior is the behavior cart: checkouts step by step, carts abandoned for a reason, and what
// brings people back.
type cartBehavior struct {
	family
	town   *town
	plan   *model.CartBehaviorPlan
	kept   []keptCart // by place
	again  []bool     // by place: about to fill another cart with the same products
	rivals uint64     // number of competitors

	checkout checkout // of the visit that happens
}

// A keptCart is the last cart that a person abandoned, as both the person and the shop remember it.
type keptCart struct {
	id       int64 // of the cart; 0: none
	lines    [maxLines]line
	n        uint8
	category uint8
	bought   int64 // when the person has bought since; 0: not yet
}

// Slots of cart in a visit of a stage.
const (
	slotFollowUp uint64 = iota
	slotRetry
	slotFollowedRival
	slotRemoves
	slotTooMuch
	slotPutsIn // + 1 to add it
	_
	slotTakesOut
	slotSeesCart
	slotDeclines
	slotAnyStep
	slotInsists
	slotBegins
	slotShips
	slotPays
	slotPaysAgain
	slotIsDeclined // + declined payments before
	_
)

// Slots under the key of a cart, + reminder.
const (
	slotReminder uint64 = iota << 16
	slotAnswer
	slotReading
	slotSending
)

// Errands of the behavior cart.
const (
	toRemind uint8 = iota // a reminder is due
	toRead                // a reminder is opened
)

func newCartBehavior(t *town, f family) any {
	plan := model.PlanOf[model.CartBehaviorPlan](t.world)
	if !plan.On {
		return nil
	}
	rivals := t.world.Tables[table.TableTruthJourneys].Column("competitor").Vocab
	return &cartBehavior{family: f, town: t, plan: plan,
		rivals: uint64(len(rivals)), kept: make([]keptCart, len(t.people)),
		again: make([]bool, len(t.people))}
}

// arrives implements arrivalListener.
func (b *cartBehavior) arrives(p *person) { b.kept[p.place], b.again[p.place] = keptCart{}, false }

func (b *cartBehavior) of(p *person) *keptCart { return &b.kept[b.town.place(p)] }

func (b *cartBehavior) chain(p *person) *model.CartChain {
	return &b.plan.Chains[p.chain]
}

// bendNext makes as many carts abandoned as the scenario says.
func (b *cartBehavior) bendNext(p *person) draw.Log { return b.chain(p).Forward[p.stage] }

// followUp decides what follows when a person leaves a cart and does not go on with it. It depends
// on the reason declared when the cart is abandoned.
func (b *cartBehavior) followUp(p *person, plan *model.StagePlan, to onward, at int64) onward {
	if plan.Does != model.FillCart || plan.Forward[to.stage] || p.cart.n == 0 ||
		p.touches >= maxTouches {
		return to
	}
	t, c := b.town, b.chain(p)
	wish := &b.plan.FollowUps[t.world.Reasons.Pick(p.u(slotReason))]
	if wish.Len() == 0 {
		return to
	}
	switch what := wish.Pick(b.inVisit(p, slotFollowUp)); {
	case what == model.AfterBack && c.Browse != 0:
		return onward{stage: int(c.Browse)}
	case what == model.AfterRetry && c.Order != 0:
		t.abandonCart(p, at)
		b.again[p.place] = true
		p.busyUntil = max(p.busyUntil, at+b.plan.Retry.Micros(draw.Threshold(b.inVisit(p, slotRetry)), 0))
		return onward{stage: int(c.Order)}
	case what == model.AfterStore && c.InStore != 0 && p.store != 0:
		t.abandonCart(p, at)
		b.again[p.place] = true
		return onward{stage: int(c.InStore), channel: b.plan.Store}
	case what == model.AfterCompetitor && b.rivals > 0:
		if p.orders == 0 {
			p.rival = uint8(1 + draw.Below(b.inVisit(p, slotFollowedRival), b.rivals))
		}
		return onward{stage: model.Leave, outcome: table.OutcomeRival}
	}
	return onward{stage: model.Leave}
}

// restore fills a cart with what is still available of the abandoned one, if that is what the
// person came for.
func (b *cartBehavior) restore(p *person) bool {
	again := &b.again[p.place]
	if !*again || p.cart.n > 0 {
		return false
	}
	*again = false
	k := b.of(p)
	for _, l := range k.lines[:k.n] {
		if b.town.finds(p, l.product) {
			p.cart.lines[p.cart.n] = l
			p.cart.n++
		}
	}
	if p.cart.n == 0 {
		return false
	}
	b.town.prefers(p, p.cart.lines[0].product)
	return true
}

// abandoned remembers a cart and, where the shop knows whose it is, plans a reminder.
func (b *cartBehavior) abandoned(p *person, c *closedCart) {
	known := p.knownSince != 0 && (c.known || p.linked[c.device-1])
	*b.of(p) = keptCart{id: c.id, lines: c.lines, n: c.n, category: p.category}
	b.again[p.place] = false
	if !known {
		return
	}
	key := p.key.With(uint64(c.id))
	for i := range b.plan.Reminders {
		u := b.draw(key, slotReminder+uint64(i))
		after := b.plan.Reminders[i].After.Micros(draw.Threshold(u), 0)
		b.town.remind(b.family, p, item{at: c.at + after, what: toRemind, ref: int32(i), order: c.id})
	}
}

// ordered remembers when the person bought: no more reminders then.
func (b *cartBehavior) ordered(x *touch, o *order) { b.of(x.p).bought = o.at }

// ended forgets, at the end of the journey, what the person was about to do.
func (b *cartBehavior) ended(p *person, _ int64, _ uint32) { b.again[p.place] = false }

// wake sends a reminder of the last cart, or makes the person read one.
func (b *cartBehavior) wake(p *person, it item) {
	if b.of(p).id != it.order {
		return // another cart was filled and abandoned since
	}
	if it.what == toRemind {
		b.remindOf(p, it)
	} else {
		b.read(p, it)
	}
}

// remindOf sends a reminder, unless the person has bought by now, as soon as its channel is open.
// One uniform settles what they will do with it: whoever orders has come to the shop, and whoever
// comes has opened the message.
func (b *cartBehavior) remindOf(p *person, it item) {
	k, r := b.of(p), &b.plan.Reminders[it.ref]
	if !b.town.open(b.town.sending(r.Channel), it.at) {
		b.waits(p, it, slotSending, b.town.day, it.at)
		return
	}
	u := b.draw(p.key.With(uint64(it.order)), slotAnswer+uint64(it.ref))
	if k.bought != 0 && k.bought <= it.at || !b.town.allowsMarketing(p, it.at) ||
		!b.town.reaches(p, r.Channel, it.at) ||
		!b.write(p, r, table.MessageSent, it.at) || !r.Opens.Hits(u) {
		return
	}
	it.what = toRead
	b.waits(p, it, slotReading, b.town.day, it.at+second)
}

// waits keeps a reminder until an hour of its channel, from a day and a time on.
func (b *cartBehavior) waits(p *person, it item, slot uint64, day int, from int64) {
	t := b.town
	c := t.sending(b.plan.Reminders[it.ref].Channel)
	u := b.draw(p.key.With(uint64(it.order)), slot+uint64(it.ref))
	if _, at, ok := t.handOver(p, c, day, u, from); ok {
		it.at = at
		t.remind(b.family, p, it)
	}
}

// write writes an event of a reminder; it returns false if the world is without its channel.
func (b *cartBehavior) write(p *person, r *model.Reminder, kind uint32, at int64) bool {
	return b.town.personal(p, r.Channel, kind, model.CauseCart, at) != nil
}

// read makes the person open a reminder. If they follow it they come back, to look or to order what
// was in the cart; if they are still on their journey, they go on twice as fast.
func (b *cartBehavior) read(p *person, it item) {
	t, k, r := b.town, b.of(p), &b.plan.Reminders[it.ref]
	c, u := b.chain(p), b.draw(p.key.With(uint64(it.order)), slotAnswer+uint64(it.ref))
	stage := c.Browse
	if r.Orders.Hits(u) && c.Order != 0 {
		stage = c.Order
	}
	follows := r.Clicks.Hits(u) && k.bought == 0 && stage != 0
	idles := !t.onJourney[t.place(p)]
	switch {
	case follows && idles && !t.free(p): // one journey a day: it is kept for tomorrow
		b.waits(p, it, slotReading, t.day+1, t.dayEnd)
	case follows && idles:
		if !t.world.Channels[r.Channel-1].Followed() { // otherwise the visit begins with it
			b.write(p, r, table.MessageOpened, it.at)
		}
		b.again[p.place] = stage == c.Order
		t.resume(p, model.CauseCart, k.category, int(stage), r.Channel, it.at+second)
	default:
		b.write(p, r, table.MessageOpened, it.at)
		if follows {
			t.hasten(p, it.at, draw.One)
		}
	}
}

// A checkout is what the behavior cart has in mind for the visit that happens: how far somebody
// gets who only fills a cart, and what goes wrong.
type checkout struct {
	extra    uint32     // product that is put into the cart and taken out again; 0: none
	last     model.Step // before the cart is left; in a visit that orders StepPayment
	declined int        // payments
}

// seeks implements cashier. Whoever fills a cart comes as far as the reason allows for which they
// will leave it if they do; if they do not, they begin the checkout again in a later visit. A
// product that is taken out again comes on top of what is wanted, so that carts and orders stay as
// they are.
func (b *cartBehavior) seeks(x *touch, fills bool) (steps int) {
	p, t := x.p, b.town
	c := &b.checkout
	*c = checkout{}
	if p.cart.n == 0 {
		return 0
	}
	if fills && b.plan.Removes.Hits(b.inVisit(p, slotRemoves)) {
		if c.extra = b.tooMuch(x); c.extra != 0 {
			steps += 3
		}
	}
	steps++ // view_cart
	if x.plan.Does == model.PlaceOrder {
		c.last = model.StepPayment
		if b.plan.Declined.Hits(b.inVisit(p, slotDeclines)) {
			c.declined = 1
		}
		return steps + 2 + 2*c.declined
	}
	p.cart.reason = uint8(t.world.Reasons.Pick(p.u(slotReason)) + 1)
	switch c.last = b.plan.Steps[p.cart.reason-1]; c.last {
	case model.StepAny:
		c.last = model.StepBegun + model.Step(draw.Below(b.inVisit(p, slotAnyStep), 3))
	case model.StepDeclined:
		c.last, c.declined = model.StepPayment, 1
		if b.plan.Again.Hits(b.inVisit(p, slotInsists)) {
			c.declined = 2
		}
		steps += 2*c.declined - 1
	}
	return steps + int(c.last)
}

// tooMuch draws a product that is not in the cart; where it is there, the most popular that is not.
// It returns 0 if they all are.
func (b *cartBehavior) tooMuch(x *touch) uint32 {
	plan := &b.town.world.Categories[x.p.category]
	product := b.town.popular(x.p, plan, b.inVisit(x.p, slotTooMuch))
	for rank := 0; product == x.missed || x.p.cart.has(product); rank++ {
		if rank == len(plan.ByRank) {
			return 0
		}
		product = plan.ByRank[rank]
	}
	return product
}

// sees implements cashier: the cart and, where the visit does not order, the checkout that is left.
func (b *cartBehavior) sees(x *touch) {
	p, c := x.p, &b.checkout
	if p.cart.n == 0 {
		return
	}
	if c.extra != 0 {
		b.putAside(x, c.extra)
	}
	b.step(x, table.ViewCart, slotSeesCart)
	if c.extra != 0 {
		e := b.step(x, table.RemoveFromCart, slotTakesOut)
		e.product, e.category, e.quantity = c.extra, p.category+1, 1
	}
	if x.plan.Does != model.PlaceOrder && c.last >= model.StepBegun {
		b.step(x, table.BeginCheckout, slotBegins)
		b.pays(x)
	}
}

// putAside looks at a product that will not stay in the cart, and adds it.
func (b *cartBehavior) putAside(x *touch, product uint32) {
	for i, kind := range [...]uint32{table.ViewItem, table.AddToCart} {
		e := b.town.emit(x, kind)
		e.product, e.page, e.category = product, b.town.world.PageOf(product), x.p.category+1
		took := x.pass(b.inVisit(x.p, slotPutsIn+uint64(i)))
		if kind == table.ViewItem {
			e.duration = took
		} else {
			e.quantity = 1
		}
	}
}

// pays implements cashier: the address and the way of delivery, then the means of payment, once
// more where it is declined.
func (b *cartBehavior) pays(x *touch) {
	c := &b.checkout
	if c.last >= model.StepShipping {
		b.step(x, table.AddShippingInfo, slotShips)
	}
	if c.last < model.StepPayment {
		return
	}
	b.step(x, table.AddPaymentInfo, slotPays)
	for i := range c.declined {
		b.step(x, table.PaymentDeclined, slotIsDeclined+uint64(i))
		if i == 0 && (c.declined > 1 || x.plan.Does == model.PlaceOrder) {
			b.step(x, table.AddPaymentInfo, slotPaysAgain)
		}
	}
}

// step writes an event of the way from the cart to the order, and takes its time.
func (b *cartBehavior) step(x *touch, kind uint32, slot uint64) *event {
	e := b.town.emit(x, kind)
	e.page = model.PageCheckout
	if kind == table.ViewCart || kind == table.RemoveFromCart {
		e.page = model.PageCart
	}
	x.pass(b.inVisit(x.p, slot))
	return e
}
