package app

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
	"github.com/percorso/percorso/simulate/worlds"
)

// smallPlan asks for the truth about two channels of a market of three parts.
func smallPlan(t *testing.T, sets ...model.Set) worlds.Plan {
	t.Helper()
	w, err := Load("fashion", slices.Concat(market, sets)...)
	if err != nil {
		t.Fatal(err)
	}
	w.PartTowns, w.Parts = 2, 3
	p := worlds.DefaultPlan(w)
	p.Players, p.Draws, p.Every = []string{"display", "email"}, 2, true
	return p
}

// TestTruthGoesOn: a truth, or an uplift, that is stopped leaves no manifest, another refuses to
// begin there, and one that resumes ends with the bytes of a run that was not stopped.
func TestTruthGoesOn(t *testing.T) {
	t.Parallel()
	plan := smallPlan(t)
	treated, err := Load("fashion", append([]model.Set{{Path: "needs.per_year", Value: "20"}},
		market...)...)
	if err != nil {
		t.Fatal(err)
	}
	treated.PartTowns, treated.Parts = 2, 3
	twins := worlds.Twins{Control: plan.World, Treated: treated, Coupling: model.CouplingFrozen,
		Draws: 1}
	for name, find := range map[string]func(context.Context, Search) error{
		"truth": func(ctx context.Context, s Search) error {
			_, err := FindTruth(ctx, Truth{Plan: plan, Search: s})
			return err
		},
		"uplift": func(ctx context.Context, s Search) error {
			_, err := FindUplift(ctx, Uplift{Twins: twins, Search: s})
			return err
		},
	} {
		want := Search{Out: filepath.Join(t.TempDir(), "whole"), Format: "csv", Workers: 1}
		if err := find(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		s := want
		s.Out = filepath.Join(t.TempDir(), "stopped")
		s.Progress = func(p simulate.Progress) {
			if 2*p.Done > p.Total {
				stop()
			}
		}
		var stopped *StoppedError
		if err := find(ctx, s); !errors.As(err, &stopped) || !errors.Is(err, context.Canceled) ||
			!stopped.Resumable || stopped.Whole == 0 || stopped.Whole == stopped.All {
			t.Fatalf("%s: %v, want that it was stopped on the way", name, err)
		}
		if effects.Has(s.Out) {
			t.Errorf("%s: it was stopped and looks complete", name)
		}
		s.Progress = nil
		var taken *effects.OccupiedError
		if err := find(t.Context(), s); !errors.As(err, &taken) || !taken.Unfinished {
			t.Errorf("%s: another begins: %v", name, err)
		}
		s.Resume = true
		if err := find(t.Context(), s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, all := files(t, s.Out), files(t, want.Out)
		if len(got) != len(all) || len(all) < 5 {
			t.Errorf("%s: %d files, want %d", name, len(got), len(all))
		}
		for file, text := range all {
			if got[file] != text {
				t.Errorf("%s: %s differs", name, file)
			}
		}
	}
}

// TestTruthTablesAgree: in each format, an effect in truth_channels is the difference of two worlds
// of truth_coalitions, the sum over truth_customers, and what is lost less what is gained in
// truth_conversions.
func TestTruthTablesAgree(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"parquet", "csv", "jsonl"} {
		plan := smallPlan(t, model.Set{Path: "days", Value: "120"})
		dir := filepath.Join(t.TempDir(), format)
		if _, err := FindTruth(t.Context(), Truth{Plan: plan, Search: Search{Out: dir,
			Format: format}}); err != nil {
			t.Fatal(err)
		}
		rows := func(table string) []effects.Row {
			rows, err := effects.ReadRows(dir, table)
			if err != nil || len(rows) == 0 {
				t.Fatal(table, err)
			}
			return rows
		}
		by := map[string]map[string]float64{} // by channel and table
		for _, channel := range plan.Players {
			by[channel] = map[string]float64{}
		}
		for _, r := range rows("truth_channels") {
			if r.Words["estimand"] == "loo" && r.Words["universe"] == "all" &&
				r.Words["outcome"] == "orders" && int(r.Numbers["horizon"]) == plan.World.Days {
				by[r.Words["channel"]]["channels"] = r.Numbers["effect"]
				by[r.Words["channel"]]["summary"] = r.Numbers["loo_orders"]
			}
		}
		worlds := map[string]float64{}
		for _, r := range rows("truth_coalitions") {
			if int(r.Numbers["horizon"]) == plan.World.Days {
				worlds[r.Words["channels"]] = r.Numbers["orders"]
			}
		}
		by["display"]["coalitions"] = worlds["display+email"] - worlds["email"]
		by["email"]["coalitions"] = worlds["display+email"] - worlds["display"]
		for _, r := range rows("truth_customers") {
			if one := by[r.Words["without"]]; one != nil {
				one["customers"] += r.Numbers["orders"] - r.Numbers["orders_without"]
			}
		}
		for _, r := range rows("truth_conversions") {
			switch r.Words["status"] {
			case "lost":
				by[r.Words["without"]]["conversions"]++
			case "gained":
				by[r.Words["without"]]["conversions"]--
			}
		}
		moved := 0.0
		for channel, told := range by {
			for table, v := range told {
				moved += math.Abs(v)
				if v != told["channels"] {
					t.Errorf("%s, %s: %s says %g, channels %g", format, channel, table, v, told["channels"])
				}
			}
		}
		if moved == 0 {
			t.Error("no channel did anything: the tables have nothing to agree on")
		}
	}
}
