package dataset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
)

// Merged shards are the dataset that a run without shards makes, byte for byte, also when there are
// more shards than parts.
func TestMergedShardsAreTheWholeRun(t *testing.T) {
	eachFormat(t, func(t *testing.T, format, compression string) {
		for _, parts := range []int{1, 4, 11} {
			w, opt := handmade.World(parts), options(t, format, compression)
			want := t.TempDir()
			write(t, want, w, opt)
			dirs := shards(t, w, opt, 4)
			for _, dir := range dirs {
				if _, err := Verify(background, dir); err != nil {
					t.Error(err)
				}
			}
			slices.Reverse(dirs) // in any order
			out := filepath.Join(t.TempDir(), "merged")
			m, err := Merge(background, dirs, out, false)
			if err != nil {
				t.Fatal(err)
			}
			sameTree(t, out, want)
			text, err := encode(m)
			if err != nil || string(text) != tree(t, want)[manifestName] {
				t.Errorf("Merge returns another manifest than it writes (%v)", err)
			}
		}
	})
}

// shards writes the shards 1/n to n/n and returns their folders.
func shards(t *testing.T, w *model.World, opt Options, n int) []string {
	t.Helper()
	dirs := make([]string, n)
	for i := range dirs {
		dirs[i] = filepath.Join(t.TempDir(), "shard")
		opt.Shard, opt.Shards = i+1, n
		write(t, dirs[i], w, opt)
	}
	return dirs
}

// Where files cannot be linked they are copied, and are then just the same.
func TestMergeCopiesAcrossFileSystems(t *testing.T) {
	from, to := t.TempDir(), smallDisk(t)
	put(t, from, "events/part-00000.csv", "a\n1\n")
	put(t, to, "events/x", "")
	f := File{Path: "events/part-00000.csv", Bytes: 4, SHA256: sum([]byte("a\n1\n"))}
	if err := bring(background, from, to, f); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, to)[f.Path]; got != "a\n1\n" {
		t.Errorf("got %q", got)
	}
}

func TestMergeRefusesWhatDoesNotFit(t *testing.T) {
	w, opt := handmade.World(5), options(t, "csv", "", "events", "stores")
	good := shards(t, w, opt, 3)
	whole := filepath.Join(t.TempDir(), "whole")
	write(t, whole, w, opt)
	of := func(shard, shards int, change func(*model.World, *Options)) string {
		w, opt := handmade.World(5), opt
		opt.Shard, opt.Shards = shard, shards
		change(w, &opt)
		dir := filepath.Join(t.TempDir(), "other")
		write(t, dir, w, opt)
		return dir
	}
	seed := of(2, 3, func(w *model.World, _ *Options) { w.Scenario.Seed = 8 })
	hash := of(2, 3, func(_ *model.World, o *Options) { o.Hash = "0ther" })
	tables := of(2, 3, func(_ *model.World, o *Options) { o.Views = o.Views[:1] })
	gzip := of(2, 3, func(_ *model.World, o *Options) { o.Compression = "gzip" })
	four := of(2, 4, func(*model.World, *Options) {})
	unfinished := t.TempDir()
	damaged := of(2, 3, func(*model.World, *Options) {})
	flip(t, filepath.Join(damaged, "events", "part-00001.csv"))
	scenario := of(1, 3, func(*model.World, *Options) {})
	flip(t, filepath.Join(scenario, scenarioName))

	for _, c := range []struct {
		dirs []string
		want []string
	}{
		{nil, []string{"nothing to merge"}},
		{[]string{good[0], good[2]}, []string{"missing: 2/3"}},
		{[]string{good[1]}, []string{"missing: 1/3, 3/3"}},
		{[]string{good[0], good[1], good[2], good[1]}, []string{good[1], "both shard 2/3"}},
		{[]string{good[0], seed, good[2]}, []string{seed, "seed 8 instead of 7"}},
		{[]string{good[0], hash, good[2]}, []string{hash, "scenario hash 0ther instead of 5eed"}},
		{[]string{good[0], tables, good[2]},
			[]string{tables, "tables events instead of events+stores"}},
		{[]string{good[0], gzip, good[2]}, []string{gzip, "compression gzip instead of none"}},
		{[]string{good[0], four, good[2]}, []string{four, "is shard 2/4, want one of 3"}},
		{[]string{good[0], whole, good[2]}, []string{whole, "whole dataset, not a shard"}},
		{[]string{good[0], unfinished, good[2]}, []string{unfinished, "holds no dataset"}},
		{[]string{good[0], damaged, good[2]},
			[]string{"shard 2/3", filepath.Join(damaged, "events", "part-00001.csv"), "changed"}},
		{[]string{scenario, good[1], good[2]}, []string{filepath.Join(scenario, scenarioName)}},
	} {
		parent := t.TempDir()
		_, err := Merge(background, c.dirs, filepath.Join(parent, "out"), false)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
		}
		if left := tree(t, parent); len(left) > 0 {
			t.Errorf("%v: left is %v, want nothing", err, left)
		}
	}
}

// Merge treats what is in its target as Create does, and never a shard as a target.
func TestMergeDoesNotOverwrite(t *testing.T) {
	w, opt := handmade.World(4), options(t, "csv", "", "events")
	dirs, out := shards(t, w, opt, 2), t.TempDir()
	write(t, out, w, opt)
	want := tree(t, out)
	if _, err := Merge(background, dirs, out, false); err == nil ||
		!strings.Contains(err.Error(), "complete dataset") {
		t.Errorf("got %v, want an error about a complete dataset", err)
	}
	flip(t, filepath.Join(out, "events", "part-00001.csv"))
	if _, err := Merge(background, dirs, out, true); err != nil {
		t.Error(err)
	}
	for path, text := range tree(t, out) {
		if text != want[path] {
			t.Errorf("%s differs", path)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dirs[0], link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for _, out := range []string{dirs[1], dirs[0] + "/.", link} {
		if _, err := Merge(background, dirs, out, true); err == nil ||
			!strings.Contains(err.Error(), "one of the shards") {
			t.Errorf("into %s: got %v, want an error", out, err)
		}
	}
	for _, dir := range dirs {
		if _, err := Verify(background, dir); err != nil {
			t.Error(err)
		}
	}
}

// To replace a merged dataset leaves the shards it shares files with as they are.
func TestShardsOutliveTheirMerge(t *testing.T) {
	w, opt := handmade.World(4), options(t, "csv", "", "events")
	dirs, out := shards(t, w, opt, 2), t.TempDir()
	if _, err := Merge(background, dirs, out, false); err != nil {
		t.Fatal(err)
	}
	opt.Views, opt.Force = options(t, "csv", "").Views, true
	write(t, out, w, opt)
	for _, dir := range dirs {
		if _, err := Verify(background, dir); err != nil {
			t.Error(err)
		}
	}
}

func TestMergeEndsWithItsContext(t *testing.T) {
	w, opt := handmade.World(4), options(t, "csv", "", "events")
	dirs, parent := shards(t, w, opt, 2), t.TempDir()
	ctx, cancel := context.WithCancel(background)
	cancel()
	_, err := Merge(ctx, dirs, filepath.Join(parent, "out"), false)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if left := tree(t, parent); len(left) > 0 {
		t.Errorf("left is %v, want nothing", left)
	}
}
