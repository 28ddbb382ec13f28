package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
)

func journeyCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "journey",
		Usage:     "tells one customer's story, with time, place and why",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso journey fashion --customer 17             person 17 of truth_people
  percorso journey fashion --pattern webrooming      who looked on line and bought in a shop
  percorso journey data --customer 17                the same person as in a dataset

Only her town is simulated. Why she did what she did is the rule of the scenario and its
probability, before her own traits bend it.`,
		Flags: append(scenarioFlags(),
			&cli.StringFlag{Name: "customer", Usage: "`N`, a person_id: from 1"},
			&cli.StringFlag{Name: "pattern", Usage: "find somebody with a journey of this `PATTERN`: " +
				"webrooming, showrooming, click_and_collect, pure_online, pure_store, multichannel"},
		),
		Action: func(c *cli.Context) error {
			w, err := worldOf(c)
			if err != nil {
				return err
			}
			id, err := whoseJourney(c.Context, w, c.String("customer"), c.String("pattern"))
			if err != nil {
				return err
			}
			l, err := newLife(c.Context, w, id)
			if err != nil {
				return err
			}
			return tell(con.stdout, w, l)
		},
	}
}

// whoseJourney reads --customer or finds somebody for --pattern.
func whoseJourney(ctx context.Context, w *model.World, customer, pattern string) (int, error) {
	patterns := w.Tables[model.TableTruthJourneys].Column("pattern").Vocab
	switch {
	case (customer == "") == (pattern == ""):
		return 0, misused("want --customer N or --pattern NAME, one of them")
	case customer != "":
		id, err := strconv.Atoi(customer)
		if err != nil || id < 1 || id > w.Customers {
			return 0, misused("--customer %s: want a whole number from 1 to %d", customer, w.Customers)
		}
		return id, nil
	case !slices.Contains(patterns, pattern):
		return 0, misused("unknown pattern %q%s, want %s",
			pattern, model.Nearest(pattern, patterns), list(patterns))
	}
	return findPattern(ctx, w, pattern)
}

// A teller writes a life in plain sentences.
type teller struct {
	out  io.Writer
	w    *model.World
	life *life
	zone *time.Location
}

// tell writes who she is and then her journeys, touch by touch.
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
		t.journey(n+1, j)
	}
	if len(l.journeys) == 0 {
		fmt.Fprintln(out, "\nNothing happened to her in these days.")
	}
	return nil
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
			clock(t.zone, c.number["known_since"], "2 January 2006"), known[c.words["known_by"]])
	}
}

func (t *teller) money(cents int64) string {
	return fmt.Sprintf("%d.%02d %s", cents/100, cents%100, t.w.Scenario.Currency)
}

// journey tells one journey: how it went, then each touch of it.
func (t *teller) journey(n int, j record) {
	ending := "is still under way at " + j.words["last_stage"]
	if j.has("end_time") {
		end := clock(t.zone, j.number["end_time"], "2 January 2006")
		ending = "gives up at " + j.words["last_stage"] + ", on " + end
		if j.words["outcome"] == "purchased" {
			ending = "buys (" + strings.ReplaceAll(j.words["pattern"], "_", " ") + "); over on " + end
		}
	}
	fmt.Fprintf(t.out, "\nJourney %d: %s. She %s.\n", n, j.words["category"], ending)
	var touch []record
	memory := &memory{}
	for _, e := range t.life.events {
		if e.words["cause"] != "order" && e.number["journey_id"] != j.number["journey_id"] {
			continue
		}
		if len(touch) > 0 && !sameTouch(touch[len(touch)-1], e) {
			t.touch(touch, memory)
			touch = nil
		}
		if e.words["cause"] != "order" {
			touch = append(touch, e)
		} else if t.orderedIn(j, e) {
			t.parcel(e)
		}
	}
	if len(touch) > 0 {
		t.touch(touch, memory)
	}
	if len(touch) == 0 && memory.stage == "" {
		fmt.Fprintln(t.out, "  All of it was before the first day.")
	}
}

// sameTouch says whether two events in a row are of one touch: the same stage, and near.
func sameTouch(a, b record) bool {
	const pause = 20 * 60 * 1_000_000
	if b.words["cause"] == "order" || a.words["stage"] != b.words["stage"] {
		return false
	}
	switch b.words["event_type"] {
	case "purchase":
		return true
	case "click":
		return a.words["event_type"] == "impression" || a.words["event_type"] == "open"
	case "session_start":
		return a.words["event_type"] == "click"
	}
	return a.has("session_id") && a.number["session_id"] == b.number["session_id"] &&
		b.number["event_time"]-a.number["event_time"] < pause
}

// orderedIn says whether the order of a parcel was placed in a journey.
func (t *teller) orderedIn(j, parcel record) bool {
	return slices.ContainsFunc(t.life.events, func(e record) bool {
		return e.words["event_type"] == "purchase" &&
			e.number["order_id"] == parcel.number["order_id"] &&
			e.number["journey_id"] == j.number["journey_id"]
	})
}

func (t *teller) parcel(e record) {
	what := "The parcel arrives."
	if e.words["event_type"] == "collection" {
		what = "She collects the order at store " + e.words["store_id"] + "."
	}
	fmt.Fprintf(t.out, "  %s  %s\n", t.when(e), what)
}

func (t *teller) when(e record) string {
	return clock(t.zone, e.number["event_time"], "Mon 2 Jan 15:04")
}

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
