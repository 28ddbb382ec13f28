package worlds

import (
	"context"
	"math"
	"math/big"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// Twins are a market as it is, the control, and the same market with the same people under an
// intervention, the treated one.
type Twins struct {
	Control, Treated *model.World
	Coupling         model.Coupling // how people affect each other in the treated market
	Draws            int            // how often needs, journeys and contacts are drawn anew
}

// Check reports why the two markets cannot be compared person by person.
func (t *Twins) Check() error { return simulate.SamePeople(t.Control, t.Treated) }

// groups are the two worlds, and then those of all draws.
func (t *Twins) groups() (groups [][]*model.World) {
	a, b := t.Control.WithCoupling(t.Coupling), t.Treated.WithCoupling(t.Coupling)
	for r := range t.Draws + 1 {
		luck := a.Luck + uint64(r)
		groups = append(groups, []*model.World{a.WithLuck(luck), b.WithLuck(luck)})
	}
	return groups
}

// Cost is how many worlds are lived, those of draws included.
func (t *Twins) Cost() int { return 2 * (t.Draws + 1) }

// A Pair is what somebody bought in both markets.
type Pair struct{ Control, Treated Bought }

// An Uplift is what the intervention did to a person.
type Uplift struct {
	ID      int64
	Segment uint8
	Pair
	Expected Pair // sums over draws
}

// Uplifts add up what the intervention did. They are in whole numbers.
type Uplifts struct {
	Segments []SegmentUplift `json:"segments"`
	Spend    [2]int64        `json:"spend"` // on all advertising, control and treated, cents
}

// A SegmentUplift is that of the people of a segment, by outcome of universe all, on all days.
type SegmentUplift struct {
	People  int64                 `json:"people"`
	Changed int64                 `json:"changed"` // those who bought something else
	Control [outcomeCount]int64   `json:"control"`
	Treated [outcomeCount]int64   `json:"treated"`
	Squares [outcomeCount]Square  `json:"squares"` // of people's differences
	Draws   [][outcomeCount]int64 `json:"draws,omitempty"`
}

// NewUplifts returns sums of nobody.
func (t *Twins) NewUplifts() *Uplifts {
	u := &Uplifts{Segments: make([]SegmentUplift, len(t.Control.Segments))}
	for i := range u.Segments {
		u.Segments[i].Draws = make([][outcomeCount]int64, t.Draws)
	}
	return u
}

// Fits reports whether other sums, perhaps a stranger's, are of the same twins.
func (u *Uplifts) Fits(o *Uplifts) bool {
	if len(u.Segments) != len(o.Segments) {
		return false
	}
	for i := range u.Segments {
		if len(u.Segments[i].Draws) != len(o.Segments[i].Draws) {
			return false
		}
	}
	return true
}

// Add adds the sums of other people.
func (u *Uplifts) Add(o *Uplifts) {
	for i := range u.Segments {
		u.Segments[i].plus(&o.Segments[i])
	}
	for i, cents := range o.Spend {
		u.Spend[i] += cents
	}
}

func (s *SegmentUplift) plus(o *SegmentUplift) {
	s.People += o.People
	s.Changed += o.Changed
	for k := range outcomeCount {
		s.Control[k] += o.Control[k]
		s.Treated[k] += o.Treated[k]
		s.Squares[k].plus(o.Squares[k])
		for r := range s.Draws {
			s.Draws[r][k] += o.Draws[r][k]
		}
	}
}

// Everybody is the sum over all segments.
func (u *Uplifts) Everybody() *SegmentUplift {
	sum := &SegmentUplift{Draws: make([][outcomeCount]int64, len(u.Segments[0].Draws))}
	for i := range u.Segments {
		sum.plus(&u.Segments[i])
	}
	return sum
}

// Of is the effect on an outcome, with its errors.
func (s *SegmentUplift) Of(outcome int) Estimate {
	e := Estimate{Effect: float64(s.Treated[outcome] - s.Control[outcome]), Expected: math.NaN(),
		SEDraws: math.NaN(), SDDraws: math.NaN(), Spend: math.NaN(), Own: math.NaN()}
	e.SECustomers = standardError(big.NewInt(s.Treated[outcome]-s.Control[outcome]),
		s.Squares[outcome].int(), s.People)
	var effects []float64
	for r := range s.Draws {
		effects = append(effects, float64(s.Draws[r][outcome]))
	}
	e.over(effects)
	return e
}

// A TwinPart is what there is to tell of a part of the market.
type TwinPart struct {
	Number int
	Sums   *Uplifts
	People []Uplift
}

// RunTwins lives twins and shows part after part, as Run does.
func RunTwins(ctx context.Context, t *Twins, opt simulate.Options,
	see func(*TwinPart) error) error {
	return byPart(ctx, t.groups(), opt,
		func(n int) *TwinPart { return &TwinPart{Number: n, Sums: t.NewUplifts()} },
		func(part *TwinPart, town [][]*simulate.Ledger) { part.town(town) }, see)
}

// town adds a town.
func (part *TwinPart) town(groups [][]*simulate.Ledger) {
	control, treated := byPerson(groups[0][0]), byPerson(groups[0][1])
	var draws [][2]map[int64]*Cells
	for _, g := range groups[1:] {
		draws = append(draws, [2]map[int64]*Cells{byPerson(g[0]), byPerson(g[1])})
	}
	for _, who := range groups[0][0].People {
		a, b := cellsOf(control, who.ID), cellsOf(treated, who.ID)
		one := Uplift{ID: who.ID, Segment: who.Segment, Pair: Pair{a.bought(), b.bought()}}
		s := &part.Sums.Segments[who.Segment]
		s.People++
		if *a != *b {
			s.Changed++
		}
		for k := range outcomeCount {
			at := cell(k, everything, whole)
			s.Control[k] += a[at]
			s.Treated[k] += b[at]
			s.Squares[k].add(b[at] - a[at])
		}
		for r, d := range draws {
			a, b := cellsOf(d[0], who.ID), cellsOf(d[1], who.ID)
			one.Expected.Control.plus(a.bought())
			one.Expected.Treated.plus(b.bought())
			for k := range outcomeCount {
				at := cell(k, everything, whole)
				s.Draws[r][k] += b[at] - a[at]
			}
		}
		part.People = append(part.People, one)
	}
	for i, l := range groups[0] {
		for c := range l.Spend {
			part.Sums.Spend[i] += l.Spend[c].Cost[whole]
		}
	}
}

// byPerson is what each person of a town who bought anything bought.
func byPerson(l *simulate.Ledger) map[int64]*Cells {
	sums := map[int64]*Cells{}
	of := func(person int64) *Cells {
		if sums[person] == nil {
			sums[person] = new(Cells)
		}
		return sums[person]
	}
	for i := range l.Orders {
		of(l.Orders[i].Person).buys(&l.Orders[i])
	}
	for i := range l.Renewals {
		of(l.Renewals[i].Person).add(Renewals, true, l.Renewals[i].Half, 1)
	}
	return sums
}

var nothing Cells

func cellsOf(sums map[int64]*Cells, person int64) *Cells {
	if c := sums[person]; c != nil {
		return c
	}
	return &nothing
}

// bought is the orders and the revenue.
func (c *Cells) bought() Bought {
	return Bought{Orders: c[cell(Orders, everything, whole)],
		Revenue: c[cell(Revenue, everything, whole)]}
}

func (b *Bought) plus(o Bought) {
	b.Orders += o.Orders
	b.Revenue += o.Revenue
}
