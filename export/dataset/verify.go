package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/percorso/percorso/export/format"
)

// DamageError says in what a dataset is not what its manifest says.
type DamageError struct {
	Dir      string
	Problems []Problem // by path
}

// A Problem is one thing that is wrong with a file of a dataset.
type Problem struct {
	Path string // relative to the dataset, with slashes
	What string
}

// Error lists every problem, one on a line.
func (e *DamageError) Error() string {
	places := "places"
	if len(e.Problems) == 1 {
		places = "place"
	}
	lines := []string{fmt.Sprintf("%s is damaged in %d %s:", e.Dir, len(e.Problems), places)}
	for _, p := range e.Problems {
		lines = append(lines, "  "+p.Path+": "+p.What)
	}
	return strings.Join(lines, "\n")
}

// Verify reads a complete dataset and checks it against its manifest: that every file is there with
// the bytes and the rows it had, and that there is no other. What it finds wrong is a DamageError;
// the manifest is returned with it.
func Verify(ctx context.Context, dir string) (*Manifest, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, t := range m.Tables {
		files = append(files, t.Files...)
	}
	found := make([]string, len(files))
	g, alive := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		g.Go(func() (err error) {
			found[i], err = m.verify(alive, dir, f)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return m, err
	}
	problems, err := m.extra(dir, files)
	if err != nil {
		return m, err
	}
	for i, what := range found {
		if what != "" {
			problems = append(problems, Problem{Path: files[i].Path, What: what})
		}
	}
	for _, f := range m.beside() {
		if what, err := compare(ctx, dir, f); err != nil {
			return m, err
		} else if what != "" {
			problems = append(problems, Problem{Path: f.Path, What: what})
		}
	}
	if len(problems) == 0 {
		return m, nil
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return m, &DamageError{Dir: dir, Problems: problems}
}

// beside lists the files that are of no table.
func (m *Manifest) beside() []File {
	files := []File{{Path: m.Scenario.Path, Bytes: m.Scenario.Bytes, SHA256: m.Scenario.SHA256}}
	if v := m.Views; v != nil {
		files = append(files, File{Path: v.Path, Bytes: v.Bytes, SHA256: v.SHA256})
	}
	return files
}

// extra finds the files of a folder that the manifest does not know.
func (m *Manifest) extra(dir string, files []File) ([]Problem, error) {
	known := map[string]bool{manifestName: true}
	for _, f := range append(m.beside(), files...) {
		known[f.Path] = true
	}
	var problems []Problem
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if e.IsDir() && rel == recordsName {
			return fs.SkipDir // of a run that was killed after it wrote the manifest
		}
		if !e.IsDir() && !known[rel] {
			problems = append(problems, Problem{Path: rel, What: "not in the manifest"})
		}
		return nil
	})
	return problems, err
}

// verify says what is wrong with a file, "" when nothing is.
func (m *Manifest) verify(ctx context.Context, dir string, want File) (string, error) {
	what, err := compare(ctx, dir, want)
	if what != "" || err != nil {
		return what, err
	}
	format, err := format.LookupFormat(m.Format)
	if err != nil {
		return "", err
	}
	rows, err := countRows(ctx, under(dir, want.Path), format, m.Compression)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "cannot be read: " + err.Error(), nil
	case rows != want.Rows:
		return fmt.Sprintf("%d rows, want %d", rows, want.Rows), nil
	}
	return "", nil
}

// compare says how the bytes of a file differ from what they should be, "" when they do not.
func compare(ctx context.Context, dir string, want File) (string, error) {
	hash, size, err := hashFile(ctx, under(dir, want.Path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "missing", nil
	case err != nil:
		return "", err
	case size < want.Bytes:
		return fmt.Sprintf("truncated to %d bytes, want %d", size, want.Bytes), nil
	case size > want.Bytes:
		return fmt.Sprintf("%d bytes, want %d", size, want.Bytes), nil
	case hash != want.SHA256:
		return fmt.Sprintf("changed: SHA-256 %s, want %s", hash, want.SHA256), nil
	}
	return "", nil
}

// hashFile returns the SHA-256 and the size of a file.
func hashFile(ctx context.Context, path string) (hash string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, until{ctx, f})
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// until reads a file until the context ends.
type until struct {
	ctx context.Context
	f   *os.File
}

func (u until) Read(text []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.f.Read(text)
}

func (u until) ReadAt(text []byte, at int64) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.f.ReadAt(text, at)
}

// countRows counts the rows of a file as readers of its format would.
func countRows(ctx context.Context, path string, in format.Format, compression string) (
	int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return in.Rows(io.NewSectionReader(until{ctx, f}, 0, stat.Size()), compression)
}
