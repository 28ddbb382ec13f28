package model

import (
	"fmt"
	"math"
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

// law is the distribution behind a scenario's law, in micro-seconds.
func (l *Law) law() draw.Law {
	var law draw.Law
	switch {
	case l.Lognormal != nil:
		law = draw.Lognormal{MedianLog2: l.Lognormal.Median.log2(), Sigma: l.Lognormal.Sigma}
	case l.Weibull != nil:
		law = draw.Weibull{ScaleLog2: l.Weibull.Scale.log2(), Shape: l.Weibull.Shape}
	case l.Gamma != nil:
		law = draw.Gamma{MeanLog2: l.Gamma.Mean.log2(), Shape: l.Gamma.Shape}
	case l.Erlang != nil:
		law = draw.Gamma{MeanLog2: l.Erlang.Mean.log2(), Shape: float64(l.Erlang.K)}
	case l.Exponential != nil:
		law = draw.Weibull{ScaleLog2: l.Exponential.Mean.log2(), Shape: 1}
	case l.Mixture != nil:
		m, sum := draw.Mixture{}, 0.0
		for i := range l.Mixture {
			sum += l.Mixture[i].Share
		}
		for i := range l.Mixture {
			m.Parts = append(m.Parts, l.Mixture[i].Share/sum)
			m.Laws = append(m.Laws, l.Mixture[i].law())
		}
		law = m
	case l.Fixed != nil:
		law = draw.Fixed{Log2: l.Fixed.log2()}
	default:
		law = draw.Fixed{Log2: Span(0).log2()}
	}
	if l.Min > 0 {
		law = draw.Later{MinLog2: l.Min.log2(), Law: law}
	}
	return law
}

// log2 returns log2 of s in micro-seconds; no time at all is far below one.
func (s Span) log2() float64 {
	if s <= 0 {
		return -64
	}
	return math.Log2(float64(time.Duration(s).Microseconds()))
}

// String writes the law as a scenario does, on one line.
func (l *Law) String() string {
	var s string
	switch {
	case l.Lognormal != nil:
		s = fmt.Sprintf("lognormal, median %s, sigma %g", l.Lognormal.Median, l.Lognormal.Sigma)
	case l.Weibull != nil:
		s = fmt.Sprintf("weibull, scale %s, shape %g", l.Weibull.Scale, l.Weibull.Shape)
	case l.Gamma != nil:
		s = fmt.Sprintf("gamma, mean %s, shape %g", l.Gamma.Mean, l.Gamma.Shape)
	case l.Erlang != nil:
		s = fmt.Sprintf("erlang, mean %s, k %d", l.Erlang.Mean, l.Erlang.K)
	case l.Exponential != nil:
		s = fmt.Sprintf("exponential, mean %s", l.Exponential.Mean)
	case l.Mixture != nil:
		parts := make([]string, len(l.Mixture))
		for i := range l.Mixture {
			parts[i] = fmt.Sprintf("%.3g × (%s)", l.Mixture[i].Share, &l.Mixture[i].Law)
		}
		s = strings.Join(parts, " + ")
	case l.Fixed != nil:
		s = l.Fixed.String()
	}
	if l.Min > 0 {
		s += ", at least " + l.Min.String()
	}
	return s
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
