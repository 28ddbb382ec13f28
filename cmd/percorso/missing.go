package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// nearby returns `, did you mean "shop.yaml"?` with the neighbour of a file or folder that is not
// there, or "" when there is none.
func nearby(path string) string {
	if near := neighbour(path); near != "" {
		return fmt.Sprintf(", did you mean %q?", near)
	}
	return ""
}

// neighbour is the file or folder whose name is most like that of one that is not there: one that
// ends as it does, or else nearly so, as .yml and .yaml. It is "" when there is none.
func neighbour(path string) string {
	path = filepath.Clean(path)
	dir, base, ext := filepath.Dir(path), filepath.Base(path), filepath.Ext(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	stems := make(map[string][]string) // by how they end
	for _, e := range entries {
		end := filepath.Ext(e.Name())
		if stem := strings.TrimSuffix(e.Name(), end); stem != "" && stem[0] != '.' {
			stems[end] = append(stems[end], stem)
		}
	}
	near := func(end string) string {
		return table.Closest(strings.TrimSuffix(base, ext), stems[end])
	}
	if stem := near(ext); stem != "" {
		return filepath.Join(dir, stem+ext)
	}
	for _, end := range slices.Sorted(maps.Keys(stems)) {
		if stem := near(end); stem != "" && table.Closest(ext, []string{end}) != "" {
			return filepath.Join(dir, stem+end)
		}
	}
	return ""
}
