package format

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// TestFilesForgetTheOnesBefore writes files of all sizes and compressions one after the other: each
// has the bytes of a file that took its memory from no other.
func TestFilesForgetTheOnesBefore(t *testing.T) {
	tables, view := eventsSchema()
	s := SchemaOf(tables, view)
	alone := s
	alone.closed = nil
	some := func(n int, seed uint64, f shape) *table.Rows {
		return randomRows(&s, n, rand.New(rand.NewPCG(seed, 1)), f)
	}
	for i, rows := range []*table.Rows{
		eventRows(pageRows+1, 1),
		some(1, 2, shape{}),
		some(300, 3, shape{nulls: 1}),
		some(5000, 4, shape{nulls: 0.5}),
		some(pageRows, 5, shape{nulls: 0.9, distinct: 7}),
		some(64, 6, shape{}),
		eventRows(2000, 7),
	} {
		for _, compression := range parquetCompressions {
			got := file(t, parquetFormat, compression, &s, rows)
			if !bytes.Equal(got, file(t, parquetFormat, compression, &alone, rows)) {
				t.Errorf("file %d, %s: its bytes depend on the file before", i, compression)
			}
		}
	}
}

// TestFailedFilesLendNothing: what is left in the columns of a file that did not end must not be in
// the next.
func TestFailedFilesLendNothing(t *testing.T) {
	tables, view := eventsSchema()
	s := SchemaOf(tables, view)
	rows := eventRows(1000, 1)
	want := file(t, parquetFormat, "", &s, rows)
	w, err := parquetFormat.Open(new(bytes.Buffer), &s, "")
	if err != nil {
		t.Fatal(err)
	}
	wrong := eventRows(1000, 2)
	wrong.Cols[table.EventType].Code[999] = 1000
	err = w.Write(wrong)
	if closing := w.Close(); err == nil && closing == nil {
		t.Fatal("a code without a word was written")
	}
	if !bytes.Equal(file(t, parquetFormat, "", &s, rows), want) {
		t.Error("the file after one that failed has other bytes")
	}
}

// TestValuesThatAreThereAreKept holds the page and its levels for all mixtures, from rows that come
// in pieces of any length.
func TestValuesThatAreThereAreKept(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		percent := []int{0, 1, 10, 50, 90, 99, 100}[seed%7]
		keep(t, r, percent, table.Null, func() int64 {
			extremes := []int64{0, -1, 1, math.MaxInt64, table.Null + 1, 1 << 32, -1 << 32}
			return extremes[r.IntN(len(extremes))]
		})
		keep(t, r, percent, 0, func() uint32 {
			return []uint32{1, math.MaxUint32, 1 << 31, 256}[r.IntN(4)]
		})
	}
}

func keep[T int64 | uint32](t *testing.T, r *rand.Rand, percent int, null T, value func() T) {
	var want, got []T
	var there []bool
	var l levels
	for range 1 + r.IntN(4) {
		some := make([]T, r.IntN(200))
		for i := range some {
			some[i] = null
			if r.IntN(100) < percent {
				some[i] = value()
				want = append(want, some[i])
			}
			there = append(there, some[i] != null)
		}
		got = compact(&l, got, some, pieceOf(r, some, null))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d %%: got %d, want %d", percent, got, want)
	}
	if levels := decodeLevels(t, l.encode(nil), len(there)); !slices.Equal(levels, there) {
		t.Fatalf("%d %%: levels\ngot  %t\nwant %t", percent, levels, there)
	}
}

// pieceOf returns a piece with the given values, of a batch that says which are there or does not.
func pieceOf[T int64 | uint32](r *rand.Rand, values []T, null T) *piece {
	p := &piece{at: r.IntN(table.EventColumns), from: r.IntN(table.BatchRows - 200)}
	if r.IntN(2) == 0 {
		return p
	}
	p.there = table.Presence(nil).Extend(0, table.BatchRows)
	for row := range table.BatchRows {
		i := row - p.from
		if words, bit := p.there.At(row); i < 0 || i >= len(values) || values[i] != null {
			words[p.at] |= bit
		}
	}
	return p
}

// TestDictionariesAreMadeWhereShorter holds the choice of the first page against the sizes of both
// encodings, for values that repeat from never to always.
func TestDictionariesAreMadeWhereShorter(t *testing.T) {
	var chosen [2]int
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := []int{1, 2, 3, 100, 3000, pageRows}[seed%6]
		distinct := 1 + r.IntN(1<<r.IntN(17))
		least := int64(1) << r.IntN(53)
		column := table.Column{Kind: table.ID}
		if seed%2 == 0 {
			column.Kind, least = table.Int, 1<<r.IntN(31)
		}
		pool := make([]int64, distinct)
		for i := range pool {
			pool[i] = r.Int64N(least)
		}
		v := newIntValues(column)
		for range n {
			v.wholePage = append(v.wholePage, pool[r.IntN(distinct)])
		}
		want := shorter(t, v)
		if _, _, err := v.encode(nil); err != nil {
			t.Fatal(err)
		}
		if v.indexed != want {
			t.Errorf("%d values of %d below %d: a dictionary %t, want %t",
				n, distinct, least, v.indexed, want)
		}
		chosen[map[bool]int{true: 1}[want]]++
	}
	if min(chosen[0], chosen[1]) < 50 {
		t.Errorf("%d pages, want many of both encodings", chosen)
	}
}

// shorter reports whether the page of v is shorter with a dictionary, by making both.
func shorter(t *testing.T, v *intValues) bool {
	t.Helper()
	deltas, err := v.packDeltas(nil)
	if err != nil {
		t.Fatal(err)
	}
	var words intDictionary
	half := len(v.wholePage) / 2
	indices := words.index(nil, v.wholePage[:half])
	known := len(words.list)
	indices = words.index(indices, v.wholePage[half:])
	width := map[bool]int{true: 4, false: 8}[v.is32()]
	size := len(appendIndices(nil, indices, len(words.list))) + 2*width*(len(words.list)-known)
	return size < len(deltas)
}

// TestNewValuesAreCountedFromBelow: never more than there are, and nearly all.
func TestNewValuesAreCountedFromBelow(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		most := int64(1) << r.IntN(54)
		page := make([]int64, 1+r.IntN(pageRows))
		for i := range page {
			page[i] = r.Int64N(most) - most/2
		}
		first, second := page[:len(page)/2], page[len(page)/2:]
		known := make(map[int64]bool, len(page))
		for _, x := range first {
			known[x] = true
		}
		before := len(known)
		for _, x := range second {
			known[x] = true
		}
		want := len(known) - before
		got := newAtLeast(first, second)
		if name := fmt.Sprintf("%d values below %d", len(page), most); got > want || got < want*4/5 {
			t.Errorf("%s: %d are new, want %d or a few less", name, got, want)
		}
	}
}
