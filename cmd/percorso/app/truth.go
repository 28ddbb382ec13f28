package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
	"github.com/percorso/percorso/simulate/worlds"
)

// A Search says where to write what worlds tell, and how to live them.
type Search struct {
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

// A Truth says what to find out about which channels of a market.
type Truth struct {
	Plan worlds.Plan
	Search
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
	sum := t.Plan.NewTally()
	if t.Out == "" {
		return sum, worlds.Run(ctx, &t.Plan, t.options(), func(p *worlds.Part) error {
			sum.Add(p.Tally)
			return nil
		})
	}
	w := t.Plan.World
	return sum, t.write(t.head(w, t.plan()), effects.Options{Scenario: w.Scenario.YAML()},
		func(folder *effects.Folder, opt simulate.Options) error {
			return worlds.Run(ctx, &t.Plan, opt, func(p *worlds.Part) error {
				return folder.Part(p.Number, p.Tally, t.people(p.People, p.Fates))
			})
		},
		func(folder *effects.Folder) error { return t.finish(folder, sum) })
}

// options are those of the simulation.
func (s *Search) options() simulate.Options {
	return simulate.Options{Workers: s.Workers, Shard: s.Shard, Shards: s.Shards, Progress: s.Progress}
}

// write fills a folder: run lives the parts that are missing, and finish adds up all of them.
func (s *Search) write(head effects.Head, begin effects.Options,
	run func(*effects.Folder, simulate.Options) error, finish func(*effects.Folder) error) error {
	begin.Force, begin.Resume = s.Force, s.Resume
	folder, err := effects.Create(s.Out, head, begin)
	if err != nil {
		return err
	}
	opt := s.options()
	opt.Skip = folder.Done
	if err = run(folder, opt); err == nil {
		err = finish(folder)
	}
	if err != nil {
		stopped := &StoppedError{Dir: s.Out, Err: err}
		stopped.Whole, stopped.All = folder.Whole()
		stopped.Resumable = stopped.Whole > 0
		return stopped
	}
	return nil
}

// head says which run it is: of a world, and what was asked of it.
func (s *Search) head(w *model.World, plan any) effects.Head {
	text, err := json.Marshal(plan)
	if err != nil {
		panic("app: " + err.Error())
	}
	return effects.Head{Release: model.Release, Scenario: w.Scenario.Name, Hash: w.Scenario.Hash(),
		Seed: w.Scenario.Seed, Luck: w.Luck, Customers: w.Customers, Days: w.Days,
		Format: cmp.Or(s.Format, format.Formats()[0].Name), Compression: s.Compression, Parts: w.Parts,
		Shard: s.Shard, Shards: s.Shards, Plan: text}
}

func (t *Truth) plan() planText {
	plan := planText{Players: t.Plan.Players, Since: t.Plan.Since, Draws: t.Plan.Draws,
		Every: t.Plan.Every, Holdout: t.Plan.Holdout}
	for _, c := range t.Plan.Couplings {
		plan.Couplings = append(plan.Couplings, model.Couplings[c])
	}
	return plan
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

func schemasOf(tables []effects.Table) (list []table.Table) {
	for _, t := range tables {
		list = append(list, t.Table)
	}
	return list
}

// A tally is sums to which those of another part can be added, if they fit.
type tally[T any] interface {
	Fits(T) bool
	Add(T)
}

// addSums adds the sums of all parts of a folder; each is read into an empty one.
func addSums[T tally[T]](folder *effects.Folder, sum T, empty func() T) error {
	return folder.Sums(func(text json.RawMessage) error {
		part := empty()
		if err := json.Unmarshal(text, part); err != nil {
			return err
		}
		if !sum.Fits(part) {
			return errors.New("the sums of a part are of another run")
		}
		sum.Add(part)
		return nil
	})
}

// finish adds up the sums of all parts and writes the figures.
func (t *Truth) finish(folder *effects.Folder, sum *worlds.Tally) error {
	if err := addSums(folder, sum, t.Plan.NewTally); err != nil {
		return err
	}
	figures := tablesOf(t.Plan.Channels(sum), t.Plan.Coalitions(sum))
	if t.Plan.Every && len(t.Plan.Players) > 1 {
		figures = append(figures, tablesOf(t.Plan.Interactions(sum))...)
	}
	if len(t.Plan.Experiments(sum)) > 0 {
		figures = append(figures, tablesOf(t.Plan.ExperimentsTable(sum))...)
	}
	_, err := folder.Finish(figures, schemasOf(t.people(nil, nil)))
	return err
}
