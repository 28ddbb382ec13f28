package simulate

import (
	"cmp"
	"slices"

	"github.com/percorso/percorso/model/table"
)

// maxNote is the most columns of a table that is written by notes.
const maxNote = 12

// A note is a row of one of the smaller tables, as its daybook keeps it until the day is over.
type note struct {
	table  table.TableID
	at     int64
	values [maxNote]int64 // by column; codes too
}

// write notes a row of a table: its values by column, at the time by which its rows are sorted.
// None of them may be a text.
func (b *daybook) write(table table.TableID, at int64, values ...int64) {
	if b.silent {
		return
	}
	n := note{table: table, at: at}
	if copy(n.values[:], values) != len(b.world.Tables[table].Columns) {
		panic("simulate: not a row of " + b.world.Tables[table].Name)
	}
	b.notes = append(b.notes, n)
}

// writeNotes turns the notes of the day into rows, in the order of time.
func (b *daybook) writeNotes() {
	slices.SortFunc(b.notes, func(x, y note) int {
		return cmp.Or(cmp.Compare(x.table, y.table), cmp.Compare(x.at, y.at),
			slices.Compare(x.values[:], y.values[:]))
	})
	for i := range b.notes {
		n := &b.notes[i]
		r := b.row(n.table)
		for c, column := range b.world.Tables[n.table].Columns {
			if column.Kind == table.Code {
				r.codes(uint32(n.values[c]))
			} else {
				r.ints(n.values[c])
			}
		}
	}
	b.notes = b.notes[:0]
}
