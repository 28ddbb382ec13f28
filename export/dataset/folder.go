package dataset

import (
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
	"syscall"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/model/table"
)

// Names in a dataset's folder.
const (
	manifestName = "manifest.json"
	scenarioName = "scenario.yaml"
	viewsName    = "views.sql"
	recordsName  = ".receipts"
	dateFolder   = "date="                   // before the day, when parts are days
	runName      = recordsName + "/run.json" // the manifest that the run will have, without its files
	staticName   = recordsName + "/static.json"
)

// partPath returns the path of a table's part, relative to the dataset, with slashes.
func partPath(table string, part int, ext string) string {
	return fmt.Sprintf("%s/part-%05d.%s", table, max(part, 0), ext)
}

// recordPath returns the path of a part's record.
func recordPath(part int) string {
	if part == table.StaticPart {
		return staticName
	}
	return fmt.Sprintf("%s/part-%05d.json", recordsName, part)
}

// under returns the path inside a folder, in this system's form, of a slash-separated path.
func under(dir, path string) string { return filepath.Join(dir, filepath.FromSlash(path)) }

// tableNames lists every table a dataset can have.
func tableNames() []string {
	views, err := table.Views(table.Schema(""), table.TruthSeparate, nil)
	if err != nil {
		panic("dataset: " + err.Error())
	}
	names := make([]string, len(views))
	for i, v := range views {
		names[i] = v.Name
	}
	return names
}

// sum returns the SHA-256 of text in hexadecimal digits.
func sum(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

// A folder is what was found where a dataset is to be written.
type folder struct {
	dir      string
	absent   bool      // the folder does not exist
	complete *Manifest // of the complete dataset in it
	run      *Manifest // of the unfinished one
	begun    bool      // it has a folder of records: a run of ours began here
	foreign  string    // a file that is not ours, when there is nothing of ours
}

// inspect looks at a folder without changing it.
func inspect(dir string) (*folder, error) {
	f := &folder{dir: dir}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		f.absent = true
		return f, nil
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("%s is a file, want a folder for the dataset", dir)
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		f.begun = f.begun || e.Name() == recordsName && e.IsDir()
	}
	m, err := ReadManifest(dir)
	switch {
	case err == nil:
		f.complete = m
	case f.begun:
		f.run = readRun(dir)
	case !errors.Is(err, fs.ErrNotExist):
		f.foreign = err.Error()
	case len(names) > 3:
		f.foreign = strings.Join(names[:3], ", ") + ", …"
	default:
		f.foreign = strings.Join(names, ", ")
	}
	return f, nil
}

// Find returns the manifest of the dataset in a folder, as ReadManifest does. If the dataset is
// unfinished, the error is an OccupiedError.
func Find(dir string) (*Manifest, error) {
	m, err := ReadManifest(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	if f, found := inspect(dir); found == nil && f.begun {
		return nil, f.refuse(false)
	}
	return nil, err
}

// readRun returns the manifest that an unfinished run will have, or nil when it did not get so far.
func readRun(dir string) *Manifest {
	text, err := os.ReadFile(under(dir, runName))
	run := new(Manifest)
	if err != nil || json.Unmarshal(text, run) != nil {
		return nil
	}
	return run
}

// refuse returns the error that protects what is in the folder, or nil when a new dataset may be
// written there: into an empty folder or, with force, over another dataset.
func (f *folder) refuse(force bool) error {
	switch {
	case f.foreign != "":
		return fmt.Errorf("%s is not empty and holds no dataset (%s): choose another folder",
			f.dir, f.foreign)
	case force && f.complete != nil && f.complete.Views == nil && f.has(viewsName):
		return fmt.Errorf("%s holds a %s, which no run of percorso wrote: move it elsewhere", f.dir,
			viewsName)
	case force:
		return f.refuseStrangers()
	case f.complete != nil:
		return &OccupiedError{Dir: f.dir, Title: f.complete.title()}
	case f.begun:
		title := "not begun"
		if f.run != nil {
			title = f.run.title()
			if err := f.run.Current(); err != nil {
				return fmt.Errorf("%s holds an unfinished dataset: %w", f.dir, err)
			}
		}
		return &OccupiedError{Dir: f.dir, Title: title, Unfinished: true}
	}
	return nil
}

// has reports whether there is a file of a name beside the folders of the tables.
func (f *folder) has(name string) bool {
	_, err := os.Lstat(under(f.dir, name))
	return err == nil
}

// refuseStrangers returns an error if a folder of a table holds a file that no run of ours wrote:
// readers would take it for data of the dataset that is to be written there.
func (f *folder) refuseStrangers() error {
	paths, err := tableFiles(f.dir)
	for _, p := range paths {
		if !isOurs(path.Dir(p), path.Base(p)) {
			return fmt.Errorf("%s holds %s, which no run of percorso wrote: move it elsewhere, folders "+
				"of tables hold nothing else", f.dir, p)
		}
	}
	return err
}

// An OccupiedError says that a folder already has a dataset; Options.Force replaces it.
type OccupiedError struct {
	Dir        string
	Title      string // names the dataset: its scenario, customers, seed and shard
	Unfinished bool   // a run was interrupted; Options.Resume continues it
	Differs    string // how this run differs from the one it was to continue; else empty
}

func (e *OccupiedError) Error() string {
	switch {
	case e.Differs != "":
		return fmt.Sprintf("%s has another dataset, this run has %s", e.Dir, e.Differs)
	case e.Unfinished:
		return fmt.Sprintf("%s has an unfinished dataset (%s)", e.Dir, e.Title)
	}
	return fmt.Sprintf("%s has a complete dataset (%s)", e.Dir, e.Title)
}

// title names a dataset in an error.
func (m *Manifest) title() string {
	return fmt.Sprintf("scenario %s, %s customers, seed %d, shard %v",
		m.Scenario.Name, table.Grouped(int64(m.Customers)), m.Seed, m.Shard)
}

// claim makes the folder ours: from now on it is seen as the unfinished dataset of run. Files of an
// earlier dataset are removed, except for the paths to keep, and nothing else is.
func (f *folder) claim(run *Manifest, keep map[string]bool) error {
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return err
	}
	// Mkdir fails when another run claims the same new folder at the same time.
	err := os.Mkdir(under(f.dir, recordsName), 0o777)
	if errors.Is(err, fs.ErrExist) && !f.begun {
		return fmt.Errorf("another run has just begun in %s: choose another folder", f.dir)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	text, err := encode(run)
	if err != nil {
		return err
	}
	if err := whole.Write(under(f.dir, runName), text); err != nil {
		return err
	}
	return sweep(f.dir, func(path string) bool { return path == runName || keep[path] })
}

// abandon undoes claim, when nothing in the folder is worth keeping.
func (f *folder) abandon() error {
	if err := sweep(f.dir, func(string) bool { return false }); err != nil {
		return err
	}
	if f.absent {
		return removeEmpty(f.dir)
	}
	return nil
}

// sweep removes the files of runs from a folder, complete or not, except what keep wants. The
// manifest goes first and the record of the run last, so that after an interruption the folder is
// seen as an unfinished dataset.
func sweep(dir string, keep func(path string) bool) error {
	var paths []string
	for _, name := range []string{manifestName, scenarioName, viewsName} {
		paths = append(paths, name, whole.Temp(name))
	}
	folders := append(tableNames(), recordsName)
	for i := 0; i < len(folders); i++ { // it grows by the folders of days
		entries, err := os.ReadDir(under(dir, folders[i]))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			name := path.Join(folders[i], e.Name())
			switch {
			case e.IsDir() && strings.HasPrefix(e.Name(), dateFolder):
				folders = append(folders, name)
			case isOurs(folders[i], e.Name()) && name != runName:
				paths = append(paths, name)
			}
		}
	}
	for _, path := range append(paths, runName) {
		if keep(path) {
			continue
		}
		if err := os.Remove(under(dir, path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, folder := range slices.Backward(folders) {
		if err := removeEmpty(under(dir, folder)); err != nil {
			return err
		}
	}
	return nil
}

// sweepRecords removes the records of a complete dataset.
func sweepRecords(dir string) error {
	return sweep(dir, func(path string) bool { return !strings.HasPrefix(path, recordsName+"/") })
}

// removeEmpty removes a folder if it exists and is empty.
func removeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || len(entries) > 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(dir)
}

// isOurs reports whether a file in the folder of a table, or of the records, has a name that we
// write, final or temporary.
func isOurs(folder, name string) bool {
	if temp, ok := strings.CutSuffix(name, ".tmp"); ok {
		name = strings.TrimPrefix(temp, ".")
	}
	number, ext, _ := strings.Cut(strings.TrimPrefix(name, "part-"), ".")
	numbered := strings.HasPrefix(name, "part-") && len(number) >= 5 &&
		strings.Trim(number, "0123456789") == ""
	if folder == recordsName {
		name = path.Join(folder, name)
		return name == runName || name == staticName || numbered && ext == "json"
	}
	return numbered && isExt(ext)
}

// isExt reports whether files of some format end in ext.
func isExt(ext string) bool {
	for _, f := range format.Formats() {
		for _, compression := range f.Compressions {
			if f.Ext(compression) == ext {
				return true
			}
		}
	}
	return false
}
