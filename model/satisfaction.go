package model

import (
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Satisfaction is the behavior satisfaction: what customers expect and experience, and what they
// answer in surveys and reviews.
//
// A customer has a satisfaction S and an expectation Q, both 0 at first. Each of their experiences,
// a fulfilled order or one of the feelings, has a performance. What matters is how far it is from
// what was expected (expectation and disconfirmation):
//
//	d = performance − Q,  S ← S + learns·(w(d)·d − S),  Q ← Q + adapts·d
//
// with w(d) = losses for d < 0 and 1 otherwise. The −S makes S a mean over the experiences in which
// older ones fade; without it S would be a multiple of Q, and losses would let it fall for ever.
//
// Asked how likely they are to recommend us, customers answer by z = level + S + e, in which e,
// standard normal, is each customer's own and stays the same. Cut points turn z into a score.
type Satisfaction struct {
	Level   float64             `yaml:"level" doc:"mean opinion of us in standard deviations, before any experience; it sets the NPS to 100·[Φ(level − 0.126) − Φ(−1.036 − level)]: 0 gives 30, -0.32 gives 9" range:"-5..5"`
	Spread  float64             `yaml:"spread" doc:"standard deviation of how well orders turn out, in units of satisfaction" range:"0..3"`
	Learns  Share               `yaml:"learns" doc:"learning rate of satisfaction: weight of the latest experience, the rest being that of all earlier ones"`
	Adapts  Share               `yaml:"adapts" doc:"learning rate of expectations: share of the gap between experience and expectation that the expectation closes"`
	Losses  float64             `yaml:"losses" doc:"loss aversion: weight of what is worse than expected relative to what is better" range:"0..10"`
	Felt    Felt                `yaml:"felt" doc:"how good or bad each kind of experience is, in units of satisfaction; 0 is neutral, below 0 is bad"`
	Effects SatisfactionEffects `yaml:"effects" doc:"effects of satisfaction for each unit of it, up to 3 units either way"`
	Survey  Surveys             `yaml:"survey" doc:"satisfaction surveys after orders"`
	Reviews Reviews             `yaml:"reviews" doc:"product reviews on the site"`
}

// Felt is how good or bad it is that something happens.
type Felt struct {
	OnTime   float64 `yaml:"on_time" doc:"an order arrives on time" range:"-3..3"`
	Late     float64 `yaml:"late" doc:"an order arrives late" range:"-3..3"`
	Wait     float64 `yaml:"wait" doc:"customer service keeps the customer waiting longer than behaviors.service.long, or the customer hangs up" range:"-3..3"`
	Resolved float64 `yaml:"resolved" doc:"a service contact resolves the issue" range:"-3..3"`
	Unsolved float64 `yaml:"unsolved" doc:"a service contact does not resolve the issue" range:"-3..3"`
	StockOut float64 `yaml:"stock_out" doc:"the wanted product is out of stock" range:"-3..3"`
	Return   float64 `yaml:"return" doc:"something has to be returned" range:"-3..3"`
	Defect   float64 `yaml:"defect" doc:"a product is defective or not as expected" range:"-3..3"`
	Reward   float64 `yaml:"reward" doc:"the customer receives a reward or reaches a higher tier" range:"-3..3"`
	Dear     float64 `yaml:"dear" doc:"an order costs over 5 % more than at usual prices" range:"-3..3"`
	Cheap    float64 `yaml:"cheap" doc:"an order costs over 5 % less than at usual prices" range:"-3..3"`
}

// SatisfactionEffects are log-weights by unit of satisfaction.
type SatisfactionEffects struct {
	Conversion float64 `yaml:"conversion" doc:"natural log of the factor on the weight of moving on to cart or order; 0.2 means × 1.22" range:"0..5"`
	Need       float64 `yaml:"need" doc:"natural log of the factor on how often needs arise; 0.1 means × 1.11" range:"0..1"`
}

// Surveys ask known customers after their orders have been fulfilled.
type Surveys struct {
	Channel string  `yaml:"channel" doc:"channel that sends it, on touchpoint inbox or app"`
	Share   Share   `yaml:"share" doc:"share of known customers' fulfilled orders that are followed by a survey"`
	After   Law     `yaml:"after" doc:"time from fulfilment to the survey, which then waits for the channel's hours"`
	Rest    Span    `yaml:"rest" doc:"minimum time between two surveys of the same customer, e.g. 60d"`
	Kinds   Weights `yaml:"kinds" doc:"survey types and their shares: nps (would you recommend us, 0 to 10) and csat (how satisfied are you, 1 to 5)" keys:"nps,csat"`
	Answers Answers `yaml:"answers" doc:"response rate, response bias and response time"`
}

// Answers says who answers: the log-odds rise with how strongly somebody feels, |z|, either way.
// So what is measured is not what everybody would say.
type Answers struct {
	Base  Share   `yaml:"base" doc:"response rate of customers with a neutral opinion (z = 0)"`
	Bias  float64 `yaml:"bias" doc:"response bias: added to the log-odds of answering for each unit of |z|, so that strong opinions answer more often; 0: no bias" range:"0..5"`
	After Law     `yaml:"after" doc:"response time, e.g. {exponential: {mean: 1d}}"`
}

// Reviews are written about the first product of an order after it is fulfilled. The opinion of a
// product is z plus some luck.
type Reviews struct {
	Answers Answers `yaml:"answers" doc:"share of buyers who write a review, bias and delay"`
	Luck    float64 `yaml:"luck" doc:"standard deviation of how much products please their buyers, beyond what they think of us" range:"0..5"`
	Mixed   Share   `yaml:"mixed" doc:"share of reviews whose text contradicts their stars (irony, mistakes)"`
}

// SatisfactionPlan is the compiled behavior satisfaction. Numbers have 16 fractional bits.
type SatisfactionPlan struct {
	On             bool
	Level          int32
	Spread         int32
	Even           int32 // what orders of this spread would lose on average by Losses, made good
	Learns, Adapts int32
	Losses         int32
	Felt           [11]int32 // in the order of Felt
	Conversion     draw.Log  // by unit
	Need           draw.Log
	Survey         SurveyPlan
	Reviews        ReviewsPlan
}

// A SurveyPlan is compiled Surveys.
type SurveyPlan struct {
	Channel uint8 // from 1
	Share   draw.Chance
	After   Wait
	Rest    int64       // µs
	Kinds   draw.Choice // of SurveyNPS - 1 and SurveyCSAT - 1
	Answers AnswersPlan
	NPS     [10]int32 // z from which the score is 1, 2, … 10
	CSAT    [4]int32  // and 2, 3, 4, 5
}

// An AnswersPlan is compiled Answers.
type AnswersPlan struct {
	Base, Bias draw.Log // log-odds at z = 0, and by unit of |z|
	After      Wait
}

// A ReviewsPlan is compiled Reviews.
type ReviewsPlan struct {
	Channel uint8 // where they are written, from 1
	Answers AnswersPlan
	Luck    int32
	Mixed   draw.Chance
	Stars   [4]int32 // from which there are 2, 3, 4, 5
}

// SatisfactionLimit is the satisfaction beyond which nobody acts differently, with 16 fractional
// bits.
const SatisfactionLimit = 3 << 16

// Which answers how many give at level 0. The classes of NPS are 15 % detractors (0 to 6), 40 %
// passive (7 and 8) and 45 % promoters (9 and 10), NPS 30; all else is proposed.
var (
	npsShares  = []float64{1.5, 0.3, 0.5, 0.9, 1.3, 5, 5.5, 14, 26, 18, 27}
	csatShares = []float64{4, 6, 15, 40, 35}
	starShares = []float64{5, 6, 11, 25, 53}
)

// CauseSatisfaction is the code of the behavior among causes of events.
var CauseSatisfaction = causeOf("satisfaction")

// check implements behavior.
func (b *Satisfaction) check(c *checker, p document.Place, s *Scenario) {
	if b.Survey.Share > 0 {
		b.Survey.checkChannel(c, p, s)
	}
	if b.Reviews.Answers.Base > 0 && siteOf(s) == "" && c.Clean(document.Place{Path: "channels"}) {
		q := p.Key("reviews")
		c.Fail(p.Whole(), q, "no channel is on touchpoint web or app, where reviews are written, "+
			"want one, or reviews: {answers: {base: 0%%}}")
	}
}

// checkChannel wants a channel through which a question can be sent. One that nobody has named is
// missed where satisfaction is.
func (b *Surveys) checkChannel(c *checker, p document.Place, s *Scenario) {
	q := p.Key("survey").Key("channel")
	at := q.Value()
	if at.IsDefault() {
		at = p.Whole()
	}
	channel, ok := s.Channels[b.Channel]
	switch {
	case !ok && q.Value().IsDefault():
		c.Fail(at, q, "there is no channel %s, want the name of one on touchpoint inbox or app, "+
			"or survey: {share: 0%%}", b.Channel)
	case !ok:
		c.knownChannel(q, at, b.Channel, s)
	case channel.Touchpoint != "inbox" && channel.Touchpoint != "app":
		c.Fail(at, q, "found %s, which is on touchpoint %s, want a channel on touchpoint inbox "+
			"or app, or survey: {share: 0%%}", document.Quoted(b.Channel), channel.Touchpoint)
	}
}

// siteOf names the channel under which reviews are written: the first on the web, one without a
// source before others, or else in the app.
func siteOf(s *Scenario) string {
	best, rank := "", 0
	for _, name := range byID(s.Channels, func(n string) string { return s.Channels[n].ID }) {
		c, r := s.Channels[name], 0
		switch {
		case c.Touchpoint == "web" && !c.Paid && c.Medium == "":
			r = 3
		case c.Touchpoint == "web":
			r = 2
		case c.Touchpoint == "app":
			r = 1
		}
		if r > rank {
			best, rank = name, r
		}
	}
	return best
}

// compile implements behavior.
func (b *Satisfaction) compile(w *World, s *Scenario) any {
	if b == nil {
		return &SatisfactionPlan{}
	}
	f := &b.Felt
	p := SatisfactionPlan{On: true, Level: fixed16(b.Level), Spread: fixed16(b.Spread),
		Even: fixed16(b.drift()), Learns: fixed16(float64(b.Learns)),
		Adapts: fixed16(float64(b.Adapts)), Losses: fixed16(b.Losses),
		Conversion: draw.NatLog(b.Effects.Conversion), Need: draw.NatLog(b.Effects.Need)}
	for i, x := range [...]float64{f.OnTime, f.Late, f.Wait, f.Resolved, f.Unsolved, f.StockOut,
		f.Return, f.Defect, f.Reward, f.Dear, f.Cheap} {
		p.Felt[i] = fixed16(x)
	}
	v := &b.Survey
	p.Survey = SurveyPlan{Channel: w.channelOf(v.Channel), Share: draw.ChanceOf(float64(v.Share)),
		After: waitOf(&v.After), Rest: int64(time.Duration(v.Rest) / time.Microsecond),
		Kinds:   draw.ChoiceOf(weightsOf(table.SurveyTypes, v.Kinds)),
		Answers: v.Answers.compile()}
	cutPoints(p.Survey.NPS[:], npsShares, 1)
	cutPoints(p.Survey.CSAT[:], csatShares, 1)
	r := &b.Reviews
	p.Reviews = ReviewsPlan{Channel: w.channelOf(siteOf(s)), Answers: r.Answers.compile(),
		Luck: fixed16(r.Luck), Mixed: draw.ChanceOf(float64(r.Mixed))}
	cutPoints(p.Reviews.Stars[:], starShares, math.Sqrt(1+float64(r.Luck*r.Luck)))
	w.NeedBound += 3 * p.Need
	return &p
}

// drift is what an order loses on average because losses weigh more. Where performances are normal
// with the spread σ and Q is their moving average, d is normal with variance σ²·2/(2 − adapts), and
// the mean of w(d)·d is −(losses − 1)·sd/√(2π). Orders are given it back, so that the ordinary ones
// leave the mean of S at 0.
func (b *Satisfaction) drift() float64 {
	sd := b.Spread * math.Sqrt(2/(2-float64(b.Adapts)))
	return float64((b.Losses - 1) * sd / math.Sqrt(2*math.Pi))
}

// cutPoints sets the scores, of a normal law with the given spread, between which there are shares.
func cutPoints(cuts []int32, shares []float64, spread float64) {
	sum := 0.0
	for _, share := range shares {
		sum += share
	}
	below := 0.0
	for i := range cuts {
		below += shares[i]
		cuts[i] = fixed16(float64(distuv.UnitNormal.Quantile(below/sum) * spread))
	}
}

func (a *Answers) compile() AnswersPlan {
	base := -1000.0 // never, whatever they feel
	if p := float64(a.Base); p > 0 {
		base = min(math.Log2(p/(1-p)), 1000)
	}
	return AnswersPlan{Base: draw.LogOf(base), Bias: draw.NatLog(a.Bias), After: waitOf(&a.After)}
}

// configured implements configured.
func (b *Satisfaction) configured(kpi string, _ *Scenario) (value float64, ok bool) {
	return npsAt(b.Level), kpi == "nps" || kpi == "nps_true"
}

// npsAt is the NPS at a level, before anybody has felt anything.
func npsAt(level float64) float64 {
	normal := distuv.UnitNormal
	return 100 * (normal.CDF(level-0.126) - normal.CDF(-1.036-level))
}
