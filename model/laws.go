package model

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/percorso/percorso/model/draw"
)

// A Wait is a compiled law of time.
type Wait struct{ table draw.Table }

// Micros returns the time at a threshold, in micro-seconds, stretched by 2^stretch.
func (w *Wait) Micros(threshold, stretch draw.Log) int64 {
	return draw.Exp2(draw.Log(w.table.At(threshold)) + stretch)
}

// waitOf compiles a law of time to micro-seconds.
func waitOf(l *Law) Wait { return Wait{draw.TableOf(l.law())} }

// A Law is the distribution of a length of time. Exactly one field is set.
type Law struct {
	Fixed       *Span        `yaml:"fixed" doc:"a constant duration; a bare duration such as 2d means the same"`
	Lognormal   *Lognormal   `yaml:"lognormal" doc:"lognormal distribution: {median: 3d, sigma: 1.2}"`
	Weibull     *Weibull     `yaml:"weibull" doc:"Weibull distribution: {scale: 30d, shape: 0.9}"`
	Gamma       *Gamma       `yaml:"gamma" doc:"Gamma distribution: {mean: 2d, shape: 3}"`
	Erlang      *Erlang      `yaml:"erlang" doc:"Erlang distribution, a Gamma with a whole shape k: {mean: 75d, k: 2}"`
	Exponential *Exponential `yaml:"exponential" doc:"exponential distribution, with a constant hazard: {mean: 2d}"`
	Mixture     Mixture      `yaml:"mixture" doc:"mixture of distributions with their shares: [{share: 60%, exponential: {mean: 1h}}, {share: 40%, exponential: {mean: 3d}}]"`
	Min         Span         `yaml:"min" doc:"minimum duration, added to every value of the distribution; e.g. 4h"`
}

// A timeLaw is one law that a Law can be: a field of Law, whose type has what a file says of it and
// these methods: which distribution of the logarithm of micro-seconds it is, and how it reads. One
// that names its median has a method median, too.
type timeLaw interface {
	curve() draw.Law
	String() string
}

// given returns the one that is set. Without any, nothing lasts any time.
func (l *Law) given() timeLaw {
	if l.Fixed != nil {
		return (*constant)(l.Fixed)
	}
	fields := reflect.ValueOf(l).Elem()
	for i := range fields.NumField() {
		field := fields.Field(i)
		if field.IsZero() {
			continue
		}
		if field.Kind() != reflect.Pointer {
			field = field.Addr()
		}
		if s, ok := field.Interface().(timeLaw); ok {
			return s
		}
	}
	return new(constant)
}

// median is the median in seconds of a law that names it.
func (l *Law) median() (seconds float64, ok bool) {
	named, ok := l.given().(interface{ median() Span })
	if !ok {
		return 0, false
	}
	return time.Duration(l.Min + named.median()).Seconds(), true
}

// law is the distribution behind a scenario's law, in micro-seconds.
func (l *Law) law() draw.Law {
	if l.Min > 0 {
		return draw.Later{MinLog2: l.Min.log2(), Law: l.given().curve()}
	}
	return l.given().curve()
}

// String writes the law as a scenario does, on one line.
func (l *Law) String() string {
	s := l.given().String()
	if l.Min > 0 {
		s += ", at least " + l.Min.String()
	}
	return s
}

// A constant is always the same time.
type constant Span

func (l *constant) curve() draw.Law { return draw.Fixed{Log2: Span(*l).log2()} }

func (l *constant) String() string { return Span(*l).String() }

func (l *constant) median() Span { return Span(*l) }

// Lognormal has the given median and standard deviation of the logarithm.
type Lognormal struct {
	Median Span    `yaml:"median" doc:"median duration: half of the values are shorter" must:"true" range:">0"`
	Sigma  float64 `yaml:"sigma" doc:"standard deviation of the natural logarithm; with 0.5 two thirds of the values lie within a factor of 1.65 of the median" must:"true" range:">0..100"`
}

func (l *Lognormal) curve() draw.Law {
	return draw.Lognormal{MedianLog2: l.Median.log2(), Sigma: l.Sigma}
}

func (l *Lognormal) median() Span { return l.Median }

func (l *Lognormal) String() string {
	return fmt.Sprintf("lognormal, median %s, sigma %g", l.Median, l.Sigma)
}

// Weibull has survival exp(-(t/scale)^shape).
type Weibull struct {
	Scale Span    `yaml:"scale" doc:"scale: 63 % of the values are shorter" must:"true" range:">0"`
	Shape float64 `yaml:"shape" doc:"shape: below 1 the hazard falls (many short values and a long tail), 1 is exponential, above 1 the hazard rises" must:"true" range:">0..100"`
}

func (l *Weibull) curve() draw.Law {
	return draw.Weibull{ScaleLog2: l.Scale.log2(), Shape: l.Shape}
}

func (l *Weibull) String() string {
	return fmt.Sprintf("weibull, scale %s, shape %g", l.Scale, l.Shape)
}

// Gamma has the given mean and shape.
type Gamma struct {
	Mean  Span    `yaml:"mean" doc:"mean duration" must:"true" range:">0"`
	Shape float64 `yaml:"shape" doc:"shape, mean² / variance: 1 is exponential; larger values lie closer to the mean" must:"true" range:">0..100"`
}

func (l *Gamma) curve() draw.Law { return draw.Gamma{MeanLog2: l.Mean.log2(), Shape: l.Shape} }

func (l *Gamma) String() string { return fmt.Sprintf("gamma, mean %s, shape %g", l.Mean, l.Shape) }

// Erlang is a Gamma of whole shape k.
type Erlang struct {
	Mean Span `yaml:"mean" doc:"mean duration" must:"true" range:">0"`
	K    int  `yaml:"k" doc:"number of exponential steps, a whole number: 1 is exponential; with more steps values lie closer to the mean" must:"true" range:"1..1000"`
}

func (l *Erlang) curve() draw.Law {
	return draw.Gamma{MeanLog2: l.Mean.log2(), Shape: float64(l.K)}
}

func (l *Erlang) String() string { return fmt.Sprintf("erlang, mean %s, k %d", l.Mean, l.K) }

// Exponential has the given mean.
type Exponential struct {
	Mean Span `yaml:"mean" doc:"mean duration" must:"true" range:">0"`
}

func (l *Exponential) curve() draw.Law { return draw.Weibull{ScaleLog2: l.Mean.log2(), Shape: 1} }

func (l *Exponential) String() string { return fmt.Sprintf("exponential, mean %s", l.Mean) }

// A Mixture is several laws with their shares.
type Mixture []Component

func (l *Mixture) curve() draw.Law {
	m, sum := draw.Mixture{}, 0.0
	for i := range *l {
		sum += (*l)[i].Share
	}
	for i := range *l {
		m.Parts = append(m.Parts, (*l)[i].Share/sum)
		m.Laws = append(m.Laws, (*l)[i].law())
	}
	return m
}

func (l *Mixture) String() string {
	parts := make([]string, len(*l))
	for i := range *l {
		parts[i] = fmt.Sprintf("%.3g × (%s)", (*l)[i].Share, &(*l)[i].Law)
	}
	return strings.Join(parts, " + ")
}

// A Component is one law of a mixture.
type Component struct {
	Share float64 `yaml:"share" doc:"share of the mixture: percentages that sum to 100, or weights"`
	Law   `yaml:",inline"`
}

// log2 returns log2 of s in micro-seconds; no time at all is far below one.
func (s Span) log2() float64 {
	if s <= 0 {
		return -64
	}
	return math.Log2(float64(time.Duration(s).Microseconds()))
}

// String writes the span in the largest unit that keeps it short: 90min, 4h, 2.5d.
func (s Span) String() string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}} {
		if d := time.Duration(s); d >= unit.size {
			return fmt.Sprintf("%.4g%s", float64(d)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%.4gs", time.Duration(s).Seconds())
}
