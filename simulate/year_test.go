package simulate

import (
	"fmt"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A year is what a market shows by local day: visits to stores and calls by day of the week and on
// Christmas Day, revenue by month and by coupon.
type year struct {
	visits, calls [7]float64 // relative to a mean day
	christmas     int        // visits and calls of 25 December
	months        [12]float64
	coupons       map[string]float64 // parts of revenue
	orders        map[string]int     // by coupon
}

func yearOf(t *testing.T, name, customers string, sets ...model.Set) *year {
	t.Helper()
	w := builtin(t, name, customers, sets...)
	zone, err := time.LoadLocation(w.Scenario.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	y := &year{coupons: map[string]float64{}, orders: map[string]int{}}
	watch(t, w, func(b *table.Batch) { y.add(w, zone, b) })
	for _, days := range []*[7]float64{&y.visits, &y.calls} {
		sum := 0.0
		for _, n := range days {
			sum += n
		}
		for d := range days {
			days[d] *= 7 / max(sum, 1)
		}
	}
	sum := 0.0
	for _, paid := range y.months {
		sum += paid
	}
	for m := range y.months {
		y.months[m] *= 12 / sum
	}
	for name := range y.coupons {
		y.coupons[name] /= sum
	}
	return y
}

// add counts the rows of a batch.
func (y *year) add(w *model.World, zone *time.Location, b *table.Batch) {
	events := b.Tables[table.TableEvents]
	for i := range events.Len {
		local := time.UnixMicro(events.Cols[table.EventTime].Int[i]).In(zone)
		switch events.Cols[table.EventType].Code[i] {
		case table.StoreVisit:
			y.visits[local.Weekday()]++
		case table.Call:
			y.calls[local.Weekday()]++
		default:
			continue
		}
		if local.Month() == time.December && local.Day() == 25 {
			y.christmas++
		}
	}
	orders := b.Tables[table.TableOrders]
	places := w.Tables[table.TableOrders].Places("ordered_at", "total", "coupon")
	at, total, coupon := places[0], places[1], places[2]
	for i := range orders.Len {
		paid := float64(orders.Cols[total].Int[i])
		y.months[time.UnixMicro(orders.Cols[at].Int[i]).In(zone).Month()-1] += paid
		if code := orders.Cols[coupon].Code[i]; code > 0 {
			name := w.Tables[table.TableOrders].Columns[coupon].Vocab[code-1]
			y.coupons[name] += paid
			y.orders[name]++
		}
	}
}

// within complains of a figure that is not in its band.
func within(t *testing.T, what string, x, low, high float64) {
	t.Helper()
	if x < low || x > high {
		t.Errorf("%s is %.3f, want %.2f to %.2f", what, x, low, high)
	}
}

// TestStoresAreBusyAtWeekends: Friday to Sunday are the busiest days, Tuesday and Wednesday the
// quietest (Zenreach 2020), and Christmas Day is closed.
func TestStoresAreBusyAtWeekends(t *testing.T) {
	t.Parallel()
	for name, customers := range map[string]string{"fashion": "15_000", "electronics": "10_000",
		"grocery": "1000"} {
		y := yearOf(t, name, customers)
		for d, x := range y.visits {
			low, high := 0.75, 1.0
			switch time.Weekday(d) {
			case time.Saturday:
				low, high = 1.15, 1.7
			case time.Friday, time.Sunday:
				low, high = 1.0, 1.35
			case time.Tuesday, time.Wednesday:
				low, high = 0.65, 0.95
			}
			within(t, fmt.Sprintf("%s: visits to stores on %s", name, time.Weekday(d)), x, low, high)
		}
		if y.christmas > 0 {
			t.Errorf("%s: %d visits and calls on 25 December", name, y.christmas)
		}
	}
}

// TestClosedDaysDoNotPileUp: after a weekend without calls, Monday is a day like others.
func TestClosedDaysDoNotPileUp(t *testing.T) {
	t.Parallel()
	y := yearOf(t, "print-shop", "4000")
	for d := time.Monday; d <= time.Friday; d++ {
		within(t, fmt.Sprintf("calls on %s", d), y.calls[d], 1.1, 1.7)
	}
	within(t, "calls on Mondays relative to those on Tuesdays",
		y.calls[time.Monday]/y.calls[time.Tuesday], 0.75, 1.25)
	if y.christmas > 0 {
		t.Errorf("%d visits and calls on 25 December", y.christmas)
	}
}

// TestFashionHasItsSeasons: December sells 1.56 times the mean month (US Census, clothing), January
// less than that, and the saldi make 30 % of revenue, two thirds of it in winter (Confesercenti,
// Confcommercio) — whatever the year.
func TestFashionHasItsSeasons(t *testing.T) {
	heavy(t)
	t.Parallel()
	y := yearOf(t, "fashion", "16_000")
	december := y.months[time.December-1]
	within(t, "December's revenue relative to the mean month", december, 1.3, 1.7)
	within(t, "January's relative to December's", y.months[time.January-1]/december, 0.5, 1)
	winter, summer := y.coupons["saldi_invernali"], y.coupons["saldi_estivi"]
	within(t, "the part of the saldi", winter+summer, 0.25, 0.35)
	within(t, "that of the winter's", winter, 0.14, 0.22)
}

// TestSalesComeEveryYear: a market that starts a year later has its sales.
func TestSalesComeEveryYear(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"2025-01-01", "2026-01-01"} {
		n := yearOf(t, "fashion", "2000", model.Set{Path: "start", Value: start}).orders
		for coupon, least := range map[string]int{"saldi_invernali": 100, "saldi_estivi": 80,
			"black_friday": 5} {
			if n[coupon] < least {
				t.Errorf("from %s: %d orders of %s, want at least %d", start, n[coupon], coupon, least)
			}
		}
	}
}
