package main

import (
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
)

// A pacing says which events a stream has, and when they are due.
type pacing struct {
	rate   string
	events int64
	limit  time.Duration // --for
	batch  int
	linger time.Duration
	day    int // the first that is written
}

func pacingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "rate", Usage: "send events at a rate, e.g. `5000/s`, or max"},
		&cli.DurationFlag{Name: "for", Usage: "end after this `TIME`, e.g. 10m"},
		&cli.StringFlag{Name: "events", Usage: "end after `N` events"},
		&cli.IntFlag{Name: "batch", Usage: "put `N` events into a request (default: by dialect)"},
		&cli.DurationFlag{Name: "linger", Value: time.Second,
			Usage: "send a request that is not full after this `TIME`"},
	}
}

func readPacing(c *cli.Context) (p pacing, err error) {
	p = pacing{rate: c.String("rate"), limit: c.Duration("for"), batch: c.Int("batch"),
		linger: c.Duration("linger")}
	if n := c.String("events"); n != "" {
		if p.events, err = strconv.ParseInt(n, 10, 64); err != nil || p.events < 1 {
			return p, misused("--events %s: want a whole number from 1", n)
		}
	}
	return p, nil
}

// load loads the world that the stream is of.
func (p *pacing) load(_ console, scenario string, sets []model.Set) (*model.World, error) {
	return loadWorld(scenario, sets)
}

// set sets the pace of a stream.
func (p *pacing) set(_ *model.World, opt *push.Options) error {
	opt.Events, opt.For, opt.Linger, opt.Batch = p.events, p.limit, p.linger, p.batch
	if opt.Batch == 0 {
		opt.Batch = opt.Wire.Limits.Batch
	}
	opt.Pace = push.Max
	if p.rate != "" && p.rate != "max" {
		r, err := strconv.ParseFloat(p.rate, 64)
		if err != nil {
			return misused("--rate %s: want a number", p.rate)
		}
		opt.Pace = push.Constant(r)
	}
	return nil
}

// endless says whether the stream has no end of its own.
func (p *pacing) endless() bool { return p.events == 0 && p.limit == 0 && p.rate != "" }
