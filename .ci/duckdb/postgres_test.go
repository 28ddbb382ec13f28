//go:build unix

package readers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// PostgreSQL loads every CSV file into typed columns with nothing but COPY, finds the rows that the
// simulation made and the answers of the manifest, and accepts the keys and joins as constraints.
func TestPostgreSQLLoadsTheCSV(t *testing.T) {
	s := startServer(t)
	r := s.reader()
	w := market(t, 100_000, 3)
	d := generate(t, w, table.TruthSeparate, only("csv")[:1], simulate.Options{})[0]
	for _, table := range d.tables {
		s.create(t, r, &table.schema)
		s.copy(t, d, table.schema.Name)
		got := r.portrait(t, &table.schema, table.schema.Name)
		if diff := got.differs(table.portrait()); diff != "" {
			t.Errorf("table %s:\n%s", table.schema.Name, diff)
		}
	}
	want := d.answers(t)
	if diff := unanswered(askAnswers(t, r, w), want); diff != "" {
		t.Error(diff)
	}
	s.constrain(t)

	const first = " WHERE cart_id = (SELECT min(cart_id) FROM carts)"
	s.psql(t, nil, "UPDATE carts SET value = value + 0.01"+first)
	carts := d.tables[table.TableCarts]
	if r.portrait(t, &carts.schema, "carts").differs(carts.portrait()) == "" {
		t.Error("nobody sees that a cart is a cent too dear")
	}
	s.psql(t, nil, "DELETE FROM cart_lines"+first)
	s.psql(t, nil, "DELETE FROM carts"+first)
	if unanswered(askAnswers(t, r, w), want) == "" {
		t.Error("nobody sees that a cart is missing")
	}
}

// create makes an empty table.
func (s *server) create(t *testing.T, r *reader, schema *format.Schema) {
	t.Helper()
	var columns []string
	for _, c := range schema.Columns {
		column := c.Name + " " + r.typeOf(c)
		if !c.Null {
			column += " NOT NULL"
		}
		columns = append(columns, column)
	}
	s.psql(t, nil, fmt.Sprintf("CREATE TABLE %s (%s)", schema.Name, strings.Join(columns, ", ")))
}

// copy loads the files of a table. HEADER MATCH holds the header against the names of the columns.
func (s *server) copy(t *testing.T, d *sample, table string) {
	t.Helper()
	paths, err := filepath.Glob(d.files(table))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", table, len(paths), err)
	}
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s.psql(t, file, "COPY "+table+" FROM STDIN WITH (FORMAT csv, HEADER MATCH)")
		file.Close()
	}
}

// constrain tells the server the keys and joins, which it then checks.
func (s *server) constrain(t *testing.T) {
	t.Helper()
	var all []string
	for _, k := range keys {
		all = append(all, fmt.Sprintf("ALTER TABLE %s ADD PRIMARY KEY (%s);", k.table, k.columns))
	}
	for _, j := range joins {
		all = append(all, fmt.Sprintf("ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s (%s);",
			j.table, j.column, j.other, j.key))
	}
	s.psql(t, nil, strings.Join(all, "\n"))
}
