package draw

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// tableError is what log.go promises of its two tables.
const tableError = 2e-7

// edges are numbers at which something changes: powers of two and their neighbours.
func edges() []uint64 {
	all := []uint64{1, 3, math.MaxUint64}
	for n := 1; n < 64; n++ {
		x := uint64(1) << n
		all = append(all, x-1, x, x+1, x|x>>1, x|(x-1)>>10)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func log2Error(x uint64) float64 {
	f := new(big.Float).SetUint64(x)
	mantissa := new(big.Float)
	exp := f.MantExp(mantissa)
	m, _ := mantissa.Float64()
	return math.Abs(float64(Log2(x))/(1<<32) - float64(exp) - math.Log2(m))
}

func TestLog2IsClose(t *testing.T) {
	for _, x := range edges() {
		if e := log2Error(x); e > tableError {
			t.Errorf("Log2(%d) is off by %g", x, e)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Uint64Min(1).Draw(t, "x")
		if e := log2Error(x); e > tableError {
			t.Fatalf("off by %g", e)
		}
	})
	for n := range 64 {
		if got := Log2(1 << n); got != Log(n)*One {
			t.Errorf("Log2(2^%d) = %d, want it exact", n, got)
		}
	}
}

// exp2Within returns whether a value is w × 2^x but for the error of the tables and one unit.
func exp2Within(got uint64, w float64, x Log) bool {
	want := w * math.Exp2(float64(x)/(1<<32))
	return math.Abs(float64(got)-want) <= want*tableError+1
}

func TestExp2IsClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Log(rapid.Int64Range(0, 62<<32-1).Draw(t, "x"))
		if got := Exp2(x); !exp2Within(uint64(got), 1, x) {
			t.Fatalf("Exp2 = %d, want %g", got, math.Exp2(float64(x)/(1<<32)))
		}
	})
	for n := range Log(62) {
		if got := Exp2(n * One); got != 1<<n {
			t.Errorf("Exp2(%d) = %d, want it exact", n, got)
		}
	}
	edges := map[Log]int64{-1: 0, math.MinInt64: 0, 62 * One: 1 << 62, math.MaxInt64: 1 << 62}
	for x, want := range edges {
		if got := Exp2(x); got != want {
			t.Errorf("Exp2(%d) = %d, want %d", x, got, want)
		}
	}
}

func TestScaleIsClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.Uint64Range(0, 1<<32).Draw(t, "w")
		x := Log(rapid.Int64Range(-70<<32, 60<<32).Draw(t, "x"))
		got := Scale(w, x)
		if saturates := float64(w)*math.Exp2(float64(x)/(1<<32)) >= 1<<56; saturates && got == 1<<56 {
			return
		}
		if !exp2Within(got, float64(w), x) {
			t.Fatalf("Scale = %d, want %g", got, float64(w)*math.Exp2(float64(x)/(1<<32)))
		}
	})
	for _, test := range []struct {
		w    uint64
		x    Log
		want uint64
	}{
		{0, 100 * One, 0},
		{0, math.MinInt64, 0},
		{1 << 32, 0, 1 << 32},
		{1 << 32, 24 * One, 1 << 56},
		{1, 24 * One, 1 << 24},
		{1, 55 * One, 1 << 55},
		{1, 56 * One, 1 << 56},
		{3, 56 * One, 1 << 56},
		{1 << 32, math.MaxInt64, 1 << 56},
		{1 << 32, -32 * One, 1},
		{1 << 32, -33 * One, 0},
		{1 << 32, -62 * One, 0},
		{1 << 32, math.MinInt64, 0},
	} {
		if got := Scale(test.w, test.x); got != test.want {
			t.Errorf("Scale(%d, %d) = %d, want %d", test.w, test.x, got, test.want)
		}
	}
}

// TestLogsRise: a larger number never has a smaller logarithm, power or product.
func TestLogsRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Uint64Range(1, math.MaxUint64-1).Draw(t, "x")
		y := rapid.Uint64Range(x, math.MaxUint64).Draw(t, "y")
		if Log2(x) > Log2(y) || Log2(x) > Log2(x+1) {
			t.Fatal("Log2 falls")
		}
		a := Log(rapid.Int64Range(-70<<32, 70<<32).Draw(t, "a"))
		b := a + Log(rapid.Int64Range(0, 1<<40).Draw(t, "more"))
		if Exp2(a) > Exp2(b) || Scale(x>>32, a) > Scale(x>>32, b) ||
			Scale(x>>32, a) > Scale(y>>32, a) {
			t.Fatal("Exp2 or Scale falls")
		}
	})
}

// TestNaturalLogs: NatLog(ln x) is Log2(x).
func TestNaturalLogs(t *testing.T) {
	for _, x := range []float64{0.001, 1, math.E, 1e9} {
		if got, want := NatLog(math.Log(x)), LogOf(math.Log2(x)); max(got-want, want-got) > 32 {
			t.Errorf("NatLog(ln %g) = %d, want %d", x, got, want)
		}
	}
}
