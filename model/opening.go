package model

import (
	"slices"
	"time"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// A Closing is when a channel is closed: a day of the week, the public holidays, or a day.
type Closing struct {
	Weekday  string
	Holidays bool
	Day      Day
}

// onHolidays is the word for public holidays.
const onHolidays = "holidays"

// Decode reads sun, holidays, 12-25 or 2025-12-25.
func (d *Closing) Decode(c *document.Checker, p document.Place) {
	text, ok := p.Word()
	day, isDay, hint := parseDay(text)
	switch {
	case ok && slices.Contains(weekdays, text):
		d.Weekday = text
	case ok && text == onHolidays:
		d.Holidays = true
	case ok && isDay:
		d.Day = day
	default:
		words := append(slices.Clone(weekdays[1:]), weekdays[0], onHolidays)
		if hint == "" {
			hint = table.Nearest(text, words)
		}
		c.Wrong(p, "%s%s", table.OneOf(append(words, "a day such as 12-25 or 2025-12-25")), hint)
	}
}

// Schema implements document.Value.
func (*Closing) Schema(b *document.Schemas, field string) document.Object {
	words := append(slices.Clone(weekdays[1:]), weekdays[0], onHolidays)
	return document.AnyOf(document.Object{"enum": words}, (*Day)(nil).Schema(b, field))
}

// String writes a closing as scenarios do.
func (d Closing) String() string {
	switch {
	case d.Weekday != "":
		return d.Weekday
	case d.Holidays:
		return onHolidays
	}
	return d.Day.String()
}

// is reports whether a day, a midnight UTC, is this one.
func (d Day) is(day time.Time) bool {
	return (d.Year == 0 || d.Year == day.Year()) && d.in(day.Year()).Equal(day)
}

// isShut reports whether the channel is closed on a day, a midnight UTC.
func (ch *Channel) isShut(day time.Time, holiday bool) bool {
	if slices.ContainsFunc(ch.Open, func(d Day) bool { return d.is(day) }) {
		return false
	}
	return slices.ContainsFunc(ch.Closed, func(d Closing) bool {
		return d.Weekday == weekdays[day.Weekday()] || d.Holidays && holiday ||
			d.Day != Day{} && d.Day.is(day)
	})
}

// spread is within how many days somebody comes who does not come at once: each day of the week is
// one of them.
const spread = 7

// opening fills in on which days a channel is closed, and when those come who are ready on each. On
// a day with w times the mean visits they come at once with probability w/max(w), or else on one of
// the next seven days, which each has its w for a weight; w is 0 when it is closed. So from people
// who are ready evenly, every day of the week has exactly its part: those who come at once and
// those who come later are each proportional to w. What one closed day leaves to others is spread
// over the whole week, instead of waiting for its end.
func (w *World) opening(p *ChannelPlan, ch *Channel, s *Scenario) {
	weight := func(day time.Time, holiday bool) float64 {
		if ch.isShut(day, holiday) {
			return 0
		}
		return factor(ch.Weekday, weekdays[day.Weekday()])
	}
	most := 0.0
	for day := range spread {
		at := s.day(day)
		p.Week[at.Weekday()] = slices.ContainsFunc(ch.Closed, func(d Closing) bool {
			return d.Weekday == weekdays[at.Weekday()]
		})
		if !p.Week[at.Weekday()] {
			most = max(most, factor(ch.Weekday, weekdays[at.Weekday()]))
		}
	}
	weights := make([]float64, 0, s.Warmup+s.Days+spread)
	for d := -s.Warmup; d < s.Days+spread; d++ {
		day := s.day(d)
		holiday := w.Holidays[day]
		weights = append(weights, weight(day, holiday))
		if d < s.Days {
			p.Closed = append(p.Closed, ch.isShut(day, holiday))
		}
	}
	known := map[[spread + 1]float64]uint16{}
	for d := range p.Closed {
		of := [spread + 1]float64(weights[d:])
		goes, same := known[of]
		if later, waits := goesOn(of, most); waits && !same {
			p.Later = append(p.Later, later)
			goes = uint16(len(p.Later))
			known[of] = goes
		}
		p.Goes = append(p.Goes, goes)
		if goes > 0 {
			p.Delay += meanOf(&p.Later[goes-1]) / float64(s.Warmup+s.Days)
		}
	}
	if len(p.Later) == 0 {
		p.Goes = nil
	}
}

// goesOn is in how many days somebody comes who is ready today, by the weights of today and the
// days after it; not waits is at once. When all of them are closed, they look again on the last.
func goesOn(weights [spread + 1]float64, most float64) (later draw.Choice, waits bool) {
	now := min(weights[0]/most, 1)
	sum := 0.0
	for _, x := range weights[1:] {
		sum += x
	}
	switch {
	case now == 1, now > 0 && sum == 0:
		return later, false
	case sum == 0:
		weights[spread], sum = 1, 1
	}
	parts := make([]float64, len(weights))
	parts[0] = now
	for i, x := range weights[1:] {
		parts[i+1] = (1 - now) * x / sum
	}
	return draw.ChoiceOf(parts), true
}
