package model

import (
	"math"
	"testing"
	"time"
)

// TestSeasonsFollowTheCalendar: days that move from year to year.
func TestSeasonsFollowTheCalendar(t *testing.T) {
	for _, test := range []struct {
		what string
		day  func(year int) time.Time
		want []string
	}{
		// As the Regions announced them.
		{"winter sales", winterSales, []string{"2017-01-05", "2019-01-05", "2022-01-05", "2023-01-05",
			"2024-01-05", "2025-01-04", "2026-01-03"}},
		{"summer sales", summerSales, []string{"2017-07-01", "2018-07-07", "2023-07-01",
			"2024-07-06", "2025-07-05", "2026-07-04"}},
		{"Black Friday", blackFriday, []string{"2018-11-23", "2019-11-29", "2023-11-24",
			"2024-11-29", "2025-11-28", "2030-11-29"}},
		{"Christmas Eve", christmasEve, []string{"2025-12-24"}},
	} {
		for _, want := range test.want {
			day, err := time.Parse("2006-01-02", want)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.day(day.Year()); !got.Equal(day) {
				t.Errorf("%s: %s, want %s", test.what, got.Format("2006-01-02"), want)
			}
		}
	}
}

// italian is a market with the default season and nothing else that bends its calendar.
const italian = `
channels: {site: {touchpoint: web}}
journey: {stages: {purchase: {dwell: 0d, next: {leave: 1}}}, channels: {start: {site: 1}}}
behaviors: {season: on}
`

func seasonWith(t *testing.T, sets ...string) *Scenario {
	t.Helper()
	var all []Set
	for i := 0; i < len(sets); i += 2 {
		all = append(all, Set{Path: sets[i], Value: sets[i+1], Flag: "--set"})
	}
	s, err := LoadBytes("italian.yaml", []byte(italian), nil, all...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSeasonFactors: the Italian year, day by day.
func TestSeasonFactors(t *testing.T) {
	t.Parallel()
	b := seasonWith(t).Behaviors.Season
	for day, want := range map[string]float64{
		"2025-01-03": 1, "2025-01-04": 1.5, "2025-01-05": 1 + 0.5*59/60,
		"2025-03-04": 1 + 0.5/60, "2025-03-05": 1,
		"2025-01-27": 1.2 * (1 + 0.5*37/60), "2025-03-26": 1, "2025-03-27": 1.2, "2025-03-30": 1.2,
		"2025-03-31": 1, "2025-07-04": 1, "2025-07-05": 1.5,
		"2025-08-24": 1 + 0.5*10/60, "2025-08-25": 1.3 * (1 + 0.5*9/60), "2025-09-20": 1.3,
		"2025-09-21": 1, "2025-11-28": 1.2 * 1.8, "2025-11-30": 1.2 * 1.8,
		"2025-12-01": 1.8 * (1 + 0.6*1/24), "2025-12-02": 1 + 0.6*2/24, "2025-12-24": 1.6,
		"2025-12-25": 1, "2024-02-29": 1.2 * (1 + 0.5*5/60), "2024-02-27": 1.2 * (1 + 0.5*7/60),
	} {
		at, err := time.Parse("2006-01-02", day)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.factor(at); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %.4f, want %.4f", day, got, want)
		}
	}
}

// TestSeasonHasMeanOne: over each year, leap years too, so that needs.per_year is what a year has.
func TestSeasonHasMeanOne(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"2023-01-01", "2024-01-01", "2025-01-01", "2032-01-01"} {
		s := seasonWith(t, "start", start)
		f, sum, n := seasonOf(s), 0.0, 0
		first := date(s.Start.Year, time.January, 1)
		for day := first; day.Year() == s.Start.Year; day = day.AddDate(0, 0, 1) {
			sum += f(day)
			n++
		}
		if mean := sum / float64(n); math.Abs(mean-1) > 1e-12 {
			t.Errorf("%s: mean %.15f over %d days, want 1", start, mean, n)
		}
	}
}

// TestPeriodsGoOverTheYearsEnd when they end before they begin.
func TestPeriodsGoOverTheYearsEnd(t *testing.T) {
	t.Parallel()
	b := seasonWith(t, "behaviors.season.periods",
		"{holidays: {from: 12-27, to: 01-06, boost: 0.5}}").Behaviors.Season
	if len(b.Periods) != 1 {
		t.Errorf("%d periods, want the one that was named", len(b.Periods))
	}
	for _, test := range []struct {
		day time.Time
		has bool
	}{
		{date(2025, time.December, 26), false}, {date(2025, time.December, 27), true},
		{date(2026, time.January, 1), true}, {date(2026, time.January, 6), true},
		{date(2026, time.January, 7), false},
	} {
		p := b.Periods["holidays"]
		if got := (period{p.From, p.To}).has(test.day); got != test.has {
			t.Errorf("%s: %t", test.day.Format("2006-01-02"), got)
		}
	}
}
