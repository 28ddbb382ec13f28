package kpi

import (
	"slices"

	"github.com/percorso/percorso/model/table"
)

// A crosstab counts the rows of a table by the words of some Code columns together, and sums some
// columns of whole numbers over the same rows. It has a cell for every combination of codes, so
// that a row costs a few additions and nothing is looked up.
type crosstab struct {
	table table.TableID
	by    []dimension
	sums  []int   // places of the columns that are summed
	cells []int64 // of each combination of codes: the number of rows, then the sums

	found []int // scratch of count: the cell of each row
}

// A dimension is one of the columns that a crosstab counts by.
type dimension struct {
	at    int // its place in the table
	words []string
	size  int // how many cells further the next code is
}

// every stands for all codes of a dimension, 0 too: that of rows without a word.
const every = ^uint32(0)

// newCrosstab returns a crosstab of nothing yet for a table, by its columns of the given names.
func newCrosstab(t *table.Table, id table.TableID, by, sums []string) *crosstab {
	c := &crosstab{table: id, sums: t.Places(sums...)}
	for _, at := range t.Places(by...) {
		c.by = append(c.by, dimension{at: at, words: t.Columns[at].Vocab})
	}
	c.allot(1 + len(sums))
	return c
}

// allot makes cells for every combination of codes, each of so many numbers.
func (c *crosstab) allot(size int) {
	for i := range slices.Backward(c.by) {
		c.by[i].size = size
		size *= len(c.by[i].words) + 1
	}
	c.cells = make([]int64, size)
}

// size is how many cells further the next code of a dimension is.
func (c *crosstab) size(dimension int) int { return c.by[dimension].size }

// count adds rows, column by column.
func (c *crosstab) count(r *table.Rows) {
	c.found = slices.Grow(c.found[:0], r.Len)[:r.Len]
	clear(c.found)
	for _, d := range c.by {
		for i, code := range r.Codes(d.at) {
			c.found[i] += int(code) * d.size
		}
	}
	for _, cell := range c.found {
		c.cells[cell]++
	}
	for k, column := range c.sums {
		for i, x := range r.Ints(column) {
			c.cells[c.found[i]+1+k] += x
		}
	}
}

// rows returns how many rows have the given codes, one for each dimension.
func (c *crosstab) rows(codes ...uint32) int64 { return total(c.cells, c.by, codes) }

// sum returns the sum of one of the summed columns over the rows with the given codes.
func (c *crosstab) sum(column int, codes ...uint32) int64 {
	return total(c.cells[1+column:], c.by, codes)
}

// total adds up every cell with the given codes.
func total(cells []int64, by []dimension, codes []uint32) (n int64) {
	if len(by) == 0 {
		return cells[0]
	}
	first, last := codes[0], codes[0]
	if first == every {
		first, last = 0, uint32(len(by[0].words))
	}
	for code := first; code <= last; code++ {
		n += total(cells[int(code)*by[0].size:], by[1:], codes[1:])
	}
	return n
}

// code returns the code of a word of a dimension, 0 where it has no such word.
func (c *crosstab) code(dimension int, word string) uint32 {
	return uint32(slices.Index(c.by[dimension].words, word) + 1)
}

// all are the codes of all rows.
func (c *crosstab) all() []uint32 { return slices.Repeat([]uint32{every}, len(c.by)) }

// byWord calls f with each word of a dimension and the codes of the rows that have it.
func (c *crosstab) byWord(dimension int, f func(word string, codes []uint32)) {
	codes := c.all()
	for i, word := range c.by[dimension].words {
		codes[dimension] = uint32(i + 1)
		f(word, codes)
	}
}

// rowsBy names how many rows have each word of a dimension, also where none has.
func (c *crosstab) rowsBy(dimension int) map[string]int64 {
	named := make(map[string]int64)
	c.byWord(dimension, func(word string, codes []uint32) { named[word] = c.rows(codes...) })
	return named
}
