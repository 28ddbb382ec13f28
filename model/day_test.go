package model_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
)

// dated is a market with campaigns and promotions; its flags and days are those of a test.
const dated = `
start: 2025-03-01
days: 365
channels: {web: {touchpoint: web}, email: {touchpoint: inbox}}
journey: {stages: {purchase: {dwell: 0d, next: {leave: 1}}}, channels: {start: {web: 1}}}
campaigns:
  kept:  {channel: web, from: 2025-04-01, to: 2025-04-10}
  xmas:  {channel: web, from: 12-20, to: 01-06}
  leap:  {channel: web, from: 02-20, to: 02-29}
behaviors:
  market:
    promotions: {week: {from: 11-24, to: 11-30, off: 10%, coupon: 50%, mail: {channel: email}}}
`

func datedWorld(t *testing.T, sets ...model.Set) *model.World {
	t.Helper()
	s, err := model.LoadBytes("dated.yaml", []byte(dated), nil, sets...)
	return worldOf(t, s, err)
}

// TestDaysOfEveryYear: a campaign without years runs in each simulated year, the warm-up too, and
// over the year's end; what is dated runs once. More days change none of the earlier runs.
func TestDaysOfEveryYear(t *testing.T) {
	t.Parallel()
	plan := func(sets ...model.Set) (lines []string) {
		w := datedWorld(t, sets...)
		first := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
		day := func(n int) string { return first.AddDate(0, 0, n).Format(time.DateOnly) }
		for _, k := range w.Campaigns {
			lines = append(lines, fmt.Sprintf("%s %s %s", k.Name, day(k.From), day(k.To)))
		}
		for _, k := range model.PlanOf[model.MarketForcesPlan](w).Promotions {
			lines = append(lines, fmt.Sprintf("week %d %s %s", k.Slot, day(k.From), day(k.To)))
		}
		return lines
	}
	one := plan()
	want := []string{
		"kept 2025-04-01 2025-04-10", "leap_2026 2026-02-20 2026-02-28",
		"xmas_2025 2025-12-20 2026-01-06", fmt.Sprint("week ", 2025<<8, " 2025-11-24 2025-11-30"),
	}
	if !slices.Equal(one, want) {
		t.Errorf("in a year:\n%s\nwant\n%s", strings.Join(one, "\n"), strings.Join(want, "\n"))
	}
	more := plan(model.Set{Path: "days", Value: "1461"}, model.Set{Path: "warmup", Value: "366"})
	for _, line := range append(want, "leap_2024 2024-02-20 2024-02-29", // on its first day
		"leap_2028 2028-02-20 2028-02-29", "xmas_2024 2024-12-20 2025-01-06",
		fmt.Sprint("week ", 2024<<8, " 2024-11-24 2024-11-30")) {
		if !slices.Contains(more, line) {
			t.Errorf("in four years and a warm-up: no %s in\n%s", line, strings.Join(more, "\n"))
		}
	}
	if len(more) != 1+6+5+5 {
		t.Errorf("in four years and a warm-up: %d runs, want 17\n%s", len(more),
			strings.Join(more, "\n"))
	}
}

// TestLostDatesAreSaid: what lies outside the simulated days, with its place, its days and what is
// lost; and a 29th of February.
func TestLostDatesAreSaid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		start, days string
		want        []string
	}{
		{"2025-03-01", "365", []string{
			"dated.yaml:9:42: campaigns.leap.to: 02-29 is February 28 in common years"}},
		{"2024-01-01", "366", []string{"dated.yaml:7:31: campaigns.kept.from: 2025-04-01 to " +
			"2025-04-10 is outside the simulated days, 2024-01-01 to 2024-12-31: it has no effect; " +
			"without years, 04-01 to 04-10, it would come every year"}},
		{"2025-04-03", "3", []string{"dated.yaml:7:31: campaigns.kept.from: 2025-04-01 to " +
			"2025-04-10 begins before the simulated days, 2025-04-03 to 2025-04-05: the first 2 days " +
			"are lost"}},
		{"2025-04-01", "3", []string{"dated.yaml:7:47: campaigns.kept.to: 2025-04-01 to " +
			"2025-04-10 ends after the simulated days, 2025-04-01 to 2025-04-03: the last 7 days are " +
			"lost"}},
	} {
		w := datedWorld(t, model.Set{Path: "start", Value: test.start},
			model.Set{Path: "days", Value: test.days})
		if got := w.Scenario.Unused(); !slices.Equal(got, test.want) {
			t.Errorf("%s, %s days:\n%s\nwant\n%s", test.start, test.days, strings.Join(got, "\n"),
				strings.Join(test.want, "\n"))
		}
	}
}

// TestOffSeason: what comes every year and not in the simulated days is no fault, and listed.
func TestOffSeason(t *testing.T) {
	t.Parallel()
	w := datedWorld(t, model.Set{Path: "start", Value: "2025-12-28"},
		model.Set{Path: "days", Value: "3"})
	want := []string{"leap (02-20 to 02-29)", "week (11-24 to 11-30)"}
	if got := w.Scenario.OffSeason(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestBuiltInMarketsHaveTheirYear: every built-in scenario has as many days of campaigns and of
// promotions in a year whatever year that is.
func TestBuiltInMarketsHaveTheirYear(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		days := func(start string) (campaigns, promotions int) {
			s, err := model.Load(strings.TrimSuffix(file, ".yaml"), scenarios.FS,
				model.Set{Path: "start", Value: start}, model.Set{Path: "days", Value: "365"})
			if err != nil {
				t.Fatal(err)
			}
			w, err := model.Compile(s)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range s.Unused() {
				t.Errorf("%s from %s: %s", file, start, line)
			}
			within := func(from, to int) int { return max(0, min(to, w.Days-1)-max(from, 0)+1) }
			for _, k := range w.Campaigns {
				campaigns += within(k.From, k.To)
			}
			for _, k := range model.PlanOf[model.MarketForcesPlan](w).Promotions {
				promotions += within(k.From, k.To)
			}
			return campaigns, promotions
		}
		campaigns, promotions := days("2025-01-01")
		for _, start := range []string{"2026-01-01", "2027-01-01", "2029-07-01"} {
			if c, p := days(start); c != campaigns || p != promotions {
				t.Errorf("%s from %s: %d days of campaigns and %d of promotions, want %d and %d", file,
					start, c, p, campaigns, promotions)
			}
		}
	}
}
