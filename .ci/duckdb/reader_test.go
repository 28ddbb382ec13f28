package readers

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the driver

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
)

// A reader is a program that reads tables and is asked in SQL.
type reader struct {
	// ask returns the rows of an answer, as texts; null is empty.
	ask func(t testing.TB, query string) [][]string

	number string // the whole number that ten hexadecimal digits are
	micros string // of a time, since 1970
	types  [table.Text + 1]string
}

// openDuckDB returns a DuckDB with no tables yet.
func openDuckDB(t testing.TB) *reader {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &reader{
		ask: func(t testing.TB, query string) [][]string {
			t.Helper()
			return askDuckDB(t, db, query)
		},
		number: "CAST('0x' || %s AS BIGINT)",
		micros: "epoch_us(%s)",
		types: [...]string{
			table.ID: "BIGINT", table.Duration: "BIGINT", table.Time: "TIMESTAMP WITH TIME ZONE",
			table.Date32:  "DATE",
			table.Decimal: "DECIMAL", table.Int: "INTEGER", table.Bool: "BOOLEAN",
			table.Code: "VARCHAR", table.Text: "VARCHAR",
		},
	}
}

func askDuckDB(t testing.TB, db *sql.DB, query string) (found [][]string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("DuckDB: %v\n%s", err, query)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatalf("DuckDB: %v\n%s", err, query)
		}
		row := make([]string, len(columns))
		for i, v := range values {
			if v != nil {
				row[i] = fmt.Sprint(v)
			}
		}
		found = append(found, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("DuckDB: %v\n%s", err, query)
	}
	return found
}

// typeOf returns the type of a column.
func (r *reader) typeOf(c table.Column) string {
	if c.Kind == table.Decimal {
		return fmt.Sprintf("%s(18,%d)", r.types[c.Kind], c.Scale)
	}
	return r.types[c.Kind]
}

// text is the expression of a value's text as textOf shows it; null stays null.
func (r *reader) text(c table.Column, value string) string {
	switch c.Kind {
	case table.Code, table.Text:
		return value
	case table.Time:
		value = fmt.Sprintf(r.micros, value)
	case table.Date32:
		value = "(" + value + " - DATE '1970-01-01')"
	}
	return "CAST(" + value + " AS VARCHAR)"
}

// portrait returns what a relation with the columns of a table adds up to.
func (r *reader) portrait(t testing.TB, s *format.Schema, relation string) portrait {
	t.Helper()
	show := func(text string) string { return "coalesce(" + text + ", '" + missing + "')" }
	var texts, figures []string
	for _, c := range s.Columns {
		texts = append(texts, show(r.text(c, c.Name)))
		figures = append(figures, "CAST(count(*) - count("+c.Name+") AS VARCHAR)")
		for _, extreme := range []string{"min", "max"} {
			text := r.text(c, extreme+"("+c.Name+")")
			if c.Kind == table.Bool { // PostgreSQL does not order them
				text = extreme + "(" + r.text(c, c.Name) + ")"
			}
			figures = append(figures, show(text))
		}
	}
	content := fmt.Sprintf(r.number, "left(md5(concat_ws('|', "+strings.Join(texts, ", ")+")), 10)")
	found := r.ask(t, "SELECT count(*), coalesce(sum("+content+"), 0),\n"+
		strings.Join(figures, ",\n")+"\nFROM "+relation)
	return newPortrait(s, found[0])
}
