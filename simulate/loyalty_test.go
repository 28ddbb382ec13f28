package simulate

import (
	"fmt"

	"github.com/percorso/percorso/model"
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
		c.codes(model.TableEvents, "event_type")[0] = model.Reward
	}})
}

// rewardsAreEarned: what the orders of a card holder earned was turned into rewards or is left, and
// an order with the reward's coupon comes after a reward that it alone uses.
func rewardsAreEarned(c *census) error {
	plan := &c.w.Loyalty
	earned, rewards, used := map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	coupons := c.codes(model.TableOrders, "coupon")
	for _, e := range c.events {
		switch {
		case e.kind == model.Reward && !plan.On:
			return fmt.Errorf("event %d is a reward in a world without", e.id)
		case e.kind == model.Reward:
			rewards[e.person]++
		case e.kind == model.Purchase && plan.On:
			_, has := earned[e.person]
			if has || e.place == uint32(model.Store) && e.user != model.Null {
				earned[e.person] += divide(e.revenue*plan.Points[e.channel-1], 10_000)
			}
			if coupons[c.orders[e.order]] == plan.Coupon {
				used[e.person]++
			}
		}
	}
	if !plan.On || c.w.Warmup > 0 || len(c.w.Churn.Contracts) > 0 {
		return nil // nobody saw what was earned before the first day, or who showed a card
	}
	points := c.ints(model.TableCustomers, "points")
	for i, id := range c.ints(model.TableCustomers, "user_id") {
		who := c.owner[id]
		left := earned[who] - rewards[who]*plan.Reward
		if points[i] != model.Null && points[i] != left/100 || used[who] > rewards[who] {
			return fmt.Errorf("person %d has %d points; earned %d/100, %d rewards, %d used", who,
				points[i], earned[who], rewards[who], used[who])
		}
	}
	return nil
}

// rewarded is a market in which everybody has the card at once and buys for about 40 € a time.
const rewarded = repeating + `
catalogue: {categories: {soap: {share: 50%, products: 50, price: 30}, tea: {share: 50%, products: 50, price: 30}}}
orders: {lines: 2}
stores: {count: 3}
identity: {loyalty_card: 100%, marketing: 100%, profiling: 50%}
`

// inStores lets everybody buy in a store.
var inStores = []string{"channels.shop", "{touchpoint: store}",
	"journey.channels.start", "{shop: 1, web: 1}", "customers", "2_000", "days", "400"}
