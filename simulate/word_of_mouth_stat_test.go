package simulate

import (
	"math"
	"slices"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// TestAcquaintancesAreASmallWorld: ties go both ways, to somebody else, once; everybody has ten on
// average; as many are weak as the scenario says; and of those whom one knows, as many know each
// other as Barrat and Weigt (2000) found for this network: 3(k-2)/(4(k-1)) · (1-β)³.
func TestAcquaintancesAreASmallWorld(t *testing.T) {
	t.Parallel()
	const n, k, networks = 2_000, 10, 40
	of := func(beta float64) (weak, clustering []float64) {
		for seed := range uint64(networks) {
			a := newAcquaintances(n, k, draw.ChanceOf(beta), draw.New(seed))
			far, triangles := a.census(t, n)
			if len(a.ties) != n*k {
				t.Fatalf("%d ties, want %d", len(a.ties), n*k)
			}
			weak = append(weak, float64(far)/n/k)
			clustering = append(clustering, float64(triangles)/(n*k*(k-1)/2))
		}
		return weak, clustering
	}
	weak, clustering := of(0.05)
	const ring = 3.0 * (k - 2) / 4 / (k - 1)
	bears := func(sample []float64, mean float64) float64 {
		return twoSided(standardised(sample, mean))
	}
	if p := bears(weak, 0.05); p < alpha {
		t.Errorf("weak ties: p = %g", p)
	}
	if p := bears(weak, 0.05*1.06); p >= alpha {
		t.Errorf("6 %% more weak ties go unnoticed: p = %g", p)
	}
	if p := bears(clustering, ring*math.Pow(0.95, 3)); p < alpha {
		t.Errorf("clustering: p = %g", p)
	}
	if p := bears(clustering, ring*math.Pow(0.94, 3)); p >= alpha {
		t.Errorf("the clustering of 6 %% weak ties goes unnoticed: p = %g", p)
	}
	for _, few := range []int{1, 2, 3, 8} {
		newAcquaintances(few, k, draw.ChanceOf(1), draw.New(1)).census(t, few)
	}
}

// standardised is how many standard errors the mean of a sample is from what it should be.
func standardised(sample []float64, want float64) float64 {
	n, sum, squares := float64(len(sample)), 0.0, 0.0
	for _, x := range sample {
		sum += x - want
		squares += (x - want) * (x - want)
	}
	return sum / n / math.Sqrt((squares/n-sum/n*sum/n)/(n-1))
}

// census counts the weak ties and the pairs of acquaintances of somebody who know each other.
func (a *acquaintances) census(t *testing.T, n int) (weak, triangles int) {
	t.Helper()
	for i := range int32(n) {
		mine := a.of(i)
		for at, one := range mine {
			back := slices.IndexFunc(a.of(one.to()), func(b tie) bool { return b.to() == i })
			switch {
			case one.to() == i || at > 0 && mine[at-1].to() >= one.to():
				t.Fatalf("%d knows itself, or somebody twice: %v", i, mine)
			case back < 0 || a.of(one.to())[back].weak() != one.weak():
				t.Fatalf("%d knows %d, but not so the other way round", i, one.to())
			}
			if one.weak() {
				weak++
			}
			for _, other := range mine[:at] {
				if slices.ContainsFunc(a.of(one.to()), func(b tie) bool { return b.to() == other.to() }) {
					triangles++
				}
			}
		}
	}
	return weak, triangles
}

// listeners is a town of 20,000 who only listen, on its first day.
func listeners(t testing.TB, strong, weak string) *town {
	w := worldOf(t, bazaarWith("{word_of_mouth: {occasions: 0, tells: 1, speaks: {passive: 0%, "+
		"promoter: 0%, detractor: 0%}, referral: {accept: 40%}}}"), "customers", "20_000",
		"town", "20_000", "needs.per_year", "1e-6", "coupling", "live", "warmup", "0",
		"behaviors.word_of_mouth.aware.strong", strong, "behaviors.word_of_mouth.aware.weak", weak)
	town := newTown(newSilent(w, newIDs(w.Key)), 0)
	town.step(0)
	return town
}

// hears are messages to everybody over ties of some kind.
func (b *wordOfMouth) hears(weak, strong, bad int, code int64) {
	var words []word
	for place := range int32(len(b.town.people)) {
		for i := range weak + strong + bad {
			w := word{key: draw.New(uint64(place)<<8 | uint64(i)), to: place, post: none, code: none,
				channel: b.plan.Channel, sign: 1, weak: i < weak}
			if i >= weak+strong {
				w.sign = -1
			}
			if i == 0 {
				w.code = code
			}
			words = append(words, w)
		}
	}
	b.listen(words)
}

// TestAwareness: p = 1 - (1-β_w)^n_w (1-β_s)^n_s of those who hear so many good messages begin a
// journey, and bad ones make nobody begin one. Goldenberg, Libai and Muller 2001.
func TestAwareness(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		weak, strong, bad int
		code              int64
		want              float64
	}{
		{1, 0, 0, none, 0.1}, {0, 1, 0, none, 0.3}, {2, 3, 1, none, 1 - 0.9*0.9*0.7*0.7*0.7},
		{0, 0, 3, none, 0}, {1, 0, 0, 7, 1 - 0.9*0.6},
	} {
		town := listeners(t, "30%", "10%")
		behaving[*wordOfMouth](town).hears(c.weak, c.strong, c.bad, c.code)
		began, n := 0, float64(len(town.people))
		for i := range town.people {
			if p := &town.people[i]; p.needDay != noDay {
				began++
				if p.cause != uint8(model.CauseWordOfMouth) {
					t.Fatalf("cause %d", p.cause)
				}
			}
		}
		claim := func(p float64) float64 {
			return twoSided((float64(began) - n*p) / math.Sqrt(max(n*p*(1-p), 1e-9)))
		}
		if p := claim(c.want); p < alpha {
			t.Errorf("%+v: %d of %g began: p = %g", c, began, n, p)
		}
		if p := claim(c.want*1.12 + 0.002); p >= alpha {
			t.Errorf("%+v: 12 %% more go unnoticed: p = %g", c, p)
		}
	}
}

// TestDosesFade: half of a dose is left after a half-life, and no dose is beyond its bounds.
func TestDosesFade(t *testing.T) {
	t.Parallel()
	town := listeners(t, "0%", "0%")
	b, p := behaving[*wordOfMouth](town), &town.people[5]
	for _, c := range []struct {
		good, bad, after int
		want             float64
	}{{2, 0, 0, 2}, {0, 0, 7, 1}, {0, 1, 7, -0.5}, {9, 0, 0, 3}, {0, 0, 14, 0.75}, {0, 20, 0, -3}} {
		for range c.after {
			town.step(town.day + 1)
		}
		b.hears(0, c.good, c.bad, none)
		if got := float64(b.weight(p)) / (1 << 16); math.Abs(got-c.want) > 1e-4 {
			t.Errorf("%+v: the dose is %g", c, got)
		}
	}
}

// TestWordOfMouthBendsNeeds: who always hears only good things needs something exp(3κ) as often as
// who hears nothing, and who hears only bad things exp(-3κ).
func TestWordOfMouthBendsNeeds(t *testing.T) {
	t.Parallel()
	journeys := func(sum int32) float64 {
		w := worldOf(t, `
customers: 4_000
town: 4_000
days: 300
warmup: 0
needs: {per_year: 12}
channels: {direct: {touchpoint: web}, word_of_mouth: {touchpoint: street}}
journey:
  stages: {consideration: {dwell: 0d, next: {leave: 100%}}}
  channels: {start: {direct: 1}}
behaviors: {word_of_mouth: {occasions: 0, need: 0.2}}
`)
		town := newTown(newSilent(w, newIDs(w.Key)), 0)
		n := int32(0)
		for day := range w.Days {
			for i := range town.people {
				behaving[*wordOfMouth](town).dose[i] = dose{sum: sum, day: int32(day)}
			}
			town.step(day)
		}
		for i := range town.people {
			n += town.people[i].journeys
		}
		return float64(n)
	}
	none, good, bad := journeys(0), journeys(3<<16), journeys(-3<<16)
	claim := func(some, kappa float64) float64 { // of the log of the ratio of two Poisson counts
		return twoSided((math.Log(some/none) - 3*kappa) / math.Sqrt(1/some+1/none))
	}
	for _, c := range []struct{ count, kappa float64 }{{good, 0.2}, {bad, -0.2}} {
		if p := claim(c.count, c.kappa); p < alpha {
			t.Errorf("%g journeys instead of %g: p = %g", c.count, none, p)
		}
		if p := claim(c.count, c.kappa*0.85); p >= alpha {
			t.Errorf("a κ 15 %% smaller goes unnoticed: p = %g", p)
		}
	}
}

// TestWordOfMouthSells: with its defaults it begins about a tenth of the journeys of a market of
// promoters and detractors; WOMMA (2014) has 13 % of sales.
func TestWordOfMouthSells(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith("{word_of_mouth: {outsiders: 100%}, satisfaction: on}"),
		"coupling", "live")
	c := censusOf(w, whole(t, w))
	cause := map[int64]uint32{}
	causes, journeys := c.codes(table.TableEvents, "cause"), c.ints(table.TableEvents, "journey_id")
	for i, id := range journeys {
		if _, ok := cause[id]; !ok {
			cause[id] = causes[i]
		}
	}
	delete(cause, table.Null)
	began, told, all := 0, 0, 0
	for _, why := range cause {
		if why == model.CauseWordOfMouth {
			began++
		}
	}
	for _, e := range c.events {
		switch e.kind {
		case table.WordOfMouth:
			told++
			all++
		case table.Post:
			all++
		}
	}
	if share := float64(began) / float64(len(cause)); share < 0.03 || share > 0.15 {
		t.Errorf("%.3f of the journeys begin with word of mouth", share)
	} else {
		t.Logf("%.3f of the journeys begin with word of mouth", share)
	}
	if share := float64(told) / float64(all); share < 0.6 || share > 0.72 {
		t.Errorf("%.3f of %d messages are told off line, want two thirds", share, all)
	}
}

// TestPostsAreSeenByTwo acquaintances, each of whom reacts independently: of the posts, so
// many have no, one and two likes, comments and shares as two independent throws have.
func TestPostsAreSeenByTwo(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith("{word_of_mouth: {speaks: {passive: 40%}, offline: 50%, "+
		"outsiders: 100%, remembers: 3650d, likes: 50%, comments: 20%, shares: 10%}}"),
		"coupling", "live", "warmup", "0")
	c := censusOf(w, whole(t, w))
	of := func(name string) []int64 { return c.ints(table.TableSocial, name) }
	id, at, parent := of("social_id"), of("created_at"), of("parent_id")
	kind := c.codes(table.TableSocial, "activity_type")
	answers := map[int64]*[3]int{} // likes, comments, shares of a post
	for i := range id {
		if day, _ := w.DayOf(at[i]); kind[i] == table.ActivityPost && day < w.Days-1 {
			answers[id[i]] = new([3]int)
		}
	}
	for i := range id {
		if n := answers[parent[i]]; n != nil && kind[i] != table.ActivityReferral {
			n[kind[i]-table.ActivityLike]++
		}
	}
	for k, p := range []float64{0.5, 0.2, 0.1} {
		counts := make([]int, 4)
		for _, n := range answers {
			counts[min(n[k], 3)]++
		}
		claim := func(p float64) float64 {
			return chiSquare(counts, []float64{(1 - p) * (1 - p), 2 * p * (1 - p), p * p, 0})
		}
		if v := claim(p); v < alpha {
			t.Errorf("%v posts with 0, 1, 2, 3 answers of kind %d: p = %g", counts, k, v)
		}
		if v := claim(p * 0.8); v >= alpha {
			t.Errorf("%v: 20 %% fewer answers of kind %d go unnoticed: p = %g", counts, k, v)
		}
	}
}

// TestCodesAreUsed: somebody invited gets the discount of the code on their first order, and
// whoever gave it is thanked the next day.
func TestCodesAreUsed(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith("{word_of_mouth: {speaks: {passive: 40%}, aware: {strong: 15%}, "+
		"referral: {share: 100%, accept: 10%, discount: 12%, reward: 20%}}}"), "coupling", "live",
		"warmup", "0", "campaigns.spring", "off", "campaigns.launch", "off")
	c := censusOf(w, whole(t, w))
	coupons := w.Tables[table.TableOrders].Column("coupon").Vocab
	coupon, code := c.codes(table.TableOrders, "coupon"), c.ints(table.TableOrders, "referral_code")
	used, thanked := map[int64]int{}, map[int64]int{} // by giver
	giver := map[int64]int64{}
	for i, id := range c.ints(table.TableSocial, "referral_code") {
		giver[id] = c.owner[c.ints(table.TableSocial, "user_id")[i]]
	}
	off, takes := c.ints(table.TableOrderLines, "discount"), c.takenOff()
	for i, id := range c.ints(table.TableOrderLines, "order_id") {
		rate, name := int64(0), ""
		if at := c.orders[id]; coupon[at] != 0 {
			name = coupons[coupon[at]-1]
			rate = map[string]int64{"referral": 1_200, "referral_reward": 2_000}[name]
		}
		if off[i] != takes(i, rate) {
			t.Fatalf("order %d, coupon %q: %d off", id, name, off[i])
		}
	}
	last := w.Midnight[w.Days-7] // the thanks of the last days come too late
	named := map[int64]bool{}    // who has ordered under their name
	for _, e := range c.events {
		switch e.kind {
		case table.RewardRedeemed:
			thanked[e.person]++
		case table.Purchase:
			at := c.orders[e.order]
			known := named[e.person]
			named[e.person] = known || e.user != table.Null
			if code[at] == table.Null {
				continue
			}
			if known {
				t.Errorf("person %d was a customer before order %d", e.person, e.order)
			}
			if coupon[at] == 0 || coupons[coupon[at]-1] != "referral" {
				t.Errorf("order %d has a code and coupon %d", e.order, coupon[at])
			}
			if e.at < last {
				used[giver[code[at]]]++
			}
		}
	}
	for person, n := range used {
		if thanked[person] < n {
			t.Errorf("the codes of person %d were used %d times, they were thanked %d", person, n,
				thanked[person])
		}
	}
	if len(used) < 20 {
		t.Errorf("codes of %d people were used", len(used))
	}
}

// TestHearingAllocatesNothing once its lists have grown.
func TestHearingAllocatesNothing(t *testing.T) {
	w := worldOf(t, bazaarWith(talkative), "coupling", "live", "customers", "500", "days", "400")
	town := newTown(newSilent(w, newIDs(w.Key)), 0)
	day := -w.Warmup
	for ; day < 250; day++ {
		town.step(day)
	}
	if n := testing.AllocsPerRun(100, func() {
		town.step(day)
		day++
	}); n > 0 {
		t.Errorf("%g allocations a day", n)
	}
}
