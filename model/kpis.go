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
	About string // its definition in one sentence: the numerator divided by the denominator, or a mean
	Unit  Unit
	Twin  bool // compares the market with itself without its paid channels, or without Channel

	Channel string // "": all paid channels
}

// Without returns the world that the KPI compares a world with.
func (k KPI) Without(w *World) (*World, error) {
	if k.Channel != "" {
		return w.Without(k.Channel)
	}
	return w.Without(w.Paid()...)
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
		all = append(all,
			KPI{SessionsFrom + channel, "sessions through " + channel + " divided by all sessions",
				UnitShare, false, ""},
			KPI{OrdersFrom + channel, "orders through " + channel + " divided by all orders",
				UnitShare, false, ""})
		if s.Channels[channel].Paid {
			all = append(all, KPI{IROAS + channel, "revenue that the same market loses without " + channel +
				" divided by the cost of " + channel, UnitNumber, true, channel})
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Carts.Reasons)) {
		all = append(all, KPI{AbandonedFor + reason, "carts abandoned for the reason " + reason +
			" divided by all abandoned carts", UnitShare, false, ""})
	}
	return all
}

// Beginnings of the names of KPIs that there are for each channel or reason.
const (
	SessionsFrom = "sessions_from_"
	OrdersFrom   = "orders_from_"
	IROAS        = "iroas_"
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
		IROAS+"CHANNEL", AbandonedFor+"REASON")
}

func kpisOfSessions() []KPI {
	all := []KPI{
		{"conversion", "orders placed on the web and in the app divided by all sessions",
			UnitShare, false, ""},
	}
	for _, device := range table.Devices {
		all = append(all, KPI{"conversion_" + device, "orders placed on device_type " + device +
			" divided by sessions on device_type " + device, UnitShare, false, ""})
	}
	return append(all,
		KPI{"mobile_share", "sessions in a mobile browser divided by all sessions",
			UnitShare, false, ""},
		KPI{"add_to_cart", "sessions with at least one add_to_cart event divided by all sessions",
			UnitShare, false, ""},
		KPI{"cart_abandonment", "abandoned carts divided by all carts", UnitShare, false, ""},
		KPI{"checkout_completion", "orders placed on the web and in the app divided by checkouts begun " +
			"(begin_checkout events)", UnitShare, false, ""},
		KPI{"session_median_s", "median duration of a session, the sum over its pages",
			UnitSeconds, false, ""},
		KPI{"pages_per_session", "mean number of pages in a session (page_view, screen_view, " +
			"view_item and search events)", UnitNumber, false, ""},
		KPI{"email_open", "messages opened divided by messages sent, in channels on touchpoint inbox",
			UnitShare, false, ""},
		KPI{"email_click", "messages clicked divided by messages sent, in channels on touchpoint inbox",
			UnitShare, false, ""},
		KPI{"email_unsubscribe", "message_unsubscribed events divided by messages sent, in channels " +
			"on touchpoint inbox", UnitShare, false, ""},
	)
}

func kpisOfOrders() []KPI {
	return []KPI{
		{"online_share", "orders placed on the web and in the app divided by all orders",
			UnitShare, false, ""},
		{"store_conversion", "orders placed in stores divided by visits to stores (store_visit events)",
			UnitShare, false, ""},
		{"collect_share", "online orders for pickup in a store divided by all online orders",
			UnitShare, false, ""},
		{"average_order_value", "amount paid for all orders divided by the number of orders",
			UnitMoney, false, ""},
		{"hour_20_21", "online orders placed from 20:00 to 21:59 local time divided by all online " +
			"orders", UnitShare, false, ""},
		{"return_rate_online", "order lines returned divided by all order lines, of online orders " +
			"received at least 30 days before the end", UnitShare, false, ""},
		{"return_rate_store", "order lines returned divided by all order lines, of orders placed in a " +
			"store or by telephone and received at least 30 days before the end", UnitShare, false, ""},
		{"stock_out", "stock_out events divided by stock_out and purchase events together",
			UnitShare, false, ""},
		{"ad_cost_share", "cost of advertising (table spend) divided by the amount paid for all orders",
			UnitShare, false, ""},
		{"paid_incremental", "orders that the same market loses without its paid channels divided by " +
			"all orders", UnitShare, true, ""},
	}
}

func kpisOfJourneys() []KPI {
	return []KPI{
		{"webrooming", "journeys with an online visit before their first order, placed in a store, " +
			"divided by all journeys with an order and at least two touches", UnitShare, false, ""},
		{"showrooming", "journeys with a store visit before their first order, placed online and " +
			"shipped, divided by all journeys with an order and at least two touches", UnitShare, false, ""},
		{"time_to_purchase_day", "journeys whose first order came within 24 hours of their first " +
			"touch divided by all journeys with an order, of those begun in the written days",
			UnitShare, false, ""},
		{"days_to_purchase", "median time from a journey's first touch to its first order, of " +
			"journeys begun in the written days", UnitDays, false, ""},
		{"lost_to_competitor", "journeys that ended with an order at a competitor divided by all " +
			"journeys that ended", UnitShare, false, ""},
		{"posts_per_order", "posts divided by all orders", UnitNumber, false, ""},
		{"wom_share", "journeys with an order that word of mouth started divided by all journeys with " +
			"an order, of those begun in the written days", UnitShare, false, ""},
	}
}

func kpisOfService() []KPI {
	return []KPI{
		{"nps", "promoters minus detractors divided by all answers to NPS surveys, times 100",
			UnitPoints, false, ""},
		{"nps_true", "promoters minus detractors divided by all people with an opinion, surveyed or " +
			"not, times 100", UnitPoints, false, ""},
		{"review_mean", "mean rating of reviews, from 1 to 5 stars", UnitStars, false, ""},
		{"call_abandonment", "calls to customer service abandoned before an agent answered divided by " +
			"all calls to customer service", UnitShare, false, ""},
		{"wait_mean_s", "mean waiting time of answered calls to customer service",
			UnitSeconds, false, ""},
		{"first_reply_h", "mean time from a written request to customer service to its reply",
			UnitHours, false, ""},
	}
}

func kpisOfPeople() []KPI {
	return []KPI{
		{"orders_per_customer", "orders divided by all simulated people", UnitNumber, false, ""},
		{"events_per_customer", "events divided by all simulated people", UnitNumber, false, ""},
		{"repeat_2", "people with at least two orders divided by people with at least one",
			UnitShare, false, ""},
		{"repeat_3", "people with at least three orders divided by people with at least two",
			UnitShare, false, ""},
		{"churn_month", "cancellation events divided by cancellation and renewal events together",
			UnitShare, false, ""},
		{"churn_year", "people who churned divided by all who had not churned before the first day " +
			"(in a market with contracts, by all contract holders), scaled to a year", UnitShare, false, ""},
	}
}
