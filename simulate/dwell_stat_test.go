package simulate

import (
	"fmt"
	"math"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
)

// staying is a stage in which people stay for a while and after which they are seen once more, in a
// place that never closes.
const staying = `
days: 365
needs: {per_year: 1000}
channels: {poster: {touchpoint: street, hours: 0-24}}
journey:
  start: {look: 1}
  stages:
    look: {part_of: awareness, dwell: 1h, next: {done: 1}}
    done: {part_of: loyalty, dwell: 0d, next: {leave: 1}}
  channels: {start: {poster: 1}}
`

// A distribution is a law as gonum knows it, in hours.
type distribution interface{ CDF(hours float64) float64 }

// mixed is a mixture of two.
type mixed struct {
	share float64
	of    [2]distribution
}

func (m mixed) CDF(x float64) float64 { return m.share*m.of[0].CDF(x) + (1-m.share)*m.of[1].CDF(x) }

// after is a distribution moved up.
type after struct {
	min float64
	distribution
}

func (a after) CDF(x float64) float64 { return a.distribution.CDF(max(x-a.min, 0)) }

func lognormal(median, sigma float64) distribution {
	return distuv.LogNormal{Mu: math.Log(median), Sigma: sigma}
}

func gamma(mean, shape float64) distribution {
	return distuv.Gamma{Alpha: shape, Beta: shape / mean}
}

// dwells are laws from minutes to months, each with a mutant of which one parameter is 2 % larger,
// and so many customers that their stays show the mutant.
var dwells = []struct {
	law, mutant  string
	is, mutantIs distribution
	customers    string
}{
	{"{lognormal: {median: 20min, sigma: 0.7}}", "{lognormal: {median: 20min, sigma: 0.714}}",
		lognormal(1.0/3, 0.7), lognormal(1.0/3, 0.714), "600"},
	{"{exponential: {mean: 5h}}", "{exponential: {mean: 5.1h}}", gamma(5, 1), gamma(5.1, 1),
		"1_000"},
	{"{weibull: {scale: 10h, shape: 0.6}}", "{weibull: {scale: 10h, shape: 0.612}}",
		distuv.Weibull{K: 0.6, Lambda: 10}, distuv.Weibull{K: 0.612, Lambda: 10}, "800"},
	{"{gamma: {mean: 2d, shape: 3}, min: 1d}", "{gamma: {mean: 2.04d, shape: 3}, min: 1d}",
		after{24, gamma(48, 3)}, after{24, gamma(48.96, 3)}, "1_200"},
	{"{mixture: [{share: 30%, lognormal: {median: 20min, sigma: 0.6}}, " +
		"{share: 70%, lognormal: {median: 77h, sigma: 0.8}}]}",
		"{mixture: [{share: 30%, lognormal: {median: 20min, sigma: 0.6}}, " +
			"{share: 70%, lognormal: {median: 77h, sigma: 0.816}}]}",
		mixed{0.3, [2]distribution{lognormal(1.0/3, 0.6), lognormal(77, 0.8)}},
		mixed{0.3, [2]distribution{lognormal(1.0/3, 0.6), lognormal(77, 0.816)}}, "3_200"},
	{"{gamma: {mean: 30d, shape: 2}}", "{gamma: {mean: 30.6d, shape: 2}}",
		gamma(720, 2), gamma(734.4, 2), "14_000"},
	{"{erlang: {mean: 60d, k: 9}}", "{erlang: {mean: 61.2d, k: 9}}",
		gamma(1440, 9), gamma(1468.8, 9), "6_000"},
}

// stays returns, for each visit of look, with what probability a law makes a shorter stay: evenly
// spread between 0 and 1 if it is the right law. On the day of entry a stay is seen to the
// micro-second; later, only the day it ends on; at the end of the world, only that it lasts: there
// a number is drawn between the probabilities of what may be (the randomised probability integral
// transform). So nothing is left out, and long stays are missed no more than short ones.
func stays(h *history, law distribution) []float64 {
	w := h.w
	var u []float64
	at, left := make([]int64, w.Customers), make([]int64, w.Customers)
	see := func(person int32) {
		below := func(until int64) float64 { return law.CDF(float64(until-at[person]) / 3600e6) }
		entered, _ := w.DayOf(at[person])
		day, ended := w.DayOf(left[person])
		first, last := below(w.Midnight[w.Warmup+w.Days]), 1.0
		switch {
		case ended && day == entered:
			first = below(left[person])
			last = first
		case ended:
			first, last = below(w.Midnight[w.Warmup+day]), below(w.Midnight[w.Warmup+day+1])
		}
		random := float64(draw.New(17).With(uint64(len(u))).Draw(0)>>11) / (1 << 53)
		u = append(u, first+random*(last-first))
	}
	h.steps(func(s *step) {
		if s.number == 0 {
			at[s.person] = s.at
			return
		}
		left[s.person] = s.at
		see(s.person)
		at[s.person], left[s.person] = 0, 0
	})
	for person, began := range at {
		if began != 0 {
			see(int32(person))
		}
	}
	return u
}

// dwellCells are the equally likely intervals of the chi-square test.
const dwellCells = 24

// evenly claims that numbers between 0 and 1 are evenly spread.
func evenly(u []float64) float64 {
	counts, weights := make([]int, dwellCells), make([]float64, dwellCells)
	for i := range weights {
		weights[i] = 1
	}
	for _, x := range u {
		counts[min(int(x*dwellCells), dwellCells-1)]++
	}
	return chiSquare(counts, weights)
}

// cellsOf returns the probabilities that a mutant gives to intervals that are equally likely under
// a law.
func cellsOf(law, mutant distribution) []float64 {
	cells, below := make([]float64, dwellCells), 0.0
	for i := range cells {
		low, high := 0.0, 1e6
		for range 100 {
			if mid := (low + high) / 2; law.CDF(mid) < float64(i+1)/dwellCells {
				low = mid
			} else {
				high = mid
			}
		}
		to := mutant.CDF(low)
		if i == dwellCells-1 {
			to = 1
		}
		cells[i] = to - below
		below = to
	}
	return cells
}

// TestStaysFollowTheirLaw: of every law, from minutes to months, within a day and over many. In
// short mode only of two laws.
func TestStaysFollowTheirLaw(t *testing.T) {
	t.Parallel()
	for i, d := range dwells {
		t.Run(d.law, func(t *testing.T) {
			t.Parallel()
			if i >= 2 {
				heavy(t)
			}
			of := func(law string) []float64 {
				w := worldOf(t, staying, "customers", d.customers, "journey.stages.look.dwell", law)
				return stays(historyOf(t, w), d.is)
			}
			right := of(d.law)
			if need := power(cellsOf(d.is, d.mutantIs)); len(right) < need {
				t.Errorf("%d stays, want %d to see the mutant", len(right), need)
			}
			c := claim[[]float64](evenly)
			c.holds(t, "stays", right)
			c.failsIn(t, d.mutant, of(d.mutant))
		})
	}
}

// lastMoments is what a day may end with in which nothing begins any more.
const lastMoments = 5 * second

// TestStaysOfADayAreExact: a stay that ends on the day it began ends when its time is over, to the
// micro-second, and others on the day on which it is.
func TestStaysOfADayAreExact(t *testing.T) {
	t.Parallel()
	for _, span := range []string{"0d", "1s", "90min", "23h", "40d"} {
		w := worldOf(t, staying, "customers", "200", "days", "120", "start", "2025-03-01",
			"journey.stages.look.dwell", span)
		long := time.Duration(*w.Scenario.Journey.Stages["look"].Dwell.Fixed).Microseconds()
		seen, exact := 0, 0
		historyOf(t, w).steps(func(s *step) {
			if s.number == 0 {
				return
			}
			seen++
			entered, _ := w.DayOf(s.last.at)
			left, _ := w.DayOf(s.at)
			over, ok := w.DayOf(s.last.at + long)
			// Nothing begins in the last moments of a day: it waits for the next.
			late := ok && w.Midnight[over+w.Warmup+1]-(s.last.at+long) < lastMoments &&
				left == over+1
			switch {
			case !ok || left != over && !late:
				t.Errorf("%s from %d on: left on day %d, want %d", span, s.last.at, left, over)
			case left == entered && math.Abs(float64(s.at-s.last.at-long)) > 1e-6*float64(long):
				// Tables round a law to 2^-24 of its logarithm.
				t.Errorf("%s from %d on: left after %d µs", span, s.last.at, s.at-s.last.at)
			case left == entered:
				exact++
			}
		})
		if seen < 300 || exact == 0 && long < 24*3600*second {
			t.Errorf("%s: %d stays, %d within a day, prove little", span, seen, exact)
		}
	}
}

// TestHasteStretchesTime: people with a haste of ln 2 are twice as fast. The mutant differs by 2 %.
func TestHasteStretchesTime(t *testing.T) {
	t.Parallel()
	of := func(haste float64) []float64 {
		w := worldOf(t, staying, "customers", "1_000", "journey.stages.look.dwell",
			"{exponential: {mean: 10h}}",
			"segments", fmt.Sprintf("{all: {share: 1, traits: {haste: %g}}}", haste))
		if !w.Traits || w.Segments[0].Mean[model.TraitHaste] == 0 {
			t.Fatal("nobody is in haste")
		}
		return stays(historyOf(t, w), gamma(5, 1))
	}
	c := claim[[]float64](evenly)
	c.holds(t, "twice as fast", of(math.Ln2))
	c.failsIn(t, "2 % slower", of(math.Ln2-0.02))
}
