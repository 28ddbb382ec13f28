package story

import (
	"fmt"
	"strings"
	"time"
)

// aside tells an event outside of journeys, with the rule behind it. A visit to a store that is for
// what follows at once is told with that.
func (t *teller) aside(e record, next []record) {
	if e.words["event_type"] == "store_visit" && len(next) > 0 &&
		next[0].number["event_time"] == e.number["event_time"] {
		return
	}
	t.inPassing()
	rule := ""
	if cause := e.words["cause"]; cause != "order" {
		rule = " [" + spaced(cause) + "]"
	}
	fmt.Fprintf(t.out, "  %s  %s.%s\n", t.when(e), t.clause(e), rule)
}

// clause says what happened in an event outside of journeys.
func (t *teller) clause(e record) string {
	channel := " (" + spaced(e.words["channel"]) + ")"
	switch kind := e.words["event_type"]; kind {
	case "delivery":
		return "the parcel" + t.orderedOn(e) + " arrives"
	case "collection":
		return "she collects the order" + t.orderedOn(e) + " at store " + e.words["store_id"]
	case "store_visit":
		return "she is at store " + e.words["store_id"]
	case "purchase":
		return "while there, she" + strings.TrimPrefix(t.buying([]record{e}), " and")
	case "return":
		return t.givingBack(e)
	case "survey":
		return "she answers a survey" + channel + ": " + t.answer(e)
	case "review":
		return fmt.Sprintf("she reviews %s: %d of 5 stars", t.name(e), e.number["score"])
	case "call", "chat", "request":
		return t.asking(e)
	case "reply":
		return "the service answers her message" + channel
	case "talk":
		return "she tells a neighbour about the shop"
	case "post", "like", "comment", "share", "referral":
		if e.words["touchpoint"] == "street" {
			channel = ""
		}
		return t.networking(e) + channel
	case "reward":
		if e.words["cause"] == "word_of_mouth" {
			return "she gets a voucher, for somebody has used her code"
		}
		return "her points become a voucher"
	case "renewal":
		return "her contract is renewed" + channel
	case "cancellation":
		return "she cancels her contract" + channel + ": " + spaced(e.words["reason"])
	case "stock_out":
		return "she does not find " + t.name(e) + channel
	default:
		return spaced(kind) + channel
	}
}

// orderedOn says of when an order is, if it was seen.
func (t *teller) orderedOn(e record) string {
	o, ok := t.life.orders[e.number["order_id"]]
	if !ok {
		return ""
	}
	return " of " + clock(t.zone, o.number["order_time"], "2 January")
}

// givingBack tells a return.
func (t *teller) givingBack(e record) string {
	what := t.name(e) + t.orderedOn(e)
	s := "she sends " + what + " back"
	if e.words["touchpoint"] == "store" {
		s = "she takes " + what + " back to store " + e.words["store_id"]
	}
	s += ": " + spaced(e.words["reason"])
	if r, ok := t.life.returns[returned(e)]; ok {
		s += "; " + t.money(r.number["refund"]) + " refunded"
	}
	return s
}

// answer tells the answer to a survey.
func (t *teller) answer(e record) string {
	s := t.life.surveys[e.number["order_id"]]
	if s.words["kind"] == "nps" {
		return fmt.Sprintf("%d of 10, a %s", e.number["score"], s.words["class"])
	}
	return fmt.Sprintf("%d of 5", e.number["score"])
}

// asking tells a contact with the service desk, as its ticket does.
func (t *teller) asking(e record) string {
	verb := map[string]string{"call": "calls", "chat": "chats with", "request": "writes to"}
	s := "she " + verb[e.words["event_type"]] + " the service (" + spaced(e.words["channel"]) +
		") about: " + spaced(e.words["reason"])
	k, ok := t.life.tickets[e.number["event_time"]]
	if !ok {
		return s
	}
	if n := k.number["attempt"]; n > 1 {
		s += fmt.Sprintf(", attempt %d", n)
	}
	status := k.words["status"]
	wait := time.Duration(k.number["wait_ms"]) * time.Millisecond
	switch {
	case status == "abandoned":
		return s + "; gives up after " + wait.Round(time.Second).String()
	case e.words["event_type"] != "request" && wait >= time.Second:
		s += ", waits " + wait.Round(time.Second).String()
	}
	return s + "; " + status
}

// networking tells what she does on a social network.
func (t *teller) networking(e record) string {
	post := t.life.posts[e.number["event_time"]]
	switch opinion := post.words["sentiment"]; e.words["event_type"] {
	case "post":
		return "she posts about the shop, " + opinion
	case "like":
		return "she likes a post"
	case "comment":
		return "she comments on a post, " + opinion
	case "share":
		return "she shares a post"
	}
	return "she gives an acquaintance her code"
}
