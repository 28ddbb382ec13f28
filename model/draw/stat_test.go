package draw

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// alpha is the chance with which a test of something right would have failed under another seed.
// Seeds are fixed, so a test that passes once passes always.
const alpha = 1e-6

// holds fails a test when what is right looks wrong.
func holds(t *testing.T, what string, p float64) {
	if !(p >= alpha) {
		t.Errorf("%s: p = %.3g, want at least %g", what, p, alpha)
	}
}

// notices fails a test when what is wrong by design looks right: such a test could not fail.
func notices(t *testing.T, what string, p float64) {
	if !(p < alpha) {
		t.Errorf("%s goes unnoticed: p = %.3g, want below %g", what, p, alpha)
	}
}

// chiSquare returns the p-value of Pearson's test of counts against probabilities. Neighbouring
// cells are taken together until 25 are expected, where the approximation is good to the far tail.
func chiSquare(counts []int, probabilities []float64) float64 {
	n := 0
	for _, c := range counts {
		n += c
	}
	sum, cells, seen, expected, left := 0.0, 0, 0.0, 0.0, float64(n)
	for i, p := range probabilities {
		seen += float64(counts[i])
		expected += p * float64(n)
		if expected < 25 || left-expected < 25 && i < len(probabilities)-1 {
			continue
		}
		if expected == 0 {
			return 0 // and yet something was seen
		}
		sum += (seen - expected) * (seen - expected) / expected
		left -= expected
		seen, expected = 0, 0
		cells++
	}
	return distuv.ChiSquared{K: float64(cells - 1)}.Survival(sum)
}

// alike are n equal probabilities.
func alike(n int) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = 1 / float64(n)
	}
	return p
}

// kolmogorov returns the p-value of the one-sample test of Kolmogorov and Smirnov, of a sample
// sorted into equally likely intervals of the law it should have. Looking at their ends only can
// make the distance smaller, so the test is careful.
func kolmogorov(counts []int) float64 {
	n := 0
	for _, c := range counts {
		n += c
	}
	distance, below := 0.0, 0
	for i, c := range counts {
		below += c
		expected := float64(i+1) / float64(len(counts))
		distance = max(distance, math.Abs(float64(below)/float64(n)-expected))
	}
	// Q(λ) = 2 Σ (-1)^(k-1) exp(-2 k² λ²), and λ with Stephens's correction (1970).
	root := math.Sqrt(float64(n))
	lambda := (root + 0.12 + 0.11/root) * distance
	p := 0.0
	for k := 1.0; k <= 20; k++ {
		p += math.Pow(-1, k-1) * math.Exp(-2*k*k*lambda*lambda)
	}
	if lambda < 0.2 {
		return 1
	}
	return min(2*p, 1)
}

// TestStatistics holds the yardsticks themselves to tabulated values.
func TestStatistics(t *testing.T) {
	// 95 % of the chi-square with 1 degree of freedom lie below 3.841.
	d := math.Sqrt(3.841 * 10_000 / 4)
	p := chiSquare([]int{5_000 + int(math.Round(d)), 5_000 - int(math.Round(d))}, alike(2))
	if math.Abs(p-0.05) > 0.001 {
		t.Errorf("chi-square: p = %g, want 0.05", p)
	}
	// Of the Kolmogorov law, 95 % below 1.3581 and all but 1e-6 below 2.693.
	for lambda, want := range map[float64]float64{1.3581: 0.05, 2.6934: 1e-6} {
		n := 1_000_000
		off := int(lambda * 1_000)
		if p := kolmogorov([]int{n/2 - off, n/2 + off}); math.Abs(p/want-1) > 0.01 {
			t.Errorf("Kolmogorov: p(%g) = %g, want %g", lambda, p, want)
		}
	}
}
