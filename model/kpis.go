package model

import (
	"maps"
	"slices"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// A KPI is a figure that marketing steers by, as this market realised it. Targets hold KPIs inside
// their bands; a Measurement finds their values.
type KPI struct {
	Name  string
	About string // numerator and denominator, in one sentence
	Unit  Unit
	Twin  bool // compares the market with itself without its paid channels
}

// A Unit says what the value of a KPI counts.
type Unit string

// The units.
const (
	UnitShare   Unit = "share"
	UnitMoney   Unit = "amount"
	UnitSeconds Unit = "seconds"
	UnitHours   Unit = "hours"
	UnitDays    Unit = "days"
	UnitPoints  Unit = "NPS points"
	UnitStars   Unit = "stars"
	UnitNumber  Unit = "number"
)

// noun names a value of the unit in an error.
func (u Unit) noun() string {
	switch u {
	case UnitMoney:
		return "an amount"
	case UnitNumber:
		return "a number"
	}
	return string(u)
}

// limit is where values of a unit can lie.
func (u Unit) limit() document.Limit {
	switch u {
	case UnitShare:
		return document.Limit{Max: 1}
	case UnitPoints:
		return document.Limit{Min: -100, Max: 100}
	case UnitStars:
		return document.Limit{Min: 1, Max: 5}
	}
	return document.Limit{Max: document.Unlimited}
}

// KPIs lists the figures that can be measured in a scenario: those of every market, then one for
// each channel and each reason for leaving a cart.
func KPIs(s *Scenario) []KPI {
	all := slices.Concat(kpisOfSessions(), kpisOfOrders(), kpisOfJourneys(), kpisOfService(),
		kpisOfPeople())
	for _, channel := range slices.Sorted(maps.Keys(s.Channels)) {
		all = append(all, KPI{SessionsFrom + channel,
			"sessions through " + channel + " per session", UnitShare, false}, KPI{OrdersFrom + channel,
			"orders through " + channel + " per order", UnitShare, false})
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Carts.Reasons)) {
		all = append(all, KPI{AbandonedFor + reason,
			"carts abandoned for the reason " + reason + " per abandoned cart", UnitShare, false})
	}
	return all
}

// Beginnings of the names of KPIs that there are for each channel or reason.
const (
	SessionsFrom = "sessions_from_"
	OrdersFrom   = "orders_from_"
	AbandonedFor = "abandoned_"
)

// CommonKPIs lists the figures of every market.
func CommonKPIs() []KPI { return KPIs(&Scenario{}) }

func kpiNames(kpis []KPI) []string {
	names := make([]string, len(kpis))
	for i := range kpis {
		names[i] = kpis[i].Name
	}
	return names
}

// kpiForms lists the names of KPIs, once for all channels and reasons.
func kpiForms() []string {
	return append(kpiNames(CommonKPIs()), SessionsFrom+"CHANNEL", OrdersFrom+"CHANNEL",
		AbandonedFor+"REASON")
}

func kpisOfSessions() []KPI {
	all := []KPI{
		{"conversion", "purchases on web and app per session", UnitShare, false},
	}
	for _, device := range table.Devices {
		all = append(all, KPI{"conversion_" + device,
			"purchases on " + device + " per session on " + device, UnitShare, false})
	}
	return append(all,
		KPI{"mobile_share", "sessions on a phone's browser per session", UnitShare, false},
		KPI{"add_to_cart", "sessions with something added to a cart per session", UnitShare, false},
		KPI{"cart_abandonment", "carts abandoned per cart filled on web and app", UnitShare, false},
		KPI{"session_median_s", "median time from a session's first page to its end",
			UnitSeconds, false},
		KPI{"pages_per_session", "pages, screens and searches of a session, on average",
			UnitNumber, false},
		KPI{"email_open", "mails opened per mail sent", UnitShare, false},
		KPI{"email_click", "mails followed per mail sent", UnitShare, false},
	)
}

func kpisOfOrders() []KPI {
	return []KPI{
		{"online_share", "orders on web and app per order", UnitShare, false},
		{"collect_share", "orders collected in a store per order on web and app", UnitShare, false},
		{"average_order_value", "what was paid for an order, on average", UnitMoney, false},
		{"hour_20_21", "orders on web and app from 20:00 to 21:59 local time per order on web and app",
			UnitShare, false},
		{"return_rate_online", "lines returned per line of orders on web and app that were " +
			"received 30 days before the end", UnitShare, false},
		{"return_rate_store", "lines returned per line of orders elsewhere that were received " +
			"30 days before the end", UnitShare, false},
		{"stock_out", "times that something wanted was not there, per such time and purchase",
			UnitShare, false},
		{"paid_incremental", "part of all orders that would not be placed without any paid channel",
			UnitShare, true},
	}
}

func kpisOfJourneys() []KPI {
	return []KPI{
		{"webrooming", "journeys that looked on line and bought in a store, per journey of more " +
			"than one touch that bought", UnitShare, false},
		{"showrooming", "journeys that looked in a store and bought on line, per journey of more " +
			"than one touch that bought", UnitShare, false},
		{"time_to_purchase_day", "journeys whose first purchase came within 24 hours of their " +
			"first touch, per journey that bought", UnitShare, false},
		{"days_to_purchase", "median time from a journey's first touch to its first purchase",
			UnitDays, false},
		{"lost_to_competitor", "journeys that ended at a competitor per journey that ended",
			UnitShare, false},
		{"wom_share", "buying journeys that began because somebody spoke of us, per buying journey",
			UnitShare, false},
	}
}

func kpisOfService() []KPI {
	return []KPI{
		{"nps", "promoters minus detractors among those who answered, times 100", UnitPoints, false},
		{"nps_true", "promoters minus detractors among all who have an opinion, asked or not, " +
			"times 100", UnitPoints, false},
		{"review_mean", "stars of a review, on average", UnitStars, false},
		{"call_abandonment", "callers who hung up before anybody answered, per call for service",
			UnitShare, false},
		{"wait_mean_s", "wait of callers who were answered, on average", UnitSeconds, false},
		{"first_reply_h", "time until a written question was answered, on average", UnitHours, false},
	}
}

func kpisOfPeople() []KPI {
	return []KPI{
		{"orders_per_customer", "orders of a person, on average", UnitNumber, false},
		{"events_per_customer", "events of a person, on average", UnitNumber, false},
		{"repeat_2", "people with two orders or more per person with an order", UnitShare, false},
		{"repeat_3", "people with three orders or more per person with two", UnitShare, false},
		{"churn_month", "contracts cancelled per contract that could be renewed", UnitShare, false},
		{"churn_year", "people who stopped buying from us in a year per person who still did, or " +
			"who had a contract to renew", UnitShare,
			false},
	}
}
