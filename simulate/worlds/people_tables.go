package worlds

import (
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// PeopleTable returns truth_customers of some people.
func (p *Plan) PeopleTable(people []Person) *Table {
	currency := p.World.Scenario.Currency
	const realised, mean = "with the luck of the scenario", "mean over draws; null without draws"
	to := newTable("truth_customers", "what a person bought, and would have bought without a channel",
		of(table.ID, "person_id", "joins truth_people"),
		maybe(word(channelNames(p.World), "without", "the player that is off; null: all of them")),
		of(table.Int, "orders", "with all channels, "+realised),
		of(table.Int, "orders_without", "without, "+realised),
		money(currency, "revenue", "net of value added tax and returns, with all channels, "+realised),
		money(currency, "revenue_without", "without, "+realised),
		maybe(figure("expected_orders", "with all channels, "+mean)),
		maybe(figure("expected_orders_without", "without, "+mean)),
		maybe(figure("expected_revenue", "with all channels, "+mean)),
		maybe(figure("expected_revenue_without", "without, "+mean)))
	names, n := channelNames(p.World), float64(p.Draws) // of none, all means are NaN
	for i := range people {
		one := &people[i]
		code := uint32(0)
		if one.Without >= 0 {
			code = codeOf(names, p.Players[one.Without])
		}
		a, b := &one.Expected, &one.ExpectedElse
		to.add(one.ID, code, one.With.Orders, one.Else.Orders, one.With.Revenue, one.Else.Revenue,
			float64(a.Orders)/n, float64(b.Orders)/n, float64(a.Revenue)/100/n, float64(b.Revenue)/100/n)
	}
	return to
}

// FatesTable returns truth_conversions of some orders.
func (p *Plan) FatesTable(fates []Fate) *Table {
	currency, names := p.World.Scenario.Currency, channelNames(p.World)
	to := newTable("truth_conversions",
		"an order, and what became of it in the world without a channel",
		word(names, "without", "the player that is off"),
		of(table.ID, "person_id", "who ordered; joins truth_people"),
		word(Statuses, "status", "same; lost: not placed without the channel; gained: only placed "+
			"without it; later, earlier: by more than a day; smaller, larger: another amount; "+
			"elsewhere: through another channel, or other products"),
		maybe(of(table.ID, "order_id", "with all channels; joins orders; null: gained")),
		maybe(of(table.Time, "ordered_at", "when")),
		maybe(money(currency, "revenue", "net of value added tax and returns")),
		maybe(of(table.ID, "other_order_id", "without the channel; null: lost")),
		maybe(of(table.Time, "other_ordered_at", "when")),
		maybe(money(currency, "other_revenue", "net of value added tax and returns")))
	const none = int64(table.Null)
	values := func(o *simulate.Purchase) (id, at, revenue int64) {
		if o == nil {
			return none, none, none
		}
		return o.ID, o.At, o.Revenue
	}
	for i := range fates {
		f := &fates[i]
		who := f.Order
		if who == nil {
			who = f.Other
		}
		id, at, revenue := values(f.Order)
		otherID, otherAt, otherRevenue := values(f.Other)
		to.add(codeOf(names, p.Players[f.Without]), who.Person, uint32(f.Status+1), id, at, revenue,
			otherID, otherAt, otherRevenue)
	}
	return to
}
