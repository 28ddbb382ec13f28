package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate/worlds"
)

func truthCommand(con console) *cli.Command {
	return &cli.Command{
		Name:        "truth",
		Usage:       "measures what each channel really did",
		ArgsUsage:   "SCENARIO [flags]",
		Description: truthHelp,
		Flags:       truthFlags(),
		Action: func(c *cli.Context) error {
			t, err := readTruth(c)
			if err != nil {
				return err
			}
			if !intervenes(c) {
				return t.run(c.Context, con)
			}
			u, err := readUplift(c, t)
			if err != nil {
				return err
			}
			return u.run(c.Context, con)
		},
	}
}

const truthHelp = `Examples:
  percorso truth fashion                                   every channel that costs money
  percorso truth fashion --channels display,paid_social    only these two
  percorso truth data --out data                           of a dataset, as tables beside its own
  percorso truth shop.yaml --outcome revenue --coupling both
  percorso truth fashion --estimands loo --draws 0         quick: one world for each channel
  percorso truth fashion --holdout 10%                     and what an experiment would say
  percorso truth fashion --shard 1/2 -o one                half of it, for "merge"
  percorso truth fashion --but needs.per_year=8            the same people in another market

The same people live again without one or more channels. Nothing else changes: their needs, tastes
and luck are those of the market with all channels. So the difference is what the channels did.

ESTIMANDS
  loo         leave-one-out: all channels on, less all but this one. What would we lose?
  first_in    this channel alone, less none of them. What would it bring by itself?
  shapley     the mean of what it adds, over all orders in which channels may join; adds up to total
  total       all channels on, less none of them
  baseline    what is sold without any of them; it belongs to no channel
Effects of single channels need not add up to the total: channels help or replace each other.

--outcome takes orders, revenue, margin, first_orders or renewals.

--coupling says how people affect each other in the other worlds, by word of mouth and in queues:
  frozen      as in the market with all channels: the direct effect on each customer
  live        anew: the total effect, with what spreads; both gives the two and their difference
  off         not at all, in any world
Under frozen, people still hear words that adverts caused: compare with off.

ERRORS. Effects are exact for these people with this luck. SE (people) is the standard error if
other customers of the same kind had come; under live coupling, other towns, of which there must be
two.
EXPECTED is the mean over --draws in which the same people have other luck, with its own SE.

INTERVENTIONS. --but KEY=VALUE and --against FILE tell another market, in which the same customers
live again; --set changes both. The difference is the uplift, by segment and by customer. What
changes who the people are, when or where they live is refused.

Tables of --out, as Parquet, CSV or JSON Lines, with truth_views.sql for DuckDB:
  truth_channels       estimands by channel, outcome, horizon and universe
  truth_coalitions     what happened in each world
  truth_interactions   which channels help or replace each other
  truth_customers      what each person bought with all channels and without each; not under live
  truth_conversions    what became of each order without each channel; not under live
  truth_experiments    what control groups say, of --holdout and of campaigns with the key holdout
With an intervention: truth_uplift by customer and truth_uplift_segments.

An outcome counts orders placed in the written days; revenue is net of value added tax and returns,
with shipping. Universe "paths" counts only orders with a browser or a user on record.`

func truthFlags() []cli.Flag {
	return append(scenarioFlags(),
		&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write the tables to `FOLDER`, " +
			"e.g. that of the dataset"},
		&cli.StringFlag{Name: "format", Usage: "`" + formatsText() + "`: how tables are written " +
			"(default: " + format.Formats()[0].Name + ")"},
		&cli.StringFlag{Name: "compression", Usage: "`NAME`: " + compressionsText()},
		&cli.GenericFlag{Name: "channels", Value: new(texts), Usage: "switch these `CHANNELS`, e.g. " +
			"display,email (default: all with costs)"},
		&cli.StringFlag{Name: "estimands", Usage: "`all|loo`: loo is quicker, without Shapley values",
			Value: "all"},
		&cli.StringFlag{Name: "outcome", Usage: "show the effect on `NAME`, see above",
			Value: worlds.Outcomes[0]},
		&cli.StringFlag{Name: "coupling", Usage: "how people affect each other, see above: `KIND` " +
			"(default: frozen)"},
		sinceFlag("start"),
		&cli.StringFlag{Name: "draws", Usage: "let the same people live `N` times with other luck",
			Value: strconv.Itoa(worlds.DefaultDraws)},
		&cli.StringFlag{Name: "holdout", Usage: "also try each channel with this `SHARE` of customers " +
			"as control group"},
		&cli.GenericFlag{Name: "but", Value: new(texts), Usage: "an intervention: the same market with " +
			"another `KEY=VALUE`"},
		&cli.StringFlag{Name: "against", Usage: "an intervention: the market of another `SCENARIO`"},
		&cli.StringFlag{Name: "shard", Usage: "only shard `I/N` of the market, e.g. 2/8"},
		&cli.StringFlag{Name: "workers", Usage: "use `N` parallel workers (default: 1 per CPU)"},
		flagOn("force", "replace the truth in the folder"),
		flagOn("resume", "finish a run that was interrupted"),
		flagOn("json", "print JSON"),
		quietFlag("print no progress"))
}

// A truth is what `truth` was asked to find.
type truth struct {
	app.Truth
	report
}

// readTruth reads the flags of truth.
func readTruth(c *cli.Context) (*truth, error) {
	w, all, err := sampleOf(c)
	if err != nil {
		return nil, err
	}
	t := &truth{report: report{all: all, json: c.Bool("json"), quiet: c.Bool("quiet")}}
	t.Out, t.Format, t.Compression = c.String("out"), c.String("format"), c.String("compression")
	t.Force, t.Resume = c.Bool("force"), c.Bool("resume")
	if t.Format != "" {
		if _, err := format.LookupFormat(t.Format); err != nil {
			return nil, misused("--format: %w", err)
		}
	}
	if t.Shard, t.Shards, err = parseShard(c.String("shard")); err != nil {
		return nil, err
	}
	switch {
	case t.Out == "-" || c.IsSet("out") && t.Out == "":
		return nil, misused("--out needs a folder")
	case t.Out == "" && (t.Shard > 0 || t.Force || t.Resume):
		return nil, misused("--shard, --force and --resume need a folder: --out FOLDER")
	case t.Force && t.Resume:
		return nil, misused("--force begins again and --resume goes on: give only one of them")
	}
	if c.IsSet("workers") {
		workers, err := readCount(c, "workers", 1, maxWorkers)
		if err != nil {
			return nil, err
		}
		t.Workers = int(workers)
	}
	if t.outcome, err = placeOf(c, "outcome", worlds.Outcomes); err != nil {
		return nil, err
	}
	t.Plan, err = readPlan(c, w)
	return t, err
}

// placeOf is the place of a flag's value among the words it may be.
func placeOf(c *cli.Context, flag string, words []string) (int, error) {
	for i, word := range words {
		if word == c.String(flag) {
			return i, nil
		}
	}
	return 0, misused("--%s: %s", flag, table.Unknown(flag, c.String(flag), words))
}

// readPlan reads which worlds to live.
func readPlan(c *cli.Context, w *model.World) (p worlds.Plan, err error) {
	p = worlds.DefaultPlan(w)
	if names := namesIn(c, "channels"); len(names) > 0 {
		p.Players = names
	}
	estimands, err := placeOf(c, "estimands", []string{"all", "loo"})
	if err != nil {
		return p, err
	}
	p.Every = estimands == 0
	draws, err := readCount(c, "draws", 0, 1000)
	if err != nil {
		return p, err
	}
	p.Draws = int(draws)
	if c.IsSet("holdout") {
		if p.Holdout, err = readShare(c, "holdout"); err != nil {
			return p, err
		}
	}
	if p.Since, err = readSince(c, w); err != nil {
		return p, err
	}
	switch name := c.String("coupling"); name {
	case "":
	case "both":
		p.Couplings = []model.Coupling{model.CouplingFrozen, model.CouplingLive}
	default:
		one, err := model.CouplingOf(name)
		if err != nil {
			return p, misused("--coupling: %s", table.Unknown("coupling", name,
				append([]string{"both"}, model.Couplings...)))
		}
		p.Couplings = []model.Coupling{one}
	}
	if err := p.Check(); err != nil {
		return p, misused("%w", err)
	}
	return p, nil
}

// run finds the truth and prints it.
func (t *truth) run(ctx context.Context, con console) error {
	if !t.quiet {
		fmt.Fprintf(con.stderr, "%s of %s customers: %s\n", plural(t.Plan.Cost(), "world"),
			count(t.Plan.World.Customers), t.cost())
	}
	m := newMeter(con)
	m.of = "towns lived"
	t.Progress = m.unless(t.quiet)
	sum, err := app.FindTruth(ctx, t.Truth)
	m.clear()
	if err != nil {
		return truthFailed(ctx, err)
	}
	if t.Shard > 0 {
		t.tellShard(con, &t.Search)
		return nil
	}
	if t.json {
		return t.printJSON(con.stdout, sum)
	}
	return t.print(con.stdout, sum)
}

// cost says what the worlds are for.
func (t *truth) cost() string {
	p := &t.Plan
	text := fmt.Sprintf("%s, %s", plural(len(p.Players), "channel"),
		map[bool]string{true: "all their coalitions", false: "each off and each alone"}[p.Every])
	if len(p.Couplings) > 1 {
		text += ", frozen and live"
	}
	if p.Draws > 0 {
		text += fmt.Sprintf("; %s", plural(p.Draws, "draw"))
	}
	return text
}

// truthFailed says what there is of a truth that was not found, and how one goes on.
func truthFailed(ctx context.Context, err error) error {
	taken, stop := (*effects.OccupiedError)(nil), (*app.StoppedError)(nil)
	switch {
	case errors.As(err, &taken):
		advice := "replace it with --force or choose another folder"
		if taken.Unfinished && !taken.Differs {
			advice = "go on with --resume, " + advice
		}
		return withCode(exitMisused, fmt.Errorf("%w: %s", err, advice))
	case !errors.As(err, &stop):
		if interrupted(ctx, err) {
			return withCode(exitInterrupted, errors.New("interrupted"))
		}
		return err
	}
	code := exitFailed
	if interrupted(ctx, err) {
		code, stop.Err = exitInterrupted, errors.New("interrupted")
	}
	if stop.Resumable {
		return withCode(code, fmt.Errorf("%w: run the same command with --resume to go on", stop))
	}
	return withCode(code, stop)
}

// shareOf reads a share from 0 to 1, such as 10% or 0.1.
func shareOf(text string) (float64, error) {
	text, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	share, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if percent {
		share /= 100
	}
	if err == nil && !(share >= 0 && share <= 1) {
		err = errors.New("want a share from 0% to 100%")
	}
	return share, err
}

// readShare reads a share between 0 and 1.
func readShare(c *cli.Context, flag string) (float64, error) {
	share, err := shareOf(c.String(flag))
	if err != nil || share == 0 || share == 1 {
		return 0, misused("--%s %s: want a share above 0 and below 100%%, e.g. 10%%", flag,
			c.String(flag))
	}
	return share, nil
}
