package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// tableFormats are the ways in which `schema tables` prints, the default first.
var tableFormats = []string{"text", "json", "markdown", "dbt"}

func tablesCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "tables",
		Usage:     "prints tables and their columns: types, units, meaning, values",
		ArgsUsage: "[TABLE…] [flags]",
		Description: `Examples:
  percorso schema tables                     every table
  percorso schema tables events orders       two of them
  percorso schema tables --json | jq -r '.[] | .name as $t | .columns[] | "\($t).\(.name)"'
  percorso schema tables --format markdown > tables.md
  percorso schema tables --format dbt > models/percorso.yml     as sources, with tests

Without TABLE all tables are printed. For events it also says which columns are filled for which
type of event.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: tableFormats[0],
				Usage: "print as `FORMAT`: " + enumerate(tableFormats, "or")},
			flagOn("json", "the same as --format json"),
		},
		Action: func(c *cli.Context) error {
			kind := c.String("format")
			if c.Bool("json") {
				if c.IsSet("format") && kind != "json" {
					return misused("--json and --format %s: choose one", kind)
				}
				kind = "json"
			}
			if !slices.Contains(tableFormats, kind) {
				return misused("--format %s: unknown format%s, want %s",
					kind, table.Nearest(kind, tableFormats), enumerate(tableFormats, "or"))
			}
			docs, err := describeTables(c.Args().Slice())
			if err != nil {
				return withCode(exitMisused, err)
			}
			switch kind {
			case "json":
				return printJSON(con.stdout, docs)
			case "markdown":
				return printTablesMarkdown(con.stdout, docs)
			case "dbt":
				return printDBT(con.stdout, docs)
			}
			return printTables(con.stdout, docs)
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
	Values   []string   // all it can have, where they are the same in every scenario
	From     string     // where its values come from otherwise, such as "the scenario's channels"
	Filled   *filledDoc // of a column of events that may be null
}

// A filledDoc lists the event types for which a column is filled; for the others it is null.
type filledDoc struct {
	Always    []string `json:"always"`
	Sometimes []string `json:"sometimes"`
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
	text = format.AppendJSON(append(text, `,"doc":`...), c.Doc)
	if c.Values != nil {
		text = appendNames(append(text, `,"values":`...), c.Values)
	}
	if c.From != "" {
		text = format.AppendJSON(append(text, `,"values_from":`...), c.From)
	}
	if c.Filled != nil {
		text = appendNames(append(text, `,"filled_for":{"always":`...), c.Filled.Always)
		text = appendNames(append(text, `,"sometimes":`...), c.Filled.Sometimes)
		text = append(text, '}')
	}
	return append(text, '}'), nil
}

// appendNames appends a JSON array of names.
func appendNames(text []byte, names []string) []byte {
	for i, name := range names {
		text = format.AppendJSON(append(text, "[,"[min(i, 1)]), name)
	}
	if len(names) == 0 {
		text = append(text, '[')
	}
	return append(text, ']')
}

// describeTables describes the tables of a dataset with its truth in tables of its own: those of
// the given names, or all.
func describeTables(only []string) ([]tableDoc, error) {
	tables := model.Schema("currency")
	views, err := table.Views(tables, table.TruthSeparate, only)
	if err != nil {
		return nil, err
	}
	docs := make([]tableDoc, len(views))
	for i, v := range views {
		docs[i] = tableDoc{Name: v.Name, Doc: v.Doc, Truth: v.Truth}
		for _, at := range v.Columns {
			d := describeColumn(&tables[v.Table], at)
			if d.Nullable && v.Name == "events" {
				d.Filled = describeFilled(at)
			}
			docs[i].Columns = append(docs[i].Columns, d)
		}
	}
	return docs, nil
}

func describeColumn(t *table.Table, at int) columnDoc {
	c := t.Columns[at]
	d := columnDoc{Name: c.Name, Nullable: c.Null, Unit: c.Unit, Doc: c.Doc, Values: c.Vocab}
	if c.Kind == table.Time { // every format has its own
		d.Unit = ""
	}
	for _, f := range format.Formats() {
		d.Types = append(d.Types, f.Type(c))
	}
	if c.Kind == table.Code && c.Vocab == nil {
		d.From = model.WordsOf(t.Name, c.Name)
	}
	return d
}

// describeFilled says for which types of events a column is filled.
func describeFilled(column int) *filledDoc {
	d := new(filledDoc)
	for i, name := range table.EventTypes {
		switch table.Filled(uint32(i+1), column) {
		case table.Always:
			d.Always = append(d.Always, name)
		case table.Sometimes:
			d.Sometimes = append(d.Sometimes, name)
		}
	}
	return d
}
