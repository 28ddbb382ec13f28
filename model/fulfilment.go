package model

import (
	"maps"
	"slices"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Fulfilment is the behavior fulfilment: shipping, collecting, lateness and returns.
type Fulfilment struct {
	SavesFee float64 `yaml:"saves_fee" doc:"odds ratio of choosing pickup when shipping would cost a fee, relative to free shipping; 2 doubles the odds" range:">0..100"`
	Late     Share   `yaml:"late" doc:"share of shipped orders that arrive later than promised"`
	Delay    Law     `yaml:"delay" doc:"how late they arrive, e.g. {exponential: {mean: 2d}}"`
	Extra    Share   `yaml:"extra" doc:"share of pickups at which the customer buys something else in the store"`
	Returns  Returns `yaml:"returns" doc:"returned goods"`
}

// Returns says which lines of an order are given back. The odds of a line are those of where it was
// bought times the factor of its category. Of sales in the US, 17.6 % on line and 10.02 % in stores
// came back in 2023 (NRF and Appriss), 24.4 % of apparel bought on line (Coresight and 3DLOOK).
type Returns struct {
	Online     Share              `yaml:"online" doc:"return rate of order lines bought online or by telephone"`
	Store      Share              `yaml:"store" doc:"return rate of order lines bought in a store"`
	Categories map[string]float64 `yaml:"categories" doc:"odds ratio of a return by category, relative to the rates above; default 1" range:"0..100"`
	After      Law                `yaml:"after" doc:"time from receiving the goods to returning them"`
	InStore    Share              `yaml:"in_store" doc:"share of online orders whose returns are brought to a store; the others are sent by parcel"`
	Reasons    Weights            `yaml:"reasons" doc:"declared return reasons and their shares: size, quality, changed_mind, wrong_item, damaged, other, and late, which only late orders can have" keys:"size,quality,changed_mind,wrong_item,damaged,late,other"`
}

// Return reasons, by their place in ReturnReasons. Those up to ReturnDefects are the shop's fault.
const (
	ReturnDefects = 3
	returnLate    = 3
)

// ReturnReasons are the declared reasons of returns, in the order of their codes.
var ReturnReasons = []string{"quality", "wrong_item", "damaged", "late", "size", "changed_mind",
	"other"}

// FulfilmentPlan is the compiled behavior fulfilment.
type FulfilmentPlan struct {
	On        bool
	PaysFee   draw.Chance // of collecting an online order that would cost a fee to send
	Late      draw.Chance
	Delay     Wait
	Extra     draw.Chance
	Returns   [2][]draw.Chance // of a line, by whether it was bought in a store, and by category
	After     Wait
	InStore   draw.Chance
	Reasons   [2]draw.Choice // of places in ReturnReasons, by whether the order was late
	Words     []uint32       // codes of ReturnReasons in the events' column reason
	Elsewhere bool           // whether returns can only go by parcel: there are no stores
}

// CauseFulfilment is the code of the behavior among causes of events.
var CauseFulfilment = causeOf("fulfilment")

// check implements behavior.
func (b *Fulfilment) check(c *checker, p document.Place, s *Scenario) {
	c.someOrder(p, s)
	q := p.Key("returns")
	for _, name := range slices.Sorted(maps.Keys(b.Returns.Categories)) {
		if _, ok := s.Catalogue.Categories[name]; !ok {
			at := q.Key("categories").Key(name)
			c.Fail(at.At, at, "%s",
				table.Unknown("category", name, slices.Collect(maps.Keys(s.Catalogue.Categories))))
		}
	}
	onTime := 0.0
	for _, name := range ReturnReasons {
		if name != "late" {
			onTime += b.Returns.Reasons[name]
		}
	}
	if at := q.Key("reasons"); onTime == 0 && c.Clean(at) {
		c.Fail(at.Whole(), at, "found only late, want a reason for orders that arrive on time, too")
	}
}

// compile implements behavior.
func (b *Fulfilment) compile(w *World, s *Scenario) any {
	if b == nil {
		return &FulfilmentPlan{}
	}
	r := &b.Returns
	plan := FulfilmentPlan{On: true, Late: draw.ChanceOf(float64(b.Late)), Delay: waitOf(&b.Delay),
		Extra: draw.ChanceOf(float64(b.Extra)), After: waitOf(&r.After),
		InStore: draw.ChanceOf(float64(r.InStore)), Elsewhere: len(w.Stores) == 0}
	collect := s.Orders.Fulfilment["collect"]
	plan.PaysFee = draw.ChanceOf(atOdds(collect/(collect+s.Orders.Fulfilment["ship"]), b.SavesFee))
	for i, share := range []Share{r.Online, r.Store} {
		for _, c := range w.Categories {
			chance := draw.ChanceOf(atOdds(float64(share), factor(r.Categories, c.Name)))
			plan.Returns[i] = append(plan.Returns[i], chance)
		}
	}
	weights := weightsOf(ReturnReasons, r.Reasons)
	plan.Reasons[1] = draw.ChoiceOf(weights)
	weights[returnLate] = 0
	plan.Reasons[0] = draw.ChoiceOf(weights)
	w.Tables[table.TableReturns].Column("reason").Vocab = ReturnReasons
	for _, word := range ReturnReasons {
		plan.Words = append(plan.Words, w.word(table.EventReason, word))
	}
	return &plan
}

// atOdds returns the probability whose odds are those of p times a factor.
func atOdds(p, factor float64) float64 {
	on, off := float64(p*factor), 1-p
	if on+off == 0 {
		return p
	}
	return on / (on + off)
}

// configured implements configured.
func (b *Fulfilment) configured(kpi string, _ *Scenario) (value float64, ok bool) {
	switch kpi {
	case "return_rate_online":
		return float64(b.Returns.Online), true
	case "return_rate_store":
		return float64(b.Returns.Store), true
	}
	return 0, false
}
