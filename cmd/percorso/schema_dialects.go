package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dialect"
)

func dialectsCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "dialects",
		Usage:     "prints what stream and serve can speak: limits, options, addresses",
		ArgsUsage: "[DIALECT…] [flags]",
		Description: `Examples:
  percorso schema dialects
  percorso schema dialects ga4                                   only this one
  percorso schema dialects --json | jq '.[].name'
  percorso stream fashion --to - --dialect segment --events 3    what it looks like`,
		Flags: []cli.Flag{
			flagOn("json", "print JSON"),
		},
		Action: func(c *cli.Context) error {
			docs, err := named(c, "dialect", describeDialects(), func(d dialectDoc) []string {
				return append([]string{d.Name}, d.Aliases...)
			})
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(con.stdout, docs)
			}
			return printDialects(con.stdout, docs)
		},
	}
}

// A dialectDoc is a dialect as `schema dialects` describes it. A limit that is 0 is none.
type dialectDoc struct {
	Name    string      `json:"name"`
	Aliases []string    `json:"aliases,omitempty"`
	Doc     string      `json:"doc"`
	Example string      `json:"example"`
	Key     string      `json:"key,omitempty"`
	Limits  limitsDoc   `json:"limits"`
	Options []optionDoc `json:"options,omitempty"`
}

type limitsDoc struct {
	Events     int     `json:"events"`
	Bytes      int     `json:"bytes"`
	EventBytes int     `json:"event_bytes"`
	Past       float64 `json:"past_s"`
	Future     float64 `json:"future_s"`
	InOrder    bool    `json:"in_order"`
	Batch      int     `json:"batch"`
}

type optionDoc struct {
	Name    string `json:"name"`
	Doc     string `json:"doc"`
	Default string `json:"default,omitempty"`
}

func describeDialects() []dialectDoc {
	var docs []dialectDoc
	for _, d := range dialect.Dialects() {
		l := d.Limits
		doc := dialectDoc{Name: d.Name, Aliases: d.Aliases, Doc: d.Doc, Example: d.Example, Key: d.Key,
			Limits: limitsDoc{Events: l.Events, Bytes: l.Bytes, EventBytes: l.EventBytes,
				Past: l.Past.Seconds(), Future: l.Future.Seconds(), InOrder: l.InOrder, Batch: l.Batch}}
		for _, o := range d.Options {
			doc.Options = append(doc.Options, optionDoc{o.Name, o.Doc, o.Default})
		}
		docs = append(docs, doc)
	}
	return docs
}

func printDialects(out io.Writer, docs []dialectDoc) error {
	var b strings.Builder
	for i, d := range docs {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		fmt.Fprintf(&b, "%s: %s\n", strings.Join(append([]string{d.Name}, d.Aliases...), ", "), d.Doc)
		fmt.Fprintf(&b, "  address  %s\n", d.Example)
		if d.Key != "" {
			fmt.Fprintf(&b, "  key      %s: PERCORSO_KEY, or --key\n", d.Key)
		}
		fmt.Fprintf(&b, "  request  %s\n", d.Limits)
		for _, o := range d.Options {
			value := ""
			if o.Default != "" {
				value = "=" + o.Default
			}
			fmt.Fprintf(&b, "  --option %s%s: %s\n", o.Name, value, o.Doc)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// String says what a request may hold.
func (l limitsDoc) String() string {
	parts := []string{"one event a request"}
	if l.Batch != 1 || l.Events != 1 {
		most := ""
		if l.Events > l.Batch {
			most = ", max " + count(l.Events)
		}
		parts[0] = fmt.Sprintf("%s a request by default (--batch%s)", plural(l.Batch, "event"), most)
	}
	var sizes []string
	if l.Bytes > 0 {
		sizes = append(sizes, size(int64(l.Bytes))+" a request")
	}
	if l.EventBytes > 0 {
		sizes = append(sizes, size(int64(l.EventBytes))+" an event")
	}
	if sizes != nil {
		parts = append(parts, "max "+list(sizes))
	}
	switch past, ahead := period(seconds(l.Past)), period(seconds(l.Future)); {
	case l.Past > 0 && l.Future > 0:
		parts = append(parts, "events of the last "+past+", and up to "+ahead+" ahead")
	case l.Past > 0:
		parts = append(parts, "events of the last "+past)
	case l.Future > 0:
		parts = append(parts, "events up to "+ahead+" ahead")
	}
	if l.InOrder {
		parts = append(parts, "one request at a time")
	}
	return strings.Join(parts, "; ")
}
