package export

import (
	"bufio"
	"bytes"
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

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"
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
	scenario := File{Path: m.Scenario.Path, Bytes: m.Scenario.Bytes, SHA256: m.Scenario.SHA256}
	if what, err := compare(ctx, dir, scenario); err != nil {
		return m, err
	} else if what != "" {
		problems = append(problems, Problem{Path: scenario.Path, What: what})
	}
	if len(problems) == 0 {
		return m, nil
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return m, &DamageError{Dir: dir, Problems: problems}
}

// extra finds the files of a folder that the manifest does not know.
func (m *Manifest) extra(dir string, files []File) ([]Problem, error) {
	known := map[string]bool{manifestName: true, m.Scenario.Path: true}
	for _, f := range files {
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
		if e.IsDir() && rel == receiptsName {
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
	rows, err := countRows(ctx, under(dir, want.Path), m.Format, m.Compression)
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

// until reads until the context ends.
type until struct {
	ctx context.Context
	r   io.Reader
}

func (u until) Read(text []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(text)
}

// countRows counts the rows of a file by reading it, of Parquet by reading its footer.
func countRows(ctx context.Context, path, format, compression string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if format == parquetFormat.Name {
		stat, err := f.Stat()
		if err != nil {
			return 0, err
		}
		file, err := parquet.OpenFile(f, stat.Size(), parquet.SkipBloomFilters(true),
			parquet.SkipPageIndex(true))
		if err != nil {
			return 0, err
		}
		return file.NumRows(), nil
	}
	text, err := decompressor(until{ctx, f}, compression)
	if err != nil {
		return 0, err
	}
	defer text.Close()
	lines, err := countLines(text, format == csvFormat.Name)
	if format == csvFormat.Name {
		lines-- // the header
	}
	return lines, err
}

// decompressor reads what a compression of the text formats wrote.
func decompressor(r io.Reader, compression string) (io.ReadCloser, error) {
	switch compression {
	case "gzip":
		return gzip.NewReader(r)
	case "zstd":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	default:
		return io.NopCloser(r), nil
	}
}

// countLines counts the ends of lines, with quotes those outside quoted values: a quote inside one
// is doubled, so an even number of quotes stands before the end of a record (RFC 4180). A last line
// without an end is an error.
func countLines(r io.Reader, quotes bool) (lines int64, err error) {
	in := bufio.NewReaderSize(r, fileBuffer)
	quoted := false
	for {
		line, err := in.ReadSlice('\n')
		if quotes && bytes.Count(line, []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		switch {
		case err == nil && !quoted:
			lines++
		case err == nil || errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) == 0 && !quoted:
			return lines, nil
		case errors.Is(err, io.EOF):
			return lines, errors.New("the last record has no end")
		default:
			return lines, err
		}
	}
}
