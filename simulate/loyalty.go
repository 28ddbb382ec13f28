package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// loyalty is the behavior loyalty: points, tiers, rewards and personal recommendations.
type loyalty struct {
	family
	town *town
	plan *model.LoyaltyPlan
	of   []account // by place
}

// An account is what the programme knows of a customer. Points are counted in hundredths.
type account struct {
	points  int64 // earned and not yet turned into vouchers
	earned  int64 // in this period
	before  int64 // in the period before
	since   int64 // when this period began; 0: no purchase with the card yet
	good    int64 // until when the voucher can be used; 0: there is none
	orders  int32
	bought  uint8 // category of the last order, from 1
	reached uint8 // tier the customer was last told of, from 0
}

// Draws of loyalty.
const (
	slotRelated = 0 // in a visit of a stage

	firstRestock uint64 = 16 // of the purposes
)

func newLoyalty(t *town, f family) any {
	plan := model.PlanOf[model.LoyaltyPlan](t.world)
	if !plan.On {
		return nil
	}
	return &loyalty{family: f, town: t, plan: plan, of: make([]account, len(t.people))}
}

// arrives implements arrivalListener.
func (l *loyalty) arrives(p *person) { l.of[p.place] = account{} }

// ordered redeems the voucher that was deducted, and counts the points of card holders.
func (l *loyalty) ordered(x *touch, o *order) {
	p := x.p
	a := l.at(p)
	a.orders++
	a.bought = p.category + 1
	for i := range l.plan.Restock {
		m := &l.plan.Restock[i]
		if category, ok := l.first(o, m.Categories); ok {
			l.town.remind(l.family, p, item{at: o.at + m.After, what: uint8(i), ref: a.orders,
				category: category})
		}
	}
	if !p.card {
		return
	}
	if o.uses(l.plan.Coupon) && a.good >= o.at {
		a.good = 0
	}
	if l.turn(a, o.at); a.since == 0 {
		a.since = o.at
	}
	points := divide(o.total*l.plan.Points[x.number-1], 10_000)
	a.points, a.earned = a.points+points, a.earned+points
	if tier := l.tier(a); tier != a.reached {
		if tier > a.reached {
			l.town.feels(p, feltReward, o.at)
		}
		a.reached = tier
	}
	l.reward(x, a)
}

// first returns the category of the first product of an order that is of one of some categories.
func (l *loyalty) first(o *order, categories uint64) (category uint8, ok bool) {
	for i := range o.lines[:o.n] {
		if category = l.town.categoryOf(o.lines[i].product); categories>>category&1 == 1 {
			return category, true
		}
	}
	return 0, false
}

// reward turns points into a voucher; as long as there is one, points accumulate.
func (l *loyalty) reward(x *touch, a *account) {
	t, p := l.town, x.p
	if a.points < l.plan.Reward || a.good >= x.at {
		return
	}
	a.points -= l.plan.Reward
	a.good = x.at + l.plan.Within
	after := min(x.at+milli, t.dayEnd-1) // the purchase that earned it
	t.personal(p, x.number, table.RewardRedeemed, model.CauseLoyalty, after)
	t.feels(p, feltReward, x.at)
}

// discount returns the customer's voucher, where they are recognised.
func (l *loyalty) discount(x *touch, o *order, _ uint8) (rate int64, coupon uint32) {
	if a := l.at(x.p); a.good < o.at || !x.p.card {
		return 0, 0
	}
	return l.plan.Discount, l.plan.Coupon
}

// turn begins a new period when it is time; after a period without an order, nothing is left of the
// one before.
func (l *loyalty) turn(a *account, at int64) {
	if a.since == 0 || at < a.since+l.plan.Period {
		return
	}
	periods := (at - a.since) / l.plan.Period
	a.before, a.earned = a.earned, 0
	if periods > 1 {
		a.before = 0
	}
	a.since += periods * l.plan.Period
}

// tier returns the tier, from 0, for the points of this or the last period.
func (l *loyalty) tier(a *account) uint8 {
	tier, points := uint8(0), max(a.earned, a.before)
	for tier+1 < uint8(len(l.plan.Tiers)) && points >= l.plan.Tiers[tier+1] {
		tier++
	}
	return tier
}

// bendNext makes tiers weigh on going on to cart and order.
func (l *loyalty) bendNext(p *person) draw.Log {
	if !p.card {
		return 0
	}
	a := l.at(p)
	l.turn(a, p.busyUntil)
	return l.plan.Conversion[l.tier(a)]
}

// bendBasket makes recommendations weigh on the basket of known customers who may be profiled.
func (l *loyalty) bendBasket(p *person) draw.Log {
	if p.knownSince == 0 || !l.town.world.Profiling.Hits(selfOf(l.town.world, p).Draw(slotProfiling)) {
		return 0
	}
	return l.plan.Recommend
}

// wish turns some needs towards the category bought last.
func (l *loyalty) wish(p *person, category uint8) uint8 {
	if a := l.at(p); a.bought != 0 && l.plan.Related.Hits(l.inVisit(p, slotRelated)) {
		return a.bought - 1
	}
	return category
}

// wake sends a restock reminder, unless the customer has bought something since. Customers who have
// stopped buying do not follow it.
func (l *loyalty) wake(p *person, it item) {
	if it.ref != l.at(p).orders {
		return
	}
	t, m := l.town, &l.plan.Restock[it.what]
	purpose := firstRestock + uint64(it.what)*purposesOfMailing
	at, follows := t.mail(p, &m.MailingPlan, model.CauseLoyalty, l.family, purpose)
	if follows && !t.gone(p) {
		t.resume(p, model.CauseLoyalty, it.category, int(m.Stage), m.Channel, at)
	}
}

func (l *loyalty) at(p *person) *account { return &l.of[l.town.place(p)] }

// standing returns points and tier from the account.
func (l *loyalty) standing(p *person, _ int64, _ uint32) (points int64, tier uint32) {
	a := l.at(p)
	l.turn(a, l.town.dayEnd-1)
	return a.points / 100, uint32(l.tier(a)) + 1
}
