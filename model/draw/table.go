package draw

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Threshold returns log2(-log2 u): the logarithm of the exponential threshold that a hazard must
// add up to (Sellke 1983: one draw a visit gives the whole law). A large u is an early event.
// Effects on the hazard are subtracted from it.
func Threshold(u uint64) Log {
	// -log2((u+1)/2^64); u+1 wraps to 0 only for the last value, which is the earliest event.
	left := int64(64<<32) - int64(Log2(max(u+1, 1)))
	if u == math.MaxUint64 || left < 1 {
		left = 1
	}
	return Log2(uint64(left)) - 32*One
}

// A Table gives a value for each threshold, on a grid of 32 points a doubling, linear in between.
type Table struct{ at []int64 }

const (
	gridLow  = -32 // log2 of the smallest threshold told apart
	gridHigh = 6   // log2 of the largest: u = 2^-64
	gridBits = 5   // points per doubling, as a power of two
	gridLen  = (gridHigh-gridLow)<<gridBits + 1
)

// At reads the table.
func (t Table) At(threshold Log) int64 {
	x := max(threshold-gridLow*One, 0)
	i := int(x >> (32 - gridBits))
	if i >= gridLen-1 {
		return t.at[gridLen-1]
	}
	f := int64(x & (1<<(32-gridBits) - 1))
	low := t.at[i]
	return low + (t.at[i+1]-low)>>8*f>>(32-gridBits-8)
}

// TableOf tabulates the Logs of a law's quantiles.
func TableOf(law Law) Table { return tabulate(law.Quantile) }

// Normal returns the table of standard normal scores, as whole numbers with 32 fractional bits;
// later thresholds are higher scores.
func Normal() Table { return tabulate(score) }

func tabulate(f func(s, e float64) float64) Table {
	t := Table{at: make([]int64, gridLen)}
	for i := range t.at {
		e := float64(math.Exp2(gridLow+float64(i)/(1<<gridBits)) * math.Ln2)
		// 24 fractional bits are exact enough for any law and coarse enough to hide the last bits in
		// which machines differ.
		t.at[i] = int64(math.RoundToEven(f(math.Exp(-e), e)*(1<<24))) << 8
	}
	return t
}

// score is the normal quantile of 1-s.
func score(s, e float64) float64 {
	if s < 0.5 {
		return -distuv.UnitNormal.Quantile(s)
	}
	return distuv.UnitNormal.Quantile(-math.Expm1(-e))
}
