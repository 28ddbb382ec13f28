package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
// of one that is not there and ends as it does, or "" when none is like it.
func nearby(path string) string {
	dir, ext := filepath.Dir(path), filepath.Ext(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	var stems []string
	for _, e := range entries {
		if stem, ok := strings.CutSuffix(e.Name(), ext); ok && e.Name()[0] != '.' {
			stems = append(stems, stem)
		}
	}
	stem := table.Closest(strings.TrimSuffix(filepath.Base(path), ext), stems)
	if stem == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", filepath.Join(dir, stem+ext))
}
