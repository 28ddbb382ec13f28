package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model"
)

// A teller writes a life in plain sentences, in the order of time.
type teller struct {
	out  io.Writer
	w    *model.World
	life *life
	zone *time.Location

	journey int64 // being told; 0: none
	memory  memory
	pushed  []record // what she was shown and sent since the last line
}

// tell writes who she is and then what happened to her: journeys touch by touch, and what came
// between.
func tell(out io.Writer, w *model.World, l *life) error {
	zone, err := time.LoadLocation(w.Scenario.TimeZone)
	if err != nil {
		return err
	}
	t := teller{out: out, w: w, life: l, zone: zone}
	t.introduce()
	slices.SortFunc(l.journeys, func(a, b record) int {
		return cmp.Compare(a.number["start_time"], b.number["start_time"])
	})
	for n, j := range l.journeys {
		if !slices.ContainsFunc(l.events, func(e record) bool { return inJourney(e, j) }) {
			t.header(n+1, j)
			fmt.Fprintln(out, "  All of it was before the first day, or unseen.")
		}
	}
	t.events()
	if len(l.journeys)+len(l.events) == 0 {
		fmt.Fprintln(out, "\nNothing happened to her in these days.")
	}
	return nil
}

func inJourney(e, j record) bool {
	return e.has("journey_id") && e.number["journey_id"] == j.number["journey_id"]
}

func (t *teller) introduce() {
	p, name := t.life.person, "Nobody knows her name"
	if c := t.life.customer; c != nil {
		name = c.words["first_name"] + " " + c.words["last_name"]
	}
	age := t.w.Scenario.Start.Days() - p.number["birth_date"]
	fmt.Fprintf(t.out, "%s: person %d of %s, %d years old, of %s (segment %s).\n", name,
		p.number["person_id"], t.w.Scenario.Name, age*4/1461, p.words["city"], p.words["segment"])
	fmt.Fprintf(t.out, "She needs something %.1f times a year. In these days: "+
		"%s, %s, %s.\n", float64(p.number["need_rate"])/1e4,
		plural(p.number["journeys"], "journey"), plural(p.number["orders"], "order"),
		t.money(p.number["spent"]))
	if c := t.life.customer; c != nil {
		known := map[string]string{"login": "signed up", "order": "ordered",
			"loyalty_card": "took the card"}
		fmt.Fprintf(t.out, "We know her since %s, when she %s.\n",
			t.date(c.number["known_since"]), known[c.words["known_by"]])
	}
	t.feelings()
}

// feelings tells what nobody in production knows.
func (t *teller) feelings() {
	p := t.life.person
	if p.has("satisfaction") {
		fmt.Fprintf(t.out, "In the end her satisfaction is %+.1f", float64(p.number["satisfaction"])/1e4)
		if class := p.words["nps_class"]; class != "" {
			fmt.Fprintf(t.out, ": a %s", class)
		}
		fmt.Fprintln(t.out, ".")
	}
	t.loyalty()
}

// loyalty tells when she stopped buying, seemed to, and came back, in the order of time.
func (t *teller) loyalty() {
	p := t.life.person
	says := map[string]string{"churned_at": "she stopped buying on %s",
		"dormant_at": "by %s her silence could be noticed", "won_back_at": "she came back on %s"}
	turns := slices.DeleteFunc([]string{"won_back_at", "churned_at", "dormant_at"},
		func(turn string) bool { return !p.has(turn) })
	slices.SortStableFunc(turns, func(a, b string) int {
		return cmp.Compare(p.number[a], p.number[b])
	})
	var told []string
	for _, turn := range turns {
		told = append(told, fmt.Sprintf(says[turn], t.date(p.number[turn])))
	}
	if all := strings.Join(told, "; "); all != "" {
		fmt.Fprintf(t.out, "%s%s.\n", strings.ToUpper(all[:1]), all[1:])
	}
}

func (t *teller) money(cents int64) string {
	return fmt.Sprintf("%d.%02d %s", cents/100, cents%100, t.w.Scenario.Currency)
}

func (t *teller) date(micros int64) string { return clock(t.zone, micros, "2 January 2006") }

func (t *teller) when(e record) string {
	return clock(t.zone, e.number["event_time"], "Mon 2 Jan 15:04")
}

// events tells them all: those of one touch together, those that nobody sought in passing.
func (t *teller) events() {
	var touch []record
	for _, e := range t.life.events {
		if len(touch) > 0 && !sameTouch(touch[len(touch)-1], e) {
			t.touched(touch)
			touch = nil
		}
		switch {
		case e.has("journey_id"):
			touch = append(touch, e)
		case isPush(e):
			t.pushed = append(t.pushed, e)
		default:
			t.aside(e)
		}
	}
	if len(touch) > 0 {
		t.touched(touch)
	}
	t.inPassing()
}

// isPush says whether an event is one that she did not seek and need not notice.
func isPush(e record) bool {
	switch e.words["event_type"] {
	case "impression", "send", "open":
		return true
	}
	return false
}

// inPassing tells of what she was shown and sent since the last line.
func (t *teller) inPassing() {
	if len(t.pushed) == 0 {
		return
	}
	said := map[string]string{"impression": "sees", "send": "is sent", "open": "opens"}
	count := map[string]int{}
	for _, e := range t.pushed {
		count[said[e.words["event_type"]]+" "+strings.ReplaceAll(e.words["channel"], "_", " ")]++
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		if n := count[what]; n > 1 {
			what += fmt.Sprintf(" %d times", n)
		}
		parts = append(parts, what)
	}
	span := t.when(t.pushed[0])
	if n := len(t.pushed); n > 1 {
		span += clock(t.zone, t.pushed[n-1].number["event_time"], " – 2 Jan")
	}
	fmt.Fprintf(t.out, "  %s  in passing she %s.\n", span, strings.Join(parts, ", "))
	t.pushed = nil
}

// touched tells a touch of a journey, after the journey's header if it is the first.
func (t *teller) touched(events []record) {
	t.inPassing()
	if id := events[0].number["journey_id"]; id != t.journey {
		t.journey, t.memory = id, memory{}
		for n, j := range t.life.journeys {
			if inJourney(events[0], j) {
				t.header(n+1, j)
			}
		}
	}
	t.touch(events, &t.memory)
}

// header tells how a journey went.
func (t *teller) header(n int, j record) {
	ending := "is still under way at " + j.words["last_stage"]
	if j.has("end_time") {
		end, last := t.date(j.number["end_time"]), j.words["last_stage"]
		switch j.words["outcome"] {
		case "purchased":
			ending = "buys (" + strings.ReplaceAll(j.words["pattern"], "_", " ") + "); over on " + end
		case "competitor":
			ending = "buys from " + j.words["competitor"] + " instead, on " + end
		case "stock_out":
			ending = "does not find what she wants, on " + end
		case "lost":
			ending = "is not reached at " + last + ", on " + end
		default:
			ending = "gives up at " + last + ", on " + end
		}
	}
	fmt.Fprintf(t.out, "\nJourney %d: %s. She %s.\n", n, j.words["category"], ending)
}

// sameTouch says whether two events in a row are of one touch: the same stage, and near.
func sameTouch(a, b record) bool {
	const pause = 20 * 60 * 1_000_000
	if !b.has("journey_id") || a.words["stage"] != b.words["stage"] {
		return false
	}
	switch b.words["event_type"] {
	case "purchase", "quote", "stock_out":
		return a.words["channel"] == b.words["channel"]
	case "click":
		return a.words["event_type"] == "impression" || a.words["event_type"] == "open"
	case "session_start":
		return a.words["event_type"] == "click"
	}
	return a.has("session_id") && a.number["session_id"] == b.number["session_id"] &&
		b.number["event_time"]-a.number["event_time"] < pause
}

// aside tells an event outside of journeys.
func (t *teller) aside(e record) {
	t.inPassing()
	fmt.Fprintf(t.out, "  %s  %s%s.\n", t.when(e), t.clause(e), t.because(e))
}

// clause says what happened in an event outside of journeys.
func (t *teller) clause(e record) string {
	channel := strings.ReplaceAll(e.words["channel"], "_", " ")
	product := e.words["product_id"]
	switch e.words["event_type"] {
	case "delivery":
		return "the parcel arrives"
	case "collection":
		return "she collects the order at store " + e.words["store_id"]
	case "store_visit":
		return "she is at store " + e.words["store_id"]
	case "purchase":
		return "she" + strings.TrimPrefix(t.buying([]record{e}), " and")
	case "return":
		if e.words["touchpoint"] == "store" {
			return "she takes " + product + " back to store " + e.words["store_id"]
		}
		return "she sends " + product + " back"
	case "survey":
		return fmt.Sprintf("she answers a survey (%s): %d", channel, e.number["score"])
	case "review":
		return fmt.Sprintf("she reviews %s: %d", product, e.number["score"])
	case "call", "chat", "request":
		return "she contacts the service (" + channel + ")"
	case "reply":
		return "the service replies (" + channel + ")"
	case "talk":
		return "she talks to a neighbour about the shop"
	case "stock_out":
		return "what she wants is not there (" + channel + ")"
	}
	return strings.ReplaceAll(e.words["event_type"], "_", " ") + " (" + channel + ")"
}

// because is the reason of an event outside of journeys, as far as there is one.
func (t *teller) because(e record) string {
	if reason := e.words["reason"]; reason != "" {
		return ", because: " + strings.ReplaceAll(reason, "_", " ")
	}
	return ""
}
