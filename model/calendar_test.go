package model

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// street is the smallest market: a poster that is looked at.
const street = `
channels: {poster: {touchpoint: street}}
journey:
  start: {look: 1}
  stages:
    look: {part_of: awareness, dwell: 0d, next: {leave: 1}}
  channels: {start: {poster: 1}}
`

// compiled compiles a scenario, with some values set.
func compiled(t testing.TB, text string, sets ...string) *World {
	var all []Set
	for i := 0; i < len(sets); i += 2 {
		all = append(all, Set{Path: sets[i], Value: sets[i+1], Flag: "--set"})
	}
	w, err := Compile(load(t, text, all...))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// zones change their clocks at different hours and by different lengths, and some not at all.
var zones = []string{"UTC", "Europe/Rome", "America/New_York", "Asia/Kolkata",
	"Australia/Lord_Howe",
	"America/Havana", "America/Santiago", "Africa/Cairo", "Asia/Beirut",
	"Africa/Casablanca", "America/St_Johns"}

// TestCalendarsAgreeWithClocks: in every zone, minute by minute over two years, each minute falls
// on the day and into the hour that a clock on the wall shows.
func TestCalendarsAgreeWithClocks(t *testing.T) {
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := compiled(t, street, "time_zone", name, "start", "2024-01-01", "days", "731",
				"warmup", "10")
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			for d := -w.Warmup; d < w.Days; d++ {
				if err := sameDay(&w.Calendar, d,
					time.Date(2024, 1, 1+d, 12, 0, 0, 0, zone)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// sameDay compares a day of a calendar with the minutes from its midnight to the next.
func sameDay(c *Calendar, d int, noon time.Time) error {
	at := d + c.Warmup
	if int(c.Weekday[at]) != int(noon.Weekday()) {
		return fmt.Errorf("%s: weekday %d", noon, c.Weekday[at])
	}
	clock, length := c.Clock[at], (c.Midnight[at+1]-c.Midnight[at])/1e6
	if len(clock) != 25 || clock[0] != 0 || int64(clock[24]) != length {
		return fmt.Errorf("%s: hours begin at %v, the day has %d s", noon, clock, length)
	}
	for s := int64(0); s < length; s += 60 {
		now := time.UnixMicro(c.Midnight[at] + s*1e6).In(noon.Location())
		h := now.Hour()
		if now.YearDay() != noon.YearDay() {
			return fmt.Errorf("%s begins or ends with %s", noon, now)
		}
		if s < int64(clock[h]) || s >= int64(clock[h+1]) {
			return fmt.Errorf("%s: hour %d is from %d to %d s", now, h, clock[h], clock[h+1])
		}
	}
	return nil
}

// TestDaysOfTimes: every time of a world falls on the day whose midnights are around it.
func TestDaysOfTimes(t *testing.T) {
	w := compiled(t, street, "start", "2025-03-25", "days", "10", "warmup", "3")
	for at := 0; at < w.Warmup+w.Days; at++ {
		for _, micros := range []int64{w.Midnight[at], w.Midnight[at] + 1, w.Midnight[at+1] - 1} {
			if day, ok := w.DayOf(micros); !ok || day != at-w.Warmup {
				t.Errorf("%d falls on day %d, %t; want %d", micros, day, ok, at-w.Warmup)
			}
		}
	}
	for _, micros := range []int64{w.Midnight[0] - 1, w.Midnight[13], math.MinInt64,
		math.MaxInt64} {
		if day, ok := w.DayOf(micros); ok {
			t.Errorf("%d falls on day %d, want none", micros, day)
		}
	}
}

// TestLeapYears: a year from 1 January has its 29 February, and a season of mean 1.
func TestLeapYears(t *testing.T) {
	for year, days := range map[int]int{2024: 366, 2025: 365, 2100: 365, 2000: 366} {
		w := compiled(t, street, "start", fmt.Sprintf("%d-01-01", year), "days", fmt.Sprint(days),
			"needs.season", "{feb: 3, jul: 0.5}", "needs.weekday", "{sun: 0.2}")
		zone, _ := time.LoadLocation("Europe/Rome")
		want := time.Date(year+1, 1, 1, 0, 0, 0, 0, zone).UnixMicro()
		if got := w.Midnight[days]; got != want {
			t.Errorf("%d ends %d µs too late", year, got-want)
		}
		// Each day is rounded to 2^-20.
		mean := float64(w.Season[days]) / float64(days) / (1 << seasonBits)
		if math.Abs(mean-1) > 1e-6 {
			t.Errorf("%d has a mean season of %g, want 1", year, mean)
		}
	}
}

// TestSeason: the needs of days stand to each other as month × weekday × payday.
func TestSeason(t *testing.T) {
	w := compiled(t, street, "start", "2025-01-01", "days", "365",
		"needs.season", "{dec: 1.8, feb: 0}", "needs.weekday", "{sat: 1.3, mon: 0.9}",
		"needs.payday", "{day: 31, days: 3, boost: 1.5}")
	day := func(month time.Month, day int) float64 {
		d := time.Date(2025, month, day, 0, 0, 0, 0, time.UTC).YearDay() - 1
		return float64(w.Season[d+1]-w.Season[d]) / (1 << seasonBits)
	}
	plain := day(time.June, 17) // a Tuesday
	for _, test := range []struct {
		month time.Month
		day   int
		want  float64
	}{
		{time.June, 18, 1},
		{time.June, 16, 0.9},                // Monday
		{time.June, 21, 1.3},                // Saturday
		{time.December, 9, 1.8},             // month
		{time.December, 13, 1.8 * 1.3},      // both
		{time.February, 11, 0},              // nobody
		{time.October, 31, 1.5},             // payday
		{time.November, 1, 1.5 * 1.3},       // and the day after, a Saturday
		{time.November, 2, 1.5},             // and one more
		{time.November, 4, 1},               // and no more
		{time.November, 30, 1.5},            // the 31st of a short month
		{time.December, 1, 1.5 * 1.8 * 0.9}, // and the day after it
		{time.January, 1, 1.5},              // after that of the year before
		{time.March, 1, 1.5 * 1.3},          // after 28 February
	} {
		if got := day(test.month, test.day) / plain; math.Abs(got-test.want) > 1e-5 {
			t.Errorf("%d %s: %g times a plain day, want %g", test.day, test.month, got, test.want)
		}
	}
}

// TestNeedDays: the day by whose end the season has added up, by looking at one after the other.
func TestNeedDays(t *testing.T) {
	w := compiled(t, street, "start", "2025-01-01", "days", "60", "warmup", "5",
		"needs.season", "{jan: 0, mar: 4}", "needs.weekday", "{sun: 0}")
	for after := -w.Warmup - 1; after < w.Days; after++ {
		for _, needs := range []uint64{0, 1, 1 << 19, 1 << 20, 7 << 20, 40 << 20, 1 << 40} {
			want, wantOK, sum := 0, false, uint64(0)
			for d := after + 1; d < w.Days && !wantOK; d++ {
				sum += w.Season[d+w.Warmup+1] - w.Season[d+w.Warmup]
				want, wantOK = d, sum > needs
			}
			day, ok := w.NeedDay(after, needs)
			if ok != wantOK || ok && day != want {
				t.Errorf("NeedDay(%d, %d) = %d, %t; want %d, %t", after, needs, day, ok, want,
					wantOK)
			}
		}
	}
}
