package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
)

// sinceFlag is the flag that says from which day on channels are missing.
func sinceFlag(byDefault string) cli.Flag {
	return &cli.StringFlag{Name: "since", Usage: "`start|always|DAY`: channels are off since the first " +
		"written day, in the warm-up too, or since a day such as 2025-07-01", Value: byDefault}
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
				dayText(w, -w.Warmup), dayText(w, w.Days-1))
		}
		return day, nil
	}
}

// sinceText names the day since which channels are off.
func sinceText(w *model.World, day int) string {
	if day == model.AlwaysOff {
		return "always"
	}
	return dayText(w, day)
}

// dayText is the date of a day of a world.
func dayText(w *model.World, day int) string {
	return time.Unix((w.Scenario.Start.Days()+int64(day))*86400, 0).UTC().Format(time.DateOnly)
}
