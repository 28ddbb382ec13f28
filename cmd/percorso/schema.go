package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func schemaCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "schema",
		Usage:     "describes scenario files, the tables that come out, their KPIs, and dialects",
		ArgsUsage: "scenario | tables | kpis | dialects",
		Description: `Examples:
  percorso schema scenario > scenario.schema.json   for editors that complete and check YAML
  percorso schema tables                            every table and column
  percorso schema tables --json                     the same, for programs
  percorso schema kpis                              what targets of scenarios can be about
  percorso schema dialects                          what percorso stream can speak`,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return unknownCommand("schema", c.Args().First(), c.Command.Subcommands)
			}
			return misused("%s needs to know of what: scenario, tables, kpis or dialects",
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
				Name:      "tables",
				Usage:     "prints every table and column: types, units, meaning",
				ArgsUsage: "[flags]",
				Description: `Examples:
  percorso schema tables
  percorso schema tables --json | jq '.[].name'`,
				Flags: []cli.Flag{
					flagOn("json", "for programs"),
				},
				Action: func(c *cli.Context) error {
					if err := noArgument(c); err != nil {
						return err
					}
					tables, err := describeTables()
					if err != nil {
						return err
					}
					if c.Bool("json") {
						return printJSON(con.stdout, tables)
					}
					return printTables(con.stdout, tables)
				},
			},
			schemaKPIsCommand(con),
			dialectsCommand(con),
		},
	}
}

func schemaKPIsCommand(con console) *cli.Command {
	return &cli.Command{
		Name:  "kpis",
		Usage: "prints the KPIs that targets can be about: unit and meaning",
		Description: `Examples:
  percorso schema kpis
  percorso check fashion --simulate     their values in a market`,
		Action: func(c *cli.Context) error {
			if err := noArgument(c); err != nil {
				return err
			}
			return printKPICatalogue(con.stdout)
		},
	}
}

// A tableDoc is a table as `schema tables` describes it.
type tableDoc struct {
	Name    string      `json:"name"`
	Doc     string      `json:"doc"`
	Truth   bool        `json:"truth"`
	Columns []columnDoc `json:"columns"`
}

// A columnDoc is a column with its type in each format.
type columnDoc struct {
	Name     string
	Types    []string // by format
	Nullable bool
	Unit     string
	Doc      string
}

// MarshalJSON has a key for each format, between those of the column.
func (c columnDoc) MarshalJSON() ([]byte, error) {
	text := format.AppendJSON([]byte(`{"name":`), c.Name)
	for i, f := range format.Formats() {
		text = append(format.AppendJSON(append(text, ','), strings.ToLower(f.Values)), ':')
		text = format.AppendJSON(text, c.Types[i])
	}
	text = strconv.AppendBool(append(text, `,"nullable":`...), c.Nullable)
	if c.Unit != "" {
		text = format.AppendJSON(append(text, `,"unit":`...), c.Unit)
	}
	return append(format.AppendJSON(append(text, `,"doc":`...), c.Doc), '}'), nil
}

// describeTables describes the tables of a dataset with its truth in tables of its own.
func describeTables() ([]tableDoc, error) {
	tables := table.Schema("currency")
	views, err := table.Views(tables, table.TruthSeparate, nil)
	if err != nil {
		return nil, err
	}
	docs := make([]tableDoc, len(views))
	for i, v := range views {
		docs[i] = tableDoc{Name: v.Name, Doc: v.Doc, Truth: v.Truth}
		for _, at := range v.Columns {
			c := tables[v.Table].Columns[at]
			d := columnDoc{Name: c.Name, Nullable: c.Null, Unit: c.Unit, Doc: c.Doc}
			if c.Kind == table.Time { // every format has its own
				d.Unit = ""
			}
			for _, f := range format.Formats() {
				d.Types = append(d.Types, f.Type(c))
			}
			docs[i].Columns = append(docs[i].Columns, d)
		}
	}
	return docs, nil
}

// printJSON prints a value for programs.
func printJSON(out io.Writer, value any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

func printTables(out io.Writer, tables []tableDoc) error {
	for i, table := range tables {
		if i > 0 {
			fmt.Fprintln(out)
		}
		truth := ""
		if table.Truth {
			truth = " (truth)"
		}
		fmt.Fprintf(out, "%s: %s%s\n", table.Name, table.Doc, truth)
		t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		var formats []string
		for _, f := range format.Formats() {
			formats = append(formats, strings.ToUpper(f.Values))
		}
		fmt.Fprintf(t, "  COLUMN\t%s\tNULL\tMEANING\n", strings.Join(formats, "\t"))
		for _, c := range table.Columns {
			null, unit := "", ""
			if c.Nullable {
				null = "null"
			}
			if c.Unit != "" {
				unit = " [" + c.Unit + "]"
			}
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s%s\n",
				c.Name, strings.Join(c.Types, "\t"), null, c.Doc, unit)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}
