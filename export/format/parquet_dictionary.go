package format

import "math/bits"

// An intDictionary numbers distinct whole numbers in the order in which they first appear.
type intDictionary struct {
	list  []int64  // the numbers
	slots []uint32 // open addressing: place in list from 1, or 0; at least twice as long as list
	shift uint8    // what a hash is shifted by to be a slot
}

// index appends the place of each number of page to dst. New numbers enter the dictionary.
func (d *intDictionary) index(dst []uint32, page []int64) []uint32 {
	if d.slots == nil {
		d.resize(1 << 8)
	}
	n := len(dst)
	dst = grown(dst, len(page))
	for places := dst[n:]; len(page) > 0; {
		known, slot := d.find(places, page)
		if known == len(page) {
			break
		}
		places[known] = d.enter(page[known], slot)
		places, page = places[known+1:], page[known+1:]
	}
	return dst
}

// find sets the places of numbers up to the first that is new and returns how many those are, and
// the empty slot for the new one.
func (d *intDictionary) find(places []uint32, page []int64) (known int, slot uint64) {
	list, slots, shift := d.list, d.slots, d.shift&63
	places = places[:len(page)]
	for i, x := range page {
		slot = hash(x) >> shift
		for {
			k := uint64(slots[slot]) - 1 // beyond the list if there is none
			if k >= uint64(len(list)) {
				return i, slot
			}
			if list[k] == x {
				places[i] = uint32(k)
				break
			}
			slot = (slot + 1) & uint64(len(slots)-1)
		}
	}
	return len(page), 0
}

// enter gives a new number the next place, which it returns, and the empty slot that find returned.
func (d *intDictionary) enter(x int64, slot uint64) uint32 {
	d.list = append(d.list, x)
	d.slots[slot] = uint32(len(d.list))
	if 2*len(d.list) > len(d.slots) {
		d.resize(2 * len(d.slots))
	}
	return uint32(len(d.list) - 1)
}

// hash is Fibonacci hashing: 2^64 / golden ratio; the top bits count.
func hash(x int64) uint64 { return uint64(x) * 0x9e3779b97f4a7c15 }

// resize makes n slots, a power of two.
func (d *intDictionary) resize(n int) {
	d.slots = make([]uint32, n)
	d.shift = uint8(64 - bits.Len(uint(n-1)))
	for i, x := range d.list {
		slot := hash(x) >> d.shift
		for d.slots[slot] != 0 {
			slot = (slot + 1) & uint64(n-1)
		}
		d.slots[slot] = uint32(i + 1)
	}
}

// reset forgets all numbers.
func (d *intDictionary) reset() {
	d.list = d.list[:0]
	clear(d.slots)
}

// newAtLeast returns a number of distinct values of second that first does not have: nearly all, or
// fewer, because values are told apart by some bits of their hash.
func newAtLeast(first, second []int64) int {
	const width = 18
	var seen [1 << width / 64]uint64
	for _, x := range first {
		h := hash(x) >> (64 - width)
		seen[h/64] |= 1 << (h % 64)
	}
	n := 0
	for _, x := range second {
		h := hash(x) >> (64 - width)
		word := seen[h/64]
		n += int(^word >> (h % 64) & 1)
		seen[h/64] = word | 1<<(h%64)
	}
	return n
}
