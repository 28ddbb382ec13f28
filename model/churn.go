package model

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Churn is the behavior churn: customers who stop, fall asleep, and are won back. Where orders are
// free, each order may be the last; where they sign a contract, it ends when it is
// not renewed.
type Churn struct {
	Dropout   Dropout             `yaml:"dropout" doc:"Beta distribution of the probability of churning after an order; each customer has one for life (beta-geometric model)"`
	Effects   ChurnEffects        `yaml:"effects" doc:"what changes the log-odds of churning"`
	Dormant   Dormancy            `yaml:"dormant" doc:"how long a customer must be without an order to count as dormant"`
	Returns   Share               `yaml:"returns" doc:"share of churned customers who come back by themselves within a year"`
	WinBack   map[string]WinBack  `yaml:"win_back" doc:"win-back messages to dormant customers and after the end of a contract, by names of your own"`
	Contracts map[string]Contract `yaml:"contracts" doc:"subscription contracts, by names of your own: an order signs one. Where there are contracts nobody churns after an order; contracts end instead"`
}

// Dropout is the beta-geometric law of Fader, Hardie and Lee (2005): the n-th order is followed by
// another one with the chance (b+n-1)/(a+b+n-1).
type Dropout struct {
	A float64 `yaml:"a" doc:"first parameter of the Beta distribution; a share of a/(a+b) of customers churn after the first order" range:">0..100"`
	B float64 `yaml:"b" doc:"second parameter of the Beta distribution; for the same a/(a+b), larger values make customers more alike" range:">0..100"`
}

// ChurnEffects are added to the log-odds of stopping.
type ChurnEffects struct {
	Satisfaction float64 `yaml:"satisfaction" doc:"subtracted from the log-odds of churning for each unit of satisfaction" range:"0..10"`
	Price        float64 `yaml:"price" doc:"added to the log-odds of churning for each unit of the trait price (price sensitivity)" range:"0..10"`
}

// Dormancy is how firms notice a silence: after some of the customer's own mean gaps.
type Dormancy struct {
	Gaps    float64 `yaml:"gaps" doc:"silence after which a customer with two or more orders is dormant, in mean gaps between their orders; e.g. 3" range:">0..100"`
	AtLeast Span    `yaml:"at_least" doc:"minimum silence before a customer with two or more orders is dormant, e.g. 30d"`
	Single  Span    `yaml:"single" doc:"silence after which a customer with only one order is dormant, e.g. 180d"`
}

// WinBack is a message that is sent to dormant customers, or after the end of a contract.
type WinBack struct {
	Channel  string `yaml:"channel" doc:"channel that sends it: one with touchpoint: inbox or without: not_sent" must:"true"`
	After    Span   `yaml:"after" doc:"delay after the customer became dormant or the contract ended"`
	Every    Span   `yaml:"every" doc:"time between two attempts"`
	Tries    int    `yaml:"tries" doc:"maximum number of attempts" range:"1..20"`
	Opens    Share  `yaml:"opens" doc:"open rate: share of recipients who open it"`
	Returns  Share  `yaml:"returns" doc:"share of recipients who click and start a new journey"`
	Discount Share  `yaml:"discount" doc:"discount on the orders of that journey"`
}

// Contract is what an order signs. A silent one goes on from term to term.
type Contract struct {
	Weight        float64 `yaml:"weight" doc:"how often an order signs this contract, relative to the other contracts" range:"0..1000"`
	Term          Span    `yaml:"term" doc:"initial term, e.g. 30d; at least 1d"`
	Renews        Span    `yaml:"renews" doc:"length of each renewal, at least 1d"`
	Churn         Share   `yaml:"churn" doc:"churn rate per term: mean over new customers of the probability that the contract is not renewed. The rate among all contracts is lower, because those likely to cancel leave first"`
	Alike         float64 `yaml:"alike" doc:"how alike customers are in their churn: a + b of its Beta distribution; larger values make them more alike" range:">0..10000"`
	Channel       string  `yaml:"channel" doc:"channel through which the contract is renewed and cancelled" must:"true"`
	Needs         Share   `yaml:"needs" doc:"needs of contract holders relative to people without a contract; 0%: none"`
	UnderContract Share   `yaml:"under_contract" doc:"share of people who have this contract on the first simulated day"`
	Reasons       Weights `yaml:"reasons" doc:"declared cancellation reasons and their shares"`
}

// ChurnPlan is the compiled behavior churn.
type ChurnPlan struct {
	On           bool
	Dropout      draw.Table // log-odds of stopping after an order
	Satisfaction draw.Log   // taken off them
	Price        draw.Log   // added to them
	Gaps         int64      // mean gaps to dormancy, in 1/10000
	AtLeast      int64      // µs
	Single       int64      // µs
	Comes        bool       // whether anybody comes back unasked
	Return       Wait       // until then
	WinBack      []WinBackPlan
	Contract     draw.Choice
	Contracts    []ContractPlan
	Born         draw.Choice // of contracts on the first day
	Held         draw.Log    // log-odds of having one then, plus the log of how fast they end
}

// A WinBackPlan is a compiled message to dormant customers.
type WinBackPlan struct {
	MailingPlan
	After, Every int64 // µs
	Tries        int
	Discount     int64 // 1/10000
	Coupon       uint32
}

// A ContractPlan is a compiled contract.
type ContractPlan struct {
	Name         string
	Term, Renews int64      // µs
	Ends         draw.Table // log-odds of not renewing
	Leaves       uint64     // of leaving the market within a term, 32 fractional bits
	Channel      uint8      // from 1
	Needs        draw.Log   // of who has one
	Reasons      draw.Choice
	Words        []uint32 // codes of the reasons
}

// Never is the Log of what does not happen.
const Never = -1000 * draw.One

// CauseChurn is the code of the behavior among causes of events.
var CauseChurn = causeOf("churn")

// check implements behavior.
func (b *Churn) check(c *checker, p document.Place, s *Scenario) {
	if len(b.Contracts) == 0 {
		c.someOrder(p, s)
	}
	c.names(p.Key("win_back"), maxMailings)
	for _, name := range slices.Sorted(maps.Keys(b.WinBack)) {
		c.mailing(p.Key("win_back").Key(name).Key("channel"), b.WinBack[name].Channel, s)
		q := p.Key("win_back").Key(name).Key("every")
		if b.WinBack[name].Every <= 0 && b.WinBack[name].Tries > 1 && c.Clean(q) {
			c.Fail(q.Value(), q, "found %s, want a duration above 0", document.Found(q.Node))
		}
	}
	contracts := p.Key("contracts")
	c.names(contracts, maxElements)
	weight, born := 0.0, 0.0
	for _, name := range slices.Sorted(maps.Keys(b.Contracts)) {
		one, at := b.Contracts[name], contracts.Key(name)
		weight += one.Weight
		born += float64(one.UnderContract)
		if q := at.Key("channel"); c.Clean(q) {
			c.knownChannel(q, q.Value(), one.Channel, s)
		}
		c.days(at.Key("term"), one.Term)
		c.days(at.Key("renews"), one.Renews)
		if q := at.Key("churn"); (one.Churn <= 0 || one.Churn >= 1) && c.Clean(q) {
			c.Fail(q.Value(), q, "found %s, want a share above 0 and below 1, such as 1%%",
				document.Found(q.Node))
		}
		c.names(at.Key("reasons"), maxElements)
	}
	if !c.Clean(contracts) {
		return
	}
	if len(b.Contracts) > 0 && weight == 0 {
		c.Fail(contracts.Whole(), contracts, "all weights are 0, want at least one above 0")
	}
	if born > 1+document.PercentSlack {
		c.Fail(contracts.Whole(), contracts, "under_contract sums to %s%%, want at most 100%%",
			document.Number(100*born))
	}
}

// days checks a time of which behaviors know no shorter than a day.
func (c *checker) days(p document.Place, span Span) {
	if span < 24*Span(time.Hour) && c.Clean(p) {
		c.Fail(p.Value(), p, "found %s, want at least 1d", document.Found(p.Node))
	}
}

// compile implements behavior.
func (b *Churn) compile(w *World, s *Scenario) any {
	if b == nil {
		return &ChurnPlan{}
	}
	p := ChurnPlan{On: true, Dropout: draw.TableOf(draw.Odds{A: b.Dropout.A, B: b.Dropout.B}),
		Satisfaction: draw.NatLog(b.Effects.Satisfaction), Price: draw.NatLog(b.Effects.Price),
		Gaps:    int64(math.Round(b.Dormant.Gaps * 10_000)),
		AtLeast: b.Dormant.AtLeast.micros(), Single: b.Dormant.Single.micros(),
		Comes: b.Returns > 0}
	if p.Comes { // 1 - exp(-year/mean) of them within a year
		mean := 365.25 * 24 / -math.Log1p(-min(float64(b.Returns), 0.999999))
		p.Return = Wait{draw.TableOf(draw.Weibull{ScaleLog2: math.Log2(mean * 3600e6), Shape: 1})}
	}
	for _, name := range byID(b.WinBack, own) {
		m := b.WinBack[name]
		p.WinBack = append(p.WinBack, WinBackPlan{
			MailingPlan: w.mailing(s, m.Channel, m.Opens, m.Returns), After: m.After.micros(),
			Every: m.Every.micros(), Tries: m.Tries, Discount: tenThousandths(float64(m.Discount)),
			Coupon: w.coupon(name)})
	}
	names := byID(b.Contracts, own)
	if len(names) == 0 {
		return &p
	}
	weights, born, sum := make([]float64, len(names)), make([]float64, len(names)), 0.0
	for i, name := range names {
		one := b.Contracts[name]
		weights[i], born[i] = one.Weight, float64(one.UnderContract)
		sum += born[i]
		p.Contracts = append(p.Contracts, one.compile(w, s, name))
	}
	p.Contract, p.Held = draw.ChoiceOf(weights), Never
	if sum == 0 {
		born = weights
	} else {
		p.Held = b.held(s, names, born, min(sum, 1))
	}
	p.Born = draw.ChoiceOf(born)
	return &p
}

// held returns log2 of the h for which a share of people has a contract on the first day, where
// those with the odds o of ending it at each term, and l of leaving the market, have it with the
// chance h/(h + o + l): the equilibrium of people who sign at the rate h.
func (b *Churn) held(s *Scenario, names []string, born []float64, share float64) draw.Log {
	const points = 64
	var odds, weights []float64
	for i, name := range names {
		one := b.Contracts[name]
		mean := float64(one.Churn)
		law := draw.Odds{A: mean * one.Alike, B: (1 - mean) * one.Alike}
		for k := range points {
			f := (float64(k) + 0.5) / points
			ends := math.Exp2(law.Quantile(1-f, -math.Log1p(-f)))
			odds = append(odds, math.Log2(ends+one.leaves(s)))
			weights = append(weights, born[i]/points)
		}
	}
	low, high := -64.0, 64.0
	for range 50 {
		h, sum, all := (low+high)/2, 0.0, 0.0
		for i, o := range odds {
			sum += weights[i] / (1 + math.Exp2(o-h))
			all += weights[i]
		}
		if sum < float64(share*all) {
			low = h
		} else {
			high = h
		}
	}
	return draw.LogOf(low)
}

// leaves is the chance of leaving the market within a term.
func (b *Contract) leaves(s *Scenario) float64 {
	return float64(b.Renews) / float64(time.Hour) / 24 / 365.25 / s.Population.StayYears
}

func (b *Contract) compile(w *World, s *Scenario, name string) ContractPlan {
	mean := float64(b.Churn)
	p := ContractPlan{Name: name, Term: b.Term.micros(), Renews: b.Renews.micros(),
		Ends: draw.TableOf(draw.Odds{A: mean * b.Alike, B: (1 - mean) * b.Alike}), Needs: Never,
		Leaves: uint64(min(b.leaves(s), 1) * (1 << 32)), Channel: w.channelOf(b.Channel)}
	if b.Needs > 0 {
		p.Needs = draw.NatLog(math.Log(float64(b.Needs)))
	}
	reasons := byID(b.Reasons, own)
	p.Reasons = draw.ChoiceOf(weightsOf(reasons, b.Reasons))
	for _, reason := range reasons {
		p.Words = append(p.Words, w.word(table.EventReason, reason))
	}
	return p
}

// micros returns the span in micro-seconds.
func (s Span) micros() int64 { return int64(s) / 1000 }
