package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
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
	w, err := Load("fashion", model.Set{Path: "customers", Value: "900"},
		model.Set{Path: "town", Value: "150"}, model.Set{Path: "days", Value: "20"},
		model.Set{Path: "warmup", Value: "5"})
	if err != nil {
		t.Fatal(err)
	}
	w.PartTowns, w.Parts = 2, 3
	g := Generation{Out: filepath.Join(t.TempDir(), "data"), Workers: 1}
	data, err := g.create(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.fill(t.Context(), w, data, table.Tee(&fault{}, data))
	var stopped *StoppedError
	if !errors.As(err, &stopped) || !stopped.Resumable || stopped.Whole != 1 || stopped.All != 3 ||
		!strings.Contains(err.Error(), "the bridge is out") ||
		!strings.Contains(err.Error(), "data is incomplete: 1 of 3 parts are written") {
		t.Fatalf("the run ended with %v", err)
	}
	if _, err := dataset.ReadManifest(g.Out); err == nil {
		t.Error("there is a manifest")
	}
	half, err := filepath.Glob(filepath.Join(g.Out, "*", ".*.tmp"))
	if err != nil || len(half) > 0 {
		t.Errorf("half-written: %v, error %v", half, err)
	}
	whole, err := filepath.Glob(filepath.Join(g.Out, "events", "*"))
	if err != nil || len(whole) != 1 {
		t.Errorf("whole parts: %v, error %v, want the first", whole, err)
	}
	if _, err := os.Stat(filepath.Join(g.Out, "scenario.yaml")); err == nil {
		t.Error("the scenario is there as if all were")
	}
}
