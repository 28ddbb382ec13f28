package story

import (
	"fmt"
	"time"

	"github.com/percorso/percorso/model/table"
)

var service = voice{
	behavior: "service",
	asides: map[string]func(*teller, record) string{
		"call":            func(t *teller, e record) string { return t.asking("{call}", e) },
		"chat":            func(t *teller, e record) string { return t.asking("{chat} with", e) },
		"contact_request": func(t *teller, e record) string { return t.asking("{write} to", e) },
		"contact_reply": func(t *teller, e record) string {
			return t.say("customer service answers {their} message") + through(e)
		},
	},
}

// topics are what people turn to customer service for, by the reason of the event.
var topics = map[string]string{
	"late":      "about a late delivery",
	"defect":    "about a defect",
	"return":    "about a return",
	"stock_out": "about something out of stock",
	"order":     "about an order",
	"question":  "with a question",
}

// endsOfTickets are how a matter stands at the end of a contact, by the status of the ticket.
var endsOfTickets = map[string]string{
	"resolved":   "the matter is resolved",
	"unresolved": "the matter is not resolved",
	"open":       "there is no answer yet",
}

// again says that a matter has come up before.
func again(attempt int64) string {
	switch {
	case attempt < 2:
		return ""
	case attempt == 2:
		return " again"
	case attempt == 3:
		return " for the 3rd time"
	}
	return fmt.Sprintf(" for the %dth time", attempt)
}

// asking tells a contact with customer service, as its ticket does.
func (t *teller) asking(how string, e record) string {
	s := t.say("{they} "+how+" customer service") + through(e)
	ticket, ok := t.life.town.row(table.TableTickets, "opened_at", e.number["event_time"])
	if ok {
		s += again(ticket.number["attempt"])
	}
	if s += " " + topics[e.words["reason"]]; !ok {
		return s
	}
	status, wait := ticket.words["status"], time.Duration(ticket.number["wait_ms"])*time.Millisecond
	switch {
	case status == "abandoned":
		return s + t.say(" and {give} up after ") + span(wait)
	case e.words["event_type"] != "contact_request" && wait >= time.Second:
		s += t.say(" and {wait} ") + span(wait)
	}
	return s + "; " + endsOfTickets[status]
}
