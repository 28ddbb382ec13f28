package kpi

import "math/bits"

// moments are the number, the sum and the sum of squares of whole numbers, exactly.
type moments struct {
	n, sum  int64
	squares uint128
}

// A uint128 is a whole number of 128 bits.
type uint128 struct{ hi, lo uint64 }

func (m *moments) add(x int64) {
	m.n++
	m.sum += x
	m.squares.add(square(x))
}

func (m *moments) merge(from *moments) {
	m.n += from.n
	m.sum += from.sum
	m.squares.add(from.squares)
}

// mean is that of the numbers, of which there are some.
func (m *moments) mean() float64 { return float64(m.sum) / float64(m.n) }

// variance is that of the numbers, of which there are some, around their mean.
func (m *moments) variance() float64 {
	mean := m.mean()
	return max(m.squares.float()/float64(m.n)-float64(mean*mean), 0)
}

func square(x int64) uint128 {
	size := uint64(max(x, -x))
	hi, lo := bits.Mul64(size, size)
	return uint128{hi, lo}
}

func (a *uint128) add(b uint128) {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	a.hi, _ = bits.Add64(a.hi, b.hi, carry)
	a.lo = lo
}

func (a uint128) float() float64 { return float64(a.hi)*(1<<64) + float64(a.lo) }
