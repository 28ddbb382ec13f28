package dataset

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
)

//go:embed views.sql.tmpl
var viewsText string

var viewsTemplate = template.Must(template.New(viewsName).Parse(viewsText))

// sqlViews are the views of a dataset, as views.sql.tmpl writes them.
type sqlViews struct {
	Zone    string
	Offsets []offset      // of the zone, each until the next
	Ahead   string        // the last one
	Tables  []viewedTable // in the order of the manifest
}

// An offset is how much clocks are ahead of UTC until a moment.
type offset struct{ Until, Ahead string }

// A viewedTable is a table and how DuckDB reads it.
type viewedTable struct{ Name, Doc, Select string }

// Has reports whether a table is in the dataset.
func (v *sqlViews) Has(table string) bool {
	return slices.ContainsFunc(v.Tables, func(t viewedTable) bool { return t.Name == table })
}

// viewsSQL returns views.sql, the views of the dataset for DuckDB. It follows from the manifest
// before any file is written, so that every way to make a dataset gives the same. It is nil when
// DuckDB cannot read the format.
func (m *Manifest) viewsSQL() ([]byte, error) {
	kind, err := format.LookupFormat(m.Format)
	if err != nil || kind.DuckDB == nil {
		return nil, err
	}
	v := sqlViews{Zone: m.TimeZone}
	if v.Offsets, v.Ahead, err = m.offsets(); err != nil {
		return nil, err
	}
	tables := table.Schema(m.Currency)
	written, err := table.Views(tables, m.Truth, m.tableNames())
	if err != nil {
		return nil, err
	}
	for _, w := range written {
		t := m.table(w.Name)
		v.Tables = append(v.Tables, viewedTable{Name: w.Name, Doc: w.Doc,
			Select: m.query(t, &kind, format.SchemaOf(tables, w).Columns)})
	}
	var text bytes.Buffer
	err = viewsTemplate.Execute(&text, &v)
	return text.Bytes(), err
}

// query returns the SELECT that reads a table from its files; of one that has none, because they
// are in another shard, it returns no rows.
func (m *Manifest) query(t *TableFiles, kind *format.Format, columns []table.Column) string {
	if len(m.partsOf(t)) == 0 {
		var nulls []string
		for _, c := range columns {
			nulls = append(nulls, fmt.Sprintf("  CAST(NULL AS %s) AS %s", format.DuckDBType(c), c.Name))
		}
		return "SELECT\n" + strings.Join(nulls, ",\n") +
			"\nWHERE false /* its files are in another shard */"
	}
	function, options := kind.DuckDB(columns)
	files := t.Name + "/*." + kind.Ext(m.Compression)
	if m.byDay(t.Static, t.Snapshot) {
		files = t.Name + "/" + dateFolder + "*/*." + kind.Ext(m.Compression)
		options = append([]string{"hive_partitioning = true, hive_types = {'date': DATE}"}, options...)
	}
	arguments := append([]string{"'" + files + "'"}, options...)
	return fmt.Sprintf("SELECT * FROM %s(%s)", function, strings.Join(arguments, ",\n  "))
}

// offsets returns the offsets from UTC of the market's time zone, from a year before the first day
// that was simulated to a year after the last, and the one after them. They come from the zones
// that the simulation used, so that local dates are its days, whatever zones DuckDB knows.
func (m *Manifest) offsets() (before []offset, last string, err error) {
	zone, err := time.LoadLocation(m.TimeZone)
	if err != nil {
		return nil, "", err
	}
	start, err := time.ParseInLocation(time.DateOnly, m.Start, zone)
	if err != nil {
		return nil, "", err
	}
	end := start.AddDate(1, 0, m.Days)
	for t := start.AddDate(-1, 0, -m.Warmup); ; {
		last = ahead(t)
		_, next := t.ZoneBounds()
		if next.IsZero() || next.After(end) {
			return before, last, nil
		}
		if ahead(next) != last { // otherwise only the name of the zone changed
			before = append(before, offset{next.UTC().Format("2006-01-02 15:04:05+00"), last})
		}
		t = next
	}
}

// ahead says how much clocks are ahead of UTC at a time, as SQL writes intervals.
func ahead(t time.Time) string {
	_, seconds := t.Zone()
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	return fmt.Sprintf("%s%02d:%02d:%02d", sign, seconds/3600, seconds/60%60, seconds%60)
}
