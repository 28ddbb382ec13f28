package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

const (
	milli    = 1000
	second   = 1_000_000
	quickest = 5 * second // on a page, on average
)

// An exposure has an ordinal of its own that does not count with the others: in a world without it
// the ids of all other events are the same.
const (
	firstExposure = maxOrdinal + 1 - model.MaxChannels*mostExposures
	mostExposures = 8 // of a channel and a day
)

// A touch is one entry into a stage while it happens.
type touch struct {
	p        *person
	plan     *model.StagePlan
	channel  *model.ChannelPlan
	number   uint8 // of the channel, from 1
	base     event // the fields its events share
	at       int64 // when the next event happens
	over     int64 // when the visit ends
	left     int64 // steps until the visit ends
	last     int64 // when the last event happened
	campaign uint32
	fresh    bool // begins a session
	landing  bool // arrives through a source: with a session, or with a click in one

	missed    uint32 // product that is wanted and out of stock
	elsewhere uint32 // store to which the person goes on for it
	gone      bool   // did not find it, and does not stay
}

// touch enters a stage through a channel: the person looks, calls, visits, buys. It fits into the
// time they stay if that leaves three seconds for each page, and always into the day. It returns
// when it is over.
func (t *town) touch(p *person, plan *model.StagePlan, channel uint8, at, stay int64) int64 {
	t.meets(p, channel)
	c := &t.world.Channels[channel-1]
	x := &t.touching
	*x = touch{p: p, plan: plan, channel: c, number: channel, at: at}
	x.campaign = t.running(p, c)
	cause := table.CauseChain
	if p.touches == 0 {
		cause = uint32(p.cause)
		if cause > table.CauseOrder { // a behavior brought them: what its message says
			x.campaign = 0
		}
	}
	x.base = event{session: none, device: none, user: none, order: none, revenue: none,
		duration: -1, person: p.id, life: p.life, city: uint16(t.city + 1),
		channel: channel, place: c.Touchpoint,
		stage: p.stage, cause: uint8(cause), campaign: uint16(x.campaign), consent: p.consent,
		journey: t.journeyID(p)}
	for _, l := range t.lookers {
		l.look(x)
	}
	over := at
	switch {
	case c.Touchpoint.Digital():
		over = t.visit(x, stay)
	case c.Touchpoint == table.Store:
		over = t.shop(x, stay)
	case c.Touchpoint == table.Telephone:
		over = t.call(x, stay)
	default: // an advertisement in the street
		t.measure(t.emit(x, table.Impression))
	}
	for _, l := range t.touches {
		l.touched(x)
	}
	return over
}

// running returns the code of the campaign that reaches a person through a channel today, one of
// them if there are several, or 0.
func (t *town) running(p *person, c *model.ChannelPlan) uint32 {
	runs := func(code uint32) bool {
		k := &t.world.Campaigns[code-1]
		return k.Runs(t.day, t.city) && k.Reaches(p.number(), p.segment)
	}
	n := uint64(0)
	for _, code := range c.Campaigns {
		if runs(code) {
			n++
		}
	}
	if n == 0 {
		return 0
	}
	skip := draw.Below(p.u(slotCampaign), n)
	for _, code := range c.Campaigns {
		if !runs(code) {
			continue
		}
		if skip == 0 {
			return code
		}
		skip--
	}
	return 0
}

// emit writes an event at the touch's time, or at the last moment of the day.
func (t *town) emit(x *touch, kind uint32) *event {
	e := t.rec.add()
	*e = x.base
	x.last = min(x.at, t.dayEnd-1)
	e.at, e.kind = x.last, kind
	e.ordinal = x.p.today[eventIDs]
	x.p.today[eventIDs]++
	return e
}

// expose writes an impression that the customer did not seek, the nth (from 0) of a channel on this
// day. Its id does not depend on what else happens.
func (t *town) expose(p *person, channel uint8, n int, kind uint32, at int64) *event {
	e := t.rec.add()
	t.outside(e, p, channel, model.CauseAdvertising, at)
	e.at, e.kind = at, kind
	e.ordinal = uint16(firstExposure + (int(channel)-1)*mostExposures + n)
	t.push(e, p)
	return e
}

// pass takes one step of the visit and returns how long it took, in ms: an equal share of the time
// left, times a factor from 0.5 to 1.5 so that visits do not tick like clocks; the last step takes
// all that is left.
func (x *touch) pass(u uint64) int32 {
	d := max(x.over-x.at, 1)
	if x.left > 1 {
		d = max(d/x.left, 2)
		d = d/2 + int64(draw.Below(u<<32, uint64(d)))
	}
	d = min(d, gap-second) // or receivers would end the session
	x.left--
	x.at += d
	return int32(d / milli)
}

// pause adds a pause that is no step of the visit: the given time, and up to twice that, as far as
// the visit has time for it.
func (x *touch) pause(u uint64, least int64) {
	x.at += min(least+int64(draw.Below(u, uint64(least))), max((x.over-x.at)/(x.left+1), 1))
}

// fit returns how long something of a natural length lasts: not longer than the person stays,
// unless that is less than the least, and not beyond midnight.
func (t *town) fit(x *touch, natural, least, stay int64) int64 {
	length := max(min(natural, stay), least)
	return min(length, t.dayEnd-2*milli-x.at)
}

// length draws the duration of something in this visit.
func (t *town) length(p *person, w *model.Wait) int64 {
	return w.Micros(draw.Threshold(p.u(slotLength)), 0)
}

// lengthens says how much longer a visit of so many pages is than one of the mean: more pages take
// more time, and less of it each (P).
func lengthens(pages int, mean draw.Log) draw.Log {
	return (draw.Log2(uint64(pages)) - mean) / 4 * 3
}

// visit is a touch on the web or in the app, also one that begins in a mail or on a social network.
func (t *town) visit(x *touch, stay int64) int64 {
	p, w := x.p, t.world
	pages := 1 + w.Pages[x.plan.Does].Pick(p.u(slotPages))
	orders := x.plan.Does == model.PlaceOrder
	fills := x.plan.Does == model.FillCart || orders && p.cart.n == 0
	steps, had, before := pages, int(p.cart.n), pages
	if fills {
		t.fill(p)
		steps += 2 * (int(p.cart.n) - had)
	}
	if orders {
		steps++
	}
	if fills || orders {
		for _, c := range t.cashiers {
			steps += c.seeks(x, fills)
			if orders {
				before = 1 // the pages of the checkout come after it has begun
			}
		}
	}
	more := lengthens(pages, w.MeanPages[x.plan.Does])
	natural := w.Length.Micros(draw.Threshold(p.u(slotLength)), more)
	length := t.fit(x, natural, int64(steps+1)*quickest, stay)
	x.over, x.left = x.at+length, int64(steps)

	t.enterSite(x)
	t.recognise(x, orders)
	if t.rec.silent && !fills && !orders && x.missed == 0 && x.over-x.at > int64(pages)*milli {
		t.glance(x, pages)
	} else {
		t.pages(x, 0, before)
	}
	t.miss(x, x.at)
	if fills {
		t.addToCart(x, had)
	}
	if fills || orders {
		for _, c := range t.cashiers {
			c.sees(x)
		}
	}
	if orders {
		t.checkout(x, before, pages)
	}
	t.askQuote(x, 0)
	p.linked[p.session.device-1] = p.linked[p.session.device-1] || p.session.known
	over := max(x.over, x.at)
	p.session.last, p.session.ends = x.last, over
	p.pattern |= sawOnline
	return over
}

// askQuote requests a quote some time later, where the stage does so.
func (t *town) askQuote(x *touch, later int64) {
	if x.plan.Does == model.AskQuote {
		x.at += later
		t.emit(x, table.QuoteRequest).category = x.p.category + 1
	}
}

// enterSite brings the person to the site: the contact that they follow and the start of a session,
// unless one is still open.
func (t *town) enterSite(x *touch) {
	p, w := x.p, t.world
	s := &p.session
	x.fresh = !t.goesOn(p, x.channel, x.at)
	if x.fresh {
		device := t.chooseDevice(p, x.channel)
		*s = session{device: device, channel: x.number, sought: p.nextChannel,
			campaign: uint16(x.campaign),
			id:       t.visitID(sessionIDs, p)}
		s.known = p.known(x.at) && (device == table.DeviceApp || w.Login.Hits(p.u(slotLogin)))
	}
	x.base.on = s.device
	x.base.device = t.deviceID(p, s.device)
	x.landing = x.fresh || s.sought != p.nextChannel && !w.Channels[p.nextChannel-1].Plain
	if x.landing {
		t.follow(x)
	} else { // under the channel that brought the person, as web analytics count
		x.number, x.channel, x.campaign = s.channel, &w.Channels[s.channel-1], uint32(s.campaign)
		x.base.channel, x.base.campaign = s.channel, s.campaign
	}
	p.uses(s.device, x.at)
	x.base.session, x.base.user = s.id, t.userIf(p, s.known)
	x.base.place = table.Web
	if s.device == table.DeviceApp {
		x.base.place = table.App
	}
	if x.fresh {
		t.emit(x, table.SessionStart).landing = true
		x.at += milli
	}
}

// clicking is longer than it takes to see and follow a contact.
const clicking = 10 * second

// goesOn reports whether a touch through a channel continues the visit before it: within half an
// hour of its last event, and not in the app instead of a browser. Where a new source begins a
// session, also through the channel that the person set out for then (a substitute changes its name
// and not its time), or through one without a name of its own.
func (t *town) goesOn(p *person, c *model.ChannelPlan, at int64) bool {
	s := &p.session
	plain := t.world.Channels[p.nextChannel-1].Plain
	return s.id != 0 && at+clicking <= s.last+gap &&
		(c.Touchpoint != table.App || s.device == table.DeviceApp) &&
		(!t.world.NewSource || s.sought == p.nextChannel || plain)
}

// follow writes the contact that leads to a visit, where there is one: a mail opened, an advert or
// a post seen, and the click on it.
func (t *town) follow(x *touch) {
	p := x.p
	if !t.world.Channels[p.nextChannel-1].Followed() {
		return
	}
	stays := x.channel.Followed() // a substitute may have no contact, and takes as long
	inbox := x.channel.Touchpoint == table.Inbox
	if inbox && !t.mayWriteTo(p, x.at-milli) {
		return // they come without a mail
	}
	if stays {
		on, device := x.base.on, x.base.device
		if inbox {
			t.sendBefore(x)
			x.base.on, x.base.device, x.base.user = 0, none, t.userID(p)
			t.emit(x, table.MessageOpened)
		} else {
			if p.devices[on-1] == 0 { // nobody has seen the browser before
				x.base.device = none
			}
			t.measure(t.emit(x, table.Impression))
		}
		x.base.on, x.base.device = on, device
	}
	x.pause(p.u(slotSeen), 3*second)
	p.uses(x.base.on, x.at)
	if stays {
		e := t.emit(x, table.Click)
		e.landing = true
		t.measure(e)
	}
	x.pause(p.u(slotClick), 600*milli)
}

// sendBefore sends the mail that the person is about to open, earlier today within the hours of its
// channel, unless a behavior has sent it.
func (t *town) sendBefore(x *touch) {
	p := x.p
	if cause := uint32(x.base.cause); cause != table.CauseChain && cause != table.CauseNeed {
		return
	}
	first := 0
	for x.channel.Hours.Weight(first) == 0 {
		first++
	}
	earliest := min(max(t.dayStart+int64(t.clock[first])*second, p.knownSince), x.at-1)
	u := p.u(slotSeen) << 32
	ago := 1 + draw.Below(u, draw.Below(u, uint64(x.at-earliest))) // mostly not long ago
	e := t.note(p, x.number, table.MessageSent, table.CauseChain, x.at-int64(ago))
	e.user, e.campaign = t.userID(p), x.base.campaign
	t.measure(e)
}

// screen says on which device a person sees an advert: mostly the usual one, never our own app. A
// browser that we know by then is told from others.
func (t *town) screen(e *event, p *person, u uint64) {
	if !e.place.Digital() {
		return
	}
	e.on = table.Device(p.home + 1)
	if !t.world.Home.Hits(u) {
		e.on = table.Device(t.world.Segments[p.segment].Devices.Pick(u<<32) + 1)
	}
	if e.on == table.DeviceApp {
		e.on = table.DeviceMobile
	}
	if used := p.devices[e.on-1]; used != 0 && used <= e.at {
		e.device = t.deviceID(p, e.on)
	}
}

// chooseDevice draws what a session runs on: the app for its own channel, else mostly the usual
// device.
func (t *town) chooseDevice(p *person, c *model.ChannelPlan) table.Device {
	if c.Touchpoint == table.App {
		return table.DeviceApp
	}
	if t.world.Home.Hits(p.u(slotHomeDevice)) {
		return table.Device(p.home + 1)
	}
	g := &t.world.Segments[p.segment]
	return table.Device(g.Devices.Pick(p.u(slotOtherDevice)) + 1)
}

// recognise makes the person log in or sign up: a known customer at the start of some visits and
// whenever they order, an unknown one now and then.
func (t *town) recognise(x *touch, orders bool) {
	p := x.p
	s := &p.session
	switch {
	case s.known:
		return
	case p.known(x.at) && orders:
		s.known = true
		x.base.user = t.userID(p)
		t.emit(x, table.Login).page = model.PageLogin
	case !p.known(x.at) && !orders && t.world.Register.Hits(p.u(slotRegister)):
		t.becomeKnown(p, table.IdentifiedByLogin, x.at)
		s.known = true
		x.base.user = t.userID(p)
		t.emit(x, table.SignUp).page = model.PageLogin
	default:
		return
	}
	x.pause(p.u(slotKnown), 8*second)
}

// becomeKnown turns a person into a known customer.
func (t *town) becomeKnown(p *person, by uint32, at int64) {
	if !p.known(at) {
		p.knownSince, p.knownBy = at, uint8(by)
		t.tellKnown(p)
	}
}

// tellKnown tells whoever listens that we know a person, or may write to them from now on.
func (t *town) tellKnown(p *person) {
	for _, l := range t.knowns {
		l.becameKnown(p)
	}
}

// pages shows pages of a visit, counted from 0, up to one: products, searches, lists and account
// pages.
func (t *town) pages(x *touch, from, to int) {
	p, w := x.p, t.world
	category := int(p.category)
	plan := &w.Categories[category]
	view := table.PageView
	if x.base.on == table.DeviceApp {
		view = table.ScreenView
	}
	for i := uint64(from); i < uint64(to); i++ {
		u := p.u(paged(slotPage, i))
		e := t.emit(x, view)
		switch {
		case x.plan.Does == model.Engage:
			e.page = model.PageAccount + uint32(u>>40)&1
		case x.plan.Does == model.PlaceOrder:
			e.page = model.PageCart + uint32(min(i, 1))
		case i == 0 && x.landing && !w.Channels[p.nextChannel-1].Paid:
			e.page = model.PageHome
		case w.ProductPage.Hits(u):
			e.kind = table.ViewItem
			e.product = t.popular(p, plan, p.u(paged(slotProduct, i)))
			e.page = w.PageOf(e.product)
			e.category = p.category + 1
			if p.favourite == 0 {
				p.favourite = e.product
			}
		case w.SearchPage.Hits(u):
			e.kind, e.page = table.Search, model.PageSearch
			e.search = uint16(plan.TermCodes[plan.Terms.Pick(p.u(paged(slotProduct, i)))])
		default:
			e.page = w.CategoryPage(category)
			e.category = p.category + 1
		}
		e.landing = i == 0 && x.landing
		e.duration = x.pass(u)
	}
}

// glance is what pages leave behind on a day that is not written.
func (t *town) glance(x *touch, n int) {
	p, w := x.p, t.world
	first := 0
	if x.landing && !w.Channels[p.nextChannel-1].Paid {
		first = 1 // after the home page
	}
	for i := uint64(first); i < uint64(n) && p.favourite == 0 && x.plan.Does != model.Engage; i++ {
		if w.ProductPage.Hits(p.u(paged(slotPage, i))) {
			p.favourite = t.popular(p, &w.Categories[p.category], p.u(paged(slotProduct, i)))
		}
	}
	p.today[eventIDs] += uint16(n)
	x.last, x.at, x.left = x.over-(x.over-x.at)/int64(n), x.over, 0
}

// popular draws a product of a category by Zipf's law and the person's taste for expensive ones.
func (t *town) popular(p *person, c *model.CategoryPlan, u uint64) uint32 {
	return c.ByRank[c.Popular[p.tilt].Pick(u)]
}

// miss is the moment at which the person does not find what they want, if they do not.
func (t *town) miss(x *touch, at int64) {
	if x.missed == 0 {
		return
	}
	for _, m := range t.missers {
		m.miss(x, at)
	}
}
