package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model"
)

// touch tells one touch and why it happened.
func (t *teller) touch(events []record, m *memory) {
	first := events[0]
	fmt.Fprintf(t.out, "  %s  %s: %s\n", t.when(first), first.words["stage"], t.sentence(events))
	fmt.Fprintf(t.out, "  %*s  why: %s\n", len("Mon 2 Jan 15:04"), "", t.why(first, m))
}

// sentence says what happened in a touch.
func (t *teller) sentence(events []record) string {
	first, last := events[0], events[len(events)-1]
	channel := strings.ReplaceAll(first.words["channel"], "_", " ")
	var s string
	switch first.words["event_type"] {
	case "store_visit":
		s = fmt.Sprintf("she goes to store %s for %s", first.words["store_id"], t.minutes(first))
	case "call":
		s = fmt.Sprintf("she calls (%s), %s", channel, t.minutes(first))
	case "impression":
		s = "she sees " + channel
		if first.words["touchpoint"] == "street" {
			s = "she comes across " + channel
		}
	case "open":
		s = "she opens a message (" + channel + ")"
	default:
		s = "she visits through " + channel
	}
	pages, products := int64(0), []string{}
	for _, e := range events {
		switch e.words["event_type"] {
		case "page_view", "screen_view", "search":
			pages++
		case "product_view":
			pages++
			if p := e.words["product_id"]; !slices.Contains(products, p) {
				products = append(products, p)
			}
		case "click":
			s += ", follows it"
		case "signup":
			s += ", signs up"
		case "login":
			s += ", logs in"
		case "quote":
			s += ", asks for an offer"
		case "stock_out":
			s += ", does not find " + e.words["product_id"]
		}
	}
	if pages > 0 {
		span := time.Duration(last.number["event_time"]-first.number["event_time"])*time.Microsecond +
			time.Duration(last.number["duration_ms"])*time.Millisecond
		s += fmt.Sprintf(", %s on her %s in %s", plural(pages, "page"), first.words["device_type"],
			span.Round(time.Second))
	}
	if len(products) > 0 {
		s += " (" + strings.Join(products, ", ") + ")"
	}
	return s + t.buying(events) + "."
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
	for _, e := range events {
		switch e.words["event_type"] {
		case "add_to_cart":
			s += fmt.Sprintf(", puts %d × %s in the cart", e.number["quantity"], e.words["product_id"])
		case "purchase":
			o := t.life.orders[e.number["order_id"]]
			var what []string
			for _, l := range t.life.lines[e.number["order_id"]] {
				what = append(what, fmt.Sprintf("%d × %s", l.number["quantity"],
					t.w.Products[t.product(l.words["product_id"])].Name))
			}
			s += fmt.Sprintf(" and buys %s for %s (%s)", strings.Join(what, ", "),
				t.money(o.number["total"]), strings.ReplaceAll(o.words["fulfilment"], "_", " "))
		}
	}
	for _, c := range t.life.carts[events[len(events)-1].number["session_id"]] {
		if at := c.number["created_time"]; at >= events[0].number["event_time"] &&
			at <= events[len(events)-1].number["event_time"] {
			s += fmt.Sprintf("; she will leave it (%s)", strings.ReplaceAll(c.words["reason"], "_", " "))
		}
	}
	return s
}

// product returns the place of a product by its id.
func (t *teller) product(id string) int {
	return slices.Index(t.w.Tables[model.TableProducts].Columns[0].Vocab, id)
}

// A memory is what the chain remembers of a journey as it is told.
type memory struct {
	stage        string
	before, last uint8 // channels, from 1
}

// why names the rule behind a touch and its probability.
func (t *teller) why(e record, m *memory) string {
	chain := &t.w.Chains[t.segmentChain()]
	stage := slices.Index(t.w.Stages, e.words["stage"]) + 1
	channels := t.w.Tables[model.TableEvents].Columns[model.EventChannel].Vocab
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
		s = "it is the doing of " + strings.ReplaceAll(e.words["cause"], "_", " ")
	case m.stage == "":
		s = "it began before the first day"
	default:
		s = fmt.Sprintf("%s leads to %s %s", m.stage, e.words["stage"],
			chance(chain.Stages[from].Next.Part(stage)))
	}
	if m.stage != "" || e.words["cause"] == "need" {
		s += fmt.Sprintf("; %s comes %s %s", e.words["channel"], after, chance(row.Part(channel)))
	}
	m.stage, m.before, m.last = e.words["stage"], m.last, uint8(channel+1)
	return s
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
