package draw

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// weights are of one to forty things; some are 0, not all, and they differ by up to ten orders of
// magnitude.
func weights(t *rapid.T) []float64 {
	weight := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1e-6, 1e4))
	w := rapid.SliceOfN(weight, 1, 40).Draw(t, "weights")
	w[rapid.IntRange(0, len(w)-1).Draw(t, "sure")] = 1
	return w
}

// lowest returns the smallest uniform of which Below makes at least x of n: x × 2^64 / n, rounded
// up.
func lowest(x, n uint64) uint64 {
	a := new(big.Int).Lsh(new(big.Int).SetUint64(x), 64)
	b := new(big.Int).SetUint64(n)
	a.Add(a, new(big.Int).Sub(b, big.NewInt(1)))
	return a.Div(a, b).Uint64()
}

// exactly fails unless pick returns i for exactly the uniforms of which Below(total) falls among
// the parts[i] after the sum of those before it. Picking rises with u, so the ends of the runs
// tell.
func exactly(t *rapid.T, parts []uint64, pick func(u uint64) int) {
	total := uint64(0)
	for _, p := range parts {
		total += p
	}
	before := uint64(0)
	for i, p := range parts {
		if p == 0 {
			continue
		}
		first, last := lowest(before, total), uint64(math.MaxUint64)
		if before+p < total {
			last = lowest(before+p, total) - 1
		}
		for _, u := range []uint64{first, first + (last-first)/3, last} {
			if got := pick(u); got != i {
				t.Fatalf("at %d picks %d, want %d of %v", u, got, i, parts)
			}
		}
		before += p
	}
}

// TestChoicesAreExact: each thing is picked for its weight, to the last of 32 bits.
func TestChoicesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := weights(t)
		c := ChoiceOf(w)
		sum, parts := 0.0, make([]uint64, len(w))
		for _, x := range w {
			sum += x
		}
		for i := range w {
			parts[i] = c.Weight(i)
			if off := math.Abs(c.Part(i) - w[i]/sum); off > 1.0/(1<<32) {
				t.Fatalf("thing %d has %g, want %g", i, c.Part(i), w[i]/sum)
			}
			if w[i] == 0 && parts[i] != 0 {
				t.Fatalf("thing %d has weight %d, want none", i, parts[i])
			}
		}
		exactly(t, parts, c.Pick)
	})
}

// TestRestrictedChoicesAreExact: the first things left out, the others keep their proportions.
func TestRestrictedChoicesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := weights(t)
		c := ChoiceOf(w)
		first := rapid.IntRange(0, len(w)-1).Draw(t, "first")
		parts, sum := make([]uint64, len(w)), uint64(0)
		for i := first; i < len(w); i++ {
			parts[i] = c.Weight(i)
			sum += parts[i]
		}
		if _, ok := c.PickFrom(1<<63, first); ok != (sum > 0) {
			t.Fatalf("ok = %t, weights from %d on sum to %d", ok, first, sum)
		}
		if sum == 0 {
			return
		}
		exactly(t, parts, func(u uint64) int {
			i, _ := c.PickFrom(u, first)
			return i
		})
	})
}

// TestBentChoicesAreExact: weights times powers of two.
func TestBentChoicesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := weights(t)
		c := ChoiceOf(w)
		bends, parts := make([]Log, len(w)), make([]uint64, len(w))
		direct, sum, total := make([]float64, len(w)), 0.0, uint64(0)
		for i := range bends {
			bends[i] = Log(rapid.Int64Range(-10<<32, 10<<32).Draw(t, "bend"))
			parts[i] = Scale(c.Weight(i), bends[i])
			total += parts[i]
			direct[i] = c.Part(i) * math.Exp2(float64(bends[i])/(1<<32))
			sum += direct[i]
		}
		if total == 0 {
			return // all of them rounded away
		}
		for i := range parts {
			// Each weight is rounded down to a whole number, which can cost as many units as
			// things.
			off := math.Abs(float64(parts[i])/float64(total) - direct[i]/sum)
			if off > 2*tableError+float64(len(w)+1)/float64(total) {
				t.Fatalf("thing %d has %g, want %g", i, float64(parts[i])/float64(total),
					direct[i]/sum)
			}
		}
		exactly(t, parts, func(u uint64) int { return c.PickBent(u, slices.Clone(bends)) })
	})
}

// TestNoBendIsNoBend: worlds in which a trait is 0 and in which there is none are the same.
func TestNoBendIsNoBend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := ChoiceOf(weights(t))
		u := rapid.Uint64().Draw(t, "u")
		if got, want := c.PickBent(u, make([]Log, c.Len())), c.Pick(u); got != want {
			t.Fatalf("PickBent without bends = %d, Pick = %d", got, want)
		}
	})
}

// TestOnly: a choice of one thing says which, and no other choice does.
func TestOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := weights(t)
		some, last := 0, 0
		c := ChoiceOf(w)
		for i := range w {
			if c.Weight(i) > 0 {
				some, last = some+1, i
			}
		}
		if got, ok := c.Only(); ok != (some == 1) || ok && got != last {
			t.Fatalf("Only = %d, %t of %d things", got, ok, some)
		}
	})
	one := ChoiceOf([]float64{0, 0, 3, 0})
	if got, ok := one.Only(); got != 2 || !ok {
		t.Errorf("Only = %d, %t, want the one with a weight", got, ok)
	}
}

// TestChoicesRise: a higher uniform never picks an earlier thing, however it is picked.
func TestChoicesRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := ChoiceOf(weights(t))
		bends := make([]Log, c.Len())
		for i := range bends {
			bends[i] = Log(rapid.Int64Range(-3<<32, 3<<32).Draw(t, "bend"))
		}
		first := rapid.IntRange(0, c.Len()-1).Draw(t, "first")
		u := rapid.Uint64().Draw(t, "u")
		v := rapid.Uint64Min(u).Draw(t, "v")
		a, _ := c.PickFrom(u, first)
		b, _ := c.PickFrom(v, first)
		if c.Pick(u) > c.Pick(v) || a > b ||
			c.PickBent(u, slices.Clone(bends)) > c.PickBent(v, bends) {
			t.Fatal("falls")
		}
	})
}

// picks is the p-value that a million picks have the given probabilities.
func picks(c *Choice, probabilities []float64) float64 {
	counts := make([]int, c.Len())
	for i := range uint64(1_000_000) {
		counts[c.Pick(New(11).With(i).Draw(2))]++
	}
	return chiSquare(counts, probabilities)
}

// TestKeyedChoices: what keyed uniforms pick follows the weights, and 2 % of one of them show.
func TestKeyedChoices(t *testing.T) {
	t.Parallel()
	right, wrong := ChoiceOf([]float64{5, 3, 0, 2}), ChoiceOf([]float64{5.1, 3, 0, 2})
	holds(t, "5:3:0:2", picks(&right, []float64{0.5, 0.3, 0, 0.2}))
	notices(t, "5.1:3:0:2", picks(&wrong, []float64{0.5, 0.3, 0, 0.2}))
}

func TestPoisson(t *testing.T) {
	for _, mean := range []float64{0, 0.001, 0.6, 5, 99} {
		c := Poisson(mean)
		law := distuv.Poisson{Lambda: max(mean, 1e-300)}
		for n := range c.Len() {
			if got, want := c.Part(n), law.Prob(float64(n)); math.Abs(got-want) > 1e-9 {
				t.Errorf("Poisson(%g) of %d = %g, want %g", mean, n, got, want)
			}
		}
		if rest := law.Survival(float64(c.Len() - 1)); rest > 1e-9 {
			t.Errorf("Poisson(%g) ends at %d with %g left", mean, c.Len()-1, rest)
		}
	}
}

// TestGeometric: a negative binomial of size 1 has p(n) = (1-q) qⁿ with q = mean/(1+mean).
func TestGeometric(t *testing.T) {
	for _, mean := range []float64{0, 0.1, 4, 99} {
		c := Geometric(mean)
		q := mean / (1 + mean)
		for n := range c.Len() {
			if got, want := c.Part(n), (1-q)*math.Pow(q, float64(n)); math.Abs(got-want) > 1e-8 {
				t.Errorf("Geometric(%g) of %d = %g, want %g", mean, n, got, want)
			}
		}
		if rest := math.Pow(q, float64(c.Len())); rest > 1e-8 {
			t.Errorf("Geometric(%g) ends at %d with %g left", mean, c.Len()-1, rest)
		}
	}
}

func TestZipf(t *testing.T) {
	for _, s := range []float64{0, 0.9, 2} {
		const n = 1000
		tilt := func(i int) float64 { return 1 + float64(i%3) }
		c := Zipf(n, s, tilt)
		sum := 0.0
		for r := range n {
			sum += tilt(r) / math.Pow(float64(r+1), s)
		}
		for r := range n {
			want := tilt(r) / math.Pow(float64(r+1), s) / sum
			if got := c.Part(r); math.Abs(got-want) > 1e-9 {
				t.Errorf("Zipf(%g) of rank %d = %g, want %g", s, r+1, got, want)
			}
		}
	}
}

// TestLargeChoices: the largest that a scenario may ask for can be made, and picked from at both
// ends.
func TestLargeChoices(t *testing.T) {
	w := slices.Repeat([]float64{1}, maxChoice)
	c := ChoiceOf(w)
	for u, want := range map[uint64]int{0: 0, math.MaxUint64: maxChoice - 1,
		1 << 63: maxChoice / 2} {
		if got := c.Pick(u); got != want {
			t.Errorf("at %d picks %d, want %d", u, got, want)
		}
	}
}

func TestImpossibleChoicesPanic(t *testing.T) {
	for _, w := range [][]float64{nil, {0, 0}, {1, -1, 1}, {1, math.NaN()}, {math.Inf(1)},
		slices.Repeat([]float64{1}, maxChoice+1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("made a choice of %v", fmt.Sprintf("%.60v", w))
				}
			}()
			ChoiceOf(w)
		}()
	}
}
