package simulate

import (
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Slots of market.
const (
	slotStockOut = iota // in a visit
	slotMissed
	slotInstead
	slotElsewhere
	slotFromRival

	slotHolder = 0       // under the key of a person, + slot of the promotion
	slotSought = 7 << 20 // likewise: what somebody looks for who follows its message

	firstCoupon uint64 = 16 // of the purposes, beyond the slots of holders
)

// marketForces is the behavior market: prices, promotions and stock.
type marketForces struct {
	family
	town    *town
	plan    *model.MarketForcesPlan
	looking model.StagePlan // the rest of a visit in which there is nothing to buy
	running []int           // promotions of today

	places  []uint32 // the warehouse, 0, and the stores within reach
	words   int      // of 64 bits, one a day, for each place and category
	shelves []uint64 // by place, category and day: whether the category is out of stock
	turned  []uint8  // by person: the outcome of the latest visit that met a stock-out
	held    []bool   // by person and promotion: whether they have received its coupon
}

// beforeDay finds the promotions of the day.
func (m *marketForces) beforeDay() {
	m.running = m.running[:0]
	for i := range m.plan.Promotions {
		if k := &m.plan.Promotions[i]; k.From <= m.town.day && m.town.day <= k.To {
			m.running = append(m.running, i)
			if k.Held > 0 && k.Begins == m.town.day {
				m.sends(i, k)
			}
		}
	}
}

// sends sends the coupons of a promotion, in the course of the day, to some of those who were known
// before it.
func (m *marketForces) sends(i int, k *model.PromotionPlan) {
	t := m.town
	for n := range t.people {
		if p := &t.people[n]; !p.left && p.known(t.dayStart-1) &&
			k.Held.Hits(m.draw(p.key, slotHolder+k.Slot)) {
			t.remind(m.family, p, item{at: t.dayStart, ref: int32(i)})
		}
	}
}

// wake sends the coupon of a promotion. Who follows the message looks around.
func (m *marketForces) wake(p *person, it item) {
	t, k := m.town, &m.plan.Promotions[it.ref]
	purpose := firstCoupon + k.Number*purposesOfMailing
	sent, at, follows := t.send(p, &k.Mail, model.CauseMarket, m.family, purpose)
	if !sent {
		return
	}
	m.held[int(p.place)*len(m.plan.Promotions)+int(it.ref)] = true
	if follows && !t.gone(p) {
		u := m.draw(p.key, slotSought+k.Slot)
		about := uint8(t.world.Segments[p.segment].Category.Pick(u))
		t.resume(p, model.CauseMarket, about, int(k.Mail.Stage), k.Mail.Channel, at)
	}
}

// putOff is the outcome of a purchase that is postponed.
const putOff = 255

func newMarketForces(t *town, f family) any {
	w := t.world
	plan := model.PlanOf[model.MarketForcesPlan](w)
	if !plan.On {
		return nil
	}
	m := &marketForces{family: f, town: t, plan: plan,
		looking: model.StagePlan{Does: model.Browse}}
	if slices.ContainsFunc(plan.Promotions, func(k model.PromotionPlan) bool { return k.Held > 0 }) {
		m.held = make([]bool, len(t.people)*len(plan.Promotions))
	}
	if m.plan.Out == 0 {
		return m
	}
	m.places = append([]uint32{0}, w.CityStores[t.city]...)
	m.words = (w.Warmup + w.Days + 63) / 64
	m.shelves = make([]uint64, len(m.places)*len(w.Categories)*m.words)
	m.turned = make([]uint8, len(t.people))
	for i, store := range m.places {
		for category := range w.Categories {
			w.Shelf(store, category, m.shelf(i, category))
		}
	}
	return m
}

// arrives implements arrivalListener.
func (m *marketForces) arrives(p *person) {
	if m.turned != nil {
		m.turned[p.place] = 0
	}
	if n := len(m.plan.Promotions); m.held != nil {
		clear(m.held[int(p.place)*n : (int(p.place)+1)*n])
	}
}

func (m *marketForces) shelf(place, category int) []uint64 {
	at := (place*len(m.town.world.Categories) + category) * m.words
	return m.shelves[at : at+m.words]
}

// lacks reports whether a category is out of stock in a store today.
func (m *marketForces) lacks(store uint32, category uint8) bool {
	day := m.town.day + m.town.world.Warmup
	for i, place := range m.places {
		if place == store {
			return m.shelf(i, int(category))[day/64]>>(day%64)&1 == 1
		}
	}
	return false
}

// bendNext makes fewer people go on to cart and order when prices are high, and more when they are
// low.
func (m *marketForces) bendNext(p *person) draw.Log {
	return -weighed(p, m.price(p), m.plan.Weight[p.chain])
}

// bendChannel draws people who go to order to the channel of an offer.
func (m *marketForces) bendChannel(p *person, stage int, bends []draw.Log) {
	if len(m.running) == 0 ||
		m.town.chain(p).Stages[stage].Does != model.PlaceOrder {
		return
	}
	everywhere := m.gain(p, 0)
	for i := range bends {
		if more := m.gain(p, uint8(i+1)) - everywhere; more > 0 {
			bends[i] += weighed(p, more, m.plan.Weight[p.chain])
		}
	}
}

// price is the logarithm of the price today of what the person needs, relative to the usual price.
func (m *marketForces) price(p *person) draw.Log {
	at := m.town.world.CategoryDay(int(p.category), m.town.day)
	return m.plan.Logs[at] - m.gain(p, 0)
}

// gain returns the best offer for the person on a channel (from 1), or on all of them (0).
func (m *marketForces) gain(p *person, channel uint8) draw.Log {
	best := draw.Log(0)
	for _, i := range m.running {
		if k := &m.plan.Promotions[i]; k.Gain > best && m.offered(p, i, channel, p.category) {
			best = k.Gain
		}
	}
	return best
}

// offered reports whether a promotion of today holds for a category on a channel (from 1), or on
// all of them (0).
func (m *marketForces) offered(p *person, promotion int, channel, category uint8) bool {
	k := &m.plan.Promotions[promotion]
	if k.Categories>>category&1 == 0 {
		return false
	}
	if channel == 0 && !k.Everywhere || channel > 0 && k.Channels>>(channel-1)&1 == 0 {
		return false
	}
	return k.Held == 0 || m.held[int(p.place)*len(m.plan.Promotions)+promotion]
}

// discount returns the best offer for a category.
func (m *marketForces) discount(x *touch, _ *order, category uint8) (rate int64, coupon uint32) {
	for _, i := range m.running {
		if k := &m.plan.Promotions[i]; k.Rate > rate && m.offered(x.p, i, x.number, category) {
			rate, coupon = k.Rate, k.Code
		}
	}
	return rate, coupon
}

// ordered makes the customer feel a price 5 % or more above or below the usual one.
func (m *marketForces) ordered(x *touch, o *order) {
	usual := int64(0)
	for _, l := range o.lines[:o.n] {
		usual += int64(l.quantity) * m.town.world.Products[l.product-1].Price
	}
	switch paid := o.subtotal - o.discount; {
	case paid > usual+usual/20:
		m.town.feels(x.p, feltDear, o.at)
	case paid < usual-usual/20:
		m.town.feels(x.p, feltCheap, o.at)
	}
}

// look settles, when a visit begins in which the person wants to buy, whether the product is in
// stock, and if not what they do: take another product, go to another store, or just look. What is
// already in a cart stays reserved.
func (m *marketForces) look(x *touch) {
	t, p := m.town, x.p
	buys := x.plan.Does == model.PlaceOrder && p.cart.n == 0 || x.plan.Does == model.FillCart
	store := uint32(0)
	if x.channel.Touchpoint == table.Store {
		store = p.store
		buys = x.plan.Does == model.PlaceOrder
	}
	if !buys || m.turned == nil || !m.lacks(store, p.category) {
		return
	}
	plan := &t.world.Categories[p.category]
	if x.missed = p.favourite; x.missed == 0 {
		x.missed = t.popular(p, plan, m.inVisit(p, slotMissed))
	}
	outcome := table.OutcomeStockOut
	switch reaction := m.plan.Reactions[p.category].Pick(m.inVisit(p, slotStockOut)); {
	case reaction == model.BuyElsewhere && store != 0 && m.elsewhere(x):
		return
	case reaction == model.BuyElsewhere:
		if rival := t.another(m.inVisit(p, slotFromRival)); rival != 0 && p.orders == 0 {
			p.rival, outcome = rival, table.OutcomeRival
		}
	case reaction == model.BuyLater && m.plan.Again[p.chain] != 0:
		outcome = putOff
	case reaction >= model.BuyOtherItem && len(plan.ByRank) > 1:
		p.favourite = m.instead(p, x.missed, reaction)
		return
	}
	x.plan, x.gone = &m.looking, outcome != putOff
	m.turned[t.place(p)] = uint8(outcome)
}

// elsewhere finds another store within reach that has the product and that is still open.
func (m *marketForces) elsewhere(x *touch) bool {
	p, t := x.p, m.town
	if x.at+vain+p.way()+vain >= min(t.closes(x.channel, x.at), t.dayEnd-lastCall) {
		return false
	}
	n, others := uint64(0), m.places[1:]
	for _, store := range others {
		if store != p.store && !m.lacks(store, p.category) {
			n++
		}
	}
	skip := draw.Below(m.inVisit(p, slotElsewhere), n)
	for _, store := range others {
		if store == p.store || m.lacks(store, p.category) {
			continue
		}
		if skip == 0 {
			x.elsewhere = store
			return true
		}
		skip--
	}
	return false
}

// instead returns the substitute for a product: of the same category the next in popularity, else
// any other.
func (m *marketForces) instead(p *person, missed uint32, reaction int) uint32 {
	plan := &m.town.world.Categories[p.category]
	other := m.town.popular(p, plan, m.inVisit(p, slotInstead))
	if reaction == model.BuyOtherItem || other == missed {
		rank := m.town.world.Products[missed-1].Rank // from 1: the place of the next one
		other = plan.ByRank[rank%len(plan.ByRank)]
	}
	return other
}

// miss writes that the person did not find what they wanted.
func (m *marketForces) miss(x *touch, at int64) {
	t := m.town
	e := t.emit(x, table.StockOut)
	e.at, e.cause = min(at, t.dayEnd-1), uint8(model.CauseMarket)
	e.product, e.category = x.missed, x.p.category+1
	if x.channel.Touchpoint.Digital() {
		e.page = t.world.PageOf(x.missed)
	}
	t.feels(x.p, feltStockOut, e.at)
}

// ended forgets the stock-outs of a journey.
func (m *marketForces) ended(p *person, at int64, outcome uint32) {
	if m.turned != nil {
		m.turned[m.town.place(p)] = 0
	}
}

// followUp says what follows a visit in which the person did not find what they wanted: nothing, or
// looking again.
func (m *marketForces) followUp(p *person, _ *model.StagePlan, to onward, _ int64) onward {
	if m.turned == nil {
		return to
	}
	turned := &m.turned[m.town.place(p)]
	outcome := uint32(*turned)
	switch *turned = 0; outcome {
	case 0:
	case putOff:
		to.stage = int(m.plan.Again[p.chain])
	default:
		to.stage, to.outcome = model.Leave, outcome
	}
	return to
}
