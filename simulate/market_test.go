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
	anyBehavior["market"] = func(d die) string {
		return fmt.Sprintf("{elasticity: %s, prices: {level: %s, rho: %s, sigma: %s, every: %d}, "+
			"promotions: {sale: {from: 2025-01-15, to: 2025-02-%02d, off: %d%%%s%s}, "+
			"members: {from: 2024-12-20, to: 2025-01-20, off: %d%%, coupon: 40%%, "+
			"mail: {channel: email, clicks: 10%%}}}, "+
			"stock: {out: %d%%, spell: %s, reactions: %s}}",
			d.one("0", "2.62", "5"), d.one("1", "0.8", "1.2"), d.one("0", "0.9", "0.999"),
			d.one("0", "0.03", "0.3"), 1+d.IntN(10), 1+d.IntN(20), 1+d.IntN(90),
			d.one("", ", channels: [store, email]"), d.one("", ", categories: [goods]"),
			1+d.IntN(90), d.IntN(50), d.one("1d", "3d", "30d"),
			d.weights("other_store", "none", "delay", "other_item", "other_brand"))
	}
	type rule = struct {
		name  string
		check func(*census) error
		spoil func(*census)
	}
	lives = append(lives,
		rule{"promotions run", promotionsRun, func(c *census) {
			off := c.ints(table.TableOrderLines, "discount")
			c.codes(table.TableOrderLines, "coupon")[slices.Index(off, 0)] = 1
		}},
		rule{"what is missing is missing", missingIsMissing, func(c *census) {
			kinds := c.codes(table.TableEvents, "event_type")
			kinds[slices.Index(kinds, table.ViewItem)] = table.StockOut
		}})
}

// promotionsRun: a line with a promotion is of its days, its categories and its channels, and has
// just what it says taken off; and what is for everybody is not kept from anybody.
func promotionsRun(c *census) error {
	plan := model.PlanOf[model.MarketForcesPlan](c.w)
	coupons := c.codes(table.TableOrderLines, "coupon")
	channels := c.codes(table.TableOrders, "channel")
	placed := c.ints(table.TableOrders, "ordered_at")
	amount, off := c.ints(table.TableOrderLines, "amount"),
		c.ints(table.TableOrderLines, "discount")
	categories, takenOff := c.codes(table.TableOrderLines, "category"), c.takenOff()
	for i, id := range c.ints(table.TableOrderLines, "order_id") {
		o := c.orders[id]
		if coupons[i] != 0 && off[i] == 0 {
			return fmt.Errorf("order %d: a coupon for nothing", id)
		}
		day, _ := c.w.DayOf(placed[o])
		for _, k := range plan.Promotions {
			holds := k.From <= day && day <= k.To && k.Categories>>(categories[i]-1)&1 == 1 &&
				k.Channels>>(channels[o]-1)&1 == 1
			takes := takenOff(i, k.Rate)
			if coupons[i] == k.Code && (!holds || off[i] != takes) ||
				holds && k.Held == 0 && off[i] < takes {
				return fmt.Errorf("order %d of day %d: %d off %d, promotion %+v", id, day, off[i],
					amount[i], k)
			}
		}
	}
	return nil
}

// missingIsMissing: nobody misses what is there, and nobody buys in a store what is not, but for
// those who missed it and took something else; nor do they take it along with something else,
// unless it was in their cart.
func missingIsMissing(c *census) error {
	plan := model.PlanOf[model.MarketForcesPlan](c.w)
	shelves := map[[2]uint32][]uint64{}
	missing := func(store, category uint32, day int) bool {
		if plan.Out == 0 {
			return false
		}
		key, at := [2]uint32{store, category}, day+c.w.Warmup
		if shelves[key] == nil {
			shelves[key] = make([]uint64, (c.w.Warmup+c.w.Days+63)/64)
			c.w.Shelf(store, int(category)-1, shelves[key])
		}
		return shelves[key][at/64]>>(at%64)&1 == 1
	}
	needed, began := map[int64]uint32{}, map[int64]int64{}
	category := c.codes(table.TableTruthJourneys, "category")
	for i, id := range c.ints(table.TableTruthJourneys, "journey_id") {
		needed[id], began[id] = category[i], c.ints(table.TableTruthJourneys, "started_at")[i]
	}
	type want struct {
		journey int64
		product uint32
	}
	last, inCart := seen{}, map[want]bool{}
	lines := map[int64][]uint32{}
	products := c.codes(table.TableOrderLines, "product_id")
	for i, id := range c.ints(table.TableOrderLines, "order_id") {
		lines[id] = append(lines[id], products[i])
	}
	for _, e := range c.events {
		if e.journey == table.Null {
			continue
		}
		day, _ := c.w.DayOf(e.at)
		if e.kind == table.AddToCart {
			inCart[want{e.journey, e.product}] = true
		}
		for _, product := range lines[e.order] { // what is taken along with something else
			category := uint32(c.w.Products[product-1].Category + 1)
			if e.kind == table.Purchase && e.place == uint32(table.Store) && c.written(began[e.journey]) &&
				category != needed[e.journey] && !inCart[want{e.journey, product}] &&
				missing(e.store, category, day) {
				return fmt.Errorf("order %d: category %d is missing in store %d", e.order, category,
					e.store)
			}
		}
		switch {
		case e.kind == table.StockOut && !missing(e.store, e.category, day):
			return fmt.Errorf("event %d: category %d is missing in store %d, but it is there",
				e.id, e.category, e.store)
		case e.kind == table.Purchase && e.place == uint32(table.Store) &&
			missing(e.store, needed[e.journey], day) &&
			(last.kind != table.StockOut || last.journey != e.journey):
			return fmt.Errorf("order %d: bought in store %d what is not there", e.order, e.store)
		}
		last = e
	}
	return nil
}

// TestShelvesAreATwoStateChain: out of stock on 8.3 % of the days, for 3 days on average. Of 400
// stores and 2,000 days of a category, 22,000 spells are seen whole; their lengths are geometric.
func TestShelvesAreATwoStateChain(t *testing.T) {
	t.Parallel()
	w := worldOf(t, kiosk, "days", "2_000", "behaviors", "{market: on}")
	spells, out, days := make([]int, 60), 0, w.Days
	for store := range uint32(400) {
		shelf := make([]uint64, (days+63)/64)
		w.Shelf(store, 0, shelf)
		run, whole := 0, false
		for day := range days {
			if shelf[day/64]>>(day%64)&1 == 1 {
				out++
				run++
				continue
			}
			if whole && run > 0 {
				spells[min(run, len(spells))-1]++
			}
			run, whole = 0, true
		}
	}
	lengths := func(mean float64) float64 {
		law := make([]float64, len(spells))
		for i := range law {
			law[i] = math.Pow(1-1/mean, float64(i)) / mean
		}
		return chiSquare(spells, law)
	}
	// A Markov chain of correlation r has the variance p(1-p)/n·(1+r)/(1-r) of its mean.
	share := func(p float64) float64 {
		r := 1 - 1.0/3 - p/(1-p)/3
		n := float64(400 * days)
		sd := math.Sqrt(p * (1 - p) / n * (1 + r) / (1 - r))
		return 2 * distuv.UnitNormal.Survival(math.Abs(float64(out)/n-p)/sd)
	}
	for what, p := range map[string]float64{"lengths": lengths(3), "share": share(0.083)} {
		if p < alpha {
			t.Errorf("%s: p = %.3g", what, p)
		}
	}
	if lengths(3.2) >= alpha || share(0.088) >= alpha {
		t.Error("6 % more go unnoticed")
	}
}

// TestPricesAreAnAutoregression: of correlation 0.8 from day to day and a deviation of 5 %, in 20
// categories and 3,000 days. The deviations of both estimates: √((1-ρ²)/n), and Bartlett's
// σ·√((1+ρ²)/(1-ρ²)/2n).
func TestPricesAreAnAutoregression(t *testing.T) {
	t.Parallel()
	text := kiosk + "catalogue: {categories: {"
	for i := range 20 {
		text += fmt.Sprintf("c%d: {share: 1, products: 3}, ", i)
	}
	w := worldOf(t, text+"}}", "days", "3_000", "behaviors",
		"{market: {prices: {rho: 0.8, sigma: 0.05, every: 1}}}")
	var squares, products, n float64
	for c := range w.Categories {
		for day := 1; day < w.Days; day++ {
			logs := model.PlanOf[model.MarketForcesPlan](w).Logs
			x := float64(logs[w.CategoryDay(c, day-1)]) / (1 << 32) * math.Ln2
			y := float64(logs[w.CategoryDay(c, day)]) / (1 << 32) * math.Ln2
			squares, products, n = squares+x*x, products+x*y, n+1
		}
	}
	rho := func(r float64) float64 {
		return 2 * distuv.UnitNormal.Survival(math.Abs(products/squares-r)/math.Sqrt((1-r*r)/n))
	}
	sigma := func(s float64) float64 {
		sd := s * math.Sqrt((1+0.64)/(1-0.64)/2/n)
		return 2 * distuv.UnitNormal.Survival(math.Abs(math.Sqrt(squares/n)-s)/sd)
	}
	if p := min(rho(0.8), sigma(0.05)); p < alpha {
		t.Errorf("ρ = %.4f, σ = %.4f: p = %.3g", products/squares, math.Sqrt(squares/n), p)
	}
	if rho(0.82) >= alpha || sigma(0.052) >= alpha {
		t.Error("a correlation of 0.82 or a deviation of 5.2 % go unnoticed")
	}
}

// TestNobodyMovesTheMarket: prices and stock are those of the seed, in a world without a channel
// and for more days alike.
func TestNobodyMovesTheMarket(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith("{market: on}"))
	off, err := w.Without("email", "search")
	if err != nil {
		t.Fatal(err)
	}
	long := worldOf(t, bazaarWith("{market: on}"), "days", "200", "customers", "100")
	moved := false
	for _, other := range []*model.World{off, long} {
		a, b := make([]uint64, 4), make([]uint64, 4)
		w.Shelf(3, 0, a)
		other.Shelf(3, 0, b)
		for day := -w.Warmup; day < w.Days; day++ {
			at := day + w.Warmup
			if w.PriceOn(1, day) != other.PriceOn(1, day) ||
				a[at/64]>>(at%64)&1 != b[at/64]>>(at%64)&1 {
				t.Fatalf("day %d is another", day)
			}
			moved = moved || w.PriceOn(1, day) != w.Products[0].Price
		}
	}
	if !moved {
		t.Error("prices stand still")
	}
}

// mall is a chain with two ways to an order, and ways back: 60,000 journeys.
const mall = `
customers: 10_000
days: 120
needs: {per_year: 40}
sessions: {pages: {notice: 1, browse: 1, cart: 1, order: 1, engage: 1}}
channels: {web: {touchpoint: web, hours: 0-24}}
journey:
  start: {consideration: 100%}
  stages:
    consideration: {dwell: 1h, next: {consideration: 30%, cart: 20%, purchase: 10%, leave: 40%}}
    cart:
      part_of: purchase
      does: cart
      dwell: 1h
      next: {purchase: 40%, consideration: 20%, leave: 40%}
    purchase: {dwell: 1h, next: {consideration: 20%, leave: 80%}}
  channels: {start: {web: 1}}
behaviors:
  market: {prices: {sigma: 0}, stock: {out: 0%}}
`

// elastic claims that the orders of two worlds, with the same people and chances, differ as an
// elasticity makes them when all prices are 5 % lower and 5 % higher. Orders that are in one of the
// worlds only are as good as independent, so their number is the variance of the difference.
func elastic(elasticity float64) claim[[2]map[int64]bool] {
	return func(orders [2]map[int64]bool) float64 {
		single, low, high := 0.0, float64(len(orders[0])), float64(len(orders[1]))
		for i := range orders {
			for id := range orders[i] {
				if !orders[1-i][id] {
					single++
				}
			}
		}
		step := math.Log(1.05 / 0.95)
		sd := math.Sqrt(single) / math.Sqrt(low*high) / step
		got := (math.Log(low) - math.Log(high)) / step
		return 2 * distuv.UnitNormal.Survival(math.Abs(got-elasticity)/sd)
	}
}

func ordersIn(t *testing.T, w *model.World) map[int64]bool {
	ids := map[int64]bool{}
	watch(t, w, func(b *table.Batch) {
		rows := &b.Tables[table.TableOrders]
		for _, id := range columnOf(w, b, table.TableOrders, "order_id").Int[:rows.Len] {
			ids[id] = true
		}
	})
	return ids
}

// TestPriceElasticity of -2.62 by living the world again at other prices, also when a part of those
// who leave buy elsewhere.
func TestPriceElasticity(t *testing.T) {
	t.Parallel()
	for name, behaviors := range map[string]string{
		"alone": "{market: {prices: {sigma: 0}, stock: {out: 0%}}}",
		"with competitors": "{market: {prices: {sigma: 0}, stock: {out: 0%}}, omnichannel: " +
			"{showroom: 0, competitors: {near: {share: 20%, prices: {sigma: 0}}}}}",
	} {
		var orders [2]map[int64]bool
		for i, level := range []string{"0.95", "1.05"} {
			orders[i] = ordersIn(t, worldOf(t, mall, "behaviors", behaviors,
				"behaviors.market.prices.level", level))
		}
		t.Logf("%s: %d and %d orders at prices of 95 and 105 %%", name, len(orders[0]),
			len(orders[1]))
		elastic(2.62).holds(t, name, orders)
		elastic(2.2).failsIn(t, name+" with 2.2", orders)
	}
}

// TestPromotionsSell while they run, for those who have a coupon more than for others.
func TestPromotionsSell(t *testing.T) {
	t.Parallel()
	const key = "behaviors.market.promotions.sale"
	for _, more := range []string{"", ", coupon: 60%, mail: {channel: letter, clicks: 0%}"} {
		sale := "{from: 2025-02-01, to: 2025-02-28, off: 20%" + more + "}"
		plain := ordersIn(t, worldOf(t, mall, "customers", "3_000"))
		w := worldOf(t, mall, "customers", "3_000", key, sale, "channels.letter",
			"{touchpoint: inbox}", "identity.marketing", "100%")
		orders, used := ordersIn(t, w), 0
		watch(t, w, func(b *table.Batch) {
			rows := &b.Tables[table.TableOrders]
			for _, code := range columnOf(w, b, table.TableOrders, "coupon").Code[:rows.Len] {
				if code != 0 {
					used++
				}
			}
		})
		if gain := len(orders) - len(plain); used < 300 || gain*5 < used {
			t.Errorf("%s: %d orders, of which %d have the offer, instead of %d", sale, len(orders),
				used, len(plain))
		}
	}
}

// stall is where one orders on either of two sites: 33,000 orders in a month.
const stall = `
customers: 20_000
days: 31
needs: {per_year: 40}
sessions: {pages: {notice: 1, browse: 1, cart: 1, order: 1, engage: 1}}
channels: {left: {touchpoint: web, hours: 0-24}, right: {touchpoint: web, hours: 0-24}}
journey:
  stages:
    consideration: {dwell: 3h, next: {purchase: 50%, leave: 50%}}
    purchase: {dwell: 1h, next: {leave: 100%}}
  channels: {start: {left: 1, right: 1}}
behaviors:
  market:
    prices: {sigma: 0}
    stock: {out: 0%}
    promotions: {sale: {from: 2025-01-15, to: 2025-02-28, off: 20%}}
`

// TestOffersLeadToTheirChannel: orders where 20 % is off are exp(φ·ln(1/0.8)) as many as elsewhere.
func TestOffersLeadToTheirChannel(t *testing.T) {
	t.Parallel()
	const sale = "behaviors.market.promotions.sale."
	w := worldOf(t, stall, sale+"channels", "[right]", sale+"from", "2025-01-01")
	counts := make([]int, 2)
	watch(t, w, func(b *table.Batch) {
		rows := &b.Tables[table.TableOrders]
		for _, code := range columnOf(w, b, table.TableOrders, "channel").Code[:rows.Len] {
			counts[code-1]++
		}
	})
	ratio := math.Pow(1/0.8, float64(model.PlanOf[model.MarketForcesPlan](w).Weight[0])/(1<<16))
	if p := chiSquare(counts, []float64{1, ratio}); p < alpha {
		t.Errorf("%v, want 1 : %.3f: p = %.3g", counts, ratio, p)
	}
	if p := chiSquare(counts, []float64{1, 0.9 * ratio}); p >= alpha {
		t.Errorf("10 %% less go unnoticed: p = %.3g", p)
	}
}

// TestCouponsAreHeld by as many as the promotion says of those known before its first day, and by
// nobody else. They sell nothing here, so that holders do not order more often.
func TestCouponsAreHeld(t *testing.T) {
	t.Parallel()
	w := worldOf(t, stall, "behaviors.market.promotions.sale.coupon", "40%",
		"behaviors.market.elasticity", "0", "channels.letter", "{touchpoint: inbox}",
		"behaviors.market.promotions.sale.mail", "{channel: letter, clicks: 0%}",
		"identity.marketing", "100%")
	c := censusOf(w, whole(t, w))
	since := map[int64]int64{}
	known := c.ints(table.TableCustomers, "identified_at")
	for i, id := range c.ints(table.TableCustomers, "user_id") {
		since[id] = known[i]
	}
	begins, over := w.Midnight[14], w.Midnight[15] // the day on which they are sent
	counts, met := make([]int, 2), map[int64]uint32{}
	sent := map[int64]bool{}
	for i, kind := range c.codes(table.TableEvents, "event_type") {
		if kind == table.MessageSent {
			sent[c.ints(table.TableEvents, "user_id")[i]] = true
		}
	}
	placed, coupons := c.ints(table.TableOrders, "ordered_at"), c.codes(table.TableOrders, "coupon")
	for i, user := range c.ints(table.TableOrders, "user_id") {
		if placed[i] < begins || since[user] >= begins {
			if coupons[i] != 0 {
				t.Fatalf("user %d has a coupon at %s", user, c.when(placed[i]))
			}
			continue
		}
		if coupons[i] != 0 && !sent[user] {
			t.Fatalf("user %d has a coupon that nobody sent", user)
		}
		if placed[i] < over {
			continue
		}
		if was, ok := met[user]; ok && was != coupons[i] {
			t.Fatalf("user %d has a coupon now and then", user)
		} else if !ok {
			met[user] = coupons[i]
			counts[coupons[i]]++
		}
	}
	if p := chiSquare(counts, []float64{60, 40}); p < alpha {
		t.Errorf("%v, want 60 : 40: p = %.3g", counts, p)
	}
	if p := chiSquare(counts, []float64{55, 45}); p >= alpha {
		t.Errorf("45 %% go unnoticed: p = %.3g", p)
	}
	off := without(t, w, "letter")
	for i, coupon := range censusOf(off, whole(t, off)).codes(table.TableOrders, "coupon") {
		if coupon != 0 {
			t.Fatalf("without letters order %d has a coupon", i)
		}
	}
}

// A pulse counts what people feel.
type pulse struct{ felt [feelingsCount]int }

func (f *pulse) feel(p *person, what feeling, at int64) { f.felt[what]++ }

// TestPricesAreFelt where they are more than 5 % from the usual, and empty shelves too.
func TestPricesAreFelt(t *testing.T) {
	t.Parallel()
	for level, want := range map[string][2]bool{"1.06": {true, false}, "1.02": {}, "0.94": {false,
		true}} {
		w := worldOf(t, stall, "customers", "200", "behaviors.market.prices.level", level,
			"behaviors.market.promotions", "off", "behaviors.market.stock.out", "10%")
		town, f := newTown(newRecorder(w, newIDs(w.Key), 1, 256), 0), &pulse{}
		town.enlist(f)
		for day := range w.Days {
			town.step(day)
		}
		if got := [2]bool{f.felt[feltDear] > 0, f.felt[feltCheap] > 0}; got != want ||
			f.felt[feltStockOut] == 0 {
			t.Errorf("at %s of the usual prices: %v", level, f.felt)
		}
	}
}

// emptyShop is a shop on the web that is often out of stock, and what people do then.
const emptyShop = `
customers: 5_000
days: 60
needs: {per_year: 60}
sessions: {pages: {notice: 1, browse: 1, cart: 1, order: 1, engage: 1}}
channels: {web: {touchpoint: web, hours: 0-24}}
catalogue: {categories: {a: {share: 1}, b: {share: 1}, c: {share: 1}, d: {share: 1}}}
journey:
  start: {purchase: 90%, consideration: 10%}
  stages:
    consideration: {dwell: 1d, next: {leave: 100%}}
    purchase: {dwell: 1h, next: {leave: 100%}}
  channels: {start: {web: 1}}
behaviors:
  omnichannel: {competitors: {near: {share: 10%}}}
  market:
    stock:
      out: 30%
      spell: 2d
      reactions: {other_store: 32%, none: 12%, delay: 18%, other_item: 18%, other_brand: 20%}
`

// reacting claims that those who met a stock-out bought from a competitor, left, looked on or took
// something else by weights.
func reacting(weights ...float64) claim[*census] {
	return func(c *census) float64 {
		counts, missed := make([]int, 4), map[int64]bool{}
		for _, e := range c.events {
			if e.kind == table.StockOut {
				missed[e.journey] = true
			}
		}
		outcomes := c.codes(table.TableTruthJourneys, "outcome")
		for i, id := range c.ints(table.TableTruthJourneys, "journey_id") {
			if !missed[id] {
				continue
			}
			switch outcomes[i] {
			case table.OutcomeRival:
				counts[0]++
			case table.OutcomeStockOut:
				counts[1]++
			case table.OutcomePurchased:
				counts[3]++
			default:
				counts[2]++
			}
		}
		return chiSquare(counts, weights)
	}
}

// TestReactionsToStockOuts: 13,000 of them; 3 % of all that leave instead of taking something else
// show with λ = 120.
func TestReactionsToStockOuts(t *testing.T) {
	t.Parallel()
	w := worldOf(t, emptyShop)
	c := censusOf(w, whole(t, w))
	reacting(32, 12, 18, 38).holds(t, "reactions", c)
	reacting(32, 15, 18, 35).failsIn(t, "15 % who leave", c)
	own := worldOf(t, emptyShop, "behaviors.market.stock.by_category", "{a: {none: 1}, b: {none: 1}, "+
		"c: {none: 1}, d: {none: 1}}")
	reacting(0, 1, 0, 0).holds(t, "reactions of a category", censusOf(own, whole(t, own)))
}

// TestOtherStoresServe those who do not find something in theirs: all checkers agree, and some buy
// in a store that is not the one they looked in.
func TestOtherStoresServe(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith("{market: {stock: {out: 20%, reactions: {other_store: 1}}}}"),
		"stores.count", "60")
	c := censusOf(w, whole(t, w))
	if err := missingIsMissing(c); err != nil {
		t.Error(err)
	}
	served, last := 0, seen{}
	for _, e := range c.events {
		if e.kind == table.StoreVisit && last.kind == table.StockOut &&
			last.journey == e.journey && last.store != e.store {
			served++
		}
		last = e
	}
	if served < 20 {
		t.Errorf("%d went on to another store", served)
	}
}
