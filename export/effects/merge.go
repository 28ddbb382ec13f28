package effects

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/percorso/percorso/export/whole"
)

// Shards are the folders of all shards of a run.
type Shards struct {
	Head     Head   // of the whole run
	Scenario []byte // resolved
	Treated  []byte // that of an intervention; nil: there is none
	dirs     []string
}

// ReadShards looks at the folders of shards: of one run, each once, and all of them complete.
func ReadShards(dirs []string) (*Shards, error) {
	s := &Shards{dirs: make([]string, len(dirs))}
	for i, dir := range dirs {
		head, err := readHead(dir)
		if err != nil {
			return nil, err
		}
		if head.Shard == 0 || head.Shards != len(dirs) {
			return nil, fmt.Errorf("%s is shard %d of %d, and %d folders are given", dir, head.Shard,
				head.Shards, len(dirs))
		}
		if s.dirs[head.Shard-1] != "" {
			return nil, fmt.Errorf("%s and %s are both shard %d", s.dirs[head.Shard-1], dir, head.Shard)
		}
		s.dirs[head.Shard-1] = dir
		head.Shard, head.Shards = 0, 0
		if i == 0 {
			s.Head = head
			if s.Scenario, err = os.ReadFile(filepath.Join(dir, scenarioName)); err != nil {
				return nil, err
			}
			s.Treated, err = os.ReadFile(filepath.Join(dir, treatedName))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		if a, b := mustText(s.Head), mustText(head); a != b {
			return nil, fmt.Errorf("%s and %s are of different runs:\n%s\n%s", dirs[0], dir, a, b)
		}
	}
	return s, nil
}

func mustText(h Head) string {
	text, err := json.Marshal(h)
	if err != nil {
		panic("effects: " + err.Error())
	}
	return string(text)
}

// IsShard reports whether a folder holds a shard of a truth.
func IsShard(dir string) bool {
	h, err := readHead(dir)
	return err == nil && h.Shard > 0
}

// readHead reads which run an unfinished folder, or that of a shard, is of.
func readHead(dir string) (h Head, err error) {
	name := filepath.Join(dir, filepath.FromSlash(runName))
	text, err := os.ReadFile(name)
	if err != nil {
		return h, fmt.Errorf("%s holds no shard of a truth: %w", dir, whole.Cause(err))
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, fmt.Errorf("%s is damaged: %w", name, err)
	}
	return h, nil
}

// Gather copies the parts of the shards into a folder that Create has begun.
func (f *Folder) Gather(s *Shards) error {
	for n := range f.stamps {
		dir := s.dirs[n%len(s.dirs)]
		one, err := readStamp(filepath.Join(dir, filepath.FromSlash(stampName(n))))
		if err != nil {
			return fmt.Errorf("part %d is not complete in %s: %w", n, dir, whole.Cause(err))
		}
		for _, file := range one.Files {
			if !isOurs(file) {
				return fmt.Errorf("%s lists %q, which is no file of a truth", dir, file.Path)
			}
			from := filepath.Join(dir, filepath.FromSlash(file.Path))
			text, err := os.ReadFile(from)
			if err != nil {
				return err
			}
			if sum(text) != file.SHA256 {
				return fmt.Errorf("%s is damaged", from)
			}
			if err := os.MkdirAll(filepath.Dir(f.path(file.Path)), 0o777); err != nil {
				return err
			}
			if err := whole.Write(f.path(file.Path), text); err != nil {
				return err
			}
		}
		text, err := encode(one)
		if err != nil {
			return err
		}
		if err := whole.Write(f.path(stampName(n)), text); err != nil {
			return err
		}
		f.stamps[n] = one
	}
	return nil
}
