package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// A checker says what is wrong with a scenario beyond its single values.
type checker struct{ *Checker }

// scenario checks what no single value can tell: names that refer to each other, journeys that end,
// dates in their order. The decoder has already refused values that are impossible by themselves;
// checks that build on one of those are left out.
func (c *checker) scenario(p place, s *Scenario) {
	c.names(p.key("segments"), maxElements)
	c.names(p.key("channels"), MaxChannels, "start", "leave")
	c.names(p.key("catalogue").key("categories"), maxElements)
	c.names(p.key("campaigns"), maxCampaigns)
	c.names(p.key("carts").key("reasons"), maxElements)
	c.needs(p.key("needs"), &s.Needs)
	c.traits(p.key("traits"), &s.Traits)
	c.channels(p.key("channels"), s)
	c.pages(p.key("sessions"), &s.Sessions)
	c.stores(p, s)
	c.campaigns(p.key("campaigns"), s)
	c.journey(p.key("journey"), &s.Journey, s)
	c.segments(p.key("segments"), s, c.clean(p.key("journey")))
	c.behaviors(p.key("behaviors"), s)
	c.targets(p.key("targets"), s)
}

// segments checks what segments change of the journey, if that itself is right.
func (c *checker) segments(p place, s *Scenario, isRight bool) {
	stages := maps.Clone(s.Journey.Stages)
	for _, e := range elements(p.node) {
		q := p.key(e.key)
		c.ages(q.key("ages"), s.Segments[e.key].Ages)
		own := s.Segments[e.key].Journey
		if own == nil || s.Journey.Channels == nil || !isRight {
			continue
		}
		j := own.over(s.Journey)
		c.journey(q.key("journey"), &j, s)
		maps.Copy(stages, j.Stages)
	}
	if n := len(stages); n >= MaxStages && c.clean(p) {
		c.fail(p.whole(), p, "their journeys have %d stages of different names, want at most %d in all",
			n, MaxStages-1)
	}
}

// names checks the user's own names, and how many there are.
func (c *checker) names(p place, most int, reserved ...string) {
	if p.absent() || p.node.kind != mapNode {
		return
	}
	if n := len(p.node.pairs); n > most {
		c.fail(p.at, p, "found %d names, want at most %d", n, most)
	}
	for _, e := range p.node.pairs {
		switch {
		case slices.Contains(reserved, e.key):
			c.fail(e.at, p, "%s is a reserved word, want another name", quoted(e.key))
		case !isName(e.key):
			c.fail(e.at, p, "found the name %s, want %s", quoted(e.key), wantName)
		}
	}
}

func (c *checker) needs(p place, n *Needs) {
	c.someNeeds(p.key("season"), n.Season, len(months))
	c.someNeeds(p.key("weekday"), n.Weekday, len(weekdays))
	q := p.key("payday")
	if n.Payday.Day == 0 || !c.clean(q) {
		return
	}
	if n.Payday.Days == 0 {
		c.fail(q.whole(), q, "%q is missing, want how many days a payday is felt", "days")
	}
	if n.Payday.Boost == 0 {
		c.fail(q.whole(), q, "%q is missing, want the relative needs on these days", "boost")
	}
}

// someNeeds refuses a year or a week without any needs; what is not in factors counts as 1.
func (c *checker) someNeeds(p place, factors map[string]float64, all int) {
	zero := 0
	for _, x := range factors {
		if x == 0 {
			zero++
		}
	}
	if zero == all && c.clean(p) {
		c.fail(p.whole(), p, "all are 0, want at least one above 0")
	}
}

func (c *checker) ages(p place, ages [2]int) {
	if c.clean(p) && ages[0] > ages[1] {
		c.fail(p.value(), p, "found [%d, %d], want the youngest age first", ages[0], ages[1])
	}
}

// traits checks that the correlations can all hold at once: that their matrix has a root.
func (c *checker) traits(p place, t *Traits) {
	q := p.key("correlate")
	if q.absent() || !c.clean(q) {
		return
	}
	seen := map[[2]string]bool{}
	for i, r := range t.Correlate {
		of := r.Of
		slices.Sort(of[:])
		switch at := q.item(i).key("of"); {
		case of[0] == of[1]:
			c.fail(at.value(), at, "found %s twice, want two different traits", quoted(of[0]))
		case seen[of]:
			c.fail(at.value(), at, "found %q and %q a second time", r.Of[0], r.Of[1])
		}
		seen[of] = true
	}
	if !c.clean(q) {
		return
	}
	if _, ok := correlationRoot(t.Correlate); !ok {
		c.fail(q.whole(), q, "these correlations contradict each other "+
			"(their matrix is not positive definite), want weaker ones")
	}
}

func (c *checker) channels(p place, s *Scenario) {
	if p.absent() || p.node.kind != mapNode {
		return
	}
	if len(p.node.pairs) == 0 {
		c.fail(p.whole(), p, "found no channel, want at least one")
	}
	owner := map[string]string{}
	for _, e := range elements(p.node) {
		channel, q := s.Channels[e.key], p.key(e.key)
		if other, taken := owner[channel.ID]; taken && channel.ID != "" {
			c.twins(p, e.key, other)
		}
		owner[channel.ID] = e.key
		c.substitute(q.key("off").key("substitute"), e.key, channel.Off.Substitute, s)
		if len(channel.Closed) > 0 && c.clean(q.key("closed")) {
			c.closed(q.key("closed"), channel.Closed)
		}
	}
}

// twins says that two channels have the same id, where one of them asks for it.
func (c *checker) twins(p place, channel, other string) {
	if p.key(channel).key("id").value().IsDefault() {
		channel, other = other, channel
	}
	q := p.key(channel).key("id")
	c.fail(q.value(), q, "found %s, which channel %s has too, want an id of its own",
		found(q.node), other)
}

func (c *checker) substitute(p place, channel, substitute string, s *Scenario) {
	switch {
	case substitute == "":
	case substitute == channel:
		c.fail(p.value(), p, "found %s, want another channel than the one that is off",
			quoted(substitute))
	default:
		c.knownChannel(p, p.value(), substitute, s)
	}
}

func (c *checker) closed(p place, days []string) {
	for i := range days {
		if slices.Contains(days[:i], days[i]) {
			c.fail(p.item(i).at, p.item(i), "found %s a second time", quoted(days[i]))
		}
	}
	if c.clean(p) && len(days) == len(weekdays) {
		c.fail(p.value(), p, "found every day of the week, want at least one open day")
	}
}

func (c *checker) pages(p place, s *Sessions) {
	if sum := float64(s.ProductViews + s.Searches); sum > 1+percentSlack && c.clean(p) {
		c.fail(p.key("searches").whole(), p, "product_views and searches together are %s%% of "+
			"the pages, want at most 100%%", number(100*sum))
	}
}

// stores misses the shops that channels and fulfilment need.
func (c *checker) stores(p place, s *Scenario) {
	q := p.key("stores").key("count")
	if s.Stores.Count > 0 || !c.clean(q) || !c.clean(p.key("channels")) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.Channels)) {
		if s.Channels[name].Touchpoint == "store" {
			c.fail(q.value(), q, "found 0, but channel %s happens in stores, want at least 1", name)
			return
		}
	}
	if s.Orders.Fulfilment["collect"] > 0 {
		c.fail(q.value(), q, "found 0, but orders.fulfilment lets customers collect in stores, "+
			"want at least 1 or fulfilment: {ship: 100%%}")
	}
}

func (c *checker) campaigns(p place, s *Scenario) {
	for _, e := range elements(p.node) {
		q, campaign := p.key(e.key), s.Campaigns[e.key]
		if at := q.key("channel"); !at.absent() && c.clean(at) {
			c.knownChannel(at, at.value(), campaign.Channel, s)
		}
		if at := q.key("to"); !at.absent() && c.clean(q) && campaign.To.before(campaign.From) {
			c.fail(at.value(), at, "found %s, which is before from: %s", campaign.To, campaign.From)
		}
	}
}

// String writes a date as scenarios do.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

func (d Date) before(e Date) bool { return d.String() < e.String() }

// knownChannel checks a reference to a channel that stands at the given place.
func (c *checker) knownChannel(p place, at origin, name string, s *Scenario) {
	if _, ok := s.Channels[name]; !ok {
		c.fail(at, p, "%s", unknown("channel", name, slices.Collect(maps.Keys(s.Channels))))
	}
}

// journey checks a whole chain. At p stands all of it, or what a segment changes.
func (c *checker) journey(p place, j *Journey, s *Scenario) {
	if p.absent() || p.node.kind != mapNode {
		return
	}
	stages, start := p.key("stages"), p.key("start")
	if len(j.Stages) == 0 {
		if c.clean(stages) {
			c.fail(stages.whole(), p, "%q is missing, want at least one, such as "+
				"{purchase: {dwell: 0d, next: {leave: 100%%}}}", "stages")
		}
		return
	}
	c.names(stages, MaxStages-1, "start", "leave")
	c.leadsTo(start, j.Start, slices.Collect(maps.Keys(j.Stages)))
	for _, e := range elements(stages.node) {
		q, stage := stages.key(e.key), j.Stages[e.key]
		c.leadsTo(q.key("next"), stage.Next, append(slices.Collect(maps.Keys(j.Stages)), "leave"))
		for name := range stage.Channels {
			at := q.key("channels").key(name)
			c.knownChannel(at, at.at, name, s)
		}
		c.doable(q, &stage, s)
	}
	c.rows(p.key("channels"), j, s)
	if c.clean(stages) && c.clean(start) {
		c.endless(p, j)
		c.unreached(p, j)
	}
}

// leadsTo checks the names in a start or a next.
func (c *checker) leadsTo(p place, w Weights, stages []string) {
	for name := range w {
		if q := p.key(name); !slices.Contains(stages, name) {
			c.fail(q.at, q, "%s", unknown("stage", name, stages))
		}
	}
}

// doable misses a channel through which what a stage does can happen.
func (c *checker) doable(p place, stage *Stage, s *Scenario) {
	if !c.clean(p) || !c.clean(place{path: "channels"}) {
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
	q := p.key("channels")
	c.fail(q.whole(), p, "does %s, but no channel lets it, want one on %s with a factor above 0",
		stage.Does, oneOf(where))
}

// rows checks the weights of the next channel.
func (c *checker) rows(p place, j *Journey, s *Scenario) {
	if _, ok := j.Channels["start"]; !ok && c.clean(p) {
		c.fail(p.whole(), p, "%q is missing, want weights for the first channel", "start")
	}
	if p.absent() || p.node.kind != mapNode {
		return
	}
	for _, e := range p.node.pairs {
		row := p.key(e.key)
		if after := strings.Split(e.key, " > "); len(after) > 2 {
			c.fail(e.at, row, "found %d channels, want at most two: a > b", len(after))
		} else if e.key != "start" {
			for _, name := range after {
				c.knownChannel(row, e.at, name, s)
			}
		}
		for name := range j.Channels[e.key] {
			at := row.key(name)
			c.knownChannel(at, at.at, name, s)
		}
	}
}

// endless misses the way out for those stages from which no path leads to leave.
func (c *checker) endless(p place, j *Journey) {
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
	stages := p.key("stages")
	c.fail(routes(stages, stages.key(stuck[0]).at, stuck), stages,
		"there is no way to leave from %s, want one, such as a next with leave: 10%%", oneOf(stuck))
}

// unreached misses the way into stages.
func (c *checker) unreached(p place, j *Journey) {
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
	stages := p.key("stages")
	for _, name := range slices.Sorted(maps.Keys(j.Stages)) {
		if q := stages.key(name); !slices.Contains(reached, name) {
			at := routes(stages, q.at, stages.names())
			if start := p.key("start"); start.node != nil && start.whole().flag != "" {
				at = start.whole()
			}
			c.fail(at, q, "never entered, want a start or a next that leads to it")
		}
	}
}

// routes is to blame for where some stages, in the map at p, lead: the flag that changed the next
// of one, or else the given place.
func routes(p place, at origin, stages []string) origin {
	for _, name := range stages {
		if next := p.key(name).key("next"); next.node != nil && next.whole().flag != "" {
			return next.whole()
		}
	}
	return at
}
