package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

func kpisCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "kpis",
		Usage:     "measures a market's KPIs and compares them with their bands",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso kpis fashion                             every KPI beside the band under "targets"
  percorso kpis shop.yaml --customers 50k           more customers, narrower intervals
  percorso kpis fashion --without display,email     both worlds: with and without these channels
  percorso kpis fashion --json                      the same as JSON

The command simulates the scenario, with at most 20,000 customers unless --customers says otherwise,
and gives each KPI that has a target one of three verdicts:
  ok                 the measured value lies in the band
  missed             the whole 95 % interval of the value lies outside the band
  too few to tell    the value lies outside the band, but its interval overlaps the band, or there
                     is nothing to measure: try more --customers
If a KPI is missed, the exit code is 3.

CONFIGURED is what the scenario sets for this KPI, if it sets it; REALISED is what the simulation
gave. Behaviors and chance make the difference.

With --without there are no verdicts, because bands describe the market with all its channels. Both
markets have the same customers, so that most of the chance is common to both. Changes have no
intervals: to see how much of a small change is chance, run the command with other values of --seed.

Keys of the JSON: scenario, customers, scenario_customers, days, seed, currency, and
  kpis: name, about, unit, configured, realised, low, high (of the 95 % interval), n (observations),
    and with a target: band, verdict, source, source_measured
  with --without: without (the channels), since, changes (name, unit, with_all, without, change)
Keys without a value are left out. Shares are numbers from 0 to 1, amounts are in the currency.`,
		Flags: append(scenarioFlags(),
			withoutFlag("compare with the market without these `CHANNELS`, e.g. display,email"),
			sinceFlag("always"),
			flagOn("json", "print JSON"),
			quietFlag("print no progress")),
		Action: func(c *cli.Context) error {
			t, err := newTrial(c, con)
			if err != nil {
				return err
			}
			off, err := withoutSince(c, t.world)
			if err != nil {
				return err
			}
			if off.Off != 0 {
				return t.compare(c.Context, off)
			}
			return t.judge(c.Context)
		},
	}
}

// enoughCustomers is how many customers kpis simulates at most by default: enough to measure most
// shares to about a percentage point, within seconds.
const enoughCustomers = 20_000

// A trial is a scenario whose KPIs are measured.
type trial struct {
	world *model.World
	all   int // customers of the scenario itself
	json  bool
	quiet bool
	con   console
}

// newTrial reads which scenario to measure, and takes fewer customers of a large one unless a flag
// gives their number.
func newTrial(c *cli.Context, con console) (*trial, error) {
	w, all, err := sampleOf(c)
	return &trial{world: w, all: all, json: c.Bool("json"), quiet: c.Bool("quiet"), con: con}, err
}

// sampleOf reads which market to measure: fewer customers of a large one unless a flag gives their
// number or it is that of a dataset. all is how many the scenario itself has.
func sampleOf(c *cli.Context) (w *model.World, all int, err error) {
	r, err := requested(c)
	if err != nil {
		return nil, 0, err
	}
	if w, err = loadWorld(r.name, r.sets); err != nil {
		return nil, 0, err
	}
	all = w.Customers
	told := slices.ContainsFunc(r.sets, func(s model.Set) bool { return s.Path == "customers" })
	whole := c.Command.Name == "truth" && app.IsDataset(r.name)
	if !told && !whole && all > enoughCustomers {
		w, err = loadWorld(r.name, append(r.sets, model.Set{
			Path: "customers", Value: fmt.Sprint(enoughCustomers), Flag: c.Command.Name}))
	}
	return w, all, err
}

// measure simulates a world and measures it.
func (t *trial) measure(ctx context.Context, w *model.World) (*kpi.Measurement, error) {
	m := kpi.NewMeasurement(w)
	return m, live(ctx, t.con, w, m, t.quiet)
}

// live simulates a market for a sink, part by part, and shows how far it is.
func live(ctx context.Context, con console, w *model.World, sink table.Sink, quiet bool) error {
	show := newMeter(con)
	err := simulate.ByPart(ctx, w, sink, simulate.Options{Progress: show.unless(quiet)})
	show.clear()
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, errors.New("interrupted"))
	}
	return err
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

// judge measures the scenario and compares it with its targets. A KPI that misses its band is an
// error.
func (t *trial) judge(ctx context.Context) error {
	m, err := t.measure(ctx, t.world)
	if err != nil {
		return err
	}
	kpis := t.targeted()
	if err := t.twins(ctx, m, kpis); err != nil {
		return err
	}
	r := t.report()
	for _, k := range kpis {
		r.KPIs = append(r.KPIs, t.figure(k, m.Reading(k)))
	}
	if t.json {
		err = printJSON(t.con.stdout, r)
	} else {
		err = r.print(t.con.stdout)
	}
	if err != nil {
		return err
	}
	if missed := r.with(kpi.Missed); len(missed) > 0 {
		return withCode(exitRefused, fmt.Errorf("%d of %d KPIs missed their bands: %s",
			len(missed), len(kpis), list(missed)))
	}
	return nil
}

// twins measures what people buy in the markets without channels that some KPIs need.
func (t *trial) twins(ctx context.Context, m *kpi.Measurement, kpis []model.KPI) error {
	var others []*kpi.Bought
	worlds := []*model.World{t.world}
	for _, k := range kpis {
		if !k.Twin {
			continue
		}
		w, err := k.Without(t.world)
		if err != nil {
			return err
		}
		other := kpi.NewBought(w)
		m.Compare(k, other)
		worlds, others = append(worlds, w), append(others, other)
	}
	if len(others) == 0 {
		return nil
	}
	show := newMeter(t.con)
	show.of = "towns lived"
	err := simulate.Ledgers(ctx, [][]*model.World{worlds},
		simulate.Options{Progress: show.unless(t.quiet)},
		func(_ int, _ bool, town [][]*simulate.Ledger) error {
			for i, l := range town[0][1:] {
				for o := range l.Orders {
					others[i].Add(l.Town*t.world.TownSize+int(l.Orders[o].Place), l.Orders[o].Gross)
				}
			}
			return nil
		})
	show.clear()
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, errors.New("interrupted"))
	}
	return err
}

// compare measures the scenario with all its channels and without some.
func (t *trial) compare(ctx context.Context, off *model.World) error {
	all, err := t.measure(ctx, t.world)
	if err != nil {
		return err
	}
	some, err := t.measure(ctx, off)
	if err != nil {
		return err
	}
	r := t.report()
	r.Without, r.Since = off.OffNames(), off.OffSinceText()
	a, b := all.Expected(), some.Expected()
	count := func(name string, unit model.Unit, a, b int64) {
		r.Changes = append(r.Changes, changeOf(name, unit, float64(a), float64(b)))
	}
	count("orders", model.UnitNumber, a.Orders.Total, b.Orders.Total)
	r.Changes = append(r.Changes, changeOf("revenue", model.UnitMoney,
		float64(a.Orders.Revenue)/100, float64(b.Orders.Revenue)/100))
	count("sessions", model.UnitNumber, a.KPIs().Sessions, b.KPIs().Sessions)
	r.sums = len(r.Changes)
	for _, k := range t.targeted() {
		if c := (change{Name: k.Name, Unit: k.Unit}); c.between(all.Reading(k), some.Reading(k)) {
			r.Changes = append(r.Changes, c)
		}
	}
	if t.json {
		return printJSON(t.con.stdout, r)
	}
	return r.printChanges(t.con.stdout)
}
