package model

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// Behaviors are the rules that bend the chain: with none of them a scenario is exactly its chain.
// Each is a block with defaults of its own that count once it is named; `on` takes all of them.
type Behaviors struct {
	Advertising  *Advertising  `yaml:"advertising" doc:"advertising contacts: reach, targeting, frequency caps, cost and effects"`
	CartBehavior *CartBehavior `yaml:"cart" doc:"cart abandonment: how often, what customers do next by reason, and recovery messages"`
	Churn        *Churn        `yaml:"churn" doc:"churn: customers who stop buying, dormancy, contracts, win-back messages"`
	Fulfilment   *Fulfilment   `yaml:"fulfilment" doc:"late deliveries, click and collect, additional purchases at pickup, returns"`
	Loyalty      *Loyalty      `yaml:"loyalty" doc:"loyalty programme: points, tiers, vouchers, personal recommendations, restock reminders"`
	MarketForces *MarketForces `yaml:"market" doc:"price movements, promotions and stock-outs"`
	Omnichannel  *Omnichannel  `yaml:"omnichannel" doc:"personal channel preferences, habits, and competitors"`
	Satisfaction *Satisfaction `yaml:"satisfaction" doc:"expectations and experiences, satisfaction surveys (NPS, CSAT) and product reviews"`
	Season       *Season       `yaml:"season" doc:"seasonal peaks of needs: Christmas, sales, Black Friday, payday, periods of your own"`
	Service      *Service      `yaml:"service" doc:"customer service: calls, chats, e-mails, the queue for agents, tickets"`
	WordOfMouth  *WordOfMouth  `yaml:"word_of_mouth" doc:"word of mouth between neighbours, posts on a social network, referral codes"`
}

// A behavior is the block of one in a scenario, nil where it is off. A new one is a field of
// Behaviors and a file with its settings, what is wrong with them, its plan and, if they apply, the
// methods of configured and forecaster.
type behavior interface {
	// check says what no single value can tell.
	check(c *checker, p document.Place, s *Scenario)

	// compile makes the plan, of which it returns a pointer. That of a behavior that is off says
	// so; one that only bends the calendar has none and returns nil.
	compile(w *World, s *Scenario) any
}

// A configured behavior names the value of some KPIs in its settings.
type configured interface {
	configured(kpi string, s *Scenario) (value float64, ok bool)
}

// A forecaster estimates how many events of a customer a behavior writes in the written days,
// beside those of journeys. The outlook e is that of a year's journeys.
type forecaster interface {
	forecast(w *World, e *outlook) (events float64)
}

// each calls f with every behavior that a scenario can have, by the name of its block; on reports
// whether it has it.
func (b *Behaviors) each(f func(name string, one behavior, on bool)) {
	blocks := reflect.ValueOf(b).Elem()
	for i, name := range document.KeysOf(blocks.Type()) {
		f(name, blocks.Field(i).Interface().(behavior), !blocks.Field(i).IsNil())
	}
}

// behaviors checks the blocks under behaviors.
func (c *checker) behaviors(p document.Place, s *Scenario) {
	s.Behaviors.each(func(name string, one behavior, on bool) {
		if q := p.Key(name); on && c.Clean(q) {
			one.check(c, q, s)
		}
	})
}

// Plans are the compiled behaviors, pointers to one plan of each.
type Plans []any

// String shows them as one struct.
func (p Plans) String() string {
	texts := make([]string, len(p))
	for i, plan := range p {
		texts[i] = fmt.Sprint(reflect.ValueOf(plan).Elem().Interface())
	}
	return "{" + strings.Join(texts, " ") + "}"
}

// PlanOf returns the plan of a behavior by its type, such as ChurnPlan; one of a behavior that is
// off has On false.
func PlanOf[P any](w *World) *P {
	for _, plan := range w.Plans {
		if p, ok := plan.(*P); ok {
			return p
		}
	}
	return new(P) // in a world that was not compiled
}

// compileBehaviors makes the plans, also of those that are off.
func (w *World) compileBehaviors(s *Scenario) {
	s.Behaviors.each(func(_ string, one behavior, _ bool) {
		if plan := one.compile(w, s); plan != nil {
			w.Plans = append(w.Plans, plan)
		}
	})
}

// someOrder misses a stage that orders, where a behavior acts on nothing else.
func (c *checker) someOrder(p document.Place, s *Scenario) {
	if !s.orders() {
		c.Fail(p.Whole(), p, "no stage of the journey places an order, want one with does: order")
	}
}

// orders reports whether any stage of a journey orders.
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

// Behaving lists the behaviors that are on, by name.
func (s *Scenario) Behaving() []string {
	var names []string
	s.Behaviors.each(func(name string, _ behavior, on bool) {
		if on {
			names = append(names, name)
		}
	})
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

// causeOf returns the code of a behavior in the events' column cause: behaviors follow what the
// table itself names, in their order; one without a plan causes nothing.
func causeOf(behaviorName string) uint32 {
	return table.CauseOrder + 1 + uint32(slices.Index(Causes(), behaviorName))
}

// Causes lists the behaviors that can be the cause of an event, in the order of their codes.
func Causes() (names []string) {
	new(Behaviors).each(func(name string, one behavior, _ bool) {
		if one.compile(nil, nil) != nil {
			names = append(names, name)
		}
	})
	return names
}
