package simulate

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// TestFlights: on its days off a channel has no contacts in a city, cities begin on days of their
// own, and the average stays the reach. Pulses keep their part of the contacts on days off.
func TestFlights(t *testing.T) {
	t.Parallel()
	for low, want := range map[string]float64{"0%": 0, "25%": 0.25} {
		w := worldOf(t, walls+"{wall: {reach: 5%, cap: 8, cap_week: 56, "+
			"flights: {on: 10d, off: 5d, low: "+low+"}}}}}\n", "town", "200")
		a := model.PlanOf[model.AdvertisingPlan](w)
		var contacts, days [2]float64
		begins := map[int]bool{}
		people := make([]float64, len(w.Locale.Cities()))
		for town := range w.Towns {
			people[w.TownCity(town)] += float64(w.TownSize)
		}
		for city, n := range people {
			begins[int(a.Sources[0].Flights.Phase[city])] = true
			for day := range w.Days {
				days[onOff(a, w, day, city)] += n
			}
		}
		c := censusOf(w, whole(t, w))
		cities := c.codes(table.TableTruthPeople, "city")
		for _, e := range c.events {
			if w.Channels[e.channel-1].Name == "wall" {
				day, _ := w.DayOf(e.at)
				contacts[onOff(a, w, day, int(cities[c.people[e.person]])-1)]++
			}
		}
		on, off := contacts[1]/days[1], contacts[0]/days[0]
		mean := (contacts[0] + contacts[1]) / (days[0] + days[1])
		if math.Abs(off/on-want) > 0.02 || math.Abs(mean/0.05-1) > 0.03 || len(begins) < 5 {
			t.Errorf("low %s: %.4f contacts on days on, %.4f off, %.4f on average, %d phases", low, on,
				off, mean, len(begins))
		}
	}
}

// onOff is 1 on days on of the first source.
func onOff(a *model.AdvertisingPlan, w *model.World, day, city int) int {
	if a.Level(w, 0, day, city) > 1<<16 {
		return 1
	}
	return 0
}

// geo is the bazaar with campaigns of all kinds.
const geo = `{advertising: {channels: {
  tv: {reach: 2%, flights: {on: 14d, off: 14d}, effects: {need: 1, choice: {brand_search: 1}}},
  display: {reach: 1%, cost: {cpm: 5, season: {feb: 2}}, clicks: 5%, effects: {need: 0.5}},
  paid_social: {reach: 1%, clicks: 5%, cost: {cpm: 9}, effects: {need: 1, basket: 1}},
  email: {reach: 5%, clicks: 5%, cost: {piece: 0.01}, effects: {need: 1}}}}}
`

// geoCampaigns are their campaigns; HELD is the control group of the first two.
var geoCampaigns = []string{
	"campaigns.people", "{channel: paid_social, from: 2025-01-15, to: 2025-02-25, budget: 90, " +
		"segments: [young], holdout: 30%}",
	"campaigns.places", "{channel: display, from: 2025-01-10, to: 2025-03-10, budget: 200, " +
		"holdout: 40%, holdout_by: cities, flights: {on: 7d, off: 7d, by: market}}",
	"campaigns.capital", "{channel: display, from: 2025-02-01, to: 2025-03-10, budget: 60, " +
		"cities: [Roma, Milano, Napoli, Torino, Palermo]}",
	"campaigns.mails", "{channel: email, from: 2025-02-01, to: 2025-02-28, holdout: 20%}",
}

func geoWorld(t testing.TB, sets ...string) *model.World {
	return worldOf(t, bazaarWith(geo), slices.Concat([]string{"customers", "3_000", "warmup", "0",
		"locale", "it-IT", "town", "100"}, geoCampaigns, sets)...)
}

// campaignsKeepOut: nobody has a contact of a campaign that is not meant for their segment or city,
// or in whose control group they are; and truth_holdouts has everybody who should be in one.
func campaignsKeepOut(c *census) error {
	type member struct {
		campaign uint32
		person   int64
	}
	held := map[member]bool{}
	campaigns := c.codes(table.TableTruthHoldouts, "campaign_id")
	for i, person := range c.ints(table.TableTruthHoldouts, "person_id") {
		held[member{campaigns[i], person}] = true
	}
	cities := c.codes(table.TableTruthPeople, "city")
	segments := c.codes(table.TableTruthPeople, "segment")
	n := 0
	for i, person := range c.ints(table.TableTruthPeople, "person_id") {
		for k := range c.w.Campaigns {
			out := c.w.Campaigns[k].HoldsOut(person, int(cities[i])-1, uint8(segments[i]-1))
			if out != held[member{uint32(k + 1), person}] {
				return fmt.Errorf("person %d, campaign %s: held out %t", person, c.w.Campaigns[k].Name, out)
			}
			if out {
				n++
			}
		}
	}
	if n != len(held) {
		return fmt.Errorf("%d people are held out, truth_holdouts has %d", n, len(held))
	}
	of := c.all.Tables[table.TableEvents].Cols[table.EventCampaign].Code
	for i, person := range c.ints(table.TableEvents, "person_id") {
		if of[i] == 0 {
			continue
		}
		if held[member{of[i], person}] {
			return fmt.Errorf("person %d is held out of %s", person, c.w.Campaigns[of[i]-1].Name)
		}
		p, k := c.people[person], c.w.Scenario.Campaigns[c.w.Campaigns[of[i]-1].Name]
		city := c.w.Locale.Cities()[cities[p]-1].Name
		segment := c.w.Segments[segments[p]-1].Name
		if len(k.Cities) > 0 && !slices.Contains(k.Cities, city) ||
			len(k.Segments) > 0 && !slices.Contains(k.Segments, segment) {
			return fmt.Errorf("a person of %s, %s meets %s", city, segment, c.w.Campaigns[of[i]-1].Name)
		}
	}
	return nil
}

// TestCampaignsKeepOut holds campaignsKeepOut, which notices a contact too many and a row less, and
// the sizes of the control groups.
func TestCampaignsKeepOut(t *testing.T) {
	t.Parallel()
	w := geoWorld(t)
	c := censusOf(w, whole(t, w))
	if err := campaignsKeepOut(c); err != nil {
		t.Error(err)
	}
	if err := spendIsCounted(c); err != nil {
		t.Error(err)
	}
	met, held := map[string]int{}, map[string]int{}
	for _, code := range c.codes(table.TableEvents, "campaign_id") {
		if code > 0 {
			met[w.Campaigns[code-1].Name]++
		}
	}
	for _, code := range c.codes(table.TableTruthHoldouts, "campaign_id") {
		held[w.Campaigns[code-1].Name]++
	}
	for name, want := range map[string]float64{"people": 0.4 * 0.3, "mails": 0.2} {
		share := float64(held[name]) / float64(w.Customers)
		if math.Abs(share-want) > 5*math.Sqrt(want/float64(w.Customers)) { // binomial, 6e-7
			t.Errorf("%s: %.3f of the people are held out, want %.3f", name, share, want)
		}
	}
	for _, k := range w.Campaigns {
		if met[k.Name] < 100 {
			t.Errorf("campaign %s has %d events", k.Name, met[k.Name])
		}
	}
	codes := c.codes(table.TableTruthHoldouts, "campaign_id")
	was := codes[0]
	if codes[0] = was%4 + 1; campaignsKeepOut(c) == nil {
		t.Error("another control group goes unnoticed")
	}
	codes[0] = was
	events := c.all.Tables[table.TableEvents].Cols[table.EventCampaign].Code
	for i, person := range c.ints(table.TableEvents, "person_id") {
		if person == c.ints(table.TableTruthHoldouts, "person_id")[0] {
			events[i] = was
		}
	}
	if campaignsKeepOut(c) == nil {
		t.Error("contacts of the control group go unnoticed")
	}
}

// TestTheUntouchedOfCampaigns: flights, budgets, places and control groups do not change who never
// met a channel that is missing; and a control group changes nobody but its members.
func TestTheUntouchedOfCampaigns(t *testing.T) {
	t.Parallel()
	for _, coupling := range []string{"off", "frozen"} {
		w := geoWorld(t, "coupling", coupling)
		factual := portraitsOf(t, w)
		for _, off := range [][]string{{"tv"}, {"display"}, {"email", "paid_social"}} {
			met := factual.met(off...)
			touched, untouched := factual.changed(portraitsOf(t, without(t, w, off...)), met)
			if touched < 100 || untouched > 0 {
				t.Errorf("coupling %s, without %v: %d changed who met it, %d who did not", coupling, off,
					touched, untouched)
			}
		}
	}
	with := geoWorld(t, "coupling", "off")
	all := geoWorld(t, "coupling", "off", "campaigns.people.holdout", "0%")
	held, rows := map[int64]bool{}, whole(t, with)
	codes := columnOf(with, rows, table.TableTruthHoldouts, "campaign_id").Code
	person := columnOf(with, rows, table.TableTruthHoldouts, "person_id").Int
	for i := range rows.Tables[table.TableTruthHoldouts].Len {
		held[person[i]] = held[person[i]] || with.Campaigns[codes[i]-1].Name == "people"
	}
	changed, others := portraitsOf(t, with).changed(portraitsOf(t, all), held)
	if changed < 100 || others > 0 {
		t.Errorf("without a control group %d of its members change, want many; %d others, want none",
			changed, others)
	}
}

// TestBudgetsCapContacts: a campaign has as many contacts as its budget buys, whatever the season,
// the flights, the places and the segments; its control group gets none of them. In a month that is
// twice as dear they are half as many.
func TestBudgetsCapContacts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"{}":                           1,
		"{flights: {on: 5d, off: 5d}}": 1,
		"{flights: {on: 2d, off: 18d, by: market}}": 1,
		"{segments: [a]}": 1,
		"{cities: [Roma, Milano, Napoli, Torino], holdout: 25%}":    0.75,
		"{flights: {on: 10d, off: 5d, low: 20%}, segments: [b, c]}": 1,
	} {
		w := worldOf(t, walls+`{wall: {cap: 8, cap_week: 56, cost: {cpm: 10, season: {feb: 2}}}}}}
locale: it-IT
segments: {a: {share: 20%}, b: {share: 30%}, c: {share: 50%}}
campaigns:
  loud: `+"{channel: wall, from: 2025-01-18, to: 2025-02-14, budget: 400, "+text[1:]+"\n",
			"town", "200", "behaviors.advertising.market", "20_000")
		c := censusOf(w, whole(t, w))
		spent, shown := 0.0, map[bool]float64{}
		cost := c.ints(table.TableSpend, "cost")
		for i, n := range c.ints(table.TableSpend, "impressions") {
			day := c.ints(table.TableSpend, "spend_date")[i] - w.Scenario.Start.Days()
			spent += float64(cost[i])
			shown[day >= 31] += float64(n)
		}
		// What a town has more than its part is not paid.
		if worth := shown[false] + 2*shown[true]; math.Abs(worth/40_000-want) > 0.05*want ||
			spent > worth || spent < 0.9*worth || spent > 40_000 {
			t.Errorf("%s: contacts worth %g cents and %g paid, want %g of 40,000", text, worth, spent, want)
		}
	}
}

// flown is a market in which a channel raises needs a lot, and nearly all needs are orders on the
// day.
const flown = `
customers: 30_000
days: 364
warmup: 30
town: 500
locale: it-IT
needs: {per_year: 6}
coupling: off
channels:
  wall: {touchpoint: street, paid: true, hours: 0-24, without: not_served}
  shop: {touchpoint: store, hours: 0-24}
journey:
  stages: {purchase: {dwell: 1h, next: {leave: 100%}}}
  channels: {start: {shop: 1}}
behaviors:
  advertising:
    channels:
      wall: {reach: 15%, cap: 8, cap_week: 56, memory: 2d, half: 2, cost: {cpm: 10},
             effects: {need: 1.5}}
`

// panelOf is spend, in euros, and orders by city and week.
func panelOf(t *testing.T, w *model.World) (spend, orders map[[2]int]float64, total [2]float64) {
	all := whole(t, w)
	c := censusOf(w, all)
	cities := c.codes(table.TableTruthPeople, "city")
	spend, orders = map[[2]int]float64{}, map[[2]int]float64{}
	for _, e := range c.events {
		if e.kind == table.Purchase {
			day, _ := w.DayOf(e.at)
			orders[[2]int{int(cities[c.people[e.person]]) - 1, day / 7}]++
			total[1]++
		}
	}
	where := c.codes(table.TableSpend, "city")
	for i, cents := range c.ints(table.TableSpend, "cost") {
		day := c.ints(table.TableSpend, "spend_date")[i] - w.Scenario.Start.Days()
		spend[[2]int{int(where[i]) - 1, int(day) / 7}] += float64(cents) / 100
		total[0] += float64(cents) / 100
	}
	return spend, orders, total
}

// regressed is the slope of orders on spend, per person, with an effect for each city and each week
// (both are demeaned by them), and its standard error.
func regressed(w *model.World, spend, orders map[[2]int]float64) (slope, se float64) {
	people := make([]float64, len(w.Locale.Cities()))
	for town := range w.Towns {
		people[w.TownCity(town)] += float64(w.TownSize)
	}
	weeks := w.Days / 7
	demeaned := func(of map[[2]int]float64) (flat []float64) {
		var rows [][]float64
		byWeek := make([]float64, weeks)
		for city, n := range people {
			if n == 0 {
				continue
			}
			row := make([]float64, weeks)
			for week := range row {
				row[week] = of[[2]int{city, week}] / n
			}
			mean := stat.Mean(row, nil)
			for week := range row {
				row[week] -= mean
				byWeek[week] += row[week]
			}
			rows = append(rows, row)
		}
		for _, row := range rows {
			for week, v := range row {
				flat = append(flat, v-byWeek[week]/float64(len(rows)))
			}
		}
		return flat
	}
	x, y := demeaned(spend), demeaned(orders)
	_, slope = stat.LinearRegression(x, y, nil, true)
	squares, rest := 0.0, 0.0
	for i := range x {
		squares += x[i] * x[i]
		rest += (y[i] - slope*x[i]) * (y[i] - slope*x[i])
	}
	return slope, math.Sqrt(rest / float64(len(x)-len(x)/weeks-weeks) / squares)
}

// TestFlightsIdentifyEffects: where a channel is on and off, an ordinary regression of orders on
// spend by city and week finds at least half of what each euro brings, by the world without the
// channel, and at most half more, at 5 standard errors from none. Where it is always on, spend
// varies by chance alone, and the regression cannot tell the effect from none.
func TestFlightsIdentifyEffects(t *testing.T) {
	t.Parallel()
	find := func(sets ...string) (found, se, truth float64) {
		w := worldOf(t, flown, sets...)
		spend, orders, total := panelOf(t, w)
		_, _, rest := panelOf(t, without(t, w, "wall"))
		found, se = regressed(w, spend, orders)
		return found, se, (total[1] - rest[1]) / total[0]
	}
	found, se, truth := find("behaviors.advertising.channels.wall.flights", "{on: 21d, off: 21d}")
	t.Logf("with flights: %.3f orders per euro (standard error %.3f), truth %.3f", found, se, truth)
	if found < truth/2 || found > truth*1.5 || found < 5*se {
		t.Errorf("with flights: %.3f orders per euro (standard error %.3f), truth %.3f", found, se, truth)
	}
	found, se, truth = find()
	t.Logf("always on: %.3f orders per euro (standard error %.3f), truth %.3f", found, se, truth)
	if found > 2*se && found > truth/2 {
		t.Errorf("always on: %.3f orders per euro (standard error %.3f), truth %.3f", found, se, truth)
	}
}
