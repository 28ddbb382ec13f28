package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// touch tells one touch and why it happened.
func (t *teller) touch(events []record, m *memory) {
	first := events[0]
	fmt.Fprintf(t.out, "  %s  %s: %s\n", t.when(first), first.words["stage"], t.sentence(events))
	fmt.Fprintf(t.out, "  %*s  why: %s\n", len("Mon 2 Jan 15:04"), "", t.why(first, m))
	m.missed = slices.ContainsFunc(events, func(e record) bool {
		return e.words["event_type"] == "stock_out"
	})
}

// sentence says what happened in a touch.
func (t *teller) sentence(events []record) string {
	first, last := events[0], events[len(events)-1]
	s := t.opening(first)
	pages, products := int64(0), []string{}
	var after string // the pages
	for i, e := range events {
		switch e.words["event_type"] {
		case "page_view", "screen_view", "search":
			pages++
		case "product_view":
			pages++
			if p := t.name(e); !slices.Contains(products, p) {
				products = append(products, p)
			}
		case "click":
			s += ", follows it"
		case "signup":
			s += ", signs up"
		case "login":
			s += ", logs in"
		case "quote":
			after += ", asks for an offer"
		case "stock_out":
			after += ", does not find " + t.name(e)
			if takesOther(events[i+1:]) {
				after += ", takes something else"
			}
		case "store_visit":
			if i > 0 {
				after += ", goes on to store " + e.words["store_id"] + " for " + t.minutes(e)
			}
		}
	}
	if pages > 0 {
		span := time.Duration(last.number["event_time"]-first.number["event_time"])*time.Microsecond +
			time.Duration(last.number["duration_ms"])*time.Millisecond
		on := " on her " + first.words["device_type"]
		if first.words["device_type"] == "app" {
			on = " in the app"
		}
		s += fmt.Sprintf(", %s%s in %s", plural(pages, "page"), on, span.Round(time.Second))
	}
	return s + some(products) + after + t.buying(events) + "."
}

// opening says how a touch begins.
func (t *teller) opening(e record) string {
	channel := spaced(e.words["channel"])
	switch e.words["event_type"] {
	case "store_visit":
		return fmt.Sprintf("she goes to store %s for %s", e.words["store_id"], t.minutes(e))
	case "call":
		return fmt.Sprintf("she calls (%s), %s", channel, t.minutes(e))
	case "impression":
		switch {
		case t.w.Scenario.Channels[e.words["channel"]].Medium == "referral":
			return "she hears of the shop (" + channel + ")"
		case e.words["touchpoint"] == "street":
			return "she comes across " + channel
		}
		return "she sees " + channel
	case "open":
		return "she opens a message (" + channel + ")"
	}
	return "she visits through " + channel
}

// some lists what she looked at, three of them by name.
func some(products []string) string {
	const most = 3
	if n := len(products); n > most {
		products = append(products[:most:most], fmt.Sprintf("%d more", n-most))
	}
	if len(products) == 0 {
		return ""
	}
	return " (" + strings.Join(products, ", ") + ")"
}

// takesOther says whether she finds something else in what follows, without going elsewhere.
func takesOther(rest []record) bool {
	for _, e := range rest {
		switch e.words["event_type"] {
		case "store_visit":
			return false
		case "add_to_cart", "purchase":
			return true
		}
	}
	return false
}

func (t *teller) minutes(e record) string {
	return plural(max(1, e.number["duration_ms"]/60_000), "minute")
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// buying says what went into the cart and what was paid.
func (t *teller) buying(events []record) string {
	var s string
	var added []string
	for _, e := range events {
		switch e.words["event_type"] {
		case "add_to_cart":
			added = append(added, fmt.Sprintf("%d × %s", e.number["quantity"], t.name(e)))
		case "purchase":
			o := t.life.orders[e.number["order_id"]]
			var what []string
			for _, l := range t.life.lines[e.number["order_id"]] {
				what = append(what, fmt.Sprintf("%d × %s", l.number["quantity"], t.name(l)))
			}
			s += fmt.Sprintf(" and buys %s for %s (%s)", strings.Join(what, ", "),
				t.money(o.number["total"]), t.terms(o))
		}
	}
	if len(added) > 0 {
		s = ", puts " + strings.Join(added, ", ") + " in the cart" + s
	}
	for _, c := range t.life.carts[events[len(events)-1].number["session_id"]] {
		if at := c.number["created_time"]; at >= events[0].number["event_time"] &&
			at <= events[len(events)-1].number["event_time"] {
			s += fmt.Sprintf("; she will leave it (%s)", spaced(c.words["reason"]))
		}
	}
	return s
}

// terms says how she gets an order and why she paid less than it costs.
func (t *teller) terms(o record) string {
	s := spaced(o.words["fulfilment"])
	if o.words["fulfilment"] == "collect" {
		s += " at store " + o.words["store_id"]
	}
	if off := o.number["discount"]; off > 0 {
		s += fmt.Sprintf("; %s off, ", t.money(off))
		switch coupon, campaign := o.words["coupon"], o.words["campaign_id"]; {
		case coupon != "":
			s += "coupon " + spaced(coupon)
		case campaign != "":
			s += "campaign " + campaign
		}
	}
	if o.has("referral_code") {
		s += "; with the code of an acquaintance"
	}
	return s
}

// name is what the shop calls the product of an event or a line.
func (t *teller) name(e record) string {
	id := e.words["product_id"]
	if i := slices.Index(t.w.Tables[table.TableProducts].Columns[0].Vocab, id); i >= 0 {
		return t.w.Products[i].Name
	}
	return id
}

// A memory is what the chain remembers of a journey as it is told.
type memory struct {
	stage        string
	before, last uint8 // channels, from 1
	missed       bool  // whether she did not find what she wanted in it
}

// why names the rule behind a touch and its probability.
func (t *teller) why(e record, m *memory) string {
	chain := &t.w.Chains[t.segmentChain()]
	stage := slices.Index(t.w.Stages, e.words["stage"]) + 1
	channels := t.w.Tables[table.TableEvents].Columns[table.EventChannel].Vocab
	channel := slices.Index(channels, e.words["channel"])
	row := &chain.Stages[stage].Channel[chain.Row(m.before, m.last, len(channels))]
	after := "at the start"
	if m.last > 0 {
		after = "after " + channels[m.last-1]
	}
	var s string
	switch from := slices.Index(t.w.Stages, m.stage) + 1; {
	case e.words["cause"] == "need":
		s = fmt.Sprintf("a need was felt; journeys begin with %s %s",
			e.words["stage"], chance(chain.Start.Part(stage)))
	case e.words["cause"] != "chain":
		return t.doing(e, m, channel)
	case m.stage == "" && t.w.Off != 0:
		s = "it began before the first day, or with something that is not seen in this world"
	case m.stage == "":
		s = "it began before the first day"
	case chain.Stages[from].Next.Part(stage) == 0:
		s = m.stage + " leads to " + e.words["stage"] + ", " + t.beyond(chain, from, m)
	default:
		s = fmt.Sprintf("%s leads to %s %s", m.stage, e.words["stage"],
			chance(chain.Stages[from].Next.Part(stage)))
	}
	part := row.Part(channel) // 0: she drew another channel, and was still in the visit of this one
	if part > 0 && (m.stage != "" || e.words["cause"] == "need") {
		s += fmt.Sprintf("; %s comes %s %s", e.words["channel"], after, chance(part))
	}
	m.stage, m.before, m.last = e.words["stage"], m.last, uint8(channel+1)
	return s
}

// doing is why a journey began that no need began.
func (t *teller) doing(e record, m *memory, channel int) string {
	m.stage, m.last = e.words["stage"], uint8(channel+1)
	why := map[string]string{
		"advertising":   "what she was shown or sent made her look",
		"cart":          "she follows the reminder of her cart",
		"churn":         "she follows a message that wins her back",
		"loyalty":       "she follows the reminder of what may be used up",
		"word_of_mouth": "an acquaintance made her curious",
	}
	return why[e.words["cause"]] + " [" + spaced(e.words["cause"]) + "]"
}

// beyond is why a journey goes where the chain alone does not lead.
func (t *teller) beyond(chain *model.Chain, from int, m *memory) string {
	switch {
	case m.missed:
		return "because what she wanted was not there [market]"
	case model.PlanOf[model.CartBehaviorPlan](t.w).On && chain.Stages[from].Does == model.FillCart:
		return "because of the cart that she left [cart]"
	case t.w.Off != 0:
		return "after something that is not seen in this world"
	}
	return "beyond the chain"
}

func (t *teller) segmentChain() int {
	for i := range t.w.Segments {
		if t.w.Segments[i].Name == t.life.person.words["segment"] {
			return t.w.Segments[i].Chain
		}
	}
	return 0
}

// chance writes a probability.
func chance(p float64) string { return fmt.Sprintf("%.3g %%", 100*p) }
