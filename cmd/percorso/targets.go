package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/simulate"
)

// enoughCustomers is how many people `check --simulate` simulates at most when it is not told: as
// many as measure a share to about a percent within seconds.
const enoughCustomers = 20_000

// A trial is a scenario that `check --simulate` tries out.
type trial struct {
	world *model.World
	all   int // customers of the scenario itself
	con   console
}

// newTrial reads what to try out. Unless somebody said how many, it does with fewer customers.
func newTrial(c *cli.Context, con console) (*trial, error) {
	r, err := requested(c)
	if err != nil {
		return nil, err
	}
	w, err := loadWorld(r.name, r.sets)
	if err != nil {
		return nil, err
	}
	t := &trial{world: w, all: w.Customers, con: con}
	told := slices.ContainsFunc(r.sets, func(s model.Set) bool { return s.Path == "customers" })
	if !told && w.Customers > enoughCustomers {
		t.world, err = loadWorld(r.name, append(r.sets, model.Set{
			Path: "customers", Value: fmt.Sprint(enoughCustomers), Flag: "--simulate"}))
	}
	return t, err
}

// measure simulates a world and measures it.
func (t *trial) measure(ctx context.Context, w *model.World) (*kpi.Measurement, error) {
	m, show := kpi.NewMeasurement(w), newMeter(t.con)
	err := simulate.ByPart(ctx, w, m, simulate.Options{Progress: show.show})
	show.clear()
	if interrupted(ctx, err) {
		return nil, withCode(exitInterrupted, errors.New("interrupted"))
	}
	return m, err
}

// title is the first line of what a trial prints.
func (t *trial) title() string {
	s := t.world.Scenario
	of := ""
	if t.all > t.world.Customers {
		of = " of " + count(t.all)
	}
	return fmt.Sprintf("%s: %s%s customers, %s days, seed %d",
		s.Name, count(t.world.Customers), of, count(s.Days), s.Seed)
}

// targeted are the KPIs that the scenario has targets for, in the order of the catalogue; without
// any targets all that every market has.
func (t *trial) targeted() []model.KPI {
	s := t.world.Scenario
	if len(s.Targets) == 0 {
		return slices.DeleteFunc(model.CommonKPIs(), func(k model.KPI) bool { return k.Twin })
	}
	return slices.DeleteFunc(model.KPIs(s), func(k model.KPI) bool {
		_, is := s.Targets[k.Name]
		return !is
	})
}

// run simulates the scenario and holds what came out against its targets.
func (t *trial) run(ctx context.Context) error {
	m, err := t.measure(ctx, t.world)
	if err != nil {
		return err
	}
	kpis := t.targeted()
	if slices.ContainsFunc(kpis, func(k model.KPI) bool { return k.Twin }) {
		unpaid, err := t.world.Without(t.world.Paid()...)
		if err != nil {
			return err
		}
		twin, err := t.measure(ctx, unpaid)
		if err != nil {
			return err
		}
		m.Compare(twin)
	}
	fmt.Fprintln(t.con.stdout, t.title())
	fmt.Fprintln(t.con.stdout)
	if len(t.world.Scenario.Targets) == 0 {
		return t.printKPIs(m, kpis)
	}
	return t.printTargets(m, kpis)
}

// printKPIs prints what was realised, where there is something.
func (t *trial) printKPIs(m *kpi.Measurement, kpis []model.KPI) error {
	out := tabwriter.NewWriter(t.con.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "KPI\tCONFIGURED\tREALISED\t95 % INTERVAL\tMEANING")
	for _, k := range kpis {
		if r := m.Reading(k); r.N > 0 {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", k.Name, t.configured(k), t.figure(k, r.Value),
				t.band(k, r.Low, r.High), k.About)
		}
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, "The scenario has no targets: nothing to hold these against.")
	return out.Flush()
}

// printTargets prints each target and whether it holds. One that does not is an error.
func (t *trial) printTargets(m *kpi.Measurement, kpis []model.KPI) error {
	out := tabwriter.NewWriter(t.con.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "KPI\tCONFIGURED\tREALISED\t95 % INTERVAL\tBAND\t\tSOURCE")
	var missed []string
	for _, k := range kpis {
		target, r := t.world.Scenario.Targets[k.Name], m.Reading(k)
		low, high := float64(target.Band[0]), float64(target.Band[1])
		realised, interval, verdict := "no data", "-", "ok"
		if r.N > 0 {
			realised, interval = t.figure(k, r.Value), t.band(k, r.Low, r.High)
		}
		if !r.Meets(&target) {
			verdict = "MISSED"
			missed = append(missed, k.Name)
		}
		source := target.Source
		if target.Is != "" {
			source += " (" + target.Is + ")"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Name, t.configured(k), realised,
			interval, t.band(k, low, high), verdict, source)
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, `"percorso schema kpis" says what each counts.`)
	if err := out.Flush(); err != nil {
		return err
	}
	if len(missed) > 0 {
		return withCode(exitRefused, fmt.Errorf("%d of %d targets missed: %s",
			len(missed), len(kpis), list(missed)))
	}
	return nil
}

// compare simulates the scenario with all its channels and without some, and prints what changed.
func (t *trial) compare(ctx context.Context, off *model.World) error {
	with, err := t.measure(ctx, t.world)
	if err != nil {
		return err
	}
	without, err := t.measure(ctx, off)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.con.stdout, "%s\n\n", t.title())
	out := tabwriter.NewWriter(t.con.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "KPI\tALL CHANNELS\tWITHOUT %s\tCHANGE\n", list(off.OffNames()))
	all, some := with.Expected(), without.Expected()
	amounts := func(name string, a, b int64) {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", name, count(a), count(b), relative(a, b))
	}
	amounts("orders", all.Orders.Total, some.Orders.Total)
	amounts("revenue, "+t.world.Scenario.Currency, int64(all.Orders.Revenue/100),
		int64(some.Orders.Revenue/100))
	amounts("sessions", all.KPIs().Sessions, some.KPIs().Sessions)
	for _, k := range t.targeted() {
		a, b := with.Reading(k), without.Reading(k)
		switch {
		case a.N == 0 && b.N == 0:
		case a.N == 0:
			fmt.Fprintf(out, "%s\tno data\t%s\t-\n", k.Name, t.figure(k, b.Value))
		case b.N == 0:
			fmt.Fprintf(out, "%s\t%s\tno data\t-\n", k.Name, t.figure(k, a.Value))
		default:
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", k.Name, t.figure(k, a.Value),
				t.figure(k, b.Value), t.change(k, b.Value-a.Value))
		}
	}
	return out.Flush()
}

// relative is how much larger b is than a.
func relative(a, b int64) string {
	if a == 0 {
		return "-"
	}
	return fmt.Sprintf("%+.2f%%", 100*(float64(b)/float64(a)-1))
}

// configured is what the scenario itself says of a KPI.
func (t *trial) configured(k model.KPI) string {
	x, ok := t.world.Scenario.Configured(k)
	if !ok {
		return "-"
	}
	return t.figure(k, x)
}

// figure writes a value of a KPI with its unit.
func (t *trial) figure(k model.KPI, x float64) string {
	return t.digits(k, x) + t.unit(k)
}

// digits writes a value of a KPI without its unit, with as many digits as tell something.
func (t *trial) digits(k model.KPI, x float64) string {
	switch k.Unit {
	case model.UnitShare:
		return fmt.Sprintf("%.2f", 100*x)
	case model.UnitPoints, model.UnitSeconds:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

func (t *trial) unit(k model.KPI) string {
	switch k.Unit {
	case model.UnitShare:
		return "%"
	case model.UnitMoney:
		return " " + t.world.Scenario.Currency
	case model.UnitSeconds:
		return " s"
	case model.UnitHours:
		return " h"
	case model.UnitDays:
		return " d"
	}
	return ""
}

// band writes an interval of values of a KPI.
func (t *trial) band(k model.KPI, low, high float64) string {
	return fmt.Sprintf("%s to %s%s", t.digits(k, low), t.digits(k, high), t.unit(k))
}

// change writes by how much a KPI differs; shares differ by percentage points.
func (t *trial) change(k model.KPI, by float64) string {
	sign := "+"
	if by < 0 {
		sign = "-"
	}
	unit := t.unit(k)
	if k.Unit == model.UnitShare {
		unit = " points"
	}
	return sign + t.digits(k, math.Abs(by)) + unit
}

// offFlag is the flag that takes channels away.
func offFlag(usage string) cli.Flag {
	return &cli.GenericFlag{Name: "off", Value: new(texts), Usage: usage}
}

// offChannels are the channels that --off names.
func offChannels(c *cli.Context) []string {
	var names []string
	for _, s := range readTexts(c, "off") {
		for name := range strings.SplitSeq(s, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// without is a world without the channels that --off names.
func without(w *model.World, channels []string) (*model.World, error) {
	off, err := w.Without(channels...)
	if err != nil {
		return nil, misused("--off: %w", err)
	}
	return off, nil
}
