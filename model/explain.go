package model

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// An Explanation is what the Markov chain of a scenario leads to, in expectation, with every trait
// at its mean. Behaviors bend the chain, so a market with behaviors differs from it.
type Explanation struct {
	JourneysPerYear   float64       `json:"journeys_per_year"`   // of a customer
	TouchesPerJourney float64       `json:"touches_per_journey"` // through any channel
	DaysPerJourney    float64       `json:"days_per_journey"`
	Stages            []StageLine   `json:"stages"` // of the scenario's own journey
	Channels          []ChannelLine `json:"channels"`
}

// A StageLine explains a stage.
type StageLine struct {
	Name     string  `json:"name"`
	PartOf   string  `json:"part_of"`
	Shown    string  `json:"shown_as"` // its name in the list of stages that the scenario shows
	Does     string  `json:"does"`
	Dwell    string  `json:"dwell"`              // the law, in words
	Visits   float64 `json:"visits_per_journey"` // expected
	MeanDays float64 `json:"mean_days"`          // of one visit
}

// A ChannelLine explains a channel.
type ChannelLine struct {
	Name       string  `json:"name"`
	Touchpoint string  `json:"touchpoint"`
	Hours      string  `json:"hours"`               // local, as 9-20
	Closed     string  `json:"closed"`              // as "sun, holidays, 12-24"
	Busiest    string  `json:"busiest"`             // days of the week, as "sat, sun"; "" is none
	Touches    float64 `json:"touches_per_journey"` // expected
}

// Visits returns the expected number of visits of each stage (by code) in a journey of the given
// chain: the row of the start distribution in the fundamental matrix N = (I - Q)⁻¹ of the absorbing
// chain (Kemeny and Snell 1960, theorem 3.2.4).
func (w *World) Visits(chain int) []float64 {
	c := &w.Chains[chain]
	n := len(c.Stages)
	a := mat.NewDense(n, n, nil)
	start := mat.NewVecDense(n, nil)
	for i := range n {
		a.Set(i, i, 1)
		start.SetVec(i, c.Start.Part(i))
	}
	for from := 1; from < n; from++ {
		if next := &c.Stages[from].Next; next.Len() > 0 {
			for to := 1; to < n; to++ {
				a.Set(to, from, a.At(to, from)-next.Part(to)) // (I - Q)ᵀ
			}
		}
	}
	visits := mat.NewVecDense(n, nil)
	if err := visits.SolveVec(a, start); err != nil {
		panic(fmt.Sprintf("model: a chain that is never left was let through: %v", err))
	}
	return visits.RawVector().Data
}

// Touches returns the expected number of touches in a journey of the given chain by stage code and
// channel. The channel memory runs beside the stage chain; the expectation is followed move by move
// until less than 1e-9 of a journey is left.
func (w *World) Touches(chain int) [][]float64 {
	c, k := &w.Chains[chain], len(w.Channels)
	touches := make([][]float64, len(c.Stages))
	here := make(map[memory]float64) // probability of entering a stage after two channels
	for stage := 1; stage < len(c.Stages); stage++ {
		touches[stage] = make([]float64, k)
		if p := c.Start.Part(stage); p > 0 {
			here[memory{stage: stage}] = p
		}
	}
	order := func(a, b memory) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.before, b.before),
			cmp.Compare(a.last, b.last))
	}
	for left, moves := 1.0, 0; left > 1e-9 && moves < 10_000; moves++ {
		next := make(map[memory]float64, len(here))
		left = 0
		gone := make([]float64, (k+1)*(k+1)) // from one stage, by the channels it leaves behind
		states := slices.SortedFunc(maps.Keys(here), order)
		for i, at := range states {
			plan := &c.Stages[at.stage]
			row := &plan.Channel[c.Row(at.before, at.last, k)]
			for ch := range k {
				q := here[at] * row.Part(ch)
				touches[at.stage][ch] += q
				before, last := c.remember(at.last, uint8(ch+1), k)
				gone[int(before)*(k+1)+int(last)] += q
			}
			if i+1 < len(states) && states[i+1].stage == at.stage {
				continue
			}
			for pair, q := range gone {
				if q == 0 {
					continue
				}
				for to := 1; to < len(c.Stages); to++ {
					if m := q * plan.Next.Part(to); m > 0 {
						next[memory{to, uint8(pair / (k + 1)), uint8(pair % (k + 1))}] += m
						left += m
					}
				}
			}
			clear(gone)
		}
		here = next
	}
	return touches
}

// A memory is a stage that is entered and the two channels before it, from 1; 0 is none.
type memory struct {
	stage        int
	before, last uint8
}

// remember forgets the channel before the last where the next does not depend on it.
func (c *Chain) remember(before, last uint8, channels int) (uint8, uint8) {
	if c.Row(before, last, channels) == c.Row(0, last, channels) {
		before = 0
	}
	return before, last
}

// Mean returns the mean of a law of time in days, over 4,096 equally likely values.
func (w *Wait) Mean() float64 {
	const n = 4096
	sum := 0.0
	for i := range uint64(n) {
		sum += float64(w.Micros(draw.Threshold((2*i+1)<<51), 0))
	}
	return sum / n / (24 * 3600 * 1e6)
}

// An outlook is what one journey of a chain leads to, roughly.
type outlook struct {
	days, touches, events float64
	visits                float64 // on web and app
	carts, checkouts      float64 // of them, those that fill a cart and those that order
	meets                 float64 // after which the customer is known
}

func (w *World) expect(chain int) outlook {
	var e outlook
	c := &w.Chains[chain]
	visits := w.Visits(chain)
	touches := w.Touches(chain)
	for stage := 1; stage < len(c.Stages); stage++ {
		plan := &c.Stages[stage]
		if plan.Next.Len() == 0 {
			continue
		}
		e.days += visits[stage] * plan.Dwell.Mean()
		for ch, n := range touches[stage] {
			e.touches += n
			e.days += float64(n * w.Channels[ch].Delay)
			e.add(w, plan.Does, &w.Channels[ch], n)
		}
	}
	return e
}

// add counts what n touches of an activity through a channel write.
func (e *outlook) add(w *World, does Activity, ch *ChannelPlan, n float64) {
	if does == PlaceOrder {
		e.events += n * 2 // purchase; delivery or pickup
	}
	if !ch.Touchpoint.Digital() {
		e.events += n
		if does == PlaceOrder && ch.Touchpoint == table.Store {
			e.meets += n * float64(w.LoyaltyCard) / (1 << 32)
		} else if does == PlaceOrder {
			e.meets += n
		}
		return
	}
	e.visits += n
	e.events += n * (2 + meanOf(&w.Pages[does])) // session_start and pages
	if ch.Followed() {
		e.events += n * 2 // impression or message_opened; click
	}
	switch does {
	case FillCart:
		e.carts += n
		e.events += n * 2 * (1 + meanOf(&w.Lines))
	case PlaceOrder:
		e.meets += n
		e.checkouts += n
		e.events += n * 1.5 // begin_checkout; sometimes login
	default:
		e.meets += n * float64(w.Register) / (1 << 32)
	}
}

func meanOf(c *draw.Choice) float64 {
	sum := 0.0
	for i := range c.Len() {
		sum += float64(i) * c.Part(i)
	}
	return sum
}

// journeysPerYear is how many journeys a customer of a segment begins in a year when each keeps
// them busy for some days: needs felt meanwhile are part of it, so they renew at rate λ/(1+λ·days).
// It is averaged over personal rates.
func (w *World) journeysPerYear(segment int, days float64) float64 {
	const n = 256
	mean := w.Scenario.Needs.PerYear * math.Exp2(float64(w.Segments[segment].Needs)/(1<<32))
	sum := 0.0
	for i := range uint64(n) {
		personal := w.NeedRate.At(draw.Threshold((2*i + 1) << 55))
		rate := mean * math.Exp2(float64(personal)/(1<<32))
		sum += rate / (1 + rate*days/365.25)
	}
	return sum / n
}

// average is the expectation over segments, per customer and year.
func (w *World) average() (e outlook, journeys float64) {
	chains := make([]outlook, len(w.Chains))
	for i := range chains {
		chains[i] = w.expect(i)
	}
	for s := range w.Segments {
		x := &chains[w.Segments[s].Chain]
		n := w.Segment.Part(s) * w.journeysPerYear(s, x.days)
		journeys += n
		for _, f := range []struct{ to, from *float64 }{{&e.days, &x.days}, {&e.touches, &x.touches},
			{&e.events, &x.events}, {&e.visits, &x.visits}, {&e.meets, &x.meets},
			{&e.carts, &x.carts}, {&e.checkouts, &x.checkouts}} {
			*f.to += n * *f.from
		}
	}
	return e, journeys
}

// expectedRows estimates the event rows of a customer over the written days, from the chain and
// what behaviors write beside it. It decides how many towns a part has, so a change of it changes
// the files of every dataset. It is rough: only a simulation tells how many rows there are.
func (w *World) expectedRows() float64 {
	e, _ := w.average()
	rows := float64(e.events * float64(w.Days) / 365.25)
	w.Scenario.Behaviors.each(func(_ string, one behavior, on bool) {
		if f, can := one.(forecaster); on && can {
			rows += f.forecast(w, &e)
		}
	})
	return rows * w.occupied()
}

// occupied is the share of places in which there is somebody, over the written days.
func (w *World) occupied() float64 {
	sum := 0.0
	for _, taken := range w.Population.Taken[w.Warmup:] {
		sum += float64(taken) / (1 << 32)
	}
	stay := 365.25 * w.Scenario.Population.StayYears
	return sum / float64(w.Days) * stay / (stay + Vacancy)
}

// Explain works out what the chain leads to.
func (w *World) Explain() *Explanation {
	e, journeys := w.average()
	x := &Explanation{JourneysPerYear: journeys}
	if journeys > 0 {
		x.TouchesPerJourney, x.DaysPerJourney = e.touches/journeys, e.days/journeys
	}
	visits, touches := w.Visits(0), w.Touches(0)
	byChannel := make([]float64, len(w.Channels))
	for code, plan := range w.Chains[0].Stages {
		if plan.Next.Len() == 0 {
			continue
		}
		stage := w.Scenario.Journey.Stages[w.Stages[code-1]]
		x.Stages = append(x.Stages, StageLine{
			Name: w.Stages[code-1], PartOf: stage.PartOf, Does: stage.Does,
			Shown: w.Scenario.Shown("", w.Stages[code-1]),
			Dwell: stage.Dwell.String(), Visits: visits[code], MeanDays: plan.Dwell.Mean()})
		for ch, n := range touches[code] {
			byChannel[ch] += n
		}
	}
	for i := range w.Channels {
		c := &w.Channels[i]
		x.Channels = append(x.Channels, ChannelLine{
			Name: c.Name, Touchpoint: table.Touchpoints[c.Touchpoint-1],
			Hours: openHours(&c.Hours), Touches: byChannel[i],
			Closed: w.Scenario.Channels[c.Name].closings(), Busiest: w.Scenario.Channels[c.Name].busiest()})
	}
	return x
}

// openHours says from when to when a channel has any weight.
func openHours(c *draw.Choice) string {
	first, last := 24, 0
	for h := range 24 {
		if c.Weight(h) > 0 {
			first, last = min(first, h), h+1
		}
	}
	return fmt.Sprintf("%d-%d", first, last)
}

// closings says when a channel is closed, in the words of scenarios.
func (ch Channel) closings() string {
	var days []string
	for _, d := range ch.Closed {
		days = append(days, d.String())
	}
	text := strings.Join(days, ", ")
	for i, d := range ch.Open {
		sep := ", "
		if i == 0 {
			sep = ", but not "
		}
		text += sep + d.String()
	}
	return strings.TrimPrefix(text, ", ")
}

// busiest lists the days of the week with more visits than the mean, the most first.
func (ch Channel) busiest() string {
	mean := 0.0
	for _, day := range weekdays {
		mean += factor(ch.Weekday, day) / float64(len(weekdays))
	}
	days := slices.DeleteFunc(slices.Clone(weekdays), func(day string) bool {
		return factor(ch.Weekday, day) <= mean+1e-9
	})
	slices.SortStableFunc(days, func(a, b string) int {
		return cmp.Compare(factor(ch.Weekday, b), factor(ch.Weekday, a))
	})
	return strings.Join(days, ", ")
}

// ever is how many people something happens to at least once, when it happens to them so many times
// on average: by chance, at the personal rates of their Gamma law (the zero of a negative
// binomial).
func (w *World) ever(mean float64) float64 {
	if shape := w.Scenario.Needs.Vary; shape > 0 {
		return 1 - math.Pow(1+mean/shape, -shape)
	}
	return 1 - math.Exp(-mean)
}
