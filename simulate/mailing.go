package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// The draws of a message, by purpose: at what hour it is sent, at what hour it is read, and whether
// it is opened and followed.
const (
	purposeSent uint64 = iota << 16
	purposeRead
	purposeFollowed
	purposesOfMailing = iota
)

// daily is today's slot for a purpose of a behavior that has one every day.
func (t *town) daily(purpose uint64) uint64 { return purpose + uint64(t.day+t.world.Warmup) }

// message writes an event outside of visits and journeys that the customer did not seek, such as a
// mail, at a time of today. In a world without the channel (from 1) nothing is sent and it returns
// nil.
func (t *town) message(p *person, channel uint8, kind, cause uint32, at int64) *event {
	if t.isOff(channel) {
		return nil
	}
	return t.say(p, channel, kind, cause, at)
}

// say writes an event outside of visits and journeys.
func (t *town) say(p *person, channel uint8, kind, cause uint32, at int64) *event {
	e := t.note(p, channel, kind, cause, at)
	if kind == table.MessageSent {
		t.measure(e)
	}
	return e
}

// note does what say does, for an event that is measured when it is complete.
func (t *town) note(p *person, channel uint8, kind, cause uint32, at int64) *event {
	t.startDay(p)
	e := t.rec.add()
	t.outside(e, p, channel, cause, at)
	e.at, e.kind, e.ordinal = min(at, t.dayEnd-1), kind, p.today[eventIDs]
	p.today[eventIDs]++
	t.push(e, p)
	return e
}

// measure tells all meters of a contact or a click.
func (t *town) measure(e *event) {
	for _, m := range t.meters {
		m.counts(e)
	}
}

// outside fills in what events outside of visits and journeys share; at says when they happen.
func (t *town) outside(e *event, p *person, channel uint8, cause uint32, at int64) {
	t.meets(p, channel)
	place := t.world.Channels[channel-1].Touchpoint
	*e = event{session: none, device: none, user: none, order: none, revenue: none, journey: none,
		duration: -1, person: p.id, life: p.life, city: uint16(t.city + 1),
		channel: channel, place: place,
		cause: uint8(cause), consent: p.consent}
	if place == table.Inbox { // a mail has an address
		e.user = t.userIf(p, p.known(at))
	}
}

// push names the customer and the app to which a message goes, if it is a push message.
func (t *town) push(e *event, p *person) {
	if e.place == table.App && (e.kind == table.MessageSent || e.kind == table.MessageOpened) &&
		t.reaches(p, e.channel, e.at) {
		e.user, e.device, e.on = t.userID(p), t.deviceID(p, table.DeviceApp), table.DeviceApp
	}
}

// sending is when messages of a channel (from 1) go out and are read: push messages not at night.
func (t *town) sending(channel uint8) *model.ChannelPlan {
	c := &t.world.Channels[channel-1]
	if c.Touchpoint == table.App {
		return &t.world.Awake
	}
	return c
}

// reaches reports whether a person gets messages through a channel (from 1) at a time: a push
// message only in our app, which they use by then as somebody whom we know.
func (t *town) reaches(p *person, channel uint8, at int64) bool {
	used := p.devices[table.DeviceApp-1]
	return t.world.Channels[channel-1].Touchpoint != table.App ||
		p.known(at) && used != 0 && used <= at
}

// mail sends a message to a person, if we know them and may write to them, and returns when they
// follow it; ok is false when they do not. Its draws are of the behavior's family, with purposes
// from the given one on.
func (t *town) mail(p *person, m *model.MailingPlan, cause uint32, f family, purpose uint64) (
	at int64, ok bool) {
	_, at, ok = t.send(p, m, cause, f, purpose)
	return at, ok
}

// send does what mail does, and also reports whether the message was sent.
func (t *town) send(p *person, m *model.MailingPlan, cause uint32, f family, purpose uint64) (
	done bool, at int64, ok bool) {
	draws := func(what uint64) uint64 { return f.draw(p.key, t.daily(purpose<<16+what)) }
	c := t.sending(m.Channel)
	sent, ok := t.at(c, draws(purposeSent), t.dayStart)
	if !ok || !t.mayWriteTo(p, sent) || !t.reaches(p, m.Channel, sent) ||
		t.personal(p, m.Channel, table.MessageSent, cause, sent) == nil {
		return false, 0, false
	}
	read, ok := t.at(c, draws(purposeRead), sent+second)
	u := draws(purposeFollowed)
	if !ok || !m.Opens.Hits(u) {
		return true, 0, false
	}
	follows := m.Clicks.Hits(u) && t.free(p) && t.chain(p).Stages[m.Stage].Next.Len() > 0
	if !follows { // otherwise the visit begins with it
		t.personal(p, m.Channel, table.MessageOpened, cause, read)
	}
	return true, read, follows
}

// personal writes a message between us and a known customer, with their user_id.
func (t *town) personal(p *person, channel uint8, kind, cause uint32, at int64) *event {
	e := t.message(p, channel, kind, cause, at)
	if e != nil {
		e.user = t.userID(p)
	}
	return e
}

// mayWriteTo reports whether the person is known by a time and allows marketing.
func (t *town) mayWriteTo(p *person, at int64) bool {
	return p.known(at) && t.allowsMarketing(p, at)
}

// allowsMarketing reports whether the person, once known, consents to advertising at a time.
func (t *town) allowsMarketing(p *person, at int64) bool {
	return t.world.Marketing.Hits(selfOf(t.world, p).Draw(slotMarketing)) &&
		(p.optedOut == 0 || at < p.optedOut)
}
