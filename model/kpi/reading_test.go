package kpi

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestIntervalsAreTheOnesInBooks holds formulas against figures computed elsewhere: Wilson's
// interval of 10 in 100 (Brown, Cai, DasGupta 2001 print it), a mean, a median, an NPS.
func TestIntervalsAreTheOnesInBooks(t *testing.T) {
	close := func(what string, got Reading, want Reading, within float64) {
		t.Helper()
		for _, d := range []float64{got.Value - want.Value, got.Low - want.Low, got.High - want.High} {
			if !(math.Abs(d) <= within) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		if got.N != want.N {
			t.Errorf("%s: of %d, want %d", what, got.N, want.N)
		}
	}
	close("10 of 100", shareOf(10, 100), Reading{0.1, 0.0552, 0.1744, 100}, 5e-5)
	close("0 of 10", shareOf(0, 10), Reading{0, 0, 0.2775, 10}, 5e-5)
	close("10 of 10", shareOf(10, 10), Reading{1, 0.7225, 1, 10}, 5e-5)
	close("nothing", shareOf(0, 0), Reading{}, 0)
	var m moments
	for _, x := range []int64{2, 4, 4, 4, 5, 5, 7, 9} { // mean 5, standard deviation 2
		m.add(x)
	}
	half := 1.96 * 2 / math.Sqrt(8)
	close("a mean", averageOf(&m, 1), Reading{5, 5 - half, 5 + half, 8}, 1e-3)
	close("a mean in halves", averageOf(&m, 2), Reading{2.5, 2.5 - half/2, 2.5 + half/2, 8}, 1e-3)
	close("a median", medianOf([]int64{9, 1, 5, 3, 7}, 1), Reading{5, 1, 9, 5}, 0)
	close("of two", medianOf([]int64{4, 1}, 1), Reading{2.5, 1, 4, 2}, 0)
	close("NPS", npsOf(20, 30, 50), // 0.5 - 0.2; variance 0.7 - 0.09
		Reading{30, 30 - 196*math.Sqrt(0.0061), 30 + 196*math.Sqrt(0.0061), 100}, 1e-3)
}

// TestIntervalsCover holds that intervals contain what they should in about 95 of 100 samples: of
// 4,000 samples, between 93.5 and 96.5 % (five standard deviations; fixed seed).
func TestIntervalsCover(t *testing.T) {
	const samples, size = 4000, 400
	random := rand.New(rand.NewPCG(1, 2))
	shares, means, medians := 0, 0, 0
	for range samples {
		hits, m, values := int64(0), moments{}, make([]int64, size)
		for i := range values {
			if random.Float64() < 0.1 {
				hits++
			}
			x := random.ExpFloat64()
			m.add(int64(1e6 * x))
			values[i] = int64(1e6 * x)
		}
		if r := shareOf(hits, size); r.Low <= 0.1 && 0.1 <= r.High {
			shares++
		}
		if r := averageOf(&m, 1e6); r.Low <= 1 && 1 <= r.High {
			means++
		}
		if r := medianOf(values, 1e6); r.Low <= math.Ln2 && math.Ln2 <= r.High {
			medians++
		}
	}
	for what, n := range map[string]int{"shares": shares, "means": means, "medians": medians} {
		if p := float64(n) / samples; p < 0.935 || p > 0.965 {
			t.Errorf("intervals of %s cover %.1f %%, want 95", what, 100*p)
		}
	}
}

// TestMomentsNeverOverflow holds that squares of large amounts add up exactly, in parts too.
func TestMomentsNeverOverflow(t *testing.T) {
	const x = 4_000_000_000
	var whole, half moments
	for range 500 {
		half.add(x)
	}
	whole.merge(&half)
	whole.merge(&half)
	if want := 1000 * float64(x) * x; whole.squares.float() != want || whole.sum != 1000*x {
		t.Errorf("got %v, want squares of %v", whole, want)
	}
}
