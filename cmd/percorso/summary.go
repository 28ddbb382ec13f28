package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
)

// printSummary ends a run: what is in the dataset, how fast it was made, the figures that a
// pipeline fed with it must find again, and where to look next.
func printSummary(con console, dir string, m *dataset.Manifest, made work) {
	out := con.stderr
	rows, bytes := m.Size()
	files := 0
	for _, t := range m.Tables {
		files += len(t.Files)
	}
	if m.Shard != nil && m.Shard.Index > m.Parts {
		fmt.Fprintf(out, "%s: shard %v is empty: a market of %s customers is %s, use at most %s\n\n",
			dir, m.Shard, count(m.Customers), plural(m.Parts, "part"), plural(m.Parts, "shard"))
	} else {
		fmt.Fprintf(out, "%s: %s rows in %d tables, %d files, %s%s%s\n\n", dir, count(rows),
			len(m.Tables), files, size(bytes), made.speed(m.Expected.Events.Total),
			withoutText(m.Without, m.Since))
		printExpected(out, m)
		fmt.Fprintln(out)
	}

	if app.BuiltIn(dir) != "" {
		dir = "./" + dir // not the built-in scenario of that name
	}
	fmt.Fprintln(out, "Next:")
	if m.Shard != nil {
		fmt.Fprintf(out, "  %s merge FOLDER… -o FOLDER    when all shards are there\n", con.self)
	}
	if m.Shard == nil && m.Views != nil {
		fmt.Fprintf(out, "  cd %s && duckdb -init views.sql\n", quoted(dir))
	}
	fmt.Fprintf(out, "  %s verify %s\n", con.self, quoted(dir))
	fmt.Fprintf(out, "  %s schema tables\n", con.self)
	if m.Shard == nil {
		fmt.Fprintf(out, "  %s check %s\n", con.self, quoted(dir))
	}
}

// printExpected lists the figures that a pipeline fed with a dataset must report.
func printExpected(out io.Writer, m *dataset.Manifest) {
	e := &m.Expected
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	k := e.KPIs()
	fmt.Fprintf(t, "  events\t%s\n", count(e.Events.Total))
	fmt.Fprintf(t, "  orders\t%s\n", count(e.Orders.Total))
	fmt.Fprintf(t, "  revenue\t%s %s\n", money(e.Orders.Revenue), m.Currency)
	fmt.Fprintf(t, "  average order value\t%s %s\n", money(k.AverageOrderValue), m.Currency)
	if k.Sessions > 0 {
		fmt.Fprintf(t, "  conversion\t%s of %s sessions", percent(k.Conversion), count(k.Sessions))
		for _, device := range slices.Sorted(maps.Keys(k.ConversionByDevice)) {
			fmt.Fprintf(t, ", %s %s", device, percent(k.ConversionByDevice[device]))
		}
		fmt.Fprintln(t)
	}
	if e.Carts.Total > 0 {
		fmt.Fprintf(t, "  abandoned carts\t%s of %s\n", percent(k.CartAbandonment),
			count(e.Carts.Total))
	}
	of := ""
	if m.Shard != nil {
		of = fmt.Sprintf("shard %v of ", m.Shard)
	}
	fmt.Fprintf(t, "  identified customers\t%s of %s%s simulated people\n",
		count(e.Customers.Total), of, count(m.Customers))
	t.Flush()
}

// speed says how long a run took and how fast it was. If it did not make all of so many events it
// went on with a dataset, and says of how many that holds.
func (w *work) speed(all int64) string {
	switch {
	case !w.ran && w.resumed:
		return " (it was complete already)"
	case !w.ran:
		return ""
	case w.events < all:
		return fmt.Sprintf(", the last %s events in %s (%s events/s)", count(w.events), span(w.took),
			rate(w.events, w.took))
	}
	return fmt.Sprintf(" in %s (%s events/s)", span(w.took), rate(w.events, w.took))
}

// withoutText says which channels a dataset is without, and since when, unless that is always.
func withoutText(channels []string, since string) string {
	switch {
	case len(channels) == 0:
		return ""
	case since == "" || since == "always":
		return ", without " + list(channels)
	}
	return ", without " + list(channels) + " since " + since
}

// money writes an amount with a comma before every three digits of its whole part; no amount here
// is negative.
func money(c table.Cents) string { return fmt.Sprintf("%s.%02d", count(int64(c/100)), c%100) }

// percent writes a rate as people do: 2.94%.
func percent(r kpi.Rate) string { return fmt.Sprintf("%.2f%%", float64(r)/1e4) }

// quoted writes a path as it must stand in a command line.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t'\"\\$&|;<>()*?[]#~!`") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
