package readers

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// market returns fashion with about the given event rows, in parts of two towns each.
func market(t testing.TB, rows, parts int) *model.World {
	t.Helper()
	const probe, fewest = 1000, 100 // in a town
	customers := int(float64(rows) / compile(t, probe, probe).RowsPerCustomer)
	towns := 2 * parts
	customers = max(customers, fewest*towns)
	w := compile(t, customers, (customers+towns-1)/towns)
	w.PartTowns = 2
	w.Parts = (w.Towns + 1) / 2
	return w
}

func compile(t testing.TB, customers, town int) *model.World {
	t.Helper()
	set := func(path string, n int) model.Set {
		return model.Set{Path: path, Value: strconv.Itoa(n), Flag: "--set"}
	}
	s, err := model.Load("fashion", scenarios.FS, set("customers", customers), set("town", town))
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A dataset is a folder of files and what a reader of them must find.
type sample struct {
	dir         string
	format      format.Format
	compression string
	partition   string // dataset.PartitionDate: written day by day
	*census
}

// String names the kind of files.
func (d *sample) String() string { return d.format.Name + "/" + d.compression }

// everyKind lists every format in each of its compressions.
func everyKind() (kinds []sample) {
	for _, f := range format.Formats() {
		for _, c := range f.Compressions {
			kinds = append(kinds, sample{format: f, compression: c})
		}
	}
	return kinds
}

// oneOfEach lists every format in its default compression.
func oneOfEach() []sample {
	return slices.DeleteFunc(everyKind(),
		func(d sample) bool { return d.compression != d.format.Compressions[0] })
}

// only lists one format in each of its compressions.
func only(format string) []sample {
	return slices.DeleteFunc(everyKind(), func(d sample) bool { return d.format.Name != format })
}

// generate runs a market once and writes datasets of all the given kinds.
func generate(
	t testing.TB, w *model.World, mode table.TruthMode, kinds []sample, opt simulate.Options,
) []*sample {
	t.Helper()
	views, err := table.Views(w.Tables, mode, nil)
	if err != nil {
		t.Fatal(err)
	}
	counted := newCensus(w, views)
	sinks := []table.Sink{counted}
	var made []*sample
	var writers []*dataset.Dataset
	for _, d := range kinds {
		d.dir, d.census = t.TempDir(), counted
		writer := d.create(t, w, views, opt)
		sinks, made, writers = append(sinks, writer), append(made, &d), append(writers, writer)
	}
	live := simulate.ByPart
	if kinds[0].partition != "" {
		live = simulate.ByDay
	}
	if err := live(t.Context(), w, table.Tee(sinks...), opt); err != nil {
		t.Fatal(err)
	}
	for _, writer := range writers {
		if _, err := writer.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// create begins to write a dataset.
func (d *sample) create(
	t testing.TB, w *model.World, views []table.View, opt simulate.Options,
) *dataset.Dataset {
	t.Helper()
	writer, err := dataset.Create(t.Context(), d.dir, w, dataset.Options{
		Format: d.format.Name, Compression: d.compression, Views: views,
		Scenario: w.Scenario.YAML(), Hash: w.Scenario.Hash(), Partition: d.partition,
		Shard: opt.Shard, Shards: opt.Shards,
	})
	if err != nil {
		t.Fatal(err)
	}
	return writer
}

// files is the pattern of the files of a table.
func (d *sample) files(table string) string {
	if d.partition != "" {
		table = filepath.Join(table, "**")
	}
	return filepath.Join(d.dir, table, "part-*."+d.format.Ext(d.compression))
}

// relation is how DuckDB reads a table from its files.
func (d *sample) relation(r *reader, s *format.Schema) string {
	var columns []string
	for _, c := range s.Columns {
		columns = append(columns, fmt.Sprintf("'%s': '%s'", c.Name, r.typeOf(c)))
	}
	typed := "columns={" + strings.Join(columns, ", ") + "}"
	switch d.format.Name {
	case "csv":
		return fmt.Sprintf("read_csv('%s', %s, auto_detect=false, header=true, delim=',', "+
			`quote='"', escape='"', nullstr='', allow_quoted_nulls=false)`, d.files(s.Name), typed)
	case "jsonl":
		return fmt.Sprintf("read_json('%s', %s, format='newline_delimited')", d.files(s.Name), typed)
	default:
		return fmt.Sprintf("read_parquet('%s')", d.files(s.Name))
	}
}

// load reads all tables of a dataset into tables of the same names.
func (d *sample) load(t testing.TB, r *reader) {
	t.Helper()
	for _, table := range d.tables {
		r.ask(t, "CREATE TABLE "+table.schema.Name+" AS FROM "+d.relation(r, &table.schema))
	}
}
