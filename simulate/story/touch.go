package story

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model/table"
)

// touch tells one touch and why it happened.
func (t *teller) touch(events []record) {
	first := events[0]
	stage := first.words["stage"]
	t.add(Moment{At: t.clock(first.number["event_time"]), Stage: stage, Shown: t.shown(stage),
		Text: t.sentence(events), Why: t.why(first)})
	t.at.move(stage, t.channel(first), events)
}

// sentence says what happened in a touch.
func (t *teller) sentence(events []record) string {
	did := []string{t.opening(events[0])}
	pages, products := 0, []string{}
	var after []string // the pages
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
			did = append(did, t.say("{click} on it"))
		case "sign_up":
			did = append(did, t.say("{sign} up"))
		case "login":
			did = append(did, t.say("{log} in"))
		case "quote_request":
			after = append(after, t.say("{ask} for a quote"))
		case "store_visit":
			if i > 0 {
				after = append(after, t.say("{go} on to store %s for %s", e.words["store_id"],
					minutes(e)))
			}
		default:
			if says := t.voice(e).touches[kind]; says != nil {
				after = append(after, says(t, e, events[i+1:])...)
			}
		}
	}
	if pages > 0 {
		did = append(did, t.reading(pages, events)+some(products))
	}
	did = append(append(did, after...), t.buying(events)...)
	return t.say("{they} ") + joined(did) + t.leaving(events) + "."
}

// opening says how a touch begins.
func (t *teller) opening(e record) string {
	switch e.words["event_type"] {
	case "store_visit":
		return t.say("{visit} store %s for %s", e.words["store_id"], minutes(e))
	case "call":
		return t.say("{call} the shop%s for %s", through(e), minutes(e))
	case "impression":
		return t.sight(e)
	case "message_opened":
		return t.say("{open} %s%s", t.voice(e).writes(), through(e))
	}
	switch e.words["touchpoint"] {
	case "app":
		if c := e.words["channel"]; c == "app" || t.w.Scenario.Channels[c].Touchpoint == "web" {
			return t.say("{open} the app") // no link leads there
		}
		return t.say("{open} the app") + through(e)
	case "store": // the visit before goes on
		return t.say("{stay} in store %s", e.words["store_id"])
	}
	return t.say("{visit} the site") + through(e)
}

// reading says how many pages were looked at, on what and for how long.
func (t *teller) reading(pages int, events []record) string {
	first, last := events[0], events[len(events)-1]
	took := time.Duration(last.number["event_time"]-first.number["event_time"])*time.Microsecond +
		time.Duration(last.number["duration_ms"])*time.Millisecond
	device := ""
	for _, e := range events { // an advert may be seen before anybody knows on what
		device = cmp.Or(device, e.words["device_type"])
	}
	on := t.say("on {their} ") + device
	if device == "app" {
		on = "in the app"
	}
	return t.say("{view} %s %s in %s", plural(int64(pages), "page"), on, span(took))
}

// some lists products, three of them by name.
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

// buying says what went into the cart and out again, how far the checkout went and what was paid.
func (t *teller) buying(events []record) []string {
	var did, added, removed, bought []string
	far, declined := "", int64(0)
	for _, e := range events {
		switch kind := e.words["event_type"]; kind {
		case "add_to_cart":
			added = append(added, t.goods(e))
		case "remove_from_cart":
			removed = append(removed, t.name(e))
		case "begin_checkout", "add_shipping_info", "add_payment_info":
			far = steps[kind]
		case "payment_declined":
			declined++
		case "purchase":
			bought, far = append(bought, t.order(e)), ""
		}
	}
	if len(added) > 0 {
		did = append(did, t.say("{put} ")+joined(added)+" in the cart")
	}
	if len(removed) > 0 {
		did = append(did, t.say("{take} ")+joined(removed)+" out again")
	}
	if far != "" {
		did = append(did, t.say(far))
	}
	if declined > 0 {
		did = append(did, t.say("{have} %s declined", plural(declined, "payment")))
	}
	return append(did, bought...)
}

// steps say how far a checkout went that was left.
var steps = map[string]string{
	"begin_checkout":    "{begin} the checkout",
	"add_shipping_info": "{go} through the checkout as far as the delivery",
	"add_payment_info":  "{go} through the checkout as far as the payment",
}

// leaving says what becomes of a cart that was filled and is not bought.
func (t *teller) leaving(events []record) string {
	s, first, last := "", events[0], events[len(events)-1]
	for _, c := range t.life.town.rows(table.TableCarts, "session_id", last.number["session_id"]) {
		if at := c.number["created_at"]; c.words["status"] == "abandoned" &&
			at >= first.number["event_time"] && at <= last.number["event_time"] {
			s += t.say("; {they} {abandon} the cart later") + because(c)
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
	return t.say("{buy} %s for %s (%s)", joined(what), t.money(o.number["total"]), t.terms(o))
}

// terms says how an order is handed over and why less was paid for it than it costs.
func (t *teller) terms(o record) string {
	var s string
	switch how := o.words["fulfilment"]; how {
	case "ship":
		s = "shipped"
	case "collect":
		s = "pickup at store " + o.words["store_id"]
	default:
		s = spaced(how)
	}
	if off := o.number["discount"]; off > 0 {
		s += fmt.Sprintf("; %s off", t.money(off))
		switch coupon, campaign := o.words["coupon"], o.words["campaign_id"]; {
		case coupon != "":
			s += " with coupon " + spaced(coupon)
		case campaign != "":
			s += " in campaign " + spaced(campaign)
		}
	}
	for _, v := range t.voices {
		if v.terms != nil {
			s += v.terms(t, o)
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
