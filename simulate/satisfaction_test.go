package simulate

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["satisfaction"] = func(d die) string {
		return fmt.Sprintf("{level: %.2f, learns: %d%%, adapts: %d%%, losses: %.1f, spread: %.1f, "+
			"felt: {late: %.1f, on_time: %.1f}, effects: {conversion: %.1f, need: %.1f}, "+
			"survey: {channel: %s, share: %d%%, after: %s, rest: %dd, kinds: {nps: %d, csat: 1}, "+
			"answers: {base: %d%%, bias: %.1f, after: %s}}, "+
			"reviews: {answers: {base: %d%%, bias: %.1f, after: %s}, luck: %.1f, mixed: %d%%}}",
			2*d.Float64()-1, d.IntN(101), d.IntN(101), 3*d.Float64(), d.Float64(),
			-d.Float64(), d.Float64(), d.Float64(), d.Float64()/2,
			d.one("email", "app", "push"), d.IntN(101), d.law(), d.IntN(90), d.IntN(3),
			d.IntN(101), 2*d.Float64(), d.law(),
			d.IntN(101), 2*d.Float64(), d.law(), d.Float64(), d.IntN(101))
	}
}

// surveysAreAsked: once about an order of a known customer after it has arrived, through one
// channel, by an event; the answer is one of those there are, of its class, and an event too.
func surveysAreAsked(c *census) error {
	of := func(name string) []int64 { return c.ints(table.TableSurveys, name) }
	type happened struct {
		order int64
		kind  uint32
	}
	events := map[happened]seen{}
	for _, e := range c.events {
		if e.kind == table.MessageSent || e.kind == table.Survey {
			events[happened{e.order, e.kind}] = e
		}
	}
	sent, user, order, answered, score := of("sent_at"), of("user_id"), of("order_id"),
		of("answered_at"), of("score")
	kinds := c.codes(table.TableSurveys, "survey_type")
	classes := c.codes(table.TableSurveys, "nps_class")
	channels := c.codes(table.TableSurveys, "channel")
	due, buyer := c.ints(table.TableOrders, "fulfilled_at"), c.ints(table.TableOrders, "user_id")
	for i, id := range of("survey_id") {
		place, ok := c.orders[order[i]]
		asked := events[happened{order[i], table.MessageSent}]
		if !ok || due[place] == table.Null || due[place] > sent[i] || asked.at != sent[i] ||
			asked.user != user[i] || asked.channel != channels[i] || buyer[place] != user[i] {
			return fmt.Errorf("survey %d about order %d: sent at %s by %+v", id, order[i],
				c.when(sent[i]), asked)
		}
		answer, is := events[happened{order[i], table.Survey}]
		low, high, class := int64(0), int64(10), uint32(0)
		switch {
		case kinds[i] == table.SurveyCSAT:
			low, high = 1, 5
		case score[i] != table.Null:
			class = npsClass(score[i])
		}
		said := answered[i] != table.Null
		if is != said || said != (score[i] != table.Null) || classes[i] != class ||
			said && (score[i] < low || score[i] > high || answer.at != answered[i] ||
				answered[i] < sent[i] || answer.person != asked.person) {
			return fmt.Errorf("survey %d of kind %d: answered at %d by %+v with %d of class %d",
				id, kinds[i], answered[i], answer, score[i], classes[i])
		}
	}
	return nil
}

// reviewsAreOfOrders: of a product in the order, after it was fulfilled.
func reviewsAreOfOrders(c *census) error {
	type line struct{ order, product int64 }
	bought := map[line]bool{}
	products := c.codes(table.TableOrderLines, "product_id")
	for i, order := range c.ints(table.TableOrderLines, "order_id") {
		bought[line{order, int64(products[i])}] = true
	}
	due := c.ints(table.TableOrders, "fulfilled_at")
	at, order := c.ints(table.TableReviews, "reviewed_at"), c.ints(table.TableReviews, "order_id")
	rating, product := c.ints(table.TableReviews, "rating"), c.codes(table.TableReviews, "product_id")
	for i, id := range c.ints(table.TableReviews, "review_id") {
		place, ok := c.orders[order[i]]
		if !ok || due[place] == table.Null || due[place] > at[i] || rating[i] < 1 || rating[i] > 5 ||
			!bought[line{order[i], int64(product[i])}] {
			return fmt.Errorf("review %d of product %d and order %d: %d stars at %s", id, product[i],
				order[i], rating[i], c.when(at[i]))
		}
	}
	return nil
}

// classShares are the parts of detractors, passives and promoters at a level, each
// z weighing as much as weigh says: the integral of the normal density, by small steps.
func classShares(level float64, weigh func(z float64) float64) []float64 {
	shares := make([]float64, 3)
	const step = 1e-4
	for e := -8 + step/2; e < 8; e += step {
		z, class := level+e, 1
		if z < -1.03643 { // Φ⁻¹(15 %)
			class = 0
		} else if z >= 0.12566 { // Φ⁻¹(55 %)
			class = 2
		}
		shares[class] += distuv.UnitNormal.Prob(e) * step * weigh(z)
	}
	return shares
}

func equally(float64) float64 { return 1 }

func npsOf(shares []float64) float64 {
	return 100 * (shares[2] - shares[0]) / (shares[0] + shares[1] + shares[2])
}

// satisfied is the behavior in a town of the bazaar, with changes.
func satisfied(t *testing.T, settings string) *satisfaction {
	w := worldOf(t, bazaarWith("{satisfaction: "+settings+"}"), "customers", "100")
	town := newTown(newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256), 0)
	return behaving[*satisfaction](town)
}

// TestNPSIsAsTheLevelSays: the NPS of retail, of the industries at both ends and between
// (Qualtrics XM Institute 2024). 600,000 people show 0.02 of a level with λ = 165, where 62 are
// enough.
func TestNPSIsAsTheLevelSays(t *testing.T) {
	t.Parallel()
	classes := func(level float64) []int {
		s := satisfied(t, fmt.Sprintf("{level: %g}", level))
		counts := make([]int, 3)
		p := &s.town.people[0]
		s.mind(p).lived = true
		for i := range 600_000 {
			p.key = s.town.world.Key.With(uint64(i))
			counts[s.class(p)-1]++
		}
		return counts
	}
	for level, nps := range map[float64]float64{0: 30, -0.016: 29, -0.32: 9, -0.54: -6} {
		shares := classShares(level, equally)
		if want := npsOf(shares); math.Abs(want-nps) > 0.6 {
			t.Errorf("level %g: the formula gives NPS %.2f, calibration says %g", level, want, nps)
		}
		c := claim[[]int](func(n []int) float64 { return chiSquare(n, shares) })
		c.holds(t, fmt.Sprint("level ", level), classes(level))
		c.failsIn(t, fmt.Sprintf("level %g off by 0.02", level), classes(level+0.02))
	}
}

// counter is a shop in which everybody buys and is asked once, on the spot.
const counter = `
customers: 60_000
days: 60
needs: {per_year: 12}
identity: {loyalty_card: 100%}
orders: {lines: 1, quantity: 1, fulfilment: {ship: 100%}}
channels:
  shop:  {touchpoint: store, hours: 8-20}
  email: {touchpoint: inbox}
  site:  {touchpoint: web}
stores: {count: 3}
journey:
  start: {buy: 1}
  stages: {buy: {part_of: purchase, does: order, dwell: 0d, next: {leave: 1}}}
  channels: {start: {shop: 1}}
behaviors:
  satisfaction:
    learns: 0%
    survey:
      share: 100%
      after: 0d
      rest: 3650d
      kinds: {nps: 1}
      answers: {base: 30%, bias: 0.8, after: 0d}
    reviews: {answers: {base: 0%}}
`

// TestMeasuredNPSIsNotTheTrueOne: those who feel strongly answer more, and more of them are
// detractors than promoters, who begin closer to 0; without bias all are alike. 23,000 answers do
// not show 2 %: the mutants have another bias.
func TestMeasuredNPSIsNotTheTrueOne(t *testing.T) {
	t.Parallel()
	const level = "behaviors.satisfaction.level"
	const bias = "behaviors.satisfaction.survey.answers.bias"
	measured := func(sets ...string) []int {
		counts := make([]int, 3)
		w := worldOf(t, counter, sets...)
		watch(t, w, func(b *table.Batch) {
			class := columnOf(w, b, table.TableSurveys, "nps_class").Code
			for _, code := range class[:b.Tables[table.TableSurveys].Len] {
				if code != 0 {
					counts[code-1]++
				}
			}
		})
		return counts
	}
	biased := func(z float64) float64 {
		return 1 / (1 + 0.7/0.3*math.Exp(-0.8*math.Abs(z)))
	}
	is := func(level float64, weigh func(float64) float64) claim[[]int] {
		shares := classShares(level, weigh)
		return func(n []int) float64 { return chiSquare(n, shares) }
	}
	strong, plain := measured(), measured(bias, "0")
	c := is(0, biased)
	c.holds(t, "with bias", strong)
	c.failsIn(t, "without bias", plain)
	c = is(0, equally)
	c.holds(t, "no bias, measured as true", plain)
	c.failsIn(t, "bias", strong)
	if of, all := npsOf(classShares(0, biased)), npsOf(classShares(0, equally)); of > all-3 {
		t.Errorf("measured NPS %.1f, true %.1f, want at least 3 less", of, all)
	}
	low := measured(level, "-0.54")
	c = is(-0.54, biased)
	c.holds(t, "payments, with bias", low)
	c = is(-0.54, equally)
	c.failsIn(t, "payments, with bias, as true", low)
}

// TestOrdinaryOrdersLeaveTheMeanAlone: satisfaction of 60,000 customers after 40 orders has mean 0,
// although losses weigh more, and is below it when nothing makes up for that. They do not show 2 %
// of what does: the mutant has a tenth less.
func TestOrdinaryOrdersLeaveTheMeanAlone(t *testing.T) {
	t.Parallel()
	s := satisfied(t, "{losses: 1.75, spread: 0.5}")
	score := func(even int32) float64 {
		const people, orders = 60_000, 40
		sum, squares := 0.0, 0.0
		for i := range people {
			key, m := s.town.world.Key.With(uint64(i)), mind{}
			for n := range uint64(orders) {
				s.experience(&m, times(s.plan.Spread, s.normal(key.Draw(n))), even)
			}
			x := float64(m.satisfied) / (1 << 16)
			sum += x
			squares += x * x
		}
		return sum / math.Sqrt(squares-sum*sum/people)
	}
	c := claim[float64](twoSided)
	c.holds(t, "mean 0", score(s.plan.Even))
	c.failsIn(t, "a tenth less of what makes up", score(s.plan.Even*9/10))
	if z := score(0); z > -100 {
		t.Errorf("without it the mean is %.1f standard errors from 0, want far below", z)
	}
}

// TestExpectationsAdapt: a feeling moves satisfaction by learns·(performance − expectation), one
// below it by losses times as much, and once expected it is no surprise.
func TestExpectationsAdapt(t *testing.T) {
	t.Parallel()
	s := satisfied(t, "{learns: 50%, adapts: 25%, losses: 2, felt: {late: -0.8, reward: 0.4}}")
	after := func(feelings ...feeling) [2]float64 {
		p := &s.town.people[0]
		*s.mind(p) = mind{}
		for _, f := range feelings {
			s.town.feels(p, f, 0)
		}
		m := s.mind(p)
		return [2]float64{float64(m.satisfied) / (1 << 16), float64(m.expects) / (1 << 16)}
	}
	for _, test := range []struct {
		felt []feeling
		want [2]float64
	}{
		{[]feeling{feltReward}, [2]float64{0.2, 0.1}},
		{[]feeling{feltLate}, [2]float64{-0.8, -0.2}},
		{[]feeling{feltReward, feltReward}, [2]float64{0.25, 0.175}},
		{[]feeling{feltLate, feltReward}, [2]float64{-0.1, -0.05}},
	} {
		got := after(test.felt...)
		for i := range got {
			if math.Abs(got[i]-test.want[i]) > 1e-4 {
				t.Errorf("after %v: %.4f, want %v", test.felt, got, test.want)
			}
		}
	}
	many := make([]feeling, 60)
	for i := range many {
		many[i] = feltLate
	}
	if got := after(many...); math.Abs(got[0]) > 1e-3 || math.Abs(got[1]+0.8) > 1e-3 {
		t.Errorf("always late: %v, want no more surprise and an expectation of -0.8", got)
	}
}

// TestTheSatisfiedGoOn: a unit of satisfaction multiplies the weights of cart and order by
// e^conversion. 150,000 moves show 2 % of 0.5 with λ = 8, so the mutant has 0.55.
func TestTheSatisfiedGoOn(t *testing.T) {
	t.Parallel()
	moves := func(conversion string) []int {
		s := satisfied(t, "{effects: {conversion: "+conversion+", need: 0}}")
		w, p := s.town.world, &s.town.people[0]
		counts := make([]int, len(w.Stages)+1)
		for code := range w.Chains[0].Stages {
			if code > 0 && w.Stages[code-1] == "consideration" {
				p.enter(uint8(code))
			}
		}
		s.mind(p).satisfied = 1 << 16
		for i := range 150_000 {
			p.episode = w.Key.With(uint64(i))
			counts[s.town.nextStage(p, &w.Chains[0].Stages[p.stage])]++
		}
		return counts
	}
	w := worldOf(t, bazaar)
	weights := make([]float64, len(w.Stages)+1)
	weights[model.Leave] = 30
	for i, name := range w.Stages {
		weights[i+1] = map[string]float64{"consideration": 40, "cart": 20 * math.Exp(0.5),
			"purchase": 10 * math.Exp(0.5)}[name]
	}
	c := claim[[]int](func(n []int) float64 { return chiSquare(n, weights) })
	c.holds(t, "0.5", moves("0.5"))
	c.failsIn(t, "0.55", moves("0.55"))
}

// TestSatisfactionActsWithinBounds: a need is never likelier than the world's bound says.
func TestSatisfactionActsWithinBounds(t *testing.T) {
	t.Parallel()
	s := satisfied(t, "{effects: {need: 0.1}}")
	p := &s.town.people[0]
	for x, want := range map[int32]float64{0: 0, 1 << 16: 0.1, 3 << 16: 0.3, 9 << 16: 0.3,
		-9 << 16: -0.3} {
		s.mind(p).satisfied = x
		got := s.bendNeed(p)
		if math.Abs(float64(got-draw.NatLog(want))) > 16 || got > s.town.world.NeedBound {
			t.Errorf("satisfaction %d: a bend of %d, want %d, at most %d", x, got,
				draw.NatLog(want), s.town.world.NeedBound)
		}
	}
}

// said is what the customers of the counter have answered and written, each once.
type said struct {
	nps, csat, stars []int
	words            [2]int // reviews whose words agree with their stars, and that do not
}

func saidIn(t *testing.T, sets ...string) *said {
	h := &said{nps: make([]int, 11), csat: make([]int, 5), stars: make([]int, 5)}
	w := worldOf(t, counter, sets...)
	wrote := map[int64]bool{}
	watch(t, w, func(b *table.Batch) {
		kind := columnOf(w, b, table.TableSurveys, "survey_type").Code
		score := columnOf(w, b, table.TableSurveys, "score").Int
		for i := range b.Tables[table.TableSurveys].Len {
			switch {
			case score[i] == table.Null:
			case kind[i] == table.SurveyNPS:
				h.nps[score[i]]++
			default:
				h.csat[score[i]-1]++
			}
		}
		user := columnOf(w, b, table.TableReviews, "user_id").Int
		rating := columnOf(w, b, table.TableReviews, "rating").Int
		sentiment := columnOf(w, b, table.TableReviews, "sentiment").Code
		for i := range b.Tables[table.TableReviews].Len {
			if !wrote[user[i]] {
				h.stars[rating[i]-1]++
			}
			wrote[user[i]] = true
			agreed := [5]uint32{table.Negative, table.Negative, table.Neutral, table.Positive,
				table.Positive}[rating[i]-1]
			if sentiment[i] == agreed {
				h.words[0]++
			} else {
				h.words[1]++
			}
		}
	})
	return h
}

// TestScoresAreAsTheCutPointsSay: where people differ only by chance, and all answer. 25,000
// answers of each kind do not show 2 % of a cut point: the mutant's level is 0.1 higher, and a
// fifth more of its reviews have other words.
func TestScoresAreAsTheCutPointsSay(t *testing.T) {
	t.Parallel()
	const b = "behaviors.satisfaction."
	all := []string{b + "survey.answers.base", "100%", b + "survey.kinds", "{nps: 1, csat: 1}",
		b + "reviews.answers", "{base: 100%, bias: 0, after: 0d}"}
	right := saidIn(t, all...)
	mutant := saidIn(t, append(all, b+"level", "0.1", b+"reviews.mixed", "6%")...)
	for what, c := range map[string]claim[*said]{
		"nps": func(h *said) float64 {
			return chiSquare(h.nps,
				[]float64{1.5, 0.3, 0.5, 0.9, 1.3, 5, 5.5, 14, 26, 18, 27})
		},
		"csat":  func(h *said) float64 { return chiSquare(h.csat, []float64{4, 6, 15, 40, 35}) },
		"stars": func(h *said) float64 { return chiSquare(h.stars, []float64{5, 6, 11, 25, 53}) },
		"words": func(h *said) float64 { return chiSquare(h.words[:], []float64{95, 5}) },
	} {
		c.holds(t, what, right)
		c.failsIn(t, what, mutant)
	}
}

// TestNobodyIsAskedTooOften: not within the rest, and not at all in a world without the channel, in
// which those who were never asked live the same lives.
func TestNobodyIsAskedTooOften(t *testing.T) {
	t.Parallel()
	const rest = 20
	w := worldOf(t, bazaarWith(fmt.Sprintf("{satisfaction: {survey: {share: 100%%, rest: %dd}}}",
		rest)), "customers", "2_000", "warmup", "0")
	right := censusOf(w, whole(t, w))
	last, soonest := map[int64]int64{}, int64(math.MaxInt64)
	user := right.ints(table.TableSurveys, "user_id")
	for i, at := range right.ints(table.TableSurveys, "sent_at") {
		if before, ok := last[user[i]]; ok {
			soonest = min(soonest, at-before)
		}
		last[user[i]] = at
	}
	if len(last) < 100 || soonest < rest*24*3600*second || soonest == math.MaxInt64 {
		t.Errorf("%d were asked, one after %.1f days, want at least %d", len(last),
			float64(soonest)/(24*3600*second), rest)
	}
	without, err := w.Without("email")
	if err != nil {
		t.Fatal(err)
	}
	other := censusOf(without, whole(t, without))
	if n := other.all.Tables[table.TableSurveys].Len; n != 0 {
		t.Errorf("%d surveys without the channel", n)
	}
	met := map[int64]bool{}
	lives := func(c *census, note bool) map[int64][]seen {
		by := map[int64][]seen{}
		for _, e := range c.events {
			met[e.person] = met[e.person] || note && c.w.Channels[e.channel-1].Name == "email"
			by[e.person] = append(by[e.person], e)
		}
		return by
	}
	here, there, same := lives(right, true), lives(other, false), 0
	for person, events := range here {
		if met[person] {
			continue
		}
		if same++; !slices.Equal(events, there[person]) {
			t.Fatalf("person %d, who never met a mail, lives another life without them", person)
		}
	}
	if same < 100 {
		t.Errorf("%d people never met a mail, too few to tell", same)
	}
}

// TestSatisfactionAllocatesNothing once its lists have grown.
func TestSatisfactionAllocatesNothing(t *testing.T) {
	w := worldOf(t, bazaarWith("{satisfaction: {survey: {share: 100%, rest: 0d}}}"),
		"customers", "1_000", "days", "240", "warmup", "0", "needs.per_year", "24")
	rec := newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256)
	p := &part{rec: rec}
	p.settle()
	rows := 0
	live := func(from, to int) {
		for day := from; day < to; day++ {
			_ = p.live(context.Background(), day, day+1, &Options{})
			rows += len(rec.sideRows)
			rec.sideRows, rec.events = rec.sideRows[:0], rec.events[:0]
			rec.orders, rec.carts = rec.orders[:0], rec.carts[:0]
			rec.batch.Reset()
		}
	}
	live(0, 120)
	rows = 0
	day := 120
	allocs := testing.AllocsPerRun(9, func() { live(day, day+10); day += 10 })
	if rows < 300 || allocs > 3 {
		t.Errorf("%.0f allocations in ten days, %d rows of surveys and reviews", allocs, rows)
	}
}
