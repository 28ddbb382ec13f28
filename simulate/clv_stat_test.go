package simulate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/optimize"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// An observed is what a firm knows of a customer: how often they bought, when last, and how long
// it has been observing them, in years since they came.
type observed struct{ x, last, until float64 }

// observedOf lives an open market and observes those who come after the first day, until they leave
// or the days end.
func observedOf(t testing.TB, w *model.World) []observed {
	const year = 365.25 * aDay
	type buyer struct {
		n    float64
		last int64
	}
	bought := map[int64]*buyer{}
	var all []observed
	watch(t, w, func(b *table.Batch) {
		events := &b.Tables[table.TableEvents]
		at, who := events.Ints(table.EventTime), events.Ints(table.EventPerson)
		for i, kind := range events.Codes(table.EventType) {
			if kind == table.Purchase {
				one := bought[who[i]]
				if one == nil {
					one = new(buyer)
					bought[who[i]] = one
				}
				one.n++
				one.last = at[i]
			}
		}
		people := &b.Tables[table.TableTruthPeople]
		columns := w.Tables[table.TableTruthPeople].Places("person_id", "arrived_at", "left_at")
		arrived, left := people.Ints(columns[1]), people.Ints(columns[2])
		for i, id := range people.Ints(columns[0]) {
			if arrived[i] <= w.Begin() {
				continue
			}
			until := w.End()
			if left[i] != table.Null {
				until = min(until, left[i])
			}
			o := observed{until: float64(until-arrived[i]) / year}
			if one := bought[id]; one != nil && one.last < until {
				o.x, o.last = one.n, float64(one.last-arrived[i])/year
			}
			if o.until > 0.1 {
				all = append(all, o)
			}
		}
	})
	return all
}

// unlikely is the negative log-likelihood of the BG/NBD model (Fader, Hardie and Lee 2005, equation
// 6) for parameters r, alpha, a and b, given by their logarithms. Time begins when they come.
func unlikely(data []observed, logs []float64) float64 {
	r, alpha, a, b := math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2]), math.Exp(logs[3])
	lgamma := func(x float64) float64 { y, _ := math.Lgamma(x); return y }
	sum := 0.0
	for _, o := range data {
		common := lgamma(r+o.x) - lgamma(r) + r*math.Log(alpha)
		alive := mathext.Lbeta(a, b+o.x) - mathext.Lbeta(a, b) - (r+o.x)*math.Log(alpha+o.until)
		l := common + alive
		if o.x > 0 {
			gone := mathext.Lbeta(a+1, b+o.x-1) - mathext.Lbeta(a, b) - (r+o.x)*math.Log(alpha+o.last)
			most := max(alive, gone)
			l = common + most + math.Log(math.Exp(alive-most)+math.Exp(gone-most))
		}
		sum -= l
	}
	return sum
}

// fit returns the maximum likelihood estimates of the logarithms of r, alpha, a and b, and their
// standard errors.
func fit(t testing.TB, data []observed) (logs, errs []float64) {
	problem := optimize.Problem{Func: func(x []float64) float64 { return unlikely(data, x) }}
	found, err := optimize.Minimize(problem, make([]float64, 4), nil, &optimize.NelderMead{})
	if err != nil {
		t.Fatal(err)
	}
	hessian := mat.NewSymDense(4, nil)
	fd.Hessian(hessian, problem.Func, found.X, &fd.Settings{Step: 1e-3})
	var inverse mat.Dense
	if err := inverse.Inverse(hessian); err != nil {
		t.Fatal(err)
	}
	for i := range found.X {
		errs = append(errs, math.Sqrt(inverse.At(i, i)))
	}
	return found.X, errs
}

// TestLifetimeValueModelsFit: in an open market, where people come and leave for other reasons, the
// parameters of needs and dropout are found again by the usual model of buying till you die, each
// within 3.5 standard errors (of four, 2 in 1,000). With another law of dropout they are not.
func TestLifetimeValueModelsFit(t *testing.T) {
	t.Parallel()
	const text = repeating + "population: {stay_years: 6}\nbehaviors: {churn: {returns: 0%}}\n"
	worst := func(sets ...string) float64 {
		sets = append(sets, "customers", "30_000", "days", "1095", "warmup", "0", "needs.per_year", "3",
			"needs.vary", "2", "seed", "2")
		w := worldOf(t, text, append(sets, "behaviors.churn.dropout.b", "2.5")...)
		logs, errs := fit(t, observedOf(t, w))
		want, worst := []float64{2, 2.0 / 3, 1, 2.5}, 0.0
		for i := range logs {
			z := (logs[i] - math.Log(want[i])) / errs[i]
			t.Logf("found %.3f, want %.3f (z %.1f)", math.Exp(logs[i]), want[i], z)
			worst = max(worst, math.Abs(z))
		}
		return worst
	}
	if z := worst("behaviors.churn.dropout.a", "1"); z > 3.5 {
		t.Errorf("an estimate is %.1f standard errors off", z)
	}
	if z := worst("behaviors.churn.dropout.a", "1.5"); z < 3.5 {
		t.Errorf("with another law of dropout estimates are only %.1f standard errors off", z)
	}
}
