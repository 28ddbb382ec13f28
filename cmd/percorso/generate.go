package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A generation is what `generate` was asked to do.
type generation struct {
	scenario    string
	sets        []model.Set
	out         string // a folder, or - for stdout; empty: ./NAME
	format      string // empty: parquet, or jsonl on stdout
	compression string
	partition   string // dataset.PartitionDate, or empty
	tables      []string
	off         []string // channels that the market shall be without
	truth       table.TruthMode
	shard       int // from 1; 0: all of it
	shards      int
	workers     int
	force       bool
	resume      bool
	quiet       bool
}

func generateCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "generate",
		Usage:     "simulates a scenario and writes a dataset",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso generate fashion --out data                      100,000 customers, as Parquet
  percorso generate fashion --customers 5000 --format csv   smaller, in ./fashion
  percorso generate shop.yaml --set needs.per_year=4        a scenario of your own, bent
  percorso generate fashion --shard 2/8 --out data-2        an eighth of it, see "merge"
  percorso generate fashion --out - | head                  events, as JSON Lines
  percorso generate fashion --partition date                events/date=2025-01-31/…, day by day
  percorso generate fashion --off display,email             the same people without these channels

SCENARIO is a built-in name, a file, or a dataset, whose scenario is run again: with all its
channels, unless --off takes some away.`,
		Flags: append(scenarioFlags(),
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` to write, or - for stdout " +
				"(default: ./NAME)"},
			&cli.StringFlag{Name: "format", Usage: "parquet, csv or jsonl as the `FORMAT` " +
				"(default: parquet, jsonl on stdout)"},
			&cli.StringFlag{Name: "compression", Usage: "`KIND` of it: snappy, zstd or none in " +
				"parquet, none, gzip or zstd in csv and jsonl"},
			&cli.StringFlag{Name: "partition", Usage: "date as the `KEY`: a folder for each day, " +
				"as Hive names them (default: a file for each run of towns)"},
			&cli.GenericFlag{Name: "tables", Value: new(texts),
				Usage: "write these `TABLES` only, e.g. events,orders"},
			&cli.StringFlag{Name: "truth", Usage: "`WHERE` the truth about events goes: separate " +
				"tables, inline in events, or none", Value: string(table.TruthSeparate)},
			&cli.StringFlag{Name: "shard", Usage: "simulate `I/N` of the market only, e.g. 2/8"},
			&cli.StringFlag{Name: "workers", Usage: "`N` at work in parallel; changes only the " +
				"speed (default: one per CPU)"},
			offFlag("simulate the same market without these `CHANNELS`, e.g. display,email"),
			flagOn("force", "replace a dataset that is there"),
			flagOn("resume", "go on with a run that was stopped"),
			flagOn("quiet", "no progress, no summary"),
		),
		Action: func(c *cli.Context) error {
			g, err := readGeneration(c)
			if err != nil {
				return err
			}
			return g.run(c.Context, con)
		},
	}
}

// readGeneration reads the flags of generate.
func readGeneration(c *cli.Context) (g generation, err error) {
	if g.scenario, err = oneArgument(c, whatIsScenario); err != nil {
		return g, err
	}
	if g.sets, err = settings(c); err != nil {
		return g, err
	}
	if g.shard, g.shards, err = parseShard(c.String("shard")); err != nil {
		return g, err
	}
	if s := c.String("workers"); s != "" {
		if g.workers, err = strconv.Atoi(s); err != nil || g.workers < 1 {
			return g, misused("--workers %s: want a whole number from 1", s)
		}
	}
	for _, s := range readTexts(c, "tables") {
		for name := range strings.SplitSeq(s, ",") {
			g.tables = append(g.tables, strings.TrimSpace(name))
		}
	}
	g.off = offChannels(c)
	g.out = c.String("out")
	g.format = c.String("format")
	g.compression = c.String("compression")
	g.partition = c.String("partition")
	g.truth = table.TruthMode(c.String("truth"))
	g.force = c.Bool("force")
	g.resume = c.Bool("resume")
	g.quiet = c.Bool("quiet")
	return g, nil
}

// parseShard reads i/n with 1 ≤ i ≤ n; the empty string is 0 of 0, no shard.
func parseShard(s string) (shard, shards int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	i, n, _ := strings.Cut(s, "/")
	shard, err = strconv.Atoi(i)
	if err == nil {
		shards, err = strconv.Atoi(n)
	}
	if err != nil || shard < 1 || shard > shards {
		return 0, 0, misused("--shard %s: want I/N with I from 1 to N, e.g. 2/8", s)
	}
	return shard, shards, nil
}

// run simulates and writes: a dataset, or one table to stdout.
func (g *generation) run(ctx context.Context, con console) error {
	w, err := loadWorld(g.scenario, g.sets)
	if err != nil {
		return err
	}
	if w, err = without(w, g.off); err != nil {
		return err
	}
	if g.out == "-" {
		return g.toStdout(ctx, con, w)
	}
	if g.out == "" {
		g.out = w.Scenario.Name
		if w.Off != 0 {
			g.out += "-without-" + strings.Join(w.OffNames(), "-")
		}
		if g.shards > 1 {
			g.out = fmt.Sprintf("%s-%d-of-%d", g.out, g.shard, g.shards)
		}
	}
	return g.toFolder(ctx, con, w)
}

// toStdout writes one table to stdout, in the order of time.
func (g *generation) toStdout(ctx context.Context, con console, w *model.World) error {
	tables, kind := g.tables, g.format
	if len(tables) == 0 {
		tables = []string{"events"}
	}
	if kind == "" {
		kind = "jsonl"
	}
	switch {
	case len(tables) > 1:
		return misused("--out - takes one table, got %s", list(tables))
	case g.force || g.resume || g.partition != "":
		return misused("--force, --resume and --partition mean nothing with --out -")
	}
	views, err := table.Views(w.Tables, g.truth, tables)
	if err != nil {
		return withCode(exitMisused, err)
	}
	stream, err := format.NewStream(con.stdout, w.Tables, views[0], kind, g.compression)
	if err != nil {
		return withCode(exitMisused, err)
	}
	if views[0].Static {
		err = streamStatic(stream, w)
	} else {
		g.quiet = g.quiet || isTerminal(con.stdout) // a bar would be in the way
		m := newMeter(con)
		err = simulate.ByDay(ctx, w, stream, simulate.Options{
			Workers: g.workers, Shard: g.shard, Shards: g.shards, Progress: g.progress(m),
		})
		m.clear()
	}
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, errors.New("interrupted, the table is not complete"))
	}
	if err != nil {
		return err
	}
	return stream.Close()
}

// streamStatic writes a table that needs no simulation.
func streamStatic(stream *format.Stream, w *model.World) error {
	commit, err := stream.Encode(w.Static())
	if err != nil || commit == nil {
		return err
	}
	return commit()
}

// toFolder writes a dataset, part by part.
func (g *generation) toFolder(ctx context.Context, con console, w *model.World) error {
	began := con.now()
	data, err := g.create(w)
	if err != nil {
		return err
	}
	m := newMeter(con)
	live := simulate.ByPart
	if g.partition == dataset.PartitionDate {
		live = simulate.ByDay
	}
	err = live(ctx, w, data, simulate.Options{
		Workers: g.workers, Shard: g.shard, Shards: g.shards, Skip: g.skip(data),
		Progress: g.progress(m),
	})
	m.clear()
	if err != nil {
		return g.stopped(ctx, data, err)
	}
	manifest, err := data.Finish()
	if err != nil {
		return g.stopped(ctx, data, err)
	}
	if !g.quiet {
		printSummary(con.stderr, g.out, manifest, con.now().Sub(began))
	}
	return nil
}

// skip says which parts need not be simulated again. Days have to be: each follows from the one
// before.
func (g *generation) skip(dataset *dataset.Dataset) func(part int) bool {
	if g.partition == "" {
		return dataset.Done
	}
	return nil
}

// create begins the dataset. What is wrong with the flags, or a folder that is taken, is a misuse;
// what is wrong with the disk is not.
func (g *generation) create(w *model.World) (*dataset.Dataset, error) {
	format := g.format
	if format == "" {
		format = "parquet"
	}
	views, err := table.Views(w.Tables, g.truth, g.tables)
	if err != nil {
		return nil, withCode(exitMisused, err)
	}
	dataset, err := dataset.Create(g.out, w, dataset.Options{
		Format: format, Compression: g.compression, Views: views,
		Scenario: w.Scenario.YAML(), Hash: w.Scenario.Hash(), Partition: g.partition,
		Shard: g.shard, Shards: g.shards, Force: g.force, Resume: g.resume,
	})
	return dataset, blame(err)
}

// progress is where a run reports to: m, or nobody when it shall be quiet.
func (g *generation) progress(m *meter) func(simulate.Progress) {
	if g.quiet {
		return nil
	}
	return m.show
}

// stopped cleans up after a run that did not come to its end and says what there is of it.
func (g *generation) stopped(
	ctx context.Context, dataset *dataset.Dataset, err error,
) error {
	whole, all := dataset.Whole()
	code := exitFailed
	if interrupted(ctx, err) {
		code, err = exitInterrupted, errors.New("interrupted")
	}
	if aborted := dataset.Abort(); aborted != nil {
		err = errors.Join(err, aborted)
	}
	if whole == 0 && !dataset.Done(table.StaticPart) { // then Abort left nothing to go on with
		return withCode(code, err)
	}
	return withCode(code, fmt.Errorf("%w\n%s is not complete, %d of %d parts are whole: "+
		"the same command goes on with --resume, begins again with --force", err, g.out, whole, all))
}

// interrupted says whether err is only the echo of a ^C.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}
