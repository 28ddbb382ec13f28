package simulate

import (
	"cmp"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// service is the behavior service: calls, chats and tickets, and the queue of the desk. A customer
// has one matter at a time and contacts the desk about it until it is settled or they give up.
// Contacts are collected during the day. When it is over they are served in the order of time.
type service struct {
	family
	town *town
	plan *model.ServicePlan

	matter []bool  // whether there is something to settle
	order  []int64 // the last order received or given back, or none

	desk    desk
	opened  int64     // how long the desk had been open until this morning
	today   int64     // how long it is open today, set once it has closed
	morning int64     // when the first agent will be free, as of this morning
	closed  int       // the last day whose contacts have been served
	book    []inquiry // today's contacts
}

// An inquiry is a contact of today, with everything known of it except its wait.
type inquiry struct {
	p        *person
	at       int64
	id       int64 // of the ticket
	order    int64
	handling int64
	patience int64
	chance   uint64 // of the wait or the response, where that follows a law
	event    int    // place of its event in the recorder, or unwritten
	kind     uint32 // Call, Chat or Request
	channel  uint8
	topic    uint8
	attempt  uint8
	solves   bool // whether an answer solves the matter

	wait int64 // until it was answered or abandoned
	left bool  // abandoned
	next int64 // when the first agent is free after it, by the desk's clock
}

// unwritten is the place of an event that is not in the recorder.
const unwritten = -1

// Slots under a person's key, by day.
const (
	slotAsks      uint64 = 1 << 16           // + topic
	slotAsksAfter uint64 = (17 + iota) << 16 // 18, and so on
	slotDesk
	slotDeskHour
	slotHandling
	slotPatience
	slotOffered
	slotSolves
	slotAgain
	slotAgainIn
	slotReplyHour
	slotDeskDay
	slotDeskOff = 64 << 16 // + hop
)

// Slots of calls in a journey.
const (
	slotCallPatience = iota
	slotCallOffered
	slotCallSolves
)

// Errands of this behavior.
const (
	toContact uint8 = iota
	toReply
)

func newService(t *town, f family) any {
	plan := model.PlanOf[model.ServicePlan](t.world)
	if !plan.On {
		return nil
	}
	s := &service{family: f, town: t, plan: plan, closed: -t.world.Warmup - 1,
		matter: make([]bool, len(t.people)), order: make([]int64, len(t.people))}
	s.desk.free = make([]int64, s.plan.Agents)
	return s
}

// arrives implements arrivalListener.
func (s *service) arrives(p *person) { s.matter[p.place], s.order[p.place] = false, none }

// u is a uniform of today for a person.
func (s *service) u(p *person, slot uint64) uint64 {
	return s.draw(p.key, s.town.daily(slot))
}

func (s *service) span(w *model.Wait, u uint64) int64 {
	return min(w.Micros(draw.Threshold(u), 0), longest)
}

// longest bounds a time that is multiplied by the people of a desk.
const longest = 6 * 3600 * second

// ordered keeps an order that was carried out of a store.
func (s *service) ordered(x *touch, o *order) {
	if o.fulfilment == table.InStore && s.town.day >= 0 {
		s.order[s.town.place(x.p)] = o.id
	}
}

// received makes some customers ask about what they got.
func (s *service) received(p *person, it *item) {
	s.order[s.town.place(p)] = it.order
	u := s.draw(p.key.With(uint64(it.order)), slotAsks+model.TopicOrder<<16)
	s.occasion(p, model.TopicOrder, it.at, u)
}

// feel makes some customers ask about what annoys them.
func (s *service) feel(p *person, what feeling, at int64) {
	topic := uint64(0)
	switch what {
	case feltLate:
		topic = model.TopicLate
	case feltDefect:
		topic = model.TopicDefect
	case feltReturn:
		topic = model.TopicReturn
	case feltStockOut:
		topic = model.TopicStockOut
	default:
		return
	}
	if c := &s.town.carrying; c.person == s.town.place(p) && c.at == at && what != feltStockOut {
		s.order[c.person] = c.order // it is being handed over, or back
	}
	s.occasion(p, uint8(topic), at, s.u(p, slotAsks+topic<<16))
}

// occasion is a reason to get in touch. A customer who already has a matter adds it to that.
func (s *service) occasion(p *person, topic uint8, at int64, u uint64) {
	if s.matter[s.town.place(p)] || !s.plan.Asks[topic].Hits(u) {
		return
	}
	order := int64(none)
	if topic != model.TopicStockOut {
		order = s.order[s.town.place(p)]
	}
	s.plans(p, topic, 1, order, at+s.plan.After.Micros(draw.Threshold(s.u(p, slotAsksAfter)), 0))
}

// plans makes the customer get in touch at a time.
func (s *service) plans(p *person, topic, attempt uint8, order, at int64) {
	if s.closed == s.town.day {
		at = max(at, s.town.dayEnd)
	}
	s.matter[s.town.place(p)] = true
	s.town.remind(s.family, p, item{at: at, what: toContact, order: order,
		ref: int32(topic)<<8 | int32(attempt)})
}

// wake contacts the desk, or receives its answer to a mail.
func (s *service) wake(p *person, it item) {
	topic, attempt := uint8(it.ref>>8), uint8(it.ref)
	if it.what == toReply {
		s.reply(p, it.channel, topic, attempt, it.order, it.at, it.ref>>16 == 1)
		return
	}
	t := s.town
	c, ok := model.DeskChannel{}, false
	if it.channel != 0 { // it was closed before
		c, ok = s.channel(it.channel)
	} else {
		c, ok = s.choose(p)
	}
	if !ok {
		s.matter[t.place(p)] = false
		return
	}
	plan := s.hours(c)
	at := max(it.at, p.busyUntil, t.dayStart)
	if it.channel != 0 || at == t.dayStart || at >= t.dayEnd-lastCall || !t.open(plan, at) {
		if at, ok = t.at(plan, s.u(p, slotDeskHour), at); !ok {
			s.postpone(p, plan, it, c.Number)
			return
		}
	}
	s.join(p, c, at, topic, attempt, it.order)
}

// choose draws a channel of the desk. In a world without it, the customer comes through its
// substitute, if the desk answers that, or not at all.
func (s *service) choose(p *person) (model.DeskChannel, bool) {
	t := s.town
	number := s.plan.Desk[s.plan.Channel.Pick(s.u(p, slotDesk))].Number
	for hop := uint64(0); t.isOff(number); hop++ {
		off := &t.world.Channels[number-1].Without
		if off.Substitute == 0 || hop == model.MaxChannels ||
			!off.Share.Hits(s.u(p, slotDeskOff+hop<<16)) {
			return model.DeskChannel{}, false
		}
		number = off.Substitute
	}
	return s.channel(number)
}

// channel returns the desk's channel with a number.
func (s *service) channel(number uint8) (model.DeskChannel, bool) {
	for _, c := range s.plan.Desk {
		if c.Number == number {
			return c, true
		}
	}
	return model.DeskChannel{}, false
}

// hours returns when a channel of the desk can be used: chats are open while agents are there.
func (s *service) hours(c model.DeskChannel) *model.ChannelPlan {
	if c.Event == table.Chat {
		return &s.plan.Office
	}
	return &s.town.world.Channels[c.Number-1]
}

// postpone waits for another day on which a channel is open.
func (s *service) postpone(p *person, c *model.ChannelPlan, it item, channel uint8) {
	t := s.town
	if day := t.anotherDay(c, s.u(p, slotDeskDay)); day < t.world.Days {
		it.at, it.channel = t.world.Midnight[day+t.world.Warmup], channel
		t.remind(s.family, p, it)
	}
}

// join adds a contact of today. It reserves the customer's time for the wait and the call.
func (s *service) join(p *person, c model.DeskChannel, at int64, topic, attempt uint8,
	order int64) {
	t := s.town
	q := inquiry{p: p, at: at, order: order, event: unwritten, kind: c.Event, channel: c.Number,
		topic: topic, attempt: attempt, chance: s.u(p, slotOffered),
		id:       t.ids.id(ticketIDs, int(p.id), t.day+t.world.Warmup, int(attempt)),
		handling: s.span(&s.plan.Handling, s.u(p, slotHandling)),
		patience: s.span(&s.plan.Patience, s.u(p, slotPatience)),
		solves:   s.plan.Resolved.Hits(s.u(p, slotSolves))}
	busy := at
	if c.Event != table.ContactRequest {
		busy = min(at+q.patience+q.handling, t.dayEnd-1)
	}
	p.busyUntil = max(p.busyUntil, busy)
	s.book = append(s.book, q)
}

// touched turns calls in which a journey evaluates or asks something into calls to the desk.
func (s *service) touched(x *touch) {
	if x.plan.Does != model.Engage || x.channel.Touchpoint != table.Telephone {
		return
	}
	c, ok := s.channel(x.number)
	if !ok {
		return
	}
	t, p := s.town, x.p
	q := inquiry{p: p, at: x.at, order: none, event: unwritten, kind: c.Event, channel: c.Number,
		topic: model.TopicQuestion, attempt: 1, chance: s.inVisit(p, slotCallOffered),
		id: t.visitID(ticketIDs, p), handling: min(x.over-x.at, longest),
		patience: s.span(&s.plan.Patience, s.inVisit(p, slotCallPatience)),
		solves:   s.plan.Resolved.Hits(s.inVisit(p, slotCallSolves))}
	for i := len(t.rec.events) - 1; i >= 0 && !t.rec.silent && q.event == unwritten; i-- {
		if e := &t.rec.events[i]; e.kind == table.Call && e.person == p.id && e.at == x.at {
			q.event = i
		}
	}
	s.book = append(s.book, q)
}

// beforeDay starts a new list of contacts.
func (s *service) beforeDay() {
	s.opened += s.today
	s.today, s.morning, s.book = 0, s.desk.first(), s.book[:0]
}

// afterDay serves everybody, in the order of time.
func (s *service) afterDay() {
	slices.SortFunc(s.book, compared)
	for i := range s.book {
		q := &s.book[i]
		q.next = s.desk.first()
		if q.kind == table.ContactRequest {
			s.answer(q)
		} else {
			s.serve(q)
		}
	}
	s.today = s.open(s.town.dayEnd)
	s.closed = s.town.day
}

// compared orders contacts by time.
func compared(a, b inquiry) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.p.id, b.p.id), cmp.Compare(a.id, b.id))
}
