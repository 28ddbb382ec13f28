package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// churn is the behavior churn: customers who stop buying, fall dormant, and are won back.
type churn struct {
	family
	town *town
	plan *model.ChurnPlan
	of   []lifecycle // by place
}

// A lifecycle is where a customer stands with us.
type lifecycle struct {
	first, last int64  // times of the first and last order
	churned     int64  // when the customer last stopped; 0: never
	back        int64  // when the customer last came back; 0: never
	until       int64  // end of the present term of the contract
	orders      int32  // number of orders so far
	gone        bool   // stopped buying from us
	contract    uint8  // from 1; 0: none
	category    uint8  // of the last order
	offer       uint16 // from 1: the message that began the present journey
}

// Draws of churn. Those of messages come last.
const (
	slotStays     uint64 = 0        // for life: the customer's own chance of stopping
	slotBound     uint64 = 1 << 16  // the contract of the first day
	slotRemaining uint64 = 2 << 16  // how much of it is left
	slotUsed      uint64 = 3 << 16  // its category
	slotTerms     uint64 = 10 << 16 // how many of its terms are over
	slotHolds     uint64 = 11 << 16 // whether there is one

	slotDropsOut uint64 = 7 << 16 // under the key of an order: whether it is the last
	slotReturns  uint64 = 8 << 16 // when the customer comes back without being asked
	slotSigns    uint64 = 9 << 16 // which contract comes with it

	purposeRenews uint64 = 4 << 16
	purposeWhy    uint64 = 5 << 16
	purposeHour   uint64 = 6 << 16
	firstWinBack  uint64 = 16
)

// The errands of churn, in item.what.
const (
	errandRenewal uint8 = iota
	errandReturn
	errandWinBack // + place of the message
)

func newChurn(t *town, f family) any {
	plan := model.PlanOf[model.ChurnPlan](t.world)
	if !plan.On {
		return nil
	}
	return &churn{family: f, town: t, plan: plan, of: make([]lifecycle, len(t.people))}
}

// arrives gives contracts to those who have had one since before the first day.
func (c *churn) arrives(p *person) {
	t := c.town
	*c.at(p) = lifecycle{}
	tenure := int64(t.day - int(p.came))
	if tenure == 0 || len(c.plan.Contracts) == 0 {
		return
	}
	self := selfOf(t.world, p)
	one := c.plan.Born.Pick(c.draw(self, slotBound))
	k := &c.plan.Contracts[one]
	own := c.odds(p, &k.Ends)
	ends := draw.Log2(uint64(draw.Exp2(min(own, 24*draw.One)+32*draw.One))+k.Leaves) - 32*draw.One
	if !happens(c.draw(self, slotHolds), c.plan.Held-ends) {
		return
	}
	s := c.at(p)
	s.category = uint8(t.world.Segments[p.segment].Category.Pick(c.draw(self, slotUsed)))
	left := int64(draw.Below(c.draw(self, slotRemaining), uint64(k.Renews)))
	age := min(c.terms(p, own)*k.Renews+k.Renews-left, tenure*aDay)
	t.becomeKnown(p, table.IdentifiedByOrder, t.dayStart-age)
	s.orders, s.first, s.last = 1, t.dayStart-age, t.dayStart-age
	p.buyer = true
	c.sign(p, uint8(one+1), t.dayStart+left)
}

// terms draws how many terms of a contract are over that ends with the given log-odds at each: an
// exponential number, rounded down.
func (c *churn) terms(p *person, odds draw.Log) int64 {
	const ln2 = -2271034279 // log2 of ln 2
	const most = 1 << 10
	mean := uint64(draw.Exp2(min(seasonBits*draw.One+ln2-odds, 61*draw.One)))
	n, ok := waiting(c.draw(selfOf(c.town.world, p), slotTerms), mean)
	if !ok {
		return most
	}
	return int64(min(n>>seasonBits, most))
}

// hadOrdered makes customers stop after an order of the past, as after any other.
func (c *churn) hadOrdered(p *person, key draw.Key, at int64) int64 {
	s := c.at(p)
	if s.gone { // they had come back
		c.comesBack(s, at)
	}
	if s.orders == 0 {
		s.first = at
	}
	s.orders, s.last = s.orders+1, at
	s.category = uint8(c.town.world.Segments[p.segment].Category.Pick(c.draw(key, slotUsed)))
	if len(c.plan.Contracts) > 0 || !happens(c.draw(key, slotDropsOut), c.odds(p, &c.plan.Dropout)) {
		return at
	}
	s.gone, s.churned = true, at
	if !c.plan.Comes {
		return forever
	}
	back := at + min(c.plan.Return.Micros(draw.Threshold(c.draw(key, slotReturns)), 0), forever)
	if back >= c.town.dayStart {
		c.town.remind(c.family, p, item{at: back, what: errandReturn, ref: s.orders})
	}
	return back
}

// ordered makes customers stop after an order, or sign a contract with it. A customer who buys has
// not stopped.
func (c *churn) ordered(x *touch, o *order) {
	p := x.p
	s, key := c.at(p), p.key.With(uint64(o.id))
	if s.gone {
		c.comesBack(s, o.at)
	}
	if s.orders == 0 {
		s.first = o.at
	}
	// Errands come first in a day: the customer may be about to buy more while picking up another
	// order.
	s.orders, s.last, s.category = s.orders+1, max(s.last, o.at), p.category
	switch {
	case len(c.plan.Contracts) == 0:
		if happens(c.draw(key, slotDropsOut), c.odds(p, &c.plan.Dropout)) {
			c.stops(p, s, s.last, c.draw(key, slotReturns))
		}
		c.watch(p, s, s.last+c.silence(s))
	case s.contract == 0 && s.churned <= o.at: // a contract cancelled later today was still running
		if s.churned > s.back {
			c.comesBack(s, o.at)
		}
		c.town.becomeKnown(p, table.IdentifiedByOrder, o.at) // it has a name, also in a store
		x.base.user = c.town.userID(p)
		one := c.plan.Contract.Pick(c.draw(key, slotSigns))
		c.sign(p, uint8(one+1), o.at+c.plan.Contracts[one].Term)
	}
}

// odds returns the log-odds of stopping now: the customer's own, which never change, plus
// satisfaction, prices and offers.
func (c *churn) odds(p *person, law *draw.Table) draw.Log {
	odds := draw.Log(law.At(draw.Threshold(c.draw(selfOf(c.town.world, p), slotStays))))
	return odds + perUnit(c.plan.Price, p.traits[model.TraitPrice]) - c.town.kept(p)
}

// stops makes the customer stop buying, silently. The uniform says when they come back without
// being asked, if they do.
func (c *churn) stops(p *person, s *lifecycle, at int64, u uint64) {
	s.gone, s.churned = true, at
	if c.plan.Comes {
		wait := c.plan.Return.Micros(draw.Threshold(u), 0)
		c.town.remind(c.family, p, item{at: at + min(wait, forever), what: errandReturn, ref: s.orders})
	}
}

// comesBack makes the customer feel needs again that we can serve.
func (c *churn) comesBack(s *lifecycle, at int64) { s.gone, s.back = false, at }

// silence is how long a customer may go without an order before it means anything: some of their
// own mean gaps.
func (c *churn) silence(s *lifecycle) int64 {
	if s.orders < 2 {
		return c.plan.Single
	}
	gap := (s.last - s.first) / int64(s.orders-1)
	return max(gap/10_000*c.plan.Gaps, c.plan.AtLeast)
}

// watch plans the messages that the customer gets if they are silent until a time.
func (c *churn) watch(p *person, s *lifecycle, silent int64) {
	for i := range c.plan.WinBack {
		at := silent + c.plan.WinBack[i].After
		c.town.remind(c.family, p, item{at: at, what: errandWinBack + uint8(i), ref: s.orders})
	}
}

// wake runs an errand, unless the customer has ordered since it was planned.
func (c *churn) wake(p *person, it item) {
	s := c.at(p)
	switch {
	case it.what == errandRenewal:
		if s.contract != 0 && it.at >= s.until { // still the term that it was planned for
			c.renew(p, s, it)
		}
	case it.ref != s.orders:
	case it.what == errandReturn && s.gone:
		c.comesBack(s, it.at)
	case it.what >= errandWinBack:
		c.winBack(p, s, it)
	}
}

// winBack sends one of the messages to a silent customer. If they follow it, they look again.
func (c *churn) winBack(p *person, s *lifecycle, it item) {
	t, n := c.town, int(it.what-errandWinBack)
	m := &c.plan.WinBack[n]
	purpose := firstWinBack + uint64(n*purposesOfMailing)
	if at, follows := t.mail(p, &m.MailingPlan, model.CauseChurn, c.family, purpose); follows {
		if s.gone {
			c.comesBack(s, at)
		}
		s.offer = uint16(n + 1)
		t.resume(p, model.CauseChurn, s.category, int(m.Stage), m.Channel, at)
		return
	}
	if it.order++; it.order < int64(m.Tries) { // number of the attempt
		it.at += m.Every
		t.remind(c.family, p, it)
	}
}

// discount is what the message offered, on the journey that it began.
func (c *churn) discount(x *touch, _ *order, _ uint8) (rate int64, coupon uint32) {
	s := c.at(x.p)
	if uint32(x.p.cause) != model.CauseChurn || s.offer == 0 {
		return 0, 0
	}
	m := &c.plan.WinBack[s.offer-1]
	return m.Discount, m.Coupon
}

// bendNeed keeps the needs of customers who have stopped from leading to us, and most needs that a
// contract already serves.
func (c *churn) bendNeed(p *person) draw.Log {
	switch s := c.at(p); {
	case s.gone:
		return model.Never
	case s.contract != 0:
		return c.plan.Contracts[s.contract-1].Needs
	}
	return 0
}

// mostNeed bounds bendNeed until another contract begins: one that ends leaves the plain rate.
func (c *churn) mostNeed(p *person) draw.Log {
	if s := c.at(p); s.contract != 0 {
		return max(c.plan.Contracts[s.contract-1].Needs, 0)
	}
	return 0
}

// decide ends the journey of a customer who has stopped where they would go on to look or to buy.
func (c *churn) decide(p *person, next int, at int64) (stage int, outcome uint32) {
	if c.gone(p) && c.town.chain(p).Stages[next].Does != model.Engage {
		return next, table.OutcomeGaveUp
	}
	return next, 0
}

// sign begins a contract, whose first term ends at a time.
func (c *churn) sign(p *person, contract uint8, until int64) {
	s := c.at(p)
	s.contract, s.until = contract, until
	if c.plan.Contracts[contract-1].Needs > 0 {
		c.town.stir(p)
	}
	c.town.remind(c.family, p, item{at: until, what: errandRenewal})
}

// renew handles the end of a term.
func (c *churn) renew(p *person, s *lifecycle, it item) {
	t, k := c.town, &c.plan.Contracts[s.contract-1]
	draws := func(purpose uint64) uint64 { return c.draw(p.key, t.daily(purpose)) }
	at, ok := t.at(&t.world.Channels[k.Channel-1], draws(purposeHour), t.dayStart)
	if !ok {
		it.at = t.dayEnd
		t.remind(c.family, p, it)
		return
	}
	if !happens(draws(purposeRenews), c.odds(p, &k.Ends)) {
		t.personal(p, k.Channel, table.Renewal, model.CauseChurn, at)
		if l := t.rec.ledger; l != nil {
			l.renews(p, at)
		}
		c.sign(p, s.contract, max(s.until+k.Renews, t.dayEnd))
		return
	}
	if e := t.personal(p, k.Channel, table.Cancellation, model.CauseChurn, at); e != nil {
		e.reason = uint16(k.Words[k.Reasons.Pick(draws(purposeWhy))])
	}
	s.contract, s.churned = 0, at
	c.watch(p, s, at)
}

func (c *churn) at(p *person) *lifecycle { return &c.of[c.town.place(p)] }

// gone reports whether the customer has stopped buying from us.
func (c *churn) gone(p *person) bool { return c.at(p).gone }

// portray fills in when the customer churned, when that could be noticed, and when they came back.
func (c *churn) portray(p *person, known portrait) portrait {
	s := c.at(p)
	if s.churned != 0 {
		known.churned = s.churned
	}
	if s.back != 0 {
		known.back = s.back
	}
	w := c.town.world
	switch silent := s.last + c.silence(s); {
	case len(c.plan.Contracts) > 0 && s.contract == 0:
		known.dormant = known.churned // a cancellation is known at once
	case len(c.plan.Contracts) == 0 && s.orders > 0 && p.knownSince != 0 &&
		silent < w.End():
		known.dormant = silent
	}
	return known
}
