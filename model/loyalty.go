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
	Points     LoyaltyPoints      `yaml:"points" doc:"points earned by an order with the loyalty card"`
	Tiers      LoyaltyTiers       `yaml:"tiers" doc:"points needed for the tiers silver and gold; below silver a card holder is bronze"`
	Reward     LoyaltyReward      `yaml:"reward" doc:"voucher for which points are exchanged"`
	Conversion LoyaltyEffects     `yaml:"conversion" doc:"effect of a tier on conversion: natural log of the factor on the weight of moving on to cart or order"`
	Related    Share              `yaml:"related" doc:"share of needs that are for the category of the customer's last order, whatever category they would have been for"`
	Recommend  float64            `yaml:"recommend" doc:"personal recommendations: natural log of the factor on the number of products in an order beyond the first, for known customers who allow profiling; 0.15 means × 1.16" range:"-5..5"`
	Restock    map[string]Restock `yaml:"restock" doc:"restock reminders, by names of your own"`
}

// LoyaltyPoints says what an order earns.
type LoyaltyPoints struct {
	PerUnit float64            `yaml:"per_unit" doc:"points per unit of currency paid" range:"0..1000"`
	In      map[string]float64 `yaml:"in" doc:"points per unit of currency by channel, where they differ: {app: 2}" range:"0..1000"`
}

// LoyaltyTiers are the points earned in a period that make a tier until the end of the next one.
type LoyaltyTiers struct {
	Silver float64 `yaml:"silver" doc:"points earned in the current or the previous period that make a card holder silver" range:"0..1000000"`
	Gold   float64 `yaml:"gold" doc:"points earned in the current or the previous period that make a card holder gold; at least silver" range:"0..1000000"`
	Period Span    `yaml:"period" doc:"length of a period, at least 1d; the first begins with the first order with the card"`
}

// LoyaltyReward is a voucher.
type LoyaltyReward struct {
	Points   float64 `yaml:"points" doc:"points exchanged for a voucher as soon as the customer has them" range:">0..1000000"`
	Discount Share   `yaml:"discount" doc:"discount of the voucher, on the customer's next order"`
	Within   Span    `yaml:"within" doc:"validity of the voucher, e.g. 90d"`
}

// LoyaltyEffects are log-weights by tier.
type LoyaltyEffects struct {
	Silver float64 `yaml:"silver" doc:"natural log of the factor for silver customers; 0.1 means × 1.11" range:"-5..5"`
	Gold   float64 `yaml:"gold" doc:"natural log of the factor for gold customers; 0.2 means × 1.22" range:"-5..5"`
}

// Restock is a message that reminds of what was bought some time ago.
type Restock struct {
	Channel    string   `yaml:"channel" doc:"channel that sends it: one with touchpoint: inbox or without: not_sent" must:"true"`
	After      Span     `yaml:"after" doc:"time after an order without another order since, e.g. 45d"`
	Categories []string `yaml:"categories" doc:"categories whose orders are followed by a reminder; default: all"`
	Opens      Share    `yaml:"opens" doc:"open rate: share of recipients who open it"`
	Clicks     Share    `yaml:"clicks" doc:"click rate: share of recipients who click"`
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
