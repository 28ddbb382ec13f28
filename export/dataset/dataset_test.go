package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// Parts come from several workers in any order; the files and the manifest are always the same.
func TestOrderOfPartsDoesNotMatter(t *testing.T) {
	eachFormat(t, func(t *testing.T, format, compression string) {
		w, opt := handmade.World(6), options(t, format, compression)
		parallel, backwards := t.TempDir(), t.TempDir()
		write(t, parallel, w, opt)

		d, err := Create(t.Context(), backwards, w, opt)
		if err != nil {
			t.Fatal(err)
		}
		for part := w.Parts - 1; part >= table.StaticPart; part-- {
			if err := handmade.EncodeAll(d, handmade.Batches(w, part)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := d.Finish(); err != nil {
			t.Fatal(err)
		}
		sameTree(t, backwards, parallel)
		if _, err := Verify(background, parallel); err != nil {
			t.Error(err)
		}
	})
}

// A table has a file for every part, also when nothing happened there, and nothing else is left in
// the folder.
func TestDatasetHasAFileForEveryTableAndPart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	w := handmade.World(4)
	write(t, dir, w, options(t, "csv", "", "events", "orders", "stores"))

	var got []string
	for path, text := range tree(t, dir) {
		if text != "folder" {
			got = append(got, path)
		}
	}
	slices.Sort(got)
	want := []string{"events/part-00000.csv", "events/part-00001.csv", "events/part-00002.csv",
		"events/part-00003.csv", "manifest.json", "orders/part-00000.csv", "orders/part-00001.csv",
		"orders/part-00002.csv", "orders/part-00003.csv", "scenario.yaml", "stores/part-00000.csv",
		"views.sql"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestNothingIsFinalBeforeItIsWhole(t *testing.T) {
	dir := t.TempDir()
	w := handmade.World(3)
	d, err := Create(t.Context(), dir, w, options(t, "jsonl", ""))
	if err != nil {
		t.Fatal(err)
	}
	part := handmade.Batches(w, 0)
	if err := handmade.EncodeAll(d, part[:len(part)-1]); err != nil {
		t.Fatal(err)
	}
	if got := finalFiles(t, dir); len(got) > 0 {
		t.Errorf("before the last batch of the part there is %q, want nothing", got)
	}
	if err := handmade.EncodeAll(d, part[len(part)-1:]); err != nil {
		t.Fatal(err)
	}
	if got := finalFiles(t, dir); !slices.Contains(got, "events/part-00000.jsonl") {
		t.Errorf("after the last batch of the part there is %q, want its files", got)
	}
	if _, err := d.Finish(); err == nil || !strings.Contains(err.Error(), "part -1 of 3") {
		t.Errorf("Finish with parts missing: %v, want an error that names one", err)
	}
	if _, err := os.Stat(filepath.Join(dir, manifestName)); err == nil {
		t.Error("there is a manifest")
	}
}

// finalFiles lists the files of tables with their final names.
func finalFiles(t *testing.T, dir string) []string {
	t.Helper()
	var final []string
	for path, text := range tree(t, dir) {
		if text != "folder" && !strings.Contains("/"+path, "/.") {
			final = append(final, path)
		}
	}
	slices.Sort(final)
	return final
}

func TestAbortLeavesOnlyWholeParts(t *testing.T) {
	dir := t.TempDir()
	w := handmade.World(3)
	d, err := Create(t.Context(), dir, w, options(t, "csv", ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := handmade.EncodeAll(d, handmade.Batches(w, 1)); err != nil {
		t.Fatal(err)
	}
	if err := handmade.EncodeAll(d, handmade.Batches(w, 0)[:2]); err != nil {
		t.Fatal(err)
	}
	if err := d.Abort(); err != nil {
		t.Fatal(err)
	}
	for path := range tree(t, dir) {
		if strings.HasSuffix(path, ".tmp") || strings.Contains(path, "part-00000") {
			t.Errorf("%s is left", path)
		}
	}
	if got := finalFiles(t, dir); !slices.Contains(got, "events/part-00001.csv") {
		t.Errorf("left is %q, want part 1", got)
	}
	if _, err := ReadManifest(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("manifest: %v, want none", err)
	}
}

// A run that fails before any part is whole leaves nothing that stands in the way of the next.
func TestAbortOfNothingLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "data")
	w := handmade.World(3)
	d, err := Create(t.Context(), dir, w, options(t, "parquet", ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := handmade.EncodeAll(d, handmade.Batches(w, 0)[:1]); err != nil {
		t.Fatal(err)
	}
	if err := d.Abort(); err != nil {
		t.Fatal(err)
	}
	if left := tree(t, parent); len(left) > 0 {
		t.Errorf("left is %v, want nothing", left)
	}
}

// Abort after Finish is harmless, so that it can be deferred.
func TestAbortAfterFinishDoesNothing(t *testing.T) {
	dir := t.TempDir()
	w := handmade.World(1)
	d, err := Create(t.Context(), dir, w, options(t, "csv", "", "events"))
	if err != nil {
		t.Fatal(err)
	}
	if err := handmade.Simulate(w, d, 0, 0, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := d.Abort(); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(background, dir); err != nil {
		t.Error(err)
	}
}

func TestDatasetIsNotOverwritten(t *testing.T) {
	w, opt := handmade.World(3), options(t, "csv", "")
	unfinished := func(t *testing.T, dir string) {
		d, err := Create(t.Context(), dir, w, opt)
		if err != nil {
			t.Fatal(err)
		}
		if err := handmade.EncodeAll(d, handmade.Batches(w, 0)); err != nil {
			t.Fatal(err)
		}
	}
	foreign := func(path string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { put(t, dir, path, "{}") }
	}
	for _, c := range []struct {
		name        string
		before      func(t *testing.T, dir string)
		want, force string // part of the error without and with force
	}{
		{"nothing", func(*testing.T, string) {}, "", ""},
		{"complete", func(t *testing.T, dir string) { write(t, dir, w, opt) },
			"a complete dataset (scenario handmade, 1,000 customers, seed 7, shard 1/1)", ""},
		{"unfinished", unfinished,
			"an unfinished dataset (scenario handmade, 1,000 customers, seed 7, shard 1/1)", ""},
		{"foreign", foreign("notes/mine.txt"),
			"holds no dataset (notes): choose", "holds no dataset (notes): choose"},
		{"foreign parts", foreign("events/part-00000.csv"),
			"holds no dataset (events): choose", "holds no dataset (events): choose"},
		{"foreign manifest", foreign(manifestName),
			"manifest.json: unknown format", "manifest.json: unknown format"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.before(t, dir)
			before := tree(t, dir)
			for _, force := range []bool{false, true} {
				opt, want := opt, c.want
				if opt.Force = force; force {
					want = c.force
				}
				d, err := Create(t.Context(), dir, w, opt)
				if want == "" {
					if err != nil {
						t.Fatalf("force %v: %v", force, err)
					}
					if got := finalFiles(t, dir); len(got) > 0 {
						t.Errorf("force %v: %q is left of the dataset before", force, got)
					}
					if err := d.Abort(); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Fatalf("force %v: %v, want an error with %q", force, err, want)
				}
				var taken *OccupiedError
				if ours := errors.As(err, &taken); ours != strings.Contains(want, "dataset (scen") ||
					ours && (taken.Dir != dir || taken.Unfinished != (c.name == "unfinished")) {
					t.Errorf("force %v: %#v", force, err)
				}
				if after := tree(t, dir); !maps.Equal(after, before) {
					t.Errorf("force %v: the folder has changed", force)
				}
			}
		})
	}
}

// Force replaces a dataset of other tables and another format, and leaves what is not ours, which
// is no damage of the new one.
func TestForceRemovesOnlyWhatIsOurs(t *testing.T) {
	w, dir, fresh := handmade.World(3), t.TempDir(), t.TempDir()
	write(t, dir, w, options(t, "jsonl", "gzip"))
	mine := []string{"README.md", "events/.DS_Store", "notes/part-00000.jsonl.gz", ".receipts/x"}
	for _, path := range mine {
		put(t, dir, path, "mine")
	}
	opt := options(t, "csv", "none", "events", "stores")
	write(t, fresh, w, opt)
	opt.Force = true
	write(t, dir, w, opt)
	for _, path := range mine {
		put(t, fresh, path, "mine")
	}
	sameTree(t, dir, fresh)
	if _, err := Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}
}

// A views.sql that the dataset does not list is somebody's own, and stays.
func TestForceKeepsViewsOfOthers(t *testing.T) {
	w, dir, opt := handmade.World(3), t.TempDir(), options(t, "csv", "")
	write(t, dir, w, opt)
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Views = nil // as before release 0.4
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, manifestName, string(text))
	put(t, dir, viewsName, "-- mine")
	before := tree(t, dir)
	opt.Force = true
	if _, err := Create(t.Context(), dir, w, opt); err == nil ||
		!strings.Contains(err.Error(), "holds a "+viewsName) {
		t.Errorf("got %v", err)
	}
	if !maps.Equal(tree(t, dir), before) {
		t.Error("the folder has changed")
	}
}

// An unfinished dataset of another release cannot be finished by this one, which says so.
func TestUnfinishedOfAnotherRelease(t *testing.T) {
	w, dir, opt := handmade.World(3), t.TempDir(), options(t, "csv", "")
	if _, err := Create(t.Context(), dir, w, opt); err != nil {
		t.Fatal(err)
	}
	run := readRun(dir)
	if run == nil {
		t.Fatal("there is no run")
	}
	run.Release, run.SchemaVersion = "0.3", 2
	text, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, runName, string(text))
	if _, err := Find(dir); err == nil || !strings.Contains(err.Error(), "use percorso 0.3") {
		t.Errorf("got %v", err)
	}
}

// What a reader would take for data of a table is not ours to remove: neither Force nor Resume
// begins where it lies, and nothing is touched.
func TestStrangersInTables(t *testing.T) {
	w := handmade.World(3)
	for _, path := range []string{"events/part-00000.txt", "events/notes-00000.csv",
		"orders/part-1.csv", "carts/date=2025-01-01/mine.csv"} {
		dir, opt := t.TempDir(), options(t, "csv", "")
		write(t, dir, w, opt)
		put(t, dir, path, "mine")
		before := tree(t, dir)
		opt.Force = true
		_, err := Create(t.Context(), dir, w, opt)
		if err == nil || !strings.Contains(err.Error(), "holds "+path) {
			t.Errorf("%s, force: %v", path, err)
		}
		if !maps.Equal(tree(t, dir), before) {
			t.Errorf("%s: the folder has changed", path)
		}

		unfinished := t.TempDir()
		opt.Force = false
		if _, err := Create(t.Context(), unfinished, w, opt); err != nil {
			t.Fatal(err)
		}
		put(t, unfinished, path, "mine")
		opt.Resume = true
		_, err = Create(t.Context(), unfinished, w, opt)
		if err == nil || !strings.Contains(err.Error(), "holds "+path) {
			t.Errorf("%s, resume: %v", path, err)
		}
	}
}

// A dataset of a release with other tables is called that, and force replaces it.
func TestDatasetOfAnotherRelease(t *testing.T) {
	w, dir, opt := handmade.World(3), t.TempDir(), options(t, "csv", "")
	write(t, dir, w, opt)
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	version := func(n int) string { return fmt.Sprintf(`"schema_version": %d`, n) }
	put(t, dir, manifestName, strings.NewReplacer(
		version(table.SchemaVersion), version(table.SchemaVersion-1),
		fmt.Sprintf(`"release": %q`, model.Release), `"release": "0.0"`).Replace(string(text)))
	want := fmt.Sprintf("the dataset is of release 0.0 (schema version %d), this is release ",
		table.SchemaVersion-1)
	if _, err := Verify(t.Context(), dir); err != nil {
		t.Errorf("verify: %v", err)
	}
	if _, err := Merge(t.Context(), []string{dir}, t.TempDir(), false); err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("merge: %v, want an error with %q", err, want)
	}
	var taken *OccupiedError
	if _, err := Create(t.Context(), dir, w, opt); !errors.As(err, &taken) {
		t.Errorf("it is there: %v", err)
	}
	opt.Resume = true
	if _, err := Create(t.Context(), dir, w, opt); !errors.As(err, &taken) ||
		!strings.Contains(taken.Differs, "instead of 0.0") {
		t.Errorf("resume: %v", err)
	}
	opt.Resume, opt.Force = false, true
	write(t, dir, w, opt)
	if _, err := Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}
}

func put(t *testing.T, dir, path, text string) {
	t.Helper()
	path = filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestOptionsMustBePossible(t *testing.T) {
	good := options(t, "csv", "")
	for _, c := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.Format = "xls" }, `unknown format "xls"`},
		{func(o *Options) { o.Compression = "rar" }, `"rar"`},
		{func(o *Options) { o.Views = nil }, "no tables"},
		{func(o *Options) { o.Hash = "" }, "needs the hash"},
		{func(o *Options) { o.Shard, o.Shards = 5, 4 }, "no shard 5/4"},
		{func(o *Options) { o.Shard, o.Shards = 0, 4 }, "no shard 0/4"},
		{func(o *Options) { o.Shard, o.Shards = 1, 0 }, "no shard 1/0"},
		{func(o *Options) { o.Force, o.Resume = true, true }, "choose one"},
	} {
		opt := good
		c.change(&opt)
		dir := filepath.Join(t.TempDir(), "data")
		_, err := Create(t.Context(), dir, handmade.World(2), opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%q: the folder was made", c.want)
		}
	}
}

// Batches that no dataset takes are refused before they reach a file.
func TestForeignBatchesAreRefused(t *testing.T) {
	w, opt := handmade.World(6), options(t, "csv", "", "events")
	opt.Shard, opt.Shards = 2, 3
	d, err := Create(t.Context(), t.TempDir(), w, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := handmade.EncodeAll(d, handmade.Batches(w, 4)); err != nil {
		t.Fatal(err)
	}
	wholeDay := handmade.Batches(w, 1)[0]
	wholeDay.Part = table.StaticPart
	late := handmade.Batches(w, 1)[0]
	late.Tables[table.TableEvents].Cols[table.EventTime].Int[3] = w.Midnight[len(w.Midnight)-1]
	for want, b := range map[string]*table.Batch{
		"part 3 of 6 is not of shard 2/3":  handmade.Batches(w, 3)[0],
		"part -1 of 6 is not of shard 2/3": handmade.Batches(w, table.StaticPart)[0],
		"part 4 is whole already":          handmade.Batches(w, 4)[0],
		"static tables come in one batch":  wholeDay,
		"outside the 3 days":               late,
	} {
		if _, err := d.Encode(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// Without a place to write there is an error that names the folder.
func TestFolderThatCannotBeMade(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "file", "")
	for _, path := range []string{"file", "file/data"} {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if _, err := Create(t.Context(), path, handmade.World(1), options(t, "csv", "")); err == nil ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want an error that names %s", err, path)
		}
	}
}

// A full disk ends the run with an error that names the file and the reason; after Abort nothing
// half-written is left.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t)
	w := handmade.World(40)
	for _, format := range []string{"csv", "jsonl", "parquet"} {
		data := filepath.Join(dir, format)
		d, err := Create(t.Context(), data, w, options(t, format, ""))
		if err != nil {
			t.Fatal(err)
		}
		err = handmade.Simulate(w, d, 0, 0, nil)
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), data) {
			t.Errorf("%s: got %v, want no space left in a file of %s", format, err, data)
		}
		if err != nil && strings.Contains(err.Error(), ".tmp") {
			t.Errorf("%s: %v names the temporary file", format, err)
		}
		if err := d.Abort(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(data); err == nil { // some part was whole
			for path := range tree(t, data) {
				if strings.HasSuffix(path, ".tmp") {
					t.Errorf("%s is left", path)
				}
			}
		}
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
	}
}

// A writer that fails ends the run with an error that names the file and wraps the reason, also
// when it fails at its end, and nothing looks whole.
func TestFailedWriterNamesItsFile(t *testing.T) {
	broken := errors.New("broken")
	for _, f := range []failing{{open: broken}, {write: broken}, {close: broken}} {
		dir := t.TempDir()
		w := handmade.World(3)
		d, err := Create(t.Context(), dir, w, options(t, "csv", "", "orders"))
		if err != nil {
			t.Fatal(err)
		}
		if err := handmade.EncodeAll(d, handmade.Batches(w, 1)); err != nil {
			t.Fatal(err)
		}
		d.format.Open = f.Open
		err = handmade.EncodeAll(d, handmade.Batches(w, 0))
		file := filepath.Join(dir, "orders", "part-00000.csv")
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), file) {
			t.Errorf("%+v: got %v, want an error that names the file", f, err)
		}
		if err := d.Abort(); err != nil {
			t.Error(err)
		}
		if got := finalFiles(t, dir); !slices.Equal(got, []string{"orders/part-00001.csv"}) {
			t.Errorf("%+v: %q is left, want part 1", f, got)
		}
	}
}

// failing is a writer with errors.
type failing struct{ open, write, close error }

func (f failing) Open(io.Writer, *format.Schema, string) (format.Writer, error) { return f, f.open }
func (f failing) Write(*table.Rows) error                                       { return f.write }
func (f failing) Close() error                                                  { return f.close }

// A run that is killed leaves whole parts and temporary files, and no manifest; another goes on
// from there, or replaces it.
func TestKilledRunCanBeResumedAndReplaced(t *testing.T) {
	const child = "PERCORSO_TEST_KILLED"
	w, opt := handmade.World(4), options(t, "parquet", "")
	if dir := os.Getenv(child); dir != "" {
		d, err := Create(t.Context(), dir, w, opt)
		if err != nil {
			t.Fatal(err)
		}
		some := append(handmade.Batches(w, 3), handmade.Batches(w, 0)[:2]...)
		if err := handmade.EncodeAll(d, some); err != nil {
			t.Fatal(err)
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if err := self.Kill(); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	want := t.TempDir()
	write(t, want, w, opt)
	for _, change := range []func(*Options){
		func(o *Options) { o.Resume = true }, func(o *Options) { o.Force = true },
	} {
		dir, opt := filepath.Join(t.TempDir(), "data"), opt
		run := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		run.Env = append(os.Environ(), child+"="+dir)
		if out, err := run.CombinedOutput(); err == nil || len(out) > 0 {
			t.Fatalf("the run was not killed: %v, %s", err, out)
		}
		left := tree(t, dir)
		if left["events/part-00003.parquet"] == "" {
			t.Error("the part that was whole is not there")
		}
		if _, ok := left["events/.part-00000.parquet.tmp"]; !ok {
			t.Error("the part that was not whole has no temporary file: the test tests nothing")
		}
		for path := range left {
			if path == manifestName || strings.HasPrefix(path, "events/part-00000") {
				t.Errorf("%s is there", path)
			}
		}
		change(&opt)
		write(t, dir, w, opt)
		sameTree(t, dir, want)
	}
}
