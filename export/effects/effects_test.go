package effects

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// numbers is a table of whole numbers.
var numbers = table.Table{Name: "truth_numbers", Columns: []table.Column{
	{Name: "n", Kind: table.Int, Doc: "a number"}}}

func rowsOf(numbers ...int64) *table.Rows {
	return &table.Rows{Cols: []table.Vector{{Int: numbers}}, Len: len(numbers)}
}

func headOf(parts int) Head {
	return Head{Release: "test", Scenario: "shop", Hash: "abc", Format: "csv", Parts: parts,
		Plan: json.RawMessage(`{"draws":1}`)}
}

func create(t *testing.T, dir string, head Head, opt Options) *Folder {
	t.Helper()
	opt.Scenario = []byte("name: shop\n")
	f, err := Create(dir, head, opt)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// live completes parts of a folder with the sum n + 1 and a row of n.
func live(t *testing.T, f *Folder, parts ...int) {
	t.Helper()
	for _, n := range parts {
		err := f.Part(n, n+1, []Table{{Table: numbers, Rows: rowsOf(int64(n))}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func finish(t *testing.T, f *Folder) *Manifest {
	t.Helper()
	m, err := f.Finish([]Table{{Table: table.Table{Name: "truth_sums", Columns: numbers.Columns},
		Rows: rowsOf(7)}}, []table.Table{numbers})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// texts are the files of a folder by name.
func texts(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestStoppedRunsGoOn: a run that was stopped keeps the parts whose files are as they were, and
// ends with the bytes of one that was not stopped; nothing looks complete before.
func TestStoppedRunsGoOn(t *testing.T) {
	t.Parallel()
	whole, dir := filepath.Join(t.TempDir(), "whole"), t.TempDir()
	f := create(t, whole, headOf(4), Options{})
	live(t, f, 0, 1, 2, 3)
	finish(t, f)

	f = create(t, dir, headOf(4), Options{})
	live(t, f, 2, 0, 1)
	if Has(dir) {
		t.Error("an unfinished truth looks complete")
	}
	if _, err := f.Finish(nil, nil); err == nil || !strings.Contains(err.Error(), "1 of 4 parts") {
		t.Errorf("got %v, want that a part is missing", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "truth_numbers/part-00002.csv"), []byte("n\n"),
		0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".truth/part-00001.json"), []byte("{"),
		0o666); err != nil {
		t.Fatal(err)
	}
	f = create(t, dir, headOf(4), Options{Resume: true})
	if f.Done(3) || f.Done(2) || f.Done(1) || !f.Done(0) || !f.Done(table.StaticPart) {
		t.Error("want part 0 done, and not those that are damaged or missing")
	}
	if done, all := f.Whole(); done != 1 || all != 4 {
		t.Errorf("%d of %d parts, want 1 of 4", done, all)
	}
	live(t, f, 1, 2, 3)
	finish(t, f)
	a, b := texts(t, whole), texts(t, dir)
	for name, text := range a {
		if b[name] != text {
			t.Errorf("%s differs", name)
		}
	}
	if len(a) != len(b) || len(a) < 7 {
		t.Errorf("%d files, want %d", len(b), len(a))
	}
	if _, problems, err := Verify(dir); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

// TestFoldersAreTaken: what is there is replaced only with force, another run is not resumed, and
// files of others stay.
func TestFoldersAreTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine := filepath.Join(dir, "truth_numbers", "mine.txt")
	f := create(t, dir, headOf(2), Options{})
	live(t, f, 0)
	if err := os.WriteFile(mine, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	other := headOf(2)
	other.Seed = 8
	for _, c := range []struct {
		head Head
		opt  Options
		want OccupiedError
	}{
		{headOf(2), Options{}, OccupiedError{dir, true, false}},
		{other, Options{Resume: true}, OccupiedError{dir, true, true}},
	} {
		_, err := Create(dir, c.head, c.opt)
		if taken := (*OccupiedError)(nil); !errors.As(err, &taken) || *taken != c.want {
			t.Errorf("got %v, want %v", err, &c.want)
		}
	}
	f = create(t, dir, other, Options{Force: true})
	if f.Done(0) {
		t.Error("a part of another run is left")
	}
	live(t, f, 0, 1)
	finish(t, f)
	_, err := Create(dir, other, Options{Resume: true})
	if taken := (*OccupiedError)(nil); !errors.As(err, &taken) || taken.Unfinished {
		t.Errorf("got %v, want that it is complete", err)
	}
	_, problems, err := Verify(dir)
	if want := []Problem{{"truth_numbers/mine.txt", "not in truth.json"}}; err != nil ||
		!slices.Equal(problems, want) {
		t.Errorf("got %v %v, want %v", problems, err, want)
	}
	if err := Remove(dir); err != nil {
		t.Fatal(err)
	}
	if left := texts(t, dir); len(left) != 1 || left["truth_numbers/mine.txt"] != "mine" {
		t.Errorf("%v is left, want the file of others", left)
	}
}

// TestShardsAreOfOneRun: shards make the bytes of one run; those that are foreign, missing or
// damaged are refused, and so are files outside the folder.
func TestShardsAreOfOneRun(t *testing.T) {
	t.Parallel()
	dirs := []string{t.TempDir(), t.TempDir()}
	for i, dir := range dirs {
		head := headOf(5)
		head.Shard, head.Shards = i+1, 2
		f := create(t, dir, head, Options{})
		for n := i; n < 5; n += 2 {
			live(t, f, n)
		}
		if _, err := f.Finish(nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	gather := func(dirs []string, out string) error {
		s, err := ReadShards(dirs)
		if err != nil {
			return err
		}
		f, err := Create(out, s.Head, Options{Scenario: s.Scenario})
		if err == nil {
			err = f.Gather(s)
		}
		if err == nil {
			finish(t, f)
		}
		return err
	}
	one, whole := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "whole")
	if err := gather([]string{dirs[1], dirs[0]}, one); err != nil {
		t.Fatal(err)
	}
	f := create(t, whole, headOf(5), Options{})
	live(t, f, 0, 1, 2, 3, 4)
	finish(t, f)
	a, b := texts(t, whole), texts(t, one)
	for name, text := range a {
		if b[name] != text {
			t.Errorf("%s differs", name)
		}
	}
	if err := gather(dirs[:1], t.TempDir()); err == nil || !strings.Contains(err.Error(), "of 2") {
		t.Errorf("got %v", err)
	}
	if err := gather([]string{dirs[0], dirs[0]}, t.TempDir()); err == nil ||
		!strings.Contains(err.Error(), "both shard 1") {
		t.Errorf("got %v", err)
	}
	stamp := filepath.Join(dirs[1], ".truth", "part-00001.json")
	text, err := os.ReadFile(stamp)
	if err != nil {
		t.Fatal(err)
	}
	for bad, want := range map[string]string{
		"../../../etc/passwd":             "no file of a truth",
		"truth_numbers/../part-00001.csv": "no file of a truth",
		"truth_numbers/part-00003.csv":    "is damaged",
	} {
		hostile := strings.Replace(string(text), "truth_numbers/part-00001.csv", bad, 1)
		if err := os.WriteFile(stamp, []byte(hostile), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := gather(dirs, filepath.Join(t.TempDir(), "out")); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", bad, err, want)
		}
	}
}
