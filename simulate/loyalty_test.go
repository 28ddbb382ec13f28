package simulate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["loyalty"] = func(d die) string {
		text := fmt.Sprintf("{points: {per_unit: %.2f, in: {app: %d, store: %.1f}}, tiers: "+
			"{silver: %d, gold: %d, period: %dd}, reward: {points: %d, discount: %d%%, within: %dd}, "+
			"conversion: {silver: %.2f, gold: %.2f}, related: %d%%, recommend: %.2f",
			3*d.Float64(), d.IntN(4), 2*d.Float64(), d.IntN(300), 300+d.IntN(300), 1+d.IntN(100),
			1+d.IntN(300), d.IntN(101), d.IntN(60), d.Float64(), 2*d.Float64(), d.IntN(101),
			d.Float64()-0.5)
		if d.IntN(3) > 0 {
			channel := d.one("email", "push")
			text += fmt.Sprintf(", restock: {again: {channel: %s, after: %dd, opens: %d%%, "+
				"clicks: %d%%}}", channel, d.IntN(30), d.IntN(101), d.IntN(101))
		}
		return text + "}"
	}
	lives = append(lives, struct {
		name  string
		check func(*census) error
		spoil func(*census)
	}{"rewards are earned", rewardsAreEarned, func(c *census) {
		c.codes(table.TableEvents, "event_type")[0] = table.RewardRedeemed
	}})
}

// rewardsAreEarned: what the orders of a card holder earned was turned into rewards or is left, and
// an order with the reward's coupon comes after a reward that it alone uses.
func rewardsAreEarned(c *census) error {
	plan := model.PlanOf[model.LoyaltyPlan](c.w)
	earned, rewards, used := map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	coupons := c.codes(table.TableOrders, "coupon")
	for _, e := range c.events {
		switch {
		case e.kind == table.RewardRedeemed && e.cause == model.CauseWordOfMouth: // of a referral
		case e.kind == table.RewardRedeemed && !plan.On:
			return fmt.Errorf("event %d is a reward in a world without", e.id)
		case e.kind == table.RewardRedeemed:
			rewards[e.person]++
		case e.kind == table.Purchase && plan.On:
			_, has := earned[e.person]
			if has || e.place == uint32(table.Store) && e.user != table.Null {
				earned[e.person] += divide(e.revenue*plan.Points[e.channel-1], 10_000)
			}
			if coupons[c.orders[e.order]] == plan.Coupon {
				used[e.person]++
			}
		}
	}
	if !plan.On || c.w.Warmup > 0 || len(model.PlanOf[model.ChurnPlan](c.w).Contracts) > 0 {
		return nil // nobody saw what was earned before the first day, or who showed a card
	}
	points, tier := c.ints(table.TableCustomers, "points"), c.codes(table.TableCustomers, "tier")
	for i, id := range c.ints(table.TableCustomers, "user_id") {
		who := c.owner[id]
		left := earned[who] - rewards[who]*plan.Reward
		if points[i] != table.Null && points[i] != left/100 || used[who] > rewards[who] {
			return fmt.Errorf("person %d has %d points; earned %d/100, %d rewards, %d used", who,
				points[i], earned[who], rewards[who], used[who])
		}
		want := uint32(1)
		for want < 3 && earned[who] >= plan.Tiers[want] {
			want++
		}
		if tier[i] != 0 && (tier[i] > want || tier[i] < want && plan.Period >= c.lasts()) {
			return fmt.Errorf("person %d earned %d/100 points and is of tier %d, want %d", who,
				earned[who], tier[i], want)
		}
	}
	return nil
}

// lasts is how long the written days are.
func (c *census) lasts() int64 {
	return c.w.Midnight[c.w.Warmup+c.w.Days] - c.w.Midnight[c.w.Warmup]
}

// rewarding is a market in which every need leads to a store or to the site, to look, and one in
// five looks to an order. Everybody takes the card with the first order in the store.
const rewarding = `
customers: 3_000
town: 3_000
days: 730
needs: {per_year: 12}
sessions: {pages: {browse: 1, order: 1}, duration: 5min}
catalogue:
  zipf: 0
  categories:
    soap: {share: 50%, products: 3000, price: 30}
    tea:  {share: 50%, products: 3000, price: 30}
orders: {lines: 2}
stores: {count: 3}
identity: {loyalty_card: 100%, marketing: 100%, profiling: 50%, register: 0%}
channels:
  web: {touchpoint: web}
  shop: {touchpoint: store}
  email: {touchpoint: inbox, without: not_sent}
journey:
  start: {consideration: 1}
  stages:
    consideration: {dwell: 1h, next: {purchase: 20%, leave: 80%}, channels: {email: 0}}
    purchase: {dwell: 0d, next: {leave: 1}, channels: {email: 0}}
  channels: {start: {web: 1, shop: 1, email: 1}}
`

// rewardingWith is that market with the given settings of the behavior, and no other effects.
func rewardingWith(t *testing.T, settings string, sets ...string) *model.World {
	for _, none := range []string{"conversion: {silver: 0, gold: 0}", "related: 0%", "recommend: 0"} {
		key, _, _ := strings.Cut(none, ":")
		if !strings.Contains(settings, key+":") {
			settings += ", " + none
		}
	}
	return worldOf(t, rewarding+"behaviors: {loyalty: {"+settings+"}}\n", sets...)
}

// TestPointsAreABalance: what is earned at 2 points on the web and 1 in the store is turned into
// rewards or left, makes tiers, and a reward takes its 10 % off each line.
func TestPointsAreABalance(t *testing.T) {
	t.Parallel()
	w := rewardingWith(t, "points: {in: {web: 2}}, reward: {points: 60, within: 400d}, "+
		"tiers: {silver: 150, gold: 300, period: 800d}")
	c := censusOf(w, whole(t, w))
	if err := rewardsAreEarned(c); err != nil {
		t.Error(err)
	}
	coupons, rewards := c.codes(table.TableOrders, "coupon"), 0
	discount, takes := c.ints(table.TableOrderLines, "discount"), c.takenOff()
	for i, id := range c.ints(table.TableOrderLines, "order_id") {
		rate := int64(0)
		if coupons[c.orders[id]] == model.PlanOf[model.LoyaltyPlan](w).Coupon {
			rate = 1000
			rewards++
		}
		if discount[i] != takes(i, rate) {
			t.Fatalf("order %d: %d off at %d", id, discount[i], rate)
		}
	}
	if rewards < 1_000 {
		t.Errorf("%d lines with a reward prove little", rewards)
	}
	points := c.ints(table.TableCustomers, "points")
	points[slices.IndexFunc(points, func(p int64) bool { return p > 0 })]--
	if rewardsAreEarned(c) == nil {
		t.Error("a point less goes unnoticed")
	}
}

// TestPointsCountInTwoPeriods: what is earned in a period makes a tier until the end of the next
// one, whether or not anything happens in between; the points of the two do not add up.
func TestPointsCountInTwoPeriods(t *testing.T) {
	type earns struct{ at, points int64 }
	for _, test := range []struct {
		name  string
		earns []earns
		at    int64
		want  uint8
	}{
		{"at once", []earns{{1000, 300}}, 1000, 2},
		{"at the end of the period", []earns{{1000, 300}}, 1099, 2},
		{"in the next one", []earns{{1000, 300}}, 1100, 2},
		{"at its end", []earns{{1000, 300}}, 1199, 2},
		{"two periods later", []earns{{1000, 300}}, 1200, 0},
		{"many periods later", []earns{{1000, 300}}, 1950, 0},
		{"two periods later, with an order between", []earns{{1000, 300}, {1150, 0}}, 1200, 0},
		{"with few points between", []earns{{1000, 300}, {1150, 100}}, 1199, 2},
		{"when only those are left", []earns{{1000, 300}, {1150, 100}}, 1200, 1},
		{"when those are over too", []earns{{1000, 300}, {1150, 100}}, 1300, 0},
		{"late in a period, which no order moves", []earns{{1000, 300}, {1199, 100}}, 1300, 0},
		{"half in each period", []earns{{1000, 50}, {1100, 50}}, 1100, 0},
		{"half and half in one", []earns{{1000, 50}, {1099, 50}}, 1100, 1},
	} {
		l := &loyalty{plan: &model.LoyaltyPlan{Period: 100, Tiers: [3]int64{0, 100, 300}}}
		a := account{since: test.earns[0].at}
		for _, e := range test.earns {
			l.turn(&a, e.at)
			a.earned += e.points
		}
		l.turn(&a, test.at)
		if got := l.tier(&a); got != test.want {
			t.Errorf("%s: tier %d, want %d: %+v", test.name, got, test.want, a)
		}
	}
}

// TestATierIsReachedAtItsPoints exactly, and with a hundredth less it is not: with the behavior,
// and without it, where cents are the hundredths.
func TestATierIsReachedAtItsPoints(t *testing.T) {
	t.Parallel()
	l := &loyalty{plan: &model.LoyaltyPlan{Tiers: [3]int64{0, 100_00, 300_00}}}
	for points, want := range map[int64]uint8{0: 0, 99_99: 0, 100_00: 1, 100_01: 1, 299_99: 1,
		300_00: 2, 900_00: 2} {
		for _, a := range []account{{earned: points}, {before: points}} {
			if got := l.tier(&a); got != want {
				t.Errorf("%+v is tier %d, want %d", a, got, want)
			}
		}
	}
	same := &loyalty{plan: &model.LoyaltyPlan{Tiers: [3]int64{0, 100_00, 100_00}}}
	if got := same.tier(&account{earned: 100_00}); got != 2 {
		t.Errorf("where silver and gold are the same one is tier %d, want 2", got)
	}
	for i, points := range model.TierPoints[1:] {
		for less, want := range []uint32{uint32(i) + 2, uint32(i) + 1} {
			p := &person{points: 100*points - int64(less)}
			if _, got := new(town).standing(p); got != want {
				t.Errorf("%d cents are tier %d, want %d", p.points, got, want)
			}
		}
	}
}

// repeats claims that 62.5 % of the needs after an order are about what was ordered last: 25 %
// because of it and half of the others.
func repeats(w *model.World) claim[*history] {
	return func(h *history) float64 {
		category := h.codes(table.TableTruthJourneys, "category")
		orders := h.column(table.TableTruthJourneys, "order_count")
		last := make([]uint32, w.Customers)
		same, n := 0.0, 0.0
		for i, person := range h.column(table.TableTruthJourneys, "person_id") {
			if was := last[person-1]; was != 0 {
				n++
				if was == category[i] {
					same++
				}
			}
			if orders[i] > 0 {
				last[person-1] = category[i]
			}
		}
		return twoSided((same - 0.625*n) / math.Sqrt(n*0.625*0.375))
	}
}

// TestNeedsRepeat: 44,000 needs show 25 % from 30 %, which is 2.5 % or 11 standard errors more.
func TestNeedsRepeat(t *testing.T) {
	t.Parallel()
	w := rewardingWith(t, "related: 25%")
	repeats(w).holds(t, "related", historyOf(t, w))
	repeats(w).failsIn(t, "30 %", historyOf(t, rewardingWith(t, "related: 30%")))
}

// baskets claims that orders of people who may be profiled, after the one that made them known,
// have exp(0.3) times the further products of the others, which are 1 on average. A product wanted
// twice is one line: with 3,000 equally popular ones, hardly ever.
func baskets(h *history) float64 {
	profiled := map[int64]bool{}
	consent := h.column(table.TableCustomers, "has_profiling_consent")
	for i, user := range h.column(table.TableCustomers, "user_id") {
		profiled[user] = consent[i] == 1
	}
	var sum, n [2]float64
	seen, lines := map[int64]bool{}, h.column(table.TableOrders, "line_count")
	for i, user := range h.column(table.TableOrders, "user_id") {
		if !seen[user] {
			seen[user] = true
			continue
		}
		k := 0
		if profiled[user] {
			k = 1
		}
		sum[k] += float64(lines[i] - 1)
		n[k]++
	}
	z := func(k int, mean float64) float64 {
		return twoSided((sum[k]/n[k] - mean) / math.Sqrt(mean/n[k]))
	}
	return holm([]float64{z(0, 1), z(1, math.Exp(0.3))})
}

// TestRecommendationsFillBaskets: 5,000 orders on each side show 1.35 from exp(0.4) = 1.49 with 8
// standard errors.
func TestRecommendationsFillBaskets(t *testing.T) {
	t.Parallel()
	c := claim[*history](baskets)
	c.holds(t, "recommend", historyOf(t, rewardingWith(t, "recommend: 0.3")))
	c.failsIn(t, "0.4", historyOf(t, rewardingWith(t, "recommend: 0.4")))
}

// converts claims that of the journeys after the first order, when everybody is gold, as many buy
// as odds of 1 to 4 times exp(0.5) say: 29.2 %.
func converts(h *history) float64 {
	orders := h.column(table.TableTruthJourneys, "order_count")
	outcome := h.codes(table.TableTruthJourneys, "outcome")
	bought, n, gold := 0.0, 0.0, map[int64]bool{}
	for i, person := range h.column(table.TableTruthJourneys, "person_id") {
		if gold[person] && outcome[i] != table.OutcomeUnderWay {
			n++
			bought += float64(orders[i])
		}
		gold[person] = gold[person] || orders[i] > 0
	}
	odds := math.Exp(0.5) / 4
	mean := odds / (1 + odds)
	return twoSided((bought - mean*n) / math.Sqrt(n*mean*(1-mean)))
}

// TestTiersConvert: 40,000 journeys show a weight of 0.5 from one of 0.6 with 9 standard errors.
func TestTiersConvert(t *testing.T) {
	t.Parallel()
	shop := []string{"journey.channels.start", "{shop: 1}"}
	world := func(weight string) *model.World {
		return rewardingWith(t, "tiers: {silver: 0, gold: 0}, conversion: {gold: "+weight+"}",
			shop...)
	}
	claim[*history](converts).holds(t, "gold", historyOf(t, world("0.5")))
	claim[*history](converts).failsIn(t, "0.6", historyOf(t, world("0.6")))
}

// TestRestock: a fifth follows the reminders, which come 30 days after an order without another
// one, about tea only; nothing is sent without the channel, and who got none is the same.
func TestRestock(t *testing.T) {
	t.Parallel()
	w := rewardingWith(t, "restock: {again: {channel: email, after: 30d, categories: [tea], "+
		"clicks: 20%}}", "journey.channels.start", "{web: 1}", "days", "365")
	c := censusOf(w, whole(t, w))
	mailsAreFollowed(t, c, 0.2)
	untouchedAreTheSame(t, c, "email")
	bought := map[int64]seen{}
	for _, e := range c.events {
		switch e.kind {
		case table.Purchase:
			bought[e.person] = e
		case table.MessageSent:
			days := (e.at - bought[e.person].at) / (24 * 3600 * second)
			if days != 0 && (days < 28 || days > 31) { // or it crosses an order of the same day
				t.Fatalf("event %d comes %d days after an order", e.id, days)
			}
		}
	}
}

// TestRestockIsOfWhatWasBought: a reminder is due for the first line of its categories, also where
// that was taken along with something else, and not for what is not in the order.
func TestRestockIsOfWhatWasBought(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith("{loyalty: on}"), "catalogue.categories",
		"{coffee: {share: 1}, filters: {share: 1}, milk: {share: 1}}")
	town := newTown(newRecorder(w, newIDs(w.Key), 1, 256), 0)
	l := behaving[*loyalty](town)
	const coffee, filters, milk = 0, 1, 2
	o := &order{n: 2}
	for i, category := range []int{coffee, milk} {
		o.lines[i].product = w.Categories[category].First
	}
	for _, test := range []struct {
		categories uint64
		category   uint8
		ok         bool
	}{
		{1 << coffee, coffee, true}, {1 << milk, milk, true}, {1 << filters, 0, false},
		{1<<milk | 1<<filters, milk, true}, {1<<coffee | 1<<milk, coffee, true},
	} {
		category, ok := l.first(o, test.categories)
		if ok != test.ok || ok && category != test.category {
			t.Errorf("of categories %b: %d, %t, want %d, %t", test.categories, category, ok,
				test.category, test.ok)
		}
	}
}
