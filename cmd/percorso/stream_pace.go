package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
)

// A pacing says which events a stream has, and when they are due.
type pacing struct {
	pace       pace.Pace // nil: simulated time says when, at a speed
	perRequest bool      // the pace is of requests
	speed      pace.Speed
	runsOn     bool // the days go on beyond those of the scenario

	from       string // --from
	joins      bool   // --start now
	historical string // keep, shift

	events  int64
	limit   time.Duration // --duration
	batch   int
	linger  time.Duration
	atLarge bool // the target's limits are ignored

	began time.Time // when the command did
	day   int       // the first that is written
	first int64     // when the stream begins: earlier events are no part of it, µs since 1970
}

func pacingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "rate", Usage: "send events at this `RATE`: 5000/s, 5k/s, 300/min, max"},
		&cli.StringFlag{Name: "requests", Usage: "send requests at this `RATE`, each with --batch " +
			"events"},
		&cli.StringFlag{Name: "shape", Usage: "send events at a rate of this `SHAPE`, e.g. " +
			pace.Shapes()[0]},
		&cli.StringFlag{Name: "speed", Usage: "simulated time runs at `N` times real time: 1x, 60x, max"},
		&cli.StringFlag{Name: "from", Usage: "begin at this `TIME`, e.g. 2025-01-31 or " +
			"2025-01-31T08:00"},
		&cli.StringFlag{Name: "historical", Usage: "`keep|shift`: send times that are too old, or " +
			"shift them to today", DefaultText: "refuse"},
		&cli.DurationFlag{Name: "duration", Usage: "stop after this `TIME`, e.g. 10m",
			DefaultText: "no limit"},
		&cli.StringFlag{Name: "events", Usage: "stop after `N` events, e.g. 5000, 10k, 1M"},
		&cli.StringFlag{Name: "batch", Usage: "put up to `N` events into each request",
			DefaultText: "depends on the dialect"},
		&cli.DurationFlag{Name: "linger", Value: time.Second,
			Usage: "send an incomplete request after `TIME`"},
	}
}

// readPacing reads the flags of the pace; a recording has one of its own.
func readPacing(c *cli.Context, recorded bool) (p pacing, err error) {
	p = pacing{limit: c.Duration("duration"), linger: c.Duration("linger"),
		from: c.String("from"), historical: c.String("historical"),
		joins: c.String("start") == "now", atLarge: c.Bool("ignore-limits")}
	if err := p.readPace(c, recorded); err != nil {
		return p, err
	}
	if c.IsSet("events") {
		if p.events, err = readCount(c, "events", 1, anyCount); err != nil {
			return p, err
		}
	}
	if c.IsSet("batch") {
		batch, err := readCount(c, "batch", 1, math.MaxInt32)
		if err != nil {
			return p, err
		}
		p.batch = int(batch)
	}
	switch {
	case c.IsSet("duration") && p.limit <= 0:
		return p, misused("--duration %v: want a time above 0, e.g. 10m", p.limit)
	case p.linger < 0:
		return p, misused("--linger %v: want a time from 0, e.g. 200ms", p.linger)
	case !slices.Contains([]string{"", "keep", "shift"}, p.historical):
		return p, misused("--historical %s: want keep or shift", p.historical)
	case p.joins && p.from != "":
		return p, misused("--start now begins at this moment: leave out --from %s", p.from)
	case p.joins && p.historical != "":
		return p, misused("--start now begins at this moment: leave out --historical %s", p.historical)
	}
	return p, nil
}

// readPace reads the one flag that says how fast.
func (p *pacing) readPace(c *cli.Context, recorded bool) error {
	var given []string
	for _, name := range []string{"rate", "requests", "shape", "speed"} {
		if c.IsSet(name) {
			given = append(given, "--"+name)
		}
	}
	switch {
	case len(given) > 1:
		return misused("%s each set the pace: give only one of them", strings.Join(given, " and "))
	case len(given) == 0 && recorded:
	case len(given) == 0 && p.joins:
		p.speed = 1
	case len(given) == 0 && (c.String("to") == "-" || c.IsSet("record")):
		p.pace = pace.Max
	case len(given) == 0:
		return misused("percorso stream needs a pace: --rate 5000/s, --requests 200/s, " +
			"--shape ramp:1000..50000/5m, --speed 60x (1x is real time), " +
			"or --rate max for as fast as the target can")
	default:
		if err := p.parsePace(given[0], c.String(strings.TrimPrefix(given[0], "--"))); err != nil {
			return misused("%s %w", given[0], err)
		}
	}
	return nil
}

// parsePace reads the value of a flag that says how fast.
func (p *pacing) parsePace(flag, value string) (err error) {
	if flag == "--speed" {
		if p.speed, err = pace.ParseSpeed(value); p.speed == pace.AtOnce {
			p.pace = pace.Max
		}
		return err
	}
	p.perRequest, p.runsOn = flag == "--requests", true
	if flag == "--shape" {
		p.pace, err = pace.ParseShape(value, pace.MaxRate)
	} else {
		p.pace, err = pace.Parse(value, pace.MaxRate)
	}
	return err
}

// load loads the world that is streamed, and finds out when the stream begins.
func (p *pacing) load(con console, scenario string, sets []model.Set) (*model.World, error) {
	p.began = con.now()
	sets = slices.DeleteFunc(slices.Clone(sets), func(s model.Set) bool {
		return p.joins && s.Path == "start" && s.Value == "now"
	})
	w, err := p.world(scenario, sets)
	if err != nil {
		return nil, err
	}
	if err := p.locate(w); err != nil {
		return nil, err
	}
	if !p.joins && p.historical != "shift" {
		return w, nil
	}
	zone, err := time.LoadLocation(w.Scenario.TimeZone)
	if err != nil {
		return nil, err
	}
	start := p.began.In(zone).AddDate(0, 0, -p.day).Format(time.DateOnly)
	begins, _ := w.Bounds(p.day)
	since := p.first - begins
	sets = append(sets, model.Set{Path: "start", Value: start, Flag: "--start"})
	if w, err = p.world(scenario, sets); err != nil {
		return nil, err
	}
	begins, _ = w.Bounds(p.day)
	if p.first = begins + since; p.joins {
		p.first = p.began.UnixMicro()
	}
	fmt.Fprintf(con.stderr, "percorso: to repeat this stream: --start %s --from %s\n", start,
		time.UnixMicro(p.first).In(zone).Format(time.RFC3339Nano))
	return w, nil
}

// world loads a world, whose days may run on.
func (p *pacing) world(scenario string, sets []model.Set) (*model.World, error) {
	w, err := loadWorld(scenario, sets)
	if err != nil || !p.runsOn {
		return w, err
	}
	w, err = app.Lengthen(w)
	return w, withCode(exitMisused, err)
}

// locate finds the day and the moment at which the stream begins.
func (p *pacing) locate(w *model.World) error {
	if p.from == "" {
		p.first, _ = w.Bounds(0)
		return nil
	}
	m, err := pace.ParseMoment(p.from)
	if err != nil && p.from == "now" {
		return misused("--from %w; --start now makes the simulation happen now", err)
	}
	if err != nil {
		return misused("--from %w", err)
	}
	if p.day, p.first, err = m.In(w); err != nil {
		return misused("--from %w (--start and --days set them)", err)
	}
	return nil
}

// ask asks for the pace of a stream.
func (p *pacing) ask(s *app.Streaming) {
	s.RunOn, s.Historical = p.runsOn, p.historical != "" || p.joins
	opt := &s.Push
	opt.Events, opt.Duration, opt.Batch, opt.IgnoreLimits = p.events, p.limit, p.batch, p.atLarge
	opt.Linger = cmp.Or(p.linger, none)
	opt.From, opt.Pace, opt.PerRequest = p.first, p.pace, p.perRequest
	if p.pace == nil {
		opt.Pace = p.speed.From(p.first)
		if p.joins {
			opt.Began = p.began
		}
	}
}

// refused is the error of a stream that is not for its dialect, in terms of flags.
func (p *pacing) refused(d *dialect.Dialect, e *app.LimitError) error {
	const choices = "--historical shift moves the simulation so that its first day is today, " +
		"--historical keep sends the times as they are"
	first := time.UnixMicro(p.first).UTC().Format(time.RFC3339)
	switch e.Limit {
	case "Past":
		return misused("dialect %s accepts events of the last %s, and the stream begins at %s: %s",
			d.Name, period(e.Of.Past), first, choices)
	case "Future":
		return misused("dialect %s accepts events up to %s in the future, and the stream begins at "+
			"%s: %s", d.Name, period(e.Of.Future), first, choices)
	}
	return tooManyEvents(p.batch, e.Of.Events, d)
}

// tooManyEvents is the error of requests with more events than a dialect takes.
func tooManyEvents(batch, most int, d *dialect.Dialect) error {
	takes, unless := "at most "+count(most)+" events", ""
	if most == 1 {
		takes = "one event"
	}
	for _, o := range d.Options {
		if o.Name == "mode" && most == 1 {
			unless = ", unless --option mode=… allows more (" + o.Doc + ")"
		}
	}
	return misused("--batch %d: dialect %s accepts %s per request%s", batch, d.Name, takes, unless)
}

// period writes a limit of time as people say it.
func period(d time.Duration) string {
	if hours := d.Hours(); d >= time.Hour && hours == math.Trunc(hours) {
		return fmt.Sprintf("%.0f h", hours)
	}
	return d.String()
}

// paced reports whether events are due at times of their own.
func (p *pacing) paced() bool { return p.pace != pace.Max }

// endless reports whether the stream has no end of its own.
func (p *pacing) endless() bool {
	return p.events == 0 && p.limit == 0 && (p.runsOn || p.paced())
}
