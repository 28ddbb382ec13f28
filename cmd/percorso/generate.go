package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
	"github.com/percorso/percorso/simulate/worlds"
)

// A generation is what `generate` was asked to do.
type generation struct {
	request
	out         string // a folder, or - for stdout; empty: ./NAME
	format      string // empty: parquet, or jsonl on stdout
	compression string
	partition   string // dataset.PartitionDate, or empty
	tables      []string
	truth       table.TruthMode
	without     func(*model.World) (*model.World, error) // takes channels away
	shard       int                                      // from 1; 0: all of it
	shards      int
	workers     int
	force       bool
	resume      bool
	effects     bool // also find out what each channel did
	quiet       bool
}

func generateCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "generate",
		Usage:     "simulates a scenario and writes a dataset",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso generate fashion --customers 2000 -o data    a small market, as Parquet, in seconds
  percorso generate fashion                             100,000 customers, in ./fashion
  percorso generate shop.yaml --set needs.per_year=4    your own scenario, with one key changed
  percorso generate fashion --without display,email     the same people without these channels
  percorso generate fashion --partition date            a folder for each day: date=2025-01-31
  percorso generate fashion --shard 2/8 -o data-2       an eighth of the market, for "merge"
  percorso generate fashion --with-effects -o data      and what each channel did: see "truth"
  percorso generate fashion -o - | head                 events as JSON Lines, to stdout

SCENARIO is a built-in name, a YAML file, or the folder of a dataset. A dataset's scenario is
simulated again, with all its channels unless --without takes some away.

The folder must be empty or new. --force replaces a dataset in it, and --resume finishes one whose
run was interrupted. Your own files may lie beside the folders of the tables, but not in them.

"-o -" takes one table, events or that of --tables. "--truth inline" moves the columns of
truth_events into events; truth_people, truth_journeys and truth_identity are written all the same.

--customers N simulates N people; those who become known are in table customers.

A market is simulated in parts of about a million events. A shard is a share of these parts, so
of a market of one part only one shard is not empty. "merge" needs all shards, empty ones too.`,
		Flags: append(scenarioFlags(),
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write to `FOLDER`, or - for " +
				"stdout (default: ./NAME of the scenario)"},
			&cli.StringFlag{Name: "format", Usage: "`" + formatsText() + "`: how files are written " +
				"(default: " + format.Formats()[0].Name + "; " + formatOnStdout + " to stdout)"},
			&cli.StringFlag{Name: "compression", Usage: "`NAME`: " + compressionsText()},
			&cli.StringFlag{Name: "partition", Usage: "`date`: write a folder for each day, as Hive " +
				"does"},
			&cli.GenericFlag{Name: "tables", Value: new(texts),
				Usage: "write only these `TABLES`, e.g. events,orders"},
			&cli.StringFlag{Name: "truth", Usage: "`separate|inline|none`: truth of events in a table, " +
				"in events; or none", Value: string(table.TruthSeparate)},
			&cli.StringFlag{Name: "shard", Usage: "simulate only shard `I/N` of the market, e.g. 2/8"},
			&cli.StringFlag{Name: "workers", Usage: "use `N` parallel workers; changes only the speed " +
				"(default: 1 per CPU)"},
			withoutFlag("simulate the same market without these `CHANNELS`, e.g. display,email"),
			sinceFlag("always"),
			flagOn("with-effects", "also write what each channel did, as \"truth\" does"),
			flagOn("force", "replace the dataset in the folder"),
			flagOn("resume", "finish a run that was interrupted"),
			quietFlag("print no progress and no summary"),
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

// formatOnStdout is the format of what goes to stdout, unless one asks for another.
const formatOnStdout = "jsonl"

// formatsText lists the formats to choose from: parquet|csv|jsonl.
func formatsText() string {
	var names []string
	for _, f := range format.Formats() {
		names = append(names, f.Name)
	}
	return strings.Join(names, "|")
}

// compressionsText lists the compressions, with their formats.
func compressionsText() string {
	var kinds []string
	in := make(map[string][]string)
	for _, f := range format.Formats() {
		kind := table.OneOf(f.Compressions)
		if in[kind] == nil {
			kinds = append(kinds, kind)
		}
		in[kind] = append(in[kind], f.Name)
	}
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%s (%s)", kind, list(in[kind]))
	}
	return strings.Join(kinds, "; ")
}

// readGeneration reads the flags of generate.
func readGeneration(c *cli.Context) (g generation, err error) {
	if g.request, err = requested(c); err != nil {
		return g, err
	}
	if g.shard, g.shards, err = parseShard(c.String("shard")); err != nil {
		return g, err
	}
	if c.IsSet("workers") {
		workers, err := readCount(c, "workers", 1, maxWorkers)
		if err != nil {
			return g, err
		}
		g.workers = int(workers)
	}
	for _, s := range readTexts(c, "tables") {
		for name := range strings.SplitSeq(s, ",") {
			g.tables = append(g.tables, strings.TrimSpace(name))
		}
	}
	g.without = func(w *model.World) (*model.World, error) { return withoutSince(c, w) }
	if g.out = c.String("out"); g.out == "" && c.IsSet("out") {
		return g, misused("--out needs a folder, or - for stdout")
	}
	if g.format = c.String("format"); g.format != "" {
		if _, err := format.LookupFormat(g.format); err != nil {
			return g, misused("--format: %w", err)
		}
	}
	g.compression = c.String("compression")
	g.partition = c.String("partition")
	g.truth = table.TruthMode(c.String("truth"))
	if _, err := table.Views(table.Schema(""), g.truth, nil); err != nil {
		return g, misused("--truth: %w", err)
	}
	g.force = c.Bool("force")
	g.resume = c.Bool("resume")
	g.quiet = c.Bool("quiet")
	if g.effects = c.Bool("with-effects"); g.effects {
		for _, name := range []string{"shard", "without"} {
			if c.IsSet(name) {
				return g, misused("--with-effects is for a whole market: leave out --%s, and use "+
					"\"percorso truth\"", name)
			}
		}
		if g.out == "-" {
			return g, misused("--with-effects needs a folder: it has no effect with --out -")
		}
	}
	return g, nil
}

// maxWorkers is how many workers one may ask for.
const maxWorkers = 10_000

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
	w, err := loadWorld(g.name, g.sets)
	if err != nil {
		return err
	}
	if w, err = g.without(w); err != nil {
		return err
	}
	warnOfDates(con, w)
	if g.effects {
		if plan := worlds.DefaultPlan(w); plan.Check() != nil {
			return misused("--with-effects: %w", plan.Check())
		}
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
		kind = formatOnStdout
	}
	switch {
	case len(tables) > 1:
		return misused("--out - takes one table, got %s", list(tables))
	case g.force || g.resume || g.partition != "":
		return misused("--force, --resume and --partition need a folder: they have no effect with " +
			"--out -")
	}
	views, err := table.Views(w.Tables, g.truth, tables)
	if err != nil {
		return withCode(exitMisused, err)
	}
	stream, err := format.NewTableWriter(con.stdout, w.Tables, views[0], kind, g.compression)
	if err != nil {
		return withCode(exitMisused, err)
	}
	if views[0].Static {
		err = streamStatic(stream, w)
	} else {
		g.quiet = g.quiet || isTerminal(con.stdout) // a bar would be in the way
		m := newMeter(con)
		err = simulate.ByDay(ctx, w, stream, simulate.Options{
			Workers: g.workers, Shard: g.shard, Shards: g.shards, Progress: m.unless(g.quiet),
		})
		m.clear()
	}
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, errors.New("interrupted: the table is incomplete"))
	}
	if err != nil {
		return err
	}
	return stream.Close()
}

// streamStatic writes a table that needs no simulation.
func streamStatic(stream *format.TableWriter, w *model.World) error {
	commit, err := stream.Encode(w.Static())
	if err != nil || commit == nil {
		return err
	}
	return commit()
}

// toFolder writes a dataset.
func (g *generation) toFolder(ctx context.Context, con console, w *model.World) error {
	if g.force && g.resume {
		return misused("--force begins again and --resume goes on: give only one of them")
	}
	var m *meter // of the simulation, not of what is read again before
	var made work
	progress := func(p simulate.Progress) {
		if m == nil {
			m = newMeter(con)
		}
		made.events = p.Events
		m.show(p)
	}
	if g.quiet {
		progress = nil
	}
	manifest, err := app.Generate(ctx, app.Generation{
		World: w, Out: g.out, Format: g.format, Compression: g.compression, Tables: g.tables,
		Truth: g.truth, Partition: g.partition, Shard: g.shard, Shards: g.shards,
		Workers: g.workers, Force: g.force, Resume: g.resume, Progress: progress,
	})
	if m != nil {
		m.clear()
	}
	if err != nil {
		return g.failed(ctx, err)
	}
	if !g.quiet {
		if m != nil {
			made.ran, made.took = true, con.now().Sub(m.began)
		}
		made.resumed = g.resume
		printSummary(con, g.out, manifest, made)
	}
	if g.effects {
		return g.findEffects(ctx, con, w)
	}
	return nil
}

// findEffects writes beside the dataset what each channel did.
func (g *generation) findEffects(ctx context.Context, con console, w *model.World) error {
	t := &truth{report: report{all: w.Customers, quiet: g.quiet}}
	t.Plan = worlds.DefaultPlan(w)
	t.Search = app.Search{Out: g.out, Format: g.format, Compression: g.compression,
		Workers: g.workers, Force: g.force, Resume: g.resume}
	con.stdout = con.stderr // beside the summary
	if g.quiet {
		con.stdout = io.Discard
	}
	return t.run(ctx, con)
}

// work is what a run simulated, which is not all of its dataset if it went on with one.
type work struct {
	ran     bool // it simulated anything
	resumed bool // --resume was given
	events  int64
	took    time.Duration
}

// failed says what there is of a dataset that did not come to be, and with which flags one goes on.
// What is wrong with the flags, or a folder that is taken, is a misuse; what is wrong with the disk
// is not.
func (g *generation) failed(ctx context.Context, err error) error {
	stop := (*app.StoppedError)(nil)
	switch begun := errors.As(err, &stop); {
	case !begun && interrupted(ctx, err):
		return withCode(exitInterrupted, fmt.Errorf("interrupted: %s is unchanged", g.out))
	case !begun:
		return g.advise(err)
	}
	code := exitFailed
	if interrupted(ctx, err) {
		code, stop.Err = exitInterrupted, errors.New("interrupted")
	}
	if stop.Resumable {
		return withCode(code, fmt.Errorf("%w: run the same command with --resume to go on, or with "+
			"--force to begin again", stop))
	}
	return withCode(code, stop)
}

// advise adds to the error of a dataset that could not be begun which flags would help.
func (g *generation) advise(err error) error {
	damage := (*dataset.DamageError)(nil)
	if errors.As(err, &damage) && g.resume {
		err = fmt.Errorf("%w\nreplace the dataset with --force", err)
	}
	return blame(occupied(err, "go on with --resume, "))
}

// occupied adds to the error of a folder that is taken how to go on, and what to do about it.
func occupied(err error, goOn string) error {
	taken := (*dataset.OccupiedError)(nil)
	if !errors.As(err, &taken) {
		return err
	}
	if !taken.Unfinished || taken.Differs != "" {
		goOn = ""
	}
	replace := "replace it with --force or choose another folder"
	return fmt.Errorf("%w: %s%s", err, goOn, replace)
}

// interrupted reports whether err is only the echo of a ^C.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}
