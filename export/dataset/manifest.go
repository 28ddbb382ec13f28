package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
)

// A Manifest says what a dataset is, what it contains and what a pipeline fed with it must report.
// It is manifest.json of the dataset's folder, written last: a folder without it is not complete.
// The same run gives the same bytes. Keys keep their meaning; new ones may be added.
type Manifest struct {
	Release       string          `json:"release"`        // rules of the simulation: model.Release
	SchemaVersion int             `json:"schema_version"` // of the tables: table.SchemaVersion
	Scenario      ScenarioFile    `json:"scenario"`
	Seed          uint64          `json:"seed"`
	Start         string          `json:"start"` // first day, local, as 2025-01-31
	Days          int             `json:"days"`
	Warmup        int             `json:"warmup"`    // days simulated before, and not written
	Customers     int             `json:"customers"` // simulated people, known or not
	TimeZone      string          `json:"time_zone"`
	Currency      string          `json:"currency"`
	Without       []string        `json:"without,omitempty"`  // channels that the run is without
	Since         string          `json:"since,omitempty"`    // which day; always: in the warm-up, too
	Coupling      string          `json:"coupling,omitempty"` // off, frozen or live
	Format        string          `json:"format"`
	Compression   string          `json:"compression"`
	Truth         table.TruthMode `json:"truth"`               // where the truth about events is
	Partition     string          `json:"partition,omitempty"` // date: a part is a day
	Parts         int             `json:"parts"`               // of the whole run, all shards together
	Shard         *Shard          `json:"shard,omitempty"`
	Views         *ViewsFile      `json:"views,omitempty"` // absent: DuckDB cannot read the format
	Tables        []TableFiles    `json:"tables"`
	Expected      kpi.Expected    `json:"answers"`
}

// ScenarioFile is the resolved scenario beside the manifest: all a new run needs.
type ScenarioFile struct {
	Name   string `json:"name"`
	Hash   string `json:"hash"` // of its content, whatever the order of its keys
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// ViewsFile is the file of DuckDB views beside the manifest.
type ViewsFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A Shard is the parts p of a run with p ≡ Index-1 modulo Of. The first also has the static tables.
type Shard struct {
	Index int `json:"index"` // from 1
	Of    int `json:"of"`
}

// String returns the shard as users write it; a nil one is 1/1.
func (s *Shard) String() string {
	if s == nil {
		return "1/1"
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Of)
}

// TableFiles is one table of a dataset.
type TableFiles struct {
	Name     string        `json:"name"`
	Doc      string        `json:"doc"`
	Truth    bool          `json:"truth"`              // hidden from systems under test
	Static   bool          `json:"static"`             // one file, whatever the number of parts
	Snapshot bool          `json:"snapshot,omitempty"` // taken at the end
	Rows     int64         `json:"rows"`
	Bytes    int64         `json:"bytes"`
	Columns  []TableColumn `json:"columns"`
	Files    []File        `json:"files"` // by part
}

// A TableColumn is one column of a table.
type TableColumn struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // int64, int32, decimal, timestamp, date, bool or string
	Scale    int    `json:"scale,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Nullable bool   `json:"nullable"`
	Doc      string `json:"doc"`
}

// A File is the rows of one table in one part. Its path is relative to the dataset, with slashes.
type File struct {
	Path   string `json:"path"`
	Part   int    `json:"part"` // 0 for a static table
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Size returns the rows and bytes of all tables together.
func (m *Manifest) Size() (rows, bytes int64) {
	for _, t := range m.Tables {
		rows += t.Rows
		bytes += t.Bytes
	}
	return rows, bytes
}

// A NoneError says that a folder holds no complete dataset. It is an fs.ErrNotExist.
type NoneError struct {
	Dir        string
	Absent     bool   // there is no such folder
	File       bool   // it is a file
	Above      string // the folder of the dataset that this is a part of; else empty
	Unfinished bool   // a run was interrupted; with Options.Resume the same one goes on
}

func (e *NoneError) Error() string {
	switch {
	case e.Absent:
		return "there is no folder " + e.Dir
	case e.File:
		return e.Dir + " is a file, want the folder of a dataset"
	case e.Above != "":
		return fmt.Sprintf("%s is a part of a dataset, want its folder, %s", e.Dir, e.Above)
	case e.Unfinished:
		return e.Dir + " holds an unfinished dataset: its run was interrupted"
	}
	return fmt.Sprintf("%s holds no dataset: there is no %s in it", e.Dir, manifestName)
}

// Unwrap returns fs.ErrNotExist.
func (e *NoneError) Unwrap() error { return fs.ErrNotExist }

// none is the NoneError of a folder.
func none(dir string) *NoneError {
	at, err := os.Stat(dir)
	records, unfinished := os.Stat(under(dir, recordsName))
	e := &NoneError{Dir: dir, Absent: errors.Is(err, fs.ErrNotExist),
		File: err == nil && !at.IsDir(), Unfinished: unfinished == nil && records.IsDir()}
	above := filepath.Dir(filepath.Clean(dir))
	if _, err := os.Stat(under(above, manifestName)); err == nil && !e.Absent &&
		slices.Contains(tableNames(), filepath.Base(dir)) {
		e.Above = above
	}
	return e
}

// ReadManifest reads the manifest of a complete dataset and checks that it agrees with itself. The
// error of a folder without one is a NoneError. Verify also checks the files.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, manifestName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, none(dir)
	}
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Current returns an error if the dataset was written by a release whose tables or scenarios have
// other names than those of this one. It can be verified, and no more.
func (m *Manifest) Current() error {
	if m.SchemaVersion == table.SchemaVersion {
		return nil
	}
	return fmt.Errorf("the dataset is of release %s (schema version %d), this is release %s (%d) "+
		"with other names: generate it again, or use percorso %s",
		m.Release, m.SchemaVersion, model.Release, table.SchemaVersion, m.Release)
}

// describe returns the manifest of a run before any row is written: every table, no files.
func describe(w *model.World, opt Options) Manifest {
	s := w.Scenario
	m := Manifest{
		Release:       model.Release,
		SchemaVersion: table.SchemaVersion,
		Scenario: ScenarioFile{
			Name:   s.Name,
			Hash:   opt.Hash,
			Path:   scenarioName,
			Bytes:  int64(len(opt.Scenario)),
			SHA256: sum(opt.Scenario),
		},
		Seed:        s.Seed,
		Start:       fmt.Sprintf("%04d-%02d-%02d", s.Start.Year, s.Start.Month, s.Start.Day),
		Days:        w.Days,
		Warmup:      w.Warmup,
		Customers:   w.Customers,
		TimeZone:    s.TimeZone,
		Currency:    s.Currency,
		Without:     w.OffNames(),
		Since:       w.OffSinceText(),
		Coupling:    s.Coupling,
		Format:      opt.Format,
		Compression: opt.Compression,
		Truth:       truthOf(opt.Views),
		Parts:       w.Parts,
	}
	if opt.Partition == PartitionDate {
		m.Partition, m.Parts = PartitionDate, w.Days
	}
	if opt.Shards > 1 {
		m.Shard = &Shard{Index: opt.Shard, Of: opt.Shards}
	}
	for _, v := range opt.Views {
		t := TableFiles{Name: v.Name, Doc: v.Doc, Truth: v.Truth, Static: v.Static,
			Snapshot: v.Snapshot, Files: []File{}}
		for _, c := range format.SchemaOf(w.Tables, v).Columns {
			t.Columns = append(t.Columns, describeColumn(c))
		}
		m.Tables = append(m.Tables, t)
	}
	return m
}

func describeColumn(c table.Column) TableColumn {
	types := [...]string{
		table.ID: "int64", table.Duration: "int64", table.Time: "timestamp", table.Date32: "date",
		table.Decimal: "decimal",
		table.Int:     "int32", table.Bool: "bool", table.Code: "string", table.Text: "string",
	}
	return TableColumn{
		Name: c.Name, Type: types[c.Kind], Scale: c.Scale,
		Unit: c.Unit, Nullable: c.Null, Doc: c.Doc,
	}
}

// truthOf returns where views have the truth about events.
func truthOf(views []table.View) table.TruthMode {
	mode := table.TruthNone
	for _, v := range views {
		if v.Truth {
			mode = table.TruthSeparate
		} else if v.Table == table.TableEvents && slices.Contains(v.Columns, table.EventPerson) {
			return table.TruthInline
		}
	}
	return mode
}

// owns reports whether the shard of m writes a part; table.StaticPart is that of the static tables.
func (m *Manifest) owns(part int) bool {
	switch {
	case m.Shard == nil:
		return part >= table.StaticPart && part < m.Parts
	case part == table.StaticPart:
		return m.Shard.Index == 1
	default:
		return part >= 0 && part < m.Parts && part%m.Shard.Of == m.Shard.Index-1
	}
}

// partsOf lists the parts of a table that m must have, ascending.
func (m *Manifest) partsOf(t *TableFiles) []int {
	var parts []int
	for p := table.StaticPart; p < m.Parts; p++ {
		if m.owns(p) && m.holds(p, t.Static, t.Snapshot) {
			parts = append(parts, p)
		}
	}
	return parts
}

// holds reports whether a part has a file of a table of the given kind: the static part has those
// of static tables, every other part those of the rest; but when parts are days only the last has
// snapshots.
func (m *Manifest) holds(part int, static, snapshot bool) bool {
	if static || part == table.StaticPart {
		return static && part == table.StaticPart
	}
	return !snapshot || m.Partition == "" || part == m.Parts-1
}

// path returns the path of a table's file in a part. When parts are days, the files are in
// Hive-style folders named after them.
func (m *Manifest) path(table string, part int, static, snapshot bool, ext string) string {
	if m.Partition == "" || static {
		return partPath(table, part, ext)
	}
	if m.byDay(static, snapshot) {
		table += "/" + dateFolder + m.date(part)
	}
	return partPath(table, 0, ext)
}

// byDay reports whether a table of the given kind has a folder for each day.
func (m *Manifest) byDay(static, snapshot bool) bool {
	return m.Partition == PartitionDate && !static && !snapshot
}

// date returns the day of a part, as 2025-01-31.
func (m *Manifest) date(part int) string {
	start, err := time.Parse(time.DateOnly, m.Start)
	if err != nil {
		return m.Start // check refuses it
	}
	return start.AddDate(0, 0, part).Format(time.DateOnly)
}

// mostParts is more parts, and shards, than any run has: a manifest with more is not ours.
const mostParts = 1 << 24

// check returns an error if m contradicts itself. Afterwards every path in it is known to stay
// inside the dataset.
func (m *Manifest) check() error {
	kind, err := format.LookupFormat(m.Format)
	if err != nil {
		return err
	}
	if _, err := format.PickCompression(m.Format, m.Compression, kind.Compressions); err != nil {
		return err
	}
	if s := m.Shard; s != nil && (s.Of < 2 || s.Of > mostParts || s.Index < 1 || s.Index > s.Of) {
		return fmt.Errorf("there is no shard %v", s)
	}
	if m.Parts < 0 || m.Parts > mostParts {
		return fmt.Errorf("%d parts, want at most %d", m.Parts, mostParts)
	}
	if _, err := time.Parse(time.DateOnly, m.Start); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if m.Partition != "" && m.Partition != PartitionDate {
		return fmt.Errorf("unknown partition %q, want %s", m.Partition, PartitionDate)
	}
	if m.Scenario.Path != scenarioName {
		return fmt.Errorf("scenario is at %q, want %s", m.Scenario.Path, scenarioName)
	}
	if m.Views != nil && m.Views.Path != viewsName {
		return fmt.Errorf("views are at %q, want %s", m.Views.Path, viewsName)
	}
	var names []string
	for i := range m.Tables {
		t := &m.Tables[i]
		if !slices.Contains(tableNames(), t.Name) || slices.Contains(names, t.Name) {
			return fmt.Errorf("table %q is unknown or there twice", t.Name)
		}
		names = append(names, t.Name)
		if err := m.checkFiles(t, kind.Ext(m.Compression)); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		if events := m.Expected.Events.Total; t.Name == "events" && t.Rows != events {
			return fmt.Errorf("table events: %d rows, %d events in the answers", t.Rows, events)
		}
	}
	return nil
}

func (m *Manifest) checkFiles(t *TableFiles, ext string) error {
	parts := m.partsOf(t)
	if len(parts) != len(t.Files) {
		return fmt.Errorf("%d files, want %d", len(t.Files), len(parts))
	}
	var rows, bytes int64
	for i, f := range t.Files {
		want := m.path(t.Name, parts[i], t.Static, t.Snapshot, ext)
		if f.Path != want || f.Part != max(parts[i], 0) {
			return fmt.Errorf("file %q of part %d, want %q", f.Path, f.Part, want)
		}
		rows += f.Rows
		bytes += f.Bytes
	}
	if rows != t.Rows || bytes != t.Bytes {
		return fmt.Errorf("%d rows and %d bytes, its files have %d and %d",
			t.Rows, t.Bytes, rows, bytes)
	}
	return nil
}

// add puts the files of a part into the table they belong to.
func (t *TableFiles) add(files ...File) {
	for _, f := range files {
		t.Files = append(t.Files, f)
		t.Rows += f.Rows
		t.Bytes += f.Bytes
	}
}

// differs says how two runs differ, as "seed 8 instead of 7"; empty when they are the same. Files
// and figures are not compared.
func (m *Manifest) differs(want *Manifest) string {
	var found []string
	compare := func(what string, got, want any) {
		if got != want {
			found = append(found, fmt.Sprintf("%s %v instead of %v", what, got, want))
		}
	}
	compare("release", m.Release, want.Release)
	compare("schema version", m.SchemaVersion, want.SchemaVersion)
	compare("scenario", m.Scenario.Name, want.Scenario.Name)
	compare("seed", m.Seed, want.Seed)
	compare("start", m.Start, want.Start)
	compare("days", m.Days, want.Days)
	compare("customers", m.Customers, want.Customers)
	compare("time zone", m.TimeZone, want.TimeZone)
	compare("currency", m.Currency, want.Currency)
	compare("channels left out:", offList(m.Without, m.Since), offList(want.Without, want.Since))
	compare("coupling", m.Coupling, want.Coupling)
	compare("format", m.Format, want.Format)
	compare("compression", m.Compression, want.Compression)
	compare("truth", m.Truth, want.Truth)
	compare("tables", m.tableList(), want.tableList())
	compare("partition", m.Partition, want.Partition)
	compare("parts", m.Parts, want.Parts)
	compare("shard", m.Shard.String(), want.Shard.String())
	if len(found) == 0 { // otherwise it follows from what was found
		compare("scenario hash", m.Scenario.Hash, want.Scenario.Hash)
	}
	return strings.Join(found, ", ")
}

// offList names the channels that a run is without, and since when, unless that is always.
func offList(channels []string, since string) string {
	switch {
	case len(channels) == 0:
		return "none"
	case since == "" || since == "always":
		return strings.Join(channels, "+")
	}
	return strings.Join(channels, "+") + " since " + since
}

func (m *Manifest) tableList() string { return strings.Join(m.tableNames(), "+") }

func (m *Manifest) tableNames() []string {
	names := make([]string, len(m.Tables))
	for i, t := range m.Tables {
		names[i] = t.Name
	}
	return names
}

// encode returns the bytes of manifest.json and of other JSON in a dataset.
func encode(v any) ([]byte, error) {
	var text bytes.Buffer
	err := format.WriteJSON(&text, v)
	return text.Bytes(), err
}
