package format

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// levels says for each row of a page whether its value is present: Parquet's definition levels, one
// bit each.
type levels struct {
	bits []uint64
	rows int
}

// compact records which values of src are there, those that are not null, and appends them to dst.
// They are the values of rows, whose batch may say which are there.
func compact[T int64 | uint32](l *levels, dst, src []T, rows *piece) []T {
	n := len(dst)
	dst = grown(dst, len(src))
	for from := rows.from; len(src) > 0; {
		block := src[:min(len(src), 64-l.rows%64)]
		var word uint64
		if rows.there != nil {
			word = rows.there.Word(rows.at, from, len(block))
		} else {
			word = presence(block)
		}
		if there := bits.OnesCount64(word); there == len(block) {
			n += copy(dst[n:], block)
		} else {
			for rest := word; rest != 0; rest &= rest - 1 {
				dst[n] = block[bits.TrailingZeros64(rest)]
				n++
			}
		}
		l.push(word, len(block))
		src, from = src[len(block):], from+len(block)
	}
	return dst[:n]
}

// presence returns a bit for each of up to 64 values, the first in the lowest bit: 1 unless the
// value is null.
func presence[T int64 | uint32](block []T) uint64 {
	if len(block) == 64 {
		return present((*[64]T)(block))
	}
	var padded [64]T
	for i := copy(padded[:], block); i < len(padded); i++ {
		padded[i] = missing[T]()
	}
	return present(&padded)
}

// missing returns the value that stands for a missing one: table.Null or, of its lower half, 0.
func missing[T int64 | uint32]() T {
	null := uint64(1) << 63
	return T(null)
}

// present does what presence does. Adding 2^64-1 carries unless a number is 0, and adding the word
// to itself with the carry puts the carry below its bits: two instructions a value, and no branch.
func present[T int64 | uint32](block *[64]T) (word uint64) {
	null, carry := missing[T](), uint64(0)
	for i := len(block) - 8; i >= 0; i -= 8 {
		g := (*[8]T)(block[i:])
		_, carry = bits.Add64(uint64(g[7]^null), math.MaxUint64, 0)
		word, _ = bits.Add64(word, word, carry)
		_, carry = bits.Add64(uint64(g[6]^null), math.MaxUint64, 0)
		word, _ = bits.Add64(word, word, carry)
		_, carry = bits.Add64(uint64(g[5]^null), math.MaxUint64, 0)
		word, _ = bits.Add64(word, word, carry)
		_, carry = bits.Add64(uint64(g[4]^null), math.MaxUint64, 0)
		word, _ = bits.Add64(word, word, carry)
		_, carry = bits.Add64(uint64(g[3]^null), math.MaxUint64, 0)
		word, _ = bits.Add64(word, word, carry)
		_, carry = bits.Add64(uint64(g[2]^null), math.MaxUint64, 0)
		word, _ = bits.Add64(word, word, carry)
		_, carry = bits.Add64(uint64(g[1]^null), math.MaxUint64, 0)
		word, _ = bits.Add64(word, word, carry)
		_, carry = bits.Add64(uint64(g[0]^null), math.MaxUint64, 0)
		word, _ = bits.Add64(word, word, carry)
	}
	return word
}

// push appends the n lowest bits of word, which do not cross a word of l.bits.
func (l *levels) push(word uint64, n int) {
	if l.rows%64 == 0 {
		l.bits = append(l.bits, word)
	} else {
		l.bits[len(l.bits)-1] |= word << (l.rows % 64)
	}
	l.rows += n
}

// reset forgets all rows.
func (l *levels) reset() {
	l.bits = l.bits[:0]
	l.rows = 0
}

// encode appends the levels in Parquet's hybrid of runs and packed bits, after their length. Runs
// are searched in steps of 64 rows, so a column of nulls only takes seven bytes.
func (l *levels) encode(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for from := 0; from < len(l.bits); {
		to := l.run(from)
		if to > from { // of equal levels
			rows := min(64*to, l.rows) - 64*from
			dst = binary.AppendUvarint(dst, uint64(rows)<<1)
			dst = append(dst, byte(l.bits[from]&1))
			from = to
			continue
		}
		for to++; to < len(l.bits) && l.run(to) == to; {
			to++
		}
		size := (min(64*to, l.rows) - 64*from + 7) / 8
		dst = binary.AppendUvarint(dst, uint64(size)<<1|1)
		for _, word := range l.bits[from : to-1] {
			dst = binary.LittleEndian.AppendUint64(dst, word)
		}
		last := binary.LittleEndian.AppendUint64(dst, l.bits[to-1])
		dst = last[:len(dst)+size-8*(to-1-from)]
		from = to
	}
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// run returns the end of the run of words from a place whose rows are all present or all missing;
// the place itself if its rows are mixed.
func (l *levels) run(from int) int {
	same := -(l.bits[from] & 1)
	to := from
	for to < len(l.bits)-1 && l.bits[to] == same {
		to++
	}
	if to == len(l.bits)-1 && l.bits[to] == same&l.lastMask() {
		to++
	}
	return to
}

// lastMask has the bits of the last word that stand for rows.
func (l *levels) lastMask() uint64 {
	return math.MaxUint64 >> (uint(-l.rows) % 64)
}

// grown returns s with n more places.
func grown[T any](s []T, n int) []T {
	if len(s)+n <= cap(s) {
		return s[:len(s)+n]
	}
	return append(s, make([]T, n)...)
}
