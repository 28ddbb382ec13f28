package table

// A Presence says which values of the rows of events are there, as Parquet wants to know it: for
// each 64 rows it has a word for each column, with a bit for each row, the first in the lowest: 1
// unless the value is null. Words of columns that are never null say nothing.
type Presence [][EventColumns]uint64

// Word returns the bits of up to 64 rows of a column from a row on, and zeros above them.
func (p Presence) Word(column, row, n int) uint64 {
	at, skip := row/64, uint(row)%64
	word := p[at][column] >> skip
	if skip+uint(n) > 64 {
		word |= p[at+1][column] << (64 - skip)
	}
	return word & (1<<n - 1)
}

// At returns the words of the 64 rows that a row is one of, and its bit in them.
func (p Presence) At(row int) (words *[EventColumns]uint64, bit uint64) {
	return &p[uint(row)/64], 1 << (uint(row) % 64)
}

// Extend returns a Presence of the rows before the given one and of n more, which are all null.
func (p Presence) Extend(row, n int) Presence {
	if more := (row+n+63)/64 - len(p); more > 0 {
		p = append(p, make(Presence, more)...)
	}
	if row%64 > 0 {
		for column := range p[row/64] {
			p[row/64][column] &= 1<<(row%64) - 1
		}
	}
	clear(p[(row+63)/64 : (row+n+63)/64])
	return p
}
