package simulate

import (
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// A desk is a team of agents with one queue, first come, first served.
type desk struct {
	free []int64 // when each agent will be free: a heap with the earliest on top
}

// first returns when the first agent will be free.
func (d *desk) first() int64 { return d.free[0] }

// take keeps the agent who is free first busy until a time.
func (d *desk) take(until int64) {
	free, i := d.free, 0
	free[0] = until
	for {
		least := 2*i + 1
		if least >= len(free) {
			return
		}
		if right := least + 1; right < len(free) && free[right] < free[least] {
			least = right
		}
		if free[i] <= free[least] {
			return
		}
		free[i], free[least] = free[least], free[i]
		i = least
	}
}

// serve is the Erlang-A queue: a customer waits until an agent is free, unless their patience ends
// first. A call keeps the agent busy for slow[0]/slow[1] times its length, and waits are shortened
// by the same factor. Customers must come in the order of time.
func (d *desk) serve(at, handling, patience int64, slow [2]int64) (wait int64, answered bool) {
	behind := max(d.first()-at, 0)
	wait = behind * slow[1] / slow[0]
	if wait > patience {
		return patience, false
	}
	d.take(at + behind + handling*slow[0]/slow[1])
	return wait, true
}

// slow is how much slower a town sees its desk at work: the people that the desk serves, relative
// to the town's own.
func (s *service) slow() [2]int64 { return [2]int64{s.plan.People, int64(len(s.town.people))} }

// open returns how long the desk has been open on this day until a time of it.
func (s *service) open(at int64) int64 {
	t, sum := s.town, int64(0)
	since, hours := at-t.dayStart, s.plan.Open[t.day+t.world.Warmup]
	for h := range 24 {
		if hours>>h&1 == 1 {
			from := int64(t.clock[h]) * second
			sum += min(max(since, from), int64(t.clock[h+1])*second) - from
		}
	}
	return sum
}

// waits returns how long a call or a chat waits and whether it is answered. Where customers do not
// affect each other, waits follow a law. Where coupling is frozen, each waits like somebody who
// joins the factual town's queue unseen, behind the same people for the same times.
func (s *service) waits(q *inquiry) (wait int64, answered bool) {
	at, slow := s.opened+s.open(q.at), s.slow()
	var of *service
	t := s.town.coupled()
	if t != nil && t != s.town {
		of = behaving[*service](t)
	}
	switch {
	case t == s.town:
		wait, answered = s.desk.serve(at, q.handling, q.patience, slow)
		q.next = s.desk.first()
		return wait, answered
	case of == nil:
		wait = s.span(&s.plan.Wait, q.chance)
	default:
		there, _ := slices.BinarySearchFunc(of.book, *q, compared)
		free := of.morning
		if there > 0 {
			free = of.book[there-1].next
		}
		wait = max(free-at, 0) * slow[1] / slow[0]
	}
	if wait > q.patience {
		return q.patience, false
	}
	return wait, true
}

// serve makes a call or a chat wait and, if it is answered, take place.
func (s *service) serve(q *inquiry) {
	t, p := s.town, q.p
	wait, answered := s.waits(q)
	q.wait, q.left = wait, !answered
	status, talk := table.TicketUnresolved, q.handling
	switch {
	case q.left:
		status, talk = table.TicketAbandoned, 0
	case q.solves:
		status = table.TicketResolved
	}
	s.record(q, talk)
	over := q.at + wait + talk
	s.ticket(q, over, status)
	over = min(over, t.dayEnd-1)
	if q.left || wait > s.plan.Long {
		t.feels(p, feltWait, min(q.at+wait, over))
	}
	s.settle(p, q.topic, q.attempt, q.order, over, q.left, answered && q.solves)
}

// record writes the event of a contact, or completes that of a call in a journey.
func (s *service) record(q *inquiry, talk int64) {
	t, e := s.town, (*event)(nil)
	switch {
	case q.event != unwritten:
		e = &t.rec.events[q.event]
	case q.topic == model.TopicQuestion && q.attempt == 1: // in the warm-up
		return
	default:
		e = t.say(q.p, q.channel, q.kind, model.CauseService, q.at)
		e.user, e.order = s.known(q), q.order
	}
	e.reason = uint16(s.plan.Reasons[q.topic])
	if q.kind != table.ContactRequest {
		e.duration = int32(min(talk, longest) / milli)
	}
}

// known returns the customer's user_id, if they had one when they got in touch.
func (s *service) known(q *inquiry) int64 {
	return s.town.userIf(q.p, q.p.known(q.at))
}

// ticket writes what the desk knows of a contact; what happens after the last day is left open.
func (s *service) ticket(q *inquiry, over int64, status uint32) {
	w := s.town.world
	end := w.End()
	wait, answered, handling := q.wait/milli, q.at+q.wait, q.handling/milli
	if q.left {
		answered, handling = none, none
	}
	if q.kind == table.ContactRequest { // a mail does not queue
		wait = none
	}
	if q.at+q.wait >= end {
		wait, answered, handling = none, none, none
	}
	if over >= end {
		over, handling, status = none, none, table.TicketOpen
	}
	s.town.rec.write(table.TableTickets, q.at, q.id, q.at, s.known(q), int64(q.channel),
		int64(q.topic)+1, q.order, wait, answered, handling, over, int64(status), int64(q.attempt))
}

// answer settles when a mail is answered, within the hours of the desk.
func (s *service) answer(q *inquiry) {
	t, p := s.town, q.p
	s.record(q, 0)
	due := q.at + s.plan.Response.Micros(draw.Threshold(q.chance), 0)
	due, ok := s.inOffice(p, due)
	status := table.TicketUnresolved
	if q.solves {
		status = table.TicketResolved
	}
	if !ok {
		due = t.world.End()
	}
	q.wait = due - q.at
	s.ticket(q, due, status)
	switch {
	case !ok:
	case due < t.dayEnd:
		s.reply(p, q.channel, q.topic, q.attempt, q.order, due, q.solves)
	default:
		solved := int32(0)
		if q.solves {
			solved = 1
		}
		t.remind(s.family, p, item{at: due, what: toReply, channel: q.channel, order: q.order,
			ref: solved<<16 | int32(q.topic)<<8 | int32(q.attempt)})
	}
}

// inOffice returns when something due at a time is done, within the hours in which mails are
// answered; ok is false when the world ends before.
func (s *service) inOffice(p *person, due int64) (int64, bool) {
	t, c := s.town, &s.plan.Office
	day, ok := t.dayOf(p, due)
	if !ok {
		return 0, false
	}
	at := day + t.world.Warmup
	hour := model.HourOf(&t.world.Clock[at], due-t.world.Midnight[at])
	if !c.Closed[at] && c.Hours.Weight(hour) > 0 {
		return due, true
	}
	_, due, ok = t.handOver(p, c, day, s.u(p, slotReplyHour), due)
	return due, ok
}

// reply sends the answer to a mail.
func (s *service) reply(p *person, channel, topic, attempt uint8, order, at int64, solved bool) {
	e := s.town.message(p, channel, table.ContactReply, model.CauseService, at)
	if e != nil {
		e.order, e.reason = order, uint16(s.plan.Reasons[topic])
		e.user = s.town.userIf(p, p.known(at))
	}
	s.settle(p, topic, attempt, order, at, false, solved)
}

// settle ends a contact: the matter is settled, or the customer tries again. A customer who only
// had a question during a journey, and has another matter to settle, drops the question.
func (s *service) settle(p *person, topic, attempt uint8, order, at int64, left, solved bool) {
	t := s.town
	if topic != model.TopicQuestion || attempt > 1 {
		s.matter[t.place(p)] = false
	}
	switch {
	case solved:
		t.feels(p, feltResolved, at)
		return
	case !left:
		t.feels(p, feltUnsolved, at)
	}
	if !s.matter[t.place(p)] && attempt < model.MostAttempts &&
		s.plan.Again.Hits(s.u(p, slotAgain)) {
		later := at + s.plan.AgainIn.Micros(draw.Threshold(s.u(p, slotAgainIn)), 0)
		s.plans(p, topic, attempt+1, order, max(later, t.dayEnd))
	}
}
