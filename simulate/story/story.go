// Package story tells one customer's life in sentences.
package story

import (
	"cmp"
	"context"
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
	told    int   // journeys so far
	memory  memory
	pushed  []record // what she was shown and sent since the last line
}

// Tell writes who a person is and then what happened to her: journeys touch by touch, and what came
// between. The id counts from 1.
func Tell(ctx context.Context, w *model.World, id int, out io.Writer) error {
	l, err := newLife(ctx, w, id)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(w.Scenario.TimeZone)
	if err != nil {
		return err
	}
	t := teller{out: out, w: w, life: l, zone: zone}
	t.introduce()
	slices.SortFunc(l.journeys, func(a, b record) int {
		return cmp.Compare(a.number["start_time"], b.number["start_time"])
	})
	t.events()
	t.unseen(len(l.journeys))
	if len(l.journeys)+len(l.events) == 0 {
		fmt.Fprintln(out, "\nNothing happened to her in these days.")
	}
	return nil
}

// unseen tells of the next journeys up to so many, none of which has any event.
func (t *teller) unseen(to int) {
	for ; t.told < to; t.told++ {
		t.header(t.told+1, t.life.journeys[t.told])
		fmt.Fprintln(t.out, "  All of it was before the first day, or is not seen in this world.")
	}
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
	often := fmt.Sprintf("%.1f times a year", float64(p.number["need_rate"])/1e4)
	if p.number["need_rate"] < 500 {
		often = "less than once in twenty years"
	}
	fmt.Fprintf(t.out, "She needs something %s. In these days: %s, %s, %s.\n", often,
		plural(p.number["journeys"], "journey"), plural(p.number["orders"], "order"),
		t.money(p.number["spent"]))
	if c := t.life.customer; c != nil {
		known := map[string]string{"login": "signed up", "order": "ordered",
			"loyalty_card": "took the card"}
		fmt.Fprintf(t.out, "We know her since %s, when she %s.\n",
			t.date(c.number["known_since"]), known[c.words["known_by"]])
		t.standing(c)
	}
	t.feelings()
	t.world()
}

// standing tells what a known customer has of us.
func (t *teller) standing(c *record) {
	card := "She has no card"
	if c.words["tier"] != "" {
		card = fmt.Sprintf("Her card is %s, with %s", c.words["tier"],
			plural(c.number["points"], "point"))
	}
	allows := "; we may not write to her unasked"
	if c.number["consent_marketing"] == 1 {
		allows = "; we may write to her"
	}
	fmt.Fprintln(t.out, card+allows+".")
}

// world tells in which world she lives, as far as that is not plain.
func (t *teller) world() {
	var off []string
	for i := range t.w.Channels {
		if t.w.IsOff(uint8(i + 1)) {
			off = append(off, spaced(t.w.Channels[i].Name))
		}
	}
	if len(off) > 0 {
		fmt.Fprintf(t.out, "There is no %s in this world; what is not served is not seen.\n",
			strings.Join(off, ", no "))
	}
	if on := t.w.Scenario.Behaving(); len(on) > 0 {
		fmt.Fprintln(t.out, "Probabilities are the chain's; her traits and the behaviors of this "+
			"scenario bend them. In brackets: the behavior behind what the chain does not do.")
	}
}

// feelings tells what nobody in production knows.
func (t *teller) feelings() {
	p := t.life.person
	if p.has("satisfaction") {
		felt := fmt.Sprintf("%+.1f", float64(p.number["satisfaction"])/1e4)
		if felt == "-0.0" || felt == "+0.0" {
			felt = "0.0"
		}
		fmt.Fprint(t.out, "In the end her satisfaction is "+felt)
		if class := p.words["nps_class"]; class != "" {
			fmt.Fprintf(t.out, "; asked, she would be a %s", class)
		}
		fmt.Fprintln(t.out, ".")
	}
	t.loyalty()
}

// loyalty tells when she stopped buying, seemed to, and came back, in the order of time.
func (t *teller) loyalty() {
	p := t.life.person
	stopped := "she stopped buying on %s"
	if len(model.PlanOf[model.ChurnPlan](t.w).Contracts) > 0 {
		stopped = "she cancelled on %s"
	}
	says := map[string]string{"churned_at": stopped,
		"dormant_at": "by %s her silence could be noticed", "won_back_at": "she came back on %s"}
	turns := slices.DeleteFunc([]string{"won_back_at", "churned_at", "dormant_at"},
		func(turn string) bool {
			return !p.has(turn) || turn == "dormant_at" && // a cancellation is no silence
				p.has("churned_at") && p.number[turn] == p.number["churned_at"]
		})
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

// events tells them all: those of one touch together, what nobody sought in passing. What comes
// between the events of a touch is told after it.
func (t *teller) events() {
	var touch, between []record
	flush := func() {
		if len(touch) > 0 {
			t.touched(touch)
		}
		for i, e := range between {
			if isPush(e) {
				t.pushed = append(t.pushed, e)
			} else {
				t.aside(e, between[i+1:])
			}
		}
		touch, between = nil, nil
	}
	for _, e := range t.life.events {
		if !e.has("journey_id") {
			between = append(between, e)
			continue
		}
		if len(touch) > 0 && !sameTouch(touch[len(touch)-1], e) {
			flush()
		} else if len(touch) == 0 {
			flush()
		}
		touch = append(touch, e)
	}
	flush()
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
	count := map[string]int{}
	for _, e := range t.pushed {
		count[passing(e)]++
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		if n := count[what]; n > 1 {
			what += fmt.Sprintf(" %d times", n)
		}
		parts = append(parts, what)
	}
	span := t.when(t.pushed[0])
	last := clock(t.zone, t.pushed[len(t.pushed)-1].number["event_time"], "2 Jan")
	if last != clock(t.zone, t.pushed[0].number["event_time"], "2 Jan") {
		span += " – " + last
	}
	fmt.Fprintf(t.out, "  %s  in passing she %s.\n", span, strings.Join(parts, ", "))
	t.pushed = nil
}

// passing says what a push is.
func passing(e record) string {
	channel := spaced(e.words["channel"])
	if e.words["event_type"] == "impression" {
		switch {
		case e.words["cause"] != "word_of_mouth":
			return "sees " + channel
		case e.words["touchpoint"] == "street":
			return "hears of the shop from an acquaintance"
		}
		return "sees what an acquaintance posts (" + channel + ")"
	}
	about := map[string]string{"cart": "a reminder of her cart", "churn": "a mail to win her back",
		"loyalty": "a reminder of what may be used up", "satisfaction": "a survey"}
	what := about[e.words["cause"]]
	if what == "" {
		what = "a message"
	}
	verb := "opens "
	if e.words["event_type"] == "send" {
		verb = "is sent "
	}
	return verb + what + " (" + channel + ")"
}

// spaced writes a name of the scenario as words.
func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// touched tells a touch of a journey, after the journey's header if it is the first.
func (t *teller) touched(events []record) {
	t.inPassing()
	if id := events[0].number["journey_id"]; id != t.journey {
		t.journey, t.memory = id, memory{}
		for n, j := range t.life.journeys {
			if inJourney(events[0], j) {
				t.unseen(n)
				t.header(n+1, j)
				t.told = n + 1
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
			ending = "buys (" + spaced(j.words["pattern"]) + "); over on " + end
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
	case "store_visit": // she goes on to another store
		return a.words["event_type"] == "stock_out" && a.words["store_id"] != b.words["store_id"] &&
			b.number["event_time"]-a.number["event_time"] < 2*pause
	case "click":
		return a.words["event_type"] == "impression" || a.words["event_type"] == "open"
	case "session_start":
		return a.words["event_type"] == "click"
	}
	return a.has("session_id") && a.number["session_id"] == b.number["session_id"] &&
		b.number["event_time"]-a.number["event_time"] < pause
}
