package format

import (
	"encoding/binary"
	"math/bits"
)

// A place is a place in a dictionary, from 0.
type place interface{ uint8 | uint32 }

// appendIndices appends indices into a dictionary of the given size as a page holds them: their
// width in bits, then Parquet's hybrid of runs and packed bits. The library's encoder is not used
// because its assembly finds other runs than its Go code.
func appendIndices[I place](dst []byte, indices []I, words int) []byte {
	width := max(1, bits.Len(uint(words-1))) // some readers cannot read width 0
	dst = append(dst, byte(width))
	packed := 0 // indices up to here are written
	for from := mixed(indices); from < len(indices); {
		to := equalRun(indices, from)
		if (to-from)*width >= 64 { // packed, it takes eight bytes or more
			dst = appendPacked(dst, indices[packed:from], width)
			dst = binary.AppendUvarint(dst, uint64(to-from)<<1)
			index := binary.LittleEndian.AppendUint32(dst, uint32(indices[from]))
			dst = index[:len(dst)+(width+7)/8]
			packed = to
		}
		from = to + mixed(indices[to:])
	}
	return appendPacked(dst, indices[packed:], width)
}

// mixed returns how many indices there are before a group of eight equal ones, or of fewer at the
// end. They are whole groups, or all.
func mixed[I place](indices []I) int {
	n := 0
	switch indices := any(indices).(type) {
	case []uint8:
		for ; n <= len(indices)-8; n += 8 {
			g := binary.LittleEndian.Uint64(indices[n : n+8 : n+8])
			if g == g&0xff*ones {
				return n
			}
		}
	case []uint32:
		for ; n+8 <= len(indices); n += 8 {
			g := (*[8]uint32)(indices[n:])
			if g[0] == g[1] && equalRun(g[:], 0) == 8 {
				return n
			}
		}
	}
	if n < len(indices) && equalRun(indices[n:], 0) == 0 {
		return len(indices)
	}
	return n
}

// ones has a one in each byte.
const ones = 0x0101010101010101

// equalRun returns the end of the run of equal indices from a place, in whole groups of eight
// unless it reaches the end; the place itself if not even one group is equal.
func equalRun[I place](indices []I, from int) int {
	first, to := indices[from], from
	for ; to+8 <= len(indices); to += 8 {
		g := (*[8]I)(indices[to:])
		if g[0] != first || g[1] != first || *(*[2]I)(g[2:]) != *(*[2]I)(g[:]) ||
			*(*[4]I)(g[4:]) != *(*[4]I)(g[:]) {
			return to
		}
	}
	for i := to; i < len(indices); i++ {
		if indices[i] != first {
			return to
		}
	}
	return len(indices)
}

// appendPacked appends a run of packed bits: groups of eight indices, the last filled with zeros.
func appendPacked[I place](dst []byte, indices []I, width int) []byte {
	if len(indices) == 0 {
		return dst
	}
	groups := (len(indices) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	const room = 8 // for what packGroup writes beyond a group
	at, end := len(dst), len(dst)+groups*width
	dst = grown(dst, groups*width+room)
	if bytes, ok := any(indices).([]uint8); ok {
		packBytes(dst[at:], bytes, width)
		at += len(bytes) / 8 * width
		indices = indices[len(bytes)/8*8:]
	}
	for ; len(indices) >= 8; indices = indices[8:] {
		packGroup(dst[at:], (*[8]I)(indices), width)
		at += width
	}
	if len(indices) > 0 {
		var last [8]I
		copy(last[:], indices)
		packGroup(dst[at:], &last, width)
	}
	return dst[:end]
}

// packBytes writes whole groups of eight indices of up to eight bits as packGroup does: the second
// of each pair moves down to the first, then pairs move together, then pairs of pairs. What moves
// down from 2^8 to 2^width loses 2^8 - 2^width times itself.
func packBytes(dst, indices []uint8, width int) {
	w := uint(width) & 15
	one, two, four := uint64(1<<8-1<<w), uint64(1<<16-1<<(2*w)), uint64(1<<32-1<<(4*w))
	for from, to := 0, 0; from <= len(indices)-8; from, to = from+8, to+width {
		g := binary.LittleEndian.Uint64(indices[from : from+8 : from+8])
		g -= g >> 8 & 0x00ff00ff00ff00ff * one
		g -= g >> 16 & 0x0000ffff0000ffff * two
		g -= g >> 32 * four
		binary.LittleEndian.PutUint64(dst[to:to+8:to+8], g)
	}
}

// packGroup writes eight indices into as many bytes as each has bits, and may write up to eight
// meaningless bytes after them.
func packGroup[I place](dst []byte, g *[8]I, width int) {
	w := uint(width)
	lo := uint64(g[0]) | uint64(g[1])<<w | uint64(g[2])<<(2*w) | uint64(g[3])<<(3*w)
	hi := uint64(g[4]) | uint64(g[5])<<w | uint64(g[6])<<(2*w) | uint64(g[7])<<(3*w)
	switch {
	case width <= 8:
		binary.LittleEndian.PutUint64(dst, lo|hi<<(4*w))
	case width <= 16:
		binary.LittleEndian.PutUint64(dst, lo|hi<<(4*w))
		binary.LittleEndian.PutUint64(dst[8:], hi>>(64-4*w))
	default:
		word, n := uint64(0), uint(0)
		for _, index := range g {
			word |= uint64(index) << n
			if n += w; n >= 32 {
				binary.LittleEndian.PutUint32(dst, uint32(word))
				dst, word, n = dst[4:], word>>32, n-32
			}
		}
		binary.LittleEndian.PutUint32(dst, uint32(word))
	}
}
