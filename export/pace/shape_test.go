package pace

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shapes are a pace of each kind with the rate that it promises at a time.
func shapes(f func(from, to float64) float64) map[string]struct {
	pace Pace
	rate func(t float64) float64
} {
	a, b, c := f(1, 50_000), f(1, 50_000), f(1, 50_000)
	over := f(0.5, 300)
	d := time.Duration(over * 1e9)
	over = d.Seconds()
	type shape = struct {
		pace Pace
		rate func(t float64) float64
	}
	ramp := func(from float64) shape {
		return shape{Ramp{Rate(from), Rate(b), d}, func(t float64) float64 {
			return from + (b-from)*min(t/over, 1)
		}}
	}
	low, high := min(a, b), max(a, b)
	wave := func(low float64) shape {
		return shape{Wave{Rate(low), Rate(high), d}, func(t float64) float64 {
			return (low+high)/2 - (high-low)/2*math.Cos(2*math.Pi*t/over)
		}}
	}
	return map[string]shape{
		"constant": {Rate(a), func(float64) float64 { return a }},
		"ramp":     ramp(a),
		"ramp up":  ramp(0),
		"steps": {Steps{{Rate(a), d}, {Rate(b), d}, {Rate(c), d}}, func(t float64) float64 {
			return []float64{a, b, c}[min(int(t/over), 2)]
		}},
		"spike": {Spike(Rate(a), Rate(b), d/2, d), func(t float64) float64 {
			if t >= over && t < over*1.5 {
				return b
			}
			return a
		}},
		"wave":      wave(low),
		"deep wave": wave(0),
	}
}

// integral adds a rate up from 0 to a time, by Simpson's rule on pieces that begin and end where a
// shape changes.
func integral(rate func(float64) float64, to, piece float64) float64 {
	sum := 0.0
	for from := 0.0; from < to; from += piece {
		end := min(from+piece, to)
		const steps = 64
		h := (end - from) / steps
		inside := func(t float64) float64 { // a piece's end belongs to the next one
			return rate(min(t, math.Nextafter(end, from)))
		}
		part := inside(from) + inside(end)
		for i := 1; i < steps; i++ {
			part += float64(2+i%2*2) * inside(from+float64(i)*h)
		}
		sum += part * h / 3
	}
	return sum
}

// TestShapesAreTheInverseOfTheirIntegral: when the n-th event is due the rate has added up to n,
// and no event is due before the one ahead of it.
func TestShapesAreTheInverseOfTheirIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := 0.0
		draw := func(from, to float64) float64 {
			drawn = rapid.Float64Range(from, to).Draw(t, "value")
			return drawn
		}
		all := shapes(draw)
		piece := time.Duration(drawn*1e9).Seconds() / 2
		n := rapid.Int64Range(0, 1_000_000).Draw(t, "n")
		for name, s := range all {
			due := s.pace.Due(n, 0).Seconds()
			if due > 40*piece { // far beyond the last change there is nothing new, but much to add up
				continue
			}
			got := integral(s.rate, due, piece)
			if slack := 1e-6*float64(n) + 1e-3 + 2e-9*s.rate(due); math.Abs(got-float64(n)) > slack {
				t.Fatalf("%s: at %v s, when event %d is due, %.4f are", name, due, n, got)
			}
			if next := s.pace.Due(n+1, 0).Seconds(); next < due {
				t.Fatalf("%s: event %d is due at %v s, before the one ahead of it at %v s", name, n+1,
					next, due)
			}
		}
	})
}

// TestShapesAreWhatTheyAreCalled: figures that one can work out by hand.
func TestShapesAreWhatTheyAreCalled(t *testing.T) {
	const s, month = time.Second, 30 * 24 * time.Hour
	for _, test := range []struct {
		name string
		pace Pace
		n    int64
		want time.Duration
	}{
		{"nothing waits for the first", Rate(0.5), 0, 0},
		{"one in two seconds", Rate(0.5), 3, 6 * s},
		{"the longest there is", Rate(1e-12), 1 << 60, math.MaxInt64},
		{"half way up a ramp a quarter is due", Ramp{0, 100, 10 * s}, 125, 5 * s},
		{"a ramp's end", Ramp{0, 100, 10 * s}, 500, 10 * s},
		{"a ramp stays", Ramp{0, 100, 10 * s}, 1500, 20 * s},
		{"a ramp down", Ramp{100, 50, 10 * s}, 750 + 50, 11 * s},
		{"the second step", Steps{{10, 10 * s}, {100, 10 * s}, {1, 0}}, 600, 15 * s},
		{"the last step stays", Steps{{10, 10 * s}, {100, 10 * s}, {1, 0}}, 1100 + 3600, 20*s + 3600*s},
		{"in a spike", Spike(10, 1000, 10*s, 60*s), 600 + 5000, 65 * s},
		{"after a spike", Spike(10, 1000, 10*s, 60*s), 600 + 10_000 + 600, 130 * s},
		{"half a wave", Wave{0, 100, 60 * s}, 1500, 30 * s},
		{"many waves", Wave{1000, 5000, 60 * s}, 3000 * 60 * 1000, 60_000 * s},
		{"a month", Rate(50_000), 50_000 * 86_400 * 30, month},
		{"as fast as can be", Max, 1 << 60, 0},
		{"at once", AtOnce.From(5_000_000), 0, 0},
		{"sixty times faster", Clock{60, 5_000_000}, 0, 2 * s},
	} {
		if got := test.pace.Due(test.n, 125_000_000); (got - test.want).Abs() > time.Microsecond {
			t.Errorf("%s: event %d is due at %v, want %v", test.name, test.n, got, test.want)
		}
	}
}
