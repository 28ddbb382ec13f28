package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model/table"
)

// missing is the misuse of somebody who named a file or a folder that is not there: it says which
// one they may have meant. Of any other error it is nil.
func missing(err error) error {
	receipt, none := (*push.NoReceiptError)(nil), (*dataset.NoneError)(nil)
	path := (*fs.PathError)(nil)
	switch {
	case errors.As(err, &receipt):
		return misused("%w%s", err, nearby(receipt.Name))
	case errors.As(err, &none) && none.Absent:
		return misused("%w%s", err, nearby(none.Dir))
	case !errors.As(err, &path) || !errors.Is(path, fs.ErrNotExist) || exists(path.Path):
		return nil
	}
	if dir := filepath.Dir(path.Path); !exists(dir) {
		return misused("there is no folder %s%s", dir, nearby(dir))
	}
	return misused("there is no file %s%s", path.Path, nearby(path.Path))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// nearby returns `, did you mean "shop.yaml"?` with the file or folder whose name is most like that
// of one that is not there, or "" when none is like it.
func nearby(path string) string {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); name[0] != '.' {
			names = append(names, filepath.Join(dir, name))
		}
	}
	return table.Nearest(filepath.Clean(path), names)
}
