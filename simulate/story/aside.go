package story

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/table"
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
		rule = bracket(cause)
	}
	t.printf("  %s  %s.%s\n", t.when(e), t.clause(e), rule)
}

// clause says what happened in an event outside of journeys.
func (t *teller) clause(e record) string {
	kind := e.words["event_type"]
	if says := t.voice(e).asides[kind]; says != nil {
		return says(t, e)
	}
	switch kind {
	case "delivery":
		return "the parcel" + t.orderedOn(e) + " arrives"
	case "pickup":
		return "she collects the order" + t.orderedOn(e) + " at store " + e.words["store_id"]
	case "store_visit":
		return "she is at store " + e.words["store_id"]
	case "purchase":
		return "while there, she " + t.order(e)
	}
	return spaced(kind) + through(e)
}

// through names the channel of an event.
func through(e record) string { return " (" + spaced(e.words["channel"]) + ")" }

// orderedOn says of when the order of an event is, if it was seen.
func (t *teller) orderedOn(e record) string {
	o, ok := t.life.town.row(table.TableOrders, "order_id", e.number["order_id"])
	if !ok {
		return ""
	}
	return " of " + t.clock(o.number["ordered_at"], "2 January")
}

// isPush reports whether an event is one that she did not seek and need not notice.
func isPush(e record) bool {
	switch e.words["event_type"] {
	case "impression", "message_sent", "message_opened":
		return true
	}
	return false
}

// inPassing tells of what she was shown and sent since the last line.
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
		if n := count[what]; n > 1 {
			what += fmt.Sprintf(" %d times", n)
		}
		parts = append(parts, what)
	}
	first, last := t.pushed[0], t.pushed[len(t.pushed)-1]
	span := t.when(first)
	if day := t.clock(last.number["event_time"], "2 Jan"); day !=
		t.clock(first.number["event_time"], "2 Jan") {
		span += " – " + day
	}
	t.printf("  %s  in passing she %s.\n", span, strings.Join(parts, ", "))
	t.pushed = nil
}

// push says what a push is.
func (t *teller) push(e record) string {
	v := t.voice(e)
	switch kind := e.words["event_type"]; {
	case kind == "impression" && v.shows != nil:
		return v.shows(e)
	case kind == "impression":
		return "sees " + spaced(e.words["channel"])
	case kind == "message_sent":
		return "is sent " + v.writes() + through(e)
	}
	return "opens " + v.writes() + through(e)
}
