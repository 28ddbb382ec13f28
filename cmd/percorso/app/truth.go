package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
	"github.com/percorso/percorso/simulate/worlds"
)

// A Truth says what to find out about which channels of a market, and where to write it.
type Truth struct {
	Plan worlds.Plan

	Out         string // the folder; empty: nothing is written
	Format      string // of format.Formats; empty: the first, parquet
	Compression string // one that the format has; empty: its default
	Shard       int    // which shard of how many, from 1; 0 of 0: all
	Shards      int
	Workers     int  // that simulate in parallel; 0: one for each CPU
	Force       bool // replace a truth that is in the folder
	Resume      bool // go on with an interrupted run of the same truth, if there is one

	Progress func(simulate.Progress) // called now and then, by one goroutine at a time; may be nil
}

// planText is a plan as truth.json has it.
type planText struct {
	Players   []string `json:"players"`
	Couplings []string `json:"couplings"`
	Since     int      `json:"since"` // the first day on which channels are off; -32768: always
	Draws     int      `json:"draws"`
	Every     bool     `json:"all_coalitions"`
	Holdout   float64  `json:"holdout,omitempty"`
}

// FindTruth lives the worlds of a plan and returns their sums; with a folder it writes them as
// tables. A run that fails, or is stopped because ctx ends, is a StoppedError once it has begun.
func FindTruth(ctx context.Context, t Truth) (*worlds.Tally, error) {
	if err := t.Plan.Check(); err != nil {
		return nil, err
	}
	opt := simulate.Options{Workers: t.Workers, Shard: t.Shard, Shards: t.Shards, Progress: t.Progress}
	sum := t.Plan.NewTally()
	if t.Out == "" {
		return sum, worlds.Run(ctx, &t.Plan, opt, func(p *worlds.Part) error {
			sum.Add(p.Tally)
			return nil
		})
	}
	folder, err := effects.Create(t.Out, t.head(), effects.Options{
		Scenario: t.Plan.World.Scenario.YAML(), Force: t.Force, Resume: t.Resume})
	if err != nil {
		return nil, err
	}
	opt.Skip = folder.Done
	err = worlds.Run(ctx, &t.Plan, opt, func(p *worlds.Part) error {
		return folder.Part(p.Number, p.Tally, t.people(p.People, p.Fates))
	})
	if err == nil {
		err = t.finish(folder, sum)
	}
	if err != nil {
		stopped := &StoppedError{Dir: t.Out, Err: err}
		stopped.Whole, stopped.All = folder.Whole()
		stopped.Resumable = stopped.Whole > 0
		return nil, stopped
	}
	return sum, nil
}

// head says which run it is.
func (t *Truth) head() effects.Head {
	w := t.Plan.World
	plan := planText{Players: t.Plan.Players, Since: t.Plan.Since, Draws: t.Plan.Draws,
		Every: t.Plan.Every, Holdout: t.Plan.Holdout}
	for _, c := range t.Plan.Couplings {
		plan.Couplings = append(plan.Couplings, model.Couplings[c])
	}
	text, err := json.Marshal(plan)
	if err != nil {
		panic("app: " + err.Error())
	}
	return effects.Head{Release: model.Release, Scenario: w.Scenario.Name, Hash: w.Scenario.Hash(),
		Seed: w.Scenario.Seed, Luck: w.Luck, Customers: w.Customers, Days: w.Days,
		Format: cmp.Or(t.Format, format.Formats()[0].Name), Compression: t.Compression, Parts: w.Parts,
		Shard: t.Shard, Shards: t.Shards, Plan: text}
}

// people are the tables that say something of single people; none where people have no worlds of
// their own.
func (t *Truth) people(people []worlds.Person, fates []worlds.Fate) []effects.Table {
	if t.Plan.Together() {
		return nil
	}
	return tablesOf(t.Plan.PeopleTable(people), t.Plan.FatesTable(fates))
}

func tablesOf(tables ...*worlds.Table) (list []effects.Table) {
	for _, t := range tables {
		list = append(list, effects.Table{Table: t.Table, Rows: &t.Rows})
	}
	return list
}

// finish adds up the sums of all parts and writes the figures.
func (t *Truth) finish(folder *effects.Folder, sum *worlds.Tally) error {
	err := folder.Sums(func(text json.RawMessage) error {
		part := t.Plan.NewTally()
		if err := json.Unmarshal(text, part); err != nil {
			return err
		}
		if !sum.Fits(part) {
			return errors.New("the sums of a part are of another plan")
		}
		sum.Add(part)
		return nil
	})
	if err != nil {
		return err
	}
	figures := tablesOf(t.Plan.Channels(sum), t.Plan.Coalitions(sum))
	if t.Plan.Every && len(t.Plan.Players) > 1 {
		figures = append(figures, tablesOf(t.Plan.Interactions(sum))...)
	}
	if len(t.Plan.Experiments(sum)) > 0 {
		figures = append(figures, tablesOf(t.Plan.ExperimentsTable(sum))...)
	}
	var people []table.Table
	for _, one := range t.people(nil, nil) {
		people = append(people, one.Table)
	}
	_, err = folder.Finish(figures, people)
	return err
}

// MergeTruth joins the folders of all shards of a truth into what one run would have written.
func MergeTruth(dirs []string, out string, force bool) error {
	shards, err := effects.ReadShards(dirs)
	if err != nil {
		return err
	}
	s, err := model.LoadBytes("truth_scenario.yaml", shards.Scenario, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", dirs[0], err)
	}
	w, err := model.Compile(s)
	if err != nil {
		return err
	}
	var plan planText
	if err := json.Unmarshal(shards.Head.Plan, &plan); err != nil {
		return fmt.Errorf("%s is damaged: %w", dirs[0], err)
	}
	t := Truth{Out: out, Format: shards.Head.Format, Compression: shards.Head.Compression,
		Plan: worlds.Plan{World: w, Players: plan.Players, Since: plan.Since, Draws: plan.Draws,
			Every: plan.Every, Holdout: plan.Holdout}}
	for _, name := range plan.Couplings {
		c, err := model.CouplingOf(name)
		if err != nil {
			return err
		}
		t.Plan.Couplings = append(t.Plan.Couplings, c)
	}
	if err := t.Plan.Check(); err != nil {
		return err
	}
	if hash := w.Scenario.Hash(); hash != shards.Head.Hash || model.Release != shards.Head.Release {
		return fmt.Errorf("%s is of release %s and scenario %s, and this is release %s and "+
			"scenario %s", dirs[0], shards.Head.Release, shards.Head.Hash, model.Release, hash)
	}
	folder, err := effects.Create(out, shards.Head,
		effects.Options{Scenario: shards.Scenario, Force: force})
	if err != nil {
		return err
	}
	if err := folder.Gather(shards); err != nil {
		return err
	}
	sum := t.Plan.NewTally()
	return t.finish(folder, sum)
}
