package dataset

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// A run that was cut off anywhere goes on with the parts that are whole and ends with the same
// bytes as one that was not.
func TestResumedRunEndsWithTheSameBytes(t *testing.T) {
	eachFormat(t, func(t *testing.T, format, compression string) {
		w, opt := handmade.World(6), options(t, format, compression)
		want, dir := t.TempDir(), t.TempDir()
		write(t, want, w, opt)

		// Killed: parts 1 and 4 and the static tables are whole, 0 is half-written.
		d, err := Create(t.Context(), dir, w, opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range [][]*table.Batch{
			handmade.Batches(w, 4), handmade.Batches(w, table.StaticPart), handmade.Batches(w, 1),
			handmade.Batches(w, 0)[:2]} {
			if err := handmade.EncodeAll(d, b); err != nil {
				t.Fatal(err)
			}
		}
		opt.Resume = true
		d, err = Create(t.Context(), dir, w, opt)
		if err != nil {
			t.Fatal(err)
		}
		for part := table.StaticPart; part < w.Parts; part++ {
			done := part == 4 || part == table.StaticPart || part == 1
			if got := d.Done(part); got != done {
				t.Errorf("part %d is done: %v, want %v", part, got, done)
			}
		}
		if err := handmade.Simulate(w, d, 0, 0, d.Done); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Finish(); err != nil {
			t.Fatal(err)
		}
		sameTree(t, dir, want)
	})
}

// A part whose files are not what its receipt says is simulated again.
func TestDamagedPartsAreNotResumed(t *testing.T) {
	w, opt := handmade.World(6), options(t, "csv", "", "events", "carts")
	want, dir := t.TempDir(), t.TempDir()
	write(t, want, w, opt)
	d, err := Create(t.Context(), dir, w, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := handmade.Simulate(w, d, 0, 0, nil); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(dir, "events", "part-00000.csv"))
	if err := os.Remove(filepath.Join(dir, "carts", "part-00001.csv")); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(dir, recordsName, "part-00003.json"))
	if err := os.Truncate(filepath.Join(dir, recordsName, "part-00004.json"), 99); err != nil {
		t.Fatal(err)
	}
	copyTo(t, filepath.Join(dir, recordsName, "part-00000.json"),
		filepath.Join(dir, recordsName, "part-00005.json"))

	opt.Resume = true
	if d, err = Create(t.Context(), dir, w, opt); err != nil {
		t.Fatal(err)
	}
	for part := range w.Parts {
		if got, want := d.Done(part), part == 2; got != want {
			t.Errorf("part %d is done: %v, want %v", part, got, want)
		}
	}
	if err := handmade.Simulate(w, d, 0, 0, d.Done); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Finish(); err != nil {
		t.Fatal(err)
	}
	sameTree(t, dir, want)
}

func TestOnlyTheSameRunIsResumed(t *testing.T) {
	w, opt := handmade.World(3), options(t, "csv", "")
	opt.Shard, opt.Shards = 1, 2
	dir := t.TempDir()
	d, err := Create(t.Context(), dir, w, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := handmade.EncodeAll(d, handmade.Batches(w, 0)); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	opt.Resume = true
	for _, c := range []struct {
		want   string
		change func(*model.World, *Options)
	}{
		{"seed 8 instead of 7", func(w *model.World, _ *Options) { w.Scenario.Seed = 8 }},
		{"customers 5 instead of 1000", func(w *model.World, _ *Options) { w.Customers = 5 }},
		{"scenario hash 0 instead of 5eed", func(_ *model.World, o *Options) { o.Hash = "0" }},
		{"shard 2/2 instead of 1/2", func(_ *model.World, o *Options) { o.Shard = 2 }},
		{"format jsonl instead of csv", func(_ *model.World, o *Options) { o.Format = "jsonl" }},
		{"compression gzip instead of none",
			func(_ *model.World, o *Options) { o.Compression = "gzip" }},
		{"tables stores instead of", func(_ *model.World, o *Options) { o.Views = o.Views[13:14] }},
	} {
		w, opt := handmade.World(3), opt
		c.change(w, &opt)
		_, err := Create(t.Context(), dir, w, opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
	if after := tree(t, dir); !maps.Equal(after, before) {
		t.Error("the folder has changed")
	}
}

// To resume a run that is complete is no mistake: a scheduler may not know. Nothing is done again,
// unless files are damaged, which is an error.
func TestCompleteRunIsResumedAtOnce(t *testing.T) {
	w, opt, dir := handmade.World(3), options(t, "csv", "gzip"), t.TempDir()
	opt.Resume = true
	write(t, dir, w, opt) // resumes nothing: an empty folder will do
	before := tree(t, dir)
	d, err := Create(t.Context(), dir, w, opt)
	if err != nil {
		t.Fatal(err)
	}
	for part := table.StaticPart; part < w.Parts; part++ {
		if !d.Done(part) {
			t.Errorf("part %d is not done", part)
		}
	}
	if err := handmade.Simulate(w, d, 0, 0, d.Done); err != nil {
		t.Fatal(err)
	}
	m, err := d.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if text, err := encode(m); err != nil || string(text) != before[manifestName] {
		t.Errorf("the manifest is another: %v", err)
	}
	if after := tree(t, dir); !maps.Equal(after, before) {
		t.Error("the folder has changed")
	}

	flip(t, filepath.Join(dir, "orders", "part-00001.csv.gz"))
	var damage *DamageError
	if _, err := Create(t.Context(), dir, w, opt); !errors.As(err, &damage) {
		t.Errorf("resuming a damaged dataset: %v, want a DamageError", err)
	}
}

// A run that is stopped while it reads again what an earlier one left stops at once, and the folder
// stays as it was: of an unfinished dataset and of a complete one.
func TestResumeStopsAtOnce(t *testing.T) {
	w, opt := handmade.World(6), options(t, "csv", "", "events")
	opt.Resume = true
	for _, complete := range []bool{false, true} {
		dir := t.TempDir()
		d, err := Create(t.Context(), dir, w, opt)
		if err != nil {
			t.Fatal(err)
		}
		if err := handmade.Simulate(w, d, 0, 0, nil); err != nil {
			t.Fatal(err)
		}
		if complete {
			if _, err := d.Finish(); err != nil {
				t.Fatal(err)
			}
		}
		before := tree(t, dir)
		// A file that nobody reads to its end in a test. It has no blocks on the disk.
		large := filepath.Join(dir, "events", "part-00002.csv")
		if err := os.Truncate(large, 1<<42); err != nil { // most file systems allow that
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		timer := time.AfterFunc(100*time.Millisecond, stop)
		began := time.Now()
		_, err = Create(ctx, dir, w, opt)
		timer.Stop()
		stop()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("complete %v: %v, want that it was stopped", complete, err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("complete %v: it stopped after %v", complete, took)
		}
		text := before["events/part-00002.csv"]
		if err := os.Truncate(large, int64(len(text))); err != nil {
			t.Fatal(err)
		}
		if after := tree(t, dir); !maps.Equal(after, before) {
			t.Errorf("complete %v: the folder has changed", complete)
		}
	}
}

// flip changes one bit in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o666); err != nil {
		t.Fatal(err)
	}
}
