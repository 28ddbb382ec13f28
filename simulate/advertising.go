package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// advertising is the behavior advertising: contacts that nobody asked for, and what they change.
//
// The contacts of a person on a day are Poisson processes, one for each audience that they are of
// (see audience.go), at the highest rate the person can have there, on a journey or not, in a world
// with all channels. One draw gives their number; each contact then gets its channel, and happens
// or not, by draws of its own (thinning, Lewis and Shedler 1979). So
// channels are independent of each other, and switching one off leaves the others as they are.
// Contacts find people as they are in the morning: a stage that begins today is not hastened today.
//
// What people have seen until yesterday changes what they do today.
type advertising struct {
	family
	town *town
	plan *model.AdvertisingPlan
	audiences
	seen     []goodwill // by person, and channel in the plan
	levels   []uint64   // of today's contacts, by source
	rates    []uint64   // contacts of a customer today, by source, 29 fractional bits
	running  []int      // sources that have any
	needs    []draw.Log // bounds of the effects on needs until the next contact, by person
	belong   []int      // source of a channel's contacts that no budget has bought
	spent    []spending // by source
	followed followed   // the contact of the day that the person follows
	led      []uint16   // campaign of the last contact that led to a visit, by person
	mood     mood
}

// A goodwill is the effect of a channel's contacts that a person still carries (adstock).
type goodwill struct {
	left   int32  // remaining contacts, 16 fractional bits, as of the day
	recent uint32 // contacts of that day and the seven before it, four bits each, today lowest
	day    int16  // of the last contact
	felt   uint8  // how many of that day's contacts were noticed
	most   uint8  // bounds f of what is left, in parts of 255
}

const oneContact = 1 << 16

// Slots of advertising: of the day, under a person's key; and of each contact, under the day's key.
const (
	slotContacts uint64 = 0       // + day
	slotContact  uint64 = 1 << 16 // + day: the key of its contacts
	slotAudience uint64 = 2 << 16 // × the audience
	contactSlots uint64 = 8       // × the number of the contact
)

const (
	slotSource uint64 = iota
	slotMoment
	slotFollowed
	slotOpened
	slotRead
	slotAbout
	slotScreen
	slotBounced
)

func newAdvertising(t *town, f family) any {
	plan := model.PlanOf[model.AdvertisingPlan](t.world)
	if !plan.On {
		return nil
	}
	n := len(t.people)
	a := &advertising{family: f, town: t, plan: plan, needs: make([]draw.Log, n),
		led:  make([]uint16, n),
		seen: make([]goodwill, n*len(plan.Channels)), spent: make([]spending, len(plan.Sources)),
		levels: make([]uint64, len(plan.Sources)), rates: make([]uint64, len(plan.Sources)),
		running: make([]int, 0, len(plan.Sources)), belong: make([]int, len(plan.Channels))}
	a.settle(n, plan)
	return a
}

// arrives lets a person have contacts from tomorrow on, or on the first day.
func (a *advertising) arrives(p *person) {
	i := int(p.place)
	for c := range a.plan.Channels {
		*a.goodwill(p, c) = goodwill{day: noDay}
	}
	a.needs[i], a.led[i] = 0, 0
	a.meet(p)
	a.becameKnown(p)
}

// beforeDay makes the day's contacts happen.
func (a *advertising) beforeDay() {
	if w := a.town.world; a.changes() || a.town.day == -w.Warmup || a.town.day == w.OffSince {
		a.tune()
	}
	toAll, toSeekers := a.slotOf(slotContacts, everybody), a.slotOf(slotContacts, seekers)
	toListed, mailing := a.slotOf(slotContacts, listed), a.mailing()
	toReaders, toVisitors := a.slotOf(slotContacts, readers), a.slotOf(slotContacts, visitors)
	views, latest := a.views, int16(a.town.day-a.within)
	onJourney := a.town.onJourney[:len(views)]
	for i := range views {
		v := &views[i]
		if u := v.key.Draw(toAll); uint32(u>>32) >= v.quiet[everybody] {
			a.expose(i, everybody, u)
		}
		if onJourney[i] {
			if u := v.key.Draw(toSeekers); uint32(u>>32) >= v.quiet[seekers] {
				a.expose(i, seekers, u)
			}
		}
		if v.reads {
			if u := v.key.Draw(toReaders); uint32(u>>32) >= v.quiet[readers] {
				a.expose(i, readers, u)
			}
		}
		if mailing && v.reads {
			if u := v.key.Draw(toListed); uint32(u>>32) >= v.quiet[listed] {
				a.expose(i, listed, u)
			}
		}
		if v.visited >= latest {
			if u := v.key.Draw(toVisitors); uint32(u>>32) >= v.quiet[visitors] {
				a.expose(i, visitors, u)
			}
		}
		if a.followed.p != nil { // last: the others find the person as in the morning
			x := a.followed
			a.followed.p = nil
			a.town.startDay(x.p)
			a.town.resume(x.p, model.CauseAdvertising, x.about, int(a.plan.Stage), x.channel, x.at)
		}
	}
}

// slotOf is today's slot of a purpose in an audience.
func (a *advertising) slotOf(purpose uint64, kind int) uint64 {
	return a.family.slot(a.town.daily(purpose + uint64(kind)*slotAudience))
}

// expose gives a person today's contacts in an audience; u, the uniform that said there may be any,
// also gives their number.
func (a *advertising) expose(i, kind int, u uint64) {
	m := &a.means[kind][i]
	if u < m.none || m.rate == 0 {
		return
	}
	p, busy := &a.town.people[i], a.town.onJourney[i]
	key := p.key.With(a.slotOf(slotContact, kind))
	for j := range uint64(contacts(u, m)) {
		slot := j * contactSlots
		source, shown := a.source(kind, i, key.Draw(slot+slotSource), busy)
		if shown && a.reaches(source, p) {
			a.contact(p, source, key, slot, busy)
		}
	}
}

// contact makes a contact happen, unless it needs a visitor of ours or a reader of our mails and
// the person is none, or it exceeds the frequency cap.
func (a *advertising) contact(p *person, source int, key draw.Key, slot uint64, busy bool) {
	t := a.town
	place := a.plan.Sources[source].Channel
	c := &a.plan.Channels[place]
	switch {
	case !c.On[t.weekday],
		c.After > 0 && int(a.views[t.place(p)].visited) < t.day-c.After,
		c.Subscribers && !t.mayWriteTo(p, t.dayStart), c.Sent && !t.reaches(p, c.Channel, t.dayStart):
		return
	}
	m := a.goodwill(p, place)
	recent := m.until(t.day)
	if recent&15 >= c.Cap || week(recent) >= c.CapWeek {
		return
	}
	channel := t.sending(c.Channel)
	at, ok := t.at(channel, key.Draw(slot+slotMoment), t.dayStart)
	if c.List {
		at, ok = t.posted(c.At, key.Draw(slot+slotMoment))
	}
	if !ok {
		return
	}
	if a.plan.Sources[source].Campaign == 0 && a.reaches(a.belong[place], p) {
		source = a.belong[place]
	}
	if c.Bounces > 0 && c.Bounces.Hits(key.Draw(slot+slotBounced)) {
		m.add(t.day, recent, false, c)
		a.write(p, c.Channel, source, ofBounced, table.MessageBounced, at)
		return
	}
	number, felt := int(recent&15), true
	follows := !busy && c.MostClicks > 0 && a.follows(p, place, key.Draw(slot+slotFollowed))
	if c.Sent {
		a.write(p, c.Channel, source, number, table.MessageSent, at)
		read, ok := t.at(channel, key.Draw(slot+slotRead), at+second)
		follows = follows && ok
		felt = follows || ok && c.Opens.Hits(key.Draw(slot+slotOpened))
		if felt {
			at = read
		}
	}
	hastens, before := busy && c.Stage != 0 && at >= p.busyUntil && t.looks(p), draw.Log(0)
	if hastens {
		before = partly(c.Stage, a.hill(p, place, true))
	}
	m.add(t.day, recent, felt, c)
	if felt && c.Need > 0 {
		a.urge(p, m, c)
	}
	switch {
	case follows: // the touch shows the contact that led to it
		about := uint8(t.world.Segments[p.segment].Category.Pick(key.Draw(slot + slotAbout)))
		a.followed = followed{p: p, at: at, about: about, channel: c.Channel}
		a.led[p.place] = uint16(a.plan.Sources[source].Campaign)
		return
	case !c.Sent:
		if e := a.write(p, c.Channel, source, number, table.Impression, at); e != nil {
			t.screen(e, p, key.Draw(slot+slotScreen))
		}
	case felt:
		a.write(p, c.Channel, source, number+firstOpened, table.MessageOpened, at)
		if c.Leaves.Hits(key.Draw(slot + slotOpened)) {
			a.unsubscribe(p, c.Channel, source, at)
		}
	}
	if hastens {
		t.hasten(p, at, partly(c.Stage, a.hill(p, place, true))-before)
	}
}

// A followed contact leads to a visit.
type followed struct {
	p       *person // nil: there is none
	at      int64
	about   uint8 // category and
	channel uint8 // channel (from 1) of the visit
}

// write counts a contact and writes its event, the nth of its channel and kind on this day; nil
// where nothing is written.
func (a *advertising) write(p *person, channel uint8, source, n int, kind uint32, at int64) *event {
	switch kind {
	case table.Impression, table.MessageSent, table.MessageBounced:
		a.spent[source].contacts++
	}
	if a.town.rec.silent {
		a.town.meets(p, channel)
		return nil
	}
	e := a.town.expose(p, channel, n, kind, at)
	e.campaign = uint16(a.plan.Sources[source].Campaign)
	return e
}

// looks reports whether the person is waiting in a stage of looking.
func (t *town) looks(p *person) bool {
	return p.stage != idle && t.chain(p).Stages[p.stage].Does <= model.Browse
}

// follows reports whether a person follows a contact at once, at u: the more the channel has worked
// on them so far, the likelier.
func (a *advertising) follows(p *person, place int, u uint64) bool {
	c := &a.plan.Channels[place]
	return u>>32 < c.MostClicks && a.plan.Stage != 0 && a.followed.p == nil && a.town.free(p) &&
		u>>32 < draw.Scale(uint64(c.Clicks), partly(c.Click, a.worked(p, place)))
}

func (a *advertising) goodwill(p *person, channel int) *goodwill {
	return &a.seen[int(a.town.place(p))*len(a.plan.Channels)+channel]
}

// until returns the contacts of a day and of the seven before it.
func (m *goodwill) until(day int) uint32 {
	return uint32(uint64(m.recent) << min(4*(day-int(m.day)), 32))
}

// week counts the contacts of the latest seven of the eight days.
func week(recent uint32) uint32 {
	recent &= 1<<28 - 1
	pairs := recent&0x0f0f0f0f + recent>>4&0x0f0f0f0f
	return pairs * 0x01010101 >> 24
}

// add adds a contact of a day and, if it is noticed, its effect.
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

// on returns the goodwill left on a day, including that day's contacts: G·2^(-days/half-life).
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

// hill is Hill's curve f(G) = Gᵏ/(Gᵏ + halfᵏ) = 1/(1 + 2^(k·(log half - log G))) of the goodwill
// that a channel has left in a person, less wear-out, 32 fractional bits. Contacts of today count
// from tomorrow on, except in a stage that they hasten.
func (a *advertising) hill(p *person, channel int, now bool) uint64 {
	m := a.goodwill(p, channel)
	if m.left == 0 {
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
	f := c.Hill(left)
	if n := week(recent); n > c.Fresh {
		f = f * uint64(c.Worn[n-c.Fresh]) >> 32
	}
	return f
}

// A mood is what the channels have worked on a person until yesterday: the f of their effects, 32
// fractional bits, each found when it is first asked for.
type mood struct {
	person int32
	day    int32
	found  uint64 // by channel in the plan
	f      [model.MaxChannels]uint64
}

// worked is f of a channel for a person until yesterday. A journey asks for it several times a day.
func (a *advertising) worked(p *person, channel int) uint64 {
	if a.goodwill(p, channel).left == 0 {
		return 0
	}
	m := &a.mood
	if m.person != p.id || m.day != int32(a.town.day) {
		m.person, m.day, m.found = p.id, int32(a.town.day), 0
	}
	if m.found>>(channel&63)&1 == 0 {
		m.found |= 1 << (channel & 63)
		m.f[channel] = a.hill(p, channel, false)
	}
	return m.f[channel]
}

// partly is an effect of which f, with 32 fractional bits, is at work.
func partly(full draw.Log, f uint64) draw.Log {
	return draw.Log(int64(full) >> 12 * int64(f) >> 20)
}

// bend adds up the effects of channels on a person.
func (a *advertising) bend(p *person, effects []model.AdEffect) (bend draw.Log) {
	for _, e := range effects {
		bend += partly(e.Full, a.worked(p, int(e.Channel)))
	}
	return bend
}

func (a *advertising) bendNeed(p *person) draw.Log { return a.bend(p, a.plan.OnNeed) }

// urge raises the bound of the effects on needs by that of a channel whose contact was noticed.
func (a *advertising) urge(p *person, m *goodwill, c *model.AdPlan) {
	most := c.MostHill(m.left)
	by := c.Need * draw.Log(int32(most)-int32(m.most)) / 255
	m.most = most
	a.needs[a.town.place(p)] += by
	a.town.raise(p, by)
}

// mostNeed bounds bendNeed until the next contact: what is left of contacts fades, and effects that
// are worn out recover.
func (a *advertising) mostNeed(p *person) draw.Log { return a.needs[a.town.place(p)] }

// fade brings the bound of mostNeed up to date.
func (a *advertising) fade(p *person) {
	need := &a.needs[a.town.place(p)]
	*need = 0
	for _, e := range a.plan.OnNeed {
		if c, m := &a.plan.Channels[e.Channel], a.goodwill(p, int(e.Channel)); c.Need > 0 {
			m.most = c.MostHill(m.on(a.town.day, c))
			*need += c.Need * draw.Log(m.most) / 255
		}
	}
}

func (a *advertising) bendBasket(p *person) draw.Log { return a.bend(p, a.plan.OnBasket) }

func (a *advertising) keeps(p *person) draw.Log { return a.bend(p, a.plan.OnChurn) }

func (a *advertising) bendNext(p *person) draw.Log { return a.bend(p, a.plan.OnConversion) }

func (a *advertising) bendChannel(p *person, stage int, bends []draw.Log) {
	for _, i := range a.plan.OnChoice {
		f := a.worked(p, int(i))
		if f == 0 {
			continue
		}
		for _, e := range a.plan.Channels[i].Choice {
			bends[e.Channel] += partly(e.Full, f)
		}
	}
}

// becameKnown counts those whom we may write to among the readers.
func (a *advertising) becameKnown(p *person) {
	a.views[a.town.place(p)].reads = p.knownSince != 0 && a.town.allowsMarketing(p, a.town.dayEnd)
}

// touched remembers visits of those who allow to be tracked.
func (a *advertising) touched(x *touch) {
	if x.base.session != none && uint32(x.p.consent) == table.ConsentGranted {
		a.views[a.town.place(x.p)].visited = int16(a.town.day)
	}
}

// look gives the visit that a contact led to the campaign of that contact.
func (a *advertising) look(x *touch) {
	if x.base.cause == uint8(model.CauseAdvertising) {
		x.base.campaign = a.led[x.p.place]
		x.campaign = uint32(x.base.campaign)
	}
}
