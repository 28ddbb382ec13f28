package simulate

import (
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// till is a town with somebody who has two pieces of a product of 30 in the cart, where shipping
// costs 5. Less 10 % it is sold at 26.90.
func till(t *testing.T) (*town, *touch) {
	w := worldOf(t, bazaarWith("{fulfilment: on}"), "customers", "1")
	w.Products[0].Price, w.Fee = 30_00, 5_00
	w.Campaigns = []model.CampaignPlan{{Discount: 10_00}} // 10 %
	town := newTown(newRecorder(w, newIDs(w.Key), 1, 256), 0)
	p := &town.people[0]
	p.cart.lines[0], p.cart.n = line{product: 1, quantity: 2}, 1
	return town, &touch{p: p}
}

// TestFreeShippingBeginsAtItsAmount: an order of exactly free_from, after what is taken off, ships
// free, and one of a cent less does not; who would collect to save the fee knows.
func TestFreeShippingBeginsAtItsAmount(t *testing.T) {
	t.Parallel()
	town, x := till(t)
	w := town.world
	for _, test := range []struct {
		name     string
		from     int64
		campaign uint32
		how      uint32
		shipping int64
		saves    bool // whether collecting saves the fee, as far as the cart tells
	}{
		{"exactly", 60_00, 0, table.Ship, 0, false},
		{"a cent less", 60_01, 0, table.Ship, 5_00, true},
		{"a cent more", 59_99, 0, table.Ship, 0, false},
		{"never free", 0, 0, table.Ship, 5_00, true},
		{"exactly after a discount", 53_80, 1, table.Ship, 0, false},
		{"a cent less after a discount", 53_81, 1, table.Ship, 5_00, false},
		{"exactly before a discount", 60_00, 1, table.Ship, 5_00, false},
		{"collected", 60_01, 0, table.Collect, 0, true},
	} {
		w.FreeFrom, x.campaign = test.from, test.campaign
		o := &order{fulfilment: test.how}
		if town.price(x, o); o.shipping != test.shipping ||
			o.total != o.subtotal-o.discount+test.shipping {
			t.Errorf("%s: an order of %d in all pays %d for shipping, want %d", test.name, o.total,
				o.shipping, test.shipping)
		}
		want := w.CollectOf
		if test.saves {
			want = model.PlanOf[model.FulfilmentPlan](w).PaysFee
		}
		payer := model.PlanOf[model.FulfilmentPlan](w).PaysFee
		if got := town.collects(x.p); got != want || payer == w.CollectOf {
			t.Errorf("%s: collects with chance %d, want %d", test.name, got, want)
		}
	}
}

// An offer takes something off every order.
type offer struct {
	rate   int64
	coupon uint32
}

func (o offer) discount(*touch, *order, uint8) (rate int64, coupon uint32) {
	return o.rate, o.coupon
}

// TestTheBestOfferCounts: what takes most off an order; of equals a campaign, which needs no
// coupon, and then the first, so that nobody uses up a coupon that saves nothing.
func TestTheBestOfferCounts(t *testing.T) {
	t.Parallel()
	town, x := till(t)
	for _, test := range []struct {
		name     string
		campaign uint32
		offers   []discounter
		discount int64
		coupon   uint32
	}{
		{"nothing", 0, nil, 0, 0},
		{"a campaign", 1, nil, 6_20, 0},
		{"a coupon", 0, []discounter{offer{10_00, 7}}, 6_20, 7},
		{"a coupon that is worth more", 1, []discounter{offer{15_00, 7}}, 8_20, 7},
		{"a coupon that is worth less", 1, []discounter{offer{9_99, 7}}, 6_20, 0},
		{"a tie of campaign and coupon", 1, []discounter{offer{10_00, 7}}, 6_20, 0},
		{"a tie of coupons", 0, []discounter{offer{10_00, 7}, offer{10_00, 8}}, 6_20, 7},
		{"the better coupon", 1, []discounter{offer{15_00, 7}, offer{20_00, 8}}, 12_20, 8},
		{"a coupon for nothing", 0, []discounter{offer{0, 7}}, 0, 0},
	} {
		town.discount, x.campaign = test.offers, test.campaign
		o := &order{fulfilment: table.InStore}
		if town.price(x, o); o.discount != test.discount || o.coupon != test.coupon {
			t.Errorf("%s: %d off with coupon %d, want %d with %d", test.name, o.discount, o.coupon,
				test.discount, test.coupon)
		}
	}
}
