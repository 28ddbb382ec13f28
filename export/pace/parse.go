package pace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// The bounds of what people can ask for.
const (
	MinRate Rate = 1. / 3600
	MaxRate Rate = 1e7

	minSpeed, maxSpeed Speed = 1e-3, 1e6
)

// Parse reads a rate of at most most, a shape of such rates, or max.
func Parse(text string, most Rate) (Pace, error) {
	if strings.Contains(text, ":") {
		shape, err := ParseShape(text, most)
		if err != nil {
			return nil, err
		}
		return shape, nil
	}
	if text == "max" {
		return Max, nil
	}
	rate, ok := readRate(text)
	if !ok || !(rate >= MinRate && rate <= most) {
		return nil, fmt.Errorf("%s: want a rate from %v to %v, e.g. %s, a shape, e.g. %s, or max", text,
			MinRate, most, examples(MinRate, most), rampTo(most))
	}
	return rate, nil
}

// ParseRate reads a rate between two bounds: 5000/s, 5k/s, 1.5M, 300/min, 1/h. Without a unit it is
// per second. Numbers are written as in scenarios or as other programs print them, such as .5.
func ParseRate(text string, least, most Rate) (Rate, error) {
	rate, ok := readRate(text)
	if !ok || !(rate >= least && rate <= most) {
		return 0, fmt.Errorf("%s: want a rate from %v to %v, e.g. %s", text, least, most,
			examples(least, most))
	}
	return rate, nil
}

// examples are rates between two, as people may write them.
func examples(least, most Rate) string {
	fit := []string{"5000/s", "5k/s", "300/min", "60/h"}
	fit = slices.DeleteFunc(fit, func(text string) bool {
		rate, _ := readRate(text)
		return rate < least || rate > most
	})
	if len(fit) == 0 {
		return most.String()
	}
	return strings.Join(fit[:min(len(fit), 3)], ", ")
}

// rampTo is an example of a shape whose rates are at most so much.
func rampTo(most Rate) string {
	high := min(most, 50_000)
	return fmt.Sprintf("ramp:%s..%s/5m", (high / 50).perSecond(), high.perSecond())
}

// readRate reads a rate without bounds.
func readRate(text string) (rate Rate, ok bool) {
	text, unit, ok := strings.Cut(text, "/")
	per := 1.0
	if ok {
		per = map[string]float64{"s": 1, "m": 60, "min": 60, "h": 3600}[unit]
	}
	number, scale := strings.TrimRight(text, "kM"), 1.0
	switch text[len(number):] {
	case "":
	case "k":
		scale = 1e3
	case "M":
		scale = 1e6
	default:
		return 0, false
	}
	x, ok := readNumber(number)
	return Rate(x * scale / per), ok && per > 0
}

// readNumber reads a number as scenarios write it, or as other programs print it: .5, 5., 007.
func readNumber(text string) (float64, bool) {
	if x, ok := document.ParseNumber(text); ok {
		return x, true
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil
}

// ParseSpeed reads a speed: 60x, 0.05x, 60 (times faster than real time), or max, which is AtOnce.
func ParseSpeed(text string) (Speed, error) {
	if text == "max" {
		return AtOnce, nil
	}
	x, ok := readNumber(strings.TrimSuffix(text, "x"))
	if speed := Speed(x); ok && speed >= minSpeed && speed <= maxSpeed {
		return speed, nil
	}
	return 0, fmt.Errorf("%s: want a speed from 0.001x to 1,000,000x, e.g. 60x for 60 times faster "+
		"than real time, or max", text)
}

// A form is how a kind of shape is written.
type form struct {
	name    string
	values  string // the text after the name
	example string
	open    func(rates []Rate, times []time.Duration) (Pace, bool)
}

// forms are all kinds of shape. Where a rate may be 0, another rate follows soon after.
var forms = []form{
	{"ramp", "FROM..TO/TIME", "1000..50000/5m",
		func(r []Rate, t []time.Duration) (Pace, bool) {
			if len(r) != 2 || len(t) != 1 || !sound(r[1]) {
				return nil, false
			}
			return Ramp{From: r[0], To: r[1], Over: t[0]}, true
		}},
	{"step", "RATE,RATE,…/TIME", "1000,5000,10000/1m",
		func(r []Rate, t []time.Duration) (Pace, bool) {
			if len(t) != 1 || !sound(r...) {
				return nil, false
			}
			var steps Steps
			for _, rate := range r {
				steps = append(steps, Step{Rate: rate, For: t[0]})
			}
			return steps, true
		}},
	{"spike", "BASE..HIGH/TIME@AFTER", "1000..20000/10s@1m",
		func(r []Rate, t []time.Duration) (Pace, bool) {
			if len(r) != 2 || len(t) != 2 || !sound(r...) {
				return nil, false
			}
			return Spike(r[0], r[1], t[0], t[1]), true
		}},
	{"sine", "LOW..HIGH/PERIOD", "1000..5000/1m",
		func(r []Rate, t []time.Duration) (Pace, bool) {
			if len(r) != 2 || len(t) != 1 || r[0] > r[1] || !sound(r[1]) {
				return nil, false
			}
			return Wave{Low: r[0], High: r[1], Period: t[0]}, true
		}},
}

// sound reports whether a stream with such rates makes progress.
func sound(rates ...Rate) bool {
	return !slices.ContainsFunc(rates, func(r Rate) bool { return r < MinRate })
}

// Shapes returns an example of each kind of shape.
func Shapes() []string {
	var examples []string
	for _, f := range forms {
		examples = append(examples, f.name+":"+f.example)
	}
	return examples
}

// ParseShape reads a shape, NAME:RATES/TIMES, whose rates are at most most.
func ParseShape(text string, most Rate) (Shape, error) {
	name, rest, _ := strings.Cut(text, ":")
	var names []string
	for _, f := range forms {
		names = append(names, f.name)
		if f.name != name {
			continue
		}
		rates, times, ok := readShape(rest, most)
		if ok {
			if p, ok := f.open(rates, times); ok {
				return Shape{Pace: p, Text: text}, nil
			}
		}
		example := ""
		if _, _, ok := readShape(f.example, most); ok {
			example = fmt.Sprintf(", e.g. %s:%s", name, f.example)
		}
		return Shape{}, fmt.Errorf("%s: want %s:%s with rates of up to %s/s and times above 0%s", text,
			name, f.values, most.perSecond(), example)
	}
	return Shape{}, fmt.Errorf("%s: %s; e.g. %s", text, table.Unknown("shape", name, names),
		rampTo(most))
}

// readShape reads the numbers of a shape: rates separated by .. or a comma, and times separated by
// @.
func readShape(text string, most Rate) (rates []Rate, times []time.Duration, ok bool) {
	left, right, _ := strings.Cut(text, "/")
	for word := range strings.SplitSeq(strings.ReplaceAll(left, "..", ","), ",") {
		rate, ok := readRate(word)
		if !ok || !(rate >= 0 && rate <= most) {
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
