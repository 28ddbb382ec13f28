package simulate

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["churn"] = func(d die) string {
		text := fmt.Sprintf("{dropout: {a: %.2f, b: %.2f}, effects: {satisfaction: %.1f, price: %.1f}, "+
			"dormant: {gaps: %.1f, at_least: %dd, single: %dd}, returns: %d%%", 0.1+3*d.Float64(),
			0.1+3*d.Float64(), 2*d.Float64(), 2*d.Float64(), 0.1+3*d.Float64(), d.IntN(20),
			d.IntN(60), d.IntN(101))
		mail := func(channel string) string {
			return fmt.Sprintf("%s: {channel: %s, after: %dd, every: %dh, tries: %d, opens: %d%%, "+
				"returns: %d%%, discount: %d%%}", channel, channel, d.IntN(20), 1+d.IntN(300),
				1+d.IntN(4), d.IntN(101), d.IntN(101), d.IntN(101))
		}
		if d.IntN(3) > 0 {
			text += ", win_back: {" + mail("email") + ", " + mail("push") + "}"
		}
		if d.IntN(3) == 0 {
			text += fmt.Sprintf(", contracts: {short: {term: %dd, renews: %dh, churn: %d%%, "+
				"channel: %s, needs: %d%%, under_contract: %d%%}, long: {term: 30d, channel: direct}}",
				1+d.IntN(40), 24+d.IntN(300), 1+d.IntN(90), d.one("email", "direct", "store"),
				d.IntN(101), d.IntN(101))
		}
		return text + "}"
	}
	lives = append(lives, struct {
		name  string
		check func(*census) error
		spoil func(*census)
	}{"churn has its dates", churnHasItsDates, func(c *census) {
		churned := c.ints(table.TableTruthPeople, "churned_at")
		churned[0] = c.w.Midnight[c.w.Warmup] + 5
	}})
}

// churnHasItsDates: nobody's silence is noticed before she stopped, nobody comes back who did not,
// and all of it only with the behavior. Who stopped places no order until she comes back.
func churnHasItsDates(c *census) error {
	of := func(name string) []int64 { return c.ints(table.TableTruthPeople, name) }
	churned, dormant, back := of("churned_at"), of("dormant_at"), of("won_back_at")
	lastly := map[int64]int64{}
	for _, e := range c.events {
		if e.kind == table.Purchase {
			lastly[e.person] = e.at
		}
	}
	for id, i := range c.people {
		is := func(at int64) bool { return at != table.Null }
		switch {
		case !model.PlanOf[model.ChurnPlan](c.w).On && (is(churned[i]) || is(dormant[i]) || is(back[i])):
			return fmt.Errorf("person %d churns in a world without", id)
		case is(back[i]) && !is(churned[i]),
			is(churned[i]) && is(dormant[i]) && dormant[i] < churned[i]:
			return fmt.Errorf("person %d: churned %d, dormant %d, back %d", id, churned[i],
				dormant[i], back[i])
		case len(model.PlanOf[model.ChurnPlan](c.w).Contracts) == 0 &&
			is(churned[i]) && back[i] < churned[i] &&
			lastly[id] > churned[i]:
			return fmt.Errorf("person %d stops on %s and orders on %s", id, c.when(churned[i]),
				c.when(lastly[id]))
		}
	}
	return nil
}

// repeating is a market in which every need is an order, twenty times a year: people are all alike
// but for the chance with which they stop.
const repeating = `
customers: 15_000
town: 5_000
days: 500
needs: {per_year: 20}
sessions: {pages: {order: 1}}
channels: {web: {touchpoint: web}, email: {touchpoint: inbox, without: not_sent}}
journey:
  start: {purchase: 1}
  stages: {purchase: {dwell: 0d, next: {leave: 1}, channels: {email: 0}}}
  channels: {start: {web: 1, email: 1}}
`

// A ladder counts orders and what follows them: at [n] those that placed an n-th order, and how
// many of them stopped then.
type ladder struct {
	orders, stops [8]int
	a, b          float64
}

// ladderOf lives a world and reads orders and who has stopped, in truth.
func ladderOf(t *testing.T, w *model.World, a, b float64) *ladder {
	h := historyOf(t, w)
	l := &ladder{a: a, b: b}
	orders := h.column(table.TableTruthPeople, "order_count")
	churned := h.column(table.TableTruthPeople, "churned_at")
	for i, n := range orders {
		for k := range l.orders {
			if int(n) > k {
				l.orders[k]++
			}
		}
		if churned[i] != table.Null && n <= int64(len(l.stops)) {
			l.stops[n-1]++
		}
	}
	return l
}

// follows claims that (b+n-1)/(a+b+n-1) of those with an n-th order do not stop then.
func (l *ladder) follows() float64 {
	var p []float64
	for k, n := range l.orders {
		stop := l.a / (l.a + l.b + float64(k))
		mean := float64(n) * stop
		p = append(p, twoSided((float64(l.stops[k])-mean)/math.Sqrt(mean*(1-stop))))
	}
	return holm(p)
}

// TestRepeatLadder: of 15,000 first orders 67.5 % are the last, and so on up to the 8th, at 1e-6. A
// law with b = 0.9 stops 64 % and is noticed: 3.5 % are 9 standard errors.
func TestRepeatLadder(t *testing.T) {
	t.Parallel()
	text := repeating + "behaviors: {churn: {returns: 0%}}\n"
	w := worldOf(t, text)
	claim[*ladder]((*ladder).follows).holds(t, "ladder", ladderOf(t, w, 1.6, 0.77))
	mutant := worldOf(t, text, "behaviors.churn.dropout.b", "0.9")
	claim[*ladder]((*ladder).follows).failsIn(t, "b", ladderOf(t, mutant, 1.6, 0.77))
}

// stopsFirst returns the share of people, among those whose trait price is above 0 or not, who stop
// at their first order, with its expectation: the mean of 1/(1+exp(-z-x)) over half a normal law of
// z, where exp(x) are the odds of a Beta law of 20 and 20.
func stopsFirst(h *history, effect float64) (p [2]float64) {
	orders, price := h.column(table.TableTruthPeople, "order_count"),
		h.column(table.TableTruthPeople, "trait_price_sensitivity")
	churned := h.column(table.TableTruthPeople, "churned_at")
	var stop, all [2]float64
	for i, n := range orders {
		side := 0
		if price[i] > 0 {
			side = 1
		}
		if n > 0 {
			all[side]++
		}
		if n == 1 && churned[i] != table.Null {
			stop[side]++
		}
	}
	sum, n, law := 0.0, 0.0, distuv.Beta{Alpha: 20, Beta: 20}
	for u := 0.0005; u < 1; u += 0.001 {
		chance := law.Quantile(u)
		for v := 0.5005; v < 1; v += 0.001 {
			odds := chance / (1 - chance) * math.Exp(effect*distuv.UnitNormal.Quantile(v))
			sum += odds / (1 + odds)
			n++
		}
	}
	for side, want := range []float64{1 - sum/n, sum / n} {
		p[side] = twoSided((stop[side]/all[side] - want) / math.Sqrt(want*(1-want)/all[side]))
	}
	return p
}

// TestPriceMakesStopping: who looks for what is cheap stops sooner. 5,000 people on each side show
// an effect of 1 from one of 1.3 (0.669 and 0.708) with 5 standard errors on both.
func TestPriceMakesStopping(t *testing.T) {
	t.Parallel()
	text := repeating + "traits: {spread: {price: 1}}\n" +
		"behaviors: {churn: {returns: 0%, dropout: {a: 20, b: 20}, effects: {price: 1}}}\n"
	c := claim[*history](func(h *history) float64 {
		p := stopsFirst(h, 1)
		return holm(p[:])
	})
	sets := []string{"customers", "10_000", "days", "300"}
	c.holds(t, "price", historyOf(t, worldOf(t, text, sets...)))
	c.failsIn(t, "1.3", historyOf(t, worldOf(t, text, append(sets,
		"behaviors.churn.effects.price", "1.3")...)))
}

// TestContractsEndAsTheyShould: with people all alike, 0.9 % a month is 1 - 0.991^12 = 10.3 % a
// year (12 terms of 30 days); the claim is kept at 1e-6 and 1.2 % a month, 13.5 % a
// year, is noticed with 9 standard errors.
func TestContractsEndAsTheyShould(t *testing.T) {
	t.Parallel()
	text := repeating + "behaviors: {churn: {returns: 0%, contracts: {monthly: {channel: email, " +
		"alike: 10_000, under_contract: 100%}}}}\n"
	ended := func(w *model.World) float64 {
		h := historyOf(t, w)
		n := 0
		for _, at := range h.column(table.TableTruthPeople, "churned_at") {
			if at != table.Null {
				n++
			}
		}
		mean := float64(w.Customers) * (1 - math.Pow(0.991, 12))
		return twoSided((float64(n) - mean) / math.Sqrt(mean*0.9))
	}
	sets := []string{"customers", "8_000", "days", "360", "needs.per_year", "0.001"}
	claim[*model.World](ended).holds(t, "0.9 %", worldOf(t, text, sets...))
	claim[*model.World](ended).failsIn(t, "1.2 %", worldOf(t, text, slices.Concat(sets,
		[]string{"behaviors.churn.contracts.monthly.churn", "1.2%"})...))
}

// TestLeastSilence: no order tells nothing for a while of its own after the first one, and for so
// many mean gaps after more, but never for less than the least.
func TestLeastSilence(t *testing.T) {
	const day = 24 * 3600 * second
	c := &churn{plan: &model.ChurnPlan{Gaps: 25_000, AtLeast: 30 * day, Single: 90 * day}}
	for _, test := range []struct {
		orders      int32
		first, last int64
		want        int64
	}{
		{1, 100, 100, 90},
		{2, 100, 120, 50},   // 2.5 gaps of 20 days
		{5, 100, 180, 50},   // likewise, over four gaps
		{2, 100, 112, 30},   // exactly the least
		{2, 100, 111, 30},   // 27.5 days are too few
		{2, 100, 100, 30},   // twice on a day
		{100, 100, 298, 30}, // 2.5 gaps of 2 days
		{2, 100, 114, 35},   // more
	} {
		s := &lifecycle{orders: test.orders, first: test.first * day, last: test.last * day}
		if got := c.silence(s); got != test.want*day {
			t.Errorf("%d orders from day %d to %d: silent for %d h, want %d days", test.orders,
				test.first, test.last, got/(day/24), test.want)
		}
	}
}

// TestWinBack: one in five follows each of two messages; nothing is sent without the channel, and
// who got none is the same. Whoever follows buys, with the coupon.
func TestWinBack(t *testing.T) {
	t.Parallel()
	text := repeating + "behaviors: {churn: {returns: 0%, dormant: {single: 60d, at_least: 60d}, " +
		"win_back: {mail: {channel: email, after: 10d, every: 20d, tries: 2, returns: 20%, " +
		"discount: 15%}}}}\n"
	w := worldOf(t, text, "customers", "2_000", "days", "300", "identity.marketing", "100%")
	c := censusOf(w, whole(t, w))
	followed := mailsAreFollowed(t, c, 0.2)
	untouchedAreTheSame(t, c, "email")
	n := 0
	for _, coupon := range c.codes(table.TableOrders, "coupon") {
		if coupon != 0 {
			n++
		}
	}
	if n != followed {
		t.Errorf("%d orders with the coupon after %d journeys", n, followed)
	}
}

// mailsAreFollowed checks how many messages lead to a journey, with 5 standard errors (1e-6), and
// returns their number. One part in a hundred or less may be under way at the end.
func mailsAreFollowed(t *testing.T, c *census, want float64) (followed int) {
	t.Helper()
	sends := 0
	for _, e := range c.events {
		switch {
		case e.kind == table.MessageSent:
			sends++
		case e.kind == table.MessageOpened && e.journey != table.Null:
			followed++
		}
	}
	got := float64(followed) / float64(sends)
	if sends < 1000 || math.Abs(got-want) > 5*math.Sqrt(want*(1-want)/float64(sends)) {
		t.Errorf("%d of %d messages are followed, want %g of them", followed, sends, want)
	}
	return followed
}

// untouchedAreTheSame lives the world without a channel: nothing is sent through it, and who was
// sent nothing in the world with it lives the same life.
func untouchedAreTheSame(t *testing.T, with *census, channel string) {
	t.Helper()
	off, err := with.w.Without(channel)
	if err != nil {
		t.Fatal(err)
	}
	without := censusOf(off, whole(t, off))
	sent := map[int64]bool{}
	for _, e := range with.events {
		sent[e.person] = sent[e.person] || e.kind == table.MessageSent
	}
	mine := func(c *census) []seen {
		return slices.DeleteFunc(slices.Clone(c.events), func(e seen) bool {
			return sent[e.person]
		})
	}
	if !slices.Equal(mine(with), mine(without)) {
		t.Error("who got no message lives another life without the channel")
	}
	for _, e := range without.events {
		if e.kind == table.MessageSent {
			t.Fatal("sent through a channel that is off")
		}
	}
}
