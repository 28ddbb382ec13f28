package model

import (
	"math"
	"slices"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Omnichannel is the behavior omnichannel: personal taste for channels, and competitors. How many
// journeys are webrooming, showrooming and so on is not set: it follows, and truth_journeys tells.
type Omnichannel struct {
	Affinity    float64               `yaml:"affinity" doc:"personal channel preferences: standard deviation, over people, of the log-weight of each channel; 0: none" range:"0..5"`
	Persistence float64               `yaml:"persistence" doc:"habit: added to the log-weight of the channel last used in the journey; 0.3 means × 1.35" range:"-5..5"`
	SameSide    float64               `yaml:"same_side" doc:"added to the log-weight of all digital channels after a digital channel, and of all others after another; 0.2 means × 1.22" range:"-5..5"`
	Sensitivity float64               `yaml:"sensitivity" doc:"sensitivity to competitors' prices: a competitor's price 1 % lower than ours raises the odds of buying there by this many percent" range:"0..20"`
	Showroom    float64               `yaml:"showroom" doc:"added to the log-weight of competitors once the customer has been in our store during the journey; 0.3 means × 1.35" range:"-5..5"`
	Competitors map[string]Competitor `yaml:"competitors" doc:"competitors, by names of your own; they can win the first order of a journey"`
}

// A Competitor sells the same.
type Competitor struct {
	Share  Share     `yaml:"share" doc:"share of decisions to order that it wins at usual prices" must:"true"`
	Prices PricePath `yaml:"prices" doc:"its price movements; with level: 0.8 it is a fifth cheaper than at the prices for which its share holds"`
}

// OmnichannelPlan is the compiled behavior omnichannel.
type OmnichannelPlan struct {
	On       bool
	Tastes   []uint64 // by channel: what a person's taste for it is keyed by
	Affinity int64    // log-weight of a taste of one standard deviation, 16 fractional bits
	Last     draw.Log
	Side     draw.Log

	Rivals      draw.Choice // of us, then of the competitors
	Names       []string
	Sensitivity int64 // 16 fractional bits
	Showroom    draw.Log
	Prices      [][]draw.Log // of each competitor, relative to the usual, by category and day
}

// CauseOmnichannel is the code of the behavior among causes of events.
var CauseOmnichannel = causeOf("omnichannel")

// check implements behavior.
func (b *Omnichannel) check(c *checker, p document.Place, s *Scenario) {
	q := p.Key("competitors")
	c.names(q, maxElements)
	if len(b.Competitors) == 0 || !c.Clean(q) {
		return
	}
	all := 0.0
	for _, e := range document.Blocks(q.Node) {
		all += float64(b.Competitors[e.Key].Share)
	}
	if all > 0.99 {
		c.Fail(q.Whole(), q, "the competitors' shares sum to %s%%, want at most 99%%, which leaves "+
			"1%% for us", document.Number(math.Round(all*1e4)/100))
	}
	c.someOrder(q, s)
}

// compile implements behavior.
func (b *Omnichannel) compile(w *World, s *Scenario) any {
	if b == nil {
		return &OmnichannelPlan{}
	}
	plan := OmnichannelPlan{On: true, Affinity: int64(draw.NatLog(b.Affinity) >> 16),
		Last: draw.NatLog(b.Persistence), Side: draw.NatLog(b.SameSide),
		Sensitivity: int64(fixed16(b.Sensitivity)), Showroom: draw.NatLog(b.Showroom)}
	for i := range w.Channels {
		plan.Tastes = append(plan.Tastes, hashOf(s.Channels[w.Channels[i].Name].ID))
	}
	plan.Names = byID(b.Competitors, own)
	shares := []float64{1 - b.lost()}
	for _, name := range plan.Names {
		rival := b.Competitors[name]
		shares = append(shares, float64(rival.Share))
		plan.Prices = append(plan.Prices, logsOf(w.pricePath(name, &rival.Prices)))
	}
	plan.Rivals = draw.ChoiceOf(shares)
	w.Tables[table.TableTruthJourneys].Column("competitor").Vocab = slices.Clone(plan.Names)
	return &plan
}

// lost is the part of the decisions that go to competitors.
func (b *Omnichannel) lost() float64 {
	sum := 0.0
	for _, name := range byID(b.Competitors, own) {
		sum += float64(b.Competitors[name].Share)
	}
	return sum
}
