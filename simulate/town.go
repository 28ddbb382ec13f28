package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
)

// A town is a few thousand neighbours of one city, who live their days together.
type town struct {
	world  *model.World
	ids    *ids
	number int
	city   int
	people []person
	agenda agenda
	rec    *recorder // where what happens is written

	day      int   // being lived; below 0 in the warm-up
	dayStart int64 // µs UTC
	dayEnd   int64
	clock    []int32 // seconds from midnight at which the day's hours begin
	bends    [model.MaxStages + model.MaxChannels]draw.Log

	touching touch // the touch that happens, the order being placed and so on: kept here so that
	handing  touch // behaviors can look at them without an allocation
	ordering order
	closing  closedCart
	carrying item

	behaviors
	shadow *town // the same town in the factual world, where coupling is frozen
}

// newTown gathers the people of a town and finds each one's first need.
func newTown(rec *recorder, number int) *town {
	w := rec.world
	first := number * w.TownSize
	t := &town{world: w, ids: rec.ids, number: number, city: w.TownCity(number), rec: rec,
		people: make([]person, min(w.TownSize, w.Customers-first))}
	t.agenda = newAgenda(w.Warmup+w.Days, len(t.people))
	t.behaviors = newBehaviors(t)
	for i := range t.people {
		p := &t.people[i]
		t.birth(p, first+i)
		if day, ok := t.nextNeed(p, -w.Warmup-1); ok {
			t.agenda.add(day+w.Warmup, item{person: int32(i), errand: errandNeed})
		}
	}
	if w.Off != 0 && w.Coupling == model.CouplingFrozen {
		t.shadow = newTown(&recorder{world: w.Factual(), ids: rec.ids, silent: true}, number)
	}
	return t
}

// step lives one day: everybody who is due, one after the other.
func (t *town) step(day int) {
	w := t.world
	at := day + w.Warmup
	t.day, t.dayStart, t.dayEnd, t.clock = day, w.Midnight[at], w.Midnight[at+1], w.Clock[at]
	for _, b := range t.openers {
		b.beforeDay()
	}
	for {
		it, ok := t.agenda.take(at)
		if !ok {
			break
		}
		t.wake(&t.people[it.person], it)
	}
	for _, b := range t.closers {
		b.afterDay()
	}
}

func (t *town) wake(p *person, it item) {
	t.startDay(p)
	switch it.errand {
	case errandNeed:
		if day, ok := t.nextNeed(p, t.day); ok {
			t.agenda.add(day+t.world.Warmup, item{person: it.person, errand: errandNeed})
		}
		if t.free(p) && t.felt(p) { // on a journey, it is part of it
			t.begin(p)
		}
	case errandMove:
		if p.leaves == it.at && p.stage != idle && p.next == idle { // not hastened since
			t.move(p, it.at)
		}
	case errandArrive:
		t.arrive(p)
	case errandParcel:
		t.carrying = it
		t.deliver(p, &t.carrying)
	case errandBehavior:
		t.all[it.behavior].(waker).wake(p, it)
	}
}

// startDay lets a person's ids of the day count from 0 when she is first met on it.
func (t *town) startDay(p *person) {
	if p.day != int32(t.day) {
		p.day, p.today = int32(t.day), [cartIDs + 1]uint16{}
	}
}

// dayOf returns the day of a time that is not before today; ok is false after the last day.
func (t *town) dayOf(at int64) (day int, ok bool) { return t.world.DayNear(t.day, at) }

// openDay returns the first day from the given one on which a channel is open; ok is false when
// there is none left.
func (t *town) openDay(c *model.ChannelPlan, day int) (open int, ok bool) {
	w := t.world
	for range 7 {
		if day >= w.Days {
			return 0, false
		}
		if !c.Closed[w.Weekday[day+w.Warmup]] {
			return day, true
		}
		day++
	}
	return 0, false
}

// hour returns the local hour of a time of today.
func (t *town) hour(at int64) int { return model.HourOf(t.clock, at-t.dayStart) }

// open reports whether a channel is open at a time of today.
func (t *town) open(c *model.ChannelPlan, at int64) bool {
	return !c.Closed[t.world.Weekday[t.day+t.world.Warmup]] && c.Hours.Weight(t.hour(at)) > 0
}

// at returns a time of today by the hours of a channel, not before a given one; ok is false when
// the channel is closed for the rest of the day.
func (t *town) at(c *model.ChannelPlan, u uint64, earliest int64) (micros int64, ok bool) {
	if c.Closed[t.world.Weekday[t.day+t.world.Warmup]] {
		return 0, false
	}
	return t.moment(c, t.day, u, earliest)
}

// moment returns a time of a day on which a channel is open, by its hours and not before a given
// one; ok is false when it is closed for the rest of the day. The upper half of u chooses the hour,
// the lower the moment in it.
func (t *town) moment(c *model.ChannelPlan, day int, u uint64, earliest int64) (int64, bool) {
	w := t.world
	clock, start, end := w.Clock[day+w.Warmup], w.Midnight[day+w.Warmup], w.Midnight[day+w.Warmup+1]
	if earliest >= end-lastCall {
		return 0, false
	}
	first := 0
	if earliest > start {
		first = model.HourOf(clock, earliest-start)
	}
	h, ok := c.Hours.PickFrom(u, first)
	if !ok {
		return 0, false
	}
	for clock[h] == clock[h+1] || c.Hours.Weight(h) == 0 { // clocks skip it: the next
		if h++; h == 24 {
			return 0, false
		}
	}
	from := max(start+int64(clock[h])*second, earliest)
	to := min(start+int64(clock[h+1])*second, end-lastCall)
	return from + int64(draw.Below(u<<32, uint64(max(to-from, 1)))), true
}

// lastCall is the end of a day in which nothing begins any more, so that what has begun can end.
const lastCall = 2 * second

// closes returns when a channel that is open at a time of today closes.
func (t *town) closes(c *model.ChannelPlan, at int64) int64 {
	h := t.hour(at)
	for h < 24 && c.Hours.Weight(h) > 0 {
		h++
	}
	return t.dayStart + int64(t.clock[h])*second
}
