package draw

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A Law is a distribution of positive numbers. Both of its methods speak of base-2 logarithms,
// because the numbers run from seconds to years.
type Law interface {
	// Quantile returns log2 of the value whose survival is s = exp(-e). Both are given because each is
	// exact where the other has run out of digits.
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

// Quantile implements Law.
func (g Gamma) Quantile(s, e float64) float64 {
	x := 0.0
	if s < 0.5 {
		x = mathext.GammaIncRegCompInv(g.Shape, s)
	} else if f := -math.Expm1(-e); f > 1e-8 {
		x = mathext.GammaIncRegInv(g.Shape, f)
	}
	if x <= 0 { // near 0 the leading term of the distribution function is exact: x^k / Γ(k+1) = e
		lg, _ := math.Lgamma(g.Shape + 1)
		return g.MeanLog2 - math.Log2(g.Shape) + float64((math.Log(e)+lg)/g.Shape*math.Log2E)
	}
	return g.MeanLog2 + math.Log2(x/g.Shape)
}

// Tails implements Law.
func (g Gamma) Tails(x float64) (survival, below float64) {
	t := g.Shape * math.Exp2(x-g.MeanLog2)
	return mathext.GammaIncRegComp(g.Shape, t), mathext.GammaIncReg(g.Shape, t)
}

// Fixed is always the same.
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

// Later is a law moved up by 2^MinLog2: nothing is shorter.
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

// Mixture is one of several laws, each with its probability.
type Mixture struct {
	Parts []float64
	Laws  []Law
}

// Quantile implements Law by bisection.
func (m Mixture) Quantile(s, e float64) float64 {
	low, high := -64.0, 64.0
	f := -math.Expm1(-e)
	for range 80 {
		mid := (low + high) / 2
		survival, below := m.Tails(mid)
		if s < 0.5 && survival > s || s >= 0.5 && below < f {
			low = mid
		} else {
			high = mid
		}
	}
	return high
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
