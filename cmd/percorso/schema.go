package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func schemaCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "schema",
		Usage:     "describes scenario files, their defaults, the tables that come out, KPIs, dialects",
		ArgsUsage: "scenario | defaults | tables | kpis | dialects",
		Description: `Examples:
  percorso schema tables events                     the events table: columns, types, values
  percorso schema tables --format markdown          every table, as documentation
  percorso schema defaults                          what a scenario takes for granted
  percorso schema scenario > scenario.schema.json   for editors that complete and check YAML
  percorso schema kpis                              what targets of scenarios can be about
  percorso schema dialects                          what percorso stream can speak`,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return unknownCommand("schema", c.Args().First(), c.Command.Subcommands)
			}
			return misused("%s: say what to print: scenario, tables, kpis, dialects or defaults",
				c.Command.HelpName)
		},
		Subcommands: []*cli.Command{
			{
				Name:  "scenario",
				Usage: "prints the JSON Schema of scenario files",
				Description: `Examples:
  percorso schema scenario > scenario.schema.json
  and as the first line of a scenario, for editors:
  # yaml-language-server: $schema=scenario.schema.json`,
				Action: func(c *cli.Context) error {
					if err := noArgument(c); err != nil {
						return err
					}
					_, err := con.stdout.Write(model.JSONSchema())
					return err
				},
			},
			{
				Name:  "defaults",
				Usage: "prints what a scenario takes for granted, as commented YAML",
				Description: `Examples:
  percorso schema defaults
  percorso check fashion --resolved     these with what the scenario says instead`,
				Action: func(c *cli.Context) error {
					if err := noArgument(c); err != nil {
						return err
					}
					_, err := con.stdout.Write(model.Defaults())
					return err
				},
			},
			tablesCommand(con),
			kpisSchemaCommand(con),
			dialectsCommand(con),
		},
	}
}

func kpisSchemaCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "kpis",
		Usage:     "prints the KPIs that targets can be about: unit and meaning",
		ArgsUsage: "[KPI…] [flags]",
		Description: `Examples:
  percorso schema kpis
  percorso schema kpis conversion nps   two of them
  percorso schema kpis --json | jq '.[].name'
  percorso kpis fashion                 their values in a market`,
		Flags: []cli.Flag{
			flagOn("json", "print JSON"),
		},
		Action: func(c *cli.Context) error {
			docs, err := named(c, "KPI", describeKPIs(), func(k kpiDoc) []string { return []string{k.Name} })
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(con.stdout, docs)
			}
			return printKPICatalogue(con.stdout, docs)
		},
	}
}

// named are the things, which noun calls, that the arguments name in any of their names, in the
// order of all; without arguments all of them.
func named[T any](c *cli.Context, noun string, all []T, names func(T) []string) ([]T, error) {
	if !c.Args().Present() {
		return all, nil
	}
	var known []string
	for _, x := range all {
		known = append(known, names(x)...)
	}
	wanted := c.Args().Slice()
	for _, name := range wanted {
		if !slices.Contains(known, name) {
			return nil, misused("%s", table.Unknown(noun, name, known))
		}
	}
	return slices.DeleteFunc(all, func(x T) bool {
		return !slices.ContainsFunc(names(x), func(n string) bool { return slices.Contains(wanted, n) })
	}), nil
}

// A kpiDoc is a KPI as `schema kpis` describes it.
type kpiDoc struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
	Doc  string `json:"doc"`
}

// describeKPIs describes every KPI; those of each channel and reason stand there once.
func describeKPIs() (docs []kpiDoc) {
	example := &model.Scenario{Channels: map[string]model.Channel{"CHANNEL": {}}}
	example.Carts.Reasons = model.Weights{"REASON": 1}
	for _, k := range model.KPIs(example) {
		docs = append(docs, kpiDoc{k.Name, string(k.Unit), k.About})
	}
	return docs
}

func printKPICatalogue(out io.Writer, docs []kpiDoc) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KPI\tUNIT\tMEANING")
	for _, k := range docs {
		fmt.Fprintf(t, "%s\t%s\t%s\n", k.Name, k.Unit, k.Doc)
	}
	return t.Flush()
}

// printJSON prints a value for programs.
func printJSON(out io.Writer, value any) error {
	return format.WriteJSON(out, value)
}
