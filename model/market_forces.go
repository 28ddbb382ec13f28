package model

import (
	"math"
	"slices"
	"time"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// MarketForces is the behavior market: prices, promotions and stock. All of it is drawn once for a
// seed, whoever the customers are and through whichever channels they come.
type MarketForces struct {
	Elasticity float64              `yaml:"elasticity" doc:"price elasticity of demand: a rise of all our prices by 1 % costs this many percent of orders, including those lost to competitors; e.g. 2.62" range:"0..10"`
	Prices     PricePath            `yaml:"prices" doc:"movements of our prices around those of the catalogue: an AR(1) process of the log price of each category"`
	Promotions map[string]Promotion `yaml:"promotions" doc:"promotions, by names of your own; a customer gets the best one that applies"`
	Stock      Stock                `yaml:"stock" doc:"stock-outs, and what customers do then"`
}

// A PricePath is how the prices of a seller move: an autoregressive process of order 1 around the
// usual, x(k) = ρ·x(k-1) + √(1-ρ²)·σ·z, for the logarithm of each category's prices.
type PricePath struct {
	Level float64 `yaml:"level" doc:"mean price level relative to the usual prices; 0.94 is 6 % cheaper" range:"0.2..5"`
	Rho   float64 `yaml:"rho" doc:"autocorrelation: correlation of the log price after a change with that before it" range:"0..0.999"`
	Sigma float64 `yaml:"sigma" doc:"standard deviation of the log price; 0.03 keeps two thirds of prices within 3 % of the mean level" range:"0..0.5"`
	Every int     `yaml:"every" doc:"days from one price change to the next" range:"1..366"`
}

// A Promotion takes something off.
type Promotion struct {
	From       Day      `yaml:"from" doc:"first day, of every year: 07-05; or of one: 2025-07-05. 02-29 is the 28th in common years" must:"true" want:"a day of every year such as 11-27, or of one such as 2025-11-27"`
	To         Day      `yaml:"to" doc:"last day, with a year if from has one; of every year and before from: in the following year" must:"true" want:"a day such as 12-24"`
	Off        Share    `yaml:"off" doc:"discount on the price, above 0% and at most 90%" must:"true"`
	Categories []string `yaml:"categories" doc:"categories on promotion, of which the discount is taken off, whatever else is in the order; it draws those who need one of them; default: all"`
	Channels   []string `yaml:"channels" doc:"channels whose orders get the discount; default: all"`
	Coupon     Share    `yaml:"coupon" doc:"share of the customers known before the first day to whom a coupon is sent; who receives it gets the discount, and nobody else; 0%: everybody gets it"`

	Mail CouponMail `yaml:"mail" doc:"the message that brings the coupon, on the first day"`
}

// A CouponMail brings a coupon to customers who allow marketing.
type CouponMail struct {
	Channel string `yaml:"channel" doc:"channel that sends it: one with touchpoint: inbox or without: not_sent"`
	Opens   Share  `yaml:"opens" doc:"open rate: share of recipients who open it"`
	Clicks  Share  `yaml:"clicks" doc:"click rate: share of recipients who click"`
}

// Stock says what is not there: in each store, and in the warehouse for orders on line and by
// phone, each category is there or not from day to day, a Markov chain of two states.
type Stock struct {
	Out        Share              `yaml:"out" doc:"share of days on which a category is out of stock, in each store and in the warehouse; 0%: never. Who needs it reacts; who would have taken it along with something else does without"`
	Spell      Span               `yaml:"spell" doc:"mean duration of a stock-out, at least 1d"`
	Reactions  Weights            `yaml:"reactions" doc:"what customers do, as shares: other_store (buy in another store, or from a competitor if there is none), none (buy nothing), delay (come back later), other_item or other_brand" keys:"other_store,none,delay,other_item,other_brand"`
	ByCategory map[string]Weights `yaml:"by_category" doc:"reactions for single categories, by category"`
}

// Reactions to a stock-out, by their place in stockReactions.
const (
	BuyElsewhere = iota
	BuyNothing
	BuyLater
	BuyOtherItem
	BuyOtherBrand
)

var stockReactions = []string{"other_store", "none", "delay", "other_item", "other_brand"}

// MarketForcesPlan is the compiled behavior market.
type MarketForcesPlan struct {
	On         bool
	Index      []int32    // prices in 1/10000 of the usual, by category and day
	Logs       []draw.Log // the logarithm of the same
	Weight     []int64    // log-weight of going on to cart and order when prices halve, by chain
	Promotions []PromotionPlan

	Out       draw.Chance    // of the first day
	Turns     [2]draw.Chance // that tomorrow is not like today, when it is there and when not
	Reactions []draw.Choice  // by category
	Again     []uint8        // the stage of looking again, by chain; 0: none
}

// A PromotionPlan is a compiled promotion; one of every year has a plan for each.
type PromotionPlan struct {
	Code       uint32 // of its coupon
	Slot       uint64 // tells it from the other promotions, however many days are simulated
	From, To   int    // days of the world
	Rate       int64  // 1/10000
	Gain       draw.Log
	Categories uint64      // by place
	Channels   uint64      // by place
	Everywhere bool        // on all channels
	Held       draw.Chance // 0: it is for everybody
	Mail       MailingPlan // that brings it
	Number     uint64      // of that message, from 0
	Begins     int         // the day on which it is sent
}

// Families of keys under the world's.
const (
	keyPrices uint64 = 8<<8 + iota
	keyStock
)

// CauseMarket is the code of the behavior among causes of events.
var CauseMarket = causeOf("market")

// check implements behavior.
func (b *MarketForces) check(c *checker, p document.Place, s *Scenario) {
	c.someOrder(p, s)
	promotions := p.Key("promotions")
	c.names(promotions, maxElements)
	coupons := 0
	for _, e := range document.Blocks(promotions.Node) {
		promo := b.Promotions[e.Key]
		b.promotion(c, promotions.Key(e.Key), promo, s)
		if promo.Coupon > 0 {
			coupons++
		}
	}
	if coupons > maxMailings {
		c.Fail(promotions.At, promotions, "found %d promotions with a coupon, want at most %d", coupons,
			maxMailings)
	}
	q := p.Key("stock")
	for name, weights := range b.Stock.ByCategory {
		at := q.Key("by_category").Key(name)
		c.knownCategory(at, at.At, name, s)
		for reaction := range weights {
			if in := at.Key(reaction); !slices.Contains(stockReactions, reaction) {
				c.Fail(in.At, in, "%s", table.Unknown("reaction", reaction, stockReactions))
			}
		}
	}
	if !c.Clean(q) || b.Stock.Out == 0 {
		return
	}
	if days := b.Stock.days(); days < 1 {
		c.Fail(q.Key("spell").Value(), q.Key("spell"), "found %s, want at least 1d",
			b.Stock.Spell)
	} else if b.Stock.begins() > 1 {
		c.Fail(q.Key("out").Value(), q.Key("out"), "found %s%%, want at most %s%% with a spell of %s, "+
			"or a longer spell", document.Number(100*float64(b.Stock.Out)),
			document.Number(math.Floor(1000*days/(1+days))/10), b.Stock.Spell)
	}
}

func (b *MarketForces) promotion(c *checker, p document.Place, promo Promotion, s *Scenario) {
	if !c.Clean(p) {
		return
	}
	period{promo.From, promo.To}.check(c, p)
	if at := p.Key("off"); promo.Off == 0 || promo.Off > 0.9 {
		c.Fail(at.Value(), at, "found %s, want a discount above 0%% and at most 90%%",
			document.Found(at.Node))
	}
	for i, name := range promo.Categories {
		at := p.Key("categories").Item(i)
		c.knownCategory(at, at.At, name, s)
	}
	for i, name := range promo.Channels {
		at := p.Key("channels").Item(i)
		c.knownChannel(at, at.At, name, s)
	}
	coupon, by := p.Key("coupon"), p.Key("mail").Key("channel")
	switch {
	case promo.Coupon > 0 && promo.Mail.Channel == "":
		c.Fail(coupon.Value(), coupon, "found %s, but nothing brings the coupon, want "+
			"mail: {channel: …} with the channel that sends it", document.Found(coupon.Node))
	case promo.Coupon == 0 && promo.Mail.Channel != "":
		c.Fail(by.Value(), by, "found %s, but there is no coupon to send, want coupon above 0%%",
			document.Found(by.Node))
	default:
		c.mailing(by, promo.Mail.Channel, s)
	}
}

// knownCategory checks a reference to a category that stands at the given place.
func (c *checker) knownCategory(p document.Place, at document.Origin, name string, s *Scenario) {
	if _, ok := s.Catalogue.Categories[name]; !ok {
		c.Fail(at, p, "%s", table.Unknown("category", name, byID(s.Catalogue.Categories, own)))
	}
}

// days is the mean length of a spell.
func (b *Stock) days() float64 { return float64(b.Spell) / float64(24*time.Hour) }

// begins is the probability that what is there today is not tomorrow: in the long run as many
// spells begin as end, (1-out)·begins = out/days.
func (b *Stock) begins() float64 {
	out := float64(b.Out)
	return out / (1 - out) / b.days()
}

// compile implements behavior.
func (b *MarketForces) compile(w *World, s *Scenario) any {
	if b == nil {
		return &MarketForcesPlan{}
	}
	plan := MarketForcesPlan{On: true, Index: w.pricePath("", &b.Prices)}
	plan.Logs = logsOf(plan.Index)
	elasticity := b.Elasticity
	if o := s.Behaviors.Omnichannel; o != nil { // which takes its part of it
		elasticity = max(elasticity-float64(o.Sensitivity*o.lost()), 0)
	}
	for i := range w.Chains {
		c := &w.Chains[i]
		plan.Weight = append(plan.Weight, int64(fixed16(c.weightFor(elasticity))))
		plan.Again = append(plan.Again, c.looks())
	}
	coupons := uint64(0)
	for i, name := range byID(b.Promotions, own) {
		promo := b.Promotions[name]
		if promo.Coupon > 0 {
			coupons++
		}
		for _, r := range (period{promo.From, promo.To}).runs(s) {
			one := w.promotion(s, name, promo, r)
			one.Slot, one.Number = uint64(i), max(coupons, 1)-1
			if promo.From.Year == 0 {
				one.Slot |= uint64(r.year) << 8
			}
			plan.Promotions = append(plan.Promotions, one)
		}
	}
	if b.Stock.Out > 0 {
		plan.Out = draw.ChanceOf(float64(b.Stock.Out))
		plan.Turns = [2]draw.Chance{draw.ChanceOf(b.Stock.begins()),
			draw.ChanceOf(1 / b.Stock.days())}
	}
	for i := range w.Categories {
		weights, ok := b.Stock.ByCategory[w.Categories[i].Name]
		if !ok {
			weights = b.Stock.Reactions
		}
		plan.Reactions = append(plan.Reactions, draw.ChoiceOf(weightsOf(stockReactions, weights)))
	}
	w.prices = &plan
	return &plan
}

func (w *World) promotion(s *Scenario, name string, promo Promotion, r run) PromotionPlan {
	off := tenThousandths(float64(promo.Off))
	plan := PromotionPlan{Code: w.coupon(name), Rate: off, From: r.from, To: r.to,
		Gain:       draw.LogOf(-math.Log2(1 - float64(off)/10_000)),
		Everywhere: len(promo.Channels) == 0, Held: draw.ChanceOf(float64(promo.Coupon))}
	plan.Begins = max(plan.From, -w.Warmup)
	if plan.Held > 0 {
		plan.Mail = w.mailing(s, promo.Mail.Channel, promo.Mail.Opens, promo.Mail.Clicks)
	}
	for i := range w.Categories {
		if len(promo.Categories) == 0 || slices.Contains(promo.Categories, w.Categories[i].Name) {
			plan.Categories |= 1 << i
		}
	}
	for i := range w.Channels {
		if plan.Everywhere || slices.Contains(promo.Channels, w.Channels[i].Name) {
			plan.Channels |= 1 << i
		}
	}
	return plan
}

// pricePath draws the prices of a seller, "" being us, in 1/10000 of the usual: by category, and in
// it by day from the first of the warm-up on.
func (w *World) pricePath(seller string, path *PricePath) []int32 {
	days := w.Warmup + w.Days
	index := make([]int32, 0, len(w.Categories)*days)
	fresh := math.Sqrt(1 - float64(path.Rho*path.Rho))
	for i := range w.Categories {
		key := w.Key.With(keyPrices).With(hashOf(seller)).With(hashOf(w.Categories[i].Name))
		x := 0.0
		for day := range days {
			if day%path.Every == 0 {
				u := key.Draw(uint64(day / path.Every))
				z := float64(w.Normal.At(draw.Threshold(u))) / (1 << 32)
				if day == 0 {
					x = z
				} else {
					x = float64(path.Rho*x) + float64(fresh*z)
				}
			}
			price := float64(path.Level * math.Exp(float64(path.Sigma*x)))
			index = append(index, int32(min(max(tenThousandths(price), 1_000), 100_000)))
		}
	}
	return index
}

// logsOf returns the logarithms of prices in 1/10000 of the usual.
func logsOf(index []int32) []draw.Log {
	logs := make([]draw.Log, len(index))
	for i, x := range index {
		logs[i] = draw.Log2(uint64(x)) - draw.Log2(10_000)
	}
	return logs
}

// PriceOn returns the price of a product (by code) on a day of the world, in cents: one that shops
// write.
func (w *World) PriceOn(product uint32, day int) int64 {
	p := &w.Products[product-1]
	if w.prices == nil {
		return p.Price
	}
	const dearest = 1e11 // times all that a line may have, in 1/10000, it still fits an int64
	index := int64(w.prices.Index[w.CategoryDay(p.Category, day)])
	return ShelfPrice(min((2*p.Price*index+10_000)/20_000, dearest))
}

// CategoryDay is the place of a day of the world in tables by category and day.
func (w *World) CategoryDay(category, day int) int {
	return category*(w.Warmup+w.Days) + w.Warmup + day
}

// Shelf draws on which days, from the first of the warm-up on, a category is missing in a store (by
// code; 0 is the warehouse), as bits of out.
func (w *World) Shelf(store uint32, category int, out []uint64) {
	plan := w.prices
	key := w.Key.With(keyStock).With(uint64(store)).With(hashOf(w.Categories[category].Name))
	missing := plan.Out.Hits(key.Draw(0))
	for day := range w.Warmup + w.Days {
		if day > 0 {
			turn := plan.Turns[0]
			if missing {
				turn = plan.Turns[1]
			}
			missing = missing != turn.Hits(key.Draw(uint64(day)))
		}
		if missing {
			out[day/64] |= 1 << (day % 64)
		}
	}
}

// weightFor is the φ of a log-weight φ·ln(p_ref/p) on going on to cart and order with which the
// orders of a journey have an elasticity: d ln(orders)/d ln(p) = -φ·gain, where gain is what a
// small log-weight adds to ln(orders). Where the chain leaves no choice there is none.
func (c *Chain) weightFor(elasticity float64) float64 {
	const step, most = 0.01, 20
	gain := (math.Log(c.orders(step)) - math.Log(c.orders(-step))) / (2 * step)
	if !(gain > 1e-3) {
		return 0
	}
	return math.Round(1000*min(elasticity/gain, most)) / 1000
}

// orders is how many orders a journey has with a log-weight on going on to cart and order. It
// follows the chain move by move until hardly anybody is left.
func (c *Chain) orders(weight float64) float64 {
	const moves, hardly = 10_000, 1e-9
	n := len(c.Stages)
	here, sum := make([]float64, n), 0.0
	for stage := 1; stage < n; stage++ {
		here[stage] = c.Start.Part(stage)
	}
	for range moves {
		next, left := make([]float64, n), 0.0
		for from := 1; from < n; from++ {
			s := &c.Stages[from]
			if here[from] == 0 {
				continue
			}
			left += here[from]
			if s.Does == PlaceOrder {
				sum += here[from]
			}
			whole := 0.0
			for to := range n {
				whole += s.bent(to, weight)
			}
			for to := 1; to < n; to++ {
				next[to] += float64(here[from] * s.bent(to, weight) / whole)
			}
		}
		if here = next; left < hardly {
			break
		}
	}
	return sum
}

// bent is the part of a stage's next with a log-weight on going on to cart and order.
func (s *StagePlan) bent(to int, weight float64) float64 {
	if s.Forward[to] {
		return float64(s.Next.Part(to) * math.Exp(weight))
	}
	return s.Next.Part(to)
}

// looks returns the first stage, in the order of codes, that looks around, or else notices; 0 is
// none.
func (c *Chain) looks() uint8 {
	for _, does := range []Activity{Browse, Notice} {
		for code := 1; code < len(c.Stages); code++ {
			if s := &c.Stages[code]; s.Next.Len() > 0 && s.Does == does {
				return uint8(code)
			}
		}
	}
	return 0
}
