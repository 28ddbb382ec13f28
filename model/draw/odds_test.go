package draw

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// TestBetaOdds: the table of log-odds has the distribution function of gonum's Beta law, in both
// tails and for chances near 0, near 1, and both.
func TestBetaOdds(t *testing.T) {
	for _, l := range []Odds{{1.6, 0.77}, {0.5, 2}, {2.5, 0.6}, {0.9, 99.1}, {90, 9910}, {20, 20},
		{0.05, 0.07}, {0.009, 0.991}} {
		table, want := TableOf(l), distuv.Beta{Alpha: l.A, Beta: l.B}
		for k := 1.0; k < 20; k += 0.37 {
			for _, e := range []float64{-math.Log1p(-math.Exp2(-k)), k * math.Ln2} {
				at := float64(table.At(LogOf(math.Log2(e/math.Ln2)))) / (1 << 32)
				// The distribution function is asked on both sides: where chances crowd near 0 or
				// 1, digits of p run out, so the smaller of p and 1-p is looked at.
				below := want.CDF(1 / (1 + math.Exp2(-at)))
				rest := distuv.Beta{Alpha: l.B, Beta: l.A}.CDF(1 / (1 + math.Exp2(at)))
				if f := -math.Expm1(-e); math.Abs(below-f) > 2e-3*f && math.Abs(rest-(1-f)) >
					2e-3*(1-f) {
					t.Errorf("%v at %g: below %g, above %g", l, f, below, rest)
				}
			}
		}
	}
}

// TestQuantilesInvert: the distribution function takes each quantile of the laws that are inverted
// step by step back to its chance, to seven digits.
func TestQuantilesInvert(t *testing.T) {
	var laws []Law
	for _, l := range [][2]float64{{0.9, 0.8}, {1.6, 0.77}, {2.5, 0.6}, {1, 4.6}, {1, 99}, {0.25, 100},
		{90, 9910}, {20, 20}} {
		laws = append(laws, Odds{l[0], l[1]})
	}
	for _, shape := range []float64{0.05, 0.1, 0.37, 0.5, 0.99, 1, 3, 21} {
		laws = append(laws, Gamma{MeanLog2: 3, Shape: shape})
	}
	a, b := Lognormal{MedianLog2: 30, Sigma: 0.5}, Lognormal{MedianLog2: 38, Sigma: 0.6}
	laws = append(laws, Mixture{[]float64{0.4, 0.6}, []Law{a, b}},
		Mixture{[]float64{0.5, 0.25, 0.25}, []Law{a, Gamma{MeanLog2: 31, Shape: 0.3},
			Later{MinLog2: 29, Law: Weibull{ScaleLog2: 33, Shape: 0.7}}}})
	for _, l := range laws {
		for i := range 200 {
			tail := math.Exp2(-1 - float64(i)/8)
			survival, _ := l.Tails(l.Quantile(tail, -math.Log(tail)))
			_, below := l.Tails(l.Quantile(1-tail, -math.Log1p(-tail)))
			if math.Abs(survival/tail-1) > 1e-7 || math.Abs(below/tail-1) > 1e-7 {
				t.Errorf("%+v: tails of %g at the quantiles of %g", l, []float64{survival, below}, tail)
				break
			}
		}
	}
}
