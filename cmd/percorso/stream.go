package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/model"
)

// none is what app.Streaming takes for a time that is 0.
const none = -1 * time.Nanosecond

// A streaming is what `stream` was asked to do. Its parts are read from flags of their own, in
// files of their own.
type streaming struct {
	scenario string
	sets     []model.Set
	off      []string
	quiet    bool

	to       string // a URL, or - for stdout
	dialect  *dialect.Dialect
	settings dialect.Settings

	pacing    pacing    // when events are sent, and which
	transport transport // how they get there
	reporting reporting // what is said about it
	receipts  receipts  // what is written about each event
}

func streamCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "stream",
		Usage:     "sends the events of a scenario to an endpoint, live",
		ArgsUsage: "SCENARIO --to URL --dialect NAME [flags]",
		Description: `Examples:
  percorso stream fashion --to URL --rate 5000/s --for 1m           events, as JSON Lines
  percorso stream fashion --to URL --dialect segment --speed 60x    an hour a minute
  percorso stream fashion --to URL --start now                      as if it happened here and now
  percorso stream fashion --to URL --requests 200/s --batch 50      requests of 50 events
  percorso stream fashion --to URL --shape ramp:1000..50000/5m      faster and faster
  percorso stream fashion --to URL --rate max --events 1e6          as fast as the target can
  percorso stream fashion --to URL --from 2025-04-01 --speed 1x     after a dataset of 90 days
  percorso stream fashion --to - --dialect segment | head           what would be sent

The events are those of "percorso generate" with the same flags, with the same ids. One of --rate,
--requests, --shape and --speed says how fast. With --speed the stream ends with the scenario; with
the others the days run on until --for, --events or ^C. To stdout it goes as fast as it can, unless
told otherwise, and to the end of the scenario.

Shapes, in events a second:
  ramp:FROM..TO/TIME            evenly from one rate to another, which stays
  step:RATE,RATE,…/TIME         one after the other, each for the time; the last stays
  spike:BASE..HIGH/TIME@AFTER   high for a time, once, after another
  sine:LOW..HIGH/PERIOD         up and down, from the low rate on

Exit codes: 0 done, also by ^C where there is no other end; 1 failed, or events were not delivered;
2 misused; 3 --fail-if; 130 interrupted before the end.`,
		Flags: slices.Concat(
			under("Where to",
				&cli.StringFlag{Name: "to", Usage: "`URL` of the endpoint, or - for stdout"},
				&cli.StringFlag{Name: "dialect", Value: "jsonl",
					Usage: "`NAME` of what it takes: see \"percorso schema dialects\""},
				&cli.GenericFlag{Name: "option", Value: new(texts),
					Usage: "a setting of the dialect, `NAME=VALUE`; may be repeated"}),
			under("How fast, from when, how long", pacingFlags()...),
			under("What is told", slices.Concat(reportingFlags(), receiptFlags(),
				[]cli.Flag{flagOn("quiet", "no progress, no report")})...),
			under("Which events", append(scenarioFlags(),
				offFlag("simulate the same market without these `CHANNELS`, e.g. display,email"))...),
			under("How they get there", transportFlags()...)),
		Action: func(c *cli.Context) error {
			s, err := readStreaming(c)
			if err != nil {
				return err
			}
			return s.run(c.Context, con)
		},
	}
}

// readStreaming reads the flags of stream.
func readStreaming(c *cli.Context) (s streaming, err error) {
	if s.scenario, err = oneArgument(c, whatIsScenario); err != nil {
		return s, err
	}
	if s.sets, err = settings(c); err != nil {
		return s, err
	}
	if s.dialect, err = dialect.LookupDialect(c.String("dialect")); err != nil {
		return s, withCode(exitMisused, err)
	}
	if s.settings.Options, err = dialectOptions(c); err != nil {
		return s, err
	}
	s.to, s.off, s.quiet = c.String("to"), offChannels(c), c.Bool("quiet")
	if s.to == "" {
		return s, misused("percorso stream needs to know where to: --to URL, e.g. %s, or --to - "+
			"for stdout", s.dialect.Example)
	}
	if s.to == "-" {
		if err := refuseWithStdout(c); err != nil {
			return s, err
		}
	}
	if s.pacing, err = readPacing(c); err != nil {
		return s, err
	}
	if s.transport, err = readTransport(c); err != nil {
		return s, err
	}
	if s.receipts, err = readReceipts(c); err != nil {
		return s, err
	}
	s.reporting, err = readReporting(c)
	return s, err
}

// dialectOptions reads --option NAME=VALUE.
func dialectOptions(c *cli.Context) (map[string]string, error) {
	options := make(map[string]string)
	for _, o := range readTexts(c, "option") {
		name, value, ok := strings.Cut(o, "=")
		if !ok || name == "" {
			return nil, misused("--option %q: want NAME=VALUE", o)
		}
		options[name] = value
	}
	return options, nil
}

// run streams until the end and reports.
func (s *streaming) run(ctx context.Context, con console) error {
	w, err := s.pacing.load(con, s.scenario, s.sets)
	if err != nil {
		return err
	}
	if w, err = without(w, s.off); err != nil {
		return err
	}
	if err := s.transport.key(s.dialect, &s.settings); err != nil {
		return err
	}
	ask := app.Streaming{World: w, Dialect: s.dialect.Name, Settings: s.settings}
	s.pacing.ask(&ask)
	if s.to == "-" {
		return s.print(ctx, con, ask)
	}
	s.transport.ask(&ask)
	ask.To, ask.Receipt, ask.Resume = s.to, s.receipts.name, s.receipts.resume
	told := s.reporting.reporter(ctx, con, s, w)
	ask.Ready, ask.Watcher, ask.Progress = told.start, told, told.lived
	flow, err := app.Prepare(ask)
	if err != nil {
		return s.refused(err)
	}
	s.transport.warn(con)
	r, err := flow.Run(ctx)
	switch {
	case r != nil:
		return told.end(r, s.ended(ctx, err))
	case told.measure != nil: // it could not begin to tell
		return err
	}
	return s.receipts.refused(ctx, err)
}

// refused is the error of a stream that cannot be, in terms of flags.
func (s *streaming) refused(err error) error {
	limit := (*app.LimitError)(nil)
	switch {
	case errors.As(err, &limit):
		return s.pacing.refused(s.dialect, limit)
	case errors.Is(err, app.ErrInHeaders):
		return noHeaders(s.dialect)
	case errors.Is(err, app.ErrTwoAuthorizations):
		return s.transport.twice()
	}
	return withCode(exitMisused, err)
}

// ended is what a stream ends with. A ^C is how one without an end does.
func (s *streaming) ended(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, app.ErrRanOut):
		return errors.New("the days ran out before the end of the stream: there are at most " +
			count(model.MaxDays) + " of them; more --customers make more events a day")
	case !interrupted(ctx, err):
		return err
	case s.pacing.endless():
		return nil
	}
	return withCode(exitInterrupted, errors.New("interrupted before the end of the stream"))
}
