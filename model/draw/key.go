package draw

import "math/bits"

// A Key identifies who draws. Keys are derived from each other (world, customer, episode), and
// uniforms are drawn from a key by slot. It is kept with salt0, as fold wants it.
type Key uint64

// Odd constants with balanced bits (from the fractional parts of square roots of primes, as in
// SHA-512's initial values, made odd).
const (
	salt0 = 0x6a09e667f3bcc909
	salt1 = 0xbb67ae8584caa73b
	salt2 = 0x3c6ef372fe94f82b
	salt3 = 0xa54ff53a5f1d36f1
)

// New returns the key of a whole world.
func New(seed uint64) Key { return Key(fold(fold(seed^salt0, salt2)^salt0, salt3) ^ salt0) }

// With returns the key of one of many under k: a customer, a town, an episode, a day.
func (k Key) With(which uint64) Key {
	return Key(fold(fold(uint64(k), which)^salt0, salt2) ^ salt0)
}

// Draw returns the uniform of a slot: two multiplications, under 3 ns. Different slots of one key,
// and the same slot of different keys, are independent for every purpose here.
func (k Key) Draw(slot uint64) uint64 { return fold(fold(uint64(k), slot)^salt0, salt3) }

// fold multiplies to 128 bits and adds the halves without carry: the multiply-and-fold step of
// wyhash and related hashes (Wang Yi, 2019), where a already has its salt.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b^salt1)
	return hi ^ lo
}

// Below returns a whole number from 0 to n-1, rising with u.
func Below(u, n uint64) uint64 {
	hi, _ := bits.Mul64(u, n)
	return hi
}

// A Chance is a probability with 32 fractional bits.
type Chance uint64

// ChanceOf rounds a probability from 0 to 1.
func ChanceOf(p float64) Chance { return Chance(p*(1<<32) + 0.5) }

// Hits reports whether the event of probability c happens at u: when u is among the lowest.
func (c Chance) Hits(u uint64) bool { return u>>32 < uint64(c) }
