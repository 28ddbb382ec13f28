package model

import (
	"maps"
	"math/bits"
	"slices"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Service is the behavior service: calls, chats and mails to one desk that sees all its channels,
// and the queue before it.
//
// Calls and chats wait for the next free agent, first come, first served, and hang up when their
// patience ends: Erlang-A (Palm 1957; Garnett, Mandelbaum and Reiman 2002). From what is expected
// follows how many people the agents serve, more than live in a town. A town therefore lives their
// day in slow motion: a call keeps an agent people ÷ town times as long, and waits are that many
// times shorter than the queue's. All rates of the queue are slowed down alike, so loads, waits and
// abandonment are those of the whole desk.
type Service struct {
	Agents    int                       `yaml:"agents" range:"1..10_000" doc:"number of agents who answer calls and chats in opening hours"`
	Busy      Share                     `yaml:"busy" range:">0..2" doc:"occupancy: share of agents' time that the expected calls and chats take; e.g. 85%"`
	Contacts  float64                   `yaml:"contacts" range:">0..1000" doc:"expected calls and chats per customer and year; it sets how many customers the agents serve. More contacts than expected lengthen the queue"`
	Channels  map[string]ServiceChannel `yaml:"channels" doc:"channels that customer service answers; default: every channel on touchpoint telephone"`
	Asks      Asks                      `yaml:"asks" doc:"share of each kind of occasion after which customers contact customer service"`
	After     Law                       `yaml:"after" doc:"time from the occasion to the first contact"`
	Handling  Law                       `yaml:"handling" doc:"handling time: how long an agent works on a contact; calls that are part of a journey last as sessions.call says"`
	Patience  Law                       `yaml:"patience" doc:"how long customers wait in a call or a chat before they give up"`
	Wait      Law                       `yaml:"wait" doc:"waiting time where coupling is off, so that no other customer keeps agents busy"`
	Response  Law                       `yaml:"response" doc:"response time: from a written request to its reply; a reply due outside opening hours waits for them"`
	Resolved  Share                     `yaml:"resolved" doc:"share of answered contacts that resolve the issue"`
	Again     Share                     `yaml:"again" doc:"share of unresolved or unanswered issues with which customers try again; three attempts at most"`
	AgainIn   Law                       `yaml:"again_in" doc:"time until the next attempt, never on the same day"`
	LongAfter Span                      `yaml:"long" doc:"a wait longer than this, e.g. 2min, counts as a bad experience (satisfaction.felt.wait)"`
}

// A ServiceChannel is a channel that the desk answers.
type ServiceChannel struct {
	Kind   string  `yaml:"kind" words:"call,chat,mail" doc:"kind of contact: call (touchpoint telephone), chat (web, app or social_feed) or mail (inbox, web or app); default: the first of these that the touchpoint allows"`
	Weight float64 `yaml:"weight" range:"0..1000" doc:"how often customers choose it, relative to the other channels of customer service"`
}

// Asks are the parts of occasions that lead to a contact.
type Asks struct {
	Late     Share `yaml:"late" doc:"share of late orders about which the customer contacts customer service"`
	Defect   Share `yaml:"defect" doc:"share of products, defective or not as expected, about which the customer contacts customer service"`
	Return   Share `yaml:"return" doc:"share of returns about which the customer contacts customer service"`
	StockOut Share `yaml:"stock_out" doc:"share of stock-outs met about which the customer contacts customer service"`
	Order    Share `yaml:"order" doc:"share of received orders about which the customer contacts customer service"`
}

// What a contact can be about. The last is what customers call for in the course of a journey.
const (
	TopicLate = iota
	TopicDefect
	TopicReturn
	TopicStockOut
	TopicOrder
	TopicQuestion
	TopicCount
)

// topics are their names; their codes count from 1.
var topics = []string{"late", "defect", "return", "stock_out", "order", "question"}

// MostAttempts is how often the same matter brings a customer to the desk.
const MostAttempts = 3

// ServicePlan is the compiled behavior service.
type ServicePlan struct {
	On       bool
	Agents   int
	People   int64 // whom they serve
	Desk     []DeskChannel
	Channel  draw.Choice // of places in Desk
	Asks     [TopicCount]draw.Chance
	Reasons  [TopicCount]uint32 // codes of the events' column reason
	Open     []uint32           // hours in which agents answer, as bits, by day at [day+Warmup]
	week     [7]uint32          // likewise by weekday, but for single days
	Office   ChannelPlan        // those of the first phone channel: for chats and mails
	After    Wait
	Handling Wait
	Patience Wait
	Wait     Wait
	Response Wait
	AgainIn  Wait
	Resolved draw.Chance
	Again    draw.Chance
	Long     int64 // µs
}

// A DeskChannel is a channel that the desk answers.
type DeskChannel struct {
	Number uint8  // of the channel, from 1
	Event  uint32 // Call, Chat or Request
}

// kindsAt lists the kinds of contact that fit a touchpoint, the usual one first.
func kindsAt(t table.Touchpoint) []string {
	switch t {
	case table.Telephone:
		return []string{"call"}
	case table.Web, table.App:
		return []string{"chat", "mail"}
	case table.SocialFeed:
		return []string{"chat"}
	case table.Inbox:
		return []string{"mail"}
	}
	return nil
}

// touchpoint is where a channel of the scenario happens.
func (s *Scenario) touchpoint(channel string) table.Touchpoint {
	return table.Touchpoint(slices.Index(table.Touchpoints, s.Channels[channel].Touchpoint) + 1)
}

// answered lists the channels of the desk with their kinds: those that are named or, if none is,
// every telephone channel.
func (b *Service) answered(s *Scenario) map[string]ServiceChannel {
	all := map[string]ServiceChannel{}
	for name, c := range b.Channels {
		if kinds := kindsAt(s.touchpoint(name)); c.Kind == "" && len(kinds) > 0 {
			c.Kind = kinds[0]
		}
		all[name] = c
	}
	for name := range s.Channels {
		if s.touchpoint(name) == table.Telephone && len(b.Channels) == 0 {
			all[name] = ServiceChannel{Kind: "call", Weight: 1}
		}
	}
	return all
}

// CauseService is the code of the behavior among causes of events.
var CauseService = causeOf("service")

// check implements behavior.
func (b *Service) check(c *checker, p document.Place, s *Scenario) {
	q, whole := p.Key("channels"), 0.0
	if !c.Clean(document.Place{Path: "channels"}) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(b.Channels)) {
		at := q.Key(name)
		if _, ok := s.Channels[name]; !ok {
			c.knownChannel(at, at.At, name, s)
			continue
		}
		channel, kinds := b.Channels[name], kindsAt(s.touchpoint(name))
		switch k := at.Key("kind"); {
		case len(kinds) == 0:
			c.Fail(at.At, at, "channel %s is on touchpoint %s, want one on touchpoint web, app, inbox, "+
				"telephone or social_feed", name, s.Channels[name].Touchpoint)
		case channel.Kind != "" && !slices.Contains(kinds, channel.Kind):
			c.Fail(k.Value(), k, "found %s, but the touchpoint of channel %s is %s, want %s",
				document.Quoted(channel.Kind), name, s.Channels[name].Touchpoint, table.OneOf(kinds))
		}
		whole += channel.Weight
	}
	switch {
	case !c.Clean(q):
	case len(b.answered(s)) == 0:
		c.Fail(p.At, p, "no channel of the scenario is on touchpoint telephone, want one, or other "+
			"channels for customer service, such as channels: {email: {kind: mail}}")
	case len(b.Channels) > 0 && whole == 0:
		c.Fail(q.Whole(), q, "all weights are 0, want at least one above 0")
	}
}

// compile implements behavior.
func (b *Service) compile(w *World, s *Scenario) any {
	if b == nil {
		return &ServicePlan{}
	}
	plan := ServicePlan{On: true, Agents: b.Agents,
		After: waitOf(&b.After), Handling: waitOf(&b.Handling), Patience: waitOf(&b.Patience),
		Wait: waitOf(&b.Wait), Response: waitOf(&b.Response), AgainIn: waitOf(&b.AgainIn),
		Resolved: draw.ChanceOf(float64(b.Resolved)), Again: draw.ChanceOf(float64(b.Again)),
		Long: int64(b.LongAfter) / 1000}
	a := b.Asks
	for topic, share := range []Share{a.Late, a.Defect, a.Return, a.StockOut, a.Order, 1} {
		plan.Asks[topic] = draw.ChanceOf(float64(share))
		plan.Reasons[topic] = w.word(table.EventReason, topics[topic])
	}
	w.Tables[table.TableTickets].Column("topic").Vocab = topics
	plan.Office.Hours = draw.ChoiceOf((&Channel{}).hours(table.Telephone))
	w.opening(&plan.Office, &Channel{Closed: []Closing{{Holidays: true}}}, s)
	plan.Open = make([]uint32, s.Warmup+s.Days)
	all, weights, calls := b.answered(s), []float64(nil), false
	for i := range w.Channels {
		channel := &w.Channels[i]
		one, ok := all[channel.Name]
		if !ok {
			continue
		}
		event := map[string]uint32{
			"call": table.Call, "chat": table.Chat, "mail": table.ContactRequest}[one.Kind]
		plan.Desk = append(plan.Desk, DeskChannel{uint8(i + 1), event})
		weights = append(weights, one.Weight)
		if event == table.Call && !calls {
			plan.Office, calls = *channel, true
		}
		if event == table.Call {
			plan.opens(channel)
		}
	}
	plan.opens(&plan.Office)
	plan.People = plan.people(b)
	plan.Channel = draw.ChoiceOf(weights)
	return &plan
}

// people is how many customers keep the agents as busy as they are meant to be: the time that
// agents work in a year, by the time that a customer takes of it.
func (plan *ServicePlan) people(b *Service) int64 {
	const grain, microsOfHour = 4096, 3600e6
	handling := int64(0)
	for i := range uint64(grain) {
		u := (2*i + 1) << 51 // the middle of each 4096th
		handling += min(plan.Handling.Micros(draw.Threshold(u), 0), 24*microsOfHour)
	}
	hours := 0
	for _, open := range plan.week {
		hours += bits.OnesCount32(open)
	}
	year := float64(hours) * 365.25 / 7 * microsOfHour
	each := float64(b.Contacts) * max(float64(handling)/grain, 1)
	return int64(min(max(float64(b.Agents)*float64(b.Busy)*year/each, 1), mostServed))
}

// mostServed keeps products of people and times of six hours in 63 bits.
const mostServed = 1e8

// opens adds the hours of a channel to those in which agents answer.
func (plan *ServicePlan) opens(c *ChannelPlan) {
	hours := uint32(0)
	for h := range 24 {
		if c.Hours.Weight(h) > 0 {
			hours |= 1 << h
		}
	}
	for day, closed := range c.Closed {
		if !closed {
			plan.Open[day] |= hours
		}
	}
	for day, closed := range c.Week {
		if !closed {
			plan.week[day] |= hours
		}
	}
}

// InWriting reports whether what comes through a channel is a letter, which waits in no queue.
func (w *World) InWriting(channel uint8) bool {
	for _, c := range PlanOf[ServicePlan](w).Desk {
		if c.Number == channel {
			return c.Event == table.ContactRequest
		}
	}
	return w.Channels[channel-1].Touchpoint == table.Inbox
}
