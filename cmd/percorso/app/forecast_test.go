package app

import (
	"math"
	"reflect"
	"runtime"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// variants change every built-in scenario: how often customers need something, how many days are
// written, and how many people live in a town.
var variants = [][]model.Set{
	nil,
	{set("needs.per_year", "2.5")},
	{set("days", "100"), set("warmup", "30")},
	{set("town", "700"), set("seed", "9")},
}

func set(path, value string) model.Set {
	return model.Set{Path: path, Value: value, Flag: "--set"}
}

// rowsOf simulates a whole market and counts its rows by table.
func rowsOf(t *testing.T, w *model.World) []float64 {
	t.Helper()
	m, err := newMeasure(w)
	if err != nil {
		t.Fatal(err)
	}
	if err := simulate.ByPart(t.Context(), w, m, simulate.Options{}); err != nil {
		t.Fatal(err)
	}
	rows := make([]float64, len(m.views))
	for _, g := range m.groups {
		for i, n := range g.rows {
			rows[i] += n
		}
	}
	return rows
}

// TestForecastsComeTrue: the forecasts of events, orders and customers are right within 10 % for
// every built-in scenario and three variants of each, and the intervals of all tables contain the
// rows in about 95 of 100 cases. Intervals are tested with a fifth of the events, so that the trial
// is not the whole market.
func TestForecastsComeTrue(t *testing.T) {
	if testing.Short() {
		t.Skip("heavy: simulates 88 markets of 10,000 customers whole; runs in make check")
	}
	holdForecasts(t, Scenarios(), variants, "10_000", trialEvents/5)
}

// TestForecastsComeTrueInShort is the same for two small markets.
func TestForecastsComeTrueInShort(t *testing.T) {
	holdForecasts(t, []string{"classic-funnel", "fashion"}, variants[2:3], "8_000", trialEvents/50)
}

func holdForecasts(t *testing.T, names []string, variants [][]model.Set, customers string,
	events float64) {
	inside, all := 0, 0
	for _, name := range names {
		for _, sets := range variants {
			w, err := Load(name, append([]model.Set{set("customers", customers)}, sets...)...)
			if err != nil {
				t.Fatal(err)
			}
			f, err := NewForecast(t.Context(), w, nil)
			if err != nil {
				t.Fatal(err)
			}
			small, err := forecast(t.Context(), w, events, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, rows := range rowsOf(t, w) {
				holdForecast(t, w, &f.Tables[i], rows)
				x := &small.Tables[i]
				if !x.Exact && rows > 0 && x.Name != "spend" { // fewer in the small towns of such a trial
					all++
					if x.Low <= rows && rows <= x.High {
						inside++
					} else {
						t.Logf("%s %v: %.0f %s are not in %.0f to %.0f", name, sets, rows, x.Name,
							x.Low, x.High)
					}
				}
			}
		}
	}
	if p := float64(inside) / float64(all); all < 5 || p < 0.88 {
		t.Errorf("%d of %d intervals have the rows in them, want about 95 %%", inside, all)
	}
}

// holdForecast holds the forecast of one table against its rows.
func holdForecast(t *testing.T, w *model.World, x *TableForecast, rows float64) {
	t.Helper()
	switch {
	case x.Exact && x.Rows != rows:
		t.Errorf("%s: %.0f %s, want exactly %.0f", w.Scenario.Name, rows, x.Name, x.Rows)
	case x.Low > x.Rows || x.High < x.Rows || math.IsNaN(x.Rows+x.Low+x.High+x.Bytes):
		t.Errorf("%s: %+v", w.Scenario.Name, *x)
	}
	switch x.Name {
	case "events", "orders", "customers", "spend":
		if math.Abs(x.Rows-rows) > 0.1*rows {
			t.Errorf("%s: %.0f %s, the forecast says %.0f", w.Scenario.Name, rows, x.Name, x.Rows)
		}
	}
}

// TestForecastsAreTheSameEverywhere: a forecast does not depend on the number of workers.
func TestForecastsAreTheSameEverywhere(t *testing.T) {
	w, err := Load("fashion", set("customers", "50_000"), set("days", "20"), set("warmup", "0"))
	if err != nil {
		t.Fatal(err)
	}
	of := func(workers int) *Forecast {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
		f, err := forecast(t.Context(), w, 100_000, nil)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if one, three := of(1), of(3); !reflect.DeepEqual(one, three) {
		t.Errorf("one worker forecasts %+v, three %+v", one, three)
	}
}

// TestTrialsAreSmall: a trial stays within its limits, however large the market is.
func TestTrialsAreSmall(t *testing.T) {
	for _, test := range []struct {
		name string
		sets []model.Set
		most float64 // events, of the warm-up too
	}{
		{"classic-funnel", []model.Set{set("customers", "100_000_000")}, 4e5},
		{"fashion", []model.Set{set("customers", "1_000_000"), set("town", "100_000")}, 4e5},
		{"grocery", []model.Set{set("customers", "134_217_727"), set("days", "60")}, 4e5},
		{"grocery", []model.Set{set("customers", "20_001"), set("town", "100")}, 4e5},
		{"print-shop", []model.Set{set("days", "1")}, 4e5},
	} {
		w, err := Load(test.name, test.sets...)
		if err != nil {
			t.Fatal(err)
		}
		f, err := forecast(t.Context(), w, 2e5, nil)
		if err != nil {
			t.Fatal(err)
		}
		lived := float64(w.Warmup+w.Days) / float64(w.Days)
		events := f.Tables[0].Rows / f.Scale * lived
		if f.Customers > trialPeople || f.Whole || events > test.most {
			t.Errorf("%s %v: a trial of %d people with %.0f events", test.name, test.sets,
				f.Customers, events)
		}
		if got := f.Scale * float64(f.Customers); math.Abs(got/float64(w.Customers)-1) > 1e-9 {
			t.Errorf("%s %v: %d people times %g are not %d", test.name, test.sets, f.Customers,
				f.Scale, w.Customers)
		}
		for _, x := range f.Tables {
			holdForecast(t, w, &x, x.Rows)
		}
	}
}

// TestTrialsAreGroupsOfTowns: which towns a trial has, and in how many groups.
func TestTrialsAreGroupsOfTowns(t *testing.T) {
	for _, test := range []struct{ customers, town, people, towns, size, groups int }{
		{100_000, 2000, 20_000, 10, 2000, 10},
		{100_000, 2000, 19_999, 9, 2000, 9},
		{100_000, 2000, 5000, 5, 1000, 5}, // two towns tell no interval
		{100_000, 100, 20_000, 200, 100, 10},
		{100_000, 100, 1950, 19, 100, 19},
		{100_000, 100_000, 20_000, 5, 4000, 5},
		{10_000, 2000, 10_000, 5, 2000, 5}, // all of it
	} {
		w := &model.World{Customers: test.customers, TownSize: test.town, PartTowns: 1,
			Towns: (test.customers + test.town - 1) / test.town}
		w.Parts = w.Towns
		trial := trialOf(w, test.people)
		if trial.TownSize != test.size || trial.Parts != test.groups ||
			trial.Parts*trial.PartTowns != test.towns {
			t.Errorf("%+v: %d groups of %d towns of %d", test, trial.Parts, trial.PartTowns,
				trial.TownSize)
		}
	}
}

// TestForecastOfSpend: spend is scaled by towns, not by people.
func TestForecastOfSpend(t *testing.T) {
	w, err := Load("grocery", set("customers", "40_000"), set("days", "30"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := forecast(t.Context(), w, 900_000, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, w)
	for i, x := range f.Tables {
		if x.Name == w.Tables[table.TableSpend].Name && math.Abs(x.Rows/rows[i]-1) > 0.05 {
			t.Errorf("%.0f rows of spend, the forecast says %.0f", rows[i], x.Rows)
		}
	}
}
