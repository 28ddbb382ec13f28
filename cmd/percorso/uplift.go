package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate/worlds"
)

// An uplift is an intervention that `truth` was asked to try.
type uplift struct {
	app.Uplift
	report
	change string // what is changed
}

// intervenes reports whether truth is asked for an intervention.
func intervenes(c *cli.Context) bool { return c.IsSet("but") || c.IsSet("against") }

// readUplift reads which other market the customers shall live in; truth says all the rest.
func readUplift(c *cli.Context, t *truth) (*uplift, error) {
	for _, name := range []string{"channels", "estimands", "holdout", "since"} {
		if c.IsSet(name) {
			return nil, misused("--%s is about channels that are off: leave it out with --but and "+
				"--against", name)
		}
	}
	if len(t.Plan.Couplings) > 1 {
		return nil, misused("--coupling both: choose one with --but and --against")
	}
	u := &uplift{report: t.report}
	u.Search = t.Search
	u.Twins = worlds.Twins{Control: t.Plan.World, Coupling: t.Plan.Couplings[0], Draws: t.Plan.Draws}
	r, err := requested(c)
	if err != nil {
		return nil, err
	}
	changes := readTexts(c, "but")
	if file := c.String("against"); file != "" {
		r.name, changes = file, append([]string{file}, changes...)
	}
	if w := t.Plan.World; t.all > w.Customers { // a sample of both
		r.sets = append(r.sets, model.Set{Path: "customers", Value: fmt.Sprint(w.Customers),
			Flag: c.Command.Name})
	}
	for _, text := range readTexts(c, "but") {
		path, value, ok := strings.Cut(text, "=")
		if !ok || path == "" {
			return nil, misused("--but %q: want KEY=VALUE, e.g. --but needs.per_year=4", text)
		}
		r.sets = append(r.sets, model.Set{Path: path, Value: value, Flag: "--but", AnyPath: true})
	}
	u.change = strings.Join(changes, ", ")
	if u.Twins.Treated, err = loadWorld(r.name, r.sets); err != nil {
		return nil, err
	}
	if err := u.Twins.Check(); err != nil {
		return nil, misused("%s: %w: only markets with the same people can be compared", u.change, err)
	}
	return u, nil
}

// run lives both markets and prints the difference.
func (u *uplift) run(ctx context.Context, con console) error {
	if !u.quiet {
		fmt.Fprintf(con.stderr, "%s of %s customers: %s; %s\n", plural(u.Twins.Cost(), "world"),
			count(u.Twins.Control.Customers), u.change, plural(u.Twins.Draws, "draw"))
	}
	m := newMeter(con)
	m.of = "towns lived"
	u.Progress = m.unless(u.quiet)
	sum, err := app.FindUplift(ctx, u.Uplift)
	m.clear()
	switch {
	case err != nil:
		return truthFailed(ctx, err)
	case u.Shard > 0:
		u.tellShard(con, &u.Search)
		return nil
	case u.json:
		return u.printJSON(con.stdout, sum)
	}
	return u.print(con.stdout, sum)
}

// print prints the effects by segment.
func (u *uplift) print(to io.Writer, sum *worlds.Uplifts) error {
	w := u.Twins.Control
	fmt.Fprintf(to, "%s\nTreated: the same customers, but %s\n\nEffect on %s, coupling %s\n\n",
		u.title(w), u.change, u.unit(w), model.Couplings[u.Twins.Coupling])
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := "SEGMENT\tCUSTOMERS\tCHANGED\tCONTROL\tTREATED\tEFFECT\tSE\t"
	if u.Twins.Draws > 0 {
		head += "EXPECTED\tSE\t"
	}
	fmt.Fprintln(out, head)
	line := func(name string, s *worlds.SegmentUplift) {
		e := s.Of(u.outcome)
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t", name, count(s.People), count(s.Changed),
			u.amount(float64(s.Control[u.outcome])), u.amount(float64(s.Treated[u.outcome])),
			u.amount(e.Effect), u.amount(e.SECustomers))
		if u.Twins.Draws > 0 {
			fmt.Fprintf(out, "%s\t%s\t", u.amount(e.Expected), u.amount(e.SEDraws))
		}
		fmt.Fprintln(out)
	}
	for i := range sum.Segments {
		line(w.Segments[i].Name, &sum.Segments[i])
	}
	line("all", sum.Everybody())
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(to, "\nAdvertising cost %s %s, and %s when treated. Effects are those of "+
		"these people with this\nluck; CHANGED are the customers who bought something else.\n",
		count(sum.Spend[0]/100), w.Scenario.Currency, count(sum.Spend[1]/100))
	return err
}

// printJSON prints truth_uplift_segments as JSON.
func (u *uplift) printJSON(to io.Writer, sum *worlds.Uplifts) error {
	rows, err := objects(u.Twins.SegmentsTable(sum))
	if err != nil {
		return err
	}
	return printJSON(to, struct {
		reportHead
		Coupling string            `json:"coupling"`
		Draws    int               `json:"draws"`
		Change   string            `json:"change"`
		Segments []json.RawMessage `json:"segments"`
	}{u.head(u.Twins.Control), model.Couplings[u.Twins.Coupling], u.Twins.Draws, u.change, rows})
}
