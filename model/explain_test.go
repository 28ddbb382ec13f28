package model

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/draw"
)

// chain is a scenario of one stage after the other's weights; every stage can end.
func chain(start string, next ...string) string {
	var s strings.Builder
	s.WriteString("orders: {delivery: 1d, collection: 1h}\n") // laws would take long to tabulate
	s.WriteString("channels: {a: {touchpoint: street}, b: {touchpoint: telephone}, " +
		"c: {touchpoint: web}}\n")
	fmt.Fprintf(&s, "journey:\n  start: {%s}\n  stages:\n", start)
	for i, n := range next {
		fmt.Fprintf(&s, "    s%d: {part_of: consideration, dwell: 12h, next: {%s}}\n", i, n)
	}
	s.WriteString("  channels: {start: {a: 1, b: 1}, a: {b: 2, c: 1}, b > a: {a: 1, c: 4}}\n")
	return s.String()
}

// TestVisitsOfSmallChains: expected visits that a pencil can find.
func TestVisitsOfSmallChains(t *testing.T) {
	for _, test := range []struct {
		start string
		next  []string
		want  []float64
	}{
		{"s0: 1", []string{"leave: 1"}, []float64{1}},
		{"s0: 1", []string{"s0: 50%, leave: 50%"}, []float64{2}},  // geometric
		{"s0: 1", []string{"s0: 90%, leave: 10%"}, []float64{10}}, //
		{"s0: 1", []string{"s1: 50%, leave: 50%", "leave: 1"}, []float64{1, 0.5}},
		{"s0: 1", []string{"s1: 1", "s0: 75%, leave: 25%"}, []float64{4, 4}}, // a loop of two
		{"s0: 1, s1: 3", []string{"s1: 1", "leave: 1"}, []float64{0.25, 1}},
		{"s0: 1", []string{"s1: 1, s2: 1", "s2: 1", "s0: 1, leave: 1"}, []float64{2, 1, 2}},
	} {
		w := compiled(t, chain(test.start, test.next...))
		got := w.Visits(0)
		for i, want := range test.want {
			if math.Abs(got[i+1]-want) > 1e-6 {
				t.Errorf("%v: visits %v, want %v", test.next, got[1:], test.want)
				break
			}
		}
	}
}

// TestEveryLittleChain: with all weights from 0 to 2 on two stages and the way out, in a chain that
// can be entered and left, visits solve the balance v = start + v·Q, and touches add up to them.
func TestEveryLittleChain(t *testing.T) {
	t.Parallel()
	made := 0
	for code := range 3 * 3 * 3 * 3 * 3 * 3 {
		var q [6]int
		for i, rest := 0, code; i < 6; i, rest = i+1, rest/3 {
			q[i] = rest % 3
		}
		next := func(w []int) string {
			return fmt.Sprintf("s0: %d, s1: %d, leave: %d", w[0], w[1], w[2])
		}
		text := chain("s0: 1", next(q[:3]), next(q[3:]))
		s, err := LoadBytes("chain.yaml", []byte(text), nil)
		if err != nil {
			continue // a stage that is never left or never entered
		}
		w, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		made++
		visits, touches := w.Visits(0), w.Touches(0)
		for to := range 2 {
			balance := 0.0
			if to == 0 {
				balance = 1
			}
			for from := range 2 {
				row := q[3*from : 3*from+3]
				balance += visits[from+1] * float64(row[to]) / float64(row[0]+row[1]+row[2])
			}
			sum := 0.0
			for _, n := range touches[to+1] {
				sum += n
			}
			if math.Abs(visits[to+1]-balance) > 1e-6 || math.Abs(visits[to+1]-sum) > 1e-6 {
				t.Errorf("%s: %g visits of s%d, balance %g, touches %g", text, visits[to+1], to,
					balance, sum)
			}
		}
	}
	if made < 200 {
		t.Errorf("only %d chains prove little", made)
	}
}

// TestTouchesByHand: two touches and no more, followed through the rows of one and of two channels.
func TestTouchesByHand(t *testing.T) {
	w := compiled(t, chain("s0: 1", "s1: 1", "s2: 1", "leave: 1"))
	got := w.Touches(0)
	// First a or b. After a: b or c, 2 to 1. After b: as at the start. After b > a: a or c, 1 to 4.
	want := [][]float64{
		{0.5, 0.5, 0},
		{0.25, 0.25 + 1.0/3, 1.0 / 6},
		// ab → start, ac → start, ba → 1:4, bb → start
		{1.0/6 + 1.0/12 + 0.05 + 0.125, 1.0/6 + 1.0/12 + 0.125, 0.2},
	}
	for stage, row := range want {
		for ch, n := range row {
			if math.Abs(got[stage+1][ch]-n) > 1e-6 {
				t.Errorf("stage s%d, channel %d: %g touches, want %g", stage, ch, got[stage+1][ch],
					n)
			}
		}
	}
}

// TestMeansOfWaits: over equally likely values, against the closed forms, to 1 % (a table's last
// values stand for the whole tail).
func TestMeansOfWaits(t *testing.T) {
	for law, want := range map[string]float64{
		"36h":                                    1.5,
		"{exponential: {mean: 3d}}":              3,
		"{gamma: {mean: 4d, shape: 2}}":          4,
		"{gamma: {mean: 4d, shape: 2}, min: 1d}": 5,
		"{erlang: {mean: 10d, k: 4}}":            10,
		"{weibull: {scale: 2d, shape: 2}}":       2 * math.Gamma(1.5),
		"{lognormal: {median: 1d, sigma: 0.8}}":  math.Exp(0.32),
		"{mixture: [{share: 1, exponential: {mean: 4d}}, {share: 3, exponential: {mean: 8d}}]}": 7,
	} {
		w := compiled(t, street, "journey.stages.look.dwell", law)
		if got := w.Chains[0].Stages[1].Dwell.Mean(); math.Abs(got/want-1) > 0.01 {
			t.Errorf("%s: mean %g days, want %g", law, got, want)
		}
	}
}

// TestEver: how many something happens to at least once, where it happens to all alike and where
// their rates vary.
func TestEver(t *testing.T) {
	for _, test := range []struct {
		vary, mean, want float64
	}{
		{0, 0, 0},
		{0, math.Ln2, 0.5},
		{0, 1, 1 - 1/math.E},
		{1, 0, 0},
		{1, 1, 0.5}, // exponential rates: mean/(1+mean)
		{1, 3, 0.75},
		{2, 2, 0.75},     // 1 - (1+2/2)^-2
		{0.5, 4, 2. / 3}, // 1 - 1/√9
		{0.5, 1e-6, 1e-6},
		{1, 1e12, 1},
	} {
		w := &World{Scenario: &Scenario{}}
		w.Scenario.Needs.Vary = test.vary
		if got := w.ever(test.mean); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("vary %g, %g times on average: to %g of all, want %g", test.vary, test.mean, got,
				test.want)
		}
	}
}

// TestEverIsOfPersonalRates: what ever says is the mean, over people with the rates of the law of
// needs, of how many it happens to by chance.
func TestEverIsOfPersonalRates(t *testing.T) {
	const n = 1 << 14
	for _, vary := range []string{"0", "0.3", "0.8", "4"} {
		w := compiled(t, street, "needs.vary", vary)
		for _, mean := range []float64{0.1, 1, 10} {
			sum := 0.0
			for i := range uint64(n) {
				personal := draw.Log(w.NeedRate.At(draw.Threshold((2*i + 1) << 49)))
				sum += 1 - math.Exp(-mean*math.Exp2(float64(personal)/float64(draw.One)))
			}
			if got := w.ever(mean); math.Abs(got-sum/n) > 0.002 {
				t.Errorf("vary %s, %g times on average: to %.4f of all, want %.4f", vary, mean, got,
					sum/n)
			}
		}
	}
}

// TestExplanationsAreFinite: of an ordinary market and of one where nothing happens.
func TestExplanationsAreFinite(t *testing.T) {
	for _, text := range []string{shop, street} {
		for _, customers := range []string{"1", "134_217_727"} {
			w := compiled(t, text, "customers", customers, "days", "1")
			x := w.Explain()
			numbers := []float64{x.JourneysPerYear, x.TouchesPerJourney, x.DaysPerJourney,
				w.RowsPerCustomer, float64(w.Parts)}
			for _, line := range x.Stages {
				numbers = append(numbers, line.Visits, line.MeanDays)
			}
			for _, line := range x.Channels {
				numbers = append(numbers, line.Touches)
			}
			for _, n := range numbers {
				if n < 0 || math.IsNaN(n) || math.IsInf(n, 0) {
					t.Errorf("%.30q, %s customers: %+v", text, customers, x)
					break
				}
			}
		}
	}
}
