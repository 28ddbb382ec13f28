package simulate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A part is a run of towns that one worker simulates, with the recorder they share.
type part struct {
	number int
	towns  []*town
	rec    *recorder
	day    int
	now    *town // the town being stepped, so that an error can name it
}

// settle fills the towns with people.
func (p *part) settle() {
	w := p.rec.world
	first := p.number * w.PartTowns
	for n := first; n < min(first+w.PartTowns, w.Towns); n++ {
		p.towns = append(p.towns, newTown(p.rec, n))
	}
}

// live simulates the days from one to before another: a town lives them all before the next one
// does, so that its people stay in the cache. It stops when ctx is done.
func (p *part) live(ctx context.Context, from, to int, opt *Options) error {
	for _, t := range p.towns {
		p.now = t
		for p.day = from; p.day < to; p.day++ {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			p.step(opt)
		}
	}
	p.now = nil
	return nil
}

// step simulates the present day in the present town.
func (p *part) step(opt *Options) {
	t := p.now
	p.rec.open(p.day, p.day < max(0, opt.From))
	if t.shadow != nil {
		t.shadow.step(p.day)
	}
	if opt.trouble != nil {
		opt.trouble(t.number, p.day)
	}
	before := len(p.rec.events)
	t.step(p.day)
	if opt.Identify {
		t.writeIdentified(p.rec.events[before:])
	}
}

// snapshot writes what is known at the end: customers, the truth about everybody, journeys under
// way. Customers come in the order of their public ids, which says nothing about who they are.
func (p *part) snapshot() {
	type known struct {
		id int64
		t  *town
		p  *biography
	}
	var customers []known
	for _, t := range p.towns {
		for i := range t.people {
			who := &t.people[i]
			if !who.seen() {
				continue
			}
			if who.stage != idle {
				t.writeJourney(who, none, table.OutcomeUnderWay)
			}
			t.former = append(t.former, t.biography(who))
		}
		for i := range t.former {
			who := &t.former[i]
			t.writePerson(who)
			t.writeIdentity(&who.person)
			t.writeHoldouts(&who.person)
			if who.knownSince != 0 {
				customers = append(customers, known{t.userID(&who.person), t, who})
			}
		}
	}
	slices.SortFunc(customers, func(a, b known) int { return cmp.Compare(a.id, b.id) })
	for _, c := range customers {
		c.t.writeCustomer(c.p)
	}
}

// seen reports whether a person who is in a place at the end was there on a written day.
func (p *person) seen() bool { return p.came != model.NoDay && (!p.left || p.until() > 0) }

// everybody lists who was there on the written days, by person_id.
func (t *town) everybody() (people []Inhabitant) {
	for i := range t.people {
		if p := &t.people[i]; p.seen() {
			people = append(people, Inhabitant{p.number(), p.segment})
		}
	}
	for i := range t.former {
		people = append(people, Inhabitant{t.former[i].number(), t.former[i].segment})
	}
	slices.SortFunc(people, func(a, b Inhabitant) int { return cmp.Compare(a.ID, b.ID) })
	return people
}

// writeIdentified writes the customers who identified themselves in today's events, as they stand
// now.
func (t *town) writeIdentified(today []event) {
	met := make(map[int32]bool)
	for i := range today {
		e := &today[i]
		switch e.kind {
		case table.SignUp, table.Login, table.Purchase:
			if e.user != none && !met[e.person] {
				met[e.person] = true
				known := t.biography(&t.people[int(e.person)%t.world.TownSize])
				t.writeCustomer(&known)
			}
		}
	}
}

func (t *town) writeCustomer(b *biography) {
	p := &b.person
	w, user, birthday := t.world, t.userID(p), birthDate(t.world, p)
	who := w.Locale.Person(uint64(user), t.city, time.Unix(birthday*86400, 0).UTC().Year())
	r := t.rec.row(table.TableCustomers)
	r.ints(user)
	r.texts(who.First, who.Last, who.Email, who.Phone)
	r.ints(birthday)
	r.texts(who.Street, who.PostalCode, who.City, who.Province, who.Country)
	r.bools(t.allowsMarketing(p, t.dayEnd), w.Profiling.Hits(selfOf(w, p).Draw(slotProfiling)))
	r.ints(p.firstSeen(), p.knownSince)
	r.codes(uint32(p.knownBy))
	if !p.card {
		r.texts("")
		r.codes(0)
		r.ints(none)
		return
	}
	r.texts(fmt.Sprintf("29%016d", t.ids.id(cardIDs, int(p.id), int(p.life), 0)))
	r.codes(b.tier)
	r.ints(b.points)
}

// standing returns the points of a card holder and the code of their tier, at the end of today: one
// point for each whole unit of currency ever spent with the card, unless an accountant keeps them.
func (t *town) standing(p *person) (points int64, tier uint32) {
	points, tier = p.points/100, 1
	for tier < uint32(len(model.TierPoints)) && points >= model.TierPoints[tier] {
		tier++
	}
	for _, a := range t.accountants {
		points, tier = a.standing(p, points, tier)
	}
	return min(points, math.MaxInt32), tier
}

// firstSeen returns when we first saw a customer, even if we did not know them yet: the first visit
// on a device that was later linked to them, or when they became known.
func (p *person) firstSeen() int64 {
	first := p.knownSince
	for i, used := range p.devices {
		if p.linked[i] && used < first {
			first = used
		}
	}
	return first
}

func (t *town) writePerson(b *biography) {
	p, r := &b.person, t.rec.row(table.TableTruthPeople)
	r.ints(p.number(), t.userIf(p, p.knownSince != 0))
	r.codes(uint32(p.segment) + 1)
	r.ints(model.TownCode(t.number))
	r.codes(uint32(t.city) + 1)
	r.ints(birthDate(t.world, p), t.arrivedAt(p), t.leftAt(p), needRate(t.world, p))
	for _, trait := range p.traits[model.TraitConversion:] {
		r.ints(int64(trait) * 10_000 >> 16)
	}
	r.ints(int64(p.journeys), int64(p.allOrders), p.spent, b.satisfaction)
	r.codes(b.class)
	r.ints(b.churned, b.dormant, b.back)
	r.texts(strings.Join(t.world.ChannelsOf(p.met), "+"))
}

// needRate returns needs a year, times 10,000, from the mean days to a need when all bends are at
// their most.
func needRate(w *model.World, p *person) int64 {
	const yearTimesLn2 = 2654700911455 // 365.25 × ln 2 × 10,000 with 20 fractional bits
	return int64(yearTimesLn2 / max(p.patience, 1))
}

func (t *town) writeIdentity(p *person) {
	add := func(kind uint32, id, from int64) {
		if from == 0 {
			return
		}
		r := t.rec.row(table.TableTruthIdentity)
		r.codes(kind)
		r.ints(id, p.number(), from, none)
	}
	for i, from := range p.devices {
		add(table.IdentifierDevice, t.deviceID(p, table.Device(i+1)), from)
	}
	add(table.IdentifierUser, t.userID(p), p.knownSince)
}

// writeHoldouts writes of which campaigns a person is in the control group.
func (t *town) writeHoldouts(p *person) {
	for i := range t.world.Campaigns {
		if t.world.Campaigns[i].HoldsOut(p.number(), t.city, p.segment) {
			r := t.rec.row(table.TableTruthHoldouts)
			r.codes(uint32(i) + 1)
			r.ints(p.number())
		}
	}
}
