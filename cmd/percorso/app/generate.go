package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A Generation says which dataset to write, and where. It needs a scenario or a world, and a
// folder.
type Generation struct {
	Scenario string       // as Load takes it
	Sets     []model.Set  // that change it
	World    *model.World // instead of the two above
	Without  []string     // channels to leave out

	Out         string          // the folder
	Format      string          // of format.Formats; empty: the first, parquet
	Compression string          // one that the format has; empty: its default
	Tables      []string        // names; empty: all
	Truth       table.TruthMode // where the truth about events goes; empty: into tables of its own
	Partition   string          // dataset.PartitionDate, or empty
	Shard       int             // which shard of how many, from 1; 0 of 0: all
	Shards      int
	Workers     int  // that simulate in parallel; 0: one for each CPU
	Force       bool // replace a dataset that is in the folder
	Resume      bool // go on with an interrupted run of the same dataset, if there is one

	Progress func(simulate.Progress) // called now and then, by one goroutine at a time; may be nil
}

// A StoppedError says that a run had begun and did not come to its end.
type StoppedError struct {
	Dir        string
	Whole, All int   // parts that are whole, and that there would be
	Resumable  bool  // something is whole, with which a run goes on that resumes; else nothing is left
	Err        error // why
	Unclean    error // why what is not whole could not be removed; nil: it was
}

func (e *StoppedError) Error() string {
	why := errors.Join(e.Err, e.Unclean).Error()
	if !e.Resumable {
		return why
	}
	return fmt.Sprintf("%s\n%s is incomplete: %d of %d parts are written", why, e.Dir, e.Whole, e.All)
}

// Unwrap returns what went wrong.
func (e *StoppedError) Unwrap() []error {
	return slices.DeleteFunc([]error{e.Err, e.Unclean}, func(err error) bool { return err == nil })
}

// Generate simulates a market and writes it as a dataset. What is wrong with the request, or with
// what is in the folder, is an error before anything is written: dataset.OccupiedError says that
// there is a dataset, dataset.DamageError that the one to go on with is damaged. A run that fails,
// or is stopped because ctx ends, is a StoppedError; parts that are whole then stay.
func Generate(ctx context.Context, g Generation) (*dataset.Manifest, error) {
	w, err := world(g.World, g.Scenario, g.Sets, g.Without)
	if err != nil {
		return nil, err
	}
	data, err := g.create(ctx, w)
	if err != nil {
		return nil, err
	}
	return g.fill(ctx, w, data, data)
}

// create begins the dataset.
func (g *Generation) create(ctx context.Context, w *model.World) (*dataset.Dataset, error) {
	if g.Out == "" {
		return nil, errors.New("a dataset needs a folder")
	}
	views, err := table.Views(w.Tables, cmp.Or(g.Truth, table.TruthSeparate), g.Tables)
	if err != nil {
		return nil, err
	}
	data, err := dataset.Create(ctx, g.Out, w, dataset.Options{
		Format: cmp.Or(g.Format, format.Formats()[0].Name), Compression: g.Compression,
		Views: views, Scenario: w.Scenario.YAML(), Hash: w.Scenario.Hash(),
		Partition: g.Partition, Shard: g.Shard, Shards: g.Shards, Force: g.Force, Resume: g.Resume,
	})
	if err == nil && g.Force { // what it says of the dataset that was there is not true of this one
		err = effects.Remove(g.Out)
	}
	return data, err
}

// fill simulates what the dataset does not have yet into a sink that passes it on, and ends it.
func (g *Generation) fill(ctx context.Context, w *model.World, data *dataset.Dataset,
	sink table.Sink) (*dataset.Manifest, error) {
	live := simulate.ByPart
	opt := simulate.Options{Workers: g.Workers, Shard: g.Shard, Shards: g.Shards,
		Skip: data.Done, Progress: g.Progress}
	if g.Partition == dataset.PartitionDate {
		live, opt.Skip = simulate.ByDay, nil // each day follows from the one before
	}
	err := live(ctx, w, sink, opt)
	if err == nil {
		var m *dataset.Manifest
		if m, err = data.Finish(); err == nil {
			return m, nil
		}
	}
	stopped := &StoppedError{Dir: g.Out, Err: err}
	stopped.Whole, stopped.All = data.Whole()
	stopped.Unclean = data.Abort()
	stopped.Resumable = stopped.Whole > 0 || data.Done(table.StaticPart)
	return nil, stopped
}

// world returns the world that somebody asks for, without some channels.
func world(w *model.World, scenario string, sets []model.Set, off []string) (*model.World, error) {
	if w == nil {
		var err error
		if w, err = Load(scenario, sets...); err != nil {
			return nil, err
		}
	}
	return w.Without(off...)
}
