package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
)

// A behavior is a rule that changes what people do, in a file of its own. It keeps its state for
// each person of a town by place, and implements the interfaces below for the moments it takes part
// in. Nobody calls a behavior by name, not even another behavior: what it has to say, it says at
// such a moment. Where several behaviors answer at the same moment, the interface says how their
// answers combine; where they are asked in turn, it is in the order of rules.

// Days and errands.
type (
	// An opener acts before anybody of the town wakes: what was said or sent since yesterday
	// arrives.
	opener interface{ beforeDay() }

	// A closer acts when everybody's day is over.
	closer interface{ afterDay() }

	// A waker gets the errands that it entered in the agenda with town.remind.
	waker interface{ wake(p *person, it item) }
)

// Coming and going.
type (
	// An arrivalListener is told of everybody who arrives in the market, on the first day or later,
	// and forgets who was in their place before. Whoever has arrived before the first day has came
	// before today.
	arrivalListener interface{ arrives(p *person) }

	// A departureListener is told of everybody who leaves the market.
	departureListener interface{ departs(p *person) }

	// A pastListener is told of an order from before the first day, with a key of its own, and says
	// before when the person does not order again.
	pastListener interface {
		hadOrdered(p *person, key draw.Key, at int64) (until int64)
	}
)

// Choices on a journey. Bends (log-weights) are added up.
type (
	// A needBender weighs on the hazard of feeling a need today. With mostNeed it bounds what it
	// says, today and on all days until it calls town.stir.
	needBender interface {
		bendNeed(p *person) draw.Log
		mostNeed(p *person) draw.Log
	}

	// A fader lowers what its mostNeed says of a person to what holds today.
	fader interface{ fade(p *person) }

	// A wisher may replace the category drawn for a need, or that of the wisher before it.
	wisher interface {
		wish(p *person, category uint8) uint8
	}

	// A nextBender weighs on going on to cart and order when a stage is left.
	nextBender interface{ bendNext(p *person) draw.Log }

	// A channelBender adds to the log-weights of the channels through which a stage is entered, by
	// place in World.Channels.
	channelBender interface {
		bendChannel(p *person, stage int, bends []draw.Log)
	}

	// A basketBender weighs on how many products are wanted beyond the first.
	basketBender interface{ bendBasket(p *person) draw.Log }

	// A follower may replace what was drawn to follow the present stage, or what the follower
	// before it chose. Once there is an outcome no other is asked. The person has left the stage,
	// still p.stage, at the given time.
	follower interface {
		followUp(p *person, plan *model.StagePlan, to onward, at int64) onward
	}

	// A decider may replace the stage that the person is about to go on to, or end the journey with
	// an outcome other than 0; after that no other is asked. The person has left the present stage,
	// still p.stage, at the given time.
	decider interface {
		decide(p *person, next int, at int64) (stage int, outcome uint32)
	}

	// An endListener is told how a journey ended.
	endListener interface {
		ended(p *person, at int64, outcome uint32)
	}
)

// An onward is what follows a stage.
type onward struct {
	stage   int    // or model.Leave
	channel uint8  // from 1; 0: still to be drawn
	outcome uint32 // other than 0: the journey ends with it
}

// Touches.
type (
	// A looker sees every touch when it begins, and may change what the person does in it.
	looker interface{ look(x *touch) }

	// A stocker reports whether a category is out of stock today in a store, or in the warehouse, 0:
	// nobody takes it along with something else. One yes is enough.
	stocker interface {
		lacks(store uint32, category uint8) bool
	}

	// A misser is told when, in a touch, the person does not find what they want, x.missed.
	misser interface{ miss(x *touch, at int64) }

	// A meter is told of every contact that was shown or sent, and of every click on one.
	meter interface{ counts(e *event) }

	// A touchListener is told of every touch when it is over.
	touchListener interface{ touched(x *touch) }

	// A feeler is told what a person feels.
	feeler interface {
		feel(p *person, what feeling, at int64)
	}
)

// Carts, orders and parcels.
type (
	// A restorer may fill a cart with what the person came for, and reports whether it did. Then no
	// other is asked.
	restorer interface{ restore(p *person) bool }

	// A cashier leads through the steps from a cart to its order; without one, a checkout is begun
	// and that is it. In a visit that fills a cart or orders, seeks is called when it is known what
	// is wanted, and returns how many more steps the visit has; then, in the order of time, sees when
	// the cart is filled and, in a visit that orders, pays when the checkout has begun.
	cashier interface {
		seeks(x *touch, fills bool) (steps int)
		sees(x *touch)
		pays(x *touch)
	}

	// A cartListener is told of every abandoned cart.
	cartListener interface {
		abandoned(p *person, c *closedCart)
	}

	// A collector may replace the chance that an online order is picked up rather than shipped.
	collector interface {
		collects(p *person, chance draw.Chance) draw.Chance
	}

	// A delayer says by how much an order comes later than announced. Delays add up.
	delayer interface {
		delay(p *person, o *order) int64
	}

	// A discounter takes something off the products of a category in an order: a rate in 1/10000 and
	// the coupon, if there is one. The best offer for each product counts.
	discounter interface {
		discount(x *touch, o *order, category uint8) (rate int64, coupon uint32)
	}

	// An orderListener is told of every order as soon as its price is known.
	orderListener interface{ ordered(x *touch, o *order) }

	// A visitListener is told that a person has come to a store to pick up an order, before it is
	// handed over.
	visitListener interface{ comes(x *touch, it *item) }

	// A parcelListener is told that an order was delivered or picked up.
	parcelListener interface{ received(p *person, it *item) }
)

// What is known of a person, also to other behaviors.
type (
	// A knownListener hears that somebody became a known customer, or reads our mails.
	knownListener interface{ becameKnown(p *person) }

	// A judge says which NPS class the person would be in if asked, as a code; 0: no opinion. The
	// first opinion counts.
	judge interface{ class(p *person) uint32 }

	// A pricer gives the logarithm of the price today of what the person needs, relative to the
	// usual price. The answers are added up.
	pricer interface{ price(p *person) draw.Log }

	// A keeper lowers the log-odds that the person stops buying. The answers are added up.
	keeper interface{ keeps(p *person) draw.Log }

	// A quitter reports whether the person has stopped buying from us. One yes is enough.
	quitter interface{ gone(p *person) bool }

	// A rivalry draws a competitor, from 1, for what we do not have; 0: there is none. The first
	// competitor counts.
	rivalry interface{ another(u uint64) uint8 }

	// An accountant keeps the points and the tier of card holders, and says what they are at the
	// end of today, instead of those it is given.
	accountant interface {
		standing(p *person, points int64, tier uint32) (int64, uint32)
	}

	// A portrayer fills in what it knows of a person at the end.
	portrayer interface {
		portray(p *person, known portrait) portrait
	}
)

// A portrait is what behaviors know of a person at the end, for truth_people.
type portrait struct {
	satisfaction           int64 // × 10,000, or none
	churned, dormant, back int64 // times, or none
}

// A feeling is something that happens to a customer and that they like or dislike. Whoever causes
// one calls town.feels; satisfaction weighs it.
type feeling uint8

const (
	feltOnTime   feeling = iota // an order came when it was promised
	feltLate                    // an order came late
	feltWait                    // a long wait for an answer
	feltResolved                // a question was answered
	feltUnsolved                // a question was not answered
	feltStockOut                // a wanted product was not there
	feltReturn                  // sending something back
	feltDefect                  // a product was broken or not as expected
	feltReward                  // a reward or a tier
	feltDear                    // a price above the usual
	feltCheap                   // a price below the usual
	feelingsCount
)

// behaviors are those of a town, by the moments they take part in.
type behaviors struct {
	all    []any // in the order of rules
	wakers [families]waker

	openers []opener
	closers []closer

	arrivals   []arrivalListener
	departures []departureListener
	pasts      []pastListener

	need      []needBender
	faders    []fader
	wishes    []wisher
	next      []nextBender
	channel   []channelBender
	basket    []basketBender
	followers []follower
	decide    []decider
	ends      []endListener

	lookers []looker
	stocks  []stocker
	missers []misser
	meters  []meter
	touches []touchListener
	feelers []feeler

	restorers  []restorer
	cashiers   []cashier
	carts      []cartListener
	collectors []collector
	delayers   []delayer
	discount   []discounter
	orders     []orderListener
	visits     []visitListener
	parcels    []parcelListener

	knowns      []knownListener
	judges      []judge
	prices      []pricer
	keepers     []keeper
	quitters    []quitter
	rivals      []rivalry
	accountants []accountant
	portrayers  []portrayer
}

// enlist adds a behavior to the lists of the moments that concern it.
func (b *behaviors) enlist(one any) {
	b.all = append(b.all, one)
	b.openers, b.closers = joined(b.openers, one), joined(b.closers, one)
	b.arrivals, b.departures = joined(b.arrivals, one), joined(b.departures, one)
	b.pasts = joined(b.pasts, one)

	b.need, b.faders = joined(b.need, one), joined(b.faders, one)
	b.wishes = joined(b.wishes, one)
	b.next, b.channel = joined(b.next, one), joined(b.channel, one)
	b.basket, b.followers = joined(b.basket, one), joined(b.followers, one)
	b.decide, b.ends = joined(b.decide, one), joined(b.ends, one)

	b.lookers, b.missers = joined(b.lookers, one), joined(b.missers, one)
	b.touches, b.feelers = joined(b.touches, one), joined(b.feelers, one)
	b.stocks, b.meters = joined(b.stocks, one), joined(b.meters, one)

	b.restorers, b.carts = joined(b.restorers, one), joined(b.carts, one)
	b.cashiers = joined(b.cashiers, one)
	b.collectors, b.delayers = joined(b.collectors, one), joined(b.delayers, one)
	b.discount, b.orders = joined(b.discount, one), joined(b.orders, one)
	b.visits, b.parcels = joined(b.visits, one), joined(b.parcels, one)

	b.knowns = joined(b.knowns, one)
	b.judges, b.prices = joined(b.judges, one), joined(b.prices, one)
	b.keepers, b.quitters = joined(b.keepers, one), joined(b.quitters, one)
	b.rivals, b.accountants = joined(b.rivals, one), joined(b.accountants, one)
	b.portrayers = joined(b.portrayers, one)
}

// joined appends a behavior to a list if it implements the list's interface.
func joined[T any](list []T, one any) []T {
	if member, ok := one.(T); ok {
		list = append(list, member)
	}
	return list
}

// behaving returns a behavior of a town, for its counterpart in another town to ask; nil where the
// world is without it.
func behaving[B any](t *town) (b B) {
	for _, one := range t.all {
		if b, ok := one.(B); ok {
			return b
		}
	}
	return b
}

// remind enters an errand for the behavior of a family in the agenda, on the day of it.at or,
// before today's end, today; after the last day it is dropped.
func (t *town) remind(f family, p *person, it item) {
	if day, ok := t.dayOf(p, max(it.at, t.dayStart)); ok {
		it.errand, it.behavior = errandBehavior, f
		t.enters(p, day, it)
	}
}

// feels tells all feelers what a person feels.
func (t *town) feels(p *person, what feeling, at int64) {
	for _, f := range t.feelers {
		f.feel(p, what, at)
	}
}

// class returns the NPS class the person would be in if asked, or 0.
func (b *behaviors) class(p *person) uint32 {
	for _, j := range b.judges {
		if class := j.class(p); class != 0 {
			return class
		}
	}
	return 0
}

// relativePrice is the logarithm of the price today of what the person needs, relative to the usual
// price.
func (b *behaviors) relativePrice(p *person) (price draw.Log) {
	for _, one := range b.prices {
		price += one.price(p)
	}
	return price
}

// another draws a competitor, from 1, for what we do not have; 0: there is none.
func (b *behaviors) another(u uint64) uint8 {
	for _, r := range b.rivals {
		if one := r.another(u); one != 0 {
			return one
		}
	}
	return 0
}

// kept is what is taken off the log-odds that the person stops buying.
func (b *behaviors) kept(p *person) (kept draw.Log) {
	for _, k := range b.keepers {
		kept += k.keeps(p)
	}
	return kept
}

// gone reports whether the person has stopped buying from us.
func (b *behaviors) gone(p *person) bool {
	for _, q := range b.quitters {
		if q.gone(p) {
			return true
		}
	}
	return false
}
