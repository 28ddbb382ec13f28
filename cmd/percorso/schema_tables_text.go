package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
)

// textWidth is how long lines of lists are at most.
const textWidth = 100

// printTables prints tables for people: their columns, the values of those that have a vocabulary,
// and of events which columns are filled for which type.
func printTables(out io.Writer, docs []tableDoc) error {
	var b strings.Builder
	for i := range docs {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		d := &docs[i]
		truth := ""
		if d.Truth {
			truth = " (truth)"
		}
		fmt.Fprintf(&b, "%s: %s%s\n", d.Name, d.Doc, truth)
		if err := d.printColumns(&b); err != nil {
			return err
		}
		d.printValues(&b)
		d.printFilled(&b)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (d *tableDoc) printColumns(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  COLUMN\t%s\tNULL\tMEANING\n", strings.ToUpper(strings.Join(formatNames(), "\t")))
	for _, c := range d.Columns {
		null := ""
		if c.Nullable {
			null = "null"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", c.Name, strings.Join(c.Types, "\t"), null, c.meaning())
	}
	return t.Flush()
}

// formatNames are what the values of each format are called.
func formatNames() (names []string) {
	for _, f := range format.Formats() {
		names = append(names, f.Values)
	}
	return names
}

// meaning says what a column is about, with its unit.
func (c *columnDoc) meaning() string {
	if c.Unit == "" {
		return c.Doc
	}
	return c.Doc + " [" + c.Unit + "]"
}

// values says which values a column can have, or where they come from; it is empty for numbers,
// times and free text.
func (c *columnDoc) values() string {
	if c.From != "" {
		return c.From
	}
	return list(c.Values)
}

func (d *tableDoc) printValues(out io.Writer) {
	width := 0
	for _, c := range d.Columns {
		if c.values() != "" {
			width = max(width, len(c.Name))
		}
	}
	if width == 0 {
		return
	}
	fmt.Fprintln(out, "  Values:")
	for _, c := range d.Columns {
		if v := c.values(); v != "" {
			printWrapped(out, fmt.Sprintf("    %-*s  ", width, c.Name), v)
		}
	}
}

// printWrapped prints text after a title, in lines of words that begin below its first.
func printWrapped(out io.Writer, title, text string) {
	line, indent := title, strings.Repeat(" ", len(title))
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case len(line)+1+len(word) > textWidth:
			fmt.Fprintln(out, line)
			line = indent + word
		default:
			line += " " + word
		}
	}
	fmt.Fprintln(out, line)
}

// A typeDoc lists the columns that are filled for a type of event, of those that may be null.
type typeDoc struct {
	name              string
	always, sometimes []string
}

// filledByType turns around what the columns say; it is empty for other tables than events.
func (d *tableDoc) filledByType() (types []typeDoc) {
	if !slices.ContainsFunc(d.Columns, func(c columnDoc) bool { return c.Filled != nil }) {
		return nil
	}
	for _, name := range table.EventTypes {
		t := typeDoc{name: name}
		for _, c := range d.Columns {
			switch {
			case c.Filled == nil:
			case slices.Contains(c.Filled.Always, name):
				t.always = append(t.always, c.Name)
			case slices.Contains(c.Filled.Sometimes, name):
				t.sometimes = append(t.sometimes, c.Name)
			}
		}
		types = append(types, t)
	}
	return types
}

func (d *tableDoc) printFilled(out io.Writer) {
	types := d.filledByType()
	if types == nil {
		return
	}
	fmt.Fprintln(out, "  Filled by event type; other columns that may be null are null:")
	width := 0
	for _, t := range types {
		width = max(width, len(t.name))
	}
	for _, t := range types {
		name := t.name
		if len(t.always)+len(t.sometimes) == 0 {
			fmt.Fprintf(out, "    %-*s  none\n", width, name)
		}
		for _, some := range []struct {
			when  string
			names []string
		}{{"always", t.always}, {"sometimes", t.sometimes}} {
			if len(some.names) > 0 {
				printWrapped(out, fmt.Sprintf("    %-*s  %-9s  ", width, name, some.when), list(some.names))
				name = ""
			}
		}
	}
}

// printTablesMarkdown prints tables as documentation.
func printTablesMarkdown(out io.Writer, docs []tableDoc) error {
	var b strings.Builder
	fmt.Fprintln(&b, "# Tables")
	for i := range docs {
		d := &docs[i]
		truth := ""
		if d.Truth {
			truth = " Truth: hidden from systems under test."
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s.%s\n\n", d.Name, sentence(d.Doc), truth)
		head := append(append([]string{"column"}, formatNames()...), "null", "meaning", "values")
		markdownRow(&b, head...)
		markdownRow(&b, slices.Repeat([]string{"---"}, len(head))...)
		for _, c := range d.Columns {
			null := ""
			if c.Nullable {
				null = "null"
			}
			markdownRow(&b, append(append([]string{"`" + c.Name + "`"}, c.Types...),
				null, c.meaning(), c.values())...)
		}
		types := d.filledByType()
		if types == nil {
			continue
		}
		fmt.Fprint(&b, "\nOf the columns that may be null, an event of each type has these:\n\n")
		markdownRow(&b, "event type", "always", "sometimes")
		markdownRow(&b, "---", "---", "---")
		for _, t := range types {
			markdownRow(&b, "`"+t.name+"`", list(t.always), list(t.sometimes))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// sentence begins a text with a capital letter.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func markdownRow(out io.Writer, cells ...string) {
	for _, cell := range cells {
		cell = strings.ReplaceAll(cell, "|", `\|`)
		fmt.Fprintf(out, "| %s ", cell)
	}
	fmt.Fprintln(out, "|")
}
