package draw

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Threshold returns log2(-log2 u): the logarithm of the exponential threshold that a hazard must
// add up to (Sellke 1983: one draw a visit gives the whole law). A large u is an early event.
// Effects on the hazard are subtracted from it.
func Threshold(u uint64) Log {
	// The uniform is 1-w with w = left/2^64. For small w, log2(1-w) loses its digits, and
	// -log2(1-w) = w·log2(e)·(1 + w/2 + …) takes over.
	const early = 1 << 54 // w = 2^-10: what is left out is below 3e-7
	if left := ^u; left < early {
		return Log2(max(left, 1)) - 64*One + log2Log2E + Log(left>>33*log2E>>32)
	}
	return Log2(uint64(64*One-Log2(u+1))) - 32*One
}

// log2(e) and log2(log2(e)), with 32 fractional bits.
const (
	log2E     = 6196328019
	log2Log2E = 2271034279
)

// A Table gives a value for each threshold, on a grid of 32 points per doubling with linear
// interpolation. Where a law leaps, as between the parts of a mixture, 256 finer steps follow it: a
// straight line across would assign values between the parts to thresholds on both sides of the
// gap.
type Table struct {
	at   []int64
	leap []uint8   // by step, a place in fine from 1; nil: none
	fine [][]int64 // the ends of the finer steps
}

const (
	gridLow  = -32 // log2 of the smallest threshold that is distinguished
	gridHigh = 6   // log2 of the largest: u = 2^-64
	gridBits = 5   // points per doubling, as a power of two
	gridLen  = (gridHigh-gridLow)<<gridBits + 1
	fineBits = 8              // finer steps in a step, as a power of two
	steep    = int64(One) / 4 // a step this high is a leap
	extreme  = 1000.0         // bound of all values, so that sums do not overflow
)

// At returns the value at a threshold.
func (t *Table) At(threshold Log) int64 {
	x := max(threshold-gridLow*One, 0)
	i := int(x >> (32 - gridBits))
	if i >= gridLen-1 {
		return t.at[gridLen-1]
	}
	f := int64(x & (1<<(32-gridBits) - 1))
	low, high := t.at[i], t.at[i+1]
	if t.leap != nil && t.leap[i] != 0 {
		fine := t.fine[t.leap[i]-1]
		j := f >> (32 - gridBits - fineBits)
		low, high = fine[j], fine[j+1]
		f = f << fineBits & (1<<(32-gridBits) - 1)
	}
	return low + (high-low)>>8*f>>(32-gridBits-8)
}

// TableOf tabulates the Logs of a law's quantiles.
func TableOf(law Law) Table { return tabulate(law.Quantile) }

// Normal returns the table of standard normal scores, as whole numbers with 32 fractional bits;
// later thresholds are higher scores.
func Normal() Table { return tabulate(score) }

func tabulate(f func(s, e float64) float64) Table {
	at := func(step float64) int64 {
		e := float64(math.Exp2(gridLow+step/(1<<gridBits)) * math.Ln2)
		// 24 fractional bits are exact enough for any law and coarse enough to hide the last bits
		// in which machines differ.
		return int64(math.RoundToEven(max(-extreme, min(extreme, f(math.Exp(-e), e)))*(1<<24))) << 8
	}
	t := Table{at: make([]int64, gridLen)}
	for i := range t.at {
		t.at[i] = at(float64(i))
	}
	for i := 20 << gridBits; i < gridLen-1; i++ { // a leap of fewer than 1 in 4,000 is not followed
		if t.at[i+1]-t.at[i] < steep || len(t.fine) == math.MaxUint8 {
			continue
		}
		if t.leap == nil {
			t.leap = make([]uint8, gridLen)
		}
		fine := make([]int64, 1<<fineBits+1)
		for j := range fine {
			fine[j] = at(float64(i) + float64(j)/(1<<fineBits))
		}
		t.fine = append(t.fine, fine)
		t.leap[i] = uint8(len(t.fine))
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
