package worlds

import (
	"math"
	"strings"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Table is a table of figures with its rows.
type Table struct {
	table.Table
	Rows table.Rows
}

// newTable returns an empty table.
func newTable(name, doc string, columns ...table.Column) *Table {
	return &Table{Table: table.Table{Name: name, Doc: doc, Columns: columns},
		Rows: table.Rows{Cols: make([]table.Vector, len(columns))}}
}

// add adds a row: for each column a whole number, a code, a text or a figure with four digits after
// the point, where NaN is missing.
func (t *Table) add(values ...any) {
	if len(values) != len(t.Columns) {
		panic("worlds: not a row of " + t.Name)
	}
	for i, v := range values {
		c := &t.Rows.Cols[i]
		switch v := v.(type) {
		case int:
			c.Int = append(c.Int, int64(v))
		case int64:
			c.Int = append(c.Int, v)
		case uint32:
			c.Code = append(c.Code, v)
		case string:
			c.Text = append(c.Text, v)
		case float64:
			c.Int = append(c.Int, fixed(v))
		}
	}
	t.Rows.Len++
}

// fixed is a figure in ten-thousandths; none where there is none.
func fixed(v float64) int64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return table.Null
	}
	return int64(math.Round(v * 10_000))
}

// Kinds of columns.

func of(kind table.Kind, name, doc string) table.Column {
	return table.Column{Name: name, Kind: kind, Doc: doc}
}

func word(words []string, name, doc string) table.Column {
	return table.Column{Name: name, Kind: table.Code, Doc: doc, Vocab: words}
}

func figure(name, doc string) table.Column {
	return table.Column{Name: name, Kind: table.Decimal, Scale: 4, Doc: doc}
}

func money(currency, name, doc string) table.Column {
	return table.Column{Name: name, Kind: table.Decimal, Scale: 2, Unit: currency, Doc: doc}
}

func maybe(c table.Column) table.Column {
	c.Null = true
	return c
}

// in is an outcome in the unit of a table: money as an amount, and not in cents.
func in(outcome int, v float64) float64 {
	if isMoney(outcome) {
		return v / 100
	}
	return v
}

// channelsTable is truth_channels.
func channelsTable(p *Plan) *Table {
	currency := p.World.Scenario.Currency
	columns := []table.Column{
		maybe(word(channelNames(p.World), "channel",
			"the channel; null: all players together (total), or none of them (baseline)")),
		maybe(of(table.Text, "part_of_channel",
			"a part of the channel, such as a campaign; null: all of it")),
		word(Estimands, "estimand", "loo (leave-one-out): all players on, less all but this one; "+
			"first_in: this one alone, less none; shapley: the mean over all orders of joining; total: "+
			"all players on, less none; baseline: none"),
		of(table.Int, "horizon", "orders placed in this many first days count"),
		word(model.Couplings, "coupling", "how people affected each other in the other worlds: frozen "+
			"(the direct effect), live (the total effect) or off"),
		word(Universes, "universe", "all orders, or paths: those with a browser or a user on record"),
		word(Outcomes, "outcome", "orders, first_orders and renewals are numbers; revenue is net of "+
			"value added tax and of returns, with shipping; margin is that less the cost of goods"),
		figure("effect", "the effect on the outcome, of these people with this luck"),
		maybe(figure("se_customers", "its standard error if other customers had come (under live "+
			"coupling, other towns)")),
		maybe(figure("expected", "the mean effect for these people over draws of their luck")),
		maybe(figure("se_draws", "its standard error; null with fewer than two draws")),
		maybe(figure("sd_draws", "the standard deviation of the effect from one draw to another")),
		money(currency, "spend_change", "the effect on what advertising on all channels cost"),
		money(currency, "own_spend_change", "of that, on the channel itself, or on all players"),
		maybe(figure("iroas", "of revenue: effect / spend_change, where that is above 0")),
		maybe(money(currency, "cost_per_incremental",
			"of numbers: spend_change / effect, where both are above 0")),
	}
	for _, e := range Estimands[:Total] {
		for _, o := range Outcomes[:Margin] {
			columns = append(columns, maybe(figure(e+"_"+o, "the effect "+e+" of the channel on "+o+
				", universe all, all days; the same in all rows of a channel and a coupling")))
		}
	}
	return newTable("truth_channels", "what a channel did: an estimand of an effect", columns...)
}

// Channels returns truth_channels.
func (p *Plan) Channels(t *Tally) *Table {
	to := channelsTable(p)
	horizons := [horizonCount]int{p.World.Days / 2, p.World.Days}
	names := channelNames(p.World)
	for c, coupling := range p.Couplings {
		row := func(estimand, player int) {
			code := uint32(0)
			if player >= 0 {
				code = codeOf(names, p.Players[player])
			}
			for h := whole; h >= half; h-- {
				for u := range Universes {
					for o := range Outcomes {
						values := []any{code, "", uint32(estimand + 1), horizons[h], uint32(coupling) + 1,
							uint32(u + 1), uint32(o + 1)}
						values = append(values, p.figures(t, c, estimand, player, o, u, h)...)
						to.add(append(values, p.summary(t, c, player)...)...)
					}
				}
			}
		}
		for d := range p.Players {
			row(LeaveOneOut, d)
			row(FirstIn, d)
			if p.Every {
				row(ShapleyValue, d)
			}
		}
		row(Total, -1)
		row(Baseline, -1)
	}
	return to
}

// codeOf is the code of a word.
func codeOf(words []string, word string) uint32 {
	for i, w := range words {
		if w == word {
			return uint32(i + 1)
		}
	}
	return 0
}

// figures are those of an estimate.
func (p *Plan) figures(t *Tally, c, estimand, player, o, u, h int) []any {
	e := p.Estimate(t, c, estimand, player, o, u, h)
	iroas, cost := e.IROAS(), math.NaN()
	if o != Revenue {
		iroas = math.NaN()
	}
	if !isMoney(o) {
		cost = e.CostPer()
	}
	return []any{in(o, e.Effect), in(o, e.SECustomers), in(o, e.Expected), in(o, e.SEDraws),
		in(o, e.SDDraws), cents(e.Spend), cents(e.Own), iroas, cents(cost)}
}

// cents rounds an amount; none where there is none.
func cents(v float64) int64 {
	if math.IsNaN(v) {
		return table.Null
	}
	return int64(math.Round(v))
}

// IROAS is the incremental return on what advertising cost, for an effect on revenue; NaN where it
// did not cost more.
func (e *Estimate) IROAS() float64 {
	if e.Spend <= 0 {
		return math.NaN()
	}
	return e.Effect / e.Spend
}

// CostPer is what advertising cost for each order, in cents; NaN where it brought none.
func (e *Estimate) CostPer() float64 {
	if e.Spend <= 0 || e.Effect <= 0 {
		return math.NaN()
	}
	return e.Spend / e.Effect
}

// summary are the columns that are the same in all rows of a channel.
func (p *Plan) summary(t *Tally, c, player int) (values []any) {
	for estimand := LeaveOneOut; estimand <= ShapleyValue; estimand++ {
		for outcome := Orders; outcome <= Revenue; outcome++ {
			v := math.NaN()
			if player >= 0 && (estimand != ShapleyValue || p.Every) {
				e := p.Estimate(t, c, estimand, player, outcome, everything, whole)
				v = in(outcome, e.Effect)
			}
			values = append(values, v)
		}
	}
	return values
}

// Coalitions returns truth_coalitions: what happened in each world.
func (p *Plan) Coalitions(t *Tally) *Table {
	currency := p.World.Scenario.Currency
	columns := []table.Column{
		word(model.Couplings, "coupling", "how people affected each other"),
		of(table.Int, "mask", "which players are on: bit n is the nth by name, from 0"),
		maybe(of(table.Text, "channels", "their names, with + between them; null: none")),
		of(table.Int, "horizon", "orders placed in this many first days count"),
	}
	for u, universe := range Universes {
		for o, outcome := range Outcomes {
			name, c := outcome, of(table.Duration, "", "")
			if u == onPaths {
				name += "_" + universe
			}
			if isMoney(o) {
				c = money(currency, "", "")
			}
			c.Name, c.Doc = name, outcome+" in universe "+universe
			columns = append(columns, c)
		}
	}
	columns = append(columns, money(currency, "spend", "what advertising on all channels cost"))
	to := newTable("truth_coalitions", "a world in which some of the players are on", columns...)
	horizons := [horizonCount]int{p.World.Days / 2, p.World.Days}
	for c, coupling := range p.Couplings {
		for i, on := range p.coalitions() {
			var names []string
			for d, name := range p.Players {
				if on>>d&1 == 1 {
					names = append(names, name)
				}
			}
			w := &t.Couplings[c].Worlds[i]
			for h := whole; h >= half; h-- {
				values := []any{uint32(coupling) + 1, int(on), strings.Join(names, "+"), horizons[h]}
				for u := range Universes {
					for o := range Outcomes {
						values = append(values, w.Cells[cell(o, u, h)])
					}
				}
				to.add(append(values, w.Spend[h])...)
			}
		}
	}
	return to
}

// Interactions returns truth_interactions, of plans of all coalitions of two players and more.
func (p *Plan) Interactions(t *Tally) *Table {
	names := channelNames(p.World)
	to := newTable("truth_interactions",
		"what two channels do together beyond what each does, over all coalitions of the others",
		word(names, "channel", "one of them"), word(names, "other_channel", "the other"),
		word(model.Couplings, "coupling", "how people affected each other"),
		word(Outcomes, "outcome", "of universe all, all days"),
		figure("interaction", "the Shapley interaction index: above 0 they help each other, below 0 "+
			"they stand in for each other"))
	for c, coupling := range p.Couplings {
		for a := range p.Players {
			for b := a + 1; b < len(p.Players); b++ {
				for o := range Outcomes {
					to.add(codeOf(names, p.Players[a]), codeOf(names, p.Players[b]), uint32(coupling)+1,
						uint32(o+1), in(o, p.interaction(t, c, a, b, o)))
				}
			}
		}
	}
	return to
}
