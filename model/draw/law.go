package draw

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A Law is a distribution of positive numbers. Its methods use base-2 logarithms, because the
// numbers range from seconds to years.
type Law interface {
	// Quantile returns log2 of the value whose survival is s = exp(-e). Both are given because each
	// is exact where the other has lost its digits.
	Quantile(s, e float64) float64
	// Tails returns the survival function and the distribution function at 2^x.
	Tails(x float64) (survival, below float64)
}

// Lognormal has log2 of the median, and the standard deviation of the natural logarithm.
type Lognormal struct{ MedianLog2, Sigma float64 }

// Quantile implements Law.
func (l Lognormal) Quantile(s, e float64) float64 {
	return l.MedianLog2 + float64(l.Sigma*math.Log2E*score(s, e))
}

// Tails implements Law.
func (l Lognormal) Tails(x float64) (survival, below float64) {
	z := (x - l.MedianLog2) / (l.Sigma * math.Log2E * math.Sqrt2)
	return math.Erfc(z) / 2, math.Erfc(-z) / 2
}

// Weibull has S(t) = exp(-(t/scale)^shape); shape 1 is the exponential.
type Weibull struct{ ScaleLog2, Shape float64 }

// Quantile implements Law.
func (w Weibull) Quantile(_, e float64) float64 { return w.ScaleLog2 + math.Log2(e)/w.Shape }

// Tails implements Law.
func (w Weibull) Tails(x float64) (survival, below float64) {
	e := math.Exp2((x - w.ScaleLog2) * w.Shape)
	return math.Exp(-e), -math.Expm1(-e)
}

// Gamma has the given mean and shape; a whole shape is an Erlang law.
type Gamma struct{ MeanLog2, Shape float64 }

// Quantile implements Law. Early on its series tells more than the distribution function.
func (g Gamma) Quantile(s, e float64) float64 {
	f := -math.Expm1(-e)
	lg, _ := math.Lgamma(g.Shape + 1)
	least := (math.Log(f) + lg) / g.Shape // by the first term of the series, which the others add to
	if f <= 1e-6 || least < -40 {
		return g.MeanLog2 - math.Log2(g.Shape) + g.early(f)
	}
	tail, of, sign := f, mathext.GammaIncReg, 1.0
	if s < 0.5 {
		tail, of, sign = s, mathext.GammaIncRegComp, -1
	}
	log := math.Log(tail)
	start := least
	// About the cube root of a gamma number is normal (Wilson and Hilferty 1931).
	if root := 1 - 1/(9*g.Shape) + score(s, e)/(3*math.Sqrt(g.Shape)); root > 0 {
		start = max(least, math.Log(g.Shape)+3*math.Log(root))
	}
	y := climb(start, func(y float64) (miss, slope, bend float64) {
		x := math.Exp(y)
		part := of(g.Shape, x)
		slope = sign * g.Shape * math.Exp(g.Shape*y-x-lg) / part
		return math.Log(part) - log, slope, g.Shape - x - slope
	})
	return g.MeanLog2 - math.Log2(g.Shape) + float64(y*math.Log2E)
}

// early returns log2 of the small x at which the distribution function is f, by iterating on its
// series P(k, x) = x^k · e^-x / Γ(k+1) · (1 + x/(k+1) + x²/((k+1)(k+2)) + …) (Abramowitz and Stegun
// 6.5.29). It works on logarithms: x itself may be below any double.
func (g Gamma) early(f float64) float64 {
	lg, _ := math.Lgamma(g.Shape + 1)
	lead := math.Log(f) + lg
	log := lead / g.Shape
	for range 60 {
		x := math.Exp(log)
		sum, term, before := 1.0, 1.0, 0.0
		for n := 1.0; n < 40 && sum != before; n++ { // terms fall: once one is lost, all are
			before = sum
			term *= x / (g.Shape + n)
			sum += term
		}
		if next := (lead + x - math.Log(sum)) / g.Shape; next != log {
			log = next
			continue
		}
		break
	}
	return log * math.Log2E
}

// Tails implements Law.
func (g Gamma) Tails(x float64) (survival, below float64) {
	t := g.Shape * math.Exp2(x-g.MeanLog2)
	return mathext.GammaIncRegComp(g.Shape, t), mathext.GammaIncReg(g.Shape, t)
}

// Fixed has one value only.
type Fixed struct{ Log2 float64 }

// Quantile implements Law.
func (f Fixed) Quantile(_, _ float64) float64 { return f.Log2 }

// Tails implements Law.
func (f Fixed) Tails(x float64) (survival, below float64) {
	if x < f.Log2 {
		return 1, 0
	}
	return 0, 1
}

// Later is a law shifted up by 2^MinLog2, its minimum.
type Later struct {
	MinLog2 float64
	Law     Law
}

// Quantile implements Law.
func (l Later) Quantile(s, e float64) float64 {
	return math.Log2(math.Exp2(l.MinLog2) + math.Exp2(l.Law.Quantile(s, e)))
}

// Tails implements Law.
func (l Later) Tails(x float64) (survival, below float64) {
	if x <= l.MinLog2 {
		return 1, 0
	}
	return l.Law.Tails(math.Log2(math.Exp2(x) - math.Exp2(l.MinLog2)))
}

// Mixture is a choice among several laws, each with its probability.
type Mixture struct {
	Parts []float64
	Laws  []Law
}

// Quantile implements Law: what is sought lies among the quantiles of the parts. It is bounded by
// 2^-64 and 2^64.
func (m Mixture) Quantile(s, e float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for i, law := range m.Laws {
		if m.Parts[i] > 0 {
			x := law.Quantile(s, e)
			low, high = min(low, max(x, -64)), max(high, min(x, 64))
		}
	}
	f := -math.Expm1(-e)
	return between(low, high, func(x float64) float64 {
		survival, below := m.Tails(x)
		if s < 0.5 {
			return math.Log(s / survival)
		}
		return math.Log(below / f)
	})
}

// Tails implements Law.
func (m Mixture) Tails(x float64) (survival, below float64) {
	for i, law := range m.Laws {
		s, b := law.Tails(x)
		survival += float64(m.Parts[i] * s)
		below += float64(m.Parts[i] * b)
	}
	return survival, below
}
