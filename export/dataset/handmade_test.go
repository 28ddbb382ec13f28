package dataset

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// options returns those of a dataset of every table, or of the tables asked for.
func options(t *testing.T, format, compression string, tables ...string) Options {
	t.Helper()
	views, err := table.Views(table.Schema("EUR"), table.TruthSeparate, tables)
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Format: format, Compression: compression, Views: views,
		Scenario: []byte("name: handmade\nseed: 7\n"), Hash: "5eed",
	}
}

// write makes a complete dataset.
func write(t *testing.T, dir string, w *model.World, opt Options) *Manifest {
	t.Helper()
	d, err := Create(t.Context(), dir, w, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := handmade.Simulate(w, d, opt.Shard, opt.Shards, d.Done); err != nil {
		t.Fatal(err)
	}
	m, err := d.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tree returns the content of every file of a folder, by path with slashes, and of every folder as
// "folder".
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			files[filepath.ToSlash(rel)] = "folder"
			return nil
		}
		text, err := os.ReadFile(path)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// sameTree fails unless two folders have the same files with the same bytes.
func sameTree(t *testing.T, got, want string) {
	t.Helper()
	a, b := tree(t, got), tree(t, want)
	for path, text := range b {
		if other, ok := a[path]; !ok {
			t.Errorf("%s is missing", path)
		} else if other != text {
			t.Errorf("%s differs: %.200q, want %.200q", path, other, text)
		}
	}
	for path := range a {
		if _, ok := b[path]; !ok {
			t.Errorf("%s is there, want not", path)
		}
	}
	if len(b) == 0 {
		t.Error("nothing to compare with")
	}
}

// eachFormat runs a test for every format, one of them compressed as a whole.
func eachFormat(t *testing.T, test func(t *testing.T, format, compression string)) {
	for _, f := range []struct{ format, compression string }{
		{"parquet", "snappy"}, {"csv", "none"}, {"csv", "gzip"}, {"jsonl", "zstd"},
	} {
		t.Run(fmt.Sprintf("%s-%s", f.format, f.compression), func(t *testing.T) {
			test(t, f.format, f.compression)
		})
	}
}

var background = context.Background()
