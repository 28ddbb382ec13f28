package model

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model/draw"
)

// TestBetaOdds: the table of log-odds has the distribution function of gonum's Beta law, in both
// tails and for chances near 0, near 1, and both.
func TestBetaOdds(t *testing.T) {
	for _, l := range []oddsOf{{1.6, 0.77}, {0.5, 2}, {2.5, 0.6}, {0.9, 99.1}, {90, 9910}, {20, 20},
		{0.05, 0.07}, {0.009, 0.991}} {
		table, want := draw.TableOf(l), distuv.Beta{Alpha: l.a, Beta: l.b}
		for k := 1.0; k < 20; k += 0.37 {
			for _, e := range []float64{-math.Log1p(-math.Exp2(-k)), k * math.Ln2} {
				at := float64(table.At(draw.LogOf(math.Log2(e/math.Ln2)))) / (1 << 32)
				// The distribution function is asked on both sides: where chances crowd near 0 or
				// 1, digits of p run out, so the smaller of p and 1-p is looked at.
				below := want.CDF(1 / (1 + math.Exp2(-at)))
				rest := distuv.Beta{Alpha: l.b, Beta: l.a}.CDF(1 / (1 + math.Exp2(at)))
				if f := -math.Expm1(-e); math.Abs(below-f) > 2e-3*f && math.Abs(rest-(1-f)) >
					2e-3*(1-f) {
					t.Errorf("%v at %g: below %g, above %g", l, f, below, rest)
				}
			}
		}
	}
}
