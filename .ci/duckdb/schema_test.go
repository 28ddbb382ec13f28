package readers

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// Parquet files say the name and type of every column, and which may be missing, in words of new
// readers (logical types) and old ones (converted types).
func TestParquetSaysItsTypes(t *testing.T) {
	micros := "TimestampType(isAdjustedToUTC=1, unit=TimeUnit(" +
		"MILLIS=<null>, MICROS=MicroSeconds(), NANOS=<null>))"
	stored := [...][3]string{ // type, converted type, logical type
		table.ID:       {"INT64", "", ""},
		table.Duration: {"INT64", "", ""},
		table.Time:     {"INT64", "TIMESTAMP_MICROS", micros},
		table.Date32:   {"INT32", "DATE", "DateType()"},
		table.Decimal:  {"INT64", "DECIMAL", "DecimalType(scale=%d, precision=18)"},
		table.Int:      {"INT32", "", ""},
		table.Bool:     {"BOOLEAN", "", ""},
		table.Code:     {"BYTE_ARRAY", "UTF8", "StringType()"},
		table.Text:     {"BYTE_ARRAY", "UTF8", "StringType()"},
	}
	r := openDuckDB(t)
	for _, d := range few(t, "parquet") {
		for _, of := range d.tables {
			var want []string
			for _, c := range of.schema.Columns {
				s := stored[c.Kind]
				needed := "REQUIRED"
				if c.Null {
					needed = "OPTIONAL"
				}
				if c.Kind == table.Decimal {
					s[2] = fmt.Sprintf(s[2], c.Scale)
				}
				want = append(want, strings.Join([]string{c.Name, needed, s[0], s[1], s[2]}, " "))
			}
			found := r.ask(t, "SELECT name, repetition_type, type, converted_type, logical_type "+
				"FROM parquet_schema('"+d.firstFile(of.schema.Name)+"') OFFSET 1") // of the root
			same(t, d, of.schema.Name, lines(found), want)
			types := r.ask(t, "SELECT column_name, column_type FROM (DESCRIBE FROM "+
				d.relation(r, &of.schema)+")")
			same(t, d, of.schema.Name, lines(types), r.columns(&of.schema))
		}
	}
}

// CSV files begin with the names of their columns.
func TestCSVNamesItsColumns(t *testing.T) {
	r := openDuckDB(t)
	for _, d := range few(t, "csv") {
		for _, table := range d.tables {
			found := r.ask(t, fmt.Sprintf("SELECT column_name FROM (DESCRIBE FROM read_csv('%s', "+
				"delim=',', header=true, all_varchar=true))", d.files(table.schema.Name)))
			same(t, d, table.schema.Name, lines(found), names(&table.schema))
		}
	}
}

// Every line of JSON Lines has all keys, with a value of one type or null.
func TestJSONNamesEveryValue(t *testing.T) {
	types := [...]string{
		table.ID: "UBIGINT", table.Duration: "UBIGINT", table.Time: "VARCHAR", table.Date32: "VARCHAR",
		table.Decimal: "DOUBLE",
		table.Int:     "UBIGINT", table.Bool: "BOOLEAN", table.Code: "VARCHAR", table.Text: "VARCHAR",
	}
	r := openDuckDB(t)
	for _, d := range few(t, "jsonl") {
		for _, table := range d.tables {
			s := &table.schema
			objects := "FROM read_ndjson_objects('" + d.files(s.Name) + "')"
			keys := r.ask(t, "SELECT DISTINCT array_to_string(json_keys(json), ' ') "+objects)
			same(t, d, s.Name, lines(keys), []string{strings.Join(names(s), " ")})
			for i, c := range s.Columns {
				want := []string{types[c.Kind]}
				if e := table.extents[i]; e.nulls > 0 && e.values == 0 {
					want = []string{"NULL"}
				} else if e.nulls > 0 {
					want = append(want, "NULL")
				}
				slices.Sort(want)
				found := r.ask(t, "SELECT DISTINCT json_type(json, '$."+c.Name+"') AS type "+objects+
					" ORDER BY type")
				same(t, d, s.Name+"."+c.Name, lines(found), want)
			}
		}
	}
}

// The manifest says the columns and types that DuckDB finds, and the rows of every file.
func TestManifestSaysWhatIsThere(t *testing.T) {
	types := map[string]string{
		"int64": "BIGINT", "int32": "INTEGER", "decimal": "DECIMAL", "date": "DATE",
		"timestamp": "TIMESTAMP WITH TIME ZONE", "bool": "BOOLEAN", "string": "VARCHAR",
	}
	r := openDuckDB(t)
	for _, d := range few(t, "parquet") {
		var manifest struct {
			Tables []struct {
				Name    string
				Rows    int
				Columns []struct {
					Name, Type string
					Scale      int
				}
				Files []struct {
					Path string
					Rows int
				}
			}
		}
		text, err := os.ReadFile(filepath.Join(d.dir, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &manifest); err != nil {
			t.Fatal(err)
		}
		if len(manifest.Tables) != len(d.tables) {
			t.Errorf("%d tables, want %d", len(manifest.Tables), len(d.tables))
		}
		for _, table := range manifest.Tables {
			var columns, files []string
			for _, c := range table.Columns {
				column := c.Name + " " + types[c.Type]
				if c.Type == "decimal" {
					column += fmt.Sprintf("(18,%d)", c.Scale)
				}
				columns = append(columns, column)
			}
			for _, f := range table.Files {
				files = append(files, fmt.Sprint(filepath.Join(d.dir, f.Path), " ", f.Rows))
			}
			relation := fmt.Sprintf("read_parquet('%s', filename=true)", d.files(table.Name))
			found := r.ask(t, "SELECT column_name, column_type FROM (DESCRIBE SELECT * EXCLUDE filename "+
				"FROM "+relation+")")
			same(t, d, table.Name, lines(found), columns)
			found = r.ask(t, "SELECT filename, count(*) FROM "+relation+" GROUP BY ALL ORDER BY ALL")
			same(t, d, table.Name, lines(found), files)
			found = r.ask(t, "SELECT count(*) FROM "+relation)
			same(t, d, table.Name, lines(found), []string{fmt.Sprint(table.Rows)})
		}
	}
}

// few returns datasets of some thousand rows in one format, in each compression.
func few(t *testing.T, format string) []*sample {
	t.Helper()
	w := market(t, 30_000, 2)
	return generate(t, w, table.TruthSeparate, only(format), simulate.Options{})
}

// firstFile is the first file of a table.
func (d *sample) firstFile(table string) string {
	return strings.ReplaceAll(d.files(table), "*", "00000")
}

// columns lists the names and types of the columns of a table.
func (r *reader) columns(s *format.Schema) (list []string) {
	for _, c := range s.Columns {
		list = append(list, c.Name+" "+r.typeOf(c))
	}
	return list
}

// names lists the names of the columns of a table.
func names(s *format.Schema) (list []string) {
	for _, c := range s.Columns {
		list = append(list, c.Name)
	}
	return list
}

// lines joins the texts of each row.
func lines(rows [][]string) (list []string) {
	for _, row := range rows {
		list = append(list, strings.Join(row, " "))
	}
	return list
}

// same holds what DuckDB finds against what it should.
func same(t *testing.T, d *sample, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%v: %s: found\n%s\nwant\n%s",
			d, what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
