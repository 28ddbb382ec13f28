package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["advertising"] = anyAdvertising
}

func anyAdvertising(d die) string {
	channel := func(name, more string) string {
		effects := fmt.Sprintf("{need: %s, stage: %s, choice: {brand_search: %s}, click: %s, "+
			"conversion: %s, basket: %s, churn: 0.3}", d.one("0", "0.4", "-0.2"), d.one("0", "1"),
			d.one("0", "1"), d.one("0", "0.5"), d.one("0", "0.5"), d.one("0", "0.7"))
		return fmt.Sprintf("%s: {reach: %d%%, cap: %d, cap_week: %d, target: %s, memory: %s, half: %s, "+
			"shape: %s, fresh: %d, wear_out: 20%%, cost: {%s: 2.50}, effects: %s%s}", name, d.IntN(90),
			1+d.IntN(4), 1+d.IntN(20), d.one("0", "1", "-1", "3"), d.one("1h", "3d", "60d"),
			d.one("0.5", "4"), d.one("0.5", "1", "3"), d.IntN(9), d.one("cpm", "cpc", "piece"),
			effects, more)
	}
	return "{channels: {" + channel("tv", "") + ", " +
		channel("display", d.one("", ", after: 14d", ", clicks: 5%")) + ", " +
		channel("paid_social", d.one("", ", clicks: 2%")) + ", " +
		channel("email", d.one("", ", clicks: 2%, opens: 30%")) + ", " +
		channel("push", d.one(", subscribers: true", ", clicks: 2%, opens: 30%")) + ", " +
		"brand_search: {cost: {cpc: 0.7}}}}"
}

// walls are two kinds of adverts that people pass on every day, and a shop to which they seldom go,
// in a zone whose days are those of UTC.
const walls = `
customers: 20_000
days: 60
time_zone: UTC
needs: {per_year: 0.01}
channels:
  wall: {touchpoint: street, paid: true, hours: 0-24, without: not_served}
  site: {touchpoint: street, paid: true, hours: 0-24, without: not_served}
  shop: {touchpoint: street, hours: 0-24}
journey:
  stages: {awareness: {dwell: 0d, next: {leave: 100%}}}
  channels: {start: {shop: 1}}
behaviors: {advertising: {channels: `

// passers counts the days of people with so many contacts: at [a][b] with a of the wall, b of the
// site. More than three are three.
func passers(t *testing.T, w *model.World) (counts [4][4]int) {
	days := map[[2]int64]*[2]int{}
	watch(t, w, func(b *table.Batch) {
		events := &b.Tables[table.TableEvents]
		for i := range events.Len {
			name := w.Channels[events.Cols[table.EventChannel].Code[i]-1].Name
			if name == "shop" {
				continue
			}
			day, _ := w.DayOf(events.Cols[table.EventTime].Int[i])
			key := [2]int64{events.Cols[table.EventPerson].Int[i], int64(day)}
			if days[key] == nil {
				days[key] = new([2]int)
			}
			days[key][strings.Index("wall site", name)/5]++
		}
	})
	for _, n := range days {
		counts[min(n[0], 3)][min(n[1], 3)]++
	}
	counts[0][0] = w.Customers*w.Days - len(days)
	return counts
}

// TestReach: the contacts of a person and a day are Poisson, so that somebody meets a channel of
// reach r with 1 - exp(-r), and one channel independently of the other. Mutants reach 2 % more.
func TestReach(t *testing.T) {
	t.Parallel()
	const channels = "{wall: {reach: %s, cap: 8, cap_week: 56}, " +
		"site: {reach: 10%%, cap: 8, cap_week: 56}}}}\n"
	reached := claim[*model.World](func(w *model.World) float64 {
		counts, weights := passers(t, w), []float64{}
		a, b := distuv.Poisson{Lambda: 0.2}, distuv.Poisson{Lambda: 0.1}
		part := func(law distuv.Poisson, n int) float64 {
			if n == 3 {
				return law.Survival(2)
			}
			return law.Prob(float64(n))
		}
		var flat []int
		for i := range counts {
			for j := range counts[i] {
				flat = append(flat, counts[i][j])
				weights = append(weights, part(a, i)*part(b, j))
			}
		}
		return chiSquare(flat, weights)
	})
	reached.holds(t, "reach", worldOf(t, walls+fmt.Sprintf(channels, "20%")))
	reached.failsIn(t, "2 % more", worldOf(t, walls+fmt.Sprintf(channels, "20.4%")))
	capped := passers(t, worldOf(t, walls+"{wall: {reach: 90%, cap: 2, cap_week: 3}}}}\n",
		"days", "7"))
	if people := capped[1][0] + 2*capped[2][0]; capped[3][0] > 0 || people > 3*20_000 ||
		people < 29*2_000 {
		t.Errorf("capped at 2 a day and 3 a week: %v in a week", capped)
	}
}

// TestWhatContactsLeaveBehind: carry-over, weeks, Hill's curve and Poisson numbers against their
// formulas.
func TestWhatContactsLeaveBehind(t *testing.T) {
	t.Parallel()
	w := worldOf(t, walls+"{wall: {memory: 5d, half: 2.5, shape: 1.7}}}}\n")
	c := &model.PlanOf[model.AdvertisingPlan](w).Channels[0]
	m, left := goodwill{day: noDay}, 0.0
	for day, n := range []int{2, 0, 1, 0, 0, 0, 0, 8, 0, 1, 0, 0, 3} {
		left *= math.Exp2(-1.0 / 5)
		for range n {
			m.add(day, m.until(day), true, c)
			left++
		}
		if got := float64(m.on(day, c)) / oneContact; math.Abs(got-left) > 1e-3 {
			t.Errorf("day %d: %g is left, want %g", day, got, left)
		}
		g := math.Pow(left, 1.7)
		want := g / (g + math.Pow(2.5, 1.7))
		if got := float64(c.Hill(m.on(day, c))) / (1 << 32); math.Abs(got-want) > 1e-3 {
			t.Errorf("day %d: f = %g, want %g", day, got, want)
		}
	}
	if got := week(m.until(12)); got != 12 { // days 6 to 12: 8, 1 and 3
		t.Errorf("%d contacts in seven days, want 12", got)
	}
	if got := week(m.until(19)); got != 0 || m.on(12+len(c.Decay)+1, c) != 0 {
		t.Errorf("%d contacts a week later", got)
	}
	for _, rate := range []float64{0.01, 0.7, 12, 20} {
		law := distuv.Poisson{Lambda: rate}
		fixed := uint64(rate * (1 << 32))
		none := quiet(fixed)
		for _, u := range []float64{0.3, 0.9, 0.9999, 0.999999} {
			want := 0
			for law.CDF(float64(want)) <= u {
				want++
			}
			got := 0
			if x := uint64(u * (1 << 63) * 2); x >= none {
				got = contacts(x, &mean{rate: fixed, none: none})
			}
			if got != want {
				t.Errorf("Poisson of %g at %g: %d, want %d", rate, u, got, want)
			}
		}
	}
}

// looking are people half of whose time is journeys of two days, with a wall that aims at them.
const looking = `
customers: 10_000
days: 90
warmup: 10
time_zone: UTC
needs: {per_year: 90}
traits: {spread: {need: 0.4, ads: 0.5}, correlate: [{of: [need, ads], is: 0.5}]}
channels:
  wall: {touchpoint: street, paid: true, hours: 0-24, without: not_served}
  shop: {touchpoint: store, hours: 0-24}
journey:
  stages: {awareness: {dwell: 2d, next: {leave: 100%}}}
  channels: {start: {shop: 1}}
behaviors: {advertising: {channels: {wall: {reach: 20%, cap: 8, cap_week: 56, target: TARGET}}}}
`

// TestTargeting: on a journey contacts are e^(0.6 τ) times as likely, given who it is; and their
// average is the reach. A mutant aims a tenth less.
func TestTargeting(t *testing.T) {
	t.Parallel()
	aimed := claim[*model.World](func(w *model.World) float64 {
		all := whole(t, w)
		journeys := map[int64][][2]int64{}
		column := func(name string) []int64 {
			return columnOf(w, all, table.TableTruthJourneys, name).Int
		}
		person, start, end := column("person_id"), column("started_at"), column("ended_at")
		for i := range all.Tables[table.TableTruthJourneys].Len {
			to := end[i]
			if to == table.Null {
				to = math.MaxInt64
			}
			journeys[person[i]] = append(journeys[person[i]], [2]int64{start[i], to})
		}
		met := make([][]int, w.Customers+1)
		for id := range met {
			met[id] = make([]int, w.Days)
		}
		events, n := &all.Tables[table.TableEvents], 0
		for i := range events.Len {
			if events.Cols[table.EventType].Code[i] == table.Impression {
				day, _ := w.DayOf(events.Cols[table.EventTime].Int[i])
				met[events.Cols[table.EventPerson].Int[i]][day]++
				n++
			}
		}
		if mean := float64(n) / float64(w.Customers*w.Days); math.Abs(mean-0.2) > 0.2*0.02 {
			t.Errorf("%g contacts a day on average, want 0.2 within 2 %%", mean)
		}
		// Of all contacts of a person, those on days on journeys are binomial.
		sum, variance := 0.0, 0.0
		for id := 1; id <= w.Customers; id++ {
			contacts, days := [2]int{}, [2]int{}
			for day := range w.Days {
				busy := 0
				for _, j := range journeys[int64(id)] {
					if at := w.Midnight[day+w.Warmup]; j[0] < at && at < j[1] {
						busy = 1
					}
				}
				days[busy]++
				contacts[busy] += met[id][day]
			}
			p := float64(days[1]) * math.Exp(0.6)
			p /= p + float64(days[0])
			all := float64(contacts[0] + contacts[1])
			sum += float64(contacts[1]) - all*p
			variance += all * p * (1 - p)
		}
		return twoSided(sum / math.Sqrt(variance))
	})
	aimed.holds(t, "e^0.6", worldOf(t, strings.Replace(looking, "TARGET", "1", 1)))
	aimed.failsIn(t, "e^0.54", worldOf(t, strings.Replace(looking, "TARGET", "0.9", 1)))
}

// TestNeedsAreRaised: after a first contact, which is as good as any number, the hazard of needs
// is e^κ times that before. A mutant has a κ of 0.95.
func TestNeedsAreRaised(t *testing.T) {
	t.Parallel()
	const text = "{wall: {reach: 3%%, memory: 365d, half: 0.0001, effects: {need: %s}}}}}\n"
	effect := 1.0
	raised := claim[*model.World](func(w *model.World) float64 {
		all := whole(t, w)
		first := make([]int, w.Customers+1)
		for id := range first {
			first[id] = w.Days
		}
		events := &all.Tables[table.TableEvents]
		felt, days := [2]float64{}, [2]float64{}
		for _, wanted := range []string{"wall", "shop"} {
			for i := range events.Len {
				if w.Channels[events.Cols[table.EventChannel].Code[i]-1].Name != wanted {
					continue
				}
				day, _ := w.DayOf(events.Cols[table.EventTime].Int[i])
				id := events.Cols[table.EventPerson].Int[i]
				switch {
				case wanted == "wall":
					first[id] = min(first[id], day)
				case day > first[id]:
					felt[1]++
				default:
					felt[0]++
				}
			}
		}
		for _, day := range first[1:] {
			days[0] += float64(min(day+1, w.Days))
			days[1] += float64(max(w.Days-day-1, 0))
		}
		hazard := func(i int) float64 { return -math.Log(1 - felt[i]/days[i]) }
		return twoSided((math.Log(hazard(1)/hazard(0)) - effect) / math.Sqrt(1/felt[0]+1/felt[1]))
	})
	raised.holds(t, "e", worldOf(t, walls+fmt.Sprintf(text, "1"), "needs.per_year", "30"))
	raised.failsIn(t, "e^0.95", worldOf(t, walls+fmt.Sprintf(text, "0.95"), "needs.per_year", "30"))
	effect = 0.5
	raised.holds(t, "√e", worldOf(t, walls+fmt.Sprintf(text, "0.5"), "needs.per_year", "30"))
	raised.failsIn(t, "e^0.43", worldOf(t, walls+fmt.Sprintf(text, "0.43"), "needs.per_year", "30"))
	effect = -0.5
	raised.holds(t, "1/√e", worldOf(t, walls+fmt.Sprintf(text, "-0.5"), "needs.per_year", "30"))
	raised.failsIn(t, "e^-0.4", worldOf(t, walls+fmt.Sprintf(text, "-0.4"), "needs.per_year", "30"))
}

// TestStagesAreHastened: with an effect of ln 2, what is left of a stage at the first contact takes
// half the time, if that is not on the day on which the stage began.
func TestStagesAreHastened(t *testing.T) {
	t.Parallel()
	w := worldOf(t, walls+"{wall: {reach: 4%, cap: 1, half: 0.0001, memory: 365d, "+
		"effects: {stage: 0.69314718}}}}}\n",
		"needs.per_year", "12", "journey.stages.awareness.dwell", "10d", "customers", "3_000")
	all := whole(t, w)
	contacts := map[int64][]int64{}
	events := &all.Tables[table.TableEvents]
	for i := range events.Len {
		if w.Channels[events.Cols[table.EventChannel].Code[i]-1].Name == "wall" {
			id := events.Cols[table.EventPerson].Int[i]
			contacts[id] = append(contacts[id], events.Cols[table.EventTime].Int[i])
		}
	}
	column := func(name string) []int64 {
		return columnOf(w, all, table.TableTruthJourneys, name).Int
	}
	person, start, end := column("person_id"), column("started_at"), column("ended_at")
	const day = 24 * 3600 * second
	const long = 10 * day
	hastened := 0
	for i := range all.Tables[table.TableTruthJourneys].Len {
		want := start[i] + long
		for k, at := range contacts[person[i]] {
			if k == 0 && at/day > start[i]/day && at < want {
				want = at + (want-at)/2
				hastened++
			}
		}
		if end[i] != table.Null && math.Abs(float64(end[i]-want)) > 1e-4*long {
			t.Errorf("journey %d ends after %g days, want %g", i, float64(end[i]-start[i])/long*10,
				float64(want-start[i])/long*10)
		}
	}
	if hastened < 200 {
		t.Errorf("only %d journeys are hastened", hastened)
	}
}

// choosing are journeys of one or two stages through one of two channels, after a month of
// contacts.
const choosing = `
customers: 10_000
days: 40
warmup: 30
time_zone: UTC
needs: {per_year: 80}
orders: {lines: 2}
channels:
  wall: {touchpoint: street, paid: true, hours: 0-24, without: not_served}
  shop: {touchpoint: store, hours: 0-24}
  mall: {touchpoint: store, hours: 0-24}
journey:
  stages:
    awareness: {dwell: 1h, next: {purchase: 30%, leave: 70%}}
    purchase: {dwell: 0d, next: {leave: 100%}}
  channels: {start: {shop: 50, mall: 50}}
behaviors:
  advertising:
    channels: {wall: {reach: 30%, cap: 1, memory: 365d, half: 0.0001, effects: EFFECTS}}
`

// TestChoicesAreBent: channels, conversion and baskets follow their log-weights. Mutants have
// a tenth less of each.
func TestChoicesAreBent(t *testing.T) {
	t.Parallel()
	bent := func(w *model.World) (mall, bought, lines float64) {
		all := whole(t, w)
		counts := map[string]int{}
		events := &all.Tables[table.TableEvents]
		for i := range events.Len {
			if events.Cols[table.EventType].Code[i] == table.StoreVisit {
				counts[w.Channels[events.Cols[table.EventChannel].Code[i]-1].Name]++
			}
		}
		odds := math.E
		mall = chiSquare([]int{counts["mall"], counts["shop"]}, []float64{odds, 1})
		outcomes := []int{0, 0}
		codes := columnOf(w, all, table.TableTruthJourneys, "outcome").Code
		for i := range all.Tables[table.TableTruthJourneys].Len {
			if codes[i] <= table.OutcomeGaveUp {
				outcomes[codes[i]-1]++
			}
		}
		bought = chiSquare(outcomes, []float64{0.3 * odds, 0.7})
		// There are so many products that nobody wants one twice: the lines beyond the first are
		// Poisson of mean e^0.5.
		pieces := make([]int, maxLines)
		order := columnOf(w, all, table.TableOrderLines, "order_id").Int
		wanted := map[int64]int{}
		for i := range all.Tables[table.TableOrderLines].Len {
			wanted[order[i]]++
		}
		law, weights := distuv.Poisson{Lambda: math.Exp(0.5)}, make([]float64, maxLines)
		for n := range weights {
			weights[n] = law.Prob(float64(n))
		}
		for _, n := range wanted {
			pieces[n-1]++
		}
		return mall, bought, chiSquare(pieces, weights)
	}
	with := func(effects string) *model.World {
		return worldOf(t, strings.Replace(choosing, "EFFECTS", effects, 1),
			"catalogue.categories.goods.products", "5_000", "catalogue.zipf", "0")
	}
	mall, bought, lines := bent(with("{choice: {mall: 1}, conversion: 1, basket: 0.5}"))
	if p := min(mall, bought, lines); p < alpha {
		t.Errorf("choice %g, conversion %g, basket %g", mall, bought, lines)
	}
	mall, bought, lines = bent(with("{choice: {mall: 0.9}, conversion: 0.9, basket: 0.45}"))
	if p := max(mall, bought, lines); p >= alpha {
		t.Errorf("a mutant goes unnoticed: choice %g, conversion %g, basket %g", mall, bought, lines)
	}
}

// TestWearOut: each contact of the last week beyond the fresh ones takes off its part.
func TestWearOut(t *testing.T) {
	t.Parallel()
	w := worldOf(t, walls+"{wall: {fresh: 3, wear_out: 20%, half: 0.0001, memory: 365d, "+
		"effects: {churn: 1, need: 0.5}}}}}\n")
	rec := newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256)
	town := newTown(rec, 0)
	p := &town.people[0]
	a := behaving[*advertising](town)
	for day := range 9 {
		town.day = day
		left := math.Pow(0.8, float64(max(min(day, 7)-3, 0)))
		if day == 0 {
			left = 0
		}
		want := draw.NatLog(left)
		if got := a.keeps(p); math.Abs(float64(got-want)) > 1e-3*float64(draw.One) {
			t.Errorf("day %d: %d of %d", day, got, want)
		}
		m := a.goodwill(p, 0)
		m.add(day, m.until(day), true, &a.plan.Channels[0])
	}
	if want := draw.NatLog(0.5); w.NeedBound != want {
		t.Errorf("needs are bounded by %d, want %d", w.NeedBound, want)
	}
}

// TestContactsAreFollowed: a tenth of them, and with an effect of ln 2 on clicks a fifth, once
// there was a contact before. A mutant has 4 % more.
func TestContactsAreFollowed(t *testing.T) {
	t.Parallel()
	followed := claim[*model.World](func(w *model.World) float64 {
		met, counts := map[int64]bool{}, []int{0, 0}
		watch(t, w, func(b *table.Batch) {
			cols := b.Tables[table.TableEvents].Cols
			for i := range b.Tables[table.TableEvents].Len {
				id := cols[table.EventPerson].Int[i]
				if cols[table.EventType].Code[i] != table.Impression {
					continue
				}
				if met[id] && cols[table.EventJourney].Int[i] == table.Null {
					counts[0]++
				} else if met[id] {
					counts[1]++
				}
				met[id] = true
			}
		})
		return chiSquare(counts, []float64{0.8, 0.2})
	})
	const text = `
customers: 10_000
days: 60
needs: {per_year: 0.001}
channels: {site: {touchpoint: web, paid: true}}
journey:
  stages: {consideration: {dwell: 0d, next: {leave: 100%}}}
  channels: {start: {site: 1}}
behaviors:
  advertising:
    channels:
      site: {reach: 40%, cap: 1, clicks: 10%, half: 1e-4, memory: 365d, effects: {click: 0.6931}}
`
	followed.holds(t, "a fifth", worldOf(t, text))
	followed.failsIn(t, "4 % more", worldOf(t, text,
		"behaviors.advertising.channels.site.clicks", "10.4%"))
}

// TestWhoIsReached: retargeting only those who came in the last days, mails only those who may be
// written to, of which as many are opened as should; and never on a channel that is closed.
func TestWhoIsReached(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith("{advertising: {channels: {display: {reach: 30%, after: 14d}, "+
		"email: {reach: 30%, opens: 25%}, store: {reach: 10%}}}}"),
		"customers", "2_000", "warmup", "0", "campaigns", "off")
	c := censusOf(w, whole(t, w))
	allows := map[int64]bool{}
	for i, id := range c.ints(table.TableCustomers, "user_id") {
		allows[id] = c.ints(table.TableCustomers, "has_marketing_consent")[i] == 1
	}
	visited, counts := map[int64]int{}, map[uint32]int{}
	for _, e := range c.events { // by person and time
		day, _ := w.DayOf(e.at)
		if e.session != table.Null {
			visited[e.person] = day
		}
		if e.journey != table.Null || e.kind == table.Delivery || e.kind == table.Pickup {
			continue
		}
		counts[e.kind]++
		last, came := visited[e.person]
		switch {
		case e.kind == table.Impression && w.Channels[e.channel-1].Name == "display" &&
			(!came || last < day-14):
			t.Errorf("person %d is retargeted on day %d, came on %d", e.person, day, last)
		case e.place == uint32(table.Inbox) && e.user != table.Null && !allows[e.user]:
			t.Errorf("person %d is written to", e.person)
		}
	}
	sent, opened := float64(counts[table.MessageSent]), float64(counts[table.MessageOpened])
	// A few are sent too late to be opened on the day.
	if sent < 5_000 || math.Abs(opened/sent-0.25) > 0.005+5*math.Sqrt(0.25*0.75/sent) {
		t.Errorf("%g of %g messages are opened", opened, sent)
	}
	if err := contactsAreInHours(c); err != nil {
		t.Error(err)
	}
}

// spendIsCounted: contacts and clicks are those of the events, cost is what they cost in whole
// cents, a budget is never exceeded, and nothing is spent on a channel that is off.
func spendIsCounted(c *census) error {
	type row struct{ day, campaign, channel, town int64 }
	contacts, clicks := map[row]int64{}, map[row]int64{}
	cols := c.all.Tables[table.TableEvents].Cols
	for i := range c.all.Tables[table.TableEvents].Len {
		channel := cols[table.EventChannel].Code[i]
		if model.PlanOf[model.AdvertisingPlan](c.w).Place[channel-1] == 0 {
			continue
		}
		day, _ := c.w.DayOf(cols[table.EventTime].Int[i])
		at := row{int64(day), int64(cols[table.EventCampaign].Code[i]), int64(channel),
			(cols[table.EventPerson].Int[i]-1)/int64(c.w.TownSize) + 1}
		switch cols[table.EventType].Code[i] {
		case table.Impression, table.MessageSent, table.MessageBounced:
			contacts[at]++
		case table.Click:
			clicks[at]++
		}
	}
	date, campaign := c.ints(table.TableSpend, "spend_date"), c.codes(table.TableSpend, "campaign_id")
	channel, town := c.codes(table.TableSpend, "channel"), c.ints(table.TableSpend, "town")
	cost := c.ints(table.TableSpend, "cost")
	paid, worth := map[row]int64{}, map[row]int64{}
	for i := range date {
		at := row{date[i] - c.w.Scenario.Start.Days(), int64(campaign[i]), int64(channel[i]), town[i]}
		shown := c.ints(table.TableSpend, "impressions")[i]
		followed := c.ints(table.TableSpend, "clicks")[i]
		if contacts[at] != shown || clicks[at] != followed || c.w.IsOff(uint8(channel[i])) {
			return fmt.Errorf("%+v: %d contacts and %d clicks, events have %d and %d", at, shown,
				followed, contacts[at], clicks[at])
		}
		delete(contacts, at)
		delete(clicks, at)
		adverts := model.PlanOf[model.AdvertisingPlan](c.w)
		place, day := int(adverts.Place[channel[i]-1])-1, int(at.day)
		at.day = 0
		paid[at] += cost[i]
		worth[at] += adverts.Cost(c.w, place, day, shown, followed)
	}
	if len(contacts)+len(clicks) > 0 {
		return fmt.Errorf("nothing is spent on %v, %v", contacts, clicks)
	}
	whole := map[int64]int64{}
	for at, cents := range paid {
		whole[at.campaign] += cents
		budget := int64(0)
		if at.campaign > 0 {
			budget = c.w.Campaigns[at.campaign-1].Budget
		}
		// What the warm-up has left of a cent may come in addition.
		if exact := worth[at] / 1000; cents > exact+1 || budget == 0 && cents < exact {
			return fmt.Errorf("%+v: %d cents for what costs %d/1000", at, cents, worth[at])
		}
		if budget > 0 && whole[at.campaign] > budget {
			return fmt.Errorf("campaign %d: %d of %d cents", at.campaign, whole[at.campaign], budget)
		}
	}
	return nil
}

// TestSpendIsCounted in worlds of any advertising, of which some are without a channel; rows that
// are not right are noticed.
func TestSpendIsCounted(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		block := anyAdvertising(die{rand.New(rand.NewPCG(seed, 5))})
		w := worldOf(t, bazaarWith("{advertising: "+block+"}"), "customers", "600",
			"town", "200", "days", "60", "warmup", "10")
		if seed == 3 {
			w = without(t, w, "display", "tv")
		}
		c := censusOf(w, whole(t, w))
		if err := spendIsCounted(c); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		for _, column := range []string{"impressions", "clicks", "cost", "town"} {
			c.ints(table.TableSpend, column)[7] += 2
			if spendIsCounted(c) == nil {
				t.Errorf("seed %d: nobody notices other %s", seed, column)
			}
			c.ints(table.TableSpend, column)[7] -= 2
		}
	}
}

// TestBudgetsAreSpent: on what they buy, and never more; without money of its own a campaign names
// what its channel does anyway.
func TestBudgetsAreSpent(t *testing.T) {
	t.Parallel()
	w := worldOf(t, walls+`{wall: {reach: 1%, cost: {cpm: 10}},
  site: {reach: 5%, cost: {piece: 0.10}}}}}
campaigns:
  loud: {channel: wall, from: 2025-01-11, to: 2025-01-30, budget: 400}
  mute: {channel: site, from: 2025-01-11, to: 2025-01-30}
`, "town", "300", "behaviors.advertising.market", "20_000")
	c := censusOf(w, whole(t, w))
	spent := map[string]int64{}
	code := c.codes(table.TableSpend, "campaign_id")
	for i, cents := range c.ints(table.TableSpend, "cost") {
		name := ""
		if code[i] > 0 {
			name = w.Campaigns[code[i]-1].Name
		}
		spent[name] += cents
	}
	// 40,000 contacts of 1 cent, less those at the end of which a town has no money left, with a
	// standard deviation of 2 % of a town's; 20,000 contacts of 10 cents, within five of theirs.
	if spent["loud"] > 40_000 || spent["loud"] < 37_000 {
		t.Errorf("%d of 40,000 cents are spent", spent["loud"])
	}
	if math.Abs(float64(spent["mute"])-200_000) > 5*10*math.Sqrt(20_000) {
		t.Errorf("%d cents, want about 200,000", spent["mute"])
	}
}

// TestAdvertisingLeavesTheUntouchedAlone: in a world without some channels, customers who never met
// one of them have the same rows.
func TestAdvertisingLeavesTheUntouchedAlone(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith(`{advertising: {channels: {
  tv: {reach: 1%, target: 1, effects: {need: 1, choice: {brand_search: 1}}},
  display: {reach: 1%, after: 14d, clicks: 10%, cost: {piece: 99},
            effects: {stage: 1, conversion: 1}},
  paid_social: {reach: 1%, clicks: 10%, effects: {need: 1, basket: 1}},
  email: {reach: 5%, clicks: 10%, cost: {piece: 99}, effects: {need: 1}}}}}`),
		"customers", "2_000", "warmup", "0")
	factual := portraitsOf(t, w)
	for _, off := range [][]string{{"tv"}, {"display"}, {"email", "paid_social"}} {
		other, met := portraitsOf(t, without(t, w, off...)), factual.met(off...)
		touched, untouched := factual.changed(other, met)
		if touched < 100 || untouched > 0 {
			t.Errorf("without %v: %d changed who met it, %d who did not", off, touched, untouched)
		}
		for person, is := range other.met(off...) {
			if is {
				t.Fatalf("person %d meets %v, which is off", person, off)
			}
		}
	}
}

// TestTheNullWorld: without any of its pushed channels, nothing is missing from the null scenario
// but their contacts and what they cost; without paid search as well, everything is still bought at
// the same moment for the same money, and only comes through another channel.
func TestTheNullWorld(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "null", "customers", "1_500", "days", "90", "town", "500")
	pushed := []string{"display", "email", "out_of_home", "paid_social", "retargeting", "tv"}
	rows := func(w *model.World) (lines, orders []string, contacts int) {
		all := whole(t, w)
		for of := range w.Tables {
			if table.TableID(of) == table.TableSpend {
				continue
			}
			for i := range all.Tables[of].Len {
				events := all.Tables[table.TableEvents].Cols
				if table.TableID(of) == table.TableEvents && slices.Contains(pushed,
					w.Channels[events[table.EventChannel].Code[i]-1].Name) {
					contacts++
					continue
				}
				line := w.Tables[of].Name + " " +
					string(appendRow(nil, w.Tables[of].Columns, &all.Tables[of], i))
				line, _ = cutBefore(line)
				lines = append(lines, line)
				switch table.TableID(of) {
				case table.TableEvents, table.TableCarts, table.TableTruthIdentity:
				case table.TableOrders: // but for the channel
					line = strings.Replace(line, "|organic_search|", "|paid_search|", 1)
					line = regexp.MustCompile(`\|search_\d+\|`).ReplaceAllString(line, "||")
					orders = append(orders, line)
				default:
					orders = append(orders, line)
				}
			}
		}
		return lines, orders, contacts
	}
	lines, orders, contacts := rows(w)
	if contacts < 1_500*40 || len(orders) < 100 {
		t.Fatalf("%d contacts, %d orders", contacts, len(orders))
	}
	for _, off := range [][]string{{"tv"}, {"retargeting", "email"}, pushed} {
		other, _, fewer := rows(without(t, w, off...))
		if !slices.Equal(lines, other) || fewer >= contacts {
			t.Errorf("without %v: %d of %d contacts, other rows the same: %t", off, fewer, contacts,
				slices.Equal(lines, other))
		}
	}
	_, other, _ := rows(without(t, w, append(pushed, "paid_search")...))
	if !slices.Equal(orders, other) {
		t.Errorf("without paid search: %d rows of orders, journeys and people of %d, or others",
			len(other), len(orders))
	}
	tuned := builtIn(t, "null", "customers", "1_500", "days", "90", "town", "500",
		"behaviors.advertising.channels.tv.effects.need", "0.1")
	if has, _, _ := rows(tuned); slices.Equal(lines, has) {
		t.Error("an effect of 0.1 goes unnoticed")
	}
}

// advertised is fashion with six channels that are not asked for.
func advertised(t testing.TB, customers, days int) *model.World {
	return builtIn(t, "fashion", "customers", fmt.Sprint(customers), "days", fmt.Sprint(days),
		"campaigns", "off", "behaviors", "off", "behaviors.advertising.channels", `{
display: {reach: 7%, target: 1, cost: {cpm: 3}, effects: {choice: {paid_search_brand: 0.3}}},
paid_social: {reach: 7%, target: 1, cost: {cpm: 6}, clicks: 0.3%, effects: {need: 0.1, stage: 0.2}},
out_of_home: {reach: 7%, cost: {cpm: 5}, effects: {need: 0.1}},
organic_social: {reach: 5%, effects: {conversion: 0.1}},
affiliate: {reach: 3%, cost: {cpc: 0.4}, effects: {conversion: 0.1}},
email: {reach: 12%, clicks: 0.3%, cost: {cpm: 1}, effects: {need: 0.1, churn: 0.2}},
paid_search_brand: {cost: {cpc: 0.3}}}`)
}

// BenchmarkAdvertising is the simulation alone of fashion over a year, with 100 contacts for each
// customer.
func BenchmarkAdvertising(b *testing.B) {
	customers := 20_000
	if testing.Short() {
		customers = 500
	}
	w := advertised(b, customers, 365)
	var c counting
	for b.Loop() {
		if err := ByPart(b.Context(), w, &c, Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
	days := float64(customers*(w.Warmup+w.Days)) * float64(b.N)
	b.ReportMetric(float64(c.events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(days/b.Elapsed().Seconds(), "customer-days/s")
	b.ReportMetric(float64(c.events)/float64(b.N)/float64(customers), "events/customer")
}

// TestAdvertisingAllocatesNothing: once a town has lived for a while.
func TestAdvertisingAllocatesNothing(t *testing.T) {
	w := advertised(t, 2_000, 300)
	rec := newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, table.BatchRows)
	town := newTown(rec, 0)
	events := 0
	live := func(from, to int) {
		for day := from; day < to; day++ {
			town.step(day)
			if err := rec.close(day, func() error { rec.batch.Reset(); return nil }); err != nil {
				t.Fatal(err)
			}
			events += rec.batch.Tables[table.TableEvents].Len
			rec.batch.Reset()
		}
	}
	live(-w.Warmup, 200)
	events = 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	live(200, 300)
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; events < 50_000 || float64(n) > float64(events)/1_000 {
		t.Errorf("%d allocations for %d events", n, events)
	}
}

// TestNewslettersGoOut: a list whose reach is 6 % a day writes to 42 % of its readers on its day;
// of the messages a tenth bounces, and after one in 20 of the others the reader is gone. Mutants
// write to 4 % fewer, or lose 15 % fewer.
func TestNewslettersGoOut(t *testing.T) {
	t.Parallel()
	outcomes := claim[*model.World](func(w *model.World) float64 {
		c := censusOf(w, whole(t, w))
		until := map[int64]int64{}
		counts := make([]int, 4) // nothing, bounced, read to the end, others
		for _, e := range c.events {
			switch e.kind {
			case table.MessageSent:
				counts[3]++
			case table.MessageBounced:
				counts[1]++
			case table.ConsentChanged:
				until[e.user] = e.at
				counts[2]++
			}
		}
		counts[3] -= counts[2]
		for i, user := range c.ints(table.TableCustomers, "user_id") {
			since := c.ints(table.TableCustomers, "identified_at")[i]
			for day := range w.Days {
				morning := w.Midnight[day]
				if w.Weekday[day] == uint8(time.Tuesday) && since < morning &&
					(until[user] == 0 || morning < until[user]) {
					counts[0]++
				}
			}
		}
		counts[0] -= counts[1] + counts[2] + counts[3]
		return chiSquare(counts, []float64{0.58, 0.042, 0.42 * 0.9 * 0.05, 0.42 * 0.9 * 0.95})
	})
	const text = `
customers: 4_000
days: 280
needs: {per_year: 6}
channels: {site: {touchpoint: web}, mail: {touchpoint: inbox}}
identity: {register: 100%, marketing: 100%}
journey:
  stages: {consideration: {dwell: 0d, next: {leave: 100%}}}
  channels: {start: {site: 1}}
behaviors:
  advertising:
    channels:
      mail: {reach: 6%, opens: 20%, list: {days: [tue], at: 8, bounces: 10%, unsubscribes: 5%}}
`
	const mail = "behaviors.advertising.channels.mail."
	outcomes.holds(t, "as set", worldOf(t, text))
	outcomes.failsIn(t, "4 % fewer", worldOf(t, text, mail+"reach", "5.76%"))
	outcomes.failsIn(t, "15 % fewer leave", worldOf(t, text, mail+"list.unsubscribes", "4.25%"))
}
