package attribute

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/percorso/percorso/export/paths"
)

// A chain is an absorbing Markov chain of some order over paths (Anderl, Becker, von Wangenheim and
// Schumann 2016, "Mapping the customer journey"): its states are the last channels of a path, as
// many as the order or, at its beginning, fewer. A path goes on from state to state and ends in a
// conversion or in nothing.
type chain struct {
	channel []uint16  // by state: the last channel
	start   []float64 // by state: the probability to begin there
	won     []float64 // by state: the probability to convert next
	worth   []float64 // by state: won times the mean value of these conversions
	first   []int32   // by state: its first edge
	to      []int32   // by edge: the next state
	p       []float64 // by edge: its probability
}

// stateBits are the bits of a channel in the name of a state, from 1.
const stateBits = 11

// An edge is a step from a state to another, with the paths that take it.
type edge struct {
	from, to int32
	n        int64
}

// newChain counts what paths do.
func newChain(s *paths.Set, order int) *chain {
	c, states := &chain{}, map[uint64]int32{}
	mask := uint64(1)<<(stateBits*order) - 1
	var edges []edge
	var begin, won, out []int64
	var worth []float64
	steps, total := map[[2]int32]int32{}, int64(0)
	for i := range s.Paths {
		p := &s.Paths[i]
		n := p.Conversions + p.Nulls
		if n == 0 {
			continue
		}
		total += n
		name, at := uint64(0), int32(-1)
		for _, channel := range p.Touches {
			name = (name<<stateBits | uint64(channel) + 1) & mask
			next, ok := states[name]
			if !ok {
				next = int32(len(c.channel))
				states[name] = next
				c.channel = append(c.channel, channel)
				begin, won, out = append(begin, 0), append(won, 0), append(out, 0)
				worth = append(worth, 0)
			}
			if at < 0 {
				begin[next] += n
			} else {
				step := [2]int32{at, next}
				e, ok := steps[step]
				if !ok {
					e = int32(len(edges))
					steps[step], edges = e, append(edges, edge{at, next, 0})
				}
				edges[e].n += n
			}
			out[next] += n
			at = next
		}
		won[at] += p.Conversions
		worth[at] += p.Value
	}
	slices.SortFunc(edges, func(a, b edge) int {
		if a.from != b.from {
			return int(a.from - b.from)
		}
		return int(a.to - b.to)
	})
	c.first = make([]int32, len(c.channel)+1)
	for _, e := range edges {
		c.first[e.from+1]++
		c.to = append(c.to, e.to)
		c.p = append(c.p, float64(e.n)/float64(out[e.from]))
	}
	for i := range c.channel {
		c.first[i+1] += c.first[i]
		c.start = append(c.start, float64(begin[i])/float64(total))
		c.won = append(c.won, float64(won[i])/float64(out[i]))
		c.worth = append(c.worth, worth[i]/float64(out[i]))
	}
	return c
}

// dense is up to how many states the equations are solved directly.
const dense = 600

// without returns, for each of some channels, the probability that a path converts if those that
// reach the channel do not, and the expected value likewise; that of -1 is of all paths.
func (c *chain) without(channels []int) (won, worth []float64) {
	var removals []removal
	for _, channel := range channels {
		removals = append(removals, removal{channel, c.won}, removal{channel, c.worth})
	}
	solve := c.iterate
	if len(c.channel) <= dense {
		solve = c.eliminate
	}
	for i, sum := range solve(removals) {
		if i%2 == 0 {
			won = append(won, sum)
		} else {
			worth = append(worth, sum)
		}
	}
	return won, worth
}

// A removal asks what is left of a reward, that each state brings when its path converts next, if
// paths that reach a channel end there.
type removal struct {
	channel int
	reward  []float64
}

// total is the reward of a path, from that of each state.
func (c *chain) total(of func(state int) float64) float64 {
	sum := 0.0
	for i, p := range c.start {
		if p > 0 {
			sum += float64(p * of(i))
		}
	}
	return sum
}

// eliminate solves (I - Q) x = r by LU decomposition, with the rows of a removed channel empty.
func (c *chain) eliminate(removals []removal) (sums []float64) {
	n := len(c.channel)
	for _, r := range removals {
		if n == 0 { // no paths
			sums = append(sums, 0)
			continue
		}
		a, b := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
		for i := range n {
			a.Set(i, i, 1)
			if int(c.channel[i]) == r.channel {
				continue
			}
			b.SetVec(i, r.reward[i])
			for e := c.first[i]; e < c.first[i+1]; e++ {
				a.Set(i, int(c.to[e]), a.At(i, int(c.to[e]))-c.p[e])
			}
		}
		var x mat.VecDense
		if err := x.SolveVec(a, b); err != nil {
			panic("attribute: a chain that does not end: " + err.Error())
		}
		sums = append(sums, c.total(x.AtVec))
	}
	return sums
}

// lanes are how many removals are solved at the same time: what they need of a state lies side by
// side, so that more of them wait less for memory.
const lanes = 32

// exact is the relative change at which iterations end.
const exact = 1e-12

// iterate solves the same equations where there are too many for eliminate, by the method of Gauss
// and Seidel: each step takes the latest values, from the last state that was found to the first,
// so that values run back along the paths.
func (c *chain) iterate(removals []removal) (sums []float64) {
	n := len(c.channel)
	x := make([][lanes]float64, n)
	for from := 0; from < len(removals); from += lanes {
		batch := removals[from:min(from+lanes, len(removals))]
		clear(x)
		for change := 1.0; change > exact; {
			change = 0
			for i := n - 1; i >= 0; i-- {
				change = max(change, c.improve(x, batch, i))
			}
		}
		for l := range batch {
			sums = append(sums, c.total(func(i int) float64 { return x[i][l] }))
		}
	}
	return sums
}

// improve takes the latest values of the states that follow a state, and returns by how much the
// state's own have changed.
func (c *chain) improve(x [][lanes]float64, batch []removal, i int) (change float64) {
	var v [lanes]float64
	for e := c.first[i]; e < c.first[i+1]; e++ {
		to, p := &x[c.to[e]], c.p[e]
		for l := range v {
			v[l] += float64(p * to[l])
		}
	}
	for l, r := range batch {
		v[l] += r.reward[i]
		if int(c.channel[i]) == r.channel {
			v[l] = 0
		}
		if d := math.Abs(v[l] - x[i][l]); d > change*math.Abs(v[l]) {
			change = d / math.Abs(v[l])
		}
	}
	x[i] = v
	return change
}

// markov credits channels by their removal effects: the share of conversions that are lost if all
// paths that reach the channel end there without one.
func markov(order int) func(*paths.Set, *Options) *Credit {
	return func(s *paths.Set, _ *Options) *Credit {
		c, k := newChain(s, order), len(s.Channels)
		channels := []int{-1}
		for i := range k {
			channels = append(channels, i)
		}
		won, worth := c.without(channels)
		conversions, _, value := s.Totals()
		credit := newCredit(k)
		credit.Removal = shares(won, 1)
		spread(credit.Conversions, credit.Removal, float64(conversions))
		spread(credit.Value, shares(worth, 1), value)
		return credit
	}
}

// shares returns what share of the first number is missing in each of the others, times a factor.
func shares(v []float64, by float64) (effects []float64) {
	for _, without := range v[1:] {
		effect := 0.0
		if v[0] != 0 {
			effect = (1 - without/v[0]) * by
		}
		effects = append(effects, effect)
	}
	return effects
}

// spread shares out a total in proportion to weights.
func spread(to, weights []float64, total float64) {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	for i, w := range weights {
		if sum != 0 {
			to[i] = total * w / sum
		}
	}
}
