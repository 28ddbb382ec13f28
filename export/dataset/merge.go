package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/model/kpi"
)

// A mergeShard is one of the folders to merge.
type mergeShard struct {
	dir string
	*Manifest
}

// Merge joins the shards of a run, each in its folder, into the dataset that the run without shards
// makes: the same bytes, the manifest included. The shards must be complete and all there; their
// files are hashed on the way. On one file system the merged files are hard links, so they take no
// room and time; they are never changed in place, neither there nor here. With force another
// dataset in out is replaced.
func Merge(ctx context.Context, dirs []string, out string, force bool) (*Manifest, error) {
	shards, err := readShards(dirs)
	if err != nil {
		return nil, err
	}
	for _, s := range shards {
		if sameFolder(s.dir, out) {
			return nil, fmt.Errorf("%s is one of the shards: merge into another folder", out)
		}
	}
	f, err := inspect(out)
	if err != nil {
		return nil, err
	}
	if err := f.refuse(force); err != nil {
		return nil, err
	}
	m, head := join(shards)
	if err := f.claim(head, nil); err != nil {
		return nil, err
	}
	if err := m.gather(ctx, shards, out); err != nil {
		return nil, errors.Join(err, f.abandon())
	}
	return m, nil
}

// readShards reads the manifests of all shards of a run and returns them in their order.
func readShards(dirs []string) ([]mergeShard, error) {
	if len(dirs) == 0 {
		return nil, errors.New("nothing to merge, want the folders of all shards")
	}
	var shards []mergeShard
	for _, dir := range dirs {
		m, err := ReadManifest(dir)
		if err != nil {
			return nil, err
		}
		if err := m.Current(); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if m.Shard == nil {
			return nil, fmt.Errorf("%s is a whole dataset, not a shard", dir)
		}
		if shards == nil {
			shards = make([]mergeShard, m.Shard.Of)
		}
		if want := len(shards); m.Shard.Of != want {
			return nil, fmt.Errorf("%s is shard %v, want one of %d like %s",
				dir, m.Shard, want, dirs[0])
		}
		place := &shards[m.Shard.Index-1]
		if place.Manifest != nil {
			return nil, fmt.Errorf("%s and %s are both shard %v", place.dir, dir, m.Shard)
		}
		*place = mergeShard{dir: dir, Manifest: m}
	}
	return shards, complete(shards)
}

// complete checks that no shard is missing and that all are of one run.
func complete(shards []mergeShard) error {
	var missing []string
	var first *mergeShard
	for i := range shards {
		s := &shards[i]
		if s.Manifest == nil {
			missing = append(missing, fmt.Sprintf("%d/%d", i+1, len(shards)))
			continue
		}
		if first == nil {
			first = s
		}
		mine, theirs := *s.Manifest, *first.Manifest
		mine.Shard, theirs.Shard = nil, nil
		if diff := mine.differs(&theirs); diff != "" {
			return fmt.Errorf("%s is a shard of another run than %s: it has %s",
				s.dir, first.dir, diff)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("shards are missing: %s", strings.Join(missing, ", "))
	}
	return nil
}

// join returns the manifest of the whole dataset, and the same without files and figures.
func join(shards []mergeShard) (whole, head *Manifest) {
	h := *shards[0].Manifest
	h.Shard, h.Expected = nil, kpi.Expected{}
	h.Tables = nil
	for _, t := range shards[0].Tables {
		t.Rows, t.Bytes, t.Files = 0, 0, []File{}
		h.Tables = append(h.Tables, t)
	}
	m := h
	m.Tables = append([]TableFiles(nil), h.Tables...)
	for i := range m.Tables {
		// Part p is of shard p mod n, so taking one file from each shard in turn sorts them.
		t := &m.Tables[i]
		for round := 0; ; round++ {
			before := len(t.Files)
			for _, s := range shards {
				if files := s.table(t.Name).Files; round < len(files) {
					t.add(files[round])
				}
			}
			if len(t.Files) == before {
				break
			}
		}
	}
	for _, s := range shards {
		m.Expected.Add(&s.Expected)
	}
	return &m, &h
}

// gather brings the files of the shards together and completes the dataset.
func (m *Manifest) gather(ctx context.Context, shards []mergeShard, out string) error {
	for _, t := range m.Tables {
		if err := os.MkdirAll(under(out, t.Name), 0o777); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range shards {
		for _, t := range s.Tables {
			for _, f := range t.Files {
				g.Go(func() error {
					if err := bring(ctx, s.dir, out, f); err != nil {
						return fmt.Errorf("shard %v: %w", s.Shard, err)
					}
					return nil
				})
			}
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	scenario, err := os.ReadFile(under(shards[0].dir, scenarioName))
	if err != nil {
		return err
	}
	if sum(scenario) != m.Scenario.SHA256 {
		return fmt.Errorf("%s has changed", under(shards[0].dir, scenarioName))
	}
	return m.write(out, scenario)
}

// bring links or copies a file from one dataset to another and checks it on the way.
func bring(ctx context.Context, from, to string, want File) error {
	source, final := under(from, want.Path), under(to, want.Path)
	temp := whole.Temp(final)
	if os.Link(source, temp) != nil {
		if err := copyFile(ctx, source, temp); err != nil {
			return err
		}
	}
	switch what, err := compare(ctx, to, File{
		Path: whole.Temp(want.Path), Bytes: want.Bytes, SHA256: want.SHA256,
	}); {
	case err != nil:
		return err
	case what != "":
		return fmt.Errorf("%s: %s", source, what)
	}
	return os.Rename(temp, final)
}

func copyFile(ctx context.Context, from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, until{ctx, source}); err != nil {
		target.Close()
		return fmt.Errorf("write %s: %w", to, whole.Cause(err))
	}
	return target.Close()
}

// sameFolder reports whether two paths are the same folder.
func sameFolder(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
