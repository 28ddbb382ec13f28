package dataset

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/handmade"
)

func TestVerifyFindsEveryKindOfDamage(t *testing.T) {
	eachFormat(t, func(t *testing.T, kind, compression string) {
		f, err := format.LookupFormat(kind)
		if err != nil {
			t.Fatal(err)
		}
		file := func(table string) string { return partPath(table, 1, f.Ext(compression)) }
		at := func(dir, path string) string { return under(dir, path) }
		for _, c := range []struct {
			name   string
			damage func(t *testing.T, dir string)
			path   string
			want   string
		}{
			{"flipped", func(t *testing.T, dir string) { flip(t, at(dir, file("events"))) },
				file("events"), "changed: SHA-256"},
			{"truncated", func(t *testing.T, dir string) {
				if err := os.Truncate(at(dir, file("orders")), 9); err != nil {
					t.Fatal(err)
				}
			}, file("orders"), "truncated to 9 bytes"},
			{"longer", func(t *testing.T, dir string) {
				text, err := os.ReadFile(at(dir, file("carts")))
				if err != nil {
					t.Fatal(err)
				}
				put(t, dir, file("carts"), string(text)+"x")
			}, file("carts"), "bytes, want"},
			{"deleted", func(t *testing.T, dir string) {
				if err := os.Remove(at(dir, file("customers"))); err != nil {
					t.Fatal(err)
				}
			}, file("customers"), "missing"},
			{"added", func(t *testing.T, dir string) { put(t, dir, "events/extra.csv", "a\n") },
				"events/extra.csv", "not in the manifest"},
			{"scenario", func(t *testing.T, dir string) { flip(t, at(dir, scenarioName)) },
				scenarioName, "changed"},
			{"views", func(t *testing.T, dir string) { flip(t, at(dir, viewsName)) },
				viewsName, "changed"},
			{"no views", func(t *testing.T, dir string) {
				if err := os.Remove(at(dir, viewsName)); err != nil {
					t.Fatal(err)
				}
			}, viewsName, "missing"},
			{"wrong rows", func(t *testing.T, dir string) { miscount(t, dir, file("orders")) },
				file("orders"), "rows, want"},
		} {
			t.Run(c.name, func(t *testing.T) {
				dir := t.TempDir()
				write(t, dir, handmade.World(2), options(t, kind, compression))
				if _, err := Verify(background, dir); err != nil {
					t.Fatalf("before the damage: %v", err)
				}
				c.damage(t, dir)
				m, err := Verify(background, dir)
				var damage *DamageError
				if !errors.As(err, &damage) || len(damage.Problems) != 1 ||
					damage.Problems[0].Path != c.path ||
					!strings.Contains(damage.Problems[0].What, c.want) {
					t.Errorf("got %v, want only %s: %s", err, c.path, c.want)
				}
				if m == nil {
					t.Error("no manifest")
				}
			})
		}
	})
}

// miscount makes the manifest say that a file has one row more than it has.
func miscount(t *testing.T, dir, path string) {
	t.Helper()
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Tables {
		for j := range m.Tables[i].Files {
			if f := &m.Tables[i].Files[j]; f.Path == path {
				f.Rows++
				m.Tables[i].Rows++
			}
		}
	}
	text, err := encode(m)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, manifestName, string(text))
}

// All problems are reported at once, in the order of their paths.
func TestVerifyReportsAllDamage(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, handmade.World(2), options(t, "csv", "", "events", "orders"))
	put(t, dir, "zzz", "")
	put(t, dir, "orders/.part-00000.csv.tmp", "")
	flip(t, filepath.Join(dir, "orders", "part-00000.csv"))
	flip(t, filepath.Join(dir, "events", "part-00001.csv"))
	_, err := Verify(background, dir)
	var damage *DamageError
	if !errors.As(err, &damage) {
		t.Fatalf("got %v, want a DamageError", err)
	}
	var paths []string
	for _, p := range damage.Problems {
		paths = append(paths, p.Path)
		if !strings.Contains(err.Error(), "\n  "+p.Path+": "+p.What) {
			t.Errorf("%v does not say %s: %s", err, p.Path, p.What)
		}
	}
	want := []string{"events/part-00001.csv", "orders/.part-00000.csv.tmp", "orders/part-00000.csv",
		"zzz"}
	if !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
}

func TestVerifyNeedsAManifest(t *testing.T) {
	dir := t.TempDir()
	if _, err := Verify(background, dir); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want an error that names %s", err, dir)
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, handmade.World(2), options(t, "csv", "", "events"))
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := Verify(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
