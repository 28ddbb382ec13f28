package draw

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// A Choice is a distribution over 0..n-1. It is read by inverse: a higher uniform never picks an
// earlier thing.
type Choice struct {
	cum   []uint64 // cum[i] is the sum of the weights up to i; the last is 2^32
	guide []uint16 // where to begin for the leading bits of a uniform
	shift uint8    // how far to shift for them
	some  []weighty
}

// A weighty is a thing that has a weight, of a Choice that can be bent.
type weighty struct {
	thing  int
	weight uint64
}

// maxChoice bounds a Choice, so that a guide fits 16 bits.
const maxChoice = 1 << 15

// ChoiceOf makes a Choice of weights, which must be finite, not negative and not all 0.
func ChoiceOf(weights []float64) Choice {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	if len(weights) > maxChoice || !(sum > 0) || math.IsInf(sum, 0) || slices.Min(weights) < 0 {
		panic(fmt.Sprintf("draw: no choice can be made of %d weights that sum to %g", len(weights), sum))
	}
	c := Choice{cum: make([]uint64, len(weights))}
	run, last := 0.0, 0
	for i, w := range weights {
		run += w
		c.cum[i] = uint64(math.RoundToEven(float64(run/sum) * (1 << 32)))
		if w > 0 {
			last = i
		}
	}
	for i := last; i < len(c.cum); i++ {
		c.cum[i] = 1 << 32
	}
	c.index()
	return c
}

// index builds the guide: for each run of uniforms with the same leading bits, the first thing that
// any of them picks.
func (c *Choice) index() {
	n := uint8(max(2, bits.Len(uint(len(c.cum)))+1))
	c.shift = 32 - n
	c.guide = make([]uint16, 1<<n)
	i := 0
	for g := range c.guide {
		for c.cum[i] <= uint64(g)<<c.shift {
			i++
		}
		c.guide[g] = uint16(i)
	}
	for thing := range c.cum {
		if w := c.Weight(thing); w > 0 && len(c.cum) <= maxBent {
			c.some = append(c.some, weighty{thing, w})
		}
	}
}

// Len returns the number of things to choose from.
func (c *Choice) Len() int { return len(c.cum) }

// Pick returns the thing at u.
func (c *Choice) Pick(u uint64) int {
	x := u >> 32
	i := int(c.guide[x>>(c.shift&63)])
	for c.cum[i] <= x {
		i++
	}
	return i
}

// PickFrom returns the thing at u of the distribution restricted to first and later things; ok is
// false when those have no weight.
func (c *Choice) PickFrom(u uint64, first int) (thing int, ok bool) {
	if first == 0 {
		return c.Pick(u), true
	}
	before := c.cum[first-1]
	if before == 1<<32 {
		return 0, false
	}
	x := before + Below(u, 1<<32-before)
	i := first
	for c.cum[i] <= x {
		i++
	}
	return i, true
}

// Weight returns the weight of thing i, with 32 fractional bits.
func (c *Choice) Weight(i int) uint64 {
	if i == 0 {
		return c.cum[0]
	}
	return c.cum[i] - c.cum[i-1]
}

// Part returns the probability of thing i.
func (c *Choice) Part(i int) float64 { return float64(c.Weight(i)) / (1 << 32) }

// maxBent bounds the things a bent choice may have.
const maxBent = 65

// Only returns the one thing that has a weight; ok is false when there are several.
func (c *Choice) Only() (thing int, ok bool) {
	if len(c.some) != 1 {
		return 0, false
	}
	return c.some[0].thing, true
}

// PickBent returns the thing at u after every weight w(i) has become w(i) × 2^bend(i). It writes
// over the bends.
func (c *Choice) PickBent(u uint64, bends []Log) int {
	sum := uint64(0)
	for i := range c.some {
		s := &c.some[i]
		sum += Scale(s.weight, bends[s.thing])
		bends[i] = Log(sum)
	}
	return c.pickBelow(u, bends[:len(c.some)])
}

// PickRaised returns the thing at u after the weights of some things have become w(i) × 2^bend.
func (c *Choice) PickRaised(u uint64, raised []bool, bend Log) int {
	var upTo [maxBent]Log
	sum := uint64(0)
	for i := range c.some {
		s := &c.some[i]
		w := s.weight
		if raised[s.thing] {
			w = Scale(w, bend)
		}
		sum += w
		upTo[i] = Log(sum)
	}
	return c.pickBelow(u, upTo[:len(c.some)])
}

// pickBelow returns the thing at u of other weights, summed up; where they are all 0, of its own.
// It looks at all of them: a branch that ends the search would mostly be guessed wrong.
func (c *Choice) pickBelow(u uint64, upTo []Log) int {
	last := len(upTo) - 1
	if upTo[last] == 0 {
		return c.Pick(u)
	}
	x, i := Log(Below(u, uint64(upTo[last]))), 0
	for _, sum := range upTo[:last] {
		if sum <= x {
			i++
		}
	}
	return c.some[i].thing
}

// Poisson returns the Choice of 0, 1, 2, … with a Poisson law of the given mean, up to where the
// rest is below 2^-32.
func Poisson(mean float64) Choice {
	return counts(math.Exp(-mean), func(n int) float64 { return mean / float64(n) })
}

// Geometric returns the Choice of 0, 1, 2, … with a geometric law of the given mean: a negative
// binomial of size 1.
func Geometric(mean float64) Choice {
	q := mean / (1 + mean)
	return counts(1-q, func(int) float64 { return q })
}

// counts makes a Choice of the law with p(0) = first and p(n) = p(n-1) × ratio(n).
func counts(first float64, ratio func(n int) float64) Choice {
	p := []float64{first}
	sum := first
	for n := 1; 1-sum > 1.0/(1<<33) && n < 2000; n++ {
		p = append(p, float64(p[n-1]*ratio(n)))
		sum += p[n]
	}
	return ChoiceOf(p)
}

// Zipf returns the Choice of n things of which the r-th (from 1) has weight r^-s × tilt(r-1).
func Zipf(n int, s float64, tilt func(i int) float64) Choice {
	w := make([]float64, n)
	for i := range w {
		w[i] = float64(math.Pow(float64(i+1), -s) * tilt(i))
	}
	return ChoiceOf(w)
}
