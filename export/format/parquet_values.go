package format

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"

	"github.com/percorso/percorso/model/table"
)

// values holds the values of the open page of a column, without nulls, and the dictionary of the
// open row group. There is an implementation for each way of storing them.
type values interface {
	// add appends the values of some rows and returns how many are present. It records in present
	// which ones are; present is nil for a column without nulls.
	add(rows piece, present *levels) int

	// encode appends the page, which has at least one value, to dst and empties it.
	encode(dst []byte) ([]byte, pageValues, error)

	// dictionary appends the words to which encoded pages refer, returns how many there are, and
	// forgets them.
	dictionary(dst []byte) ([]byte, int)
}

// A piece is some rows of a column of a batch.
type piece struct {
	*table.Vector
	there    table.Presence // of the batch, or nil
	at       int            // place of the column
	from, to int            // rows
}

// pageValues describes the values of a page.
type pageValues struct {
	encoding format.Encoding
	lo, hi   bound
	sorted   bool // ascending times
}

// A bound is the least or greatest value: whole for a number, text for a string. A code has both:
// its whole is the rank of the word, so comparing the numbers first is right for all kinds.
type bound struct {
	whole int64
	text  string
}

func (b bound) less(c bound) bool {
	return b.whole < c.whole || b.whole == c.whole && b.text < c.text
}

// newValues returns the implementation for a column.
func newValues(c table.Column) values {
	switch c.Kind {
	case table.Code:
		if len(c.Vocab) <= math.MaxUint8+1 {
			return newCodeValues[uint8](c.Vocab)
		}
		return newCodeValues[uint32](c.Vocab)
	case table.Text:
		return new(textValues)
	case table.Bool:
		return new(boolValues)
	default:
		return newIntValues(c)
	}
}

var errMissing = errors.New("a value is missing where none may be")

// A wholePage holds the values of the open page of a column of whole numbers.
type wholePage []int64

func (p *wholePage) add(rows piece, present *levels) int {
	before := len(*p)
	if values := rows.Int[rows.from:rows.to]; present == nil {
		*p = append(*p, values...)
	} else {
		*p = compact(present, *p, values, &rows)
	}
	return len(*p) - before
}

// bounds returns the least and the greatest value, which must be from least to most.
func (p wholePage) bounds(sorted bool, least, most int64) (lo, hi bound, err error) {
	lo.whole, hi.whole = p[0], p[len(p)-1]
	if !sorted {
		for _, x := range p {
			lo.whole, hi.whole = min(lo.whole, x), max(hi.whole, x)
		}
	}
	switch {
	case lo.whole == table.Null:
		err = errMissing
	case lo.whole < least:
		err = fmt.Errorf("value %d, want %d or more", lo.whole, least)
	case hi.whole > most:
		err = fmt.Errorf("value %d, want %d or less", hi.whole, most)
	}
	return lo, hi, err
}

// intValues holds whole numbers: as differences or, where values repeat often, as indices into a
// dictionary. The first page of each row group decides.
type intValues struct {
	wholePage
	kind        table.Kind
	least, most int64 // values allowed
	words       intDictionary
	decided     bool // in this row group
	indexed     bool // decided to use the dictionary

	indices []uint32 // scratch
	narrow  []int32  // scratch
	packed  []byte   // scratch
	spare   []byte   // scratch
}

func newIntValues(c table.Column) *intValues {
	v := &intValues{kind: c.Kind, least: math.MinInt64, most: math.MaxInt64}
	switch {
	case v.is32():
		v.least, v.most = math.MinInt32, math.MaxInt32
	case c.Kind == table.Decimal:
		v.least, v.most = -decimalMost, decimalMost
	}
	return v
}

// is32 reports whether values take 32 bits in the file.
func (v *intValues) is32() bool { return parquetType(v.kind) == format.Int32 }

func (v *intValues) encode(dst []byte) ([]byte, pageValues, error) {
	var p pageValues
	var err error
	if v.kind == table.Time { // rarely the same twice, and often sorted
		v.decided = true
		p.sorted = slices.IsSorted(v.wholePage)
	}
	if p.lo, p.hi, err = v.bounds(p.sorted, v.least, v.most); err != nil {
		return nil, p, err
	}
	switch {
	case !v.decided:
		p.encoding, err = v.decide()
	case v.indexed:
		p.encoding = format.RLEDictionary
		v.indices = v.words.index(v.indices[:0], v.wholePage)
		v.packed = appendIndices(v.packed[:0], v.indices, len(v.words.list))
	default:
		p.encoding = format.DeltaBinaryPacked
		v.packed, err = v.packDeltas(v.packed)
	}
	v.wholePage = v.wholePage[:0]
	return append(dst, v.packed...), p, err
}

// decide encodes the page in the shorter way, which the other pages of the row group then follow.
// Only the words that the second half of the page adds count, twice: a dictionary that is complete
// after half a page costs nothing in the next pages.
func (v *intValues) decide() (format.Encoding, error) {
	var err error
	if v.packed, err = v.packDeltas(v.packed); err != nil {
		return 0, err
	}
	v.decided = true
	width := 8
	if v.is32() {
		width = 4
	}
	half := len(v.wholePage) / 2
	first, second := v.wholePage[:half], v.wholePage[half:]
	if 2*width*newAtLeast(first, second) >= len(v.packed) {
		return format.DeltaBinaryPacked, nil // what a dictionary would take is clear without one
	}
	v.indices = v.words.index(v.indices[:0], first)
	known := len(v.words.list)
	v.indices = v.words.index(v.indices, second)
	size := 2 * width * (len(v.words.list) - known)
	deltas := v.packed
	v.packed = appendIndices(v.spare[:0], v.indices, len(v.words.list))
	if size+len(v.packed) < len(deltas) {
		v.indexed, v.spare = true, deltas
		return format.RLEDictionary, nil
	}
	v.packed, v.spare = deltas, v.packed
	v.words.reset()
	return format.DeltaBinaryPacked, nil
}

// packDeltas encodes the page as differences.
func (v *intValues) packDeltas(dst []byte) ([]byte, error) {
	var encoding delta.BinaryPackedEncoding
	if !v.is32() {
		return encoding.EncodeInt64(dst, v.wholePage)
	}
	v.narrow = v.narrow[:0]
	for _, x := range v.wholePage {
		v.narrow = append(v.narrow, int32(x))
	}
	return encoding.EncodeInt32(dst, v.narrow)
}

func (v *intValues) dictionary(dst []byte) ([]byte, int) {
	n := len(v.words.list)
	for _, x := range v.words.list {
		if v.is32() {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(x))
		} else {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(x))
		}
	}
	v.words.reset()
	v.decided, v.indexed = false, false
	return dst, n
}

// boolValues holds booleans, one bit each.
type boolValues struct{ wholePage }

func (v *boolValues) encode(dst []byte) ([]byte, pageValues, error) {
	lo, hi, err := v.bounds(false, 0, 1)
	if err != nil {
		return nil, pageValues{}, err
	}
	for eight := range slices.Chunk(v.wholePage, 8) {
		b := byte(0)
		for i, x := range eight {
			b |= byte(x) << i
		}
		dst = append(dst, b)
	}
	v.wholePage = v.wholePage[:0]
	return dst, pageValues{encoding: format.Plain, lo: lo, hi: hi}, nil
}

func (v *boolValues) dictionary(dst []byte) ([]byte, int) { return dst, 0 }

// codeValues holds the words of codes, as places in the dictionary: the words that the row group
// uses, in the order in which they first appear. I is a byte where the vocabulary allows it.
type codeValues[I place] struct {
	vocab  []string
	sorted []string // the vocabulary in byte order
	ranks  []uint32 // in it, by code
	places []uint32 // in the dictionary, by code; absent if the row group has not had it
	used   []uint32 // codes, by place in the dictionary

	page   []I
	met    []uint32 // as places, but absent if the page has not had it
	lo, hi uint32   // ranks in the page
	err    error    // the first of the page

	there []uint32 // scratch
}

// absent is the place of a word that is not there; all places are less, and so are their bits
// together.
const absent = 1 << 31

// firstCodes is how many codes fit a byte.
const firstCodes = 1 << 8

func newCodeValues[I place](vocab []string) *codeValues[I] {
	v := &codeValues[I]{
		vocab:  make([]string, len(vocab)),
		sorted: make([]string, len(vocab)),
		ranks:  make([]uint32, len(vocab)+1),
		places: slices.Repeat([]uint32{absent}, len(vocab)+1),
		met:    make([]uint32, max(firstCodes, len(vocab)+1)),
	}
	v.next()
	order := make([]int, len(vocab))
	for i, word := range vocab {
		v.vocab[i] = ValidText(word)
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return strings.Compare(v.vocab[a], v.vocab[b])
	})
	for rank, i := range order {
		v.sorted[rank] = v.vocab[i]
		v.ranks[i+1] = uint32(rank)
	}
	return v
}

// next begins a page.
func (v *codeValues[I]) next() {
	v.page = v.page[:0]
	for i := range v.met {
		v.met[i] = absent
	}
	v.lo, v.hi, v.err = math.MaxUint32, 0, nil
}

func (v *codeValues[I]) add(rows piece, present *levels) int {
	codes := rows.Code[rows.from:rows.to]
	if present != nil {
		v.there = compact(present, v.there[:0], codes, &rows)
		codes = v.there
	}
	n := len(v.page)
	v.page = grown(v.page, len(codes))
	page, met := v.page[n:][:len(codes)], v.met
	for i := 0; i < len(codes); {
		i += known(page[i:], codes[i:], (*[firstCodes]uint32)(met))
		for end := min(i+8, len(codes)); i < end; i++ {
			if code := codes[i]; uint64(code) < uint64(len(met)) && met[code] != absent {
				page[i] = I(met[code])
			} else {
				page[i] = v.meet(code)
			}
		}
	}
	return len(codes)
}

// known sets the places of codes, eight at a time, up to the first eight with one that is not among
// the first or that the page has not had before, and returns how many those are.
func known[I place](page []I, codes []uint32, met *[firstCodes]uint32) int {
	n, page := 0, page[:len(codes)]
	for ; n <= len(codes)-8; n += 8 {
		from, to := (*[8]uint32)(codes[n:n+8:n+8]), (*[8]I)(page[n:n+8:n+8])
		if from[0]|from[1]|from[2]|from[3]|from[4]|from[5]|from[6]|from[7] >= firstCodes {
			break
		}
		p0, p1 := met[uint8(from[0])], met[uint8(from[1])]
		p2, p3 := met[uint8(from[2])], met[uint8(from[3])]
		p4, p5 := met[uint8(from[4])], met[uint8(from[5])]
		p6, p7 := met[uint8(from[6])], met[uint8(from[7])]
		if p0|p1|p2|p3|p4|p5|p6|p7 >= absent {
			break
		}
		to[0], to[1], to[2], to[3] = I(p0), I(p1), I(p2), I(p3)
		to[4], to[5], to[6], to[7] = I(p4), I(p5), I(p6), I(p7)
	}
	return n
}

// meet returns the place of a code that the page has not had before.
func (v *codeValues[I]) meet(code uint32) I {
	if code == 0 || uint64(code) > uint64(len(v.vocab)) {
		if v.err == nil && code == 0 {
			v.err = errMissing
		} else if v.err == nil {
			v.err = errNoWord(code, len(v.vocab))
		}
		return 0
	}
	if v.places[code] == absent {
		v.places[code] = uint32(len(v.used))
		v.used = append(v.used, code)
	}
	v.met[code] = v.places[code]
	v.lo, v.hi = min(v.lo, v.ranks[code]), max(v.hi, v.ranks[code])
	return I(v.places[code])
}

func (v *codeValues[I]) encode(dst []byte) ([]byte, pageValues, error) {
	if v.err != nil {
		return nil, pageValues{}, v.err
	}
	p := pageValues{
		encoding: format.RLEDictionary,
		lo:       bound{int64(v.lo), v.sorted[v.lo]},
		hi:       bound{int64(v.hi), v.sorted[v.hi]},
	}
	dst = appendIndices(dst, v.page, len(v.used))
	v.next()
	return dst, p, nil
}

func (v *codeValues[I]) dictionary(dst []byte) ([]byte, int) {
	n := len(v.used)
	for _, code := range v.used {
		dst = appendPlainText(dst, v.vocab[code-1])
		v.places[code] = absent
	}
	v.used = v.used[:0]
	return dst, n
}

// errNoWord is the error of a code for which the vocabulary has no word.
func errNoWord(code uint32, words int) error {
	return fmt.Errorf("code %d, want 1 to %d: the vocabulary has no more words", code, words)
}

// textValues holds strings as they are stored in the page, each after its length.
type textValues struct{ plain []byte }

func (v *textValues) add(rows piece, present *levels) int {
	n := 0
	for _, s := range rows.Text[rows.from:rows.to] {
		if present != nil {
			if s == "" {
				present.push(0, 1)
				continue
			}
			present.push(1, 1)
		}
		v.plain = appendPlainText(v.plain, ValidText(s))
		n++
	}
	return n
}

func (v *textValues) encode(dst []byte) ([]byte, pageValues, error) {
	var lo, hi []byte
	for rest := v.plain; len(rest) > 0; {
		end := 4 + binary.LittleEndian.Uint32(rest)
		s := rest[4:end]
		if lo == nil || string(s) < string(lo) {
			lo = s
		}
		if hi == nil || string(s) > string(hi) {
			hi = s
		}
		rest = rest[end:]
	}
	p := pageValues{
		encoding: format.Plain,
		lo:       bound{text: string(lo)},
		hi:       bound{text: string(hi)},
	}
	dst = append(dst, v.plain...)
	v.plain = v.plain[:0]
	return dst, p, nil
}

func (v *textValues) dictionary(dst []byte) ([]byte, int) { return dst, 0 }

func appendPlainText(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(s)))
	return append(dst, s...)
}
