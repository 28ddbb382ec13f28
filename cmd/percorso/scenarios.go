package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

func scenariosCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "scenarios",
		Usage:     "lists the built-in scenarios",
		ArgsUsage: "[show NAME]",
		Description: `Examples:
  percorso scenarios                                   what there is
  percorso scenarios show classic-funnel > shop.yaml   a file to start from`,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return unknownCommand("command", c.Args().First(), c.Command.Subcommands)
			}
			return listScenarios(c.Context, con)
		},
		Subcommands: []*cli.Command{{
			Name:      "show",
			Usage:     "prints the YAML of a built-in scenario",
			ArgsUsage: "NAME",
			Description: `Examples:
  percorso scenarios show fashion
  percorso scenarios show classic-funnel > shop.yaml`,
			Action: func(c *cli.Context) error {
				name, err := oneArgument(c, `the name of a built-in scenario`)
				if err != nil {
					return err
				}
				return showScenario(con, name)
			},
		}},
	}
}

// listScenarios prints the markets and then the lessons, each with what it is good for.
func listScenarios(ctx context.Context, con console) error {
	t := tabwriter.NewWriter(con.stdout, 0, 0, 2, ' ', 0)
	var lessons []*model.World
	fmt.Fprintln(t, "MARKET\tCUSTOMERS\tEVENTS EACH\tABOUT")
	for _, name := range app.Scenarios() {
		w, err := loadWorld(name, nil)
		if err != nil {
			return err
		}
		if isLesson(w.Scenario) {
			lessons = append(lessons, w)
			continue
		}
		if err := listScenario(ctx, t, w); err != nil {
			return err
		}
	}
	fmt.Fprintln(t, "\nLESSON\tCUSTOMERS\tEVENTS EACH\tABOUT")
	for _, w := range lessons {
		if err := listScenario(ctx, t, w); err != nil {
			return err
		}
	}
	return t.Flush()
}

// isLesson reports whether a scenario shows one idea, rather than a market: it is good for teaching
// before anything else.
func isLesson(s *model.Scenario) bool { return strings.HasPrefix(s.GoodFor, "teaching ") }

func listScenario(ctx context.Context, out io.Writer, w *model.World) error {
	each, err := eventsEach(ctx, w)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\t%s\t%.0f\t%s\n", w.Scenario.Name, count(w.Scenario.Customers), each,
		w.Scenario.About)
	if w.Scenario.GoodFor != "" {
		fmt.Fprintf(out, "\t\t\tgood for %s\n", w.Scenario.GoodFor)
	}
	return nil
}

// eventsEach counts the events of a customer by living a small town: a forecast knows the chain but
// not what bends it.
func eventsEach(ctx context.Context, w *model.World) (float64, error) {
	const people = 500
	small := *w
	small.Customers = min(w.Customers, people)
	var events eventCount
	err := simulate.Town(ctx, &small, 0, &events)
	return float64(events) / float64(small.Customers), err
}

// An eventCount is a sink that counts events.
type eventCount int

func (n *eventCount) Encode(b *table.Batch) (func() error, error) {
	*n += eventCount(b.Tables[table.TableEvents].Len)
	return nil, nil
}

func showScenario(con console, name string) error {
	text, err := fs.ReadFile(scenarios.FS, name+".yaml")
	if err != nil {
		names := app.Scenarios()
		return misused("unknown scenario %q%s, there is: %s",
			name, table.Nearest(name, names), list(names))
	}
	_, err = con.stdout.Write(text)
	return err
}
