package draw

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// threshold is log2(-log2((u+1)/2^64)), computed with care at both ends.
func threshold(u uint64) float64 {
	if u < 1<<63 {
		return math.Log2(64 - math.Log2(float64(u)+1))
	}
	return math.Log2(-math.Log1p(-float64(math.MaxUint64-u)/(1<<64)) / math.Ln2)
}

// TestThresholdsAreClose: to 3 in a million for all but the earliest events, and to 1 in 1,000 down
// to where fewer than one in a million falls.
func TestThresholdsAreClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.Uint64().Draw(t, "u")
		if early := rapid.IntRange(0, 20).Draw(t, "bits early"); early > 0 {
			u = math.MaxUint64 - u>>early
		}
		bound := 3e-6
		if 1-float64(u)/(1<<64) < 0.1 {
			bound = 1e-3
		}
		if 1-float64(u)/(1<<64) < 1e-6 {
			return
		}
		if got := float64(Threshold(u)) / (1 << 32); math.Abs(got-threshold(u)) > bound {
			t.Fatalf("Threshold = %g, want %g", got, threshold(u))
		}
	})
}

// TestThresholdsFall: a larger uniform is never a later event, from the first to the last.
func TestThresholdsFall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.Uint64().Draw(t, "u")
		v := rapid.Uint64Min(u).Draw(t, "v")
		if Threshold(u) < Threshold(v) {
			t.Fatal("rises")
		}
	})
	if got, want := Threshold(0), 6*One; got != want {
		t.Errorf("Threshold(0) = %d, want %d: -log2 of 2^-64 is 64", got, want)
	}
	for u := uint64(math.MaxUint64); u > math.MaxUint64-1000; u-- {
		if Threshold(u) > Threshold(u-1) {
			t.Fatalf("rises at %d", u)
		}
	}
}

// TestTablesReachBothEnds: thresholds beyond the grid read its ends.
func TestTablesReachBothEnds(t *testing.T) {
	table := TableOf(Weibull{Shape: 1})
	for x, want := range map[Log]int64{
		-100 * One: table.at[0], -32 * One: table.at[0],
		6 * One: table.at[gridLen-1], 100 * One: table.at[gridLen-1],
	} {
		if got := table.At(x); got != want {
			t.Errorf("At(%d) = %d, want %d", x, got, want)
		}
	}
}

// scores is the p-value that keyed normal scores, multiplied, are standard normal: 2 million draws.
func scores(times float64) float64 {
	const n = 2_000_000
	table, counts := Normal(), make([]int, intervals)
	for i := range uint64(n) {
		z := times * float64(table.At(Threshold(New(6).With(i).Draw(9)))) / (1 << 32)
		counts[min(int(distuv.UnitNormal.CDF(z)*intervals), intervals-1)]++
	}
	return kolmogorov(counts)
}

func TestScoresAreNormal(t *testing.T) {
	t.Parallel()
	holds(t, "normal scores", scores(1))
	notices(t, "2 % wider", scores(1.02))
	table := Normal()
	for k := 1.0; k < depth; k += 0.37 {
		at := func(e float64) float64 { return float64(table.At(LogOf(math.Log2(e)))) / (1 << 32) }
		late, early := at(k), at(-math.Log1p(-math.Exp2(-k))/math.Ln2)
		want := -distuv.UnitNormal.Quantile(math.Exp2(-k))
		if math.Abs(late-want) > 3e-4 || math.Abs(early+want) > 3e-4 {
			t.Errorf("scores of 2^-%.2f: %g and %g, want ±%g", k, early, late, want)
		}
	}
}

// TestTablesOfExtremeLawsRise: no shape that a scenario may ask for overflows.
func TestTablesOfExtremeLawsRise(t *testing.T) {
	for _, shape := range []float64{1e-300, 1e-9, 1e-5, 1e-3, 100} {
		for _, law := range []Law{Weibull{ScaleLog2: 38, Shape: shape}, Gamma{MeanLog2: 38, Shape: shape},
			Lognormal{MedianLog2: 38, Sigma: 100}} {
			table, last := TableOf(law), int64(math.MinInt64)
			for x := gridLow * One; x <= gridHigh*One; x += One / 100 {
				if got := table.At(x); got < last {
					t.Fatalf("%+v at 2^%g: %d after %d", law, float64(x)/(1<<32), got, last)
				} else {
					last = got
				}
			}
		}
	}
}
