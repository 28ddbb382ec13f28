package simulate

import (
	"math/bits"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// A spending is what a source has cost in this town.
type spending struct {
	contacts, clicks int64 // today
	owed             int64 // not yet paid, 1/1000 cents
	paid             int64 // cents, from a budget
}

// counts counts what is shown, sent and clicked of an advertised channel, whoever caused it: spend
// tells what events tell.
func (a *advertising) counts(e *event) {
	place := a.plan.Place[e.channel-1]
	if place == 0 {
		return
	}
	source := a.plan.Channels[place-1].Always
	if e.campaign != 0 {
		source = int(a.plan.Source[e.campaign-1]) - 1
	}
	if e.kind == table.Click {
		a.spent[source].clicks++
	} else {
		a.spent[source].contacts++
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
		n.contacts += a.unclicked(i, n.clicks)
		n.owed += a.plan.Cost(t.world, s.Channel, t.day, n.contacts, n.clicks)
		cents := n.owed / 1000
		if s.Budget > 0 {
			cents = min(cents, a.budget(s)-n.paid)
		}
		n.owed -= cents * 1000
		n.paid += cents
		t.rec.write(table.TableSpend, t.dayStart, a.plan.Date+int64(t.day), int64(s.Campaign),
			int64(c.Channel), model.TownCode(t.number), int64(t.city)+1, n.contacts, n.clicks, cents)
		n.contacts, n.clicks = 0, 0
	}
}

// unclicked draws how many impressions of a source today were not clicked, where only the platform
// knows: before each click a geometric number, as each impression is clicked or not by itself.
func (a *advertising) unclicked(source int, clicks int64) (n int64) {
	t := a.town
	chance := a.plan.Channels[a.plan.Sources[source].Channel].Unclicked
	if chance == 0 {
		return 0
	}
	key := t.world.Key.With(model.KeySpend).With(uint64(t.number)).With(uint64(t.day + t.world.Warmup))
	for i := range clicks {
		u := max(key.Draw(uint64(source)<<32+uint64(i)), 1)
		n += int64((draw.Log2(u) - 64*draw.One) / chance)
	}
	return n
}

// budget is what this town may spend of a campaign's budget, by people.
func (a *advertising) budget(s *model.AdSource) int64 {
	return portion(s.Budget, int64(len(a.town.people)), max(s.People, 1))
}

// portion returns a fraction of an amount, rounded down.
func portion(amount, of, all int64) int64 {
	hi, lo := bits.Mul64(uint64(amount), uint64(of))
	q, _ := bits.Div64(hi, lo, uint64(all))
	return int64(q)
}
