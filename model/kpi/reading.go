package kpi

import (
	"math"
	"slices"

	"github.com/percorso/percorso/model"
)

// A Reading is the value of a KPI with the interval in which it would lie in 95 of 100 markets of
// this kind and size. Shares have Wilson's interval (1927), means the normal one, medians that of
// order statistics. All take rows for independent of each other; orders and sessions of one person
// are not quite, so that true intervals of shares of them are a little wider.
type Reading struct {
	Value     float64
	Low, High float64
	N         int64 // how many the value is over; 0: there is no value
}

// Meets reports whether what was measured lies in the band of a target. What has no value does not.
func (r *Reading) Meets(t *model.Target) bool {
	return r.N > 0 && float64(t.Band[0]) <= r.Value && r.Value <= float64(t.Band[1])
}

const z95 = 1.959964 // quantile of the standard normal at 0.975

// shareOf is k of n.
func shareOf(k, n int64) Reading {
	if n == 0 {
		return Reading{}
	}
	size := float64(n)
	p := float64(k) / size
	inner := min(p, 1)
	mid := (inner + z95*z95/(2*size)) / (1 + z95*z95/size)
	half := z95 / (1 + z95*z95/size) *
		math.Sqrt(inner*(1-inner)/size+z95*z95/(4*size*size))
	return Reading{Value: p, Low: min(max(mid-half, 0), p), High: max(mid+half, p), N: n}
}

// someOf is k of n in a market that knows such things at all: without any there is no value.
func someOf(k, n int64) Reading {
	if k == 0 {
		return Reading{}
	}
	return shareOf(k, n)
}

// averageOf is a mean, in units of so many of what was summed.
func averageOf(m *moments, unit float64) Reading {
	if m.n == 0 {
		return Reading{}
	}
	n := float64(m.n)
	mean := float64(m.sum) / n
	variance := max(m.squares.float()/n-mean*mean, 0)
	half := z95 * math.Sqrt(variance/n)
	return Reading{Value: mean / unit, Low: (mean - half) / unit, High: (mean + half) / unit, N: m.n}
}

// medianOf is the median of values, which it sorts, in units of so many of theirs.
func medianOf(values []int64, unit float64) Reading {
	n := len(values)
	if n == 0 {
		return Reading{}
	}
	slices.Sort(values)
	half := z95 * math.Sqrt(float64(n)) / 2
	at := func(rank float64) float64 {
		return float64(values[min(max(int(rank), 0), n-1)]) / unit
	}
	middle := float64(n-1) / 2
	return Reading{Value: (at(middle) + at(math.Ceil(middle))) / 2,
		Low: at(middle - half), High: at(math.Ceil(middle + half)), N: int64(n)}
}

// npsOf is the Net Promoter Score of some answers: with a share of p promoters and one of d
// detractors, the variance of an answer is p + d - (p-d)².
func npsOf(detractors, passives, promoters int64) Reading {
	n := detractors + passives + promoters
	if n == 0 {
		return Reading{}
	}
	p, d := float64(promoters)/float64(n), float64(detractors)/float64(n)
	half := z95 * math.Sqrt((p+d-(p-d)*(p-d))/float64(n))
	return Reading{100 * (p - d), 100 * (p - d - half), 100 * (p - d + half), n}
}
