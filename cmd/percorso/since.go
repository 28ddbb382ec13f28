package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
)

// sinceFlag is the flag that says from which day on channels are missing.
func sinceFlag(byDefault string) cli.Flag {
	return &cli.StringFlag{Name: "since",
		Usage: "channels are off from `DAY` on: start, always, date",
		Value: byDefault}
}

// readSince reads the day since which channels are off.
func readSince(c *cli.Context, w *model.World) (int, error) {
	switch text := c.String("since"); text {
	case "start":
		return 0, nil
	case "always":
		return model.AlwaysOff, nil
	default:
		at, err := time.Parse(time.DateOnly, text)
		day := int(at.Unix()/86400 - w.Scenario.Start.Days())
		if err != nil || day < -w.Warmup || day >= w.Days {
			return 0, misused("--since %s: want start, always or a day from %s to %s", text,
				w.DateOf(-w.Warmup), w.DateOf(w.Days-1))
		}
		return day, nil
	}
}

// withoutSince is a world without the channels that --without names, since the day of --since.
func withoutSince(c *cli.Context, w *model.World) (*model.World, error) {
	names := withoutChannels(c)
	if len(names) == 0 && c.IsSet("since") {
		return nil, misused("--since says from when on channels are off: name them with --without")
	}
	day, err := readSince(c, w)
	if err != nil {
		return nil, err
	}
	off, err := without(w, names)
	if err != nil || len(names) == 0 {
		return off, err
	}
	return off.Since(day), nil
}
