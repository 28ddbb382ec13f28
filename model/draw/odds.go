package draw

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Odds is the law of the odds p/(1-p) of a chance p that follows a Beta law of A and B: the beta
// prime law, whose both tails are told from the side on which digits are left.
type Odds struct{ A, B float64 }

// Quantile implements Law.
func (l Odds) Quantile(s, e float64) float64 {
	f := -math.Expm1(-e)
	if f > 0.5 { // 1-p has more digits
		return -oddsLog2(l.B, l.A, s, f)
	}
	return oddsLog2(l.A, l.B, f, s)
}

// Tails implements Law.
func (l Odds) Tails(x float64) (survival, below float64) {
	p, q := 1/(1+math.Exp2(-x)), 1/(1+math.Exp2(x))
	return mathext.RegIncBeta(l.B, l.A, q), mathext.RegIncBeta(l.A, l.B, p)
}

// oddsLog2 returns log2 of the odds x/(1-x) of the quantile x of a Beta law at f, at most 0.5;
// rest is 1-f. Near 0 the distribution function is x^a/(a·B(a, b)) (Abramowitz and Stegun 26.5.4),
// and so it is near 1 from the other side.
func oddsLog2(a, b, f, rest float64) float64 {
	beta := mathext.Lbeta(a, b)
	x := (math.Log(f) + math.Log(a) + beta) / a
	left := (math.Log(rest) + math.Log(b) + beta) / b
	tiny := math.Log(1e-9)
	switch {
	case x >= tiny && left >= tiny:
		return betaOdds(a, b, f, beta) * math.Log2E
	case x >= tiny:
		x = math.Log1p(-math.Exp(left))
	case left >= tiny:
		left = math.Log1p(-math.Exp(x))
	}
	return (x - left) * math.Log2E
}

// betaOdds returns the log-odds y of the quantile of a Beta law at f. The density of y,
// x^a·(1-x)^b/B(a, b), is log-concave.
func betaOdds(a, b, f, beta float64) float64 {
	log := math.Log(f)
	start := math.Log(a) - math.Log(b) // of the mean
	if lead := (log + math.Log(a) + beta) / a; lead < -1 {
		start = min(start, lead-math.Log1p(-math.Exp(lead)))
	}
	return climb(start, func(y float64) (miss, slope, bend float64) {
		x, q := 1/(1+math.Exp(-y)), 1/(1+math.Exp(y))
		below := mathext.RegIncBeta(a, b, x)
		slope = math.Exp(a*math.Log(x)+b*math.Log(q)-beta) / below
		return math.Log(below) - log, slope, a*q - b*x - slope
	})
}
