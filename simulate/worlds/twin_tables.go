package worlds

import "github.com/percorso/percorso/model/table"

// UpliftTable returns truth_uplift of some people.
func (t *Twins) UpliftTable(people []Uplift) *Table {
	currency := t.Control.Scenario.Currency
	const mean = "; mean over draws, null without draws"
	to := newTable("truth_uplift", "what a person bought in the market as it is (control), and would "+
		"have bought under the intervention (treated)",
		of(table.ID, "person_id", "joins truth_people"),
		word(segmentsOf(t), "segment", "of the person"),
		of(table.Int, "orders_control", "orders, with the luck of the scenario"),
		of(table.Int, "orders_treated", "likewise"),
		money(currency, "revenue_control", "net of value added tax and returns, likewise"),
		money(currency, "revenue_treated", "likewise"),
		maybe(figure("expected_orders_control", "orders"+mean)),
		maybe(figure("expected_orders_treated", "likewise")),
		maybe(figure("expected_revenue_control", "revenue"+mean)),
		maybe(figure("expected_revenue_treated", "likewise")),
		maybe(figure("expected_uplift", "expected_orders_treated less expected_orders_control: the "+
			"label for an uplift model, since what happens in one life is mostly luck")))
	n := float64(t.Draws) // of none, all means are NaN
	for i := range people {
		p := &people[i]
		a, b := &p.Expected.Control, &p.Expected.Treated
		to.add(p.ID, uint32(p.Segment)+1, p.Control.Orders, p.Treated.Orders, p.Control.Revenue,
			p.Treated.Revenue, float64(a.Orders)/n, float64(b.Orders)/n, float64(a.Revenue)/100/n,
			float64(b.Revenue)/100/n, float64(b.Orders-a.Orders)/n)
	}
	return to
}

func segmentsOf(t *Twins) (names []string) {
	for i := range t.Control.Segments {
		names = append(names, t.Control.Segments[i].Name)
	}
	return names
}

// SegmentsTable returns truth_uplift_segments.
func (t *Twins) SegmentsTable(u *Uplifts) *Table {
	to := newTable("truth_uplift_segments", "what an intervention did to the people of a segment",
		maybe(word(segmentsOf(t), "segment", "null: everybody")),
		of(table.Duration, "people", "so many"),
		of(table.Duration, "people_changed", "so many bought something else"),
		word(Outcomes, "outcome", "as in truth_channels"),
		figure("control", "in the market as it is"),
		figure("treated", "under the intervention"),
		figure("effect", "treated less control"),
		maybe(figure("se_customers", "its standard error if other customers had come")),
		maybe(figure("expected", "the mean effect for these people over draws of their luck")),
		maybe(figure("se_draws", "its standard error")),
		maybe(figure("sd_draws", "the standard deviation of the effect from one draw to another")))
	rows := func(segment uint32, s *SegmentUplift) {
		for o := range Outcomes {
			e := s.Of(o)
			to.add(segment, s.People, s.Changed, uint32(o+1), in(o, float64(s.Control[o])),
				in(o, float64(s.Treated[o])), in(o, e.Effect), in(o, e.SECustomers), in(o, e.Expected),
				in(o, e.SEDraws), in(o, e.SDDraws))
		}
	}
	rows(0, u.Everybody())
	for i := range u.Segments {
		rows(uint32(i)+1, &u.Segments[i])
	}
	return to
}
