package main

import (
	"context"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate/story"
)

func journeyCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "journey",
		Usage:     "tells one customer's story, with time, place and why",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso journey fashion --customer 17             person 17 of truth_people
  percorso journey fashion --pattern webrooming      who looked on line and bought in a shop
  percorso journey data --customer 17                the same person as in a dataset of all channels
  percorso journey fashion --customer 17 --off email  and in a world without mails

Only her town is simulated. Why she did what she did is the rule of the scenario and its
probability, before her own traits and the behaviors bend it; in brackets, which behavior
it was.`,
		Flags: append(scenarioFlags(),
			&cli.StringFlag{Name: "customer", Usage: "`N`, a person_id: from 1"},
			&cli.StringFlag{Name: "pattern", Usage: "find somebody with a journey of this `PATTERN`: " +
				list(table.Patterns)},
			offFlag("in the same market without these `CHANNELS`, e.g. display,email"),
		),
		Action: func(c *cli.Context) error {
			w, err := worldOf(c)
			if err != nil {
				return err
			}
			if w, err = without(w, offChannels(c)); err != nil {
				return err
			}
			person, err := whoseJourney(c.Context, w, c.String("customer"), c.String("pattern"))
			if err != nil {
				return err
			}
			return story.Tell(c.Context, con.stdout, w, person)
		},
	}
}

// whoseJourney reads --customer or finds somebody for --pattern.
func whoseJourney(ctx context.Context, w *model.World, customer, pattern string) (int, error) {
	switch {
	case (customer == "") == (pattern == ""):
		return 0, misused("want --customer N or --pattern NAME, one of them")
	case customer != "":
		person, err := strconv.Atoi(customer)
		if err != nil || person < 1 || person > w.Customers {
			return 0, misused("--customer %s: want a whole number from 1 to %d", customer, w.Customers)
		}
		return person, nil
	}
	code := slices.Index(table.Patterns, pattern) + 1
	if code == 0 {
		return 0, misused("unknown pattern %q%s, want %s",
			pattern, table.Nearest(pattern, table.Patterns), list(table.Patterns))
	}
	return story.Find(ctx, w, uint32(code))
}
