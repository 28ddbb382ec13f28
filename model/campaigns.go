package model

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/locale"
	"github.com/percorso/percorso/model/table"
)

// A Campaign is a planned push, in one year or in every year.
type Campaign struct {
	Channel   string   `yaml:"channel" doc:"channel on which the campaign runs" must:"true"`
	From      Day      `yaml:"from" doc:"first day, of every year: 03-10; or of one: 2025-03-10. 02-29 is the 28th in common years" must:"true" want:"a day of every year such as 11-27, or of one such as 2025-11-27"`
	To        Day      `yaml:"to" doc:"last day, with a year if from has one; of every year and before from: in the following year" must:"true" want:"a day such as 12-24"`
	Discount  Share    `yaml:"discount" doc:"discount on orders that come through the campaign"`
	Budget    float64  `yaml:"budget" doc:"planned spend over the whole campaign, each year, in the scenario's currency; it buys contacts at the channel's cost, evenly over the days, cities and segments of the campaign"`
	Flights   Flights  `yaml:"flights" doc:"days on and days off within the campaign; without, it runs every day"`
	Cities    []string `yaml:"cities" doc:"only people of these cities; without, of all"`
	Segments  []string `yaml:"segments" doc:"only people of these segments; without, of all"`
	Holdout   Share    `yaml:"holdout" doc:"control group: share of the people, or of the cities, that the campaign does not reach; table truth_holdouts names them. Their part of the budget is not spent" range:"0..0.9"`
	HoldoutBy string   `yaml:"holdout_by" doc:"whether the control group is drawn among people, the default, or among cities" words:"people,cities"`
}

// Flights are the times at which advertising runs: so many days on, then so many days off.
type Flights struct {
	On  Span   `yaml:"on" doc:"days on, in whole days, e.g. 14d; 0d: always"`
	Off Span   `yaml:"off" doc:"days off, in whole days; with days off, the days on have more contacts, so that the average stays"`
	Low Share  `yaml:"low" doc:"contacts on days off, as a share of those on days on: 0% is on and off, more is pulses"`
	By  string `yaml:"by" doc:"whether each city has a beginning of its own, the default, or all cities the same" words:"city,market"`
}

// A CampaignPlan is a compiled campaign.
type CampaignPlan struct {
	Name     string
	Channel  int
	From, To int   // days of the world
	Discount int64 // 1/10000
	Budget   int64 // cents
	Flights  FlightPlan

	cities   []bool      // by city: whether the campaign is meant for it; nil: for all
	segments uint64      // bits of those it is meant for
	out      []bool      // by city: whether it is held out; nil: none is
	held     draw.Chance // of a person to be held out
	key      draw.Key
}

// A FlightPlan is compiled flights.
type FlightPlan struct {
	On, Period int      // days; no period: always on
	Origin     int      // day on which the first flight begins where the phase is 0
	High, Low  uint64   // contacts on days on and off, relative to the mean, 16 fractional bits
	Phase      []uint16 // by city
}

// fullLevel is the level of advertising that is always on.
const fullLevel = 1 << 16

// Level is how many contacts there are on a day in a city, relative to the mean, 16 fractional
// bits.
func (f *FlightPlan) Level(day, city int) uint64 {
	if f.Period == 0 {
		return fullLevel
	}
	at := (day - f.Origin + int(f.Phase[city])) % f.Period
	if at < 0 {
		at += f.Period
	}
	if at < f.On {
		return f.High
	}
	return f.Low
}

// Runs reports whether the campaign runs today in a city.
func (k *CampaignPlan) Runs(day, city int) bool {
	return k.From <= day && day <= k.To && (k.cities == nil || k.cities[city]) &&
		(k.out == nil || !k.out[city]) && k.Flights.Level(day, city) > 0
}

// Reaches reports whether the campaign reaches a person of a segment where it runs.
func (k *CampaignPlan) Reaches(person int64, segment uint8) bool {
	return k.segments>>segment&1 == 1 && !k.held.Hits(k.key.Draw(uint64(person)))
}

// HoldsOut reports whether a person whom the campaign is meant for is in its control group.
func (k *CampaignPlan) HoldsOut(person int64, city int, segment uint8) bool {
	switch {
	case !k.MeantFor(city, segment):
		return false
	case k.out != nil:
		return k.out[city]
	}
	return k.held.Hits(k.key.Draw(uint64(person)))
}

// MeantFor reports whether a campaign is meant for people of a segment in a city.
func (k *CampaignPlan) MeantFor(city int, segment uint8) bool {
	return k.segments>>segment&1 == 1 && (k.cities == nil || k.cities[city])
}

// HoldsOutCities reports whether the control group is one of cities.
func (k *CampaignPlan) HoldsOutCities() bool { return k.out != nil }

// HasHoldout reports whether the campaign has a control group.
func (k *CampaignPlan) HasHoldout() bool { return k.out != nil || k.held > 0 }

// compileCampaigns adds the campaigns, by name.
func (w *World) compileCampaigns(s *Scenario) {
	for _, name := range byID(s.Campaigns, own) {
		w.compileCampaign(name, s.Campaigns[name], s)
	}
}

// compileCampaign adds a campaign: one of every year for each of them, with the year in its name.
func (w *World) compileCampaign(name string, c Campaign, s *Scenario) {
	ch := slices.IndexFunc(w.Channels, func(p ChannelPlan) bool { return p.Name == c.Channel })
	for _, r := range (period{c.From, c.To}).runs(s) {
		plan := CampaignPlan{Name: name, Channel: ch, From: r.from, To: r.to,
			Discount: tenThousandths(float64(c.Discount)), Budget: cents(c.Budget)}
		if c.From.Year == 0 {
			plan.Name = fmt.Sprintf("%s_%d", name, r.year)
		}
		plan.key = w.Key.With(keyCampaigns).With(hashOf(plan.Name))
		plan.Flights = w.flightPlan(&c.Flights, plan.key, r.from)
		plan.aim(w, &c)
		w.Campaigns = append(w.Campaigns, plan)
		w.Channels[ch].Campaigns = append(w.Channels[ch].Campaigns, uint32(len(w.Campaigns)))
	}
}

// aim says whom a campaign is meant for, and which cities are held out.
func (k *CampaignPlan) aim(w *World, c *Campaign) {
	cities := cityNames(w.Locale)
	if len(c.Cities) > 0 {
		k.cities = make([]bool, len(cities))
		for i, name := range cities {
			k.cities[i] = slices.Contains(c.Cities, name)
		}
	}
	for i := range w.Segments {
		if len(c.Segments) == 0 || slices.Contains(c.Segments, w.Segments[i].Name) {
			k.segments |= 1 << i
		}
	}
	switch {
	case c.Holdout == 0:
	case c.HoldoutBy == "cities":
		k.out = make([]bool, len(cities))
		var eligible []int
		for i := range cities {
			if k.cities == nil || k.cities[i] {
				eligible = append(eligible, i)
			}
		}
		lot := func(city int) uint64 { return k.key.With(keyHeldCities).Draw(hashOf(cities[city])) }
		slices.SortFunc(eligible, func(a, b int) int { return cmp.Compare(lot(a), lot(b)) })
		n := int(math.Round(float64(c.Holdout) * float64(len(eligible))))
		for _, city := range eligible[:max(n, 1)] {
			k.out[city] = true
		}
	default:
		k.held = draw.ChanceOf(float64(c.Holdout))
	}
}

// people is how many people of a market live where a campaign runs, control group included.
func (k *CampaignPlan) people(w *World, market int) int {
	if k.cities == nil {
		return market
	}
	n := 0
	for town := 0; town*w.TownSize < market; town++ {
		if k.cities[w.TownCity(town)] {
			n += min(w.TownSize, market-town*w.TownSize)
		}
	}
	return n
}

// share is what part of them are in the segments that a campaign is meant for.
func (k *CampaignPlan) share(w *World) (share float64) {
	for i := range w.Segments {
		if k.segments>>i&1 == 1 {
			share += w.Segment.Part(i)
		}
	}
	return share
}

// flightPlan compiles flights of which the first begins on a day.
func (w *World) flightPlan(f *Flights, key draw.Key, origin int) FlightPlan {
	on, off := wholeDays(f.On), wholeDays(f.Off)
	if on == 0 || off == 0 {
		return FlightPlan{}
	}
	mean := (float64(on) + float64(float64(f.Low)*float64(off))) / float64(on+off)
	plan := FlightPlan{On: on, Period: on + off, Origin: origin,
		High: uint64(math.RoundToEven(fullLevel / mean)),
		Low:  uint64(math.RoundToEven(float64(f.Low) * fullLevel / mean))}
	cities := cityNames(w.Locale)
	plan.Phase = make([]uint16, len(cities))
	if f.By != "market" {
		for i, name := range cities {
			u := key.With(keyPhases).Draw(hashOf(name))
			plan.Phase[i] = uint16(draw.Below(u, uint64(plan.Period)))
		}
	}
	return plan
}

// daysOf is how many days of advertising the days from one to another have, in a mean city.
func (f *FlightPlan) daysOf(from, to int) float64 {
	sum, cities := uint64(0), max(len(f.Phase), 1)
	for city := range cities {
		for day := from; day <= to; day++ {
			sum += f.Level(day, city)
		}
	}
	return float64(sum) / fullLevel / float64(cities)
}

// Families of keys under a campaign's or an advertised channel's.
const (
	keyHeldCities uint64 = iota + 1<<32
	keyPhases
)

// wholeDays is a time in days.
func wholeDays(s Span) int { return int(time.Duration(s) / (24 * time.Hour)) }

// cityNames are the cities of a locale as tables name them.
func cityNames(l *locale.Locale) []string {
	cities := make([]string, len(l.Cities()))
	for i, c := range l.Cities() {
		cities[i] = c.Name
		if slices.Contains(cities[:i], c.Name) { // there are two Portlands
			cities[i] += ", " + c.Province
		}
	}
	return cities
}

func (c *checker) campaigns(p document.Place, s *Scenario) {
	for _, e := range document.Blocks(p.Node) {
		q, campaign := p.Key(e.Key), s.Campaigns[e.Key]
		if at := q.Key("channel"); !at.Absent() && c.Clean(at) {
			c.knownChannel(at, at.Value(), campaign.Channel, s)
		}
		period{campaign.From, campaign.To}.check(c, q)
		c.yearly(p, e.Key, s)
		c.flights(q.Key("flights"), &campaign.Flights, campaign.days())
		c.aims(q, &campaign, s)
		c.priced(q, &campaign, s)
	}
}

// days is how long a campaign lasts, at least, or 0 where its days are not known.
func (k *Campaign) days() int {
	if k.From.Month == 0 || k.To.Month == 0 {
		return 0
	}
	from := k.From.in(max(k.From.Year, 2001))
	to := k.To.in(max(k.To.Year, 2001))
	if to.Before(from) && k.From.Year == 0 {
		to = k.To.in(2002)
	}
	return daysBetween(from, to) + 1
}

// flights checks flights, which must fit into so many days; 0: any number.
func (c *checker) flights(p document.Place, f *Flights, days int) {
	if p.Absent() || !c.Clean(p) {
		return
	}
	on, off := p.Key("on"), p.Key("off")
	for _, at := range []struct {
		p    document.Place
		span Span
	}{{on, f.On}, {off, f.Off}} {
		if time.Duration(at.span)%(24*time.Hour) != 0 {
			c.Fail(at.p.Value(), at.p, "found %s, want whole days, such as 14d",
				document.Found(at.p.Node))
			return
		}
	}
	switch n := wholeDays(f.On) + wholeDays(f.Off); {
	case f.Off > 0 && f.On == 0:
		c.Fail(off.Value(), off, "found %s without days on, want on as well, such as on: 14d",
			document.Found(off.Node))
	case f.On > 0 && f.Off == 0:
		c.Fail(on.Value(), on, "found %s without days off, want off as well, such as off: 14d",
			document.Found(on.Node))
	case days > 0 && n > days:
		c.Fail(p.Whole(), p, "found flights of %d days, on and off, in a campaign of %d days, want at "+
			"most those", n, days)
	}
}

// aims checks cities, segments and the control group.
func (c *checker) aims(p document.Place, k *Campaign, s *Scenario) {
	l, err := locale.Lookup(s.Locale)
	if err != nil {
		return // said elsewhere
	}
	cities := cityNames(l)
	named := func(key, noun, want string, names, known []string) {
		for i, name := range names {
			item := p.Key(key).Item(i)
			switch {
			case !slices.Contains(known, name):
				c.Fail(item.At, item, "unknown %s %s, want %s%s", noun, document.Quoted(name), want,
					table.Nearest(name, known))
			case slices.Contains(names[:i], name):
				c.Fail(item.At, item, "found %s a second time, want each once", document.Quoted(name))
			}
		}
	}
	named("cities", "city", "a city of locale "+s.Locale, k.Cities, cities)
	segments := slices.Sorted(maps.Keys(s.Segments))
	named("segments", "segment", table.OneOf(segments), k.Segments, segments)
	if at := p.Key("holdout_by"); k.HoldoutBy == "cities" && len(k.Cities) == 1 && k.Holdout > 0 {
		c.Fail(at.Value(), at, "found cities, but the campaign has only one, want people, or two cities "+
			"or more")
	}
}

// priced misses the cost by which a budget buys contacts.
func (c *checker) priced(p document.Place, k *Campaign, s *Scenario) {
	b := s.Behaviors.Advertising
	if b == nil || k.Budget == 0 {
		return
	}
	if _, is := b.Channels[k.Channel]; !is && s.Channels[k.Channel].Touchpoint != "" {
		at := p.Key("budget")
		c.Fail(at.Value(), at, "found %s, but channel %s does not advertise and has no cost, want no "+
			"budget, or %s: {cost: {cpm: 3.50}} in behaviors.advertising.channels",
			document.Found(at.Node), k.Channel, k.Channel)
	}
}

// yearly refuses a campaign with the name of one year of another.
func (c *checker) yearly(p document.Place, name string, s *Scenario) {
	i := strings.LastIndexByte(name, '_')
	if i < 0 {
		return
	}
	other, is := s.Campaigns[name[:i]]
	year, err := strconv.Atoi(name[i+1:])
	if q := p.Key(name); is && err == nil && other.From.Year == 0 && year >= 1970 && year <= 2199 {
		c.Fail(q.At, q, "found the name of %s in the year %d, which comes every year, want another",
			name[:i], year)
	}
}
