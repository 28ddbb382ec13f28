package model

import (
	"maps"
	"slices"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Loyalty is the behavior loyalty: points, tiers, rewards and personal recommendations. Points are
// for those who have taken the card.
type Loyalty struct {
	Points     LoyaltyPoints      `yaml:"points" doc:"what an order earns"`
	Tiers      LoyaltyTiers       `yaml:"tiers" doc:"how many points make a tier"`
	Reward     LoyaltyReward      `yaml:"reward" doc:"what points are turned into"`
	Conversion LoyaltyEffects     `yaml:"conversion" doc:"log-weight that a tier adds to going on to cart and order"`
	Related    Share              `yaml:"related" doc:"needs for the category bought last, whatever category was drawn"`
	Recommend  float64            `yaml:"recommend" doc:"log-weight of each further product wanted by a known customer who may be profiled" range:"-5..5"`
	Restock    map[string]Restock `yaml:"restock" doc:"messages about what may be used up"`
}

// LoyaltyPoints says what an order earns.
type LoyaltyPoints struct {
	PerUnit float64            `yaml:"per_unit" doc:"points for each unit of currency paid" range:"0..1000"`
	In      map[string]float64 `yaml:"in" doc:"by channel, where it is another number" range:"0..1000"`
}

// LoyaltyTiers are the points earned in a period that make a tier until the end of the next one.
type LoyaltyTiers struct {
	Silver float64 `yaml:"silver" doc:"points" range:"0..1000000"`
	Gold   float64 `yaml:"gold" doc:"points" range:"0..1000000"`
	Period Span    `yaml:"period" doc:"counted from the issue of the card"`
}

// LoyaltyReward is a voucher.
type LoyaltyReward struct {
	Points   float64 `yaml:"points" doc:"as soon as there are so many, they become a voucher" range:">0..1000000"`
	Discount Share   `yaml:"discount" doc:"off the next order"`
	Within   Span    `yaml:"within" doc:"how long it is good"`
}

// LoyaltyEffects are log-weights by tier.
type LoyaltyEffects struct {
	Silver float64 `yaml:"silver" doc:"log-weight" range:"-5..5"`
	Gold   float64 `yaml:"gold" doc:"log-weight" range:"-5..5"`
}

// Restock is a message that reminds of what was bought some time ago.
type Restock struct {
	Channel    string   `yaml:"channel" doc:"through which it is sent" must:"true"`
	After      Span     `yaml:"after" doc:"from an order, unless another one came since"`
	Categories []string `yaml:"categories" doc:"of what is used up; absent: all"`
	Opens      Share    `yaml:"opens" doc:"of those who get it"`
	Clicks     Share    `yaml:"clicks" doc:"of those who get it: how many follow it"`
}

// LoyaltyPlan is the compiled behavior loyalty. Points are counted in hundredths.
type LoyaltyPlan struct {
	On         bool
	Points     []int64 // for each cent, in 1/10000 of a hundredth, by channel
	Tiers      [3]int64
	Period     int64 // µs
	Reward     int64
	Discount   int64 // 1/10000
	Within     int64 // µs
	Coupon     uint32
	Conversion [3]draw.Log // by tier
	Related    draw.Chance
	Recommend  draw.Log
	Restock    []RestockPlan
}

// A RestockPlan is a compiled reminder.
type RestockPlan struct {
	MailingPlan
	After      int64  // µs
	Categories uint64 // by place
}

// CauseLoyalty is the code of the behavior among causes of events.
var CauseLoyalty = causeOf("loyalty")

// check implements behavior.
func (b *Loyalty) check(c *checker, p document.Place, s *Scenario) {
	c.someOrder(p, s)
	in := p.Key("points").Key("in")
	for _, name := range slices.Sorted(maps.Keys(b.Points.In)) {
		q := in.Key(name)
		c.knownChannel(q, q.At, name, s)
	}
	if q := p.Key("tiers"); b.Tiers.Gold < b.Tiers.Silver && c.Clean(q) {
		c.Fail(q.Key("gold").Value(), q.Key("gold"), "found %s, want at least silver: %s",
			document.Number(b.Tiers.Gold), document.Number(b.Tiers.Silver))
	}
	c.days(p.Key("tiers").Key("period"), b.Tiers.Period)
	c.names(p.Key("restock"), maxMailings)
	for _, name := range slices.Sorted(maps.Keys(b.Restock)) {
		q := p.Key("restock").Key(name)
		c.mailing(q.Key("channel"), b.Restock[name].Channel, s)
		for i, category := range b.Restock[name].Categories {
			if _, ok := s.Catalogue.Categories[category]; !ok {
				at := q.Key("categories").Item(i)
				c.Fail(at.At, at, "%s", table.Unknown("category", category,
					slices.Collect(maps.Keys(s.Catalogue.Categories))))
			}
		}
	}
}

// compile implements behavior.
func (b *Loyalty) compile(w *World, s *Scenario) any {
	if b == nil {
		return &LoyaltyPlan{}
	}
	p := LoyaltyPlan{On: true, Tiers: [3]int64{0, cents(b.Tiers.Silver), cents(b.Tiers.Gold)},
		Period: b.Tiers.Period.micros(), Reward: cents(b.Reward.Points),
		Discount: tenThousandths(float64(b.Reward.Discount)), Within: b.Reward.Within.micros(),
		Coupon: w.coupon("reward"), Related: draw.ChanceOf(float64(b.Related)),
		Recommend: draw.NatLog(b.Recommend),
		Conversion: [3]draw.Log{0, draw.NatLog(b.Conversion.Silver),
			draw.NatLog(b.Conversion.Gold)}}
	for i := range w.Channels {
		each, ok := b.Points.In[w.Channels[i].Name]
		if !ok {
			each = b.Points.PerUnit
		}
		p.Points = append(p.Points, tenThousandths(each))
	}
	for _, name := range byID(b.Restock, own) {
		m := b.Restock[name]
		plan := RestockPlan{MailingPlan: w.mailing(s, m.Channel, m.Opens, m.Clicks),
			After: m.After.micros()}
		for i := range w.Categories {
			if len(m.Categories) == 0 || slices.Contains(m.Categories, w.Categories[i].Name) {
				plan.Categories |= 1 << i
			}
		}
		p.Restock = append(p.Restock, plan)
	}
	return &p
}

// TierPoints are the points from which a card holder is bronze, silver and gold.
var TierPoints = [3]int64{0, 250, 750}
