package main

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
)

func scenariosCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "scenarios",
		Usage:     "lists the built-in scenarios",
		ArgsUsage: "[list | show NAME] [flags]",
		Description: `Examples:
  percorso scenarios                                   the built-in scenarios
  percorso scenarios list --json                       the same as JSON
  percorso scenarios show classic-funnel > shop.yaml   a file to start from`,
		Flags: []cli.Flag{flagOn("json", "print the list as JSON")},
		Action: func(c *cli.Context) error {
			if name := app.BuiltIn(c.Args().First()); name != "" {
				return misused("unknown command %q, did you mean \"percorso scenarios show %s\"?",
					c.Args().First(), name)
			}
			if c.Args().Present() {
				return unknownCommand("command", c.Args().First(), c.Command.Subcommands)
			}
			return listScenarios(con, c.Bool("json"))
		},
		Subcommands: []*cli.Command{{
			Name:      "list",
			Usage:     "lists the built-in scenarios, as without a command",
			ArgsUsage: "[flags]",
			Description: `Examples:
  percorso scenarios list
  percorso scenarios list --json | jq '.[].name'`,
			Flags: []cli.Flag{flagOn("json", "print the list as JSON")},
			Action: func(c *cli.Context) error {
				if err := noArgument(c); err != nil {
					return err
				}
				return listScenarios(con, c.Bool("json"))
			},
		}, {
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

// A scenarioLine is a built-in scenario as the list has it.
type scenarioLine struct {
	Name      string  `json:"name"`
	Kind      string  `json:"kind"` // market or lesson
	Customers int     `json:"customers"`
	Events    float64 `json:"events_per_customer"` // about
	About     string  `json:"about"`
	GoodFor   string  `json:"good_for,omitempty"`
}

// listScenarios prints the markets and then the lessons, each with what it is good for.
func listScenarios(con console, asJSON bool) error {
	var markets, lessons []scenarioLine
	for _, name := range app.Scenarios() {
		w, err := loadWorld(name, nil)
		if err != nil {
			return err
		}
		s := w.Scenario
		line := scenarioLine{s.Name, "market", s.Customers, scenarios.EventsPerCustomer[name], s.About,
			s.GoodFor}
		if isLesson(s) {
			line.Kind = "lesson"
			lessons = append(lessons, line)
		} else {
			markets = append(markets, line)
		}
	}
	if asJSON {
		return printJSON(con.stdout, append(markets, lessons...))
	}
	t := tabwriter.NewWriter(con.stdout, 0, 0, 2, ' ', 0)
	const columns = "\tCUSTOMERS\tEVENTS PER CUSTOMER\tABOUT"
	printScenarios(t, "MARKET"+columns, markets)
	printScenarios(t, "\nLESSON"+columns, lessons)
	return t.Flush()
}

// isLesson reports whether a scenario shows one idea, rather than a market: it is good for teaching
// before anything else.
func isLesson(s *model.Scenario) bool { return strings.HasPrefix(s.GoodFor, "teaching ") }

func printScenarios(out io.Writer, heading string, lines []scenarioLine) {
	fmt.Fprintln(out, heading)
	for _, l := range lines {
		each := count(math.Round(l.Events))
		fmt.Fprintf(out, "%s\t%s\t~%s\t%s\n", l.Name, count(l.Customers), each, l.About)
		if l.GoodFor != "" {
			fmt.Fprintf(out, "\t\t\tgood for %s\n", l.GoodFor)
		}
	}
}

func showScenario(con console, name string) error {
	text, err := fs.ReadFile(scenarios.FS, app.BuiltIn(name)+".yaml")
	if err != nil {
		return misused("%s", table.Unknown("scenario", name, app.Scenarios()))
	}
	_, err = con.stdout.Write(text)
	return err
}
