package simulate

import (
	"math"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// Sales are what people buy, by year of the world: the sum, and its square by place.
type sales struct {
	years   [][]uint16 // by place
	newbies [][2]int   // by year of arrival: people, and their orders within a year of it
}

const salesYears = 4

// salesOf lives a world of four years.
func salesOf(t testing.TB, w *model.World) *sales {
	l := &sales{years: make([][]uint16, w.Customers), newbies: make([][2]int, salesYears)}
	for i := range l.years {
		l.years[i] = make([]uint16, salesYears)
	}
	bought := map[int64][]int64{} // by people who arrived in these years
	watch(t, w, func(b *table.Batch) {
		events := &b.Tables[table.TableEvents]
		at, who := events.Ints(table.EventTime), events.Ints(table.EventPerson)
		for i, kind := range events.Codes(table.EventType) {
			if kind != table.Purchase {
				continue
			}
			day, _ := w.DayOf(at[i])
			place, nth := model.PlaceOf(who[i])
			l.years[place][min(day/365, salesYears-1)]++
			if nth > 0 {
				bought[who[i]] = append(bought[who[i]], at[i])
			}
		}
		people := &b.Tables[table.TableTruthPeople]
		columns := w.Tables[table.TableTruthPeople].Places("person_id", "arrived_at")
		arrived := people.Ints(columns[1])
		for i, id := range people.Ints(columns[0]) {
			year := (arrived[i] - w.Begin()) / (365 * aDay)
			if arrived[i] < w.Begin() || year >= salesYears-1 {
				continue
			}
			l.newbies[year][0]++
			for _, at := range bought[id] {
				if at < arrived[i]+365*aDay {
					l.newbies[year][1]++
				}
			}
		}
	})
	return l
}

// worst returns by how much the orders of a year are furthest from their mean, in parts of what is
// allowed: 5 % where the standard error of a year is below 1.5 %, else three standard errors. The
// error is that of a sum over places, which do not depend on each other, less what all years share.
func (l *sales) worst() float64 {
	var sum, squares [salesYears]float64
	mean := 0.0
	for _, years := range l.years {
		own := 0.0
		for _, n := range years {
			own += float64(n) / salesYears
		}
		for y, n := range years {
			sum[y] += float64(n)
			squares[y] += (float64(n) - own) * (float64(n) - own)
		}
		mean += own
	}
	worst := 0.0
	for y := range sum {
		se := math.Sqrt(squares[y]) / mean
		allowed := 0.05
		if se >= 0.015 {
			allowed = 3 * se
		}
		worst = max(worst, math.Abs(sum[y]/mean-1)/allowed)
	}
	return worst
}

// TestYearsAreAlike: with people who come and go, and a past for those who are there, the market of
// each built-in scenario is stationary from the first day on; people who arrive in one year buy as
// much in their first as those who arrive in another. Without a past the first year is another.
func TestYearsAreAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("four years of five markets")
	}
	t.Parallel()
	for name, customers := range map[string]string{"fashion": "30_000", "electronics": "40_000",
		"grocery": "1_500", "print-shop": "30_000", "telecom": "30_000", "null": "10_000"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			years := func(sets ...string) *sales {
				return salesOf(t, builtIn(t, name, append(sets, "customers", customers,
					"days", "1460")...))
			}
			l := years()
			if worst := l.worst(); worst > 1 {
				t.Errorf("a year differs %.2f times as much from the mean as allowed", worst)
			}
			rates, errs := [salesYears - 1]float64{}, [salesYears - 1]float64{}
			for y := range rates {
				n, orders := float64(l.newbies[y][0]), float64(l.newbies[y][1])
				rates[y], errs[y] = orders/n, math.Sqrt(orders*dispersion(l))/n
				if n < 100 {
					t.Fatalf("%g people arrived in year %d", n, y)
				}
			}
			for y := range rates[1:] {
				if z := (rates[y+1] - rates[y]) / math.Hypot(errs[y], errs[y+1]); math.Abs(z) > 3.5 {
					t.Errorf("who arrived in year %d bought %.3f times in a year, in the next %.3f (z %.1f)",
						y, rates[y], rates[y+1], z)
				}
			}
			if name == "fashion" || name == "electronics" {
				if worst := years("population.past", "{orders: 0, known: 0}").worst(); worst < 1 {
					t.Errorf("without a past years differ only %.2f times as much as allowed", worst)
				}
			}
		})
	}
}

// dispersion is the variance of a place's orders in a year relative to their mean.
func dispersion(l *sales) float64 {
	sum, squares := 0.0, 0.0
	for _, years := range l.years {
		n := float64(years[0])
		sum, squares = sum+n, squares+n*n
	}
	mean := sum / float64(len(l.years))
	return (squares/float64(len(l.years)) - mean*mean) / mean
}
