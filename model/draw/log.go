package draw

import (
	"math"
	"math/bits"
)

// A Log is a base-2 logarithm with 32 fractional bits.
type Log int64

// One is the Log of 2.
const One Log = 1 << 32

// LogOf rounds a base-2 logarithm.
func LogOf(x float64) Log { return Log(math.RoundToEven(x * (1 << 32))) }

// NatLog rounds a natural logarithm (an effect, a trait) to a Log.
func NatLog(x float64) Log { return LogOf(float64(x * math.Log2E)) }

const (
	steps    = 1024 // of the two tables; linear interpolation errs by less than 2e-7
	stepBits = 10
	fracBits = 32 - stepBits
	fracMask = 1<<fracBits - 1
)

// exp2s[i] is 2^(i/1024) with 32 fractional bits, log2s[i] is log2(1+i/1024) likewise.
var exp2s, log2s = powers()

func powers() (exp, log [steps + 1]uint64) {
	for i := range exp {
		exp[i] = uint64(math.Round(math.Exp2(float64(i)/steps) * (1 << 32)))
		log[i] = uint64(math.Round(math.Log2(1+float64(i)/steps) * (1 << 32)))
	}
	return exp, log
}

// Log2 returns the logarithm of x, which must not be 0.
func Log2(x uint64) Log {
	zeros := bits.LeadingZeros64(x) & 63
	frac := x << zeros << 1 >> 32 // the 32 bits below the leading one
	i, f := frac>>fracBits, frac&fracMask
	low := log2s[i]
	return Log(63-zeros)<<32 + Log(low+((log2s[i+1]-low)*f)>>fracBits)
}

// Exp2 returns 2^x as a whole number, rounded down; it is 0 below 0 and saturates at 2^62.
func Exp2(x Log) int64 {
	switch n := uint64(x) >> 32; {
	case x < 0:
		return 0
	case n >= 62:
		return 1 << 62
	default:
		return int64(mantissa(x) << 31 >> ((63 - n) & 63))
	}
}

// Scale returns w × 2^x for a weight of at most 2^32, saturating at 2^56 so that 64 of them can be
// summed.
func Scale(w uint64, x Log) uint64 {
	m, n := w*(mantissa(x)>>2), x>>32 // 30 fractional bits: at most 2^63
	if -33 <= n && n < 24 {
		return m >> ((30 - n) & 63)
	}
	return scaleFar(m, n)
}

// scaleFar returns m × 2^n of a number with 30 fractional bits where n is far from 0.
func scaleFar(m uint64, n Log) uint64 {
	switch {
	case m == 0 || n < 0:
		return 0
	case Log(bits.Len64(m))+n >= 30+57:
		return 1 << 56
	case n >= 30:
		return m << (n - 30)
	default:
		return m >> (30 - n)
	}
}

// mantissa returns 2^(fraction of x) with 32 fractional bits.
func mantissa(x Log) uint64 {
	frac := uint64(x) & (1<<32 - 1)
	i, f := frac>>fracBits, frac&fracMask
	low := exp2s[i]
	return low + ((exp2s[i+1]-low)*f)>>fracBits
}
