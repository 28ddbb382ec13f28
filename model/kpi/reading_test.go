package kpi

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/percorso/percorso/model"
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
	half := 2.364624 * 2 / math.Sqrt(7) // Student's quantile with 7 degrees of freedom
	close("a mean", averageOf(&m, 1), Reading{5, 5 - half, 5 + half, 8}, 1e-3)
	close("a mean in halves", averageOf(&m, 2), Reading{2.5, 2.5 - half/2, 2.5 + half/2, 8}, 1e-3)
	close("one value", averageOf(&moments{1, 6, square(6)}, 1), Reading{6, -70.2, 82.2, 1}, 0.1)
	close("a median", medianOf([]int64{9, 1, 5, 3, 7}, 1), Reading{5, 1, 9, 5}, 0)
	close("of two", medianOf([]int64{4, 1}, 1), Reading{2.5, 1, 4, 2}, 0)
	mid, sd := 30/1.03, math.Sqrt((71.5/103-900./103/103)/103) // 0.75 more of both, of 103
	close("NPS", npsOf(20, 30, 50), Reading{30, mid - 196*sd, mid + 196*sd, 100}, 1e-3)
	mid, sd = 500/8., math.Sqrt((6.5/8-25./64)/8)
	close("five promoters", npsOf(0, 0, 5), Reading{100, mid - 196*sd, 100, 5}, 1e-3)
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

// TestVerdicts: a value in the band is ok, an interval apart from it is missed, and what might be
// either is neither.
func TestVerdicts(t *testing.T) {
	target := model.Target{Band: [2]model.Figure{0.2, 0.3}}
	for _, test := range []struct {
		value, low, high float64
		n                int64
		want             Verdict
	}{
		{0.25, 0.24, 0.26, 9, OK},
		{0.25, 0.1, 0.9, 9, OK},
		{0.2, 0.1, 0.3, 9, OK}, // ends belong to the band
		{0.3, 0.29, 0.31, 9, OK},
		{0.19, 0.18, 0.21, 9, TooFew},
		{0.19, 0.18, 0.2, 9, TooFew},    // it touches
		{0.19, 0.18, 0.1999, 9, Missed}, // by little, and surely
		{0.32, 0.299, 0.34, 9, TooFew},
		{0.32, 0.301, 0.34, 9, Missed},
		{0.9, 0.1, 0.95, 9, TooFew}, // the interval has the whole band in it
		{0, 0, 0, 0, TooFew},
		{0.9, 0.9, 0.9, 9, TooFew}, // all alike: nobody knows how they vary
		{0.25, 0.25, 0.25, 9, OK},
	} {
		r := Reading{Value: test.value, Low: test.low, High: test.high, N: test.n}
		if got := r.Verdict(&target); got != test.want {
			t.Errorf("%+v of %v is %s, want %s", r, target.Band, got, test.want)
		}
	}
}

// TestVerdictsOfAMutant: a market that is out of its band is found out once it is large enough, and
// one that is in it is never missed by much.
func TestVerdictsOfAMutant(t *testing.T) {
	target := model.Target{Band: [2]model.Figure{0.2, 0.3}}
	for _, test := range []struct {
		k, n int64
		want Verdict
	}{
		{3, 20, TooFew}, {30, 200, TooFew}, {150, 1000, Missed}, {3000, 20_000, Missed},
		{250, 1000, OK}, {0, 5, TooFew}, {0, 50, Missed},
	} {
		r := shareOf(test.k, test.n)
		if got := r.Verdict(&target); got != test.want {
			t.Errorf("%d of %d, %v, is %s, want %s", test.k, test.n, r, got, test.want)
		}
	}
}
