package table

// A Batch is what happened in a run of days of one part, as columns. The worker that made it hands
// it to a Sink and then uses it again, so a sink must not keep it.
type Batch struct {
	Part   int  // whose rows these are, from 0; StaticPart too; the day, in a run by days
	Last   bool // the part's last batch; it carries the snapshots taken at the end
	Tables [TableCount]Rows
}

// StaticPart is the part of the tables that do not depend on what customers do.
const StaticPart = -1

// BatchRows is the most event rows a batch carries: few enough that whoever reads them finds them
// in the cache, where they were just written.
const BatchRows = 1 << 12

// Rows are the rows of one table, by column.
type Rows struct {
	Len   int
	Cols  []Vector // one per column of the schema, each with Len valid values
	There Presence // of them; nil where whoever made the rows does not say
}

// A Vector is one column of a batch. Which slice is used follows from the column's Kind.
type Vector struct {
	Int  []int64
	Code []uint32
	Text []string
}

// A Sink takes what a simulation makes. Encode turns a batch into whatever the sink writes, on the
// worker that made the batch, concurrently with others; it must not keep the batch. The returned
// commit puts the encoded rows in their place and is called once, by one goroutine at a time, in
// the order the run promises: within a part when parts are independent, in time order otherwise. A
// nil commit means there is nothing left to do. After an error the run stops.
type Sink interface {
	Encode(*Batch) (commit func() error, err error)
}

// Tee is a sink that hands every batch to each of several sinks, in their order.
func Tee(sinks ...Sink) Sink { return tee(sinks) }

type tee []Sink

func (t tee) Encode(b *Batch) (func() error, error) {
	commits := make([]func() error, 0, len(t))
	for _, s := range t {
		commit, err := s.Encode(b)
		if err != nil {
			return nil, err
		}
		if commit != nil {
			commits = append(commits, commit)
		}
	}
	return func() error {
		for _, commit := range commits {
			if err := commit(); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// NewBatch returns an empty batch for the given schema with room for the given event rows.
func NewBatch(tables *[TableCount]Table, rows int) *Batch {
	b := new(Batch)
	for t := range tables {
		b.Tables[t].Cols = make([]Vector, len(tables[t].Columns))
		if TableID(t) == TableEvents {
			b.Tables[t].grow(tables[t].Columns, rows)
		}
	}
	return b
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Last = false
	for t := range b.Tables {
		b.Tables[t].Len = 0
	}
}

// Add makes room for one more row of table t and returns its place; the caller then sets every
// column of it.
func (b *Batch) Add(tables *[TableCount]Table, t TableID) int {
	r := &b.Tables[t]
	r.grow(tables[t].Columns, r.Len+1)
	r.Len++
	return r.Len - 1
}

// Extend makes room for n more rows of table t and returns the place of the first.
func (b *Batch) Extend(tables *[TableCount]Table, t TableID, n int) int {
	r := &b.Tables[t]
	r.grow(tables[t].Columns, r.Len+n)
	r.Len += n
	return r.Len - n
}

// grow makes every column hold at least n values; it doubles, so that it rarely allocates. The
// columns of a kind lie side by side in memory, some cache lines apart from a power of two: whoever
// writes a row writes into all columns at once, and at equal places of large powers of two they
// would fight for the same lines of the cache.
func (r *Rows) grow(columns []Column, n int) {
	if len(columns) == 0 || n <= r.cap(columns[0].Kind) {
		return
	}
	const apart = 9 * 64 / 8 // values: an odd number of lines
	n = max(n, 2*r.Len, 64)
	var ints, codes, texts int
	for i := range columns {
		switch columns[i].Kind {
		case Code:
			codes++
		case Text:
			texts++
		default:
			ints++
		}
	}
	allInts, allCodes := make([]int64, ints*(n+apart)), make([]uint32, codes*(n+2*apart))
	allTexts := make([]string, texts*n)
	for i := range columns {
		c := &r.Cols[i]
		switch columns[i].Kind {
		case Code:
			copy(allCodes, c.Code)
			c.Code, allCodes = allCodes[:n:n], allCodes[n+2*apart:]
		case Text:
			copy(allTexts, c.Text)
			c.Text, allTexts = allTexts[:n:n], allTexts[n:]
		default:
			copy(allInts, c.Int)
			c.Int, allInts = allInts[:n:n], allInts[n+apart:]
		}
	}
}

// Ints returns the values of a column of whole numbers, of all kinds but Code and Text.
func (r *Rows) Ints(column int) []int64 {
	if r.Len == 0 {
		return nil
	}
	return r.Cols[column].Int[:r.Len]
}

// Codes returns the values of a Code column.
func (r *Rows) Codes(column int) []uint32 {
	if r.Len == 0 {
		return nil
	}
	return r.Cols[column].Code[:r.Len]
}

func (r *Rows) cap(k Kind) int {
	switch k {
	case Code:
		return len(r.Cols[0].Code)
	case Text:
		return len(r.Cols[0].Text)
	default:
		return len(r.Cols[0].Int)
	}
}

// Append adds the rows of another batch of the same schema.
func (b *Batch) Append(tables *[TableCount]Table, from *Batch) {
	for t := range from.Tables {
		n := from.Tables[t].Len
		if n == 0 {
			continue
		}
		at := b.Extend(tables, TableID(t), n)
		for c := range from.Tables[t].Cols {
			to, src := &b.Tables[t].Cols[c], &from.Tables[t].Cols[c]
			copy(to.Int[min(at, len(to.Int)):], src.Int[:min(n, len(src.Int))])
			copy(to.Code[min(at, len(to.Code)):], src.Code[:min(n, len(src.Code))])
			copy(to.Text[min(at, len(to.Text)):], src.Text[:min(n, len(src.Text))])
		}
	}
}
