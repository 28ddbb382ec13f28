package kpi

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model"
)

// A Reading is the value of a KPI with its 95 % interval: where the value would lie in 95 of 100
// markets of this kind and size. Shares have Wilson's interval (1927), means Student's, medians
// that of order statistics.
//
// Most intervals take rows as independent. Those of sessions, survey answers and telephone calls do
// not: sessions of one person use the same devices and channels, answers of one person are alike,
// and people who call in the same weeks wait in the same queue. These intervals are as wide as the
// differences between clusters make them (see spread). Orders of one person are few and are taken
// as independent, so that true intervals of their shares are a little wider.
type Reading struct {
	Value     float64
	Low, High float64
	N         int64 // how many the value is over; 0: there is no value
}

// A Verdict reports whether a measured KPI lies in the band of its target.
type Verdict string

// The verdicts.
const (
	OK     Verdict = "ok"              // the value lies in the band
	Missed Verdict = "missed"          // the whole interval lies outside the band
	TooFew Verdict = "too few to tell" // the value lies outside, its interval overlaps; or no value
)

// Verdict compares a Reading with the band of a target. In a small market a value can leave the
// band by chance, so it is only missed if its interval leaves the band too. Values that are all
// alike have no interval, and are too few to tell outside of the band. The more customers there
// are, the fewer KPIs are too few to tell.
func (r *Reading) Verdict(t *model.Target) Verdict {
	low, high := float64(t.Band[0]), float64(t.Band[1])
	switch {
	case r.N == 0:
		return TooFew
	case low <= r.Value && r.Value <= high:
		return OK
	case r.Low == r.High:
		return TooFew
	case r.High < low || r.Low > high:
		return Missed
	}
	return TooFew
}

const z95 = 1.959964 // quantile of the standard normal at 0.975

// shareOf is k of n.
func shareOf(k, n int64) Reading { return shareWithin(k, n, 1) }

// shareWithin is k of n, with the interval of n/effect independent rows.
func shareWithin(k, n int64, effect float64) Reading {
	if n == 0 {
		return Reading{}
	}
	size := float64(n) / effect
	p := float64(k) / float64(n)
	inner := min(p, 1)
	mid := (inner + z95*z95/(2*size)) / (1 + z95*z95/size)
	half := z95 / (1 + z95*z95/size) *
		math.Sqrt(inner*(1-inner)/size+z95*z95/(4*size*size))
	return Reading{Value: p, Low: min(max(mid-half, 0), p), High: max(mid+half, p), N: n}
}

// shareAmong is k of n that come in clusters.
func shareAmong(k, n int64, clusters spread) Reading {
	if n == 0 {
		return Reading{}
	}
	p := float64(k) / float64(n)
	return shareWithin(k, n, clusters.effect(float64(p*(1-p))))
}

// someOf is k of n in a market that knows such things at all: without any there is no value.
func someOf(k, n int64) Reading {
	if k == 0 {
		return Reading{}
	}
	return shareOf(k, n)
}

// averageOf is a mean, in units of so many of what was summed.
func averageOf(m *moments, unit float64) Reading { return averageWithin(m, unit, 1) }

// averageWithin is a mean with Student's interval of m.n/effect independent values. The standard
// deviation of a single value is not known; the value itself stands for it.
func averageWithin(m *moments, unit, effect float64) Reading {
	if m.n == 0 {
		return Reading{}
	}
	n, mean, variance := float64(m.n), m.mean(), m.variance()
	if m.n == 1 {
		variance = float64(mean * mean)
	}
	free := max(n-1, 1)
	half := student(free) * math.Sqrt(variance*effect/free)
	return Reading{Value: mean / unit, Low: (mean - half) / unit, High: (mean + half) / unit, N: m.n}
}

// student is the quantile of Student's law at 0.975, with so many degrees of freedom.
func student(free float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: free}.Quantile(0.975)
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
// detractors, the variance of an answer is p + d - (p-d)². The interval is the adjusted Wald one
// (Rocks 2016): it adds three answers, half of them passive, so that it does not shrink to a point
// when the few who answered agree.
func npsOf(detractors, passives, promoters int64) Reading {
	return npsWithin(detractors, passives, promoters, 1)
}

// npsVariance is that of an answer.
func npsVariance(detractors, passives, promoters int64) float64 {
	n := float64(detractors + passives + promoters)
	p, d := float64(promoters)/n, float64(detractors)/n
	return p + d - float64((p-d)*(p-d))
}

// npsWithin is the score with the interval of fewer independent answers, by the factor effect.
func npsWithin(detractors, passives, promoters int64, effect float64) Reading {
	n := detractors + passives + promoters
	if n == 0 {
		return Reading{}
	}
	score := float64(promoters-detractors) / float64(n)
	size := float64(n)/effect + 3
	p, d := (float64(promoters)/effect+0.75)/size, (float64(detractors)/effect+0.75)/size
	half := z95 * math.Sqrt((p+d-float64((p-d)*(p-d)))/size)
	return Reading{100 * score, 100 * min(max(p-d-half, -1), score),
		100 * max(min(p-d+half, 1), score), n}
}
