package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
)

// A town is a few thousand neighbours of one city, whose days are simulated together.
type town struct {
	world  *model.World
	ids    *ids
	number int
	city   int
	people []person

	onJourney []bool // by person: from the need to the journey's end

	agenda   agenda
	turnover agenda      // of the places
	former   []biography // of people who have left, and been in a place on a written day
	eager    []int32     // places of those who are asked every day for a need
	rec      *recorder   // where events are written

	day      int   // the present day; below 0 in the warm-up
	dayStart int64 // µs UTC
	dayEnd   int64
	clock    *model.Clock
	weekday  uint8  // of the present day; 0 is Sunday
	off      uint64 // channels that the world is without today, by place
	bends    [model.MaxStages + model.MaxChannels]draw.Log

	shopping shopping
	touching touch // the touch that happens, the order being placed and so on: kept here so that
	handing  touch // behaviors can look at them without an allocation
	ordering order
	closing  closedCart
	carrying item

	behaviors
	shadow *town // the same town in the factual world, where coupling is frozen
}

// newTown returns a town and, where coupling is frozen, its counterpart in the factual world.
func newTown(rec *recorder, number int) *town {
	t := newTownOf(rec, number)
	if w := rec.world; w.Off != 0 && w.Coupling == model.CouplingFrozen {
		t.shadow = newTownOf(newSilent(w.Factual(), rec.ids), number)
	}
	return t
}

// newTownOf returns a town by itself, whose places are filled on its first day.
func newTownOf(rec *recorder, number int) *town {
	w := rec.world
	first := number * w.TownSize
	t := &town{world: w, ids: rec.ids, number: number, city: w.TownCity(number), rec: rec,
		people: make([]person, min(w.TownSize, w.Customers-first))}
	t.onJourney = make([]bool, len(t.people))
	t.agenda = newAgenda(w.Warmup+w.Days, len(t.people))
	t.turnover = newAgenda(w.Warmup+w.Days, len(t.people)/4)
	t.behaviors = newBehaviors(t)
	return t
}

// step simulates one day: everybody who is due, one after the other.
func (t *town) step(day int) {
	w := t.world
	at := day + w.Warmup
	t.day, t.weekday, t.clock, t.off = day, w.Weekday[at], &w.Clock[at], w.OffOn(day)
	t.dayStart, t.dayEnd = w.Midnight[at], w.Midnight[at+1]
	if at == 0 {
		t.populate()
	}
	for _, b := range t.openers {
		b.beforeDay()
	}
	t.turn()
	t.askEager()
	for {
		it, ok := t.agenda.take(at)
		if !ok {
			break
		}
		if p := &t.people[it.person]; p.life == it.life { // the same person still
			t.wake(p, it)
		}
	}
	for _, b := range t.closers {
		b.afterDay()
	}
}

func (t *town) wake(p *person, it item) {
	t.startDay(p)
	switch it.errand {
	case errandNeed:
		t.expectNeed(p, slotNeed, t.day)
		if t.free(p) && t.felt(p, false) { // during a journey it is part of that
			t.begin(p)
		}
	case errandUrge:
		t.expectNeed(p, slotUrge, t.day)
		if t.free(p) && t.felt(p, true) {
			t.begin(p)
		}
	case errandMove:
		if p.leaves == it.at && p.stage != idle && p.next == idle { // not hastened since
			t.move(p, it.at)
		}
	case errandArrive:
		t.enter(p)
	case errandParcel:
		t.carrying = it
		t.deliver(p, &t.carrying)
	case errandBehavior:
		t.wakers[it.behavior].wake(p, it)
	}
}

// startDay makes a person's ids of the day count from 0, when the person first acts on it.
func (t *town) startDay(p *person) {
	if p.day != int16(t.day) {
		p.day, p.today = int16(t.day), [cartIDs + 1]uint16{}
	}
}

// dayOf returns the day of a time that is not before today, in the life of a person; ok is false
// after the last day and when somebody else has the place.
func (t *town) dayOf(p *person, at int64) (day int, ok bool) {
	day, ok = t.world.DayNear(t.day, at)
	return day, ok && day < p.until()
}

// enters enters an errand of a person in the agenda.
func (t *town) enters(p *person, day int, it item) {
	it.person, it.life = p.place, p.life
	t.agenda.add(day+t.world.Warmup, it)
}

// hour returns the local hour of a time of today.
func (t *town) hour(at int64) int { return model.HourOf(t.clock, at-t.dayStart) }
