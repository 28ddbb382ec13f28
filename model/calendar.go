package model

import (
	"fmt"
	"maps"
	"math"
	"time"
	_ "time/tzdata" // so that a machine without a zone database gives the same rows
)

// seasonBits are the fractional bits of Calendar.Season.
const seasonBits = 20

// compileCalendar lays out the days: local midnights in UTC, the hours of each day (23 or 25 of
// them when clocks change), and the season.
func (w *World) compileCalendar(s *Scenario) error {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return fmt.Errorf("time_zone %q: %w", s.TimeZone, err)
	}
	w.Warmup, w.Days = s.Warmup, s.Days
	n := s.Warmup + s.Days
	w.Holidays = map[time.Time]bool{}
	for year := s.day(-s.Warmup).Year(); year <= s.day(s.Days+spread).Year(); year++ {
		maps.Copy(w.Holidays, s.Holidays.in(year))
	}
	season := seasonOf(s)
	w.Season = make([]uint64, 1, n+1)
	for d := range n + 1 {
		day := time.Date(s.Start.Year, s.Start.Month, s.Start.Day+d-s.Warmup, 0, 0, 0, 0, time.UTC)
		midnight := startOf(day, zone)
		w.Midnight = append(w.Midnight, midnight.UnixMicro())
		if d == n {
			break
		}
		w.Weekday = append(w.Weekday, uint8(day.Weekday()))
		w.Clock = append(w.Clock, hoursOf(midnight, startOf(day.AddDate(0, 0, 1), zone)))
		w.Season = append(w.Season, w.Season[d]+uint64(math.RoundToEven(season(day)*(1<<seasonBits))))
	}
	return nil
}

// startOf returns the first moment of a civil day (its midnight, UTC) in a zone. That is not always
// midnight there: some clocks skip it. A day that a zone skipped begins when the next does.
func startOf(day time.Time, zone *time.Location) time.Time {
	y, m, d := day.Date()
	noon := time.Date(y, m, d, 12, 0, 0, 0, zone)
	t := noon.Add(-14 * time.Hour)
	if since, _ := noon.ZoneBounds(); !since.After(t) { // no clock has changed
		return noon.Add(-12 * time.Hour)
	}
	for civil(t).Before(day) {
		t = t.Add(clockStep)
	}
	return t
}

// civil returns the date of t where it is, as a midnight UTC.
func civil(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// clockStep divides every offset from UTC that clocks have had since 1970.
const clockStep = 15 * time.Minute

// hoursOf returns the seconds from the day's start at which its local hours begin, and its length
// as the 25th. An hour that clocks skip has no length: it begins where the next does. One that they
// repeat is twice as long.
func hoursOf(start, end time.Time) (clock Clock) {
	begins := clock[:0]
	if _, until := start.ZoneBounds(); start.Hour() == 0 && start.Minute() == 0 &&
		end.Sub(start) == 24*time.Hour && (until.IsZero() || !until.Before(end)) {
		for h := range clock {
			clock[h] = int32(3600 * h)
		}
		return clock
	}
	for t := start; t.Before(end); t = t.Add(clockStep) {
		for len(begins) <= t.Hour() {
			begins = append(begins, int32(t.Sub(start)/time.Second))
		}
	}
	for len(begins) <= 24 {
		begins = append(begins, int32(end.Sub(start)/time.Second))
	}
	return clock
}

// seasonOf returns the relative needs of a day: month × weekday × payday, with mean 1 over the year
// that the first day is in, so that needs.per_year is what a whole year has.
func seasonOf(s *Scenario) func(time.Time) float64 {
	raw := func(day time.Time) float64 {
		v := factor(s.Needs.Season, months[day.Month()-1])
		v *= factor(s.Needs.Weekday, weekdays[day.Weekday()])
		if p := s.Needs.Payday; p.Day > 0 && sincePayday(day, p.Day) < p.Days {
			v *= p.Boost
		}
		if s.Behaviors.Season != nil {
			v *= s.Behaviors.Season.factor(day)
		}
		return v
	}
	sum, n := 0.0, 0
	day := time.Date(s.Start.Year, time.January, 1, 0, 0, 0, 0, time.UTC)
	for ; day.Year() == s.Start.Year; day = day.AddDate(0, 0, 1) {
		sum += raw(day)
		n++
	}
	return func(day time.Time) float64 { return raw(day) * float64(n) / sum }
}

func factor(of map[string]float64, name string) float64 {
	if v, ok := of[name]; ok {
		return v
	}
	return 1
}

// sincePayday returns how many days ago the last payday was; one on the 31st falls on the last day
// of shorter months.
func sincePayday(day time.Time, payday int) int {
	for ago := range 31 {
		then := day.AddDate(0, 0, -ago)
		last := time.Date(then.Year(), then.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		if then.Day() == min(payday, last) {
			return ago
		}
	}
	return 31
}

// DayOf returns the day of the world on which a time falls, and whether it has that day.
func (c *Calendar) DayOf(micros int64) (day int, ok bool) {
	last := len(c.Midnight) - 1
	if micros < c.Midnight[0] || micros >= c.Midnight[last] {
		return 0, false
	}
	low, high := 0, last
	for high-low > 1 {
		if mid := (low + high) / 2; c.Midnight[mid] <= micros {
			low = mid
		} else {
			high = mid
		}
	}
	return low - c.Warmup, true
}

// Begin is the first micro-second of the written days.
func (c *Calendar) Begin() int64 { return c.Midnight[c.Warmup] }

// End is the first micro-second after the written days.
func (c *Calendar) End() int64 { return c.Midnight[c.Warmup+c.Days] }

// Bounds returns the first micro-second of a day and that of the next.
func (c *Calendar) Bounds(day int) (from, to int64) {
	return c.Midnight[day+c.Warmup], c.Midnight[day+c.Warmup+1]
}

// DayNear is DayOf for a time that is probably on the given day or soon after. Times beyond the
// last day are of no day; none is before the first.
func (c *Calendar) DayNear(day int, micros int64) (at int, ok bool) {
	const most = 24 * 3600 * 1_000_000
	day += int((micros - c.Midnight[day+c.Warmup]) / most)
	if day > c.Days { // also guards the additions below
		return 0, false
	}
	for day < c.Days && c.Midnight[day+c.Warmup+1] <= micros {
		day++
	}
	for c.Midnight[day+c.Warmup] > micros {
		day--
	}
	return day, day < c.Days
}

// HourAt returns the local hour, from 0 to 23, of a time on one of the world's days.
func (c *Calendar) HourAt(micros int64) int {
	day, _ := c.DayOf(micros)
	return HourOf(&c.Clock[day+c.Warmup], micros-c.Midnight[day+c.Warmup])
}

// HourOf returns the local hour, from 0 to 23, at so many micro-seconds after the start of a day
// whose hours begin when a clock says.
func HourOf(clock *Clock, since int64) int {
	s := int32(since / 1_000_000)
	h := min(int(s/3600), 24)
	for h > 0 && clock[h] > s {
		h--
	}
	for h < 23 && clock[h+1] <= s {
		h++
	}
	return min(h, 23)
}

// NeedDay returns the first day after the given one by whose end the season has added up to more
// than needs mean days (20 fractional bits); ok is false when that is after the last day.
func (c *Calendar) NeedDay(after int, needs uint64) (day int, ok bool) {
	return c.dayBy(c.Season, after, needs)
}

// DepartureDay returns the first day after the given one by whose end departures have added up to
// more than so many mean days (20 fractional bits); ok is false when that is after the last day.
func (w *World) DepartureDay(after int, days uint64) (day int, ok bool) {
	return w.dayBy(w.Population.Leaving, after, days)
}

// dayBy returns the first day after the given one by whose end sums, by day from the first of the
// warm-up, have risen by more than a number; ok is false when that is after the last day.
func (c *Calendar) dayBy(sums []uint64, after int, by uint64) (day int, ok bool) {
	from := after + 1 + c.Warmup
	if from >= len(sums) {
		return 0, false
	}
	target := sums[from] + by
	low, high := from, len(sums)
	for low < high {
		if mid := (low + high) / 2; sums[mid] > target {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low - 1 - c.Warmup, low < len(sums)
}
