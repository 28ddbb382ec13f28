package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/reconcile"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// Scenarios returns the names of the built-in scenarios, sorted.
func Scenarios() []string {
	entries, err := fs.ReadDir(scenarios.FS, ".")
	if err != nil {
		panic("app: the embedded scenarios cannot be listed: " + err.Error())
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// BuiltIn returns the built-in scenario of a name, in which - and _ are alike; "" if there is none.
func BuiltIn(name string) string {
	for _, s := range Scenarios() {
		if table.Alike(s, name) {
			return s
		}
	}
	return ""
}

// Load reads and compiles a scenario, changed by sets: a built-in one, a file, or a dataset or a
// recording, which means the scenario in it. A folder that is called like a built-in scenario is
// not taken for one.
func Load(name string, sets ...model.Set) (*model.World, error) {
	if IsRecording(name) {
		if _, err := record.ReadManifest(name); err != nil {
			return nil, err
		}
	}
	if IsDataset(name) {
		if m, err := dataset.ReadManifest(name); err == nil && m.Current() != nil {
			return nil, fmt.Errorf("%s: %w", name, m.Current())
		}
		file := filepath.Join(name, "scenario.yaml")
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			if _, err := dataset.ReadManifest(name); err != nil {
				return nil, err
			}
		}
		name = file
	}
	s, err := model.Load(name, scenarios.FS, sets...)
	if err != nil {
		return nil, err
	}
	return model.Compile(s)
}

// IsDataset reports whether Load takes a name for that of a dataset: a folder that is not called
// like a built-in scenario.
func IsDataset(name string) bool {
	at, err := os.Stat(name)
	return BuiltIn(name) == "" && err == nil && at.IsDir()
}

// longest makes a scenario as long as there can be.
var longest = model.Set{Path: "days", Value: fmt.Sprint(model.MaxDays), Flag: "days"}

// Lengthen returns a world of the same scenario whose days run on as long as they can: that changes
// none of those before. It is without the same channels, and goes by the same name as a dataset of
// the scenario.
func Lengthen(w *model.World) (*model.World, error) {
	if w.Days == model.MaxDays {
		return w, nil
	}
	long, err := again(w.Scenario.Name, w.Scenario.YAML(), w.OffNames())
	if err != nil {
		return nil, err
	}
	long.Scenario = w.Scenario
	return long, nil
}

// again loads a resolved scenario whose days run on as long as they can: that changes none of those
// before. Errors say where it is from.
func again(from string, text []byte, off []string) (*model.World, error) {
	s, err := model.LoadBytes(from, text, scenarios.FS, longest)
	if err != nil {
		return nil, err
	}
	w, err := model.Compile(s)
	if err != nil {
		return nil, err
	}
	return w.Without(off...)
}

// Replay simulates streams of events again, to compare what arrived with what their receipt says
// was sent. Errors name the receipt.
func Replay(receipt string) reconcile.Source {
	return func(of *push.Origin) (*reconcile.Replay, error) {
		w, err := again(receipt, []byte(of.YAML), of.Without)
		if err != nil {
			return nil, err
		}
		return &reconcile.Replay{
			World: w,
			Run: func(ctx context.Context, sink table.Sink) error {
				return simulate.ByDay(ctx, w, sink, simulate.Options{From: of.Day, Identify: true})
			},
			Day: func(id int64) (day int, ok bool) {
				_, day, ok = simulate.EventDay(w, id)
				return day, ok
			},
		}, nil
	}
}
