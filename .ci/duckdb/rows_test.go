package readers

import (
	"fmt"
	"slices"
	"testing"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// What DuckDB reads of every table, in every format and compression, are the rows that the
// simulation made.
func TestDuckDBReadsTheRowsThatWereMade(t *testing.T) {
	w := market(t, 150_000, 4)
	for _, d := range generate(t, w, table.TruthSeparate, everyKind(), simulate.Options{}) {
		t.Run(d.String(), func(t *testing.T) { d.compare(t, openDuckDB(t)) })
	}
}

func TestDuckDBReadsTruthInline(t *testing.T) {
	w := market(t, 20_000, 2)
	for _, d := range generate(t, w, table.TruthInline, oneOfEach(), simulate.Options{}) {
		t.Run(d.String(), func(t *testing.T) { d.compare(t, openDuckDB(t)) })
	}
}

// compare holds what is read from the files against the census.
func (d *sample) compare(t *testing.T, r *reader) {
	t.Helper()
	for _, table := range d.tables {
		got := r.portrait(t, &table.schema, d.relation(r, &table.schema))
		if diff := got.differs(table.portrait()); diff != "" {
			t.Errorf("table %s:\n%s", table.schema.Name, diff)
		}
		if table.rows == 0 {
			t.Errorf("table %s is empty and proves nothing", table.schema.Name)
		}
	}
}

// All formats hold the same rows in the same order.
func TestFormatsAgreeRowByRow(t *testing.T) {
	w := market(t, 40_000, 3)
	made := generate(t, w, table.TruthSeparate, everyKind(), simulate.Options{})
	r := openDuckDB(t)
	made[0].load(t, r)
	for _, d := range made[1:] {
		for _, table := range d.tables {
			name := table.schema.Name
			r.ask(t, "CREATE OR REPLACE TABLE other AS FROM "+d.relation(r, &table.schema))
			if n := unlike(t, r, name, "other"); n != "0" {
				t.Errorf("table %s: %s rows of %v are not as in %v", name, n, d, made[0])
			}
		}
	}
	r.ask(t, "CREATE OR REPLACE TABLE other AS FROM events ORDER BY event_id")
	if n := unlike(t, r, "events", "other"); n == "0" {
		t.Error("nobody sees that the order is another")
	}
}

// unlike counts the rows in which two tables differ, row by row.
func unlike(t *testing.T, r *reader, a, b string) string {
	t.Helper()
	return r.ask(t, fmt.Sprintf(
		"SELECT count(*) FROM %s AS a POSITIONAL JOIN %s AS b WHERE a IS DISTINCT FROM b", a, b))[0][0]
}

// A portrait shows every small fault: without that, equal portraits would mean nothing.
func TestPortraitShowsSmallFaults(t *testing.T) {
	w := market(t, 20_000, 2)
	d := generate(t, w, table.TruthSeparate, everyKind()[:1], simulate.Options{})[0]
	r := openDuckDB(t)
	d.load(t, r)
	for _, table := range d.tables {
		s, want := &table.schema, table.portrait()
		for _, f := range faults(t, r, s) {
			if r.portrait(t, s, "("+f.rows+")").differs(want) == "" {
				t.Errorf("table %s: nobody sees that %s", s.Name, f.says)
			}
		}
		right := r.portrait(t, s, s.Name)
		for i := range want {
			wrong := slices.Clone(want)
			wrong[i] += "1"
			if right.differs(wrong) == "" {
				t.Errorf("table %s: nobody sees that %q is expected", s.Name, wrong[i])
			}
		}
	}
}

// A fault is a table that is almost right.
type fault struct{ says, rows string }

// faults returns the faults of a table.
func faults(t *testing.T, r *reader, s *format.Schema) []fault {
	t.Helper()
	numbered := "(SELECT row_number() OVER () AS row, * FROM " + s.Name + ")"
	list := []fault{
		{"the first row is missing", "FROM " + s.Name + " OFFSET 1"},
		{"the first row is there twice", "FROM " + s.Name + " UNION ALL (FROM " + s.Name + " LIMIT 1)"},
	}
	for _, c := range s.Columns {
		list = append(list, fault{"a value of " + c.Name + " is another",
			firstIsAnother(c, "row = 1", numbered)})
		if len(r.ask(t, "SELECT DISTINCT "+c.Name+" FROM "+s.Name+" LIMIT 2")) == 1 {
			continue // they are all alike: shifted they are the same
		}
		shifted := fmt.Sprintf("CASE row WHEN 1 THEN last(%s) OVER () ELSE lag(%[1]s) OVER () END",
			c.Name)
		list = append(list, fault{"the values of " + c.Name + " are shifted by a row",
			fmt.Sprintf("SELECT * REPLACE (%s AS %s) FROM %s", shifted, c.Name, numbered)})
	}
	return list
}

// firstIsAnother returns a relation in which one value of a column is missing, or there if it was
// missing.
func firstIsAnother(c table.Column, isFirst, relation string) string {
	some := "1"
	switch c.Kind {
	case table.Time, table.Date32:
		some = "2025-01-31"
	case table.Bool:
		some = "true"
	}
	return fmt.Sprintf("SELECT * REPLACE (CASE WHEN NOT %[2]s THEN %[1]s WHEN %[1]s IS NULL "+
		"THEN '%[3]s' END AS %[1]s) FROM %[4]s", c.Name, isFirst, some, relation)
}
