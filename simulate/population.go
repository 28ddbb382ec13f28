package simulate

import (
	"math/bits"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// How people come and go.
//
// A town has places, each with an endless succession of people. A person stays for an exponential
// time; then the place is vacant for some weeks, in which what they have begun ends, and the next
// person arrives. All of it follows from keys of the place, so that it is the same in every world,
// whatever the number of customers or days.
//
// The first day finds the market as any later day would: each place has somebody who arrived an
// exponential time ago, or is vacant, and who has a past (see past).

// populate finds out, on the first day, who is in each place.
func (t *town) populate() {
	w := t.world
	for i := range t.people {
		p := &t.people[i]
		t.birth(p, i, 0, t.day)
		from, to := w.Opens(selfOf(w, p).Draw(slotOpens) >> 32)
		switch vacant := t.vacant(p); {
		case from > t.day:
			t.empty(p, from)
		case vacant > 0:
			t.empty(p, t.day+vacant)
		default:
			p.came = int32(t.day - t.tenure(p))
			t.begins(p, t.day-1, to)
			t.past(p)
		}
	}
}

// empty leaves a place empty until a day on which its first person arrives.
func (t *town) empty(p *person, until int) {
	p.came, p.goes = model.NoDay, int32(until-model.Vacancy)
	t.leave(p)
	t.turns(p, until)
}

// vacant returns for how many days from the first on a place is still empty, usually 0.
func (t *town) vacant(p *person) int {
	stay := t.stay(p) >> seasonBits
	u := draw.Below(selfOf(t.world, p).Draw(slotVacant), stay+model.Vacancy)
	return max(model.Vacancy-int(min(u, model.Vacancy)), 0)
}

// stay is the mean stay of a person, in days with 20 fractional bits.
func (t *town) stay(p *person) uint64 {
	const perLn2 = 6196328019 // 1/ln 2 with 32 fractional bits
	hi, lo := bits.Mul64(t.world.Segments[p.segment].Stay, perLn2)
	return hi<<32 | lo>>32
}

// seasonBits are the fractional bits of mean days.
const seasonBits = 20

// tenure draws how many days ago somebody arrived who is there on the first day: not as a child,
// and at most twenty years ago. What is left of an exponential time after whole periods is the same
// law, cut off at a period.
func (t *town) tenure(p *person) int {
	const child, oldest = 14 * 366, 20 * 365
	grown := t.world.Scenario.Start.Days() + int64(t.day) - birthDate(t.world, p) - child
	most := uint64(min(max(grown, 1), oldest))
	days, _ := waiting(selfOf(t.world, p).Draw(slotTenure), t.world.Segments[p.segment].Stay)
	return int(days >> seasonBits % most)
}

// waiting returns an exponential time, in mean days with 20 fractional bits; not ok is longer than
// any calendar. The mean is times ln 2.
func waiting(u, mean uint64) (days uint64, ok bool) {
	threshold := uint64(64*draw.One - draw.Log2(max(u, 1))) // -log2 u, 32 fractional bits
	hi, lo := bits.Mul64(threshold, mean)
	return hi<<32 | lo>>32, hi>>30 == 0
}

// begins lets a person live in the market from the day after the given one, until they leave or the
// place closes.
func (t *town) begins(p *person, after, closes int) {
	p.goes = int32(min(closes, model.NoDay))
	u := selfOf(t.world, p).Draw(slotDeparts + uint64(after+t.world.Warmup+1))
	if days, ok := waiting(u, t.world.Segments[p.segment].Stay); ok {
		if day, ok := t.world.DepartureDay(after, days); ok {
			p.goes = min(p.goes, int32(day))
		}
	}
	t.turns(p, int(p.goes))
	for _, l := range t.arrivals {
		l.arrives(p)
	}
	t.expectNeed(p, slotNeed, after)
	if t.world.NeedBound > 0 {
		t.expectNeed(p, slotUrge, after)
	}
}

// turns enters in the agenda of the town that somebody leaves a place, or arrives there.
func (t *town) turns(p *person, day int) {
	if day < t.world.Days {
		t.turnover.add(day+t.world.Warmup, item{person: p.place})
	}
}

// turn lets those leave and arrive who do so today.
func (t *town) turn() {
	for {
		it, ok := t.turnover.take(t.day + t.world.Warmup)
		if !ok {
			return
		}
		if p := &t.people[it.person]; p.left {
			t.replace(p)
		} else {
			t.leave(p)
			t.turns(p, p.until())
		}
	}
}

// leave makes a person feel no needs any more.
func (t *town) leave(p *person) {
	p.left = true
	for _, l := range t.departures {
		l.departs(p)
	}
}

// until is the day on which the next person may take the place.
func (p *person) until() int { return int(p.goes) + model.Vacancy }

// replace ends what a person who has left had still begun, and lets the next one arrive, unless the
// place is closed.
func (t *town) replace(p *person) {
	_, closes := t.world.Opens(t.placeKey(p).Draw(slotOpens) >> 32)
	if t.day >= closes {
		return
	}
	if p.came == model.NoDay { // the first
		t.birth(p, int(p.place), 0, t.day)
	} else {
		if p.stage != idle {
			t.end(p, t.dayStart, 0)
		}
		if t.day > 0 {
			t.former = append(t.former, t.biography(p))
		}
		t.birth(p, int(p.place), int(p.life)+1, t.day)
	}
	t.onJourney[p.place] = false
	t.calms(p.place)
	t.begins(p, t.day, closes)
}

// calms forgets that somebody in a place was eager.
func (t *town) calms(place int32) {
	t.eager = slices.DeleteFunc(t.eager, func(one int32) bool { return one == place })
}

// placeKey is the key of a place: that of the first person in it.
func (t *town) placeKey(p *person) draw.Key { return personKey(t.world, p.id, 0) }

// personKey is the key of the nth person, from 0, in a place: of who they are.
func personKey(w *model.World, place int32, nth int) draw.Key {
	return w.Key.With(model.KeyPeople).With(uint64(place) | uint64(nth)<<32)
}

// selfOf is the key of who a person is: the same whatever the luck of the world.
func selfOf(w *model.World, p *person) draw.Key {
	if w.Luck == 1 {
		return p.key
	}
	return personKey(w, p.id, int(p.life))
}

// luckOf is the key of what happens to a person: with a luck of 1 that of who they are.
func luckOf(w *model.World, own draw.Key) draw.Key {
	if w.Luck == 1 {
		return own
	}
	return own.With(keyLuck + w.Luck)
}

// keyLuck, + luck, is under a person's key that of what happens to them.
const keyLuck = 1 << 61

// forever is longer than any world.
const forever = 1 << 53

// aDay is a mean day in micro-seconds.
const aDay = 24 * 3600 * second

// keyPast, + number, is under a person's key that of an order of the past.
const keyPast = 1 << 62

// mostPast bounds the orders of somebody's past.
const mostPast = 1 << 12

// past gives a person who is there on the first day what they have done since they arrived: orders,
// by a Poisson process as long as nobody says that they have stopped, and becoming known.
func (t *town) past(p *person) {
	plan := &t.world.Population.Past
	if !plan.On {
		return
	}
	arrived := t.dayStart - int64(t.day-int(p.came))*aDay
	orders, own := uint64(0), selfOf(t.world, p)
	for at := arrived; orders < mostPast; orders++ {
		if at = nextPast(at, own.Draw(slotPast+orders), p.patience, plan.Orders); at >= t.dayStart {
			break
		}
		key, until := own.With(keyPast+orders), at
		for _, l := range t.pasts {
			until = max(until, l.hadOrdered(p, key, at))
		}
		at = until
	}
	p.buyer = p.buyer || orders > 0
	if at := nextPast(arrived, own.Draw(slotPastKnown), p.patience, plan.Known); at < t.dayStart {
		by := table.IdentifiedByLogin
		if orders > 0 {
			by = table.IdentifiedByOrder
			p.card = t.world.LoyaltyCard.Hits(own.Draw(slotPastCard))
		}
		p.uses(table.Device(p.home+1), at)
		p.linked[p.home] = true
		t.becomeKnown(p, by, at)
	}
}

// nextPast returns when a Poisson process of a rate relative to a person's needs has its next event
// after a time, in waking hours.
func nextPast(at int64, u, patience uint64, rate draw.Log) int64 {
	if rate == model.Never {
		return forever
	}
	days, ok := waiting(u, draw.Scale(patience, -rate))
	if !ok || days > 100*366<<seasonBits {
		return forever
	}
	at += int64(days) * (aDay >> seasonBits)
	const morning, waking = 8 * 3600 * second, 12 * 3600 * second
	return at - at%aDay + morning + at%aDay*waking/aDay
}

// A biography is what is written of a person at the end of their time in the market or of the days.
type biography struct {
	person
	portrait
	class  uint32
	points int64
	tier   uint32
}

// biography is that of a person as of now.
func (t *town) biography(p *person) biography {
	b := biography{person: *p, class: t.class(p),
		portrait: portrait{satisfaction: none, churned: none, dormant: none, back: none}}
	for _, one := range t.portrayers {
		b.portrait = one.portray(p, b.portrait)
	}
	b.points, b.tier = t.standing(p)
	return b
}

// number is the person_id.
func (p *person) number() int64 { return model.PersonID(int(p.id), int(p.life)) }

// arrivedAt is when the person arrived.
func (t *town) arrivedAt(p *person) int64 {
	w := t.world
	if int(p.came) >= -w.Warmup {
		return w.Midnight[int(p.came)+w.Warmup]
	}
	return w.Midnight[0] - int64(-w.Warmup-int(p.came))*aDay
}

// leftAt is when the person left, or none.
func (t *town) leftAt(p *person) int64 {
	if !p.left {
		return none
	}
	return t.world.Midnight[int(p.goes)+t.world.Warmup]
}
