package draw

import (
	"fmt"
	"math"
	"math/bits"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// A hash is a family of uniforms by two numbers: a customer and a day, a key and a slot.
type hash func(a, b uint64) uint64

// families are the ways in which the simulation counts: neighbours in each of these must look
// independent.
var families = []struct {
	name string
	of   hash
}{
	{"id, day", func(id, day uint64) uint64 { return New(7).With(4).With(id).With(day).Draw(0) }},
	{"slot, day", func(slot, day uint64) uint64 {
		return New(7).With(4).With(99).With(day).Draw(slot)
	}},
	{"seed, id", func(seed, id uint64) uint64 { return New(seed).With(4).With(id).Draw(0) }},
	{"id, slot", func(id, slot uint64) uint64 { return New(1).With(4).With(id).Draw(slot) }},
	{"stage and visit, id", func(at, id uint64) uint64 {
		return New(1).With(4).With(id).With(200).Draw((at>>5)<<32 | at&31<<16 | 2)
	}},
}

// weak are hashes that lack what the tests ask for.
var weak = []struct {
	name string
	of   hash
}{
	{"a Weyl sequence", func(a, b uint64) uint64 {
		return a*0x9e3779b97f4a7c15 + b*0xbb67ae8584caa73b
	}},
	{"2 % too low", func(a, b uint64) uint64 {
		u := New(7).With(a).Draw(b)
		if New(8).With(a).Draw(b) < math.MaxUint64/50 {
			u /= 2
		}
		return u
	}},
	{"2 % as the day before", func(a, b uint64) uint64 {
		if New(8).With(a).Draw(b) < math.MaxUint64/50 {
			b &^= 1
		}
		return New(7).With(a).Draw(b)
	}},
}

// side × side numbers are drawn from each family: 1,048,576 uniforms.
const side = 1 << 10

// uniform returns the smallest p-value, times their number, of chi-square tests that draws fall
// evenly: by their leading 10 bits, the leading 10 of their lower half, and 5 of each. The
// simulation reads the halves of one draw as two numbers.
func uniform(of hash) float64 {
	var high, low, both [1 << 10]int
	for a := range uint64(side) {
		for b := range uint64(side) {
			u := of(a, b)
			high[u>>54]++
			low[u<<32>>54]++
			both[u>>59<<5|u<<32>>59]++
		}
	}
	p := 1.0
	for _, counts := range [][]int{high[:], low[:], both[:]} {
		p = min(p, 3*chiSquare(counts, alike(len(counts))))
	}
	return p
}

// independent returns the smallest p-value, times their number, of chi-square tests that draws and
// their neighbours fall evenly into a grid of 32 × 32: the next in either direction, and those 2,
// 16 and 512 away.
func independent(of hash) float64 {
	var draws [side][side]uint32
	for a := range uint64(side) {
		for b := range uint64(side) {
			draws[a][b] = uint32(of(a, b) >> 32)
		}
	}
	steps := [][2]int{{0, 1}, {1, 0}, {1, 1}, {0, 2}, {2, 0}, {16, 0}, {0, 16}, {512, 0}, {0, 512}}
	p := 1.0
	for _, step := range steps {
		counts := make([]int, 32*32)
		for a := range side {
			for b := range side {
				next := draws[(a+step[0])%side][(b+step[1])%side]
				counts[draws[a][b]>>27<<5|next>>27]++
			}
		}
		p = min(p, float64(len(steps))*chiSquare(counts, alike(len(counts))))
	}
	return p
}

func TestDrawsAreUniform(t *testing.T) {
	t.Parallel()
	for _, f := range families {
		holds(t, f.name, uniform(f.of))
	}
	notices(t, weak[1].name, uniform(weak[1].of))
}

func TestDrawsAreIndependent(t *testing.T) {
	t.Parallel()
	for _, f := range families {
		holds(t, f.name, independent(f.of))
	}
	notices(t, weak[0].name, independent(weak[0].of))
	notices(t, weak[2].name, independent(weak[2].of))
}

// avalanche returns the smallest p-value, times their number, of tests that each bit of the draw
// changes half of the time when one bit of the key or of the slot does. 2,048 draws for each of 128
// bits that change see a bit that follows in 57 % instead.
func avalanche(of hash) float64 {
	const n = 2048
	worst := 0.0
	for bit := range 128 {
		var flips [64]int
		for i := range uint64(n) {
			a, b := New(i).Draw(1), New(i).Draw(2)
			x := of(a, b)
			if bit < 64 {
				x ^= of(a^1<<bit, b)
			} else {
				x ^= of(a, b^1<<(bit-64))
			}
			for ; x != 0; x &= x - 1 {
				flips[bits.TrailingZeros64(x)]++
			}
		}
		for _, f := range flips {
			worst = max(worst, math.Abs(float64(2*f-n))/math.Sqrt(n))
		}
	}
	return 128 * 64 * 2 * distuv.UnitNormal.Survival(worst)
}

func TestOneBitChangesHalfOfTheDraw(t *testing.T) {
	t.Parallel()
	holds(t, "slot", avalanche(func(k, slot uint64) uint64 { return Key(k).Draw(slot) }))
	holds(t, "key", avalanche(func(k, id uint64) uint64 { return Key(k).With(id).Draw(0) }))
	notices(t, "one multiplication", avalanche(fold))
}

// TestKeysDiffer: no two of the keys under a key are the same, nor any of the draws.
func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[uint64]string, 1<<18)
	for id := range uint64(1 << 9) {
		for day := range uint64(1 << 8) {
			k := New(7).With(id).With(day)
			for what, u := range map[string]uint64{"key": uint64(k), "draw": k.Draw(day)} {
				name := fmt.Sprintf("%s of %d, %d", what, id, day)
				if other, taken := seen[u]; taken {
					t.Fatalf("%s is that of %s", name, other)
				}
				seen[u] = name
			}
		}
	}
}

func TestBelowIsEven(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 7, 1 << 33, math.MaxUint64} {
		if got := Below(0, n); got != 0 {
			t.Errorf("Below(0, %d) = %d, want 0", n, got)
		}
		if got := Below(math.MaxUint64, n); got != n-1 {
			t.Errorf("Below(max, %d) = %d, want %d", n, got, n-1)
		}
	}
	counts := make([]int, 7)
	for i := range uint64(100_000) {
		counts[Below(New(i).Draw(0), 7)]++
	}
	holds(t, "Below 7", chiSquare(counts, alike(7)))
}

// hits is the p-value that a chance hits as often as it says, in a million draws.
func hits(c Chance, p float64) float64 {
	counts := []int{0, 0}
	for i := range uint64(1_000_000) {
		if c.Hits(New(3).With(i).Draw(5)) {
			counts[0]++
		} else {
			counts[1]++
		}
	}
	return chiSquare(counts, []float64{p, 1 - p})
}

func TestChancesHit(t *testing.T) {
	t.Parallel()
	for _, p := range []float64{0.003, 0.3, 0.5} {
		holds(t, fmt.Sprint(p), hits(ChanceOf(p), p))
	}
	notices(t, "0.306 for 0.3", hits(ChanceOf(0.306), 0.3))
	for _, u := range []uint64{0, 1 << 32, math.MaxUint64} {
		if ChanceOf(0).Hits(u) || !ChanceOf(1).Hits(u) {
			t.Errorf("at %d: never hits or always does not", u)
		}
	}
}
