package story

import (
	"fmt"
	"time"

	"github.com/percorso/percorso/model/table"
)

var service = voice{
	behavior: "service",
	asides: map[string]func(*teller, record) string{
		"call":            func(t *teller, e record) string { return t.asking("calls", e) },
		"chat":            func(t *teller, e record) string { return t.asking("chats with", e) },
		"contact_request": func(t *teller, e record) string { return t.asking("writes to", e) },
		"contact_reply": func(_ *teller, e record) string {
			return "the service answers her message" + through(e)
		},
	},
}

// asking tells a contact with the service desk, as its ticket does.
func (t *teller) asking(how string, e record) string {
	s := "she " + how + " the service" + through(e) + " about: " + spaced(e.words["reason"])
	ticket, ok := t.life.town.row(table.TableTickets, "opened_at", e.number["event_time"])
	if !ok {
		return s
	}
	if n := ticket.number["attempt"]; n > 1 {
		s += fmt.Sprintf(", attempt %d", n)
	}
	status, wait := ticket.words["status"], time.Duration(ticket.number["wait_ms"])*time.Millisecond
	switch {
	case status == "abandoned":
		return s + "; gives up after " + wait.Round(time.Second).String()
	case e.words["event_type"] != "contact_request" && wait >= time.Second:
		s += ", waits " + wait.Round(time.Second).String()
	}
	return s + "; " + status
}
