package simulate

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/scenarios"
)

// measured simulates a world and measures it.
func measured(t *testing.T, w *model.World, opt Options) *kpi.Measurement {
	t.Helper()
	m := kpi.NewMeasurement(w)
	if err := ByPart(context.Background(), w, m, opt); err != nil {
		t.Fatal(err)
	}
	return m
}

// builtin compiles a built-in scenario.
func builtin(t *testing.T, name, customers string, sets ...model.Set) *model.World {
	t.Helper()
	sets = append(sets, model.Set{Path: "customers", Value: customers, Flag: "--customers"})
	s, err := model.Load(name, scenarios.FS, sets...)
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// heavy skips in short mode what takes long.
func heavy(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("heavy: runs in make check")
	}
}

// lightRows is how many events a customer has whose market may be simulated in short mode.
const lightRows = 130

// TestBuiltInScenariosMeetTheirTargets simulates every built-in scenario as the command kpis does,
// with its own customers or 20,000. Every KPI must lie in its band; too few to tell is not enough.
// Short mode does so where customers have few events.
func TestBuiltInScenariosMeetTheirTargets(t *testing.T) {
	files, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			w := builtIn(t, strings.TrimSuffix(file, ".yaml"))
			if w.Customers > 20_000 {
				w = builtin(t, w.Scenario.Name, "20_000")
			}
			if len(w.Scenario.Targets) == 0 {
				t.Skip("without targets")
			}
			if w.RowsPerCustomer > lightRows {
				heavy(t)
			}
			m := measured(t, w, Options{})
			for _, k := range model.KPIs(w.Scenario) {
				target, ok := w.Scenario.Targets[k.Name]
				if !ok {
					continue
				}
				if k.Twin {
					other, err := k.Without(w)
					if err != nil {
						t.Fatal(err)
					}
					m.Compare(k, measured(t, other, Options{}).Bought())
				}
				r := m.Reading(k)
				if v := r.Verdict(&target); v != kpi.OK {
					t.Errorf("%s: %s is %.4g (%.4g to %.4g, of %d), want %v (%s): %s", file, k.Name,
						r.Value, r.Low, r.High, r.N, target.Band, target.Source, v)
				}
				held++
			}
		})
	}
	if held == 0 {
		t.Error("no target was held")
	}
}

// TestTargetsCanBeMissed: a market in which every second cart is bought misses its band, and so
// does one whose service desk has too little to do.
func TestTargetsCanBeMissed(t *testing.T) {
	for _, test := range []struct{ kpi, path, value string }{
		{"cart_abandonment", "behaviors.cart.abandon", "50%"},
		{"wait_mean_s", "behaviors.service.busy", "200%"},
	} {
		w := builtin(t, "fashion", "20000",
			model.Set{Path: test.path, Value: test.value, Flag: "--set"})
		m, found := measured(t, w, Options{}), false
		for _, k := range model.KPIs(w.Scenario) {
			if k.Name != test.kpi {
				continue
			}
			found = true
			target, r := w.Scenario.Targets[k.Name], m.Reading(k)
			if v := r.Verdict(&target); v != kpi.Missed {
				t.Errorf("%s: %s is %v, which is %s of %v", test.path, k.Name, r, v, target.Band)
			}
		}
		if !found {
			t.Errorf("there is no KPI %s", test.kpi)
		}
	}
}

// TestReadingsDoNotDependOnTheWork holds that KPIs are the same whoever does the work in which
// order, and however it is cut.
func TestReadingsDoNotDependOnTheWork(t *testing.T) {
	w := builtin(t, "fashion", "900", model.Set{Path: "town", Value: "100", Flag: "--set"},
		model.Set{Path: "days", Value: "60", Flag: "--set"})
	w.PartTowns, w.Parts = 2, (w.Towns+1)/2
	readings := func(m *kpi.Measurement) string {
		var b strings.Builder
		for _, k := range model.KPIs(w.Scenario) {
			fmt.Fprintln(&b, k.Name, m.Reading(k))
		}
		return b.String()
	}
	want := readings(measured(t, w, Options{Workers: 1}))
	if got := readings(measured(t, w, Options{Workers: 3})); got != want {
		t.Errorf("with three workers:\n%s\nwant\n%s", got, want)
	}
	m := kpi.NewMeasurement(w)
	if err := ByDay(context.Background(), w, m, Options{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	if got := readings(m); got != want {
		t.Errorf("day by day:\n%s\nwant\n%s", got, want)
	}
	m = kpi.NewMeasurement(w)
	for shard := range 2 {
		err := ByPart(context.Background(), w, m, Options{Shard: shard + 1, Shards: 2})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := readings(m); got != want {
		t.Errorf("in shards:\n%s\nwant\n%s", got, want)
	}
}

// TestPaidChannelsAreWorthWhatTheyBring holds the incremental share of paid channels against the
// orders counted in both worlds, and that nothing is incremental to a channel that nobody uses.
func TestPaidChannelsAreWorthWhatTheyBring(t *testing.T) {
	w := builtin(t, "fashion", "2000")
	unpaid, err := w.Without(w.Paid()...)
	if err != nil {
		t.Fatal(err)
	}
	m, same := measured(t, w, Options{}), measured(t, w, Options{})
	twin := measured(t, unpaid, Options{})
	for _, k := range model.CommonKPIs() {
		if !k.Twin {
			continue
		}
		if r := m.Reading(k); r.N != 0 {
			t.Errorf("%s without a twin: %v, want no value", k.Name, r)
		}
		m.Compare(k, same.Bought())
		if r := m.Reading(k); r.Value != 0 {
			t.Errorf("%s of a market against itself: %v, want 0", k.Name, r)
		}
		m.Compare(k, twin.Bought())
		n, without := m.Expected().Orders.Total, twin.Expected().Orders.Total
		r := m.Reading(k)
		if want := 1 - float64(without)/float64(n); r.Value < want-1e-12 || r.Value > want+1e-12 ||
			r.Low >= r.Value || r.High <= r.Value || r.Low <= 0 {
			t.Errorf("%s: %v, want %v inside its interval and above 0", k.Name, r, want)
		}
	}
}
