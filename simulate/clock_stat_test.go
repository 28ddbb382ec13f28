package simulate

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// hourly are journeys of one contact through a channel with hours of its own. 330,000 through the
// bench show hours that differ by 2 % up in the morning and down in the afternoon with λ = 132.
const hourly = `
customers: 10_000
days: 365
start: 2024-06-01
needs: {per_year: 150}
sessions: {pages: {notice: 1}}
stores: {count: 3}
channels:
  bench:
    touchpoint: street
    hours: {6: 1, 7: 1, 8: 1, 9: 2, 10: 2, 11: 2, 18: 2, 19: 2, 20: 2, 21: 1, 22: 1, 23: 1}
  shop:  {touchpoint: store, hours: 9-20, closed: [sun]}
  calls: {touchpoint: telephone, hours: {8: 3, 12: 1, 18: 5}, closed: [sat, sun]}
  site:  {touchpoint: web, hours: {0: 4, 3: 1, 9: 5, 20: 10}}
journey:
  start: {look: 1}
  stages: {look: {part_of: awareness, dwell: 0d, next: {leave: 1}}}
  channels: {start: {bench: 30, shop: 3, calls: 2, site: 4}}
`

// inHours claims that contacts come by the hours of their channel in a scenario, spread evenly over
// the hour, and on no day on which it is closed.
func inHours(s *model.Scenario) claim[*history] {
	return func(h *history) float64 {
		zone, err := time.LoadLocation(h.w.Scenario.TimeZone)
		if err != nil {
			panic(err)
		}
		hours, quarters := make([][24]int, len(h.w.Channels)), make([][4]int, len(h.w.Channels))
		weekdays := make([][7]int, len(h.w.Channels))
		for _, c := range h.contacts {
			day, _ := h.w.DayOf(c.at)
			at := time.UnixMicro(c.at).In(zone)
			weekdays[c.channel-1][at.Weekday()]++
			if h.w.Midnight[day+h.w.Warmup+1]-h.w.Midnight[day+h.w.Warmup] != 24*3600*second {
				continue // the clock changes
			}
			hours[c.channel-1][at.Hour()]++
			quarters[c.channel-1][at.Minute()/15]++
		}
		var p []float64
		for i, name := range h.w.Channels {
			c := s.Channels[name.Name]
			p = append(p, chiSquare(hours[i][:], c.Hours[:]),
				chiSquare(quarters[i][:], []float64{1, 1, 1, 1}))
			for d, n := range weekdays[i] {
				if n > 0 && slices.Contains(c.Closed, model.Closing{
					Weekday: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[d]}) {
					return 0
				}
			}
		}
		return holm(p)
	}
}

func TestContactsKeepTheHoursOfTheirChannel(t *testing.T) {
	t.Parallel()
	w := worldOf(t, hourly)
	c := inHours(w.Scenario)
	c.holds(t, "hours", historyOf(t, w))
	c.failsIn(t, "2 % later", historyOf(t, worldOf(t, hourly, "channels.bench.hours",
		"{6: 98, 7: 98, 8: 98, 9: 196, 10: 196, 11: 196, "+
			"18: 204, 19: 204, 20: 204, 21: 102, 22: 102, 23: 102}")))
	c.failsIn(t, "an hour later", historyOf(t,
		worldOf(t, hourly, "channels.shop.hours", "10-20", "days", "30")))
	c.failsIn(t, "open on Sundays", historyOf(t,
		worldOf(t, hourly, "channels.shop.closed", "[]", "days", "30")))
}

// TestDaysOnWhichClocksChange: 23 hours or 25, none of them before the day's midnight or after the
// next; the hour that is skipped is empty and its contacts come in the next; the hour that comes
// twice is as long as two; and no moment is more likely than another of its hour. 18,000 contacts a
// day.
func TestDaysOnWhichClocksChange(t *testing.T) {
	t.Parallel()
	const text = `
customers: 20_000
days: 1
needs: {per_year: 1000}
channels: {poster: {touchpoint: street, hours: 0-24}}
journey:
  start: {look: 1}
  stages: {look: {part_of: awareness, dwell: 0d, next: {leave: 1}}}
  channels: {start: {poster: 1}}
`
	for _, test := range []struct {
		zone, day string
		length    int // hours
		hour      int // whose weight is not 1
		weight    float64
	}{
		{"Europe/Rome", "2025-03-30", 23, 2, 0},
		{"Europe/Rome", "2025-10-26", 25, 2, 1},
		{"Europe/Rome", "2024-02-29", 24, 2, 1},
		{"America/New_York", "2025-03-09", 23, 2, 0},
		{"America/New_York", "2025-11-02", 25, 1, 1},
	} {
		w := worldOf(t, text, "start", test.day, "time_zone", test.zone)
		zone, _ := time.LoadLocation(test.zone)
		date, _ := time.ParseInLocation(time.DateOnly, test.day, zone)
		var hours [24]int
		var moments [60]int
		h := historyOf(t, w)
		for _, c := range h.contacts {
			at := time.UnixMicro(c.at).In(zone)
			if at.Format(time.DateOnly) != test.day {
				t.Errorf("%s: a contact at %s", test.day, at)
			}
			hours[at.Hour()]++
			if at.Hour() != test.hour { // one of 2 h, one of none
				moments[at.Sub(date)/time.Minute%60]++
			}
		}
		weights := slices.Repeat([]float64{1}, 24)
		weights[test.hour] = test.weight
		weights[test.hour+1] += 1 - test.weight
		if p := chiSquare(hours[:], weights); p < alpha {
			t.Errorf("%s %s: p = %.3g for contacts by hour %v", test.zone, test.day, p, hours)
		}
		if p := chiSquare(moments[:], slices.Repeat([]float64{1}, 60)); p < alpha {
			t.Errorf("%s %s: p = %.3g for contacts by minute %v", test.zone, test.day, p, moments)
		}
		if got := (w.Midnight[1] - w.Midnight[0]) / (3600 * second); int(got) != test.length {
			t.Errorf("%s %s has %d hours, want %d", test.zone, test.day, got, test.length)
		}
	}
}

// seasonal are journeys of one contact over a leap year. 2 % of December, of Saturdays and of the
// days after payday, which have 200,000 each of them, show with scores of 8.
const seasonal = `
customers: 36_000
start: 2024-01-01
days: 366
needs:
  per_year: 36
  season: {dec: 1.8, feb: 0.7, aug: 0.5}
  weekday: {sat: 1.3, sun: 0.8}
  payday: {day: 27, days: 4, boost: 1.5}
channels: {poster: {touchpoint: street, hours: 0-24}}
journey:
  start: {look: 1}
  stages: {look: {part_of: awareness, dwell: 0d, next: {leave: 1}}}
  channels: {start: {poster: 1}}
`

// needsOf returns the probability of a need on each day of a scenario: 1 - exp(-rate × season), the
// season being month × weekday × payday, with mean 1 over the year.
func needsOf(s *model.Scenario) []float64 {
	factor := func(of map[string]float64, name string) float64 {
		if f, ok := of[name]; ok {
			return f
		}
		return 1
	}
	season, sum := make([]float64, s.Days), 0.0
	for d := range season {
		day := time.Date(s.Start.Year, s.Start.Month, s.Start.Day+d, 0, 0, 0, 0, time.UTC)
		season[d] = factor(s.Needs.Season, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul",
			"aug",
			"sep", "oct", "nov", "dec"}[day.Month()-1])
		season[d] *= factor(s.Needs.Weekday, []string{"sun", "mon", "tue", "wed", "thu", "fri",
			"sat"}[day.Weekday()])
		for ago := range s.Needs.Payday.Days {
			if day.AddDate(0, 0, -ago).Day() == s.Needs.Payday.Day {
				season[d] *= s.Needs.Payday.Boost
			}
		}
		sum += season[d]
	}
	for d := range season {
		season[d] = -math.Expm1(-s.Needs.PerYear / 365.25 * season[d] * float64(len(season)) / sum)
	}
	return season
}

// inSeason claims that the journeys of each kind of days are as many as they should be. Nobody is
// ever busy, so the needs of a day are binomial.
func inSeason(s *model.Scenario, kind func(day time.Time) string) claim[*history] {
	probability := needsOf(s)
	return func(h *history) float64 {
		people := float64(h.w.Customers)
		perDay := make([]int, h.w.Days)
		for _, c := range h.contacts {
			day, _ := h.w.DayOf(c.at)
			perDay[day]++
		}
		seen, mean, variance := map[string]float64{}, map[string]float64{}, map[string]float64{}
		for d, p := range probability {
			of := kind(time.Date(s.Start.Year, s.Start.Month, s.Start.Day+d, 0, 0, 0, 0, time.UTC))
			seen[of] += float64(perDay[d])
			mean[of] += people * p
			variance[of] += people * p * (1 - p)
		}
		var p []float64
		for of := range seen {
			p = append(p, twoSided((seen[of]-mean[of])/math.Sqrt(variance[of])))
		}
		return holm(p)
	}
}

func TestNeedsFollowTheSeason(t *testing.T) {
	t.Parallel()
	w := worldOf(t, seasonal)
	right := historyOf(t, w)
	mutant := historyOf(t, worldOf(t, seasonal, "needs.season.dec", "1.836",
		"needs.weekday.sat", "1.326", "needs.payday.boost", "1.53"))
	for kind, of := range map[string]func(time.Time) string{
		"months":   func(day time.Time) string { return day.Month().String() },
		"weekdays": func(day time.Time) string { return day.Weekday().String() },
		"paydays": func(day time.Time) string {
			return fmt.Sprint(day.Day() >= 27 && day.Day() <= 30)
		},
	} {
		inSeason(w.Scenario, of).holds(t, kind, right)
		inSeason(w.Scenario, of).failsIn(t, kind, mutant)
	}
}

// needy are people who look at a poster whenever they need something.
const needy = `
customers: 20_000
days: 365
needs: {per_year: 30}
channels: {poster: {touchpoint: street, hours: 0-24}}
journey:
  start: {look: 1}
  stages: {look: {part_of: awareness, dwell: 0d, next: {leave: 1}}}
  channels: {start: {poster: 1}}
`

// needCounts claims that the needs of people, counted over the days of a scenario, are binomial
// with the probability of a day, mixed over a Gamma law of personal rates of a shape; 0 is no law.
// Means and variances then follow: without a law the variance is 1-p of the mean (Poisson, but for
// days with two needs), with one it is negative binomial and 2.2 times the mean here.
func needCounts(s *model.Scenario) claim[*history] {
	const parts = 400 // equally likely rates that stand for the law
	rates := []float64{1}
	if shape := s.Needs.Vary; shape > 0 {
		rates = make([]float64, parts)
		for i := range rates {
			rates[i] = distuv.Gamma{Alpha: shape, Beta: shape}.Quantile((float64(i) + 0.5) / parts)
		}
	}
	weights := make([]float64, s.Days+1)
	for _, rate := range rates {
		day := distuv.Binomial{N: float64(s.Days), P: -math.Expm1(-rate * s.Needs.PerYear / 365.25)}
		for n := range weights {
			weights[n] += day.Prob(float64(n)) / float64(len(rates))
		}
	}
	return func(h *history) float64 {
		counts := make([]int, len(weights))
		for _, n := range h.column(table.TableTruthPeople, "journey_count") {
			counts[n]++
		}
		return chiSquare(counts, weights)
	}
}

// TestNeedsAreCountedAsTheirLawSays: Poisson when all are alike, negative binomial when rates are
// Gamma. With a mean of 30, 2 % of the rate show in the counts of 20,000 people with λ = 240, and λ
// = 110 when they differ.
func TestNeedsAreCountedAsTheirLawSays(t *testing.T) {
	t.Parallel()
	alike, vary := worldOf(t, needy), worldOf(t, needy, "needs.vary", "25")
	poisson, mixture := needCounts(alike.Scenario), needCounts(vary.Scenario)
	people, others := historyOf(t, alike), historyOf(t, vary)
	poisson.holds(t, "all alike", people)
	mixture.holds(t, "Gamma", others)
	poisson.failsIn(t, "Gamma", others)
	mixture.failsIn(t, "all alike", people)
	poisson.failsIn(t, "2 % more needs", historyOf(t, worldOf(t, needy, "needs.per_year", "30.6")))
	mixture.failsIn(t, "2 % more needs, Gamma",
		historyOf(t, worldOf(t, needy, "needs.per_year", "30.6",
			"needs.vary", "25")))
}
