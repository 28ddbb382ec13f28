package worlds

import (
	"cmp"
	"slices"

	"github.com/percorso/percorso/simulate"
)

// Statuses say what became of an order in the world without a channel.
var Statuses = []string{"same", "lost", "gained", "later", "earlier", "smaller", "larger",
	"elsewhere"}

const (
	same = iota
	lost
	gained
	later
	earlier
	smaller
	larger
	elsewhere
)

// A Fate is an order and what became of it without a player.
type Fate struct {
	Without int                // the player
	Order   *simulate.Purchase // nil: there is none with the player
	Other   *simulate.Purchase // nil: there is none without
	Status  int                // place in Statuses
}

// Rules of the match, in µs.
const (
	day    = 24 * 3600 * 1_000_000
	window = 30 * day // an order of another need that is nearer than this may stand for a lost one
)

// fates says for each player what became of the orders of a town without it.
func (p *Plan) fates(ledgers []*simulate.Ledger) (fates []Fate) {
	masks := p.coalitions()
	for d := range p.Players {
		without := slices.Index(masks, p.all()&^(1<<d))
		fates = append(fates, match(d, ledgers[0], ledgers[without])...)
	}
	return fates
}

// match pairs the orders of the same people in two worlds. Ids alone do not do: a person who has
// lost one need may have another. First the orders of the same need are paired, in the order of
// time; then each order that is left with the nearest that is left of the same person, if it is
// nearer than 30 days. What is still left was lost, or gained.
func match(without int, with, other *simulate.Ledger) (fates []Fate) {
	as, bs := sorted(with), sorted(other)
	for len(as) > 0 || len(bs) > 0 {
		var person int64
		switch {
		case len(bs) == 0 || len(as) > 0 && as[0].Person <= bs[0].Person:
			person = as[0].Person
		default:
			person = bs[0].Person
		}
		var a, b []*simulate.Purchase
		a, as = ordersOf(as, person)
		b, bs = ordersOf(bs, person)
		fates = append(fates, matchOne(without, a, b)...)
	}
	return fates
}

// sorted lists orders by person and time.
func sorted(l *simulate.Ledger) []*simulate.Purchase {
	orders := make([]*simulate.Purchase, len(l.Orders))
	for i := range l.Orders {
		one := l.Orders[i] // a copy: the ledger's orders will be moved
		orders[i] = &one
	}
	slices.SortFunc(orders, func(a, b *simulate.Purchase) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return orders
}

// ordersOf splits off the orders of a person.
func ordersOf(orders []*simulate.Purchase, person int64) (theirs, rest []*simulate.Purchase) {
	n := 0
	for n < len(orders) && orders[n].Person == person {
		n++
	}
	return orders[:n], orders[n:]
}

// matchOne pairs the orders of a person.
func matchOne(without int, as, bs []*simulate.Purchase) (fates []Fate) {
	taken := make([]bool, len(bs))
	pair := make([]int, len(as))
	for i, a := range as {
		pair[i] = slices.IndexFunc(bs, func(b *simulate.Purchase) bool { return b.Need == a.Need })
		for pair[i] >= 0 && pair[i] < len(bs) && (taken[pair[i]] || bs[pair[i]].Need != a.Need) {
			pair[i]++
		}
		if pair[i] >= 0 && pair[i] < len(bs) {
			taken[pair[i]] = true
		} else {
			pair[i] = -1
		}
	}
	for i, a := range as {
		if pair[i] >= 0 {
			continue
		}
		best := int64(window)
		for j, b := range bs {
			if apart := max(b.At-a.At, a.At-b.At); !taken[j] && apart < best {
				pair[i], best = j, apart
			}
		}
		if pair[i] >= 0 {
			taken[pair[i]] = true
		}
	}
	for i, a := range as {
		f := Fate{Without: without, Order: a, Status: lost}
		if pair[i] >= 0 {
			f.Other = bs[pair[i]]
			f.Status = compare(a, f.Other)
		}
		fates = append(fates, f)
	}
	for j, b := range bs {
		if !taken[j] {
			fates = append(fates, Fate{Without: without, Other: b, Status: gained})
		}
	}
	return fates
}

// compare says how an order differs without a player: first in time, by more than a day, then in
// what was paid or bought, then in the channel.
func compare(with, without *simulate.Purchase) int {
	switch {
	case without.At > with.At+day:
		return later
	case without.At < with.At-day:
		return earlier
	case without.Gross < with.Gross:
		return smaller
	case without.Gross > with.Gross:
		return larger
	case without.Channel != with.Channel || without.Goods != with.Goods:
		return elsewhere
	}
	return same
}
