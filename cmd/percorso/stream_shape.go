package main

import (
	"regexp"
	"strings"
	"time"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// The bounds of rates, a second.
const (
	minRate = 1. / 3600
	maxRate = 1e7
)

// parsePace reads the value of --rate, --requests or --shape.
func parsePace(flag, text string) (pace.Pace, error) {
	if strings.Contains(text, ":") || flag == "shape" {
		return parseShape(flag, text)
	}
	if text == "max" {
		return pace.Max, nil
	}
	rate, ok := parseRate(text)
	if !ok || rate < minRate || rate > maxRate {
		return nil, misused("--%s %s: want a rate from 1/h to 10M/s, e.g. 5000/s, 5k/s, 300/min, "+
			"or a shape, e.g. %s, or max", flag, text, shapeExamples()[0])
	}
	return pace.Constant(rate), nil
}

var ratePattern = regexp.MustCompile(`^([-+0-9._eE]+)([kM]?)(?:/(s|m|min|h))?$`)

// parseRate reads 5000/s, 5k/s, 300/min, 1/h or 5000, a second.
func parseRate(text string) (rate float64, ok bool) {
	parts := ratePattern.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	rate, ok = document.ParseNumber(parts[1])
	scale := map[string]float64{"": 1, "k": 1e3, "M": 1e6}[parts[2]]
	per := map[string]float64{"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}[parts[3]]
	return rate * scale / per, ok
}

// A shape is a kind of rate that changes.
type shape struct {
	name    string
	form    string // what stands after the name
	example string
	open    func(rates []float64, times []time.Duration) (pace.Pace, bool)
}

// shapes are all there are. Where a rate may be 0 there is another soon after.
var shapes = []shape{
	{"ramp", "FROM..TO/TIME", "1000..50000/5m",
		func(r []float64, t []time.Duration) (pace.Pace, bool) {
			if len(r) != 2 || len(t) != 1 || !sound(r[1]) {
				return nil, false
			}
			return pace.Ramp{From: r[0], To: r[1], Over: t[0]}, true
		}},
	{"step", "RATE,RATE,…/TIME", "1000,5000,10000/1m",
		func(r []float64, t []time.Duration) (pace.Pace, bool) {
			if len(t) != 1 || !sound(r...) {
				return nil, false
			}
			var steps pace.Steps
			for _, rate := range r {
				steps = append(steps, pace.Step{Rate: rate, For: t[0]})
			}
			return steps, true
		}},
	{"spike", "BASE..HIGH/TIME@AFTER", "1000..20000/10s@1m",
		func(r []float64, t []time.Duration) (pace.Pace, bool) {
			if len(r) != 2 || len(t) != 2 || !sound(r...) {
				return nil, false
			}
			return pace.Spike(r[0], r[1], t[0], t[1]), true
		}},
	{"sine", "LOW..HIGH/PERIOD", "1000..5000/1m",
		func(r []float64, t []time.Duration) (pace.Pace, bool) {
			if len(r) != 2 || len(t) != 1 || r[0] > r[1] || !sound(r[1]) {
				return nil, false
			}
			return pace.Wave{Low: r[0], High: r[1], Period: t[0]}, true
		}},
}

// sound says whether rates are such that a stream goes on.
func sound(rates ...float64) bool {
	for _, r := range rates {
		if r < minRate {
			return false
		}
	}
	return true
}

// shapeExamples are one of each shape.
func shapeExamples() []string {
	var examples []string
	for _, s := range shapes {
		examples = append(examples, s.name+":"+s.example)
	}
	return examples
}

// parseShape reads NAME:RATES/TIMES.
func parseShape(flag, text string) (pace.Pace, error) {
	name, rest, _ := strings.Cut(text, ":")
	var names []string
	for _, s := range shapes {
		names = append(names, s.name)
		if s.name != name {
			continue
		}
		rates, times, ok := readShape(rest)
		if ok {
			if pace, ok := s.open(rates, times); ok {
				return pace, nil
			}
		}
		return nil, misused("--%s %s: want %s:%s with rates a second of up to 10M and times above 0, "+
			"e.g. %s:%s", flag, text, name, s.form, name, s.example)
	}
	return nil, misused("--%s %s: unknown shape %q%s, there is: %s (e.g. %s)", flag, text, name,
		table.Nearest(name, names), list(names), shapeExamples()[0])
}

// readShape reads the numbers of a shape: rates with .. or a comma in between, and times with @ in
// between.
func readShape(text string) (rates []float64, times []time.Duration, ok bool) {
	left, right, _ := strings.Cut(text, "/")
	for word := range strings.SplitSeq(strings.ReplaceAll(left, "..", ","), ",") {
		rate, ok := parseRate(word)
		if !ok || rate < 0 || rate > maxRate {
			return nil, nil, false
		}
		rates = append(rates, rate)
	}
	for word := range strings.SplitSeq(right, "@") {
		d, err := time.ParseDuration(word)
		if err != nil || d <= 0 {
			return nil, nil, false
		}
		times = append(times, d)
	}
	return rates, times, true
}
