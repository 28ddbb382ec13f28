package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate/story"
)

func journeyCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "journey",
		Usage:     "tells the story of one customer, with the reason for every step",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso journey fashion --customer 17                  the customer with person_id 17
  percorso journey fashion --customer 17 --without email  the same customer, had there been no mails
  percorso journey fashion --pattern webrooming           somebody who looked online and bought in
                                                          a store
  percorso journey data --customer 17                     a customer of the dataset in folder data
  percorso journey fashion --customer 17 --json | jq '.journeys[].outcome'

Give one of --customer and --pattern. A person_id is a number from 1, as in the table truth_people;
it is not the user_id of the other tables.

Every contact is a line: when it was, the stage of the journey, and what the customer did. The line
"why" says by which rule of the scenario they came to it and how probable that was, before their own
traits and the behaviors change it. [Brackets] name the behavior that caused an event.

A stage has the name that the scenario gives it. If the list of stages that the scenario shows calls
it something else, that follows in parentheses. To see another list, use --set stages_shown=LIST
with classic, decision or today.

The customer's town is all that is simulated, which takes about a second. --pattern simulates one
town after the other until it finds somebody. Patterns:
  ` + list(table.Patterns) + `.`,
		Flags: append(scenarioFlags(),
			&cli.StringFlag{Name: "customer", Usage: "`N`: the person_id of the customer, from 1"},
			&cli.StringFlag{Name: "pattern", Usage: "find a customer with a journey of this `PATTERN`, " +
				"e.g. webrooming"},
			withoutFlag("what would have happened without these `CHANNELS`, e.g. display,email"),
			sinceFlag("always"),
			flagOn("json", "print the story as one JSON object: person and journeys"),
		),
		Action: func(c *cli.Context) error {
			w, err := worldOf(c)
			if err != nil {
				return err
			}
			if w, err = withoutSince(c, w); err != nil {
				return err
			}
			person, err := whoseJourney(c.Context, w, c.String("customer"), c.String("pattern"))
			if err != nil {
				return err
			}
			told, err := story.Tell(c.Context, w, person)
			if err != nil {
				return err
			}
			return printStory(con.stdout, told, c.Bool("json"))
		},
	}
}

// printStory prints a story, for a reader or for a program.
func printStory(out io.Writer, told *story.Story, asJSON bool) error {
	if !asJSON {
		return told.WriteText(out)
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(told)
}

// whoseJourney reads --customer or finds somebody for --pattern.
func whoseJourney(ctx context.Context, w *model.World, customer, pattern string) (int, error) {
	switch {
	case customer == "" && pattern == "":
		return 0, misused("say whose journey: --customer NUMBER or --pattern PATTERN, " +
			"e.g. --pattern webrooming")
	case customer != "" && pattern != "":
		return 0, misused("--customer and --pattern both say whose journey: give one of them")
	case customer != "":
		return personOf(w, customer)
	}
	name := strings.ReplaceAll(pattern, "-", "_")
	code := slices.Index(table.Patterns, name) + 1
	if code == 0 {
		return 0, misused("%s", table.Unknown("pattern", pattern, table.Patterns))
	}
	person, err := story.Find(ctx, w, uint32(code))
	if errors.Is(err, story.ErrNobody) {
		return 0, fmt.Errorf("none of the %s customers of %s has a journey of the pattern %s; "+
			"try another pattern, or more --customers", count(w.Customers), w.Scenario.Name, name)
	}
	return person, err
}

// personOf reads --customer.
func personOf(w *model.World, customer string) (int, error) {
	person, err := strconv.Atoi(customer)
	place, _ := model.PlaceOf(int64(person))
	switch {
	case err != nil || person < 1:
		return 0, misused("--customer %s: want a whole number, the person_id, from 1 to %d", customer,
			w.Customers)
	case place >= w.Customers:
		return 0, misused("--customer %s: %s has %s customers; want a person_id from 1 to %d "+
			"(not a user_id), or more --customers", customer, w.Scenario.Name, count(w.Customers),
			w.Customers)
	}
	return person, nil
}
