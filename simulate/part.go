package simulate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/percorso/percorso/model"
)

// A part is a run of towns that one worker lives through, with the daybook they share.
type part struct {
	world *model.World
	towns []*town
	book  *daybook
	now   *town // being stepped, so that a failure can name it
}

func newPart(w *model.World, ids *ids, number int) *part {
	p := &part{world: w, book: newDaybook(w, ids, number)}
	first := number * w.PartTowns
	for n := first; n < min(first+w.PartTowns, w.Towns); n++ {
		p.towns = append(p.towns, newTown(w, ids, n, p.book))
	}
	return p
}

// step lives one day in every town.
func (p *part) step(day int, opt *Options) {
	p.book.silent = day < 0
	for _, t := range p.towns {
		p.now = t
		if opt.trouble != nil {
			opt.trouble(t.number, day)
		}
		t.step(day)
	}
	p.now = nil
}

// snapshot writes what is known at the end: customers, the truth about everybody, journeys under way. Customers
// come in the order of their public ids, which says nothing about who they are.
func (p *part) snapshot() {
	type known struct {
		id int64
		t  *town
		p  *person
	}
	var customers []known
	for _, t := range p.towns {
		for i := range t.people {
			who := &t.people[i]
			if who.stage != idle {
				t.writeJourney(who, none)
			}
			t.writePerson(who)
			t.writeIdentity(who)
			if who.knownSince != 0 {
				customers = append(customers, known{t.userID(who), t, who})
			}
		}
	}
	slices.SortFunc(customers, func(a, b known) int { return cmp.Compare(a.id, b.id) })
	for _, c := range customers {
		c.t.writeCustomer(c.p)
	}
}

func (t *town) writeCustomer(p *person) {
	r, ok := t.book.row(model.TableCustomers)
	if !ok {
		return
	}
	w := t.world
	born := birthDate(w, p)
	who := w.Locale.Person(p.key.Draw(slotIdentity), t.city, 1970+int(born*4/1461))
	r.int(t.userID(p))
	for _, text := range []string{who.First, who.Last, who.Email, who.Phone} {
		r.text(text)
	}
	r.int(born)
	for _, text := range []string{who.Street, who.PostalCode, who.City, who.Province, who.Country} {
		r.text(text)
	}
	r.bool(w.Marketing.Hits(p.key.Draw(slotMarketing)))
	r.bool(w.Profiling.Hits(p.key.Draw(slotProfiling)))
	r.int(p.firstSeen)
	r.int(p.knownSince)
	r.code(uint32(p.knownBy))
	if !p.card {
		r.text("")
		r.code(0)
		r.int(none)
		return
	}
	points := p.points / 100
	tier := uint32(1)
	for tier < uint32(len(model.TierPoints)) && points >= model.TierPoints[tier] {
		tier++
	}
	r.text(fmt.Sprintf("29%011d", p.key.Draw(slotIdentity+1)%100_000_000_000))
	r.code(tier)
	r.int(points)
}

func (t *town) writePerson(p *person) {
	r, ok := t.book.row(model.TableTruthPeople)
	if !ok {
		return
	}
	r.int(int64(p.id) + 1)
	r.int(t.userIf(p, p.knownSince != 0))
	r.code(uint32(p.segment) + 1)
	r.int(int64(t.number))
	r.code(uint32(t.city) + 1)
	r.int(birthDate(t.world, p))
	r.int(needRate(p))
	for trait := model.TraitConversion; trait <= model.TraitHaste; trait++ {
		r.int(int64(p.traits[trait]) * 10_000 >> 16)
	}
	r.int(int64(p.journeys))
	r.int(int64(p.allOrders))
	r.int(p.spent)
}

// needRate returns needs a year, times 10,000, from the mean days to one.
func needRate(p *person) int64 {
	const yearTimesLn2 = 2654700911455 // 365.25 × ln 2 × 10,000 with 20 fractional bits
	return yearTimesLn2 / max(int64(p.patience), 1)
}

func (t *town) writeIdentity(p *person) {
	add := func(kind uint32, id, from int64) {
		if from == 0 {
			return
		}
		if r, ok := t.book.row(model.TableTruthIdentity); ok {
			r.code(kind)
			r.int(id)
			r.int(int64(p.id) + 1)
			r.int(from)
			r.int(none)
		}
	}
	for i, from := range p.devices {
		add(model.KindDevice, t.deviceID(p, model.Device(i+1)), from)
	}
	add(model.KindUser, t.userID(p), p.knownSince)
}

// writeJourney writes the journey she is on; without an end it is still under way.
func (t *town) writeJourney(p *person, end int64) {
	r, ok := t.book.row(model.TableTruthJourneys)
	if !ok {
		return
	}
	outcome := model.OutcomeUnderWay
	if end != none {
		outcome = model.OutcomeGaveUp
		if p.orders > 0 {
			outcome = model.OutcomePurchased
		}
	}
	r.int(t.journeyID(p))
	r.int(int64(p.id) + 1)
	r.code(uint32(p.category) + 1)
	r.int(p.began)
	r.int(end)
	r.code(uint32(p.stage))
	r.int(int64(p.touches))
	r.int(int64(p.orders))
	r.code(outcome)
	r.code(p.bought)
}
