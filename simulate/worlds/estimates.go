package worlds

import (
	"math"
	"math/big"
	"math/bits"
)

// A term is a world's part in an effect: a whole number of times its outcome.
type term struct {
	world int // place in the coalitions
	times int64
}

// effects are the estimands as sums over worlds; those of Shapley values are k! times as much, so
// that all are whole numbers.
type effects struct {
	loo, first, shapley [][]term // by player
	all, none           []term
	factorial           int64 // k!
}

// effects returns the estimands over coalitions.
func (p *Plan) effects(masks []uint32) *effects {
	at := make(map[uint32]int, len(masks))
	for i, s := range masks {
		at[s] = i
	}
	k, all := len(p.Players), p.all()
	less := func(a, b uint32) []term { return []term{{at[a], 1}, {at[b], -1}} }
	e := &effects{all: less(all, 0), none: []term{{at[0], 1}}, factorial: factorial(k)}
	for d := range k {
		e.loo = append(e.loo, less(all, all&^(1<<d)))
		e.first = append(e.first, less(1<<d, 0))
		if !p.Every {
			continue
		}
		var sum []term
		for _, s := range masks {
			n := bits.OnesCount32(s)
			if s>>d&1 == 0 {
				sum = append(sum, term{at[s], -factorial(n) * factorial(k-n-1)})
			} else {
				sum = append(sum, term{at[s], factorial(n-1) * factorial(k-n)})
			}
		}
		e.shapley = append(e.shapley, sum)
	}
	return e
}

func factorial(n int) int64 {
	f := int64(1)
	for i := 2; i <= n; i++ {
		f *= int64(i)
	}
	return f
}

// sumOf adds up the terms over the outcomes of worlds.
func sumOf(terms []term, worlds []Cells) (sum Cells) {
	for _, t := range terms {
		for i, v := range worlds[t.world] {
			sum[i] += t.times * v
		}
	}
	return sum
}

// An Estimate is an effect on an outcome, in units of the outcome: orders, or money in cents.
type Estimate struct {
	Effect      float64
	SECustomers float64 // standard error over customers or, under live coupling, over towns
	Towns       int64   // of the latter; 0: over customers
	Spend       float64 // change of what all advertising cost, cents
	Own         float64 // of that on the channel itself
	Expected    float64 // mean over draws
	SEDraws     float64 // its standard error; NaN: fewer than two draws
	SDDraws     float64 // standard deviation of the effect of one draw
}

// Estimands are the names of what is estimated.
var Estimands = []string{"loo", "first_in", "shapley", "total", "baseline"}

// The estimands, in the order of Estimands: see the package's story.
const (
	LeaveOneOut = iota
	FirstIn
	ShapleyValue
	Total
	Baseline
)

// Estimate returns an estimand: of a player or, for total and baseline, of none (-1), under the nth
// coupling. Shapley values need a plan of all coalitions.
func (p *Plan) Estimate(t *Tally, coupling, estimand, player, outcome, universe,
	horizon int) Estimate {
	s, masks := &t.Couplings[coupling], p.coalitions()
	e := p.effects(masks)
	terms, squares, scale := e.of(s, estimand, player)
	at := cell(outcome, universe, horizon)
	effect, spend, own := new(big.Int), new(big.Int), new(big.Int)
	for _, x := range terms {
		w := &s.Worlds[x.world]
		add(effect, x.times, w.Cells[at])
		add(spend, x.times, w.Spend[horizon])
		if player >= 0 {
			add(own, x.times, w.Own[player][horizon])
		} else {
			for d := range w.Own {
				add(own, x.times, w.Own[d][horizon])
			}
		}
	}
	r := Estimate{Effect: ratio(effect, scale), Spend: ratio(spend, scale), Own: ratio(own, scale),
		SECustomers: standardError(effect, squares[at].int(), s.Units) / float64(scale),
		Expected:    math.NaN(), SEDraws: math.NaN(), SDDraws: math.NaN()}
	if coupling == 0 {
		p.overDraws(&r, t, estimand, player, at)
	}
	return r
}

func add(sum *big.Int, times, value int64) {
	var x big.Int
	sum.Add(sum, x.Mul(big.NewInt(times), big.NewInt(value)))
}

func ratio(n *big.Int, by int64) float64 {
	f, _ := new(big.Rat).SetFrac(n, big.NewInt(by)).Float64()
	return f
}

// of returns an estimand's terms, the squares of its effects and by how much both are too large.
func (e *effects) of(s *Sums, estimand, player int) (terms []term, squares *Squares, scale int64) {
	switch estimand {
	case LeaveOneOut:
		return e.loo[player], &s.LOO[player], 1
	case FirstIn:
		return e.first[player], &s.First[player], 1
	case ShapleyValue:
		return e.shapley[player], &s.Shapley[player], e.factorial
	case Total:
		return e.all, &s.All, 1
	}
	return e.none, &s.None, 1
}

// standardError is that of a sum over n independent units, from the sum and the sum of squares:
// sqrt(n/(n-1) (Q - S²/n)). It is NaN for a single unit.
func standardError(sum, squares *big.Int, n int64) float64 {
	if n < 2 {
		return math.NaN()
	}
	mean := new(big.Rat).SetFrac(new(big.Int).Mul(sum, sum), big.NewInt(n))
	rest := new(big.Rat).Sub(new(big.Rat).SetInt(squares), mean)
	rest.Mul(rest, big.NewRat(n, n-1))
	f, _ := rest.Float64()
	return math.Sqrt(max(f, 0))
}

// overDraws fills in what the draws say, which live only leave-one-out worlds and that of none.
func (p *Plan) overDraws(r *Estimate, t *Tally, estimand, player, at int) {
	masks := p.leaveOneOut()
	var terms []term
	switch last := len(masks) - 1; estimand {
	case LeaveOneOut:
		terms = []term{{0, 1}, {player + 1, -1}}
	case Total:
		terms = []term{{0, 1}, {last, -1}}
	case Baseline:
		terms = []term{{last, 1}}
	}
	if terms == nil {
		return
	}
	var effects []float64
	for i := range t.Draws {
		v := int64(0)
		for _, x := range terms {
			v += x.times * t.Draws[i].Worlds[x.world].Cells[at]
		}
		effects = append(effects, float64(v))
	}
	r.over(effects)
}

// over fills in the mean of the effects of draws and its errors, as far as there are any.
func (r *Estimate) over(effects []float64) {
	n, sum := float64(len(effects)), 0.0
	if n == 0 {
		return
	}
	for _, v := range effects {
		sum += v
	}
	r.Expected = sum / n
	if n < 2 {
		return
	}
	squares := 0.0
	for _, v := range effects {
		squares += float64((v - r.Expected) * (v - r.Expected))
	}
	r.SDDraws = math.Sqrt(squares / (n - 1))
	r.SEDraws = r.SDDraws / math.Sqrt(n)
}

// interaction is the Shapley interaction index of two players for an outcome (Grabisch and
// Roubens 1999): what they do together beyond what each does, over all coalitions of the others.
func (p *Plan) interaction(t *Tally, coupling, a, b, outcome int) float64 {
	s, masks, k := &t.Couplings[coupling], p.coalitions(), len(p.Players)
	at, sum := cell(outcome, everything, whole), new(big.Int)
	for i, on := range masks {
		n := bits.OnesCount32(on &^ (1<<a | 1<<b))
		sign := int64(1)
		if (on>>a&1)^(on>>b&1) == 1 {
			sign = -1
		}
		add(sum, sign*factorial(n)*factorial(k-n-2), s.Worlds[i].Cells[at])
	}
	return ratio(sum, factorial(k-1))
}
