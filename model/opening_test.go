package model

import (
	"math"
	"slices"
	"testing"
	"time"
)

// shops is a market whose channels have days of their own.
const shops = `
start: 2025-01-01
days: 365
holidays: IT
channels:
  web:   {touchpoint: web}
  mall:  {touchpoint: store, hours: 9-20, weekday: {tue: 0.75, wed: 0.75, sat: 1.5, sun: 1.25}}
  desk:  {touchpoint: telephone, closed: [sat, sun, holidays, 12-24], open: [2025-12-06, 12-08]}
journey: {stages: {purchase: {dwell: 0d, next: {leave: 1}}}, channels: {start: {web: 1}}}
`

// plans returns the compiled channels by name.
func plans(w *World) map[string]*ChannelPlan {
	all := map[string]*ChannelPlan{}
	for i := range w.Channels {
		all[w.Channels[i].Name] = &w.Channels[i]
	}
	return all
}

// TestClosedDays: days of the week, public holidays and single days are closed, but for those that
// are open all the same.
func TestClosedDays(t *testing.T) {
	t.Parallel()
	w := compiled(t, shops)
	desk := plans(w)["desk"]
	for day, want := range map[string]bool{
		"2025-01-01": true, "2025-01-02": false, "2025-01-04": true, "2025-01-06": true,
		"2025-04-20": true, "2025-04-21": true /* Easter Monday */, "2025-04-22": false,
		"2025-08-15": true, "2025-12-06": false, "2025-12-07": true, "2025-12-08": false,
		"2025-12-24": true, "2025-12-25": true, "2025-12-26": true, "2025-12-29": false,
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := desk.Closed[at.YearDay()-1]; got != want {
			t.Errorf("%s: closed %t, want %t", day, got, want)
		}
	}
	for _, name := range []string{"web", "mall"} {
		if slices.Contains(plans(w)[name].Closed, true) {
			t.Errorf("%s is closed on some day", name)
		}
	}
	if plans(w)["web"].Goes != nil {
		t.Error("web has days of its own, want none")
	}
}

// load is how many people come on each day when as many are ready on each.
func comes(c *ChannelPlan) []float64 {
	n := len(c.Closed)
	days := make([]float64, n+spread)
	for d := range n {
		if c.Goes == nil || c.Goes[d] == 0 {
			days[d]++
			continue
		}
		later := &c.Later[c.Goes[d]-1]
		for k := range later.Len() {
			days[d+k] += later.Part(k)
		}
	}
	return days[:n]
}

// TestVisitsFollowTheWeekday: from people who are ready evenly, the days of the week have exactly
// the parts of the profile, and a closed day leaves no pile on the next.
func TestVisitsFollowTheWeekday(t *testing.T) {
	t.Parallel()
	w := compiled(t, shops)
	profile := map[time.Weekday]float64{time.Tuesday: 0.75, time.Wednesday: 0.75,
		time.Saturday: 1.5, time.Sunday: 1.25}
	for d, got := range comes(plans(w)["mall"])[spread:] {
		day := time.Weekday(w.Weekday[d+spread])
		want, ok := profile[day]
		if !ok {
			want = 1
		}
		want *= 7 / (4*1 - 1 + 2*0.75 + 1.5 + 1.25)
		if math.Abs(got-want) > 1e-6 {
			t.Fatalf("day %d, a %s: %.6f visits, want %.6f", d+spread, day, got, want)
		}
	}
	// In a week without holidays the five days have 7/5 each; the few of Christmas have more.
	for d, got := range comes(plans(w)["desk"]) {
		switch closed := plans(w)["desk"].Closed[d]; {
		case closed && got != 0:
			t.Errorf("day %d: %.3f visits though it is closed", d, got)
		case !closed && (got > 2.5 || d >= spread && got < 1.1):
			t.Errorf("day %d, a %s: %.3f visits, want about 1.4", d, time.Weekday(w.Weekday[d]), got)
		}
	}
	for d := 14; d < 70; d += 7 { // mid-January to March
		if got := comes(plans(w)["desk"])[d]; math.Abs(got-1.4) > 1e-6 {
			t.Errorf("day %d: %.6f visits, want 1.4", d, got)
		}
	}
}

// TestMoreDaysChangeNoVisit: when people come does not depend on how many days are simulated.
func TestMoreDaysChangeNoVisit(t *testing.T) {
	t.Parallel()
	short, long := compiled(t, shops, "days", "359"), compiled(t, shops, "days", "400")
	for _, name := range []string{"mall", "desk"} {
		a, b := plans(short)[name], plans(long)[name]
		for d, goes := range a.Goes {
			other := b.Goes[d]
			if goes == 0 || other == 0 {
				if goes != other {
					t.Fatalf("%s on day %d: %d and %d", name, d, goes, other)
				}
				continue
			}
			for k := range spread + 1 {
				if x, y := a.Later[goes-1].Part(k), b.Later[other-1].Part(k); x != y {
					t.Fatalf("%s on day %d: %g and %g come after %d days", name, d, x, y, k)
				}
			}
		}
	}
}

// TestRegionsHaveHolidaysOfTheirOwn: Corpus Christi is one in Bavaria and not in Berlin, and a
// country has those of all its regions.
func TestRegionsHaveHolidaysOfTheirOwn(t *testing.T) {
	t.Parallel()
	corpus, unity := date(2025, time.June, 19), date(2025, time.October, 3)
	for of, want := range map[Holidays][2]bool{"DE-BY": {true, true}, "DE-BE": {false, true},
		"DE": {false, true}, "IT": {}, "": {}} {
		days := of.in(2025)
		if got := [2]bool{days[corpus], days[unity]}; got != want {
			t.Errorf("%s: %t, want %t", of, got, want)
		}
	}
	if n := len(Holidays("IT").in(2026)); n != 11 && n != 12 {
		t.Errorf("Italy has %d public holidays in 2026", n)
	}
}
