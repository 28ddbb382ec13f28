package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model"
)

// none is what app.Streaming takes for a time that is 0.
const none = -1 * time.Nanosecond

// A streaming is what `stream` was asked to do. Each of its parts has its flags in a file of its
// own.
type streaming struct {
	request
	without []string
	quiet   bool

	to       string           // a URL, or - for stdout
	record   string           // the folder of a recording instead
	recorded *record.Manifest // of what is sent; nil: it is simulated
	dialect  *dialect.Dialect
	settings dialect.Settings

	pacing    pacing    // when events are sent, and which
	transport transport // how they get to the target
	reporting reporting // what is reported of the stream
	receipts  receipts  // what is written of each event
}

func streamCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "stream",
		Usage:     "sends the events of a scenario to an HTTP endpoint, live",
		ArgsUsage: "SCENARIO --to URL (--rate R | --requests R | --shape S | --speed N) [flags]",
		Description: `Examples:
  percorso stream fashion --to URL --rate 5000/s --duration 1m      5000 events a second
  percorso stream fashion --to URL --dialect segment --speed 60x    an hour in a minute
  percorso stream fashion --to URL --start now                      as if it happened now
  percorso stream fashion --to URL --requests 200/s --batch 50      requests of 50 events
  percorso stream fashion --to URL --shape ramp:1000..50000/5m      faster and faster
  percorso stream fashion --to URL --rate max --events 1M           as fast as the target can
  percorso stream fashion --to URL --from 2025-04-01 --speed 1x     after a dataset of 90 days
  percorso stream fashion --to - --dialect segment | head           what would be sent
  percorso stream fashion --record DIR --dialect segment            record, to send it later:
  percorso stream DIR --to URL --rate max                           nothing is simulated any more

The events are those that "percorso generate" writes with the same flags, with the same ids. One of
--rate, --requests, --shape and --speed says how fast they are sent; --start now alone means
--speed 1x. With --speed the stream ends with the scenario; with the others more days follow until
--duration, --events or ^C ends it. To stdout, events go as fast as possible up to the end of the
scenario, unless one of them is given.

A recording is a folder with the requests of a stream and without keys and tokens; each --option is
in it. Whoever sends it chooses the target, key and headers, pace, end and connections. The requests
stay as they were: their dialect, options, batch, scenario, and the times of events; only what says
when a request was sent is set anew. Give --key also to --record if the dialect sends more with one.
Without a pace the recording goes as it was recorded. "percorso verify DIR" checks it.

Shapes, in events a second:
  ramp:FROM..TO/TIME            evenly from one rate to another, which then stays
  step:RATE,RATE,…/TIME         one rate after the other, each for the time; the last one stays
  spike:BASE..HIGH/TIME@AFTER   one rate; after some time a high one for a time, once
  sine:LOW..HIGH/PERIOD         up and down between two rates, beginning with the low one`,
		Flags: slices.Concat(
			under("Target",
				&cli.StringFlag{Name: "to", Usage: "send to this `URL`, or - for stdout"},
				&cli.StringFlag{Name: "record", Usage: "write the requests to this `FOLDER`, to send " +
					"them later"},
				&cli.StringFlag{Name: "dialect", Value: "jsonl", Usage: "`NAME`: what the target expects, " +
					"see \"percorso schema dialects\""},
				&cli.GenericFlag{Name: "option", Value: new(texts),
					Usage: "`NAME=VALUE`: set an option of the dialect; may be repeated"}),
			under("Pace and duration", pacingFlags()...),
			under("Progress and reports", slices.Concat(reportingFlags(), receiptFlags(),
				[]cli.Flag{quietFlag("print no progress and no report")})...),
			under("Events", append(scenarioFlagsFrom(
				"first `DAY` of the data, e.g. 2025-01-31; now: as if it happened now"),
				withoutFlag("simulate the same market without these `CHANNELS`, e.g. display,email"))...),
			under("Connection", transportFlags()...)),
		Action: func(c *cli.Context) error {
			s, err := readStreaming(c)
			if err != nil {
				return err
			}
			return s.run(c.Context, con)
		},
	}
}

// streamExits are the exit codes of stream, as its help lists them.
const streamExits = `Exit codes: 0 done, also by ^C if the stream has no other end; 1 failed,
or events were not delivered; 2 wrong usage; 3 a limit of --fail-if was passed; 130 interrupted.
If both 1 and 3 apply, it is 3. A limit on errors, rejected, dropped or uncertain events allows
undelivered events as long as it holds: then they are no reason for 1.
`

// readStreaming reads the flags of stream.
func readStreaming(c *cli.Context) (s streaming, err error) {
	if s.name, err = oneArgument(c, whatIsScenario); err != nil {
		return s, err
	}
	s.to, s.record, s.quiet = c.String("to"), c.String("record"), c.Bool("quiet")
	if app.IsRecording(s.name) {
		err = s.readRecording(c)
	} else {
		err = s.readEvents(c)
	}
	if err != nil {
		return s, err
	}
	switch {
	case c.IsSet("record"):
		err = refuseWithRecord(c)
	case s.to == "":
		err = misused("percorso stream needs a target: --to URL, e.g. %s, or --to - for stdout",
			s.dialect.Example)
	case s.to == "-":
		err = refuseWithStdout(c)
	}
	if err != nil {
		return s, err
	}
	if s.pacing, err = readPacing(c, s.recorded != nil); err != nil {
		return s, err
	}
	if s.record != "" {
		if err := s.pacing.ends(); err != nil {
			return s, err
		}
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

// readEvents reads which events there are and in which form.
func (s *streaming) readEvents(c *cli.Context) (err error) {
	if s.request, err = requested(c); err != nil {
		return err
	}
	if s.dialect, err = dialect.LookupDialect(c.String("dialect")); err != nil {
		return withCode(exitMisused, err)
	}
	s.without = withoutChannels(c)
	s.settings.Options, err = dialectOptions(c)
	return err
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
	ask, days, err := s.source(con)
	if err != nil {
		return err
	}
	if err := s.transport.key(s.dialect, &s.settings, s.to == "-"); err != nil {
		return err
	}
	ask.Settings = s.settings
	s.pacing.ask(&ask)
	switch {
	case s.to == "-":
		return s.print(ctx, con, ask)
	case s.record != "":
		return s.toFolder(ctx, con, ask, days)
	}
	s.transport.ask(&ask)
	ask.To, ask.Receipt, ask.Resume = s.to, s.receipts.name, s.receipts.resume
	told := s.reporting.reporter(ctx, con, s, days)
	ask.Ready, ask.Watcher, ask.Progress = told.start, told, told.lived
	flow, err := app.Prepare(ask)
	if err != nil {
		return s.refused(err)
	}
	s.transport.warn(con)
	s.keyless(con)
	r, err := flow.Run(ctx)
	switch {
	case r != nil:
		return told.end(r, s.ended(ctx, err))
	case told.measure != nil: // it could not open what it reports to
		return err
	}
	return s.receipts.refused(ctx, err)
}

// source asks for the events of a world, or for the requests of a recording. Before the first event
// a simulation goes through some days.
func (s *streaming) source(con console) (ask app.Streaming, days calendar, err error) {
	if s.recorded != nil {
		return app.Streaming{Replay: s.name}, days, s.pacing.replays(s.recorded)
	}
	w, err := s.pacing.load(con, s.name, s.sets)
	if err == nil {
		w, err = without(w, s.without)
	}
	if err != nil {
		return ask, days, err
	}
	return app.Streaming{World: w, Dialect: s.dialect.Name}, calendarOf(w, s.pacing.day), nil
}

// refused is the error of a stream that cannot be, in terms of flags.
func (s *streaming) refused(err error) error {
	limit := (*app.LimitError)(nil)
	switch {
	case errors.As(err, &limit) && s.recorded != nil && limit.Limit != "Events":
		return s.outOfTime(limit)
	case errors.As(err, &limit):
		return s.pacing.refused(s.dialect, limit)
	case errors.Is(err, app.ErrInHeaders):
		return noHeaders(s.dialect)
	case errors.Is(err, app.ErrTwoAuthorizations):
		return s.transport.twice()
	}
	return withCode(exitMisused, err)
}

// ended is the error that a stream ends with. One without an end of its own is ended by ^C.
func (s *streaming) ended(ctx context.Context, err error) error {
	damage := (*record.DamageError)(nil)
	switch {
	case errors.As(err, &damage):
		return fmt.Errorf("%w\n%s", err, damagedAdvice)
	case errors.Is(err, app.ErrRanOut):
		return errors.New("the scenario ran out of days before the end of the stream: it has at most " +
			count(model.MaxDays) + "; more --customers give more events a day")
	case errors.Is(err, app.ErrRecordingOver):
		return fmt.Errorf("%w: it has %s; record more, or give a smaller --duration or --events", err,
			plural(s.recorded.Events, "event"))
	case !interrupted(ctx, err):
		return err
	case s.recorded == nil && s.pacing.endless():
		return nil
	}
	return withCode(exitInterrupted, errors.New("interrupted before the end of the stream"))
}
