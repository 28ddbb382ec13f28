package main

import (
	"math"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// TestKPIsAgreeWithTheAnswers holds that what check measures is what the manifest of the same run
// says, where both say something.
func TestKPIsAgreeWithTheAnswers(t *testing.T) {
	w, err := loadWorld("fashion", []model.Set{
		{Path: "customers", Value: "1000", Flag: "--customers"},
		{Path: "days", Value: "200", Flag: "--days"}})
	if err != nil {
		t.Fatal(err)
	}
	m, tally := kpi.NewMeasurement(w), kpi.NewTally(w)
	err = simulate.ByPart(t.Context(), w, table.Tee(m, tally), simulate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := tally.Answers()
	k := a.KPIs()
	want := map[string]float64{
		"conversion":          float64(k.Conversion) / 1e6,
		"conversion_phone":    float64(k.ConversionByDevice["phone"]) / 1e6,
		"conversion_desktop":  float64(k.ConversionByDevice["desktop"]) / 1e6,
		"cart_abandonment":    float64(k.CartAbandonment) / 1e6,
		"average_order":       float64(k.AverageOrderValue) / 100,
		"events_per_customer": float64(a.Events.Total) / 1000,
		"orders_per_customer": float64(a.Orders.Total) / 1000,
		"abandoned_trust":     share(a.Carts.ByReason["trust"], a.Carts.ByStatus["abandoned"]),
		"collect_share": share(a.Orders.ByFulfilment["collect"].Orders,
			a.Orders.ByTouchpoint["web"].Orders+a.Orders.ByTouchpoint["app"].Orders),
	}
	held := 0
	for _, kpi := range model.KPIs(w.Scenario) {
		if x, ok := want[kpi.Name]; ok {
			held++
			if r := m.Reading(kpi); !(math.Abs(r.Value-x) <= 0.005 && math.Abs(r.Value/x-1) < 1e-3) {
				t.Errorf("%s is %v, the answers say %v", kpi.Name, r, x)
			}
		}
	}
	if held != len(want) {
		t.Errorf("%d of %d KPIs are in the catalogue", held, len(want))
	}
	if n, revenue := m.Orders(); n != a.Orders.Total || revenue != int64(a.Orders.Revenue) {
		t.Errorf("%d orders and %d cents, the answers say %d and %d",
			n, revenue, a.Orders.Total, a.Orders.Revenue)
	}
}

func share(part, whole int64) float64 { return float64(part) / float64(whole) }

// TestConfiguredIsWhatTheScenarioSays holds the column of check.
func TestConfiguredIsWhatTheScenarioSays(t *testing.T) {
	w, err := loadWorld("classic-funnel", []model.Set{
		{Path: "orders.fulfilment", Value: "{ship: 3, collect: 1}", Flag: "--set"},
		{Path: "sessions.duration", Value: "{lognormal: {median: 90s, sigma: 1}, min: 5s}",
			Flag: "--set"},
		{Path: "segments", Value: "{a: {share: 50%, needs: 3, devices: {phone: 40%, desktop: 60%}}, " +
			"b: {share: 50%, devices: {phone: 1}}}", Flag: "--set"},
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
	want := map[string]float64{"collect_share": 0.25, "session_median_s": 95, "phone_share": 0.55,
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
