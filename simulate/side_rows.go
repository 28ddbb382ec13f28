package simulate

import (
	"cmp"
	"slices"

	"github.com/percorso/percorso/model/table"
)

// mostSideColumns is the largest number of columns of a table that is written by side rows.
const mostSideColumns = 12

// A sideRow is a row of one of the smaller tables, as the recorder keeps it until the day is over.
type sideRow struct {
	table  table.TableID
	at     int64
	values [mostSideColumns]int64 // by column, codes included
}

// write keeps a row of a table: its values by column, and the time by which rows are sorted. None
// of the values may be a text.
func (rec *recorder) write(table table.TableID, at int64, values ...int64) {
	if rec.silent {
		if rec.ledger != nil {
			rec.ledger.accounts(table, at, values)
		}
		return
	}
	side := sideRow{table: table, at: at}
	if copy(side.values[:], values) != len(rec.world.Tables[table].Columns) {
		panic("simulate: not a row of " + rec.world.Tables[table].Name)
	}
	rec.sideRows = append(rec.sideRows, side)
}

// writeSideRows turns the side rows of the day into rows, in the order of time.
func (rec *recorder) writeSideRows() {
	places := rec.inOrder(len(rec.sideRows), func(i, j int32) int {
		x, y := &rec.sideRows[i], &rec.sideRows[j]
		return cmp.Or(cmp.Compare(x.table, y.table), cmp.Compare(x.at, y.at),
			slices.Compare(x.values[:], y.values[:]))
	})
	for _, i := range places {
		side := &rec.sideRows[i]
		r := rec.row(side.table)
		for c, column := range rec.world.Tables[side.table].Columns {
			if column.Kind == table.Code {
				r.codes(uint32(side.values[c]))
			} else {
				r.ints(side.values[c])
			}
		}
	}
	rec.sideRows = rec.sideRows[:0]
}
