package app

import (
	"encoding/json"
	"fmt"

	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate/worlds"
)

// MergeTruth joins the folders of all shards of a truth, or of an uplift, into what one run would
// have written.
func MergeTruth(dirs []string, out string, force bool) error {
	shards, err := effects.ReadShards(dirs)
	if err != nil {
		return err
	}
	w, err := resolved("truth_scenario.yaml", shards.Scenario)
	if err != nil {
		return fmt.Errorf("%s: %w", dirs[0], err)
	}
	head := &shards.Head
	if hash := w.Scenario.Hash(); hash != head.Hash || model.Release != head.Release ||
		head.Parts != w.Parts {
		return fmt.Errorf("%s is of release %s and scenario %s, and this is release %s and "+
			"scenario %s", dirs[0], head.Release, head.Hash, model.Release, hash)
	}
	s := Search{Out: out, Format: head.Format, Compression: head.Compression}
	finish := mergedTruth
	if shards.Treated != nil {
		finish = mergedUplift
	}
	join, err := finish(s, w, shards)
	if err != nil {
		return fmt.Errorf("%s: %w", dirs[0], err)
	}
	folder, err := effects.Create(out, *head, effects.Options{Scenario: shards.Scenario,
		Treated: shards.Treated, Force: force})
	if err == nil {
		err = folder.Gather(shards)
	}
	if err != nil {
		return err
	}
	return join(folder)
}

// resolved is the world of a scenario that a run has resolved.
func resolved(name string, text []byte) (*model.World, error) {
	s, err := model.LoadBytes(name, text, nil)
	if err != nil {
		return nil, err
	}
	return model.Compile(s)
}

// mergedTruth returns how the figures of a truth are made of its shards.
func mergedTruth(s Search, w *model.World, shards *effects.Shards) (
	func(*effects.Folder) error, error) {
	var plan planText
	if err := json.Unmarshal(shards.Head.Plan, &plan); err != nil {
		return nil, err
	}
	t := Truth{Search: s, Plan: worlds.Plan{World: w, Players: plan.Players, Since: plan.Since,
		Draws: plan.Draws, Every: plan.Every, Holdout: plan.Holdout}}
	for _, name := range plan.Couplings {
		c, err := model.CouplingOf(name)
		if err != nil {
			return nil, err
		}
		t.Plan.Couplings = append(t.Plan.Couplings, c)
	}
	if err := t.Plan.Check(); err != nil {
		return nil, err
	}
	return func(folder *effects.Folder) error { return t.finish(folder, t.Plan.NewTally()) }, nil
}

// mergedUplift returns how the figures of an uplift are made of its shards.
func mergedUplift(s Search, w *model.World, shards *effects.Shards) (
	func(*effects.Folder) error, error) {
	var plan upliftText
	if err := json.Unmarshal(shards.Head.Plan, &plan); err != nil {
		return nil, err
	}
	treated, err := resolved("truth_treated.yaml", shards.Treated)
	if err != nil {
		return nil, err
	}
	u := Uplift{Search: s, Twins: worlds.Twins{Control: w, Treated: treated, Draws: plan.Draws}}
	if u.Twins.Coupling, err = model.CouplingOf(plan.Coupling); err != nil {
		return nil, err
	}
	if err := u.Twins.Check(); err != nil {
		return nil, err
	}
	return func(folder *effects.Folder) error { return u.finish(folder, u.Twins.NewUplifts()) }, nil
}
