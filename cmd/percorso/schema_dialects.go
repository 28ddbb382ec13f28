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
		ArgsUsage: "[flags]",
		Description: `Examples:
  percorso schema dialects
  percorso schema dialects --json | jq '.[].name'
  percorso stream fashion --to - --dialect segment --events 3    what it looks like`,
		Flags: []cli.Flag{
			flagOn("json", "for programs"),
		},
		Action: func(c *cli.Context) error {
			if err := noArgument(c); err != nil {
				return err
			}
			docs := describeDialects()
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
	parts := []string{count(l.Batch) + " events (--batch)"}
	if l.Batch == 1 {
		parts[0] = "one event"
	}
	for _, limit := range []struct {
		is   bool
		text string
	}{
		{l.Events > l.Batch, "at most " + count(l.Events)},
		{l.Bytes > 0, size(int64(l.Bytes))},
		{l.EventBytes > 0, "an event of " + size(int64(l.EventBytes))},
		{l.Past > 0, "not older than " + period(seconds(l.Past))},
		{l.Future > 0, "not more than " + period(seconds(l.Future)) + " ahead"},
		{l.InOrder, "one after the other"},
	} {
		if limit.is {
			parts = append(parts, limit.text)
		}
	}
	return strings.Join(parts, ", ")
}
