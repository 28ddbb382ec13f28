package dataset

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The manifest is read by others: its keys and its form do not change by accident.
func TestManifestIsStable(t *testing.T) {
	dir := t.TempDir()
	w := handmade.World(2)
	write(t, dir, w, options(t, "jsonl", "", "orders", "stores", "truth_identity"))
	got, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "manifest.json")
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got %s\nwant %s (go test -run Stable -update rewrites it)", got, want)
	}
}

// What Finish returns is what ReadManifest reads.
func TestManifestSurvivesItsFile(t *testing.T) {
	dir := t.TempDir()
	opt := options(t, "csv", "gzip")
	opt.Shard, opt.Shards = 1, 3
	want := write(t, dir, handmade.World(4), opt)
	got, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	rows, bytes := got.Size()
	var wantRows, wantBytes int64
	for part := table.StaticPart; part < 4; part++ {
		if part != table.StaticPart && part%3 != 0 {
			continue
		}
		for _, b := range handmade.Batches(handmade.World(4), part) {
			for _, v := range opt.Views {
				wantRows += int64(b.Tables[v.Table].Len)
			}
		}
	}
	for path, text := range tree(t, dir) {
		if strings.Contains(path, "/") {
			wantBytes += int64(len(text))
		}
	}
	if rows != wantRows || bytes != wantBytes {
		t.Errorf("%d rows, %d bytes, want %d, %d", rows, bytes, wantRows, wantBytes)
	}
}

func TestManifestSaysWhereTheTruthIs(t *testing.T) {
	for _, c := range []struct {
		mode   table.TruthMode
		tables []string
		want   table.TruthMode
	}{
		{table.TruthSeparate, nil, table.TruthSeparate},
		{table.TruthSeparate, []string{"events", "truth_events"}, table.TruthSeparate},
		{table.TruthSeparate, []string{"events", "orders"}, table.TruthNone},
		{table.TruthInline, nil, table.TruthInline},
		{table.TruthInline, []string{"events"}, table.TruthInline},
		{table.TruthNone, nil, table.TruthNone},
	} {
		views, err := table.Views(table.Schema("EUR"), c.mode, c.tables)
		if err != nil {
			t.Fatal(err)
		}
		opt := options(t, "csv", "")
		opt.Views = views
		m := write(t, t.TempDir(), handmade.World(1), opt)
		if m.Truth != c.want {
			t.Errorf("%s %v: %s, want %s", c.mode, c.tables, m.Truth, c.want)
		}
		if told := m.Expected.Journeys.Total > 0; told != (c.want != table.TruthNone) {
			t.Errorf("%s %v: the answers tell of journeys: %v", c.mode, c.tables, told)
		}
	}
}

// A manifest that contradicts itself is not trusted, least of all with paths.
func TestReadManifestRefusesContradictions(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, handmade.World(3), options(t, "csv", "", "events", "stores"))
	for _, c := range []struct {
		want   string
		change func(*Manifest)
	}{
		{`unknown format "xls"`, func(m *Manifest) { m.Format = "xls" }},
		{`no compression "rar"`, func(m *Manifest) { m.Compression = "rar" }},
		{"no shard 4/3", func(m *Manifest) { m.Shard = &Shard{4, 3} }},
		{"no shard 1/1000000000", func(m *Manifest) { m.Shard = &Shard{1, 1_000_000_000} }},
		{"1000000000 parts, want at most", func(m *Manifest) { m.Parts = 1_000_000_000 }},
		{"-1 parts", func(m *Manifest) { m.Parts = -1 }},
		{"table events: 3 files, want 2", func(m *Manifest) { m.Shard = &Shard{1, 2} }},
		{"table events: 3 files, want 4", func(m *Manifest) { m.Parts = 4 }},
		{`file "../x" of part 0`, func(m *Manifest) { m.Tables[0].Files[0].Path = "../x" }},
		{`file "events/part-00001.csv" of part 1, want "events/part-00000.csv"`,
			func(m *Manifest) { m.Tables[0].Files[0] = m.Tables[0].Files[1] }},
		{`scenario is at "/etc/passwd"`, func(m *Manifest) { m.Scenario.Path = "/etc/passwd" }},
		{`table ".." is unknown`, func(m *Manifest) { m.Tables[0].Name = ".." }},
		{`table "events" is unknown or there twice`,
			func(m *Manifest) { m.Tables = append(m.Tables, m.Tables[0]) }},
		{"its files have", func(m *Manifest) { m.Tables[0].Rows++ }},
		{"its files have", func(m *Manifest) { m.Tables[1].Bytes-- }},
		{"events in the answers", func(m *Manifest) { m.Expected.Events.Total++ }},
	} {
		m, err := ReadManifest(dir)
		if err != nil {
			t.Fatal(err)
		}
		c.change(m)
		text, err := encode(m)
		if err != nil {
			t.Fatal(err)
		}
		other := t.TempDir()
		put(t, other, manifestName, string(text))
		if _, err := ReadManifest(other); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
}

func TestReadManifestNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadManifest(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without one: %v", err)
	}
	put(t, dir, manifestName, `{"release": `)
	var syntax *json.SyntaxError
	_, err := ReadManifest(dir)
	path := filepath.Join(dir, manifestName)
	if !errors.As(err, &syntax) || !strings.Contains(err.Error(), path) {
		t.Errorf("with half of one: %v", err)
	}
}

// TestManifestSaysWhatIsExpected holds that a dataset says what one counter of all its rows says.
func TestManifestSaysWhatIsExpected(t *testing.T) {
	w := handmade.World(5)
	c := kpi.NewCounter(w)
	for part := range w.Parts {
		for _, b := range handmade.Batches(w, part) {
			if err := c.Count(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	m := write(t, t.TempDir(), w, options(t, "csv", ""))
	if want := c.Expected(); !reflect.DeepEqual(&m.Expected, want) {
		t.Errorf("the manifest has %+v\nwant %+v", m.Expected, want)
	}
}
