package effects

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/model/table"
)

// Names in the folder.
const (
	manifestName = "truth.json"
	viewsName    = "truth_views.sql"
	scenarioName = "truth_scenario.yaml"
	treatedName  = "truth_treated.yaml"
	stampsName   = ".truth"
	runName      = stampsName + "/run.json"
)

// A Head says which run a folder is of: two with the same head have the same bytes.
type Head struct {
	Release     string          `json:"release"`
	Scenario    string          `json:"scenario"`
	Hash        string          `json:"scenario_hash"`
	Seed        uint64          `json:"seed"`
	Luck        uint64          `json:"luck"`
	Customers   int             `json:"customers"`
	Days        int             `json:"days"`
	Format      string          `json:"format"`
	Compression string          `json:"compression"`
	Parts       int             `json:"parts"` // of the whole run
	Shard       int             `json:"shard,omitempty"`
	Shards      int             `json:"shards,omitempty"`
	Plan        json.RawMessage `json:"plan"` // what was asked
}

// A Manifest is truth.json: the head, and every file with its SHA-256.
type Manifest struct {
	Head
	Files []File `json:"files"`
}

// A File is a file of a folder.
type File struct {
	Table  string `json:"table"`
	Path   string `json:"path"` // in the folder, with slashes
	Rows   int    `json:"rows"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A Table is a table to write.
type Table struct {
	table.Table
	Rows *table.Rows
}

// A stamp says that a part is complete.
type stamp struct {
	Part  int             `json:"part"`
	Sums  json.RawMessage `json:"sums"`
	Files []File          `json:"files"`
}

// A Folder is being filled.
type Folder struct {
	dir    string
	head   Head
	format format.Format
	stamps []*stamp // by part
}

// Options say how a folder treats what is already there.
type Options struct {
	Scenario []byte // the resolved scenario, written as truth_scenario.yaml
	Treated  []byte // likewise that of an intervention, as truth_treated.yaml; nil: there is none
	Force    bool   // replace the results of another run
	Resume   bool   // go on with an interrupted run
}

// An OccupiedError says that there are results in the folder.
type OccupiedError struct {
	Dir        string
	Unfinished bool
	Differs    bool // the unfinished run is another one
}

func (e *OccupiedError) Error() string {
	switch {
	case e.Differs:
		return e.Dir + " has the unfinished truth of another run"
	case e.Unfinished:
		return e.Dir + " has unfinished truth of this run"
	}
	return e.Dir + " has a truth already (" + manifestName + ")"
}

// Create begins to fill a folder, which it makes. Results that are there are an OccupiedError
// unless the options say what to do with them; other files are left alone.
func Create(dir string, head Head, opt Options) (*Folder, error) {
	kind, err := format.LookupFormat(head.Format)
	if err != nil {
		return nil, err
	}
	head.Compression, err = format.PickCompression(kind.Name, head.Compression, kind.Compressions)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, head: head, format: kind, stamps: make([]*stamp, head.Parts)}
	text, err := encode(head)
	if err != nil {
		return nil, err
	}
	before, err := os.ReadFile(f.path(runName))
	begun := err == nil
	finished := exists(f.path(manifestName))
	switch same := begun && bytes.Equal(before, text); {
	case opt.Force:
		if err := Remove(dir); err != nil {
			return nil, err
		}
	case finished:
		return nil, &OccupiedError{Dir: dir}
	case begun && !same:
		return nil, &OccupiedError{Dir: dir, Unfinished: true, Differs: true}
	case begun && !opt.Resume:
		return nil, &OccupiedError{Dir: dir, Unfinished: true}
	case begun:
		return f, f.readStamps()
	}
	if err := os.MkdirAll(f.path(stampsName), 0o777); err != nil {
		return nil, err
	}
	if err := whole.Write(f.path(scenarioName), opt.Scenario); err != nil {
		return nil, err
	}
	if opt.Treated != nil {
		if err := whole.Write(f.path(treatedName), opt.Treated); err != nil {
			return nil, err
		}
	}
	return f, whole.Write(f.path(runName), text)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (f *Folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// encode writes JSON as files of the folder have it.
func encode(v any) ([]byte, error) {
	var text bytes.Buffer
	err := format.WriteJSON(&text, v)
	return text.Bytes(), err
}

func stampName(part int) string { return fmt.Sprintf("%s/part-%05d.json", stampsName, part) }

// readStamps finds the parts that an earlier run completed, whose files are as they were.
func (f *Folder) readStamps() error {
	for n := range f.stamps {
		s, err := readStamp(f.path(stampName(n)))
		if err == nil && s.Part == n && f.intact(s.Files) {
			f.stamps[n] = s
		}
	}
	return nil
}

func readStamp(path string) (*stamp, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := new(stamp)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return s, nil
}

// intact reports whether files have the bytes that they had.
func (f *Folder) intact(files []File) bool {
	return !slices.ContainsFunc(files, func(file File) bool {
		text, err := os.ReadFile(f.path(file.Path))
		return err != nil || file.SHA256 != sum(text)
	})
}

func sum(text []byte) string {
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:])
}

// Done reports whether a part is complete. Of tables that need no simulation there are none here.
func (f *Folder) Done(part int) bool { return part == table.StaticPart || f.stamps[part] != nil }

// Part completes a part: the tables that are about its people, and its sums.
func (f *Folder) Part(n int, sums any, tables []Table) error {
	text, err := json.Marshal(sums)
	if err != nil {
		return err
	}
	s := &stamp{Part: n, Sums: text, Files: []File{}}
	for _, t := range tables {
		file, err := f.write(t, n)
		if err != nil {
			return err
		}
		s.Files = append(s.Files, file)
	}
	if text, err = encode(s); err != nil {
		return err
	}
	if err := whole.Write(f.path(stampName(n)), text); err != nil {
		return err
	}
	f.stamps[n] = s
	return nil
}

// write writes a table of a part.
func (f *Folder) write(t Table, part int) (File, error) {
	at := fmt.Sprintf("%s/part-%05d.%s", t.Name, part, f.format.Ext(f.head.Compression))
	s := format.Schema{Name: t.Name, Columns: t.Columns, At: make([]int, len(t.Columns))}
	for i := range s.At {
		s.At[i] = i
	}
	var text bytes.Buffer
	w, err := f.format.Open(&text, &s, f.head.Compression)
	if err == nil {
		if t.Rows.Len > 0 {
			err = w.Write(t.Rows)
		}
		err = errors.Join(err, w.Close())
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(f.path(at)), 0o777)
	}
	if err == nil {
		err = whole.Write(f.path(at), text.Bytes())
	}
	return File{Table: t.Name, Path: at, Rows: t.Rows.Len, Bytes: text.Len(),
		SHA256: sum(text.Bytes())}, err
}

// Sums shows the sums of all complete parts, in their order.
func (f *Folder) Sums(see func(sums json.RawMessage) error) error {
	for _, s := range f.stamps {
		if s != nil {
			if err := see(s.Sums); err != nil {
				return err
			}
		}
	}
	return nil
}

// owns reports whether a part is of the shard.
func (h *Head) owns(part int) bool { return h.Shard == 0 || part%h.Shards == h.Shard-1 }

// Whole counts the parts of the run, or of its shard, and those that are complete.
func (f *Folder) Whole() (done, all int) {
	for n, s := range f.stamps {
		if f.head.owns(n) {
			all++
			if s != nil {
				done++
			}
		}
	}
	return done, all
}

// Finish writes the tables of figures, which follow from all sums, and the manifest; people are the
// tables that the parts have written. A shard has no figures of its own: its stamps are its result,
// and stay.
func (f *Folder) Finish(tables []Table, people []table.Table) (*Manifest, error) {
	if done, all := f.Whole(); done < all {
		return nil, fmt.Errorf("%d of %d parts are missing in %s", all-done, all, f.dir)
	}
	if f.head.Shard > 0 {
		return &Manifest{Head: f.head}, nil
	}
	m := &Manifest{Head: f.head}
	for _, t := range tables {
		file, err := f.write(t, 0)
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, file)
	}
	for _, s := range f.stamps {
		m.Files = append(m.Files, s.Files...)
	}
	slices.SortStableFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := f.writeViews(m, tables, people); err != nil {
		return nil, err
	}
	text, err := encode(m)
	if err == nil {
		err = whole.Write(f.path(manifestName), text)
	}
	if err != nil {
		return nil, err
	}
	return m, f.removeStamps()
}

// writeViews writes the views for DuckDB, where it can read the format.
func (f *Folder) writeViews(m *Manifest, tables []Table, people []table.Table) error {
	if f.format.DuckDB == nil {
		return nil
	}
	columns := map[string][]table.Column{}
	for _, t := range tables {
		columns[t.Name] = t.Columns
	}
	for _, t := range people {
		columns[t.Name] = t.Columns
	}
	var text strings.Builder
	fmt.Fprintf(&text, "-- DuckDB views of the truth; paths are relative to this folder:\n"+
		"--   duckdb -init %s\n", viewsName)
	seen := map[string]bool{}
	for _, file := range m.Files {
		if seen[file.Table] {
			continue
		}
		seen[file.Table] = true
		function, options := f.format.DuckDB(columns[file.Table])
		files := "'" + file.Table + "/*." + f.format.Ext(f.head.Compression) + "'"
		fmt.Fprintf(&text, "\nCREATE OR REPLACE VIEW %s AS\nSELECT * FROM %s(%s);\n", file.Table,
			function, strings.Join(append([]string{files}, options...), ",\n  "))
	}
	return whole.Write(f.path(viewsName), []byte(text.String()))
}

// removeStamps removes what only an unfinished run needs.
func (f *Folder) removeStamps() error {
	names, err := stampsIn(f.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Remove(f.path(name)); err != nil {
			return err
		}
	}
	if err := os.Remove(f.path(stampsName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// stampsIn lists the files of ours in the folder of stamps.
func stampsIn(dir string) (names []string, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, stampsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if ours, _ := path.Match("part-[0-9][0-9][0-9][0-9][0-9].json*", e.Name()); ours ||
			strings.HasPrefix(e.Name(), "run.json") {
			names = append(names, path.Join(stampsName, e.Name()))
		}
	}
	return names, err
}

// Remove removes the results of an earlier run from a folder: what its manifest or its stamps list.
func Remove(dir string) error {
	f := &Folder{dir: dir}
	var files []File
	if m, err := Read(f.dir); err == nil {
		files = m.Files
	}
	names, err := stampsIn(f.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if s, err := readStamp(f.path(name)); err == nil {
			files = append(files, s.Files...)
		}
	}
	for _, file := range files {
		if !isOurs(file) {
			continue // a manifest may be anybody's
		}
		if err := os.Remove(f.path(file.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, name := range []string{manifestName, viewsName, scenarioName, treatedName} {
		if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return f.removeStamps()
}

// isOurs reports whether a file has a name that a run of ours gives.
func isOurs(file File) bool {
	ours, _ := path.Match("truth_*/part-[0-9][0-9][0-9][0-9][0-9].*", file.Path)
	return ours && filepath.IsLocal(filepath.FromSlash(file.Path))
}

// Read reads the manifest of a folder.
func Read(dir string) (*Manifest, error) {
	name := filepath.Join(dir, manifestName)
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", name, err)
	}
	return m, nil
}
