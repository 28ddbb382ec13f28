package model

import (
	"maps"
	"math"
	"slices"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// CartBehavior is the behavior cart: checkouts step by step, carts left for a reason, and what
// brings people back.
// About 70 % of carts are abandoned: 70.19 % (Baymard 2024), 70.83 % (Dynamic
// Yield).
type CartBehavior struct {
	Abandon  Share               `yaml:"abandon" doc:"cart abandonment rate of a customer with average traits: how often a stage that fills a cart leads neither to an order nor to another cart" range:"0..1"`
	Removes  Share               `yaml:"removes" doc:"share of visits filling a cart in which one more product is put in and taken out again" range:"0..1"`
	Declined Share               `yaml:"declined" doc:"share of online orders whose first payment is declined and whose second goes through" range:"0..1"`
	Again    Share               `yaml:"again" doc:"share of customers leaving after a declined payment who pay a second time at once, and are declined again" range:"0..1"`
	FollowUp map[string]FollowUp `yaml:"follow_up" doc:"when customers leave a cart and what they do then, by the declared reason: a step, and shares of back, retry, store and competitor; the rest leave. With a reason that is not listed they leave before the checkout, and the chain decides"`
	Retry    Law                 `yaml:"retry" doc:"time from abandoning a cart to the second attempt to order"`
	Recovery map[string]Recovery `yaml:"recovery" doc:"reminders of an abandoned cart, by channel (touchpoint inbox or app)"`
}

// A FollowUp is when those who leave a cart for one reason do so and, in shares of them, what
// becomes of them. A cart that is given up for good may still be recovered.
type FollowUp struct {
	Step       string `yaml:"step" doc:"the last step before the cart is left: view_cart (the checkout is not begun), begin_checkout, add_shipping_info, add_payment_info, payment_declined, or any, which is one of the second to the fourth" words:"view_cart,begin_checkout,add_shipping_info,add_payment_info,payment_declined,any"`
	Back       Share  `yaml:"back" doc:"share of customers who go back to browsing"`
	Retry      Share  `yaml:"retry" doc:"share of customers who try to order again later"`
	Store      Share  `yaml:"store" doc:"share of customers who go to a store"`
	Competitor Share  `yaml:"competitor" doc:"share of customers who buy from a competitor; where the market has none, they leave"`
}

// A Recovery is a reminder of an abandoned cart, sent to customers whose cart it is known to be.
// The shares are of the reminders that were sent, as mail senders report them: automated mails are
// opened by 52 %, clicked by 5.31 % and bring an order from 1.71 % (Klaviyo 2024).
type Recovery struct {
	After  Law   `yaml:"after" doc:"time from abandoning the cart to the reminder"`
	Opens  Share `yaml:"opens" doc:"open rate: share of sent reminders that are opened"`
	Clicks Share `yaml:"clicks" doc:"click rate: share of sent reminders that are clicked; at most opens"`
	Orders Share `yaml:"orders" doc:"conversion rate: share of sent reminders that lead straight to an order; at most clicks"`
}

// CartBehaviorPlan is the compiled behavior cart.
type CartBehaviorPlan struct {
	On        bool
	Chains    []CartChain
	FollowUps []draw.Choice // of After…, by code - 1 of the reason; empty: as the chain leads
	Steps     []Step        // by code - 1 of the reason
	Retry     Wait
	Removes   draw.Chance
	Declined  draw.Chance
	Again     draw.Chance
	Store     uint8 // the channel, from 1, through which a store is entered; 0: none
	Reminders []Reminder
}

// A Step is a step on the way from a cart to its order.
type Step uint8

// The steps, in their order, and any of those of the checkout that come before a payment is
// declined.
const (
	StepCart Step = iota
	StepBegun
	StepShipping
	StepPayment
	StepDeclined
	StepAny
)

// steps are their names in scenarios, in their order.
var steps = []string{"view_cart", "begin_checkout", "add_shipping_info", "add_payment_info",
	"payment_declined", "any"}

// What becomes of somebody who has left a cart.
const (
	AfterLeave = iota
	AfterBack
	AfterRetry
	AfterStore
	AfterCompetitor
)

// A CartChain is what the behavior cart does to one chain.
type CartChain struct {
	Forward []draw.Log // added log-weight of going on, by code of the stage that is left
	Order   uint8      // the stage in which an order is tried again; 0: none
	Browse  uint8      // the stage to which somebody goes back
	InStore uint8      // the stage that a store is entered for
}

// A Reminder is a compiled Recovery.
type Reminder struct {
	Channel               uint8 // from 1
	After                 Wait
	Opens, Clicks, Orders draw.Chance
}

// CauseCart is the code of the behavior among causes of events.
var CauseCart = causeOf("cart")

// check implements behavior.
func (b *CartBehavior) check(c *checker, p document.Place, s *Scenario) {
	journeys, carts := []Journey{s.Journey}, false
	for _, name := range byID(s.Segments, own) {
		if j := s.Segments[name].Journey; j != nil {
			journeys = append(journeys, j.over(s.Journey))
		}
	}
	for _, j := range journeys {
		for _, name := range byID(j.Stages, own) {
			if j.Stages[name].Does == "cart" {
				carts = true
				b.checkStage(c, p.Key("abandon"), name, &j)
			}
		}
	}
	if !carts && c.Clean(document.Place{Path: "journey"}) {
		c.Fail(p.Whole(), p, "no stage fills a cart, want one with does: cart")
	}
	b.checkFollowUps(c, p.Key("follow_up"), s)
	b.checkRecovery(c, p.Key("recovery"), s)
}

// checkStage misses a way on or a way out, without which no share of carts can be abandoned.
func (b *CartBehavior) checkStage(c *checker, p document.Place, name string, j *Journey) {
	if !c.Clean(document.Place{Path: "journey"}) || !c.Clean(document.Place{Path: "segments"}) {
		return
	}
	switch on, out := j.waysOn(name); {
	case on == 0:
		c.Fail(p.Value(), p, "stage %s fills a cart but leads to no stage with does: order, want one "+
			"in its next", name)
	case out == 0:
		c.Fail(p.Value(), p, "stage %s fills a cart and always leads to an order, so that no cart "+
			"is abandoned, want leave or another stage in its next", name)
	}
}

// waysOn sums the weights with which a stage leads to a cart or an order, and elsewhere.
func (j *Journey) waysOn(stage string) (on, out float64) {
	next := j.Stages[stage].Next
	for _, name := range slices.Sorted(maps.Keys(next)) {
		if does := j.Stages[name].Does; does == "cart" || does == "order" {
			on += next[name]
		} else {
			out += next[name]
		}
	}
	return on, out
}

func (b *CartBehavior) checkFollowUps(c *checker, p document.Place, s *Scenario) {
	for _, e := range document.Blocks(p.Node) {
		q := p.Key(e.Key)
		if _, ok := s.Carts.Reasons[e.Key]; !ok {
			c.Fail(e.At, q, "%s",
				table.Unknown("reason", e.Key, slices.Collect(maps.Keys(s.Carts.Reasons))))
			continue
		}
		f := b.FollowUp[e.Key]
		if sum := float64(f.Back + f.Retry + f.Store + f.Competitor); sum > 1+document.PercentSlack {
			c.Fail(q.Whole(), q, "shares sum to %s%%, want at most 100%%; the rest leave",
				document.Number(100*sum))
		}
	}
}

func (b *CartBehavior) checkRecovery(c *checker, p document.Place, s *Scenario) {
	for _, e := range document.Blocks(p.Node) {
		q, r := p.Key(e.Key), b.Recovery[e.Key]
		channel, ok := s.Channels[e.Key]
		switch {
		case !ok:
			c.knownChannel(q, e.At, e.Key, s)
		case channel.Touchpoint != "inbox" && channel.Touchpoint != "app":
			c.Fail(e.At, q, "channel %s is on touchpoint %s, want one on touchpoint inbox or app, "+
				"through which reminders can be sent", e.Key, channel.Touchpoint)
		}
		if at := q.Key("clicks"); c.Clean(q) && r.Clicks > r.Opens {
			c.Fail(at.Value(), at, "found %s, want at most opens: %s%%", document.Found(at.Node),
				document.Number(100*float64(r.Opens)))
		}
		if at := q.Key("orders"); c.Clean(q) && r.Orders > r.Clicks {
			c.Fail(at.Value(), at, "found %s, want at most clicks: %s%%", document.Found(at.Node),
				document.Number(100*float64(r.Clicks)))
		}
	}
}

// compile implements behavior.
func (b *CartBehavior) compile(w *World, s *Scenario) any {
	if b == nil {
		return &CartBehaviorPlan{}
	}
	plan := CartBehaviorPlan{On: true, Retry: waitOf(&b.Retry),
		Removes:  draw.ChanceOf(float64(b.Removes)),
		Declined: draw.ChanceOf(float64(b.Declined)), Again: draw.ChanceOf(float64(b.Again))}
	for i := range w.Channels {
		if w.Channels[i].Touchpoint == table.Store {
			plan.Store = uint8(i + 1)
			break
		}
	}
	for i := range w.Chains {
		plan.Chains = append(plan.Chains, b.chain(&w.Chains[i], plan.Store))
	}
	for _, reason := range byID(s.Carts.Reasons, own) {
		choice, step := draw.Choice{}, StepCart
		if f, ok := b.FollowUp[reason]; ok {
			rest := 1 - float64(f.Back+f.Retry+f.Store+f.Competitor)
			choice = draw.ChoiceOf([]float64{max(rest, 0), float64(f.Back), float64(f.Retry),
				float64(f.Store), float64(f.Competitor)})
			step = Step(slices.Index(steps, f.Step))
		}
		plan.FollowUps = append(plan.FollowUps, choice)
		plan.Steps = append(plan.Steps, step)
	}
	for i := range w.Channels {
		if r, ok := b.Recovery[w.Channels[i].Name]; ok {
			plan.Reminders = append(plan.Reminders, Reminder{Channel: uint8(i + 1),
				After: waitOf(&r.After), Opens: draw.ChanceOf(float64(r.Opens)),
				Clicks: draw.ChanceOf(float64(r.Clicks)), Orders: draw.ChanceOf(float64(r.Orders))})
		}
	}
	return &plan
}

// forecast implements forecaster: the steps of a checkout beside its beginning.
func (*CartBehavior) forecast(w *World, e *outlook) (events float64) {
	plan := PlanOf[CartBehaviorPlan](w)
	part := func(c draw.Chance) float64 { return float64(c) / (1 << 32) }
	cart := 1 + float64(3*part(plan.Removes))
	for reason, step := range plan.Steps {
		part := w.Reasons.Part(reason)
		switch step {
		case StepAny:
			cart += float64(2 * part)
		case StepDeclined:
			cart += float64(4.5 * part)
		default:
			cart += float64(float64(step) * part)
		}
	}
	order := 3 + float64(2*part(plan.Declined))
	yearly := float64(e.carts*cart) + float64(e.checkouts*order)
	return yearly * float64(w.Days) / 365.25
}

// chain compiles what concerns one chain. With weights on and out, a log-weight b on every way on
// makes out / (on·e^b + out) of those of average traits abandon their cart.
func (b *CartBehavior) chain(chain *Chain, store uint8) CartChain {
	const least = 1e-9 // so that nothing is sure
	abandon := min(max(float64(b.Abandon), least), 1-least)
	c := CartChain{Forward: make([]draw.Log, len(chain.Stages))}
	for code := range chain.Stages {
		p, on, out := &chain.Stages[code], 0.0, 0.0
		if p.Next.Len() == 0 {
			continue
		}
		for to, forward := range p.Forward {
			if forward {
				on += p.Next.Part(to)
			} else {
				out += p.Next.Part(to)
			}
		}
		if p.Does == FillCart && on > 0 && out > 0 {
			c.Forward[code] = draw.NatLog(math.Log(out * (1 - abandon) / (on * abandon)))
		}
		c.Order = first(c.Order, code, p.Does == PlaceOrder && p.lets(store, false))
		c.Browse = first(c.Browse, code, p.Does == Browse)
		c.InStore = first(c.InStore, code, p.Does == PlaceOrder && p.lets(store, true))
	}
	for code := range chain.Stages {
		p := &chain.Stages[code]
		c.InStore = first(c.InStore, code, p.Does == Browse && p.lets(store, true))
	}
	return c
}

// first keeps the first stage that fits.
func first(found uint8, code int, fits bool) uint8 {
	if found == 0 && fits {
		return uint8(code)
	}
	return found
}

// lets reports whether a stage can be entered through a store, or through anything else.
func (p *StagePlan) lets(store uint8, in bool) bool {
	for i := range p.Channel {
		for c := range p.Channel[i].Len() {
			if p.Channel[i].Weight(c) > 0 && (c+1 == int(store)) == in {
				return true
			}
		}
	}
	return false
}

// configured implements configured.
func (b *CartBehavior) configured(kpi string, _ *Scenario) (value float64, ok bool) {
	return float64(b.Abandon), kpi == "cart_abandonment"
}
