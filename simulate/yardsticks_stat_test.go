package simulate

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// alpha is the chance with which a test of a right world would have failed under another seed.
// Seeds are fixed, so a test that passes once passes until rows change.
const alpha = 1e-6

// A claim is something said of a world, as the p-value of what a life of that world has shown. It
// is made of the right world and of mutants, in which some parameter that the claim speaks of
// differs by 2 %: those must refute it, or the claim could not fail. Where a mutant differs by
// more, it says so.
type claim[Evidence any] func(Evidence) float64

func (c claim[E]) holds(t *testing.T, what string, e E) {
	if p := c(e); !(p >= alpha) {
		t.Errorf("%s: p = %.3g, want at least %g", what, p, alpha)
	}
}

func (c claim[E]) failsIn(t *testing.T, mutant string, e E) {
	if p := c(e); !(p < alpha) {
		t.Errorf("%s goes unnoticed: p = %.3g, want below %g", mutant, p, alpha)
	}
}

// holm returns the smallest of several p-values as Holm adjusts it: times their number.
func holm(p []float64) float64 { return min(slices.Min(p)*float64(len(p)), 1) }

// chiSquare returns the p-value of Pearson's test of counts against weights. Neighbouring cells are
// taken together until 25 are expected, where the approximation is good to the far tail. Something
// seen where nothing can be is refuted at once.
func chiSquare(counts []int, weights []float64) float64 {
	n, whole := 0, 0.0
	for i, w := range weights {
		if w == 0 && counts[i] > 0 {
			return 0
		}
		n += counts[i]
		whole += w
	}
	sum, cells, seen, expected, left := 0.0, 0, 0.0, 0.0, float64(n)
	for i, w := range weights {
		seen += float64(counts[i])
		expected += w / whole * float64(n)
		if expected < 25 || left-expected < 25 && i < len(weights)-1 {
			continue
		}
		sum += (seen - expected) * (seen - expected) / expected
		left -= expected
		seen, expected = 0, 0
		cells++
	}
	if cells < 2 {
		return 1 // one possible cell
	}
	return distuv.ChiSquared{K: float64(cells - 1)}.Survival(sum)
}

// twoSided returns the p-value of a standard normal score.
func twoSided(z float64) float64 { return 2 * distuv.UnitNormal.Survival(math.Abs(z)) }

// power returns how many observations a chi-square test with equally likely cells needs in order to
// see, in 999 of 1,000 cases at alpha, that the cells have the given probabilities instead: with
// k-1 degrees of freedom the statistic has mean k-1+λ and variance 2(k-1+2λ), λ = n·k·Σ(p-1/k)².
func power(mutant []float64) int {
	k, each := float64(len(mutant)), 0.0
	for _, p := range mutant {
		each += k * (p - 1/k) * (p - 1/k)
	}
	limit := distuv.ChiSquared{K: k - 1}.Quantile(1 - alpha)
	lambda := limit
	for lambda+k-1-3.1*math.Sqrt(2*(k-1+2*lambda)) < limit {
		lambda++
	}
	return int(lambda / each)
}
