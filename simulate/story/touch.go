package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model/table"
)

// touch tells one touch and why it happened.
func (t *teller) touch(events []record) {
	first := events[0]
	t.printf("  %s  %s: %s\n", t.when(first), first.words["stage"], t.sentence(events))
	t.printf("  %*s  why: %s\n", len("Mon 2 Jan 15:04"), "", t.why(first))
	t.at.move(first.words["stage"], t.channel(first), events)
}

// sentence says what happened in a touch.
func (t *teller) sentence(events []record) string {
	s := t.opening(events[0])
	pages, products := 0, []string{}
	var after string // the pages
	for i, e := range events {
		switch kind := e.words["event_type"]; kind {
		case "page_view", "screen_view", "search":
			pages++
		case "view_item":
			pages++
			if p := t.name(e); !slices.Contains(products, p) {
				products = append(products, p)
			}
		case "click":
			s += ", follows it"
		case "sign_up":
			s += ", signs up"
		case "login":
			s += ", logs in"
		case "quote_request":
			after += ", asks for an offer"
		case "store_visit":
			if i > 0 {
				after += ", goes on to store " + e.words["store_id"] + " for " + minutes(e)
			}
		default:
			if says := t.voice(e).touches[kind]; says != nil {
				after += says(t, e, events[i+1:])
			}
		}
	}
	if pages > 0 {
		s += reading(pages, events)
	}
	return s + some(products) + after + t.buying(events) + "."
}

// opening says how a touch begins.
func (t *teller) opening(e record) string {
	channel := spaced(e.words["channel"])
	switch e.words["event_type"] {
	case "store_visit":
		return fmt.Sprintf("she goes to store %s for %s", e.words["store_id"], minutes(e))
	case "call":
		return fmt.Sprintf("she calls (%s), %s", channel, minutes(e))
	case "impression":
		switch {
		case t.w.Scenario.Channels[e.words["channel"]].Medium == "referral":
			return "she hears of the shop (" + channel + ")"
		case e.words["touchpoint"] == "street":
			return "she comes across " + channel
		}
		return "she sees " + channel
	case "message_opened":
		return "she opens a message (" + channel + ")"
	}
	return "she visits through " + channel
}

// reading says how many pages she looked at, on what and for how long.
func reading(pages int, events []record) string {
	first, last := events[0], events[len(events)-1]
	span := time.Duration(last.number["event_time"]-first.number["event_time"])*time.Microsecond +
		time.Duration(last.number["duration_ms"])*time.Millisecond
	on := " on her " + first.words["device_type"]
	if first.words["device_type"] == "app" {
		on = " in the app"
	}
	return fmt.Sprintf(", %s%s in %s", plural(int64(pages), "page"), on, span.Round(time.Second))
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

// buying says what went into the cart and what was paid.
func (t *teller) buying(events []record) string {
	var bought string
	var added []string
	for _, e := range events {
		switch e.words["event_type"] {
		case "add_to_cart":
			added = append(added, t.goods(e))
		case "purchase":
			bought += " and " + t.order(e)
		}
	}
	s := bought
	if len(added) > 0 {
		s = ", puts " + strings.Join(added, ", ") + " in the cart" + bought
	}
	first, last := events[0], events[len(events)-1]
	for _, c := range t.life.town.rows(table.TableCarts, "session_id", last.number["session_id"]) {
		if at := c.number["created_at"]; c.words["status"] == "abandoned" &&
			at >= first.number["event_time"] && at <= last.number["event_time"] {
			s += fmt.Sprintf("; she will leave it (%s)", spaced(c.words["reason"]))
		}
	}
	return s
}

// order says what was bought in a purchase, and on which terms.
func (t *teller) order(purchase record) string {
	id := purchase.number["order_id"]
	o, _ := t.life.town.row(table.TableOrders, "order_id", id)
	var what []string
	for _, line := range t.life.town.rows(table.TableOrderLines, "order_id", id) {
		what = append(what, t.goods(line))
	}
	return fmt.Sprintf("buys %s for %s (%s)", strings.Join(what, ", "),
		t.money(o.number["total"]), t.terms(o))
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
	for _, v := range t.voices {
		if v.terms != nil {
			s += v.terms(o)
		}
	}
	return s
}

// goods names a product and how many of it there are.
func (t *teller) goods(r record) string {
	return fmt.Sprintf("%d × %s", r.number["quantity"], t.name(r))
}

// name is what the shop calls the product of an event or a line.
func (t *teller) name(r record) string {
	id := r.words["product_id"]
	products := t.w.Tables[table.TableProducts].Column("product_id").Vocab
	if i := slices.Index(products, id); i >= 0 {
		return t.w.Products[i].Name
	}
	return id
}
