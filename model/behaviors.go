package model

import (
	"reflect"
	"slices"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// Behaviors are the rules that bend the chain: with none of them a scenario is exactly its chain.
// Each is a block with defaults of its own that count once it is named; `on` takes all of them.
type Behaviors struct {
	Advertising  *Advertising  `yaml:"advertising" doc:"exposures to pushed channels, and what they change"`
	CartBehavior *CartBehavior `yaml:"cart" doc:"carts left for a reason, and what brings them back"`
	Churn        *Churn        `yaml:"churn" doc:"customers who stop, fall asleep, and are won back"`
	Fulfilment   *Fulfilment   `yaml:"fulfilment" doc:"shipping, collecting, lateness and returns"`
	Loyalty      *Loyalty      `yaml:"loyalty" doc:"points, tiers, rewards and personal recommendations"`
	MarketForces *MarketForces `yaml:"market" doc:"prices, promotions and stock"`
	Omnichannel  *Omnichannel  `yaml:"omnichannel" doc:"personal taste for channels, and competitors"`
	Satisfaction *Satisfaction `yaml:"satisfaction" doc:"what customers expected, felt, and answer when asked"`
	Season       *Season       `yaml:"season" doc:"Christmas, sales, back to school, payday"`
	Service      *Service      `yaml:"service" doc:"calls, chats and tickets, and the queue before them"`
	WordOfMouth  *WordOfMouth  `yaml:"word_of_mouth" doc:"what neighbours tell each other, social networks, referrals"`
}

// BehaviorPlans are the compiled behaviors; one that is off has On false. Season has none: it bends
// the calendar.
type BehaviorPlans struct {
	Advertising  AdvertisingPlan
	CartBehavior CartBehaviorPlan
	Churn        ChurnPlan
	Fulfilment   FulfilmentPlan
	Loyalty      LoyaltyPlan
	MarketForces MarketForcesPlan
	Omnichannel  OmnichannelPlan
	Satisfaction SatisfactionPlan
	Service      ServicePlan
	WordOfMouth  WordOfMouthPlan
}

// behaviors checks the blocks under behaviors.
func (c *checker) behaviors(p document.Place, s *Scenario) {
	blocks := reflect.ValueOf(s.Behaviors)
	for i, name := range document.KeysOf(scenarios.Switched) {
		block := blocks.Field(i).Interface().(interface {
			check(c *checker, p document.Place, s *Scenario)
		})
		if q := p.Key(name); !blocks.Field(i).IsNil() && c.Clean(q) {
			block.check(c, q, s)
		}
	}
}

// someOrder misses a stage that orders, where a behavior acts on nothing else.
func (c *checker) someOrder(p document.Place, s *Scenario) {
	if !s.orders() {
		c.Fail(p.Whole(), p, "no stage of the journey orders, want one with does: order")
	}
}

// orders says whether any stage of a journey orders.
func (s *Scenario) orders() bool {
	some := func(stages map[string]Stage) bool {
		for _, stage := range stages {
			if stage.Does == Activities[PlaceOrder] {
				return true
			}
		}
		return false
	}
	for _, g := range s.Segments {
		if g.Journey != nil && some(g.Journey.Stages) {
			return true
		}
	}
	return some(s.Journey.Stages)
}

// compileBehaviors compiles those that are on.
func (w *World) compileBehaviors(s *Scenario) {
	b := &s.Behaviors
	planned(w, s, &w.Advertising, b.Advertising != nil, b.Advertising.compile)
	planned(w, s, &w.CartBehavior, b.CartBehavior != nil, b.CartBehavior.compile)
	planned(w, s, &w.Churn, b.Churn != nil, b.Churn.compile)
	planned(w, s, &w.Fulfilment, b.Fulfilment != nil, b.Fulfilment.compile)
	planned(w, s, &w.Loyalty, b.Loyalty != nil, b.Loyalty.compile)
	planned(w, s, &w.MarketForces, b.MarketForces != nil, b.MarketForces.compile)
	planned(w, s, &w.Omnichannel, b.Omnichannel != nil, b.Omnichannel.compile)
	planned(w, s, &w.Satisfaction, b.Satisfaction != nil, b.Satisfaction.compile)
	planned(w, s, &w.Service, b.Service != nil, b.Service.compile)
	planned(w, s, &w.WordOfMouth, b.WordOfMouth != nil, b.WordOfMouth.compile)
}

// planned sets the plan of a behavior that is on.
func planned[P any](w *World, s *Scenario, to *P, on bool, compile func(*World, *Scenario) P) {
	if on {
		*to = compile(w, s)
	}
}

// Behaving lists the behaviors that are on, by name.
func (s *Scenario) Behaving() []string {
	var names []string
	b := reflect.ValueOf(s.Behaviors)
	for i, name := range document.KeysOf(scenarios.Switched) {
		if !b.Field(i).IsNil() {
			names = append(names, name)
		}
	}
	return names
}

// coupon returns the code of a coupon of orders, adding it when it is new.
func (w *World) coupon(name string) uint32 {
	c := w.Tables[table.TableOrders].Column("coupon")
	if i := slices.Index(c.Vocab, name); i >= 0 {
		return uint32(i + 1)
	}
	c.Vocab = append(c.Vocab, name)
	return uint32(len(c.Vocab))
}

// stageThat returns the code of the first stage, in the order of codes, that does something in the
// scenario's journey, or 0.
func (w *World) stageThat(does ...Activity) uint8 { return w.Chains[0].stageThat(does...) }

// stageThat returns the code of the first stage, in the order of codes, that does something, or 0.
func (c *Chain) stageThat(does ...Activity) uint8 {
	for _, a := range does {
		for code := range c.Stages {
			if s := &c.Stages[code]; s.Next.Len() > 0 && s.Does == a {
				return uint8(code)
			}
		}
	}
	return 0
}
