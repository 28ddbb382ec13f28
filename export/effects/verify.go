package effects

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/percorso/percorso/export/whole"
)

// A Problem is one fault of a file of a truth.
type Problem struct {
	Path string // relative to the folder, with slashes
	What string
}

// Has reports whether a folder holds a complete truth.
func Has(dir string) bool { return exists(filepath.Join(dir, manifestName)) }

// Verify reads a complete truth and checks it against its manifest: that every file is there with
// the bytes it had, and that the folders of its tables hold no other. The error is one of the
// manifest.
func Verify(dir string) (*Manifest, []Problem, error) {
	m, err := Read(dir)
	if err != nil {
		return nil, nil, err
	}
	var problems []Problem
	listed, folders := map[string]bool{}, map[string]bool{}
	for _, file := range m.Files {
		if !isOurs(file) {
			return nil, nil, fmt.Errorf("%s lists %q, which is no file of a truth",
				filepath.Join(dir, manifestName), file.Path)
		}
		listed[file.Path], folders[filepath.Dir(filepath.FromSlash(file.Path))] = true, true
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file.Path)))
		switch {
		case err != nil:
			problems = append(problems, Problem{file.Path, whole.Cause(err).Error()})
		case sum(text) != file.SHA256:
			problems = append(problems, Problem{file.Path, "its bytes are others"})
		}
	}
	for folder := range folders {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			continue // its files are problems
		}
		for _, e := range entries {
			if path := folder + "/" + e.Name(); !listed[path] {
				problems = append(problems, Problem{path, "not in " + manifestName})
			}
		}
	}
	slices.SortFunc(problems, func(a, b Problem) int {
		return slices.Compare([]string{a.Path, a.What}, []string{b.Path, b.What})
	})
	return m, problems, nil
}
