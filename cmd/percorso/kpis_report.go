package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
)

// A kpiReport is the output of kpis, also as JSON: the KPIs of one market, or what changes between
// two.
type kpiReport struct {
	Scenario  string   `json:"scenario"`
	Customers int      `json:"customers"` // simulated
	Of        int      `json:"scenario_customers"`
	Days      int      `json:"days"`
	Seed      uint64   `json:"seed"`
	Currency  string   `json:"currency"`
	KPIs      []figure `json:"kpis,omitempty"`
	Without   []string `json:"without,omitempty"` // channels
	Since     string   `json:"since,omitempty"`   // always, or the day since which they are off
	Changes   []change `json:"changes,omitempty"`

	sums int // so many of the changes, the first, are sums over the market
}

// A figure is a measured KPI and, where the scenario has a target for it, the verdict.
type figure struct {
	Name           string      `json:"name"`
	About          string      `json:"about"`
	Unit           model.Unit  `json:"unit"`
	Configured     *float64    `json:"configured,omitempty"` // what the scenario itself says
	Realised       *float64    `json:"realised,omitempty"`   // absent if there is nothing to measure
	Low            *float64    `json:"low,omitempty"`        // of the 95 % interval
	High           *float64    `json:"high,omitempty"`
	N              int64       `json:"n"` // observations
	Band           *[2]float64 `json:"band,omitempty"`
	Verdict        kpi.Verdict `json:"verdict,omitempty"`
	Source         string      `json:"source,omitempty"`          // where the band comes from
	SourceMeasured string      `json:"source_measured,omitempty"` // if not quite the same
}

// A change is a figure in the market with all its channels and in that without some.
type change struct {
	Name    string     `json:"name"`
	Unit    model.Unit `json:"unit"`
	All     *float64   `json:"with_all,omitempty"`
	Without *float64   `json:"without,omitempty"`
	Change  *float64   `json:"change,omitempty"` // without - with_all
}

// report begins the report of a trial.
func (t *trial) report() *kpiReport {
	s := t.world.Scenario
	return &kpiReport{Scenario: s.Name, Customers: t.world.Customers, Of: t.all, Days: s.Days,
		Seed: s.Seed, Currency: s.Currency}
}

// figure puts a KPI beside its target.
func (t *trial) figure(k model.KPI, r kpi.Reading) figure {
	s := t.world.Scenario
	f := figure{Name: k.Name, About: k.About, Unit: k.Unit, N: r.N}
	if x, ok := s.Configured(k); ok {
		f.Configured = &x
	}
	if r.N > 0 {
		f.Realised, f.Low, f.High = &r.Value, &r.Low, &r.High
	}
	if target, ok := s.Targets[k.Name]; ok {
		f.Band = &[2]float64{float64(target.Band[0]), float64(target.Band[1])}
		f.Verdict = r.Verdict(&target)
		f.Source, f.SourceMeasured = target.Source, target.Is
	}
	return f
}

func changeOf(name string, unit model.Unit, all, without float64) change {
	by := without - all
	return change{Name: name, Unit: unit, All: &all, Without: &without, Change: &by}
}

// between fills in what was measured in both markets, and reports whether anything was in either.
func (c *change) between(all, without kpi.Reading) bool {
	switch {
	case all.N > 0 && without.N > 0:
		*c = changeOf(c.Name, c.Unit, all.Value, without.Value)
	case all.N > 0:
		c.All = &all.Value
	case without.N > 0:
		c.Without = &without.Value
	default:
		return false
	}
	return true
}

// with lists the KPIs that have a verdict.
func (r *kpiReport) with(v kpi.Verdict) (names []string) {
	for _, f := range r.KPIs {
		if f.Verdict == v {
			names = append(names, f.Name)
		}
	}
	return names
}

// title is the first line of what is printed.
func (r *kpiReport) title() string {
	of := ""
	if r.Of > r.Customers {
		of = " of " + count(r.Of)
	}
	return fmt.Sprintf("%s: %s%s customers, %s days, seed %d",
		r.Scenario, count(r.Customers), of, count(r.Days), r.Seed)
}

// print prints each KPI with its verdict or, in a scenario without targets, what it means.
func (r *kpiReport) print(to io.Writer) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%s\n\n", r.title())
	judged := false
	for _, f := range r.KPIs {
		judged = judged || f.Band != nil
	}
	if !judged {
		r.printMeasured(out)
		return out.Flush()
	}
	fmt.Fprintln(out, "KPI\tCONFIGURED\tREALISED\t95 % INTERVAL\tBAND\tVERDICT\tSOURCE OF THE BAND")
	for _, f := range r.KPIs {
		source := f.Source
		if f.SourceMeasured != "" {
			source += " (" + f.SourceMeasured + ")"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, r.text(f.Unit, f.Configured, "-"),
			r.text(f.Unit, f.Realised, "no data"), r.interval(f), r.band(f.Unit, f.Band[0], f.Band[1]),
			f.Verdict, source)
	}
	few := len(r.with(kpi.TooFew))
	fmt.Fprintf(out, "\n%d ok, %d missed, %d too few to tell.\n", len(r.with(kpi.OK)),
		len(r.with(kpi.Missed)), few)
	if few > 0 {
		fmt.Fprintln(out, "More --customers make the intervals narrower.")
	}
	fmt.Fprintln(out, `"percorso schema kpis" says what each KPI counts.`)
	return out.Flush()
}

// printMeasured prints the KPIs of a scenario without targets, where there is something to measure.
func (r *kpiReport) printMeasured(out io.Writer) {
	fmt.Fprintln(out, "KPI\tCONFIGURED\tREALISED\t95 % INTERVAL\tMEANING")
	for _, f := range r.KPIs {
		if f.Realised != nil {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", f.Name, r.text(f.Unit, f.Configured, "-"),
				r.text(f.Unit, f.Realised, ""), r.interval(f), f.About)
		}
	}
	fmt.Fprintln(out, "\nThe scenario has no targets, so there is no band to compare these with.")
}

// printChanges prints both markets and what is different without the channels.
func (r *kpiReport) printChanges(to io.Writer) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%s; channels off since %s\n\n", r.title(), r.Since)
	fmt.Fprintf(out, "KPI\tALL CHANNELS\tWITHOUT %s\tCHANGE\n", list(r.Without))
	for _, c := range r.Changes[:r.sums] {
		name, by := c.Name, "-"
		if c.Unit == model.UnitMoney {
			name += ", " + r.Currency
		}
		if *c.All != 0 {
			by = fmt.Sprintf("%+.2f%%", 100*(*c.Without / *c.All - 1))
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", name, count(*c.All), count(*c.Without), by)
	}
	for _, c := range r.Changes[r.sums:] {
		by := "-"
		if c.Change != nil {
			by = r.difference(c.Unit, *c.Change)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", c.Name, r.text(c.Unit, c.All, "no data"),
			r.text(c.Unit, c.Without, "no data"), by)
	}
	fmt.Fprintln(out, "\nChanges have no intervals: other values of --seed show how much of a small "+
		"change is chance.")
	return out.Flush()
}

// text writes a value with its unit, or the given text if there is none.
func (r *kpiReport) text(unit model.Unit, x *float64, none string) string {
	if x == nil {
		return none
	}
	return digits(unit, *x) + r.sign(unit)
}

// interval writes the 95 % interval of a KPI.
func (r *kpiReport) interval(f figure) string {
	if f.Realised == nil {
		return "-"
	}
	return r.band(f.Unit, *f.Low, *f.High)
}

// band writes an interval of values.
func (r *kpiReport) band(unit model.Unit, low, high float64) string {
	return fmt.Sprintf("%s to %s%s", digits(unit, low), digits(unit, high), r.sign(unit))
}

// difference writes by how much values differ; shares differ by percentage points.
func (r *kpiReport) difference(unit model.Unit, by float64) string {
	plus, sign := "+", r.sign(unit)
	if by < 0 {
		plus = "-"
	}
	if unit == model.UnitShare {
		sign = " points"
	}
	return plus + digits(unit, math.Abs(by)) + sign
}

// digits writes a value without its unit, with as many digits as are of use.
func digits(unit model.Unit, x float64) string {
	switch unit {
	case model.UnitShare:
		return fmt.Sprintf("%.2f", 100*x)
	case model.UnitPoints, model.UnitSeconds:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// sign is the sign of a unit, which stands after values.
func (r *kpiReport) sign(unit model.Unit) string {
	switch unit {
	case model.UnitShare:
		return "%"
	case model.UnitMoney:
		return " " + r.Currency
	case model.UnitSeconds:
		return " s"
	case model.UnitHours:
		return " h"
	case model.UnitDays:
		return " d"
	}
	return ""
}
