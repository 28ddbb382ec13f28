package main

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/percorso/percorso/export/paths"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// TestCollector: each order of a market is in a path or unseen, by whatever rule; more touches and
// more knowledge leave fewer unseen; any number of workers finds the same.
func TestCollector(t *testing.T) {
	t.Parallel()
	s, err := model.Load("fashion", scenarios.FS,
		model.Set{Path: "customers", Value: "600"}, model.Set{Path: "town", Value: "200"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	collect := func(r paths.Rule, workers int) *paths.Set {
		c := paths.NewCollector(w, r)
		if err := simulate.ByPart(t.Context(), w, c, simulate.Options{Workers: workers}); err != nil {
			t.Fatal(err)
		}
		return c.Set()
	}
	const month = 30 * 24 * time.Hour
	var orders, seen []int64
	for _, r := range []paths.Rule{{LookBack: month, PaidOnly: true}, {LookBack: month},
		{LookBack: month, All: true}, {LookBack: month, All: true, Truth: true}} {
		set := collect(r, 2)
		conversions, _, _ := set.Totals()
		orders, seen = append(orders, conversions+set.Unseen), append(seen, conversions)
		if !reflect.DeepEqual(set, collect(r, 1)) {
			t.Errorf("%+v: another number of workers finds other paths", r)
		}
	}
	if slices.Min(orders) != slices.Max(orders) || orders[0] < 100 || !slices.IsSorted(seen) ||
		seen[0] == seen[3] {
		t.Errorf("orders %v, of which seen %v", orders, seen)
	}
}
