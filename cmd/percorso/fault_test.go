package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A fault is a sink that panics at the second part it sees the end of.
type fault struct{ ended int }

func (f *fault) Encode(b *table.Batch) (func() error, error) {
	if b.Last && b.Part != table.StaticPart {
		if f.ended++; f.ended == 2 {
			panic("the bridge is out")
		}
	}
	return nil, nil
}

// TestAfterAPanicNothingLooksWhole: the run fails with what happened, and the folder holds no
// manifest and nothing half-written.
func TestAfterAPanicNothingLooksWhole(t *testing.T) {
	w, err := loadWorld("fashion", []model.Set{{Path: "customers", Value: "900"},
		{Path: "town", Value: "150"}, {Path: "days", Value: "20"}, {Path: "warmup", Value: "5"}})
	if err != nil {
		t.Fatal(err)
	}
	w.PartTowns, w.Parts = 2, 3
	g := generation{out: filepath.Join(t.TempDir(), "data"), truth: table.TruthSeparate}
	data, err := g.create(w)
	if err != nil {
		t.Fatal(err)
	}
	err = simulate.ByPart(t.Context(), w, table.Tee(&fault{}, data), simulate.Options{Workers: 1})
	if err == nil || !strings.Contains(err.Error(), "the bridge is out") {
		t.Fatalf("the run ended with %v", err)
	}
	var said strings.Builder
	if code := explain(&said, g.stopped(t.Context(), data, err)); code != exitFailed ||
		!strings.Contains(said.String(), "1 of 3 parts are whole") {
		t.Errorf("exit code %d, and it is told as %s", code, &said)
	}
	if _, err := dataset.ReadManifest(g.out); err == nil {
		t.Error("there is a manifest")
	}
	half, err := filepath.Glob(filepath.Join(g.out, "*", ".*.tmp"))
	if err != nil || len(half) > 0 {
		t.Errorf("half-written: %v, error %v", half, err)
	}
	whole, err := filepath.Glob(filepath.Join(g.out, "events", "*"))
	if err != nil || len(whole) != 1 {
		t.Errorf("whole parts: %v, error %v, want the first", whole, err)
	}
	if _, err := os.Stat(filepath.Join(g.out, "scenario.yaml")); err == nil {
		t.Error("the scenario is there as if all were")
	}
}
