package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Slots under a person's episode, for each visit of a stage.
const (
	slotDwell uint64 = iota
	slotNext
	slotChannel
	slotHour
	slotCategory
	slotStart
	slotCampaign
	slotHomeDevice
	slotOtherDevice
	slotPages
	slotLength
	slotLogin
	slotRegister
	slotLines
	slotReason
	slotCard
	slotFulfilment
	slotFulfilled
	slotFulfilledHour
	slotSeen
	slotClick
	slotKnown
	slotCheckout
	slotDay
	slotLater
	slotTravel
	slotOff       uint64 = 64      // + hop
	slotPage      uint64 = 1 << 8  // + page
	slotProduct   uint64 = 2 << 8  // + page
	slotBasket    uint64 = 3 << 8  // + line
	slotQuantity  uint64 = 4 << 8  // + line
	slotSeenFirst uint64 = 5 << 8  // + line
	slotPutAside  uint64 = 6 << 8  // + line
	slotBeside    uint64 = 7 << 8  // + line
	slotBehavior  uint64 = 16 << 8 // from here on, each behavior has 256 of its own
	slotBits             = 16
)

// maxTouches ends a journey that does not end by itself; even the most patient customer has given
// up long before.
const maxTouches = 250

// travel is the shortest time to get to a store, or back.
const travel = 15 * 60 * 1_000_000

// way is how long a person takes from one store to another: mostly little longer than the shortest
// time, at most half an hour more.
func (p *person) way() int64 {
	const more = 30 * 60 * 1_000_000
	u := p.u(slotTravel) >> 32
	return travel + int64(u*u>>32*more>>32)
}

// u is the uniform of a slot in the present visit of the present stage.
func (p *person) u(slot uint64) uint64 {
	return p.episode.Draw(uint64(p.here)<<slotBits | slot)
}

// enter makes a stage the present one.
func (p *person) enter(stage uint8) {
	p.stage, p.here = stage, uint32(stage)<<16|uint32(p.visits[stage])
}

// paged is the slot of a page: those of the first 256 pages are adjacent, those of later pages
// apart.
func paged(slot, page uint64) uint64 { return page>>8<<12 | slot | page&0xff }

func (t *town) chain(p *person) *model.Chain {
	return &t.world.Chains[p.chain]
}

// begin starts a journey: a need is felt today.
func (t *town) begin(p *person) {
	t.setOut(p, table.CauseNeed)
	p.category = uint8(t.world.Segments[p.segment].Category.Pick(p.u(slotCategory)))
	for _, b := range t.wishes {
		p.category = b.wish(p, p.category)
	}
	chain := t.chain(p)
	stage := chain.Start.Pick(p.u(slotStart))
	p.nextChannel = t.chooseChannel(p, chain, stage)
	p.next = uint8(stage)
	t.arrive(p)
}

// setOut clears the state of the last journey for a new one, which begins today.
func (t *town) setOut(p *person, cause uint32) {
	t.onJourney[p.place] = true
	p.needDay = int16(t.day)
	p.episode = p.key.With(uint64(t.day + t.world.Warmup))
	p.before, p.last, p.touches, p.orders, p.pattern, p.bought, p.favourite = 0, 0, 0, 0, 0, 0, 0
	p.visits, p.here = [model.MaxStages]uint8{}, 0
	p.began, p.leaves, p.cause, p.rival = 0, 0, uint8(cause), 0
}

// free reports whether a person could begin a journey today: at most one a day, and one at a time.
func (t *town) free(p *person) bool {
	return !t.onJourney[p.place] && p.needDay != int16(t.day) && !p.left
}

// resume begins a journey that a behavior has caused, about a category, by entering a stage through
// a channel (from 1) at a time of today or, where that is closed, later. The person must be free.
func (t *town) resume(p *person, cause uint32, category uint8, stage int, channel uint8, at int64) {
	t.setOut(p, cause)
	p.category, p.next, p.nextChannel = category, uint8(stage), channel
	c := &t.world.Channels[channel-1]
	if at = max(at, p.busyUntil); at < t.dayEnd-lastCall && t.open(c, at) && !p.tired() {
		t.live(p, at)
		return
	}
	t.arrive(p)
}

// arrive enters the stage that the person set out for: today within the hours of its channel, or on
// another day of the coming week, where visits have days of their own.
func (t *town) arrive(p *person) {
	if c := &t.world.Channels[p.nextChannel-1]; c.Goes == nil || !t.putsOff(p, c) {
		t.enter(p)
	}
}

// putsOff makes the person come on another day than today, if the days of the channel say so.
func (t *town) putsOff(p *person, c *model.ChannelPlan) bool {
	goes := c.Goes[t.day+t.world.Warmup]
	if goes == 0 {
		return false
	}
	days := c.Later[goes-1].Pick(p.u(slotDay))
	if days > 0 {
		t.comes(p, t.day+days)
	}
	return days > 0
}

// comes enters the stage that the person set out for on a later day, unless that is after the last.
func (t *town) comes(p *person, day int) {
	if day < min(t.world.Days, p.until()) {
		t.enters(p, day, item{errand: errandArrive})
	}
}

// enter enters the stage that the person set out for today, if its channel is still open.
func (t *town) enter(p *person) {
	c := &t.world.Channels[p.nextChannel-1]
	at, ok := t.at(c, p.u(slotHour), max(t.dayStart, p.busyUntil))
	if !ok || p.tired() {
		t.postpone(p, c)
		return
	}
	t.live(p, at)
}

// postpone waits for another day on which a channel is open.
func (t *town) postpone(p *person, c *model.ChannelPlan) {
	t.comes(p, t.anotherDay(c, p.u(slotLater)))
}

// anotherDay returns when somebody comes who can no longer come today: as if they were ready
// tomorrow or, when the channel is closed today, as those who are ready today.
func (t *town) anotherDay(c *model.ChannelPlan, u uint64) int {
	w, day := t.world, t.day
	if !c.Closed[day+w.Warmup] {
		day++
	}
	if day < w.Days && c.Goes != nil {
		if goes := c.Goes[day+w.Warmup]; goes > 0 {
			day += c.Later[goes-1].Pick(u)
		}
	}
	return day
}

// openDay returns the first day from the given one on which a channel is open; ok is false when
// there is none left.
func (t *town) openDay(c *model.ChannelPlan, day int) (open int, ok bool) {
	w := t.world
	for ; day < w.Days; day++ {
		if !c.Closed[day+w.Warmup] {
			return day, true
		}
	}
	return 0, false
}

// open reports whether a channel is open at a time of today.
func (t *town) open(c *model.ChannelPlan, at int64) bool {
	return !c.Closed[t.day+t.world.Warmup] && c.Hours.Weight(t.hour(at)) > 0
}

// at returns a time of today within the hours of a channel, not before a given time; ok is false
// when the channel is closed for the rest of the day.
func (t *town) at(c *model.ChannelPlan, u uint64, earliest int64) (micros int64, ok bool) {
	if c.Closed[t.day+t.world.Warmup] {
		return 0, false
	}
	return t.moment(c, t.day, u, earliest)
}

// moment returns a time of a day on which a channel is open, within its hours and not before a
// given time; ok is false when it is closed for the rest of the day. The upper half of u chooses
// the hour, the lower half the moment in it.
func (t *town) moment(c *model.ChannelPlan, day int, u uint64, earliest int64) (int64, bool) {
	clock, start, end := t.clock, t.dayStart, t.dayEnd
	if day != t.day {
		at := day + t.world.Warmup
		clock, start, end = &t.world.Clock[at], t.world.Midnight[at], t.world.Midnight[at+1]
	}
	end -= lastCall
	if earliest >= end {
		return 0, false
	}
	h, ok := 0, true
	if earliest <= start {
		h = c.Hours.Pick(u)
	} else if h, ok = c.Hours.PickFrom(u, model.HourOf(clock, earliest-start)); !ok {
		return 0, false
	}
	for h < 24 {
		if opens, closes := clock[h], clock[h+1]; opens < closes {
			from := max(start+int64(opens)*second, earliest)
			to := min(start+int64(closes)*second, end)
			return from + int64(draw.Below(u<<32, uint64(max(to-from, 1)))), true
		}
		for h++; h < 24 && c.Hours.Weight(h) == 0; h++ { // clocks skip it: the next one
		}
	}
	return 0, false
}

// lastCall is the end of a day, in which nothing begins any more, so that what has begun can end.
const lastCall = 2 * second

func (t *town) place(p *person) int32 { return p.place }

// tired reports whether a day has so many events that the ids left might not suffice for another
// touch.
func (p *person) tired() bool { return p.today[eventIDs] > firstExposure-mostEvents }

// mostEvents bounds the events of a touch, of which a geometric law allows 2,000 pages, and leaves
// some for parcels.
const mostEvents = 2500

// live enters the stage that the person set out for at a time of today, and goes on as long as the
// day lasts.
func (t *town) live(p *person, at int64) {
	for {
		p.enter(p.next)
		p.next = idle
		if p.began == 0 {
			p.began = at
			p.journeys += t.counted()
		}
		plan := &t.chain(p).Stages[p.stage]
		stretch := -natural(p.traits[model.TraitHaste])
		stay := plan.Dwell.Micros(draw.Threshold(p.u(slotDwell)), stretch)
		over := at
		switch channel, what := t.serve(p, p.nextChannel, plan.Does, at); what {
		case served:
			over = t.touch(p, plan, channel, at, stay)
			if t.touching.gone {
				stay = 0
			}
		case lost:
			t.abandonCart(p, at)
			t.end(p, at, table.OutcomeLost)
			return
		}
		p.busyUntil = over
		p.before, p.last = p.last, p.nextChannel
		p.touches++
		leave := max(at+stay, over)
		if leave >= t.dayEnd {
			t.wait(p, leave)
			return
		}
		if !t.chooseNext(p, leave, leave) {
			return
		}
		c := &t.world.Channels[p.nextChannel-1]
		at = max(leave, p.busyUntil)
		ok, stays := !p.tired(), false
		from, to := t.world.Channels[p.last-1].Touchpoint, c.Touchpoint
		switch {
		case from == table.Store && to == table.Store:
			stays = t.goesOnShopping(p, t.chain(p).Stages[p.next].Does, at)
			ok = ok && (stays || at-p.busyUntil >= comeback)
		case from == table.Store || to == table.Store:
			at += travel
		}
		if c.Goes != nil && !stays && t.putsOff(p, c) {
			return
		}
		if ok && (at >= t.dayEnd-lastCall || !t.open(c, at)) {
			at, ok = t.at(c, p.u(slotHour), at)
		}
		if !ok {
			t.postpone(p, c)
			return
		}
	}
}

// wait keeps the person in a stage until a time that is not before today's end, or that is hastened
// into today.
func (t *town) wait(p *person, leave int64) {
	p.leaves = leave
	if day, ok := t.dayOf(p, leave); ok {
		t.enters(p, day, item{errand: errandMove, at: leave})
	}
}

// hasten makes the rest of the stage in which a person waits pass 2^by times as fast from a time of
// today on: the accelerated failure time model with a covariate that changes in time (Cox and Oakes
// 1984, section 5.2). The law of the stage itself stays as it was drawn at entry.
func (t *town) hasten(p *person, at int64, by draw.Log) {
	if p.stage == idle || p.next != idle || p.leaves <= at || by == 0 {
		return
	}
	rest := draw.Exp2(draw.Log2(uint64(p.leaves-at)) - by)
	t.wait(p, max(at+rest, p.busyUntil))
}

// move leaves a stage that was over at a time of today.
func (t *town) move(p *person, leave int64) {
	if t.chooseNext(p, leave, max(t.dayStart, p.busyUntil)) {
		t.arrive(p)
	}
}

// chooseNext decides which stage follows and through which channel; false ends the journey. The
// person left the stage at one time and is free for something else from another on; a cart is
// abandoned at the earlier of the two.
func (t *town) chooseNext(p *person, leave, free int64) bool {
	chain := t.chain(p)
	plan := &chain.Stages[p.stage]
	to := onward{stage: t.nextStage(p, plan)}
	for _, f := range t.followers {
		if to.outcome == 0 {
			to = f.followUp(p, plan, to, min(leave, free))
		}
	}
	next, outcome := to.stage, to.outcome
	for _, d := range t.decide {
		if next != model.Leave && outcome == 0 {
			next, outcome = d.decide(p, next, leave)
		}
	}
	if next == model.Leave || outcome != 0 || p.touches >= maxTouches {
		t.abandonCart(p, leave)
		t.end(p, leave, outcome)
		return false
	}
	channel := to.channel
	if channel == 0 || next != to.stage {
		channel = t.chooseChannel(p, chain, next)
	}
	does := chain.Stages[next].Does
	onLine := t.world.Channels[channel-1].Touchpoint.Digital()
	if !onLine || does != model.FillCart && does != model.PlaceOrder {
		t.abandonCart(p, min(leave, free))
	}
	p.visits[p.stage]++
	p.here++
	p.next, p.nextChannel = uint8(next), channel
	return true
}

// abandonCart abandons the cart, if there is one, and records the reason.
func (t *town) abandonCart(p *person, at int64) {
	if p.cart.n > 0 {
		reason := uint32(p.cart.reason)
		if reason == 0 {
			reason = uint32(t.world.Reasons.Pick(p.u(slotReason)) + 1)
		}
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

// nextStage draws the stage that follows; the trait conversion, the device of a visit and behaviors
// weigh on it.
func (t *town) nextStage(p *person, plan *model.StagePlan) int {
	if !plan.GoesOn {
		return plan.Next.Pick(p.u(slotNext))
	}
	forward := natural(p.traits[model.TraitConversion])
	if p.session.ends == p.busyUntil && p.session.id != 0 { // coming from a visit
		forward += t.world.Converts[p.session.device-1]
	}
	for _, b := range t.next {
		forward += b.bendNext(p)
	}
	return plan.Next.PickRaised(p.u(slotNext), plan.Forward, forward)
}

// chooseChannel draws the channel (from 1) through which a stage is entered: the weights of the
// last two channels, bent by the traits digital, ads and social and by behaviors.
func (t *town) chooseChannel(p *person, chain *model.Chain, stage int) uint8 {
	row := &chain.Stages[stage].Channel[chain.Row(p.before, p.last, len(t.world.Channels))]
	if only, ok := row.Only(); ok {
		return uint8(only + 1)
	}
	u := p.u(slotChannel)
	if !p.bent && len(t.channel) == 0 {
		return t.reachable(p, row, u, nil, row.Pick(u))
	}
	digital := natural(p.traits[model.TraitDigital])
	ads, social := natural(p.traits[model.TraitAds]), natural(p.traits[model.TraitSocial])
	sums := [1 << 3]draw.Log{0, digital, ads, digital + ads, // by which of them weigh
		social, digital + social, ads + social, digital + ads + social}
	which := t.world.TraitsOf
	bends := t.bends[:len(which)]
	for i := range bends {
		bends[i] = sums[which[i]&(1<<3-1)]
	}
	for _, b := range t.channel {
		b.bendChannel(p, stage, bends)
	}
	return t.reachable(p, row, u, bends, row.PickBent(u, bends))
}

// reachable returns a channel (from 1) that was drawn from a row with bends or, where it is an
// inbox and we may not write to the person, one of the others. Where the row has no other, it
// stays.
func (t *town) reachable(p *person, row *draw.Choice, u uint64, bends []draw.Log, drawn int) uint8 {
	w := t.world
	if w.Channels[drawn].Touchpoint != table.Inbox ||
		p.knownSince != 0 && t.allowsMarketing(p, t.dayEnd) {
		return uint8(drawn + 1)
	}
	if bends == nil {
		bends = t.bends[:row.Len()]
		clear(bends)
	}
	for i := range bends {
		if w.Channels[i].Touchpoint == table.Inbox {
			bends[i] = never
		}
	}
	return uint8(row.PickBent(u, bends) + 1)
}

// never makes any weight 0.
const never = -64 * draw.One

// natural turns a trait (a natural logarithm with 16 fractional bits) into a Log.
func natural(trait int32) draw.Log {
	const log2e = 94548 // log2(e) with 16 fractional bits
	return draw.Log(int64(trait) * log2e)
}

// end closes a journey: with an order, with another outcome, or without one.
func (t *town) end(p *person, at int64, outcome uint32) {
	switch {
	case p.orders > 0:
		outcome = table.OutcomePurchased
	case outcome == 0:
		outcome = table.OutcomeGaveUp
	}
	t.writeJourney(p, at, outcome)
	p.enter(idle)
	p.leaves = 0
	t.onJourney[p.place] = false
	p.busyUntil = max(p.busyUntil, at)
	for _, l := range t.ends {
		l.ended(p, at, outcome)
	}
}

// writeJourney writes the present journey; without an end it is still under way.
func (t *town) writeJourney(p *person, end int64, outcome uint32) {
	if t.rec.silent {
		return
	}
	r := t.rec.row(table.TableTruthJourneys)
	r.ints(t.journeyID(p), p.number())
	r.codes(uint32(p.category) + 1)
	r.ints(p.began, end)
	r.codes(uint32(p.stage))
	r.ints(int64(p.touches), int64(p.orders))
	r.codes(outcome, p.bought, uint32(p.rival))
}

// counted returns 1 on days that are written and 0 in the warm-up.
func (t *town) counted() int32 {
	if t.day < 0 {
		return 0
	}
	return 1
}
