package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// A streaming is what `stream` was asked to do.
type streaming struct {
	scenario string
	sets     []model.Set
	off      []string
	workers  int
	quiet    bool

	to       string
	dialect  *export.Dialect
	settings export.Settings
	push     push.Options
	pace     paceFlags
	start    string // now, or empty
	from     string
	events   int64
}

// paceFlags are what was said about the pace.
type paceFlags struct{ speed, rate, requests string }

func streamCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "stream",
		Usage:     "sends the events of a scenario to an endpoint, live",
		ArgsUsage: "SCENARIO --to URL --dialect NAME [flags]",
		Description: `Examples:
  percorso stream fashion --to http://127.0.0.1:18090/ --rate 5000/s --for 1m
  percorso stream fashion --to http://127.0.0.1:8080/v1/batch --dialect segment --speed 60x
  percorso stream fashion --to - --dialect cloudevents | head`,
		Flags: append(scenarioFlags(),
			&cli.StringFlag{Name: "to", Usage: "`URL` of the endpoint, or - for stdout"},
			&cli.StringFlag{Name: "dialect", Usage: "`NAME` of what the target understands",
				Value: "jsonl"},
			&cli.GenericFlag{Name: "option", Value: new(texts),
				Usage: "a setting of the dialect, `NAME=VALUE`; may be repeated"},
			&cli.StringFlag{Name: "speed", Usage: "run so many times faster than life, e.g. `60x`"},
			&cli.StringFlag{Name: "rate", Usage: "send events at a rate, e.g. `5000/s`, or max"},
			&cli.StringFlag{Name: "requests", Usage: "send requests at a rate, e.g. `200/s`"},
			&cli.StringFlag{Name: "from", Usage: "begin with this `DATE`; what was before is lived " +
				"in silence"},
			&cli.DurationFlag{Name: "for", Usage: "end after this `TIME`, e.g. 10m"},
			&cli.StringFlag{Name: "events", Usage: "end after `N` events"},
			&cli.IntFlag{Name: "batch", Usage: "put `N` events into a request (default: by dialect)"},
			&cli.DurationFlag{Name: "linger", Usage: "send a request that is not full after this `TIME`",
				Value: time.Second},
			&cli.IntFlag{Name: "connections", Usage: "`N` requests under way at the same time",
				Value: 64},
			&cli.DurationFlag{Name: "timeout", Usage: "wait so long for an answer, a `TIME`",
				Value: 30 * time.Second},
			&cli.DurationFlag{Name: "give-up", Usage: "try again for so long, a `TIME`",
				Value: time.Minute},
			flagOn("quiet", "no progress, no report"),
		),
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
	s.to, s.from = c.String("to"), c.String("from")
	s.pace = paceFlags{c.String("speed"), c.String("rate"), c.String("requests")}
	s.quiet = c.Bool("quiet")
	s.push = push.Options{
		Batch: c.Int("batch"), Linger: c.Duration("linger"), Connections: c.Int("connections"),
		Buffer: 64 << 20, Timeout: c.Duration("timeout"), GiveUp: c.Duration("give-up"),
		For: c.Duration("for"),
	}
	if n := c.String("events"); n != "" {
		if s.push.Events, err = strconv.ParseInt(n, 10, 64); err != nil || s.push.Events < 1 {
			return s, misused("--events %s: want a whole number from 1", n)
		}
	}
	return s, nil
}

// run streams until the end and reports.
func (s *streaming) run(ctx context.Context, con console) error {
	w, err := loadWorld(s.scenario, s.sets)
	if err != nil {
		return err
	}
	wire, err := export.OpenDialect(s.dialect, w, s.settings)
	if err != nil {
		return withCode(exitMisused, err)
	}
	opt := s.push
	opt.World, opt.Wire = w, wire
	if opt.Target, err = url.Parse(s.to); err != nil {
		return withCode(exitMisused, err)
	}
	opt.Transport = &http.Transport{MaxConnsPerHost: opt.Connections,
		MaxIdleConnsPerHost: opt.Connections, DisableCompression: true}
	if opt.Batch == 0 {
		opt.Batch = wire.Limits.Batch
	}
	opt.Pace = push.Max
	if s.pace.rate != "" && s.pace.rate != "max" {
		r, err := strconv.ParseFloat(s.pace.rate, 64)
		if err != nil {
			return withCode(exitMisused, err)
		}
		opt.Pace = push.Constant(r)
	}
	m := push.NewMeasure(opt.Pace)
	live := func(ctx context.Context, sink model.Sink) error {
		return simulate.ByDay(ctx, w, sink, simulate.Options{Workers: s.workers, Identify: true})
	}
	err = push.Run(ctx, live, m, opt)
	fmt.Fprintf(con.stderr, "%+v\n", m.Counts())
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
