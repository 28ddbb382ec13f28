package story

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/percorso/percorso/model/table"
)

// aside tells an event outside of journeys, with the behavior behind it. A visit to a store that is
// for what follows at once is told with that.
func (t *teller) aside(e record, next []record) {
	if e.words["event_type"] == "store_visit" && len(next) > 0 &&
		next[0].number["event_time"] == e.number["event_time"] {
		return
	}
	t.inPassing()
	behavior := ""
	if cause := e.words["cause"]; cause != "order" {
		behavior = bracket(cause)
	}
	t.add(Moment{At: t.clock(e.number["event_time"]), Text: capital(t.clause(e)) + "." + behavior})
}

// clause says what happened in an event outside of journeys.
func (t *teller) clause(e record) string {
	kind := e.words["event_type"]
	if says := t.voice(e).asides[kind]; says != nil {
		return says(t, e)
	}
	switch kind {
	case "delivery":
		return t.orderOf(e) + " is delivered"
	case "pickup":
		return t.say("{they} {pick} up ") + t.orderOf(e) + " at store " + e.words["store_id"]
	case "store_visit":
		return t.say("{they} {visit} store ") + e.words["store_id"]
	case "purchase":
		return t.say("while there, {they} ") + t.order(e)
	}
	return spaced(kind) + through(e)
}

// through names the channel of an event.
func through(e record) string { return " (" + spaced(e.words["channel"]) + ")" }

// because names the reason that the customer gave, where there is one.
func because(e record) string {
	if e.words["reason"] == "" {
		return ""
	}
	return "; reason: " + spaced(e.words["reason"])
}

// orderOf names the order of an event by its day, if it was seen.
func (t *teller) orderOf(e record) string {
	if day := t.orderedOn(e); day != "" {
		return "the order of " + day
	}
	return "an order"
}

// orderedOn is the day of the order of an event, "" if it was not seen.
func (t *teller) orderedOn(e record) string {
	o, ok := t.life.town.row(table.TableOrders, "order_id", e.number["order_id"])
	if !ok {
		return ""
	}
	day := t.clock(o.number["ordered_at"])
	if day.Year() != t.clock(e.number["event_time"]).Year() {
		return day.Format("2 January 2006")
	}
	return day.Format("2 January")
}

// isPush reports whether an event is one that the person did not seek and need not notice.
func isPush(e record) bool {
	switch e.words["event_type"] {
	case "impression", "message_sent", "message_opened", "message_bounced", "message_unsubscribed",
		"consent_changed":
		return true
	}
	return false
}

// inPassing tells what the person was shown and sent since the last moment.
func (t *teller) inPassing() {
	if len(t.pushed) == 0 {
		return
	}
	count := map[string]int{}
	for _, e := range t.pushed {
		count[t.push(e)]++
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		switch n := count[what]; n {
		case 1:
		case 2:
			what += " twice"
		default:
			what += fmt.Sprintf(" %d times", n)
		}
		parts = append(parts, what)
	}
	first := t.clock(t.pushed[0].number["event_time"])
	last := t.clock(t.pushed[len(t.pushed)-1].number["event_time"])
	m := Moment{At: first, Text: t.say("Meanwhile {they} ") + joined(parts) + "."}
	if first.Format(time.DateOnly) != last.Format(time.DateOnly) {
		m.Until = last
	}
	t.add(m)
	t.pushed = nil
}

// push says what a push is.
func (t *teller) push(e record) string {
	v := t.voice(e)
	switch kind := e.words["event_type"]; {
	case kind == "impression" && v.shows != nil:
		return v.shows(t, e)
	case kind == "impression":
		return t.sight(e)
	case kind == "message_sent":
		return t.say("{are} sent ") + v.writes() + through(e)
	case kind == "message_bounced":
		return t.say("{are} sent ") + v.writes() + " that does not arrive" + through(e)
	case kind == "message_unsubscribed":
		return t.say("{unsubscribe}") + through(e)
	case kind == "consent_changed":
		return t.say("{withdraw} {their} consent to advertising")
	}
	return t.say("{open} ") + v.writes() + through(e)
}

// sight says what the person saw of a channel, or heard.
func (t *teller) sight(e record) string {
	c := t.w.Scenario.Channels[e.words["channel"]]
	switch {
	case c.Medium == "referral":
		return t.say("{hear} about the shop") + through(e)
	case e.words["touchpoint"] == "street":
		return t.say("{notice} an ad") + through(e)
	case e.words["touchpoint"] == "social_feed" && !c.Paid:
		return t.say("{see} a post") + through(e)
	}
	return t.say("{see} an ad") + through(e)
}
