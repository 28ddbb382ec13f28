package model

import (
	"fmt"
	"strings"
	"time"

	"github.com/percorso/percorso/model/document"
)

// A Day is a civil day: of one year, 2025-11-27 in the file, or of every year, 11-27. The 29th of
// February is the 28th in a common year.
type Day struct {
	Year  int // 0: every year
	Month time.Month
	Day   int
}

// wantDay completes "found …, want ".
const wantDay = "a day of every year such as 11-27, or of one such as 2025-11-27"

// Decode reads 11-27 or 2025-11-27.
func (d *Day) Decode(c *document.Checker, p document.Place) {
	text, ok := p.Word()
	day, is, hint := parseDay(text)
	if !ok || !is {
		c.Wrong(p, "%s%s", wantDay, hint)
		return
	}
	*d = day
}

// Schema implements document.Value.
func (*Day) Schema(*document.Schemas, string) document.Object {
	return document.Object{"type": "string",
		"pattern": `^((19[7-9]|20[0-9]|21[0-9])[0-9]-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`}
}

// parseDay reads 11-27 or 2025-11-27, from 1970 to 2199. When the month has no such day, the hint
// says how many it has.
func parseDay(text string) (d Day, ok bool, hint string) {
	const leap = "2000-"
	year, monthDay := 0, text
	if len(text) == len(time.DateOnly) {
		t, err := time.Parse("2006", text[:4])
		if err != nil || t.Year() < 1970 || t.Year() > 2199 || text[4] != '-' {
			return d, false, ""
		}
		year, monthDay = t.Year(), text[5:]
	}
	t, err := time.Parse(time.DateOnly, leap+monthDay)
	if err == nil {
		return Day{year, t.Month(), t.Day()}, true, ""
	}
	month, _, _ := strings.Cut(monthDay, "-")
	if first, bad := time.Parse(time.DateOnly, leap+month+"-01"); bad == nil &&
		strings.Contains(err.Error(), "day out of range") {
		hint = fmt.Sprintf("; %s ends on the %dth", first.Month(), lastOf(2000, first.Month()))
		hint = strings.Replace(hint, "31th", "31st", 1)
	}
	return d, false, hint
}

// String writes a day as scenarios do.
func (d Day) String() string {
	if d.Year == 0 {
		return fmt.Sprintf("%02d-%02d", d.Month, d.Day)
	}
	return Date(d).String()
}

// in is the day of a year, as midnight UTC.
func (d Day) in(year int) time.Time {
	return date(year, d.Month, min(d.Day, lastOf(year, d.Month)))
}

// leaps reports whether the day is the 29th of February and the year has none.
func (d Day) leaps(year int) bool { return d.Day > lastOf(year, d.Month) }

// lastOf is the last day of a month.
func lastOf(year int, month time.Month) int { return date(year, month+1, 0).Day() }

// A period is the time from one day to another, both included. Of every year, it goes over the
// year's end when it ends before it begins.
type period struct{ from, to Day }

// check refuses a period that ends before it begins, or of which only one day has a year.
func (r period) check(c *checker, p document.Place) {
	from, at := p.Key("from"), p.Key("to")
	switch {
	case from.Absent() || at.Absent() || !c.Clean(from) || !c.Clean(at):
	case (r.from.Year == 0) != (r.to.Year == 0):
		c.Fail(at.Value(), at, "found %s, want %s as in from: %s", r.to,
			map[bool]string{true: "no year", false: "a year"}[r.from.Year == 0], r.from)
	case r.from.Year != 0 && r.to.in(r.to.Year).Before(r.from.in(r.from.Year)):
		c.Fail(at.Value(), at, "found %s, want a day not before from: %s", r.to, r.from)
	}
}

// A run is a period of one year, as days of the world; year is that of its first day.
type run struct{ year, from, to int }

// runs lists when a period is in the simulated days of a scenario, or a part of it is. One of a
// single year is listed even when it is not in them.
func (r period) runs(s *Scenario) []run {
	at := func(year int) run {
		last := year + r.to.Year - r.from.Year
		to := r.to.in(last)
		if r.from.Year == 0 && to.Before(r.from.in(year)) {
			to = r.to.in(year + 1)
		}
		day := func(t time.Time) int { return int(t.Unix()/86400 - s.Start.Days()) }
		return run{year, day(r.from.in(year)), day(to)}
	}
	if r.from.Year != 0 {
		return []run{at(r.from.Year)}
	}
	var all []run
	first, last := s.day(-s.Warmup).Year(), s.day(s.Days-1).Year()
	for year := first - 1; year <= last; year++ {
		if x := at(year); x.to >= -s.Warmup && x.from < s.Days {
			all = append(all, x)
		}
	}
	return all
}

// has reports whether a day, a midnight UTC, is in a period.
func (r period) has(day time.Time) bool {
	if r.from.Year != 0 {
		return !day.Before(r.from.in(r.from.Year)) && !day.After(r.to.in(r.to.Year))
	}
	after, before := !day.Before(r.from.in(day.Year())), !day.After(r.to.in(day.Year()))
	if r.to.in(day.Year()).Before(r.from.in(day.Year())) {
		return after || before
	}
	return after && before
}

// day is a day of the world, as midnight UTC.
func (s *Scenario) day(n int) time.Time {
	return date(s.Start.Year, s.Start.Month, s.Start.Day+n)
}

// Unused says which dates of a scenario mean something else than they seem to: campaigns and
// promotions of one year that are outside the simulated days, wholly or in part, and a 29th of
// February in a common year; and a growth that empties or fills the market within months. Each line
// has the place, the days, and what is lost.
func (s *Scenario) Unused() (lines []string) {
	s.eachPeriod(func(p document.Place, r period) { lines = append(lines, r.unused(p, s)...) })
	if hasty := s.Population.hasty(); hasty != "" {
		growth := document.Place{Node: s.document.Root()}.Key("population").Key("growth")
		lines = append(lines, document.Note(growth, "%s", hasty))
	}
	return lines
}

// OffSeason lists the campaigns and promotions of every year that are at no time in the simulated
// days, each as "autumn (10-01 to 10-20)".
func (s *Scenario) OffSeason() (names []string) {
	s.eachPeriod(func(p document.Place, r period) {
		if len(r.runs(s)) == 0 {
			name := p.Path[strings.LastIndexByte(p.Path, '.')+1:]
			names = append(names, fmt.Sprintf("%s (%s to %s)", name, r.from, r.to))
		}
	})
	return names
}

// eachPeriod calls f for each campaign and promotion, in the order of the document.
func (s *Scenario) eachPeriod(f func(document.Place, period)) {
	root := document.Place{Node: s.document.Root()}
	campaigns := root.Key("campaigns")
	for _, e := range document.Blocks(campaigns.Node) {
		k := s.Campaigns[e.Key]
		f(campaigns.Key(e.Key), period{k.From, k.To})
	}
	b := s.Behaviors.MarketForces
	if b == nil {
		return
	}
	promotions := root.Key("behaviors").Key("market").Key("promotions")
	for _, e := range document.Blocks(promotions.Node) {
		k := b.Promotions[e.Key]
		f(promotions.Key(e.Key), period{k.From, k.To})
	}
}

// unused is the part of Unused about the campaign or promotion at p.
func (r period) unused(p document.Place, s *Scenario) (lines []string) {
	say := func(key, format string, args ...any) {
		lines = append(lines, document.Note(p.Key(key), format, args...))
	}
	days := fmt.Sprintf("the simulated days, %s to %s", s.day(-s.Warmup).Format(time.DateOnly),
		s.day(s.Days-1).Format(time.DateOnly))
	runs := r.runs(s)
	switch {
	case r.from.Year == 0:
	case runs[0].to < -s.Warmup || runs[0].from >= s.Days:
		say("from", "%s to %s is outside %s: it has no effect; without years, %s to %s, it would "+
			"come every year", r.from, r.to, days, Day{0, r.from.Month, r.from.Day},
			Day{0, r.to.Month, r.to.Day})
	case runs[0].from < -s.Warmup:
		say("from", "%s to %s begins before %s: the first %d days are lost", r.from, r.to, days,
			-s.Warmup-runs[0].from)
	case runs[0].to >= s.Days:
		say("to", "%s to %s ends after %s: the last %d days are lost", r.from, r.to, days,
			runs[0].to-s.Days+1)
	}
	for _, x := range runs {
		if r.from.leaps(s.day(x.from).Year()) {
			say("from", "%s is February 28 in common years", r.from)
			break
		}
	}
	for _, x := range runs {
		if r.to.leaps(s.day(x.to).Year()) {
			say("to", "%s is February 28 in common years", r.to)
			break
		}
	}
	return lines
}
