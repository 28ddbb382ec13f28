package simulate

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["season"] = func(d die) string {
		return fmt.Sprintf("{christmas: {boost: %.1f, days: %d}, sales: {boost: %.1f, days: %d}, "+
			"payday: {day: %d, days: 2, boost: %.1f}, "+
			"periods: {some: {from: %02d-15, to: %02d-10, boost: %.1f}}}",
			0.5+2*d.Float64(), 1+d.IntN(60), 0.5+2*d.Float64(), 1+d.IntN(170), d.IntN(32),
			0.5+d.Float64(), 1+d.IntN(12), 1+d.IntN(12), 0.2+2*d.Float64())
	}
}

// retail is a year of needs, of which each is a look at a poster: 580,000.
const retail = `
customers: 30_000
days: 365
needs: {per_year: 20}
channels: {poster: {touchpoint: street, hours: 0-24}}
journey:
  start: {look: 1}
  stages: {look: {part_of: awareness, dwell: 0d, next: {leave: 1}}}
  channels: {start: {poster: 1}}
behaviors: {season: on}
`

// retailYear is how likely needs are on the days of 2025, as the defaults of season say: Christmas,
// sales, Black Friday, payday, back to school.
func retailYear(christmas, sales, friday, payday, school float64) []float64 {
	raw, sum := make([]float64, 365), 0.0
	nth := func(m time.Month, d int) int {
		return time.Date(2025, m, d, 0, 0, 0, 0, time.UTC).YearDay() - 1
	}
	for i := range raw {
		day := time.Date(2025, 1, 1+i, 0, 0, 0, 0, time.UTC)
		f := 1.0
		if n := i - nth(12, 1) + 1; n >= 1 && n <= 24 {
			f *= 1 + (christmas-1)*float64(n)/24
		}
		for _, first := range []int{nth(1, 4), nth(7, 5)} {
			if n := i - first; n >= 0 && n < 60 {
				f *= 1 + (sales-1)*float64(60-n)/60
			}
		}
		if n := i - nth(11, 28); n >= 0 && n < 4 {
			f *= friday
		}
		if day.Day() >= 27 && day.Day() <= 30 || day.Month() == 3 && day.Day() <= 2 {
			f *= payday // February has 28 days
		}
		if i >= nth(8, 25) && i <= nth(9, 20) {
			f *= school
		}
		raw[i] = f
		sum += f
	}
	for i := range raw { // a day has one need or none
		raw[i] = -math.Expm1(-20 / 365.25 * raw[i] * 365 / sum)
	}
	return raw
}

// TestNeedsFollowTheRetailYear: needs by day against the factors. A day has 1,600, and a chi-square
// test of 365 days sees no 2 %: each mutant has one boost that is off by a tenth to a third.
func TestNeedsFollowTheRetailYear(t *testing.T) {
	t.Parallel()
	w := worldOf(t, retail)
	counts := make([]int, w.Days)
	watch(t, w, func(b *table.Batch) {
		at := columnOf(w, b, table.TableTruthJourneys, "started_at").Int
		for _, began := range at[:b.Tables[table.TableTruthJourneys].Len] {
			day, _ := w.DayOf(began)
			counts[day]++
		}
	})
	right := []float64{1.6, 1.5, 1.8, 1.2, 1.3}
	says := func(b []float64) claim[[]int] {
		return func(n []int) float64 {
			return chiSquare(n, retailYear(b[0], b[1], b[2], b[3], b[4]))
		}
	}
	says(right).holds(t, "the season", counts)
	for i, wrong := range []float64{1.9, 1.65, 2.4, 1.32, 1.45} {
		b := append([]float64{}, right...)
		b[i] = wrong
		says(b).failsIn(t, fmt.Sprintf("boost %d of %g", i, wrong), counts)
	}
}
