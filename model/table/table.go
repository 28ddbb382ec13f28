package table

import "math"

// Null is the missing value of every whole-number column.
const Null = math.MinInt64

// A Kind is what a column holds, and so which slice of a Vector carries it.
type Kind uint8

// The kinds of columns. All but Code and Text live in Vector.Int.
const (
	ID       Kind = iota // an opaque whole number from 0 to 2^53-1
	Time                 // micro-seconds since 1970, UTC
	Date32               // days since 1970
	Decimal              // a whole number of 10^-Scale, e.g. cents
	Int                  // a whole number that fits 32 bits
	Duration             // a whole number of its unit, such as ms, that may not fit 32 bits
	Bool                 // 0 or 1
	Code                 // Vector.Code: a place in Vocab, counted from 1; 0 is null
	Text                 // Vector.Text: a string; "" is null
)

// A Column is one column of a table: what it is called, what it holds and what it means.
type Column struct {
	Name  string
	Kind  Kind
	Scale int  // of a Decimal: digits after the point
	Null  bool // may be missing
	Unit  string
	Doc   string
	Vocab []string // of a Code: the words, each once, in the order of their codes
}

// A Table is the schema of one table of the batch.
type Table struct {
	Name     string
	Doc      string
	Truth    bool // hidden from systems under test
	Static   bool // does not depend on what customers do
	Snapshot bool // taken once, at the end
	Columns  []Column
}

// Column returns the column of the given name, which must be one of the table's.
func (t *Table) Column(name string) *Column { return &t.Columns[t.At(name)] }

// At returns the place in Rows.Cols of the column of the given name, which must be one of the
// table's.
func (t *Table) At(name string) int {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	panic("table: " + t.Name + " has no column " + name)
}

// Places returns the places in Rows.Cols of the columns of the given names.
func (t *Table) Places(names ...string) []int {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = t.At(name)
	}
	return at
}

// Word returns the word of a code, "" where there is none: codes count from 1, and 0 is null.
func (c *Column) Word(code uint32) string {
	if code == 0 {
		return ""
	}
	return c.Vocab[code-1]
}

// A TableID is a place in Batch.Tables and in what Schema returns.
type TableID int

// The tables a batch carries. Events hold their truth in their last columns; see Views.
const (
	TableEvents TableID = iota
	TableCustomers
	TableOrders
	TableOrderLines
	TableCarts
	TableCartLines
	TableReturns
	TableSurveys
	TableReviews
	TableTickets
	TableSocial
	TableSpend
	TableProducts
	TableStores
	TableCampaigns
	TableTowns
	TableTruthPeople
	TableTruthJourneys
	TableTruthIdentity
	TableTruthHoldouts
	TableCount
)

// A View is a table as it is written: some columns of one table of the batch, under a name.
// truth_events is a view of the events' last columns.
type View struct {
	Name     string
	Doc      string
	Truth    bool
	Static   bool
	Snapshot bool
	Table    TableID
	Columns  []int // places in the table's Columns and in Rows.Cols
}
