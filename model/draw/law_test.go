package draw

import (
	"math"
	"slices"
	"sort"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// A distribution is a law as gonum knows it.
type distribution interface {
	Quantile(p float64) float64
	CDF(x float64) float64
	Survival(x float64) float64
}

// later and mixture are gonum's laws put together like ours.
type later struct {
	min float64
	distribution
}

func (l later) Quantile(p float64) float64 { return l.min + l.distribution.Quantile(p) }
func (l later) CDF(x float64) float64      { return l.distribution.CDF(max(x-l.min, 0)) }
func (l later) Survival(x float64) float64 { return l.distribution.Survival(max(x-l.min, 0)) }

type mixture struct {
	share float64 // of the first
	of    [2]distribution
}

func (m mixture) CDF(x float64) float64 {
	return m.share*m.of[0].CDF(x) + (1-m.share)*m.of[1].CDF(x)
}

func (m mixture) Survival(x float64) float64 {
	return m.share*m.of[0].Survival(x) + (1-m.share)*m.of[1].Survival(x)
}

func (m mixture) Quantile(p float64) float64 {
	low, high := 0.0, max(m.of[0].Quantile(p), m.of[1].Quantile(p))
	for range 200 {
		if mid := (low + high) / 2; m.CDF(mid) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

func lognormal(median, sigma float64) (Law, distribution) {
	return Lognormal{MedianLog2: math.Log2(median), Sigma: sigma},
		distuv.LogNormal{Mu: math.Log(median), Sigma: sigma}
}

func weibull(scale, shape float64) (Law, distribution) {
	return Weibull{ScaleLog2: math.Log2(scale), Shape: shape},
		distuv.Weibull{Lambda: scale, K: shape}
}

func gamma(mean, shape float64) (Law, distribution) {
	return Gamma{MeanLog2: math.Log2(mean), Shape: shape},
		distuv.Gamma{Alpha: shape, Beta: shape / mean}
}

// twoLognormals is the shape of a first visit → purchase: a share within the hour, the
// others within days.
func twoLognormals(share, sigma float64) (Law, distribution) {
	a, x := lognormal(0.34, 1.19)
	b, y := lognormal(77, sigma)
	return Mixture{Parts: []float64{share, 1 - share}, Laws: []Law{a, b}},
		mixture{share, [2]distribution{x, y}}
}

func delivery(mean, shape float64) (Law, distribution) {
	a, x := gamma(mean, shape)
	return Later{MinLog2: math.Log2(1), Law: a}, later{1, x}
}

// laws are one of each kind, as functions of a scale and a shape.
var laws = []struct {
	name         string
	make         func(scale, shape float64) (Law, distribution)
	scale, shape float64
}{
	{"lognormal", lognormal, 3, 1.2},
	{"lognormal, narrow", lognormal, 1e6, 0.1},
	{"exponential", weibull, 5, 1},
	{"weibull, early deciders", weibull, 2, 0.6},
	{"weibull, late", weibull, 2, 3},
	{"gamma, shape 0.8", gamma, 1, 0.8},
	{"gamma", gamma, 2, 3},
	{"erlang", gamma, 300, 9},
	{"mixture", twoLognormals, 0.61, 1.65},
	{"later", delivery, 2, 3},
}

// depth is how far into a tail laws are compared: 1 in 2^depth.
const depth = 30

// quantileError is the relative error of a table: 4 in 10,000, and in the tails beyond 1 in 2^20, 2
// in 1,000, of which nobody sees the difference.
func quantileError(tail float64) float64 {
	if tail < 1.0/(1<<20) {
		return 2e-3
	}
	return 4e-4
}

// near reports whether two positive numbers differ by no more than a part.
func near(a, b, part float64) bool { return math.Abs(a/b-1) <= part }

// TestTablesAgreeWithGonum: far into both tails of every law, off the points of the table. Either
// the value is near the quantile or its tail is near the one asked for: between the parts of a
// mixture there is nobody, and the quantile hardly says where.
func TestTablesAgreeWithGonum(t *testing.T) {
	for _, l := range laws {
		law, want := l.make(l.scale, l.shape)
		table := TableOf(law)
		at := func(e float64) float64 {
			return math.Exp2(float64(table.At(LogOf(math.Log2(e/math.Ln2)))) / (1 << 32))
		}
		for k := 1.0; k < depth; k += 0.37 {
			tail := math.Exp2(-k)
			e := quantileError(tail)
			if x := at(-math.Log1p(-tail)); !near(x, want.Quantile(tail), e) &&
				!near(want.CDF(x), tail, e) {
				t.Errorf("%s: %g of the early tail %.3g, want %g", l.name, x, tail,
					want.Quantile(tail))
			}
			// gonum's quantiles take 1-tail, in which a late tail has lost its last digits, so
			// both sides of the value are asked for their survival.
			x := at(-math.Log(tail))
			after, before := want.Survival(x*(1+e)), want.Survival(x*(1-e))
			if (after > tail || before < tail) && !near(want.Survival(x), tail, e) {
				t.Errorf("%s: %g has survival %.6g, want %.6g", l.name, x, want.Survival(x), tail)
			}
		}
	}
}

// TestFixedIsExact: no law, no rounding but that of the table.
func TestFixedIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-64, 60).Draw(t, "log2")
		table := TableOf(Fixed{Log2: x})
		got := float64(table.At(Threshold(rapid.Uint64().Draw(t, "u")))) / (1 << 32)
		if math.Abs(got-x) > 1.0/(1<<24) {
			t.Fatalf("%g, want %g", got, x)
		}
	})
}

// TestTails: survival and distribution are those of gonum, and so inverse to the quantile.
func TestTails(t *testing.T) {
	for _, l := range laws {
		law, want := l.make(l.scale, l.shape)
		for k := 0.1; k < 20; k += 0.7 {
			for _, s := range []float64{math.Exp2(-k), 1 - math.Exp2(-k)} {
				x := law.Quantile(s, -math.Log(s))
				survival, below := law.Tails(x)
				v := math.Exp2(x)
				if math.Abs(survival/s-1) > 1e-6 || math.Abs(survival/want.Survival(v)-1) > 1e-6 ||
					math.Abs(below-want.CDF(v)) > 1e-9 {
					t.Errorf("%s: tails of %g are %g and %g, want %g, %g", l.name, v, survival,
						below, s, 1-s)
				}
			}
		}
	}
}

// TestLawsRise: the later the threshold, the longer the time, so that effects on a hazard are
// monotone.
func TestLawsRise(t *testing.T) {
	for _, l := range laws {
		law, _ := l.make(l.scale, l.shape)
		table := TableOf(law)
		if !slices.IsSorted(table.at) {
			t.Errorf("%s: the table falls", l.name)
		}
	}
	if normal := Normal(); !slices.IsSorted(normal.at) {
		t.Error("normal scores: the table falls")
	}
}

// intervals is how many equally likely intervals samples are sorted into.
const intervals = 512

// sampled sorts n keyed draws of a law into the intervals that are equally likely under another.
func sampled(law Law, under distribution, n int) []int {
	ends := make([]float64, intervals-1)
	for i := range ends {
		ends[i] = math.Log2(under.Quantile(float64(i+1)/intervals)) * (1 << 32)
	}
	table, counts := TableOf(law), make([]int, intervals)
	for i := range uint64(n) {
		x := float64(table.At(Threshold(New(5).With(i).Draw(1))))
		counts[sort.SearchFloat64s(ends, x)]++
	}
	return counts
}

// enough returns how many draws show one law from another: the Kolmogorov distance d of the two
// must be 1.5 times what is exceeded by chance in 1 of a million samples, 2.69/√n, and a tenth
// more.
func enough(law, mutant distribution) int {
	d := 0.0
	for i := 1; i < intervals; i++ {
		p := float64(i) / intervals
		d = max(d, math.Abs(mutant.CDF(law.Quantile(p))-p))
	}
	return int(1.1 * math.Pow(1.5*2.69/d, 2))
}

// TestKeyedDrawsFollowTheirLaw: of every law, and 2 % of its scale or of its shape show. The
// numbers of draws are computed, from 3,000 for the narrow lognormal to 5,000,000 for the shape of
// a gamma.
func TestKeyedDrawsFollowTheirLaw(t *testing.T) {
	for _, l := range laws {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			law, want := l.make(l.scale, l.shape)
			scaled, wantScaled := l.make(1.02*l.scale, l.shape)
			shaped, wantShaped := l.make(l.scale, 1.02*l.shape)
			forScale, forShape := enough(want, wantScaled), enough(want, wantShaped)
			holds(t, l.name, kolmogorov(sampled(law, want, max(forScale, forShape))))
			notices(t, "2 % of scale", kolmogorov(sampled(scaled, want, forScale)))
			notices(t, "2 % of shape", kolmogorov(sampled(shaped, want, forShape)))
		})
	}
}

// TestMixturesLeap: a mixture of laws that lie far apart gives hardly anything to the gap between
// them.
func TestMixturesLeap(t *testing.T) {
	m := Mixture{Parts: []float64{0.4, 0.6},
		Laws: []Law{Lognormal{MedianLog2: 30, Sigma: 0.5}, Lognormal{MedianLog2: 38, Sigma: 0.6}}}
	const low, high = 32.5, 35.5
	s0, _ := m.Tails(low)
	s1, _ := m.Tails(high)
	table, n, in := TableOf(m), 1<<20, 0
	for i := range n {
		x := table.At(Threshold(uint64(i)<<44 | 1<<43))
		if x > int64(LogOf(low)) && x < int64(LogOf(high)) {
			in++
		}
	}
	if got, want := float64(in)/float64(n), s0-s1; got > want+5e-4 || got < want-5e-4 {
		t.Errorf("%.5f of the values lie in the gap, want %.5f", got, want)
	}
}
