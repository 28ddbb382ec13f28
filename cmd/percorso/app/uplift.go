package app

import (
	"context"

	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
	"github.com/percorso/percorso/simulate/worlds"
)

// An Uplift says which intervention in a market to try.
type Uplift struct {
	Twins worlds.Twins
	Search
}

// upliftText is what was asked, as truth.json has it.
type upliftText struct {
	Treated  string `json:"treated_hash"` // of the scenario in truth_treated.yaml
	Coupling string `json:"coupling"`
	Draws    int    `json:"draws"`
}

// FindUplift lives the same people with and without an intervention, as FindTruth does with
// channels.
func FindUplift(ctx context.Context, u Uplift) (*worlds.Uplifts, error) {
	if err := u.Twins.Check(); err != nil {
		return nil, err
	}
	t, sum := &u.Twins, u.Twins.NewUplifts()
	if u.Out == "" {
		return sum, worlds.RunTwins(ctx, t, u.options(), func(p *worlds.TwinPart) error {
			sum.Add(p.Sums)
			return nil
		})
	}
	a, b := t.Control.Scenario, t.Treated.Scenario
	plan := upliftText{Treated: b.Hash(), Coupling: model.Couplings[t.Coupling], Draws: t.Draws}
	return sum, u.write(u.head(t.Control, plan),
		effects.Options{Scenario: a.YAML(), Treated: b.YAML()},
		func(folder *effects.Folder, opt simulate.Options) error {
			return worlds.RunTwins(ctx, t, opt, func(p *worlds.TwinPart) error {
				return folder.Part(p.Number, p.Sums, tablesOf(t.UpliftTable(p.People)))
			})
		},
		func(folder *effects.Folder) error { return u.finish(folder, sum) })
}

// finish adds up the sums of all parts and writes the figures.
func (u *Uplift) finish(folder *effects.Folder, sum *worlds.Uplifts) error {
	if err := addSums(folder, sum, u.Twins.NewUplifts); err != nil {
		return err
	}
	_, err := folder.Finish(tablesOf(u.Twins.SegmentsTable(sum)),
		schemasOf(tablesOf(u.Twins.UpliftTable(nil))))
	return err
}
