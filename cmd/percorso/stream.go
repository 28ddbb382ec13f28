package main

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// A streaming is what `stream` was asked to do. Its parts are read from flags of their own, in files
// of their own.
type streaming struct {
	scenario string
	sets     []model.Set
	off      []string
	quiet    bool

	to       string // a URL, or - for stdout
	dialect  *export.Dialect
	settings export.Settings

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
  percorso stream fashion --to http://127.0.0.1:18090/ --rate 5000/s --for 1m
  percorso stream fashion --to http://127.0.0.1:8080/v1/batch --dialect segment --speed 60x
  percorso stream fashion --to - --dialect cloudevents | head`,
		Flags: slices.Concat(scenarioFlags(), []cli.Flag{
			offFlag("simulate the same market without these `CHANNELS`, e.g. display,email"),
			&cli.StringFlag{Name: "to", Usage: "`URL` of the endpoint, or - for stdout"},
			&cli.StringFlag{Name: "dialect", Usage: "`NAME` of what the target understands",
				Value: "jsonl"},
			&cli.GenericFlag{Name: "option", Value: new(texts),
				Usage: "a setting of the dialect, `NAME=VALUE`; may be repeated"},
		}, pacingFlags(), transportFlags(), receiptFlags(), reportingFlags(), []cli.Flag{
			flagOn("quiet", "no progress, no report"),
		}),
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
	if s.dialect, err = export.LookupDialect(c.String("dialect")); err != nil {
		return s, withCode(exitMisused, err)
	}
	if s.settings.Options, err = dialectOptions(c); err != nil {
		return s, err
	}
	s.to, s.off, s.quiet = c.String("to"), offChannels(c), c.Bool("quiet")
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
	opt := push.Options{World: w}
	if err := s.transport.key(&s.settings); err != nil {
		return err
	}
	if opt.Wire, err = export.OpenDialect(s.dialect, w, s.settings); err != nil {
		return withCode(exitMisused, err)
	}
	if opt.Target, err = url.Parse(s.to); err != nil {
		return withCode(exitMisused, err)
	}
	if err := s.pacing.set(w, &opt); err != nil {
		return err
	}
	if err := s.transport.set(&opt); err != nil {
		return err
	}
	closeReceipt, err := s.receipts.open(s, &opt)
	if err != nil {
		return err
	}
	m := push.NewMeasure(opt.Pace)
	report, err := s.reporting.start(con, m, s)
	if err != nil {
		return err
	}
	live := func(ctx context.Context, sink model.Sink) error {
		return simulate.ByDay(ctx, w, sink, simulate.Options{From: s.pacing.day, Identify: true})
	}
	err = push.Run(ctx, live, m, opt)
	err = errors.Join(err, closeReceipt(err))
	if interrupted(ctx, err) && s.pacing.endless() {
		err = nil
	}
	return report(err)
}
