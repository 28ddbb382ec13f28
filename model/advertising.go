package model

import (
	"maps"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Advertising is the behavior advertising: contacts with pushed channels that nobody asked for,
// their costs, and their effects. Each channel has its own reach, and each of its effects a
// coefficient of its own, 0 by default: advertising that does nothing.
//
// The contacts of a customer on a day are Poisson, of mean reach·exp(ads + τ·(0.6·J + 0.5·need) -
// norm): J is 1 on a journey, ads and need are personal traits, τ is target, and norm keeps the
// average at the reach. Their remaining effect, G, halves every memory; Hill's curve f(G) = Gᵏ/(Gᵏ
// + halfᵏ), with k the shape, turns it into a share of the full effect (Jin et al. 2017). Wear-out
// reduces f rather than having a weight of its own, so that a channel without effect cannot wear
// out.
type Advertising struct {
	Audience int                 `yaml:"market" doc:"market size, in people, that campaign budgets are planned for. With fewer customers each gets the same number of contacts, and only a proportional part of the budget is spent" range:"1..134_217_727"`
	Channels map[string]Exposure `yaml:"channels" doc:"settings by channel. A channel that costs only per click, such as paid search, needs no reach"`
}

// An Exposure says who meets a channel, how often, at what cost, and what that changes.
type Exposure struct {
	Reach       Share   `yaml:"reach" doc:"mean contacts per customer and day, in addition to those that campaign budgets buy; 5% is one contact in 20 days"`
	Flights     Flights `yaml:"flights" doc:"days on and days off of the reach, which stays the average; cities that differ from week to week let a media mix model tell what the channel brings"`
	Cap         int     `yaml:"cap" doc:"frequency cap: maximum contacts per customer and day; at most 4 for messages (touchpoint inbox, app or telephone)" range:"1..8"`
	CapWeek     int     `yaml:"cap_week" doc:"frequency cap: maximum contacts per customer in any seven days" range:"1..56"`
	Target      float64 `yaml:"target" doc:"targeting: 0 reaches everybody equally; 1 reaches people on a journey e^0.6 = 1.8 times as often, and people with many needs more often; the average stays reach" range:"-5..5"`
	After       Span    `yaml:"after" doc:"retargeting: contacts only within this time after a visit on the web or in the app, of people who allow to be tracked, e.g. 14d; 0d: no such limit"`
	List        List    `yaml:"list" doc:"mailing list of a channel on touchpoint inbox: reach and campaigns go out as newsletters on these days of the week, at one hour, at most one a day and customer"`
	Subscribers bool    `yaml:"subscribers" doc:"true: only known customers who allow marketing; in the inbox this is always so"`
	Opens       Share   `yaml:"opens" doc:"open rate: share of sent messages that are opened; an unopened message costs money and has no effect"`
	Clicks      Share   `yaml:"clicks" doc:"click rate among people who are not on a journey: share of contacts that are clicked at once; each click starts a journey"`
	CTR         Share   `yaml:"ctr" doc:"click-through rate that the platform reports in spend, where nobody logs the impressions that are not clicked, as in paid search: at 6.4% there are 15 for each click; 0%: every impression is an event"`
	Cost        Cost    `yaml:"cost" doc:"cost of contacts, in the scenario's currency; several kinds add up"`
	Memory      Span    `yaml:"memory" doc:"half-life of a contact's effect (adstock), e.g. 7d; at most 365d"`
	Half        float64 `yaml:"half" doc:"number of remembered contacts at which an effect reaches half of its maximum" range:">0..1000"`
	Shape       float64 `yaml:"shape" doc:"exponent of the Hill response curve: 1 is concave (diminishing returns from the first contact), above 1 it is S-shaped" range:">0..10"`
	Fresh       int     `yaml:"fresh" doc:"contacts in seven days before wear-out begins" range:"0..56"`
	WearOut     Share   `yaml:"wear_out" doc:"share of the effect lost with each contact in seven days beyond fresh"`
	Effects     Effects `yaml:"effects" doc:"maximum effects, each the natural log of a factor: 0.1 means × e^0.1 = 1.11; 0 changes nothing"`
}

// A List is a mailing list: when its newsletters go out, and what becomes of them.
type List struct {
	Days         []string `yaml:"days" doc:"days of the week on which a newsletter goes out, e.g. [tue, thu]; they carry the reach of the whole week. Without days, each message goes out at an hour of its own" words:"$weekdays"`
	At           int      `yaml:"at" doc:"local hour at which it goes out, within 15 minutes" range:"0..23"`
	Bounces      Share    `yaml:"bounces" doc:"share of messages that are not delivered, for a passing reason: the next one is sent all the same"`
	Unsubscribes Share    `yaml:"unsubscribes" doc:"share of messages whose reader unsubscribes: nobody may send them advertising any more"`
}

// Cost is what is paid for contacts; several kinds add up.
type Cost struct {
	CPM   float64 `yaml:"cpm" doc:"cost per thousand contacts (CPM)" range:"0..100_000"`
	CPC   float64 `yaml:"cpc" doc:"cost per click (CPC)" range:"0..100_000"`
	Piece float64 `yaml:"piece" doc:"cost per contact: a letter, a flyer, a text message" range:"0..100_000"`

	Season map[string]float64 `yaml:"season" doc:"factors on these costs by month, jan to dec; default 1. A budget buys fewer contacts in dear months" range:">0..100" keys:"$months"`
}

// Effects are where advertising may act.
type Effects struct {
	Need       float64            `yaml:"need" doc:"natural log of the factor on how often needs arise, at full effect" range:"-5..5"`
	Stage      float64            `yaml:"stage" doc:"natural log of the factor on how fast a customer leaves the stage (does: notice or browse) in which a contact reaches them, at full effect" range:"-5..5"`
	Choice     map[string]float64 `yaml:"choice" doc:"natural logs of factors on the weights of channels, by channel: {brand_search: 0.4} lifts brand search" range:"-5..5"`
	Click      float64            `yaml:"click" doc:"natural log of the factor on the weight of this channel itself and on its click rate, at full effect" range:"-5..5"`
	Conversion float64            `yaml:"conversion" doc:"natural log of the factor on the weight of moving on to cart or order, at full effect" range:"-5..5"`
	Basket     float64            `yaml:"basket" doc:"natural log of the factor on the number of products in an order beyond the first, at full effect" range:"-5..5"`
	Churn      float64            `yaml:"churn" doc:"subtracted from the log-odds of churning, at full effect" range:"-5..5"`
}

// Bounds of advertising.
const (
	mostContacts = 8   // of a channel, a customer and a day; simulate has so many ids for them
	mostSent     = 4   // likewise of messages, each of which may also be opened
	mostMemory   = 365 // days
)

// The weights that targeting gives to being on a journey and to a need above the
// average.
const (
	aimAtJourneys = 0.6
	aimAtNeeds    = 0.5
)

// AdvertisingPlan is the compiled behavior advertising.
type AdvertisingPlan struct {
	On       bool
	Audience int // people that budgets are meant for
	Channels []AdPlan
	Sources  []AdSource
	Place    []uint8  // from 1 in Channels, by channel - 1; 0: does not advertise
	Source   []uint16 // from 1 in Sources, by campaign - 1; 0: of a channel that does not
	Aims     bool     // whether who is reached differs from channel to channel
	Stage    uint8    // in which a click begins a journey; 0: none can
	Date     int64    // of day 0, in days since 1970
	Month    []uint8  // of each day from the first of the warm-up; 0 is January

	// The channels that have the effects; what has none is not computed.
	OnNeed, OnConversion, OnBasket, OnChurn []AdEffect
	OnChoice                                []uint8
}

// An AdEffect is an effect of a channel (a place in Channels) or, in AdPlan.Choice, on one (a place
// in World.Channels).
type AdEffect struct {
	Channel uint8
	Full    draw.Log // with all goodwill there can be
}

// An AdPlan is a channel that advertises.
type AdPlan struct {
	Channel      uint8 // from 1
	Always       int   // its source outside campaigns
	Sent         bool  // its contacts are messages
	Cap, CapWeek uint32

	Base        draw.Log    // of the mean contacts of a day, on a journey or not, whichever is more
	Aim         int64       // of the trait need on contacts, 16 fractional bits, × log2 e
	Idle, Busy  draw.Chance // of those contacts, of people without and with a journey
	After       int         // days; 0: whenever
	Subscribers bool
	List        bool    // whether its messages go out on some days, at one hour
	On          [7]bool // on which, by weekday; all without a list
	At          int     // at what hour
	Bounces     draw.Chance
	Leaves      draw.Chance // of messages: the reader unsubscribes
	Opens       draw.Chance
	Clicks      draw.Chance
	MostClicks  uint64 // bounds the chance of a click, 32 fractional bits

	Decay []uint32      // 2^-(days / half-life), 32 fractional bits, by days from 1
	Half  draw.Log      // of contacts with 16 fractional bits
	Shape int64         // 16 fractional bits
	Fresh uint32        // contacts in seven days
	Worn  []draw.Chance // what is left of the effect, by contacts beyond those

	mostHill [hillSteps + 2]uint8 // by what is left, in steps; the last is beyond them

	Need, Stage, Click, Conversion, Basket, Churn draw.Log
	Choice                                        []AdEffect // on the weights of channels

	PerContact, PerClick int64     // 1/1000 cents
	Season               [12]int64 // factors on these by month, 16 fractional bits
	Unclicked            draw.Log  // of the chance that an impression is not clicked; 0: all are seen
}

// Hill is Hill's curve f(G) = Gᵏ/(Gᵏ + halfᵏ) = 1/(1 + 2^(k·(log half - log G))) of what is left of
// contacts (16 fractional bits, above 0), with 32 fractional bits.
func (a *AdPlan) Hill(left int32) uint64 {
	short := int64(a.Half - draw.Log2(uint64(left)))
	x := draw.Log(short>>16*a.Shape) + 32*draw.One
	odds := uint64(draw.Exp2(min(x, 61*draw.One))) // against, 32 fractional bits
	if x < 0 {
		odds = 0
	}
	hi, lo := uint64(1), uint64(0) // 2^64
	f, _ := bits.Div64(hi, lo, 1<<32+odds)
	return f
}

// MostHill bounds Hill of what is left of contacts, in parts of 255, without computing it.
func (a *AdPlan) MostHill(left int32) uint8 {
	return a.mostHill[min(int(left+1<<hillStep-1)>>hillStep, len(a.mostHill)-1)]
}

// The table of MostHill has a step of 1/8 of a contact, up to 16 contacts.
const (
	hillStep  = 13
	hillSteps = 16 << (16 - hillStep)
)

// boundHill fills the table of MostHill.
func (a *AdPlan) boundHill() {
	for i := 1; i < len(a.mostHill)-1; i++ {
		a.mostHill[i] = uint8((a.Hill(int32(i)<<hillStep)*255 + 1<<32 - 1) >> 32)
	}
	a.mostHill[len(a.mostHill)-1] = 255
}

// An AdSource is why contacts happen: because a channel always advertises, or for a campaign.
type AdSource struct {
	Channel  int    // in Channels
	Campaign uint32 // code; 0: always
	From, To int    // days
	Flights  FlightPlan
	Rate     uint64 // contacts of a customer and day, 29 fractional bits, where the level is 1
	Budget   int64  // cents; 0: no bound
	People   int64  // of the market who live where the budget is spent
}

// Level is how many contacts a source has on a day in a city, relative to its rate, 16 fractional
// bits. It is known before anybody acts: a budget buys the same worth of contacts each day, fewer
// where they are dear.
func (plan *AdvertisingPlan) Level(w *World, source, day, city int) uint64 {
	s := &plan.Sources[source]
	if s.Campaign == 0 {
		return s.Flights.Level(day, city)
	}
	k := &w.Campaigns[s.Campaign-1]
	if !k.Runs(day, city) {
		return 0
	}
	return k.Flights.Level(day, city) << 16 / uint64(plan.price(w, s.Channel, day))
}

// price is the factor on the costs of a channel on a day, 16 fractional bits.
func (plan *AdvertisingPlan) price(w *World, channel, day int) int64 {
	return plan.Channels[channel].Season[plan.Month[day+w.Warmup]]
}

// Cost is what contacts and clicks of a channel cost on a day, 1/1000 cents.
func (plan *AdvertisingPlan) Cost(w *World, channel, day int, contacts, clicks int64) int64 {
	c := &plan.Channels[channel]
	return (contacts*c.PerContact + clicks*c.PerClick) * plan.price(w, channel, day) >> 16
}

// CauseAdvertising is the code of the behavior among causes of events.
var CauseAdvertising = causeOf("advertising")

// check implements behavior.
func (b *Advertising) check(c *checker, p document.Place, s *Scenario) {
	if len(b.Channels) == 0 {
		c.Fail(p.Whole(), p, "no channel advertises, want at least one, such as "+
			"{channels: {%s: {reach: 5%%}}}", slices.Min(slices.Collect(maps.Keys(s.Channels))))
		return
	}
	p = p.Key("channels")
	for _, e := range document.Blocks(p.Node) {
		q, x := p.Key(e.Key), b.Channels[e.Key]
		c.knownChannel(q, q.At, e.Key, s)
		if at := q.Key("memory"); x.Memory <= 0 || x.Memory > Span(mostMemory*24*time.Hour) {
			c.Fail(at.Value(), at, "found %s, want a duration above 0, up to %dd",
				document.Found(at.Node), mostMemory)
		}
		for name := range x.Effects.Choice {
			at := q.Key("effects").Key("choice").Key(name)
			c.knownChannel(at, at.At, name, s)
		}
		t := table.Touchpoint(slices.Index(table.Touchpoints, s.Channels[e.Key].Touchpoint) + 1)
		if at := q.Key("cap"); sentTo(t) && x.Cap > mostSent {
			c.Fail(at.Value(), at, "found %d, want at most %d messages a day", x.Cap, mostSent)
		}
		if at := q.Key("clicks"); x.Clicks > 0 && t > 0 && !t.Digital() {
			c.Fail(at.Value(), at, "found %s, but nobody can click on touchpoint %s, want 0%%",
				document.Found(at.Node), s.Channels[e.Key].Touchpoint)
		}
		c.list(q.Key("list"), &x.List, s.Channels[e.Key])
		c.flights(q.Key("flights"), &x.Flights, 0)
		b.payable(c, q, e.Key, s)
	}
}

// list checks that newsletters can go out when they should.
func (c *checker) list(p document.Place, l *List, channel Channel) {
	if len(l.Days) == 0 {
		return
	}
	days, at := p.Key("days"), p.Key("at")
	if channel.Touchpoint != table.Touchpoints[table.Inbox-1] {
		c.Fail(days.Value(), days, "found a list on touchpoint %s, want a channel on touchpoint inbox",
			channel.Touchpoint)
	}
	for i, day := range l.Days {
		item := days.Item(i)
		switch {
		case slices.Contains(l.Days[:i], day):
			c.Fail(item.At, item, "found %s a second time, want each day once", document.Quoted(day))
		case slices.Contains(channel.Closed, Closing{Weekday: day}):
			c.Fail(item.At, item, "found %s, on which the channel is closed, want one of its days",
				document.Quoted(day))
		}
	}
	if h := channel.hours(table.Inbox); c.Clean(at) && h[l.At] == 0 {
		c.Fail(at.Value(), at, "found %d, when the channel is closed, want one of its hours", l.At)
	}
}

// payable misses a cost by which the budget of a campaign could be turned into contacts.
func (b *Advertising) payable(c *checker, p document.Place, channel string, s *Scenario) {
	if x := b.Channels[channel].Cost; x.CPM+x.CPC+x.Piece > 0 {
		return
	}
	for _, name := range byID(s.Campaigns, own) {
		if k := s.Campaigns[name]; k.Channel == channel && k.Budget > 0 {
			c.Fail(p.Whole(), p, "campaign %s has a budget for this channel, but contacts cost nothing, "+
				"want a cost, such as cost: {cpm: 3.50}", name)
			return
		}
	}
}

// sentTo reports whether contacts there are messages to a person, and not shown to passers-by.
func sentTo(t table.Touchpoint) bool {
	return t == table.Inbox || t == table.App || t == table.Telephone
}

// compile implements behavior.
func (b *Advertising) compile(w *World, s *Scenario) any {
	if b == nil {
		return &AdvertisingPlan{}
	}
	plan := AdvertisingPlan{On: true, Audience: b.Audience, Place: make([]uint8, len(w.Channels)),
		Source: make([]uint16, len(w.Campaigns)), Date: s.Start.Days(),
		Stage: w.stageThat(Browse, Notice)}
	for day := -w.Warmup; day < w.Days; day++ {
		plan.Month = append(plan.Month, uint8(s.day(day).Month()-1))
	}
	for i := range w.Channels {
		name := w.Channels[i].Name
		x, ok := b.Channels[name]
		if !ok {
			continue
		}
		place := len(plan.Channels)
		a := w.adPlan(&x, i)
		a.Always = len(plan.Sources)
		w.NeedBound += max(a.Need, 0)
		plan.Aims = plan.Aims || a.Aim != 0
		plan.Channels = append(plan.Channels, a)
		plan.Place[i] = uint8(place + 1)
		plan.Sources = append(plan.Sources, AdSource{Channel: place, From: math.MinInt16,
			To: math.MaxInt16, Rate: adRate(float64(x.Reach * x.List.each())),
			Flights: w.flightPlan(&x.Flights, w.Key.With(keyFlights).With(hashOf(name)),
				-int(s.Start.Days()))})
		for _, code := range w.Channels[i].Campaigns {
			k := &w.Campaigns[code-1]
			people := k.people(w, b.Audience)
			rate := bought(&x, k, float64(people)*k.share(w)) * float64(x.List.each())
			plan.Sources = append(plan.Sources, AdSource{Channel: place, Campaign: code,
				From: k.From, To: k.To, Budget: k.Budget, Rate: adRate(rate), People: int64(people)})
			plan.Source[code-1] = uint16(len(plan.Sources))
		}
		if len(a.Choice) > 0 {
			plan.OnChoice = append(plan.OnChoice, uint8(place))
		}
		for _, on := range []struct {
			list *[]AdEffect
			full draw.Log
		}{{&plan.OnNeed, a.Need}, {&plan.OnConversion, a.Conversion}, {&plan.OnBasket, a.Basket},
			{&plan.OnChurn, a.Churn}} {
			if on.full != 0 {
				*on.list = append(*on.list, AdEffect{uint8(place), on.full})
			}
		}
	}
	return &plan
}

// each is how much of a day's contacts each day has on which messages go out.
func (l *List) each() Share {
	if len(l.Days) == 0 {
		return 1
	}
	return 7 / Share(len(l.Days))
}

// compile says on which days and at what hour messages go out.
func (l *List) compile(a *AdPlan) {
	a.List = len(l.Days) > 0
	for d, day := range weekdays {
		a.On[d] = !a.List || slices.Contains(l.Days, day)
	}
	if a.List {
		a.Cap, a.At = 1, l.At
		a.Bounces = draw.ChanceOf(float64(l.Bounces))
		a.Leaves = draw.ChanceOf(float64(l.Unsubscribes))
	}
}

// adRate rounds contacts of a customer and day.
func adRate(x float64) uint64 { return uint64(math.RoundToEven(min(x, mostContacts) * (1 << 29))) }

// bought is how many contacts of a customer and day the budget of a campaign pays for, in a market
// of so many people.
func bought(x *Exposure, k *CampaignPlan, people float64) float64 {
	each := float64(x.Cost.CPM/1000) + x.Cost.Piece + float64(x.Cost.CPC*float64(x.Clicks))
	if each == 0 || people == 0 {
		return 0
	}
	return float64(k.Budget) / 100 / each / people / k.Flights.daysOf(k.From, k.To)
}

// adPlan compiles what a channel (from 0) does.
func (w *World) adPlan(x *Exposure, channel int) AdPlan {
	t := w.Channels[channel].Touchpoint
	e := &x.Effects
	aim := float64(x.Target * aimAtJourneys)
	a := AdPlan{Channel: uint8(channel + 1), Sent: sentTo(t), Cap: uint32(x.Cap),
		CapWeek: uint32(x.CapWeek), Subscribers: x.Subscribers || t == table.Inbox,
		After: int(math.Ceil(float64(x.After) / float64(24*time.Hour))),
		Opens: draw.ChanceOf(float64(x.Opens)), Clicks: draw.ChanceOf(float64(x.Clicks)),
		Fresh: uint32(x.Fresh), Shape: int64(math.RoundToEven(x.Shape * (1 << 16))),
		Half: draw.LogOf(math.Log2(x.Half) + 16),
		Idle: draw.ChanceOf(math.Exp(-max(aim, 0))), Busy: draw.ChanceOf(math.Exp(min(aim, 0))),
		Aim:  int64(math.RoundToEven(float64(x.Target*aimAtNeeds) * math.Log2E * (1 << 16))),
		Need: draw.NatLog(e.Need), Stage: draw.NatLog(e.Stage), Click: draw.NatLog(e.Click),
		Conversion: draw.NatLog(e.Conversion), Basket: draw.NatLog(e.Basket),
		Churn:      draw.NatLog(e.Churn),
		PerContact: int64(math.Round(float64(x.Cost.CPM*100) + float64(x.Cost.Piece*100_000))),
		PerClick:   int64(math.Round(x.Cost.CPC * 100_000))}
	for m, month := range months {
		a.Season[m] = int64(fixed16(factor(x.Cost.Season, month)))
	}
	// 3 makes 32 fractional bits of the 29 of a rate.
	a.Base = draw.NatLog(max(aim, 0)-math.Log(w.meanAim(x.Target))) + 3*draw.One
	if x.CTR > 0 {
		a.Unclicked = draw.LogOf(math.Log2(1 - min(float64(x.CTR), 1-1e-9)))
	}
	x.List.compile(&a)
	half := float64(x.Memory) / float64(24*time.Hour)
	for d := 1; d <= w.Warmup+w.Days; d++ {
		left := uint32(math.RoundToEven(math.Exp2(-float64(d)/half) * (1 << 32)))
		if left < 1<<3 { // of the most that can be remembered, less than nothing is left
			break
		}
		a.Decay = append(a.Decay, left)
	}
	for n := range 7*mostContacts + 1 {
		a.Worn = append(a.Worn, draw.ChanceOf(math.Pow(1-float64(x.WearOut), float64(n))))
	}
	a.MostClicks = draw.Scale(uint64(a.Clicks), max(a.Click, 0))
	a.choices(w, e)
	a.boundHill()
	return a
}

// choices compiles the effects on channels, of which a click is that on the channel itself.
func (a *AdPlan) choices(w *World, e *Effects) {
	for i := range w.Channels {
		full := draw.NatLog(e.Choice[w.Channels[i].Name])
		if i == int(a.Channel)-1 {
			full += a.Click
		}
		if full != 0 {
			a.Choice = append(a.Choice, AdEffect{uint8(i), full})
		}
	}
}

// meanAim is the mean over people and days of exp(ads + τ·(0.6·J + 0.5·need)), by
// which contacts are divided, so that their average is the reach whatever the targeting. Traits are
// normal within a segment, so without J it is a lognormal mean; weighed by it, the trait need is as
// normal as before, about a mean that is higher by its covariance with the exponent.
func (w *World) meanAim(target float64) float64 {
	need := float64(target * aimAtNeeds)
	variance, covariance, spread := 0.0, 0.0, 0.0
	for j := range TraitCount {
		n := float64(w.TraitRoot[TraitNeed][j]) / (1 << 16)
		l := float64(w.TraitRoot[TraitAds][j])/(1<<16) + float64(need*n)
		variance += float64(l * l)
		covariance += float64(l * n)
		spread += float64(n * n)
	}
	more := math.Exp(float64(target*aimAtJourneys)) - 1
	sum := 0.0
	for s := range w.Segments {
		m := &w.Segments[s].Mean
		needs := float64(m[TraitNeed]) / (1 << 16)
		mean := math.Exp(float64(m[TraitAds])/(1<<16) + float64(need*needs) + float64(variance/2))
		if more != 0 {
			mean *= 1 + float64(more*w.onJourneys(s, needs+covariance, math.Sqrt(spread)))
		}
		sum += float64(w.Segment.Part(s) * mean)
	}
	return sum
}

// onJourneys is the part of their time that people of a segment are on journeys, when their trait
// need has a mean and a spread, as far as the chain alone tells.
func (w *World) onJourneys(segment int, mean, spread float64) float64 {
	const n = 32
	years := 0.0 // of a journey
	chain := w.Segments[segment].Chain
	for stage, visits := range w.Visits(chain) {
		if plan := &w.Chains[chain].Stages[stage]; stage > 0 && plan.Next.Len() > 0 {
			years += float64(visits * plan.Dwell.Mean() / 365.25)
		}
	}
	journeys := w.Scenario.Needs.PerYear * math.Exp2(float64(w.Segments[segment].Needs)/(1<<32))
	busy := 0.0
	for i := range uint64(n) {
		z := float64(w.Normal.At(draw.Threshold((2*i+1)<<58))) / (1 << 32)
		trait := math.Exp(mean + float64(spread*z))
		for j := range uint64(n) {
			personal := math.Exp2(float64(w.NeedRate.At(draw.Threshold((2*j+1)<<58))) / (1 << 32))
			at := journeys * trait * personal * years
			busy += at / (1 + at)
		}
	}
	return busy / (n * n)
}

// forecast implements forecaster; journeys lead to e a year.
func (*Advertising) forecast(w *World, e *outlook) (events float64) {
	plan := PlanOf[AdvertisingPlan](w)
	lived := float64(w.Warmup+w.Days/2) / 365.25
	for i := range plan.Sources {
		s := &plan.Sources[i]
		a := &plan.Channels[s.Channel]
		days := float64(max(0, min(s.To, w.Days-1)-max(s.From, 0)+1))
		rate := min(float64(s.Rate)/(1<<29), float64(a.Cap)) * a.everyDay()
		if a.Subscribers {
			rate *= float64(w.Marketing) / (1 << 32) * w.ever(e.meets*lived)
		}
		if a.After > 0 {
			rate *= w.ever(e.visits * float64(a.After) / 365.25)
		}
		rows := rate
		if a.Sent {
			rows += float64(rate * float64(a.Opens) / (1 << 32))
		}
		events += days * rows
	}
	return events
}

// everyDay is the part of days on which there are contacts.
func (a *AdPlan) everyDay() float64 {
	n := 0
	for _, on := range a.On {
		if on {
			n++
		}
	}
	return float64(n) / 7
}

// configured implements configured: what the only channel says that sends mails to many.
func (b *Advertising) configured(kpi string, s *Scenario) (value float64, ok bool) {
	if kpi != "email_open" && kpi != "email_click" {
		return 0, false
	}
	var mail Exposure
	n := 0
	for name, x := range b.Channels {
		if s.touchpoint(name) == table.Inbox {
			mail = x
			n++
		}
	}
	if kpi == "email_open" {
		return float64(mail.Opens), n == 1
	}
	return float64(mail.Clicks), n == 1
}
