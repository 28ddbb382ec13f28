package simulate

import (
	"math/bits"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// advertising is the behavior advertising: contacts that nobody asked for, and what they change.
//
// The contacts of a person and a day are a Poisson process of the highest rate that she can have,
// on a journey or not, in a world with all channels. One draw says how many there are; each then
// is of a channel, and happens or not, by draws of its own (thinning, Lewis and Shedler 1979). So
// channels are independent of each other, and switching one off leaves the others as they are.
// They find her as she is in the morning: a stage that begins today is not hastened today.
//
// What she has seen until yesterday bends what she does today.
type advertising struct {
	family
	town     *town
	plan     *model.AdvertisingPlan
	views    []viewer
	seen     []goodwill // by person, and channel in the plan
	today    []int      // sources that run today
	belong   []int      // source to which a channel's contacts belong that no budget has bought
	rates    []uint64   // of those, for the person whose contacts are looked at, and their sum
	sum      uint64
	spent    []spending // by source
	slot     uint64     // of today's draws
	followed exposure   // the contact of the day that she follows
}

// A viewer is what a day without contacts asks of a person.
type viewer struct {
	key     draw.Key
	quiet   uint64 // chance of no contact today, 64 fractional bits
	rate    uint64 // of contacts today, 32 fractional bits
	visited int32  // day of her last visit on the web or in the app
}

// A goodwill is what the contacts of a channel have left behind in a person.
type goodwill struct {
	left   int32  // contacts, 16 fractional bits, as of the day
	recent uint32 // contacts of that day and the seven before it, four bits each from the lowest
	day    int16  // of the last contact
	felt   uint8  // of that day's contacts
}

const oneContact = 1 << 16

// A spending is what a source has come to in this town.
type spending struct {
	contacts, clicks int64 // today
	owed             int64 // 1/1000 cents
	paid             int64 // cents, of a budget
}

// Slots of advertising: of the day, under a person's key, and of each contact, under that of the
// day.
const (
	slotContacts uint64 = 0       // + day
	slotContact  uint64 = 1 << 16 // + day: the key of its contacts
	contactSlots uint64 = 8       // × the number of the contact
)

const (
	slotSource uint64 = iota
	slotShown
	slotMoment
	slotFollowed
	slotOpened
	slotRead
	slotAbout
)

// mostRate bounds the mean contacts of a person and a day, all channels together, before any cap.
const mostRate = 20 << 32

// rarest is a chance with 64 fractional bits, of 1e-9, from which on nothing is told apart: the
// tables behind e^-rate are good to 2e-7.
const rarest = 1 << 34

func newAdvertising(t *town, f family) any {
	plan := model.PlanOf[model.AdvertisingPlan](t.world)
	if !plan.On {
		return nil
	}
	n := len(t.people)
	a := &advertising{family: f, town: t, plan: plan, views: make([]viewer, n),
		seen: make([]goodwill, n*len(plan.Channels)), spent: make([]spending, len(plan.Sources)),
		today: make([]int, 0, len(plan.Sources)), rates: make([]uint64, len(plan.Sources)),
		belong: make([]int, len(plan.Channels))}
	for i := range a.views {
		a.views[i].visited = noDay
	}
	for i := range a.seen {
		a.seen[i].day = noDay
	}
	return a
}

// beforeDay lets the day's contacts happen.
func (a *advertising) beforeDay() {
	if a.changes() {
		a.tune()
	}
	slot := a.family.slot(a.town.daily(slotContacts))
	a.slot = a.family.slot(a.town.daily(slotContact))
	for i := range a.views {
		v := &a.views[i]
		if u := v.key.Draw(slot); u >= v.quiet {
			a.meets(i, u)
		}
	}
}

// changes reports whether other sources run today than yesterday.
func (a *advertising) changes() bool {
	day := a.town.day
	changes := day == -a.town.world.Warmup
	for i := range a.plan.Sources {
		s := &a.plan.Sources[i]
		changes = changes || s.From == day || s.To == day-1
	}
	return changes
}

// tune finds what runs today and how likely each person is to have no contact on a day like this.
func (a *advertising) tune() {
	a.today = a.today[:0]
	for i := range a.plan.Sources {
		s := &a.plan.Sources[i]
		switch {
		case s.From > a.town.day || s.To < a.town.day:
		case s.Rate > 0:
			a.today = append(a.today, i)
			if s.Campaign == 0 {
				a.belong[s.Channel] = i
			}
		default: // a campaign without money of its own
			a.belong[s.Channel] = i
		}
	}
	for i := range a.views {
		p := &a.town.people[i]
		a.views[i].key = p.key
		a.views[i].rate = min(a.weigh(p), mostRate)
		a.views[i].quiet = quiet(a.views[i].rate)
	}
	a.weigh(&person{}) // anybody
}

// quiet returns e^-rate with 64 fractional bits, of a rate with 32.
func quiet(rate uint64) uint64 {
	const log2e = 6196328019 // log2(e) with 32 fractional bits
	hi, lo := bits.Mul64(rate, log2e)
	exponent := draw.Log(hi<<32 | lo>>32)
	if exponent == 0 {
		return 1<<64 - 1
	}
	return uint64(draw.Exp2(62*draw.One-exponent)) << 2
}

// weigh fills in the rates of today's sources for a person, at their highest, and returns their
// sum: contacts a day with 32 fractional bits.
func (a *advertising) weigh(p *person) uint64 {
	a.sum = 0
	for k, i := range a.today {
		s := &a.plan.Sources[i]
		c := &a.plan.Channels[s.Channel]
		taste := natural(p.traits[model.TraitAds]) + draw.Log(int64(p.traits[model.TraitNeed])*c.Aim)
		a.rates[k] = min(draw.Scale(s.Rate, c.Base+taste), mostRate)
		a.sum += a.rates[k]
	}
	return a.sum
}

// meets brings a person the contacts of today: as many as the uniform says that has found her.
func (a *advertising) meets(i int, u uint64) {
	t := a.town
	p := &t.people[i]
	if a.plan.Aims { // else what she meets is shared out as for anybody
		a.weigh(p)
	}
	if a.sum == 0 {
		return
	}
	t.startDay(p)
	busy := p.stage != idle || p.next != idle
	key := p.key.With(a.slot)
	a.followed.follows = false
	for j := range uint64(contacts(u, a.views[i].quiet, a.views[i].rate)) {
		source, x := 0, draw.Below(key.Draw(j*contactSlots+slotSource), a.sum)
		for x >= a.rates[source] {
			x -= a.rates[source]
			source++
		}
		a.meet(p, a.today[source], key, j*contactSlots, busy)
	}
	if x := &a.followed; x.follows { // last, so that what else she meets finds her as in the morning
		t.resume(p, model.CauseAdvertising, x.about, int(a.plan.Stage), x.channel, x.at)
	}
}

// contacts returns the number at u of a Poisson law of a rate with 32 fractional bits, of which 0
// has the chance none: by inverse.
func contacts(u, none, rate uint64) int {
	below, chance := none, none
	for n := uint64(1); ; n++ {
		hi, lo := bits.Mul64(chance, rate)
		chance, _ = bits.Div64(hi, lo, n<<32)
		sum, carry := bits.Add64(below, chance, 0)
		if u < sum || carry != 0 || chance < rarest && n<<32 > rate {
			return int(n)
		}
		below = sum
	}
}

// meet lets a contact happen, unless it is one that only somebody on a journey would have had, or
// somebody who visits us or reads our mails, or one too many.
func (a *advertising) meet(p *person, source int, key draw.Key, slot uint64, busy bool) {
	t := a.town
	place := a.plan.Sources[source].Channel
	c := &a.plan.Channels[place]
	shown := c.Idle
	if busy {
		shown = c.Busy
	}
	switch {
	case t.world.IsOff(c.Channel),
		!shown.Hits(key.Draw(slot + slotShown)),
		c.After > 0 && int(a.views[t.place(p)].visited) < t.day-c.After,
		c.Subscribers && !t.mayWriteTo(p, t.dayStart):
		return
	}
	m := a.goodwill(p, place)
	recent := m.until(t.day)
	if recent&15 >= c.Cap || week(recent) >= c.CapWeek {
		return
	}
	channel := &t.world.Channels[c.Channel-1]
	at, ok := t.at(channel, key.Draw(slot+slotMoment), t.dayStart)
	if !ok {
		return
	}
	if a.plan.Sources[source].Campaign == 0 {
		source = a.belong[place]
	}
	x := exposure{p: p, place: place, source: source, number: int(recent & 15), at: at, felt: true,
		follows: !a.followed.follows && a.follows(p, place, key.Draw(slot+slotFollowed)),
		channel: c.Channel}
	if c.Sent {
		a.write(&x, table.MessageSent)
		read, ok := t.at(channel, key.Draw(slot+slotRead), at+second)
		x.follows = x.follows && ok
		x.felt = x.follows || ok && c.Opens.Hits(key.Draw(slot+slotOpened))
		if x.felt {
			x.at = read
		}
	}
	hastens, before := c.Stage != 0 && x.at >= p.busyUntil && t.looks(p), draw.Log(0)
	if hastens {
		before = a.effect(p, place, c.Stage, true)
	}
	m.add(t.day, recent, x.felt, c)
	if x.follows {
		x.about = uint8(t.world.Category.Pick(key.Draw(slot + slotAbout)))
		a.followed = x
		return // the touch shows what she follows
	}
	if !c.Sent {
		a.write(&x, table.Impression)
	} else if x.felt {
		a.write(&x, table.MessageOpened)
	}
	if hastens {
		t.hasten(p, x.at, a.effect(p, place, c.Stage, true)-before)
	}
}

// An exposure is an advert or a message that reaches a person.
type exposure struct {
	p       *person
	place   int // of the channel in the plan
	source  int
	number  int // of the day's through this channel, from 0
	at      int64
	felt    bool // seen, or opened
	follows bool
	about   uint8 // category, and
	channel uint8 // channel (from 1) of what she follows
}

// write writes an event of a contact and counts it.
func (a *advertising) write(x *exposure, kind uint32) {
	n := x.number
	if kind == table.MessageOpened {
		n += mostExposures / 2
	} else {
		a.spent[x.source].contacts++
	}
	e := a.town.expose(x.p, a.plan.Channels[x.place].Channel, n, kind, x.at)
	e.campaign = uint16(a.plan.Sources[x.source].Campaign)
}

// looks reports whether she waits in a stage of looking.
func (t *town) looks(p *person) bool {
	return p.stage != idle && t.chain(p).Stages[p.stage].Does <= model.Browse
}

// follows reports whether she follows a contact at once, at u: the better the more the channel has
// worked on her so far.
func (a *advertising) follows(p *person, place int, u uint64) bool {
	c := &a.plan.Channels[place]
	return c.Clicks > 0 && a.plan.Stage != 0 && a.town.free(p) &&
		u>>32 < draw.Scale(uint64(c.Clicks), a.effect(p, place, c.Click, false))
}

func (a *advertising) goodwill(p *person, channel int) *goodwill {
	return &a.seen[int(a.town.place(p))*len(a.plan.Channels)+channel]
}

// until returns the contacts of a day and of the seven before it.
func (m *goodwill) until(day int) uint32 {
	return uint32(uint64(m.recent) << min(4*(day-int(m.day)), 32))
}

// week counts the contacts of the latest seven of eight days.
func week(recent uint32) uint32 {
	recent &= 1<<28 - 1
	pairs := recent&0x0f0f0f0f + recent>>4&0x0f0f0f0f
	return pairs * 0x01010101 >> 24
}

// add adds a contact of a day, and what it leaves behind if it is felt.
func (m *goodwill) add(day int, recent uint32, felt bool, c *model.AdPlan) {
	m.left = m.on(day, c)
	if int(m.day) != day {
		m.felt = 0
	}
	m.day, m.recent = int16(day), recent+1
	if felt {
		m.left += oneContact
		m.felt++
	}
}

// on is what is left on a day, with that day's contacts: G·2^(-days/half-life).
func (m *goodwill) on(day int, c *model.AdPlan) int32 {
	days := day - int(m.day)
	switch {
	case days == 0 || m.left == 0:
		return m.left
	case days > len(c.Decay):
		return 0
	}
	return int32(uint64(m.left) * uint64(c.Decay[days-1]) >> 32)
}

// effect is a coefficient times Hill's curve f(G) = Gᵏ/(Gᵏ + halfᵏ) = 1/(1 + 2^(k·(log half - log
// G))) of what a channel has left behind in her, less what has worn out. What she has seen today
// counts from tomorrow on, but in a stage that it hastens.
func (a *advertising) effect(p *person, channel int, full draw.Log, now bool) draw.Log {
	m := a.goodwill(p, channel)
	if m.left == 0 || full == 0 {
		return 0
	}
	c := &a.plan.Channels[channel]
	day := a.town.day
	left, recent := m.on(day, c), m.until(day)
	if !now {
		recent >>= 4
		if int(m.day) == day {
			left -= int32(m.felt) * oneContact
		}
	}
	if left <= 0 {
		return 0
	}
	f := hill(left, c)
	if n := week(recent); n > c.Fresh {
		f = f * uint64(c.Worn[n-c.Fresh]) >> 32
	}
	return draw.Log(int64(full) >> 12 * int64(f) >> 20)
}

// hill is f with 32 fractional bits.
func hill(left int32, c *model.AdPlan) uint64 {
	short := int64(c.Half - draw.Log2(uint64(left)))
	x := draw.Log(short>>16*c.Shape) + 32*draw.One
	odds := uint64(draw.Exp2(min(x, 61*draw.One))) // against, 32 fractional bits
	if x < 0 {
		odds = 0
	}
	hi, lo := uint64(1), uint64(0) // 2^64
	f, _ := bits.Div64(hi, lo, 1<<32+odds)
	return f
}

func (a *advertising) bend(p *person, on []uint8, full func(*model.AdPlan) draw.Log) draw.Log {
	bend := draw.Log(0)
	for _, i := range on {
		bend += a.effect(p, int(i), full(&a.plan.Channels[i]), false)
	}
	return bend
}

func (a *advertising) bendNeed(p *person) draw.Log {
	return a.bend(p, a.plan.OnNeed, func(c *model.AdPlan) draw.Log { return c.Need })
}

func (a *advertising) bendBasket(p *person) draw.Log {
	return a.bend(p, a.plan.OnBasket, func(c *model.AdPlan) draw.Log { return c.Basket })
}

func (a *advertising) keeps(p *person) draw.Log {
	return a.bend(p, a.plan.OnChurn, func(c *model.AdPlan) draw.Log { return c.Churn })
}

func (a *advertising) bendNext(p *person, plan *model.StagePlan, bends []draw.Log) {
	full := func(c *model.AdPlan) draw.Log { return c.Conversion }
	goOn(plan, bends, a.bend(p, a.plan.OnConversion, full))
}

func (a *advertising) bendChannel(p *person, stage int, bends []draw.Log) {
	for _, i := range a.plan.OnChoice {
		for to, full := range a.plan.Channels[i].Choice {
			bends[to] += a.effect(p, int(i), full, false)
		}
	}
}

// touched remembers visits, and counts the contact and the click that a touch through a channel
// that advertises begins with.
func (a *advertising) touched(x *touch) {
	if x.base.session != none {
		a.views[a.town.place(x.p)].visited = int32(a.town.day)
	}
	place := a.plan.Place[x.number-1]
	if place == 0 {
		return
	}
	source := a.plan.Channels[place-1].Always
	if x.campaign != 0 {
		source = int(a.plan.Source[x.campaign-1]) - 1
	}
	n := &a.spent[source]
	switch {
	case x.channel.Touchpoint == table.Street:
		n.contacts++
	case x.channel.Touchpoint.Digital() && x.fresh:
		n.clicks++
		if x.channel.Followed() && x.channel.Touchpoint != table.Inbox {
			n.contacts++
		}
	}
}

// afterDay writes what the day has cost.
func (a *advertising) afterDay() {
	t := a.town
	for i := range a.spent {
		n := &a.spent[i]
		if n.contacts == 0 && n.clicks == 0 {
			continue
		}
		s := &a.plan.Sources[i]
		c := &a.plan.Channels[s.Channel]
		n.owed += n.contacts*c.PerContact + n.clicks*c.PerClick
		cents := n.owed / 1000
		n.owed -= cents * 1000
		if left := a.budget(s) - n.paid; s.Budget > 0 && cents > left {
			cents, n.owed = left, 0
		}
		n.paid += cents
		t.rec.write(table.TableSpend, t.dayStart, a.plan.Date+int64(t.day), int64(s.Campaign),
			int64(c.Channel), int64(t.number)+1, n.contacts, n.clicks, cents)
		n.contacts, n.clicks = 0, 0
	}
}

// budget is what this town may have spent of a campaign's by the end of today: the town's part of
// it by people, and of that the days' part. The parts of a
// whole market add up to the whole.
func (a *advertising) budget(s *model.AdSource) int64 {
	w := a.town.world
	first := a.town.number * w.TownSize
	last := first + len(a.town.people)
	ours := portion(s.Budget, last, a.plan.Market) - portion(s.Budget, first, a.plan.Market)
	return portion(ours, min(a.town.day, s.To)-s.From+1, s.To-s.From+1)
}

// portion is so many of all parts of an amount, rounded down.
func portion(amount int64, of, all int) int64 {
	hi, lo := bits.Mul64(uint64(amount), uint64(of))
	q, _ := bits.Div64(hi, lo, uint64(all))
	return int64(q)
}
