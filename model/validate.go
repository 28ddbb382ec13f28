package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// A checker says what is wrong with a scenario beyond its single values.
type checker struct{ *document.Checker }

// scenario checks what no single value can tell: names that refer to each other, journeys that end,
// dates in their order. The decoder has already refused values that are impossible by themselves;
// checks that build on one of those are left out.
func (c *checker) scenario(p document.Place, s *Scenario) {
	c.names(p.Key("segments"), maxElements)
	c.names(p.Key("channels"), MaxChannels, "start", "leave")
	c.names(p.Key("catalogue").Key("categories"), maxElements)
	c.names(p.Key("campaigns"), maxCampaigns)
	c.names(p.Key("carts").Key("reasons"), maxElements)
	c.complements(p.Key("catalogue").Key("categories"), s)
	c.needs(p.Key("needs"), &s.Needs)
	c.traits(p.Key("traits"), &s.Traits)
	c.channels(p.Key("channels"), s)
	c.pages(p.Key("sessions"), &s.Sessions)
	c.stores(p, s)
	c.campaigns(p.Key("campaigns"), s)
	c.journey(p.Key("journey"), &s.Journey, s)
	c.population(p.Key("population"), p.Key("segments"), s)
	c.segments(p.Key("segments"), s, c.Clean(p.Key("journey")))
	c.behaviors(p.Key("behaviors"), s)
	c.targets(p.Key("targets"), s)
}

// segments checks what segments change of the journey, if that itself is right.
func (c *checker) segments(p document.Place, s *Scenario, isRight bool) {
	stages := maps.Clone(s.Journey.Stages)
	for _, e := range document.Blocks(p.Node) {
		q := p.Key(e.Key)
		c.ages(q.Key("ages"), s.Segments[e.Key].Ages)
		c.tastes(q.Key("categories"), s.Segments[e.Key].Categories, s)
		own := s.Segments[e.Key].Journey
		if own == nil || s.Journey.Channels == nil || !isRight {
			continue
		}
		j := own.over(s.Journey)
		c.journey(q.Key("journey"), &j, s)
		maps.Copy(stages, j.Stages)
	}
	if n := len(stages); n >= MaxStages && c.Clean(p) {
		c.Fail(p.Whole(), p, "all journeys together have %d different stages, want at most %d",
			n, MaxStages-1)
	}
}

// tastes checks what a segment needs more or less of than others.
func (c *checker) tastes(p document.Place, factors map[string]float64, s *Scenario) {
	for name := range factors {
		at := p.Key(name)
		c.knownCategory(at, at.At, name, s)
	}
	for name := range s.Catalogue.Categories {
		if factor, ok := factors[name]; !ok || factor > 0 {
			return
		}
	}
	c.Fail(p.Whole(), p, "found 0 for all categories, want one that the segment needs")
}

// names checks the user's own names, and how many there are.
func (c *checker) names(p document.Place, most int, reserved ...string) {
	if p.Absent() || p.Node.Kind != document.MapNode {
		return
	}
	if n := len(p.Node.Pairs); n > most {
		c.Fail(p.At, p, "found %d names, want at most %d", n, most)
	}
	for _, e := range p.Node.Pairs {
		switch {
		case slices.Contains(reserved, e.Key):
			c.Fail(e.At, p, "%s is a reserved word, want another name", document.Quoted(e.Key))
		case !document.IsName(e.Key):
			c.Fail(e.At, p, "found the name %s, want %s", document.Quoted(e.Key), document.WantName)
		}
	}
}

func (c *checker) needs(p document.Place, n *Needs) {
	c.someNeeds(p.Key("season"), n.Season, len(months))
	c.someNeeds(p.Key("weekday"), n.Weekday, len(weekdays))
	q := p.Key("payday")
	if n.Payday.Day == 0 || !c.Clean(q) {
		return
	}
	if n.Payday.Days == 0 {
		c.Fail(q.Whole(), q, "%q is missing, want the number of days that payday lasts, "+
			"such as days: 4", "days")
	}
	if n.Payday.Boost == 0 {
		c.Fail(q.Whole(), q, "%q is missing, want how frequent needs are on these days, "+
			"relative to others, such as boost: 1.2", "boost")
	}
}

// someNeeds refuses a year or a week without any needs; what is not in factors counts as 1.
func (c *checker) someNeeds(p document.Place, factors map[string]float64, all int) {
	zero := 0
	for _, x := range factors {
		if x == 0 {
			zero++
		}
	}
	if zero == all && c.Clean(p) {
		c.Fail(p.Whole(), p, "all are 0, want at least one above 0")
	}
}

func (c *checker) ages(p document.Place, ages [2]int) {
	if c.Clean(p) && ages[0] > ages[1] {
		c.Fail(p.Value(), p, "found [%d, %d], want the youngest age first", ages[0], ages[1])
	}
}

// traits checks that the correlations can all hold at once: that their matrix has a root.
func (c *checker) traits(p document.Place, t *Traits) {
	q := p.Key("correlate")
	if q.Absent() || !c.Clean(q) {
		return
	}
	seen := map[[2]string]bool{}
	for i, r := range t.Correlate {
		of := r.Of
		slices.Sort(of[:])
		switch at := q.Item(i).Key("of"); {
		case of[0] == of[1]:
			c.Fail(at.Value(), at, "found %s twice, want two different traits", document.Quoted(of[0]))
		case seen[of]:
			c.Fail(at.Value(), at, "found %q and %q a second time, want each pair once", r.Of[0], r.Of[1])
		}
		seen[of] = true
	}
	if !c.Clean(q) {
		return
	}
	if _, ok := correlationRoot(t.Correlate); !ok {
		c.Fail(q.Whole(), q, "these correlations contradict each other "+
			"(their matrix is not positive definite), want weaker ones")
	}
}

func (c *checker) channels(p document.Place, s *Scenario) {
	if p.Absent() || p.Node.Kind != document.MapNode {
		return
	}
	if len(p.Node.Pairs) == 0 {
		c.Fail(p.Whole(), p, "found no channel, want at least one, such as {web: {touchpoint: web}}")
	}
	owner := map[string]string{}
	for _, e := range document.Blocks(p.Node) {
		channel, q := s.Channels[e.Key], p.Key(e.Key)
		if other, taken := owner[channel.ID]; taken && channel.ID != "" {
			c.twins(p, e.Key, other)
		}
		owner[channel.ID] = e.Key
		c.substitute(q.Key("without").Key("substitute"), e.Key, channel.Without.Substitute, s)
		c.opening(q, &channel, s)
	}
}

// twins says that two channels have the same id, where one of them asks for it.
func (c *checker) twins(p document.Place, channel, other string) {
	if p.Key(channel).Key("id").Value().IsDefault() {
		channel, other = other, channel
	}
	q := p.Key(channel).Key("id")
	c.Fail(q.Value(), q, "found %s, which is also the id of channel %s, want another one",
		document.Found(q.Node), other)
}

func (c *checker) substitute(p document.Place, channel, substitute string, s *Scenario) {
	switch {
	case substitute == "":
	case substitute == channel:
		c.Fail(p.Value(), p, "found %s, the channel itself, want another one, through which "+
			"its visits come instead",
			document.Quoted(substitute))
	default:
		c.knownChannel(p, p.Value(), substitute, s)
	}
}

// opening checks when a channel is open.
func (c *checker) opening(p document.Place, channel *Channel, s *Scenario) {
	closed, week := p.Key("closed"), p.Key("weekday")
	if !c.Clean(closed) || !c.Clean(p.Key("open")) || !c.Clean(week) {
		return
	}
	shut := map[string]bool{}
	for i, d := range channel.Closed {
		at := closed.Item(i)
		if slices.Contains(channel.Closed[:i], d) {
			c.Fail(at.At, at, "found %s a second time, want each day once", document.Quoted(d.String()))
		}
		if d.Holidays && s.Holidays == "" && c.Clean(document.Place{Path: "holidays"}) {
			c.Fail(at.At, at, "found %s, but the scenario names none, want a country or region at its "+
				"top, such as holidays: IT", document.Quoted(d.String()))
		}
		if d.Weekday != "" {
			shut[d.Weekday] = true
		}
	}
	visited := slices.ContainsFunc(weekdays, func(day string) bool {
		return !shut[day] && factor(channel.Weekday, day) > 0
	})
	switch {
	case !c.Clean(closed):
	case len(shut) == len(weekdays):
		c.Fail(closed.Value(), closed, "found every day of the week, want at least one open day")
	case !visited && len(shut) == 0:
		c.Fail(week.Whole(), week, "all are 0, want at least one above 0")
	case !visited:
		c.Fail(week.Whole(), week, "all are 0 on which it is not closed, want at least one above 0")
	}
}

func (c *checker) pages(p document.Place, s *Sessions) {
	if sum := float64(s.ProductViews + s.Searches); sum > 1+document.PercentSlack && c.Clean(p) {
		c.Fail(p.Key("searches").Whole(), p, "product_views and searches sum to %s%% of "+
			"the pages, want at most 100%%", document.Number(100*sum))
	}
}

// stores misses the shops that channels and fulfilment need.
func (c *checker) stores(p document.Place, s *Scenario) {
	q := p.Key("stores").Key("count")
	if s.Stores.Count > 0 || !c.Clean(q) || !c.Clean(p.Key("channels")) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Channels)) {
		if s.Channels[name].Touchpoint == "store" {
			c.Fail(q.Value(), q, "found 0, but channel %s is on touchpoint store, want at least 1", name)
			return
		}
	}
	if s.Orders.Fulfilment["collect"] > 0 {
		c.Fail(q.Value(), q, "found 0, but orders.fulfilment has orders that are picked up in stores, "+
			"want at least 1, or fulfilment: {ship: 100%%}")
	}
}

// String writes a date as scenarios do.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// knownChannel checks a reference to a channel that stands at the given place.
func (c *checker) knownChannel(p document.Place, at document.Origin, name string, s *Scenario) {
	if _, ok := s.Channels[name]; !ok {
		c.Fail(at, p, "%s", table.Unknown("channel", name, slices.Collect(maps.Keys(s.Channels))))
	}
}

// journey checks a whole chain. At p stands all of it, or what a segment changes.
func (c *checker) journey(p document.Place, j *Journey, s *Scenario) {
	if p.Absent() || p.Node.Kind != document.MapNode {
		return
	}
	stages, start := p.Key("stages"), p.Key("start")
	if len(j.Stages) == 0 {
		if c.Clean(stages) {
			c.Fail(stages.Whole(), p, "%q is missing, want at least one, such as "+
				"{purchase: {dwell: 0d, next: {leave: 100%%}}}", "stages")
		}
		return
	}
	c.names(stages, MaxStages-1, "start", "leave")
	c.leadsTo(start, j.Start, slices.Collect(maps.Keys(j.Stages)))
	for _, e := range document.Blocks(stages.Node) {
		q, stage := stages.Key(e.Key), j.Stages[e.Key]
		c.leadsTo(q.Key("next"), stage.Next, append(slices.Collect(maps.Keys(j.Stages)), "leave"))
		for name := range stage.Channels {
			at := q.Key("channels").Key(name)
			c.knownChannel(at, at.At, name, s)
		}
		c.doable(q, &stage, s)
	}
	c.rows(p.Key("channels"), j, s)
	if c.Clean(stages) && c.Clean(start) {
		c.endless(p, j)
		c.unreached(p, j)
	}
}

// leadsTo checks the names in a start or a next.
func (c *checker) leadsTo(p document.Place, w Weights, stages []string) {
	for name := range w {
		if q := p.Key(name); !slices.Contains(stages, name) {
			c.Fail(q.At, q, "%s", table.Unknown("stage", name, stages))
		}
	}
}

// doable misses a channel through which what a stage does can happen.
func (c *checker) doable(p document.Place, stage *Stage, s *Scenario) {
	if !c.Clean(p) || !c.Clean(document.Place{Path: "channels"}) {
		return
	}
	for name, channel := range s.Channels {
		factor, given := stage.Channels[name]
		touchpoint := table.Touchpoint(slices.Index(table.Touchpoints, channel.Touchpoint) + 1)
		if does := Activity(slices.Index(Activities, stage.Does)); (!given || factor > 0) &&
			does.FitsAt(touchpoint) {
			return
		}
	}
	var where []string
	for i, name := range table.Touchpoints[:table.Parcel-1] {
		if Activity(slices.Index(Activities, stage.Does)).FitsAt(table.Touchpoint(i + 1)) {
			where = append(where, name)
		}
	}
	q := p.Key("channels")
	c.Fail(q.Whole(), p, "does: %s is possible through none of its channels, "+
		"want one on touchpoint %s with a factor above 0", stage.Does, table.OneOf(where))
}

// rows checks the weights of the next channel.
func (c *checker) rows(p document.Place, j *Journey, s *Scenario) {
	if _, ok := j.Channels["start"]; !ok && c.Clean(p) {
		c.Fail(p.Whole(), p, "%q is missing, want weights of the first channel of a journey, such as "+
			"start: {web: 1}", "start")
	}
	if p.Absent() || p.Node.Kind != document.MapNode {
		return
	}
	for _, e := range p.Node.Pairs {
		row := p.Key(e.Key)
		if after := strings.Split(e.Key, " > "); len(after) > 2 {
			c.Fail(e.At, row, "found %d channels, want at most two: a > b", len(after))
		} else if e.Key != "start" {
			for _, name := range after {
				c.knownChannel(row, e.At, name, s)
			}
		}
		for name := range j.Channels[e.Key] {
			at := row.Key(name)
			c.knownChannel(at, at.At, name, s)
		}
	}
}

// endless misses the way out for those stages from which no path leads to leave.
func (c *checker) endless(p document.Place, j *Journey) {
	ends := map[string]bool{"leave": true}
	for grown := true; grown; {
		grown = false
		for name, stage := range j.Stages {
			if ends[name] {
				continue
			}
			for to, weight := range stage.Next {
				if weight > 0 && ends[to] {
					ends[name], grown = true, true
				}
			}
		}
	}
	stuck := slices.Sorted(maps.Keys(j.Stages))
	stuck = slices.DeleteFunc(stuck, func(name string) bool { return ends[name] })
	if len(stuck) == 0 {
		return
	}
	stages := p.Key("stages")
	c.Fail(routes(stages, stages.Key(stuck[0]).At, stuck), stages,
		"no path from %s leads to leave, want one, such as leave: 10%% in a next",
		table.OneOf(stuck))
}

// unreached misses the way into stages.
func (c *checker) unreached(p document.Place, j *Journey) {
	var reached []string
	reach := func(to Weights) {
		for name, weight := range to {
			if weight > 0 && name != "leave" && !slices.Contains(reached, name) {
				reached = append(reached, name)
			}
		}
	}
	reach(j.Start)
	for i := 0; i < len(reached); i++ {
		reach(j.Stages[reached[i]].Next)
	}
	stages := p.Key("stages")
	for _, name := range slices.Sorted(maps.Keys(j.Stages)) {
		if q := stages.Key(name); !slices.Contains(reached, name) {
			at := routes(stages, q.At, stages.Names())
			if start := p.Key("start"); start.Node != nil && start.Whole().Flag != "" {
				at = start.Whole()
			}
			c.Fail(at, q, "no journey enters this stage, want it in start or in the next of a stage that "+
				"journeys enter")
		}
	}
}

// routes is to blame for where some stages, in the map at p, lead: the flag that changed the next
// of one, or else the given place.
func routes(p document.Place, at document.Origin, stages []string) document.Origin {
	for _, name := range stages {
		if next := p.Key(name).Key("next"); next.Node != nil && next.Whole().Flag != "" {
			return next.Whole()
		}
	}
	return at
}
