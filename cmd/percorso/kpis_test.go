package main

import (
	"math"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/simulate"
)

// TestKPIsAgreeWithTheManifest holds that what check measures is what the manifest of the same run
// says, where both say something: to all the digits of the manifest where it has that KPI.
func TestKPIsAgreeWithTheManifest(t *testing.T) {
	w, err := loadWorld("fashion", []model.Set{
		{Path: "customers", Value: "3000", Flag: "--customers"},
		{Path: "days", Value: "200", Flag: "--days"}})
	if err != nil {
		t.Fatal(err)
	}
	m := kpi.NewMeasurement(w)
	if err := simulate.ByPart(t.Context(), w, m, simulate.Options{}); err != nil {
		t.Fatal(err)
	}
	e := m.Expected()
	k := e.KPIs()
	type said struct{ x, within float64 }
	want := map[string]said{
		"conversion":          {float64(k.Conversion) / 1e6, 0.5e-6},
		"cart_abandonment":    {float64(k.CartAbandonment) / 1e6, 0.5e-6},
		"average_order_value": {float64(k.AverageOrderValue) / 100, 0.005},
		"events_per_customer": {float64(e.Events.Total) / 3000, 1e-9},
		"orders_per_customer": {float64(e.Orders.Total) / 3000, 1e-9},
		"abandoned_trust": {
			share(e.Carts.ByReason["trust"], e.Carts.ByStatus["abandoned"]), 1e-9},
		"collect_share": {share(e.Orders.ByFulfilment["collect"].Orders,
			e.Orders.ByTouchpoint["web"].Orders+e.Orders.ByTouchpoint["app"].Orders), 1e-9},
	}
	for device, rate := range k.ConversionByDevice {
		want["conversion_"+device] = said{float64(rate) / 1e6, 0.5e-6}
	}
	held := 0
	for _, kpi := range model.KPIs(w.Scenario) {
		if said, ok := want[kpi.Name]; ok {
			held++
			if r := m.Reading(kpi); !(math.Abs(r.Value-said.x) <= said.within+1e-9 && said.x > 0) {
				t.Errorf("%s is %v, the manifest says %v", kpi.Name, r, said.x)
			}
		}
	}
	if held != len(want) || len(k.ConversionByDevice) < 3 {
		t.Errorf("%d of %d KPIs are in the catalogue", held, len(want))
	}
}

func share(part, whole int64) float64 { return float64(part) / float64(whole) }

// TestConfiguredIsWhatTheScenarioSays holds the column of check.
func TestConfiguredIsWhatTheScenarioSays(t *testing.T) {
	w, err := loadWorld("classic-funnel", []model.Set{
		{Path: "orders.fulfilment", Value: "{ship: 3, collect: 1}", Flag: "--set"},
		{Path: "sessions.duration", Value: "{lognormal: {median: 90s, sigma: 1}, min: 5s}",
			Flag: "--set"},
		{Path: "segments", Value: "{a: {share: 50%, needs: 3, devices: {mobile: 40%, desktop: 60%}}, " +
			"b: {share: 50%, devices: {mobile: 1}}}", Flag: "--set"},
		{Path: "carts.reasons", Value: "{trust: 20%, browsing: 80%}", Flag: "--set"},
		{Path: "behaviors.fulfilment.returns", Value: "{online: 20%, store: 5%}", Flag: "--set"},
		{Path: "channels.mail", Value: "{touchpoint: inbox}", Flag: "--set"},
		{Path: "behaviors.advertising.channels.mail", Value: "{opens: 20%, clicks: 3%}",
			Flag: "--set"},
		{Path: "behaviors.satisfaction", Value: "{level: -0.32, survey: {share: 0%}, " +
			"reviews: {answers: {base: 0%}}}", Flag: "--set"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"collect_share": 0.25, "session_median_s": 95, "mobile_share": 0.55,
		"abandoned_trust": 0.2, "abandoned_browsing": 0.8, "return_rate_online": 0.2,
		"return_rate_store": 0.05, "email_open": 0.2, "email_click": 0.03,
		"nps": 9.0802948506, "nps_true": 9.0802948506}
	for _, k := range model.KPIs(w.Scenario) {
		x, ok := w.Scenario.Configured(k)
		if y, is := want[k.Name]; is != ok || math.Abs(x-y) > 1e-9 {
			t.Errorf("%s is configured as %v (%v), want %v (%v)", k.Name, x, ok, y, is)
		}
	}
}
