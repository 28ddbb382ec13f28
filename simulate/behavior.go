package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// A behavior is a rule that bends lives, told in a file of its own: it keeps its state for each
// person of a town by her place, and implements those of the interfaces below whose moments concern
// it. It is enlisted once for a town, and asked in the order of enlist. Because bends are added
// to each other, that order does not change a choice.
type (
	// A dawner has something to do before anybody of the town wakes: what was said or sent since
	// yesterday arrives.
	dawner interface{ dawn() }

	// A dusker has something to do when everybody's day is over.
	dusker interface{ dusk() }

	// A waker gets the errands that it entered in the agenda with town.remind.
	waker interface{ wake(p *person, it item) }

	// A needBender weighs on the hazard of feeling a need today, within the bound that its plan gave
	// World.NeedBound.
	needBender interface{ bendNeed(p *person) draw.Log }

	// A wisher may wish for another category than the one drawn for a need.
	wisher interface {
		wish(p *person, category uint8) uint8
	}

	// A nextBender adds to the log-weights of where a stage leads, by stage code.
	nextBender interface {
		bendNext(p *person, plan *model.StagePlan, bends []draw.Log)
	}

	// A channelBender adds to the log-weights of the channel through which a stage is entered, by
	// place in World.Channels.
	channelBender interface {
		bendChannel(p *person, stage int, bends []draw.Log)
	}

	// A basketBender weighs on how many products are wanted beyond the first.
	basketBender interface{ bendBasket(p *person) draw.Log }

	// A decider may send her elsewhere than the stage drawn next, or end the journey with an outcome
	// other than 0. She has left the present stage, still p.stage, at the given time.
	decider interface {
		decide(p *person, next int, at int64) (stage int, outcome uint32)
	}

	// A discounter takes something off an order: a rate in 1/10000 and the coupon, if there is one.
	// The best offer counts.
	discounter interface {
		discount(x *touch, o *order) (rate int64, coupon uint32)
	}

	// An orderListener hears of every order as soon as its price is known.
	orderListener interface{ ordered(x *touch, o *order) }

	// A parcelListener hears that an order was delivered or collected.
	parcelListener interface{ received(p *person, it *item) }

	// A cartListener hears of every cart that is given up.
	cartListener interface {
		abandoned(p *person, c *closedCart)
	}

	// An endListener hears how a journey ended.
	endListener interface {
		ended(p *person, at int64, outcome uint32)
	}

	// A touchListener hears of every touch when it is over.
	touchListener interface{ touched(x *touch) }

	// A feeler hears what somebody feels.
	feeler interface {
		feel(p *person, what feeling, at int64)
	}
)

// A feeling is something that happens to a customer and that she likes or not. Whoever causes one
// calls town.feels; satisfaction weighs it.
type feeling uint8

const (
	feltOnTime   feeling = iota // an order came when it was promised
	feltLate                    // or later
	feltWait                    // nobody answered for long
	feltResolved                // a question was answered
	feltUnsolved                // or not
	feltStockOut                // what she wanted was not there
	feltReturn                  // sending something back
	feltDefect                  // it was broken or not what she thought
	feltReward                  // a reward or a tier
	feltDear                    // a price above the usual
	feltCheap                   // or below
	feelingsCount
)

// behaviors are those of a town, by what they listen to.
type behaviors struct {
	advertising  *advertising
	cart         *cartBehavior
	churn        *churn
	fulfilment   *fulfilment
	loyalty      *loyalty
	market       *marketForces
	omnichannel  *omnichannel
	satisfaction *satisfaction
	service      *service
	wordOfMouth  *wordOfMouth

	all      []any // by place, for errands
	dawns    []dawner
	dusks    []dusker
	need     []needBender
	wishes   []wisher
	next     []nextBender
	channel  []channelBender
	basket   []basketBender
	decide   []decider
	discount []discounter
	orders   []orderListener
	parcels  []parcelListener
	carts    []cartListener
	ends     []endListener
	touches  []touchListener
	feelers  []feeler
}

// newBehaviors enlists those that are on in the town's world. The two whose dawns begin journeys
// come last: whoever keeps something by the day has begun it by then. Season, the eleventh, only
// bends the calendar, when the world is compiled.
func newBehaviors(t *town) (b behaviors) {
	b.cart = enlisted(&b, newCartBehavior(t))
	b.churn = enlisted(&b, newChurn(t))
	b.fulfilment = enlisted(&b, newFulfilment(t))
	b.loyalty = enlisted(&b, newLoyalty(t))
	b.market = enlisted(&b, newMarketForces(t))
	b.omnichannel = enlisted(&b, newOmnichannel(t))
	b.satisfaction = enlisted(&b, newSatisfaction(t))
	b.service = enlisted(&b, newService(t))
	b.advertising = enlisted(&b, newAdvertising(t))
	b.wordOfMouth = enlisted(&b, newWordOfMouth(t))
	return b
}

// enlisted enlists a behavior that is on, and returns it; one that is off is nil.
func enlisted[B any](b *behaviors, one *B) *B {
	if one != nil {
		b.enlist(one)
	}
	return one
}

// enlist adds a behavior to the lists of what it implements.
func (b *behaviors) enlist(one any) {
	b.all = append(b.all, one)
	b.dawns = joined(b.dawns, one)
	b.dusks = joined(b.dusks, one)
	b.need = joined(b.need, one)
	b.wishes = joined(b.wishes, one)
	b.next = joined(b.next, one)
	b.channel = joined(b.channel, one)
	b.basket = joined(b.basket, one)
	b.decide = joined(b.decide, one)
	b.discount = joined(b.discount, one)
	b.orders = joined(b.orders, one)
	b.parcels = joined(b.parcels, one)
	b.carts = joined(b.carts, one)
	b.ends = joined(b.ends, one)
	b.touches = joined(b.touches, one)
	b.feelers = joined(b.feelers, one)
}

// joined appends a behavior to a list if it belongs there.
func joined[T any](list []T, one any) []T {
	if member, ok := one.(T); ok {
		list = append(list, member)
	}
	return list
}

// remind enters an errand for a behavior of the town in the agenda, on the day of it.at or, before
// today's end, today; after the last day it is forgotten.
func (t *town) remind(b waker, p *person, it item) {
	day, ok := t.dayOf(max(it.at, t.dayStart))
	if !ok {
		return
	}
	it.person, it.errand = t.place(p), errandBehavior
	for i, one := range t.all {
		if one == any(b) {
			it.behavior = uint8(i)
		}
	}
	t.agenda.add(day+t.world.Warmup, it)
}

// feels tells whoever listens what somebody feels.
func (t *town) feels(p *person, what feeling, at int64) {
	for _, f := range t.feelers {
		f.feel(p, what, at)
	}
}

// message writes an event outside of visits and journeys that the customer did not seek, such as a
// mail, at a time of today. In a world without the channel (from 1) nothing is sent and it is nil.
func (t *town) message(p *person, channel uint8, kind, cause uint32, at int64) *event {
	if t.world.IsOff(channel) {
		return nil
	}
	x := t.aside(p, channel, cause, at)
	return t.emit(&x, kind)
}

// aside is a touch for events outside of visits and journeys.
func (t *town) aside(p *person, channel uint8, cause uint32, at int64) touch {
	t.greet(p)
	c := &t.world.Channels[channel-1]
	x := touch{p: p, channel: c, number: channel, at: at}
	x.base = event{session: none, device: none, user: none, order: none, revenue: none,
		journey: none, duration: -1, person: p.id, city: uint16(t.city + 1), channel: channel,
		place: c.Touchpoint, cause: uint8(cause), consent: p.consent}
	if c.Touchpoint == table.Inbox { // a mail has an address
		x.base.user = t.userIf(p, p.known(at))
	}
	return x
}

// coupled is the town whose past acts on the customers of this one: itself; the one of the factual
// world when coupling is frozen; or nil when nobody acts on anybody.
func (t *town) coupled() *town {
	switch {
	case t.world.Coupling == model.CouplingOff:
		return nil
	case t.shadow != nil:
		return t.shadow
	}
	return t
}

// A through is what became of a channel that somebody set out for.
type through uint8

const (
	served  through = iota // the touch happens, here or through a substitute
	skipped                // nothing was shown or sent; she goes on without it
	lost                   // she would have come through it, and does not come at all
)

// serve applies the off rules (model.md 2.2.7) to the channel (from 1) that was drawn: a push that
// is not served is not missed, unless the stage cannot happen without it; a visit comes through the
// channel's substitute, with a uniform of its own, or is lost. Who is on the site already needs no
// channel to go on there.
func (t *town) serve(p *person, channel uint8, does model.Activity, at int64) (uint8, through) {
	w := t.world
	if c := &w.Channels[channel-1]; c.Plain && w.IsOff(channel) && t.goesOn(p, c, at) {
		return channel, served
	}
	for hop := uint64(0); w.IsOff(channel); hop++ {
		off := &w.Channels[channel-1].Off
		switch {
		case off.Skips && does != model.FillCart && does != model.PlaceOrder:
			return channel, skipped
		case off.Substitute == 0 || hop == model.MaxChannels,
			!off.Share.Hits(p.u(slotOff + hop)):
			return channel, lost
		}
		channel = off.Substitute
		if c := &w.Channels[channel-1]; !t.open(c, at) || !does.FitsAt(c.Touchpoint) {
			return channel, lost
		}
	}
	return channel, served
}

// goOn adds to the log-weights of where a stage leads, for going on to cart and order.
func goOn(plan *model.StagePlan, bends []draw.Log, by draw.Log) {
	for i, forward := range plan.Forward {
		if forward {
			bends[i] += by
		}
	}
}

// perUnit returns an effect of so much for each unit on so many units, with 16 fractional bits.
func perUnit(each draw.Log, units int32) draw.Log { return each * draw.Log(units) >> 16 }

// happens says whether what has the given log-odds happens at u.
func happens(u uint64, odds draw.Log) bool {
	return draw.Log2(max(u, 1))-draw.Log2(max(^u, 1)) < odds
}
