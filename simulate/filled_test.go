package simulate

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
)

// A filling counts, for each event type, its events and how many have a value in each column. It
// returns an error where the batch says otherwise of a value.
type filling struct {
	mu     sync.Mutex
	events []int
	filled [][]int
}

func newFilling() *filling {
	f := &filling{events: make([]int, len(table.EventTypes))}
	for range table.EventTypes {
		f.filled = append(f.filled, make([]int, table.EventColumns))
	}
	return f
}

// Encode implements table.Sink.
func (f *filling) Encode(b *table.Batch) (func() error, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rows, columns := &b.Tables[table.TableEvents], table.Schema("")[table.TableEvents].Columns
	for row, code := range rows.Codes(table.EventType) {
		f.events[code-1]++
		for c := range columns {
			is := columns[c].Kind == table.Code && rows.Cols[c].Code[row] != 0
			if columns[c].Kind != table.Code {
				is = rows.Cols[c].Int[row] != table.Null
			}
			if columns[c].Null && is != (rows.There.Word(c, row, 1) == 1) {
				return nil, fmt.Errorf("column %s: row %d: a value is there: %t, the batch says %t",
					columns[c].Name, row, is, !is)
			}
			if is {
				f.filled[code-1][c]++
			}
		}
	}
	return nil, nil
}

// Events of each type have values in the columns in which table.Filled says so, in all markets that
// are built in and in one with every behavior: never where it says never, always where always, and
// where it says sometimes there are events with a value and events without.
func TestColumnsAreFilledAsDeclared(t *testing.T) {
	customers := "4000"
	if testing.Short() {
		customers = "400" // too few for what is rare
	}
	worlds := []*model.World{worldOf(t, bazaarWith(everything)+"coupling: live\n",
		"customers", customers)}
	names, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil || len(names) < 10 {
		t.Fatalf("only %q are built in (%v)", names, err)
	}
	for _, name := range names {
		worlds = append(worlds, builtIn(t, strings.TrimSuffix(name, ".yaml"), "customers", customers))
	}
	f := newFilling()
	for _, w := range worlds {
		if err := ByPart(t.Context(), w, f, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for place, word := range table.EventTypes {
		code, all := uint32(place+1), f.events[place]
		if all == 0 && !testing.Short() {
			t.Errorf("no market has an event of type %s", word)
		}
		for c, column := range table.Schema("")[table.TableEvents].Columns {
			n, declared := f.filled[place][c], table.Filled(code, c)
			if declared == table.Never && n > 0 || declared == table.Always && n < all ||
				declared == table.Sometimes && (n == 0 || n == all) && !testing.Short() {
				t.Errorf("%s of %s: %d of %d have a value, declared is %s",
					column.Name, word, n, all, table.Fills[declared])
			}
		}
	}
}
