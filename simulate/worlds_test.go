package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
)

// worldOf compiles a scenario with some values set: pairs of a path and a value. Where it says
// nothing of the population nobody comes or goes, so that laws of lives are seen undisturbed.
func worldOf(t testing.TB, text string, sets ...string) *model.World {
	if !strings.Contains(text, "population:") {
		sets = append([]string{"population.stay_years", "1e6"}, sets...)
	}
	s, err := model.LoadBytes("test.yaml", []byte(text), nil, setsOf(sets)...)
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return compile(t, s)
}

// builtIn compiles a built-in scenario likewise.
func builtIn(t testing.TB, name string, sets ...string) *model.World {
	s, err := model.Load(name, scenarios.FS, setsOf(sets)...)
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, s)
}

func setsOf(pairs []string) []model.Set {
	var sets []model.Set
	for i := 0; i < len(pairs); i += 2 {
		sets = append(sets, model.Set{Path: pairs[i], Value: pairs[i+1], Flag: "--set"})
	}
	return sets
}

func compile(t testing.TB, s *model.Scenario) *model.World {
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// watch lives a world through, part by part and one part after the other.
func watch(t testing.TB, w *model.World, look func(*table.Batch)) {
	sink := observer(func(b *table.Batch) error {
		look(b)
		return nil
	})
	if err := ByPart(t.Context(), w, sink, Options{Workers: 1}); err != nil {
		t.Fatal(err)
	}
}

// An observer is a sink that looks and writes nothing.
type observer func(*table.Batch) error

func (o observer) Encode(b *table.Batch) (func() error, error) { return nil, o(b) }

// whole lives a world through and returns all of it as one batch.
func whole(t testing.TB, w *model.World) *table.Batch {
	all := table.NewBatch(w.Tables, 0)
	watch(t, w, func(b *table.Batch) { all.Append(w.Tables, b) })
	return all
}

// A contact is a touch as the events show it.
type contact struct {
	at             int64
	journey        int64
	person         int32 // their place, from 0
	stage, channel uint8 // from 1
}

// A history is the contacts of a world in the order of time, person by person at least, and all
// other tables.
type history struct {
	w        *model.World
	contacts []contact
	rest     *table.Batch
}

// historyOf lives a world through and finds its touches by the event that begins each: being shown
// something, opening a mail, coming into a store, calling, and on the web, where nothing is shown,
// the start of a session. Touches that continue a session have no such event; worlds that want
// to see them keep them more than half an hour apart.
func historyOf(t testing.TB, w *model.World) *history {
	h := &history{w: w, rest: table.NewBatch(w.Tables, 0)}
	shown := make([]bool, len(w.Channels)+1)
	for i, c := range w.Channels {
		shown[i+1] = c.Touchpoint.Digital() &&
			(c.Paid || c.Touchpoint == table.Inbox || c.Touchpoint == table.SocialFeed)
	}
	watch(t, w, func(b *table.Batch) {
		events := &b.Tables[table.TableEvents]
		cols := events.Cols
		for i := range events.Len {
			channel := uint8(cols[table.EventChannel].Code[i])
			switch cols[table.EventType].Code[i] {
			case table.Impression, table.MessageOpened, table.StoreVisit, table.Call:
			case table.SessionStart:
				if shown[channel] {
					continue
				}
			default:
				continue
			}
			h.contacts = append(h.contacts, contact{
				at: cols[table.EventTime].Int[i], journey: cols[table.EventJourney].Int[i],
				person: int32(placeOf(cols[table.EventPerson].Int[i]) - 1),
				stage:  uint8(cols[table.EventStage].Code[i]), channel: channel,
			})
		}
		events.Len = 0
		h.rest.Append(w.Tables, b)
	})
	return h
}

// A step is a contact with those before it in its journey.
type step struct {
	contact
	number       int // of the touch, from 0
	last, before contact
}

// steps calls f for every contact.
func (h *history) steps(f func(*step)) {
	at := make([]step, h.w.Customers)
	for _, c := range h.contacts {
		s := &at[c.person]
		if s.number == 0 || s.journey != c.journey {
			*s = step{}
		}
		s.before, s.last, s.contact = s.last, s.contact, c
		f(s)
		s.number++
	}
}

// column returns a column of whole numbers of a table other than events.
func (h *history) column(t table.TableID, name string) []int64 {
	return columnOf(h.w, h.rest, t, name).Int[:h.rest.Tables[t].Len]
}

// codes returns a column of codes likewise.
func (h *history) codes(t table.TableID, name string) []uint32 {
	return columnOf(h.w, h.rest, t, name).Code[:h.rest.Tables[t].Len]
}

func columnOf(w *model.World, b *table.Batch, t table.TableID, name string) *table.Vector {
	for i, c := range w.Tables[t].Columns {
		if c.Name == name {
			return &b.Tables[t].Cols[i]
		}
	}
	panic("no column " + name)
}

// A die makes random scenarios, the same for the same seed.
type die struct{ *rand.Rand }

// one returns one of several words.
func (d die) one(of ...string) string { return of[d.IntN(len(of))] }

// many returns some of several words, one at least, as a list of weights.
func (d die) weights(of ...string) string {
	sure := d.IntN(len(of))
	var parts []string
	for i, word := range of {
		if i == sure || d.IntN(2) == 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", word, 1+d.IntN(9)))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// law returns a law of time, mostly short, so that much happens in a day.
func (d die) law() string {
	return d.one("0d", "1s", "20min", "5h", "3d", "{exponential: {mean: 2h}}",
		"{lognormal: {median: 10min, sigma: 1.5}}", "{weibull: {scale: 1d, shape: 0.5}}",
		"{gamma: {mean: 2d, shape: 2}, min: 1h}", "{erlang: {mean: 6h, k: 3}}",
		"{mixture: [{share: 30%, exponential: {mean: 1min}}, "+
			"{share: 70%, lognormal: {median: 4d, sigma: 1}}]}")
}

// randomScenario writes a scenario of three to six channels and as many stages, in some zone and
// near some day on which something is unusual, whose people differ.
func randomScenario(seed uint64) string {
	d := die{rand.New(rand.NewPCG(seed, 1))}
	var s strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	line("customers: %d\ntown: %d\nseed: %d", 200+d.IntN(300), 100+d.IntN(200), d.Uint64()>>1)
	line("start: %s", d.one("2024-02-20", "2025-03-20", "2025-10-20", "2025-12-20"))
	line("days: %d\nwarmup: %d", 20+d.IntN(40), d.IntN(30))
	line("population: {stay_years: %s, %s, season: {mar: 3, apr: 0}, past: {orders: %s, known: 0.2}}",
		d.one("0.1", "0.5", "8", "1e6"), d.one("growth: 1", "growth: 0.2", "growth: 30, filled: 40%"),
		d.one("0", "0.3"))
	line("time_zone: %s", d.one("Europe/Rome", "UTC", "America/New_York", "Australia/Lord_Howe"))
	line("locale: %s", d.one("it-IT", "en"))
	line("needs: {per_year: %d, vary: %s, payday: {day: 27, days: 3, boost: 2}}",
		20+d.IntN(200), d.one("0", "0.8"))
	line("traits: {spread: {conversion: 0.5, price: 0.5, digital: %s, ads: 0.5, haste: 0.5}}",
		d.one("0", "1"))
	line("stores: {count: %d}", 1+d.IntN(30))
	line("orders: {lines: %d, quantity: 1.5, fulfilment: {ship: 1, collect: 1}}", 1+d.IntN(4))
	line("sessions: {pages: {browse: %d, cart: 2, order: 2}, store_visit: %s}", 1+d.IntN(8),
		d.law())
	line("catalogue: {categories: {a: {share: 1, products: %d, vat: 4%%}, "+
		"b: {share: 2, products: 7, price: 300}}}", 1+d.IntN(40))
	line("identity: {register: 20%%, login: %d%%, loyalty_card: 50%%}", d.IntN(101))

	channels := []string{"site"}
	line("channels:\n  site: {touchpoint: web, paid: %t}", d.IntN(2) == 0)
	for i := range 2 + d.IntN(4) {
		channels = append(channels, fmt.Sprintf("c%d", i))
		place := d.one("web", "app", "inbox", "store", "telephone", "social_feed", "street")
		line("  c%d: {touchpoint: %s, paid: %t%s%s}", i, place, d.IntN(2) == 0,
			d.one("", ", hours: 9-20", ", hours: 23-24", ", hours: {0: 1, 2: 5, 13: 1}"),
			d.one("", "", ", closed: [sun]", ", closed: [mon, tue, wed]"))
	}
	line("campaigns:\n  sale: {channel: %s, from: 2024-01-01, to: 2026-12-31, discount: %d%%}",
		d.one(channels...), d.IntN(60))
	line("segments:\n  plain: {share: 1, devices: {mobile: 1, desktop: 1, app: 1}}")
	line("  other:\n    share: 1\n    traits: {digital: 1}\n    journey:")
	d.journey(line, "      ", channels)
	line("journey:")
	d.journey(line, "  ", channels)
	return s.String()
}

// journey writes a journey in which every stage can be entered and left.
func (d die) journey(line func(string, ...any), indent string, channels []string) {
	n := 3 + d.IntN(4)
	stages := make([]string, n)
	for i := range stages {
		stages[i] = fmt.Sprintf("s%d", i)
	}
	line("%sstart: {s0: 3, %s: 1}\n%sstages:", indent, d.one(stages[1:]...), indent)
	for i, name := range stages {
		next := fmt.Sprintf("{%s: 6, %s: %d, leave: 3}", stages[(i+1)%n], stages[(i+2)%n],
			1+d.IntN(5))
		line("%s  %s: {part_of: consideration, does: %s, dwell: %s, next: %s}", indent, name,
			d.one("notice", "browse", "browse", "cart", "order", "engage"), d.law(), next)
	}
	line("%schannels:\n%s  start: %s", indent, indent, d.weights(channels...))
	for _, name := range channels {
		if d.IntN(2) == 0 {
			line("%s  %s: %s", indent, name, d.weights(channels...))
			line("%s  %s > %s: %s", indent, name, channels[0], d.weights(channels...))
		}
	}
}

// TestTheDearestGoodsAddUp: the spread of prices may be as wide as a scenario may say, and orders
// and points still fit their columns.
func TestTheDearestGoodsAddUp(t *testing.T) {
	w := builtIn(t, "fashion", "customers", "900", "days", "60",
		"catalogue.categories.dresses.price", "1e7", "catalogue.categories.dresses.sigma", "10")
	orders := 0
	err := ByPart(t.Context(), w, sinkFunc(func(b *table.Batch) error {
		rows := &b.Tables[table.TableOrders]
		for c, column := range w.Tables[table.TableOrders].Columns {
			for i := range rows.Len {
				if column.Kind == table.Decimal && rows.Cols[c].Int[i] < 0 {
					t.Fatalf("%s is %d", column.Name, rows.Cols[c].Int[i])
				}
			}
		}
		orders += rows.Len
		known := &b.Tables[table.TableCustomers]
		points := known.Cols[len(known.Cols)-1].Int[:known.Len]
		for _, n := range points {
			if n > math.MaxInt32 {
				t.Fatalf("%d points", n)
			}
		}
		return nil
	}), Options{Workers: 1})
	if err != nil || orders == 0 {
		t.Fatalf("%d orders: %v", orders, err)
	}
}

// TestEmailsKnowTheYear: the two digits that some people put after their name are of their birth
// date, also of those who were born before 1970.
func TestEmailsKnowTheYear(t *testing.T) {
	w := builtIn(t, "fashion", "customers", "3000", "days", "90")
	digits, old := regexp.MustCompile(`^[^.]+(?:\.[^.\d]+)?(\d\d)\.`), 0
	err := ByPart(t.Context(), w, sinkFunc(func(b *table.Batch) error {
		rows := &b.Tables[table.TableCustomers]
		for i := range rows.Len {
			email := rows.Cols[3].Text[i]
			born := time.Unix(rows.Cols[5].Int[i]*86400, 0).UTC()
			if m := digits.FindStringSubmatch(email); m != nil {
				if m[1] != born.Format("06") {
					t.Errorf("%s was born on %s", email, born.Format(time.DateOnly))
				}
				if born.Year() < 1970 {
					old++
				}
			}
		}
		return nil
	}), Options{Workers: 1})
	if err != nil || old == 0 {
		t.Fatalf("%d old ones: %v", old, err)
	}
}
