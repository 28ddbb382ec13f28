package simulate

import (
	"fmt"
	"math"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A promise is what holds of everything that a world writes, with a checker, and something that
// breaks it.
type promise struct {
	name  string
	check func(*census) error
	spoil func(*census)
}

// Agreements are what several tables, or several events, tell alike.
var agreements = []promise{
	{"towns agree", townsAgree, func(c *census) { c.ints(table.TableTruthPeople, "town")[0]++ }},
	{"spend agrees with events", spendAgrees, func(c *census) {
		for i := range c.ints(table.TableSpend, "clicks") {
			c.ints(table.TableSpend, "clicks")[i]++
		}
	}},
	{"push messages reach apps", pushesReachApps, func(c *census) {
		for i := range c.ints(table.TableEvents, "device_id") {
			c.ints(table.TableEvents, "device_id")[i] = table.Null
		}
	}},
	{"a known browser is known", browsersAreKnown, func(c *census) {
		devices := c.ints(table.TableEvents, "device_id")
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.Impression {
				devices[i] = table.Null
			}
		}
	}},
	{"few come back at once", fewComeBackAtOnce, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.StoreVisit {
				c.ints(table.TableEvents, "duration_ms")[i] += 24 * 3600 * 1000
			}
		}
	}},
	{"sessions have no gaps", sessionsHaveNoGaps, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.SessionStart {
				c.ints(table.TableEvents, "event_time")[i] -= gap
			}
		}
	}},
}

// townsAgree: truth_people and spend name towns of the table towns, in the same cities, and each
// has as many places as it says, of which no more than some are empty all the time.
func townsAgree(c *census) error {
	static := c.w.Static()
	town := columnOf(c.w, static, table.TableTowns, "town").Int
	city := columnOf(c.w, static, table.TableTowns, "city").Code
	people := columnOf(c.w, static, table.TableTowns, "people").Int
	cities, places, lived := map[int64]uint32{}, map[int64]int64{}, map[int64]map[int]bool{}
	for i, id := range town[:static.Tables[table.TableTowns].Len] {
		cities[id], places[id] = city[i], people[i]
	}
	for _, t := range []table.TableID{table.TableTruthPeople, table.TableSpend} {
		where := c.codes(t, "city")
		for i, id := range c.ints(t, "town") {
			if cities[id] == 0 || cities[id] != where[i] {
				return fmt.Errorf("%s: town %d is in city %d, towns says %d", c.w.Tables[t].Name, id,
					where[i], cities[id])
			}
			if t == table.TableTruthPeople {
				place, _ := model.PlaceOf(c.ints(t, "person_id")[i])
				if lived[id] == nil {
					lived[id] = map[int]bool{}
				}
				lived[id][place] = true
			}
		}
	}
	for id, n := range places {
		had, stay := int64(len(lived[id])), c.w.Scenario.Population.StayYears*365.25
		least := float64(c.w.Population.Taken[c.w.Warmup]) / (1 << 32) * stay / (stay + model.Vacancy)
		if had > n || float64(had) < 0.8*least*float64(n)-5 {
			return fmt.Errorf("town %d: people in %d places of %d", id, had, n)
		}
	}
	return nil
}

// pushesReachApps: what adverts and carts send through a channel of the app has a customer and the
// app's device, and goes out from 8 to 22.
func pushesReachApps(c *census) error {
	cols := c.all.Tables[table.TableEvents].Cols
	for i := range c.all.Tables[table.TableEvents].Len {
		cause := cols[table.EventCause].Code[i]
		if cols[table.EventType].Code[i] != table.MessageSent ||
			cols[table.EventTouchpoint].Code[i] != uint32(table.App) ||
			cause != model.CauseAdvertising && cause != model.CauseCart {
			continue
		}
		hour := c.w.HourAt(cols[table.EventTime].Int[i])
		if cols[table.EventUser].Int[i] == table.Null || cols[table.EventDevice].Int[i] == table.Null ||
			cols[table.EventDeviceType].Code[i] != uint32(table.DeviceApp) || hour < 8 || hour >= 22 {
			return fmt.Errorf("push message %d at %s: to customer %d, device %d",
				cols[table.EventID].Int[i], c.when(cols[table.EventTime].Int[i]),
				cols[table.EventUser].Int[i], cols[table.EventDevice].Int[i])
		}
	}
	return nil
}

// spendAgrees: of each channel and campaign in a town on a day, spend tells as many clicks as there
// are events, and as many impressions or, of a channel whose platform reports searches that nobody
// logs, no fewer.
func spendAgrees(c *census) error {
	type row struct {
		day, town         int64
		campaign, channel uint32
	}
	type counts struct{ shown, clicked int64 }
	towns := c.ints(table.TableTruthPeople, "town")
	first := c.w.Scenario.Start.Days()
	told := map[row]counts{}
	events := &c.all.Tables[table.TableEvents]
	for i, kind := range events.Cols[table.EventType].Code[:events.Len] {
		day, _ := c.w.DayOf(events.Cols[table.EventTime].Int[i])
		r := row{day: first + int64(day), town: towns[c.people[events.Cols[table.EventPerson].Int[i]]],
			campaign: events.Cols[table.EventCampaign].Code[i],
			channel:  events.Cols[table.EventChannel].Code[i]}
		n := told[r]
		switch kind {
		case table.Impression, table.MessageSent, table.MessageBounced:
			n.shown++
		case table.Click:
			n.clicked++
		}
		told[r] = n
	}
	campaigns := c.codes(table.TableSpend, "campaign_id")
	channels := c.codes(table.TableSpend, "channel")
	days, where := c.ints(table.TableSpend, "spend_date"), c.ints(table.TableSpend, "town")
	shown, clicked := c.ints(table.TableSpend, "impressions"), c.ints(table.TableSpend, "clicks")
	plan := model.PlanOf[model.AdvertisingPlan](c.w)
	for i, channel := range channels {
		r := row{days[i], where[i], campaigns[i], channel}
		n := told[r]
		delete(told, r)
		reports := plan.Channels[plan.Place[channel-1]-1].Unclicked != 0
		if n.clicked != clicked[i] || n.shown > shown[i] || n.shown < shown[i] && !reports {
			return fmt.Errorf("%s, %+v: spend tells %d impressions and %d clicks, events %+v",
				c.word(table.EventChannel, channel), r, shown[i], clicked[i], n)
		}
	}
	for r, n := range told {
		if plan.On && plan.Place[r.channel-1] != 0 && n != (counts{}) {
			return fmt.Errorf("%s, %+v: spend tells nothing of %+v", c.word(table.EventChannel, r.channel),
				r, n)
		}
	}
	return nil
}

// browsersAreKnown: an impression on a browser that was known before that day carries its
// device_id, and one on a browser that nobody knows yet carries none, clicked or not.
func browsersAreKnown(c *census) error {
	since := map[int64]int64{}
	from := c.ints(table.TableTruthIdentity, "valid_from")
	for i, id := range c.ints(table.TableTruthIdentity, "identifier") {
		since[id] = from[i]
	}
	browsers := map[[2]int64]int64{} // by person and device_type
	for _, e := range c.events {
		if e.device != table.Null {
			browsers[[2]int64{e.person, int64(e.on)}] = e.device
		}
	}
	for _, e := range c.events {
		if e.kind != table.Impression || e.on == 0 {
			continue
		}
		day, _ := c.w.DayOf(e.at)
		browser := browsers[[2]int64{e.person, int64(e.on)}]
		known := browser != 0 && since[browser] < c.w.Midnight[day+c.w.Warmup]
		if known && e.device != browser || e.device != table.Null && since[e.device] > e.at {
			return fmt.Errorf("person %d sees an impression at %s on %d, known since %s: device %d",
				e.person, c.when(e.at), browser, c.when(since[browser]), e.device)
		}
	}
	return nil
}

// fewComeBackAtOnce: 3 % of visits at most, but for chance (five standard errors), are to the
// store that the same person has left within the hour.
func fewComeBackAtOnce(c *census) error {
	left := map[[2]int64]int64{}
	visits, again := 0, 0
	for _, e := range c.events {
		if e.kind != table.StoreVisit {
			continue
		}
		visit := [2]int64{e.person, int64(e.store)}
		if before, ok := left[visit]; ok && e.at-before < comeback {
			again++
		}
		visits++
		left[visit] = e.at + e.lasted*milli
	}
	chance := 5 * math.Sqrt(0.03*float64(visits))
	if float64(again) > 0.03*float64(visits)+chance {
		return fmt.Errorf("%d of %d visits are to a store that was left within the hour", again, visits)
	}
	return nil
}

// sessionsHaveNoGaps: none of more than half an hour, at which whoever receives the events would
// begin another session.
func sessionsHaveNoGaps(c *census) error {
	last := map[int64]int64{}
	for _, e := range c.events {
		if before, ok := last[e.session]; ok && e.session != table.Null && e.at-before > gap {
			return fmt.Errorf("session %d is silent from %s to %s", e.session, c.when(before),
				c.when(e.at))
		}
		last[e.session] = e.at
	}
	return nil
}
