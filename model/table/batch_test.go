package table

import (
	"testing"
	"unsafe"
)

// TestColumnsLieApart holds that the columns of an event row, which are written together, do not
// compete for the same lines of a cache: of 64 sets, as first-level caches have, no more than two
// columns begin in one.
func TestColumnsLieApart(t *testing.T) {
	tables := Schema("EUR")
	begins := make(map[uintptr]int)
	for i, c := range NewBatch(tables, BatchRows).Tables[TableEvents].Cols {
		start := uintptr(unsafe.Pointer(unsafe.SliceData(c.Int)))
		if tables[TableEvents].Columns[i].Kind == Code {
			start = uintptr(unsafe.Pointer(unsafe.SliceData(c.Code)))
		}
		set := start / 64 % 64
		if begins[set]++; begins[set] > 2 {
			t.Errorf("column %s is the third in set %d", tables[TableEvents].Columns[i].Name, set)
		}
	}
}

// TestRowsOutliveGrowth adds rows of all kinds of columns one by one.
func TestRowsOutliveGrowth(t *testing.T) {
	const rows = 1000
	tables := Schema("EUR")
	b := NewBatch(tables, 0)
	for id := range TableCount {
		for n := range rows {
			at := b.Add(tables, id)
			for i, c := range tables[id].Columns {
				v := &b.Tables[id].Cols[i]
				switch c.Kind {
				case Code:
					v.Code[at] = uint32(n + i)
				case Text:
					v.Text[at] = string(rune(n + i))
				default:
					v.Int[at] = int64(n + i)
				}
			}
		}
		for n := range rows {
			for i, c := range tables[id].Columns {
				v := &b.Tables[id].Cols[i]
				if c.Kind == Code && v.Code[n] != uint32(n+i) ||
					c.Kind == Text && v.Text[n] != string(rune(n+i)) ||
					c.Kind != Code && c.Kind != Text && v.Int[n] != int64(n+i) {
					t.Fatalf("table %s: column %s: row %d changed", tables[id].Name, c.Name, n)
				}
			}
		}
	}
}
