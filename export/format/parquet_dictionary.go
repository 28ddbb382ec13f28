package format

import "math/bits"

// An intDictionary numbers distinct whole numbers in the order in which they first appear.
type intDictionary struct {
	list  []int64  // the numbers
	slots []uint32 // open addressing: place in list from 1, or 0; at least twice as long as list
}

// index appends the place of each number of page to dst. New numbers enter the dictionary.
func (d *intDictionary) index(dst []int32, page []int64) []int32 {
	if d.slots == nil {
		d.slots = make([]uint32, 1<<8)
	}
	n := len(dst)
	dst = grown(dst, len(page))
	for i, x := range page {
		slot := d.slot(x)
		if d.slots[slot] == 0 {
			d.list = append(d.list, x)
			d.slots[slot] = uint32(len(d.list))
			dst[n+i] = int32(len(d.list) - 1)
			if 2*len(d.list) > len(d.slots) {
				d.grow()
			}
			continue
		}
		dst[n+i] = int32(d.slots[slot] - 1)
	}
	return dst
}

// slot returns the slot where x is, or belongs.
func (d *intDictionary) slot(x int64) int {
	mask := len(d.slots) - 1
	hash := uint64(x) * 0x9e3779b97f4a7c15 // Fibonacci hashing: 2^64 / golden ratio, top bits
	slot := int(hash >> (64 - bits.Len(uint(mask))))
	for {
		k := d.slots[slot&mask]
		if k == 0 || d.list[k-1] == x {
			return slot & mask
		}
		slot++
	}
}

// grow doubles the slots.
func (d *intDictionary) grow() {
	d.slots = make([]uint32, 2*len(d.slots))
	for i, x := range d.list {
		d.slots[d.slot(x)] = uint32(i + 1)
	}
}

// reset forgets all numbers.
func (d *intDictionary) reset() {
	d.list = d.list[:0]
	clear(d.slots)
}
