package simulate

import (
	"fmt"
	"math"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// What lies in memory that a row has not set: values that no column has.
const (
	unsetInt  = math.MinInt64 + 7
	unsetCode = 1<<32 - 0x5e7
	unsetText = "unset"
)

// A scrubber is a sink that leaves only such values in the memory of a batch, which the next batch
// uses again, and complains of each that it finds in a row.
type scrubber struct {
	w        *model.World
	scrubbed [table.TableCount]int // rows that memory was left for
	rows     [table.TableCount]int // that were written to such memory
}

func (s *scrubber) Encode(b *table.Batch) (func() error, error) {
	if b.Part == table.StaticPart {
		return nil, nil
	}
	if what := firstUnset(s.w, b); what != "" {
		return nil, fmt.Errorf("%s is not set", what)
	}
	for t := range b.Tables {
		s.rows[t] += min(b.Tables[t].Len, s.scrubbed[t])
		for c := range b.Tables[t].Cols {
			v := &b.Tables[t].Cols[c]
			s.scrubbed[t] = max(len(v.Int), len(v.Code), len(v.Text))
			for i := range s.scrubbed[t] {
				unset(v, i)
			}
		}
	}
	return nil, nil
}

// unset makes a value one that no row has set.
func unset(v *table.Vector, i int) {
	switch {
	case v.Int != nil:
		v.Int[i] = unsetInt
	case v.Code != nil:
		v.Code[i] = unsetCode
	case v.Text != nil:
		v.Text[i] = unsetText
	}
}

// firstUnset names a column in which a row of a batch has no value of its own.
func firstUnset(w *model.World, b *table.Batch) string {
	for t := range b.Tables {
		for c := range b.Tables[t].Cols {
			v := &b.Tables[t].Cols[c]
			for i := range b.Tables[t].Len {
				if v.Int != nil && v.Int[i] == unsetInt || v.Code != nil && v.Code[i] == unsetCode ||
					v.Text != nil && v.Text[i] == unsetText {
					return w.Tables[t].Name + "." + w.Tables[t].Columns[c].Name
				}
			}
		}
	}
	return ""
}

// TestEveryRowIsComplete: every row of every table sets every column of its own. Batches are used
// again, so that it would otherwise show the value of another row. Tables that do not depend on
// what customers do are written once, to memory that is empty: none of their columns stays so.
func TestEveryRowIsComplete(t *testing.T) {
	t.Parallel()
	worlds := map[string]*model.World{}
	for name, block := range map[string]string{
		"chain": "{}", "all": everything, "contracts": contracts,
	} {
		w := worldOf(t, bazaarWith(block), "customers", "600", "town", "100", "days", "60",
			"campaigns.launch.holdout", "40%")
		w.PartTowns, w.Parts = 1, w.Towns
		worlds[name] = w
	}
	var rows [table.TableCount]int
	for name, w := range worlds {
		s := &scrubber{w: w}
		if err := ByPart(t.Context(), w, s, Options{Workers: 1}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for of, n := range s.rows {
			rows[of] += n
		}
	}
	w := worlds["all"]
	static, one := w.Static(), whole(t, w)
	for of := range one.Tables {
		one.Tables[of].Len = 1
	}
	for of, schema := range w.Tables {
		if !schema.Static && rows[of] < 100 {
			t.Errorf("%s has %d rows that could tell, want many", schema.Name, rows[of])
		}
		for c, column := range schema.Columns {
			if schema.Static && isEmpty(&static.Tables[of], c) {
				t.Errorf("%s.%s is always empty", schema.Name, column.Name)
			}
			b := table.NewBatch(w.Tables, 0)
			b.Append(w.Tables, one)
			unset(&b.Tables[of].Cols[c], 0)
			if want := schema.Name + "." + column.Name; firstUnset(w, b) != want {
				t.Errorf("when a row does not set %s, nobody notices", want)
			}
		}
	}
}

// isEmpty reports whether a column has the value of fresh memory in every row.
func isEmpty(rows *table.Rows, column int) bool {
	v := &rows.Cols[column]
	for i := range rows.Len {
		if v.Int != nil && v.Int[i] != 0 || v.Code != nil && v.Code[i] != 0 ||
			v.Text != nil && v.Text[i] != "" {
			return false
		}
	}
	return true
}
