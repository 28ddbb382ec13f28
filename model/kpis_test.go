package model

import (
	"strings"
	"testing"
)

// TestKPIsAreDefined holds that every KPI says what is divided by what, or of what it is the mean
// or the median, and that no two have one name.
func TestKPIsAreDefined(t *testing.T) {
	s := &Scenario{Channels: map[string]Channel{"email": {}}}
	s.Carts.Reasons = Weights{"price": 1}
	seen := map[string]bool{}
	for _, k := range KPIs(s) {
		if seen[k.Name] {
			t.Errorf("two KPIs are called %s", k.Name)
		}
		seen[k.Name] = true
		is := strings.Count(k.About, " divided by ")
		if is == 0 && k.Unit != UnitShare {
			is = strings.Count(k.About, "mean ") + strings.Count(k.About, "median ")
		}
		if is != 1 {
			t.Errorf("%s does not say what it is: %q", k.Name, k.About)
		}
	}
}
