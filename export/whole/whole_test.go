package whole

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// Until a file is whole, what was there before is there; what another left unfinished, also a link
// to a file of somebody else, is in nobody's way.
func TestFileAppearsWhole(t *testing.T) {
	dir := t.TempDir()
	path, others := filepath.Join(dir, "x.json"), filepath.Join(dir, "others")
	for at, text := range map[string]string{path: "old", others: "others"} {
		if err := os.WriteFile(at, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(others, Temp(path)); err != nil {
		t.Skip(err)
	}
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := CreateNew(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("two begin the same new file: %v", err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "old" {
		t.Errorf("before it is whole there is %q", got)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "new" || read(t, others) != "others" {
		t.Errorf("there is %q, and %q of others", got, read(t, others))
	}
	if err := Write(path, []byte("newer")); err != nil || read(t, path) != "newer" {
		t.Errorf("%v: there is %q", err, read(t, path))
	}
	if left := read(t, Temp(path)); left != "" {
		t.Errorf("%q is left", left)
	}
}

func TestDiscardedFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for _, committed := range []bool{false, true} {
		f, err := CreateNew(path)
		if err != nil {
			t.Fatal(err)
		}
		if committed {
			if err := f.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Discard(); err != nil {
			t.Error(err)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) > 0 {
			t.Errorf("committed %v: %v, %v is left", committed, err, entries)
		}
	}
}

// What is no regular file is written to at once, and stays.
func TestDeviceIsWrittenToAtOnce(t *testing.T) {
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Skip("there is no such device")
	}
	f, err := Create(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Error(err)
	}
	f.Discard()
	if _, err := os.Stat(os.DevNull); err != nil {
		t.Fatal(err)
	}
}

// Errors name the file that users know.
func TestErrorsNameTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent", "x")
	err := Write(path, nil)
	if want := "write " + path + ": no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
