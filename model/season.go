package model

import (
	"maps"
	"slices"
	"time"

	"github.com/percorso/percorso/model/document"
)

// Season is the behavior season: when in the year needs are felt. Each of its factors multiplies
// the needs of its days, together with needs.season, weekday and payday; seasonOf then gives them a
// mean of 1 over the year, so that needs.per_year stays what a year has. The sizes
// are proposals.
type Season struct {
	Christmas   Rush              `yaml:"christmas" doc:"rises steadily to its peak on December 24, then ends"`
	Sales       Rush              `yaml:"sales" doc:"Italian winter and summer sales: they peak on their first day, then fall steadily"`
	BlackFriday Rush              `yaml:"black_friday" doc:"starts on the day after the fourth Thursday of November, at its peak throughout"`
	Payday      Payday            `yaml:"payday" doc:"more needs on the days after payday"`
	Periods     map[string]Period `yaml:"periods" doc:"other periods of every year, by names of your own; naming any replaces the default back_to_school"`
}

// A Rush is a time of the year that moves with the calendar.
type Rush struct {
	Boost float64 `yaml:"boost" doc:"frequency of needs at the peak relative to other days; 1: no peak" range:">0..100"`
	Days  int     `yaml:"days" doc:"number of days it lasts" range:"1..170"`
}

// A Period is a time between two days, of every year or of one.
type Period struct {
	From  Day     `yaml:"from" doc:"first day, of every year: 08-25; or of one: 2025-08-25" must:"true"`
	To    Day     `yaml:"to" doc:"last day; of every year and before from: in the following year" must:"true"`
	Boost float64 `yaml:"boost" doc:"frequency of needs on these days relative to other days; 1: no effect" range:">0..100"`
}

// check finds what no single value can tell.
func (b *Season) check(c *checker, p document.Place, s *Scenario) {
	if q := p.Key("payday"); b.Payday.Day > 0 && b.Payday.Days == 0 {
		c.Fail(q.Whole(), q, "found days: 0, want the number of days that payday lasts, or day: 0")
	}
	q := p.Key("periods")
	c.names(q, maxElements)
	for _, name := range slices.Sorted(maps.Keys(b.Periods)) {
		period{b.Periods[name].From, b.Periods[name].To}.check(c, q.Key(name))
	}
}

// compile implements behavior: the calendar asks factor.
func (b *Season) compile(*World, *Scenario) any { return nil }

// factor is how much likelier a need is on a day than on others.
func (b *Season) factor(day time.Time) float64 {
	f := b.Christmas.rising(day, christmasEve(day.Year()))
	f *= b.Sales.falling(day, winterSales(day.Year()))
	f *= b.Sales.falling(day, summerSales(day.Year()))
	if since := daysBetween(blackFriday(day.Year()), day); since >= 0 && since < b.BlackFriday.Days {
		f *= b.BlackFriday.Boost
	}
	if p := b.Payday; p.Day > 0 && sincePayday(day, p.Day) < p.Days {
		f *= p.Boost
	}
	for _, name := range slices.Sorted(maps.Keys(b.Periods)) { // products round in one order
		if p := b.Periods[name]; (period{p.From, p.To}).has(day) {
			f *= p.Boost
		}
	}
	return f
}

// rising is a rush that comes to its height on its last day.
func (r Rush) rising(day, last time.Time) float64 {
	return r.at(r.Days - daysBetween(day, last))
}

// falling is a rush that has its height on its first day.
func (r Rush) falling(day, first time.Time) float64 {
	return r.at(r.Days - daysBetween(first, day))
}

// at is the factor on one of the steps from 1 to the last, which is the height; elsewhere it is 1.
func (r Rush) at(step int) float64 {
	if step < 1 || step > r.Days {
		return 1
	}
	return 1 + float64((r.Boost-1)*float64(step)/float64(r.Days))
}

func daysBetween(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) }

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func christmasEve(year int) time.Time { return date(year, time.December, 24) }

// blackFriday is the day after Thanksgiving, the fourth Thursday of November.
func blackFriday(year int) time.Time {
	return firstWeekday(year, time.November, time.Thursday).AddDate(0, 0, 3*7+1)
}

// winterSales begin on the last working day before Epiphany, or on the Saturday when that is a
// Monday; Saturdays are working days. They and the summer's last up to 60 days (document of the
// Conference of the Italian Regions of 2016, as quoted by terninrete.it; most Regions keep to it).
func winterSales(year int) time.Time {
	day := date(year, time.January, 5)
	switch day.Weekday() {
	case time.Sunday:
		return day.AddDate(0, 0, -1)
	case time.Monday:
		return day.AddDate(0, 0, -2)
	}
	return day
}

// summerSales begin on the first Saturday of July (ibid.).
func summerSales(year int) time.Time { return firstWeekday(year, time.July, time.Saturday) }

func firstWeekday(year int, month time.Month, weekday time.Weekday) time.Time {
	first := date(year, month, 1)
	return first.AddDate(0, 0, (int(weekday)-int(first.Weekday())+7)%7)
}
