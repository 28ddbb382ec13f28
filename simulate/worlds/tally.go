package worlds

import (
	"cmp"
	"math/big"
	"math/bits"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// A Tally adds up what happened in all worlds of a part of the market, of a shard or of all of it.
// It is in whole numbers, so that the order in which tallies are added does not matter.
type Tally struct {
	Couplings []Sums `json:"couplings"` // in the order of Plan.Couplings
	Draws     []Draw `json:"draws,omitempty"`

	Holdouts []Experiment `json:"holdouts,omitempty"` // by player
	Trials   []Experiment `json:"trials,omitempty"`   // of campaigns, in the order of Plan.trials
}

// Sums are those of all coalitions under one coupling.
type Sums struct {
	Units   int64     `json:"units"` // customers or, under live coupling, towns
	Worlds  []World   `json:"worlds"`
	LOO     []Squares `json:"loo"`      // squares of the effects of a unit, by player
	First   []Squares `json:"first_in"` // likewise
	Shapley []Squares `json:"shapley,omitempty"`
	All     Squares   `json:"total"`
	None    Squares   `json:"baseline"`
}

// A World is the outcomes in the world of a coalition, and what advertising cost in it.
type World struct {
	Cells Cells                 `json:"cells"`
	Spend [horizonCount]int64   `json:"spend"` // cents
	Own   [][horizonCount]int64 `json:"own"`   // of each player
}

// A Draw is the worlds of all players, of all but one and of none with some luck.
type Draw struct {
	Worlds []World `json:"worlds"`
}

// Squares are sums of squares, by cell.
type Squares [len(Cells{})]Square

// A Square is a sum of squares, of 128 bits: the upper half first.
type Square [2]uint64

// add adds the square of a number.
func (s *Square) add(n int64) {
	if n < 0 {
		n = -n
	}
	hi, lo := bits.Mul64(uint64(n), uint64(n))
	s.plus(Square{hi, lo})
}

func (s *Square) plus(o Square) {
	var carry uint64
	s[1], carry = bits.Add64(s[1], o[1], 0)
	s[0] += o[0] + carry
}

// int returns the sum as a big number.
func (s Square) int() *big.Int {
	n := new(big.Int).SetUint64(s[0])
	return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(s[1]))
}

func (t *Squares) add(c *Cells) {
	for i, v := range c {
		if v != 0 {
			t[i].add(v)
		}
	}
}

func (t *Squares) plus(o *Squares) {
	for i := range t {
		t[i].plus(o[i])
	}
}

// NewTally returns the empty tally of a plan.
func (p *Plan) NewTally() *Tally {
	t := &Tally{}
	k := len(p.Players)
	for range p.Couplings {
		s := Sums{Worlds: p.newWorlds(len(p.coalitions())), LOO: make([]Squares, k),
			First: make([]Squares, k)}
		if p.Every {
			s.Shapley = make([]Squares, k)
		}
		t.Couplings = append(t.Couplings, s)
	}
	for range p.Draws {
		t.Draws = append(t.Draws, Draw{Worlds: p.newWorlds(k + 2)})
	}
	if p.Holdout > 0 {
		t.Holdouts = make([]Experiment, k)
	}
	t.Trials = make([]Experiment, len(p.trials()))
	return t
}

func (p *Plan) newWorlds(n int) []World {
	worlds := make([]World, n)
	for i := range worlds {
		worlds[i].Own = make([][horizonCount]int64, len(p.Players))
	}
	return worlds
}

// Add adds the tally of another part of the market under the same plan.
func (t *Tally) Add(o *Tally) {
	for i := range t.Couplings {
		t.Couplings[i].plus(&o.Couplings[i])
	}
	for i := range t.Draws {
		addWorlds(t.Draws[i].Worlds, o.Draws[i].Worlds)
	}
	for i := range t.Holdouts {
		t.Holdouts[i].plus(&o.Holdouts[i])
	}
	for i := range t.Trials {
		t.Trials[i].plus(&o.Trials[i])
	}
}

// Fits reports whether another tally, perhaps a stranger's, is of the same plan.
func (t *Tally) Fits(o *Tally) bool {
	if len(t.Couplings) != len(o.Couplings) || len(t.Draws) != len(o.Draws) ||
		len(t.Holdouts) != len(o.Holdouts) || len(t.Trials) != len(o.Trials) {
		return false
	}
	for i := range t.Couplings {
		a, b := &t.Couplings[i], &o.Couplings[i]
		if !fit(a.Worlds, b.Worlds) || len(a.LOO) != len(b.LOO) || len(a.First) != len(b.First) ||
			len(a.Shapley) != len(b.Shapley) {
			return false
		}
	}
	for i := range t.Draws {
		if !fit(t.Draws[i].Worlds, o.Draws[i].Worlds) {
			return false
		}
	}
	return true
}

func fit(a, b []World) bool {
	return slices.EqualFunc(a, b, func(a, b World) bool { return len(a.Own) == len(b.Own) })
}

func addWorlds(to, from []World) {
	for i := range to {
		a, b := &to[i], &from[i]
		a.Cells.plus(&b.Cells)
		for h := range a.Spend {
			a.Spend[h] += b.Spend[h]
			for d := range a.Own {
				a.Own[d][h] += b.Own[d][h]
			}
		}
	}
}

func (s *Sums) plus(o *Sums) {
	s.Units += o.Units
	addWorlds(s.Worlds, o.Worlds)
	for _, lists := range [][2][]Squares{{s.LOO, o.LOO}, {s.First, o.First}, {s.Shapley, o.Shapley}} {
		for d := range lists[0] {
			lists[0][d].plus(&lists[1][d])
		}
	}
	s.All.plus(&o.All)
	s.None.plus(&o.None)
}

// town adds a town: its ledgers by group, as Plan.groups lists the worlds.
func (t *Tally) town(p *Plan, groups [][]*simulate.Ledger) {
	masks := p.coalitions()
	for i, c := range p.Couplings {
		t.Couplings[i].town(p, masks, groups[i], c == model.CouplingLive)
	}
	if p.Holdout > 0 {
		t.holdout(p, masks, groups[0])
	}
	if with := p.trials(); len(with) > 0 {
		t.trials(p, with, groups[len(groups)-1])
	}
	for r := range t.Draws {
		for n, l := range groups[len(p.Couplings)+r] {
			w := &t.Draws[r].Worlds[n]
			w.spends(p, l)
			for i := range l.Orders {
				w.Cells.buys(&l.Orders[i])
			}
			for i := range l.Renewals {
				w.Cells.add(Renewals, true, l.Renewals[i].Half, 1)
			}
		}
	}
}

// spends adds what the advertising of a town cost.
func (w *World) spends(p *Plan, l *simulate.Ledger) {
	names := channelNames(p.World)
	for i := range l.Spend {
		d := slices.Index(p.Players, names[i])
		for h, cents := range l.Spend[i].Cost {
			w.Spend[h] += cents
			if d >= 0 {
				w.Own[d][h] += cents
			}
		}
	}
}

// town adds a town, whose customers are the units or which is one as a whole.
func (s *Sums) town(p *Plan, masks []uint32, ledgers []*simulate.Ledger, together bool) {
	e := p.effects(masks)
	for n, l := range ledgers {
		s.Worlds[n].spends(p, l)
		slices.SortStableFunc(l.Orders, func(a, b simulate.Purchase) int {
			return cmp.Compare(a.Place, b.Place)
		})
		slices.SortStableFunc(l.Renewals, func(a, b simulate.Renewed) int {
			return cmp.Compare(a.Place, b.Place)
		})
	}
	units := ledgers[0].Places
	if together {
		units = 1
	}
	s.Units += int64(units)
	orders, renewals := make([]int, len(ledgers)), make([]int, len(ledgers))
	unit := make([]Cells, len(ledgers))
	for place := range units {
		clear(unit)
		met := false
		for n, l := range ledgers {
			for at := &orders[n]; *at < len(l.Orders) &&
				(together || int(l.Orders[*at].Place) == place); *at++ {
				unit[n].buys(&l.Orders[*at])
				met = true
			}
			for at := &renewals[n]; *at < len(l.Renewals) &&
				(together || int(l.Renewals[*at].Place) == place); *at++ {
				unit[n].add(Renewals, true, l.Renewals[*at].Half, 1)
				met = true
			}
		}
		if met {
			s.unit(e, unit)
		}
	}
}

// unit adds a customer, or a town.
func (s *Sums) unit(e *effects, worlds []Cells) {
	for n := range worlds {
		s.Worlds[n].Cells.plus(&worlds[n])
	}
	square := func(to *Squares, terms []term) {
		c := sumOf(terms, worlds)
		to.add(&c)
	}
	for d := range s.LOO {
		square(&s.LOO[d], e.loo[d])
		square(&s.First[d], e.first[d])
		if s.Shapley != nil {
			square(&s.Shapley[d], e.shapley[d])
		}
	}
	square(&s.All, e.all)
	square(&s.None, e.none)
}
