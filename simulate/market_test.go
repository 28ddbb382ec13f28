package simulate

import (
	"fmt"

	"github.com/percorso/percorso/model"
)

func init() {
	anyBehavior["market"] = func(d die) string {
		return fmt.Sprintf("{elasticity: %s, prices: {level: %s, rho: %s, sigma: %s, every: %d}, "+
			"promotions: {sale: {from: 2025-01-15, to: 2025-02-%02d, off: %d%%%s%s}, "+
			"members: {from: 2024-12-20, to: 2025-01-20, off: %d%%, coupon: 40%%}}, "+
			"stock: {out: %d%%, spell: %s, reactions: %s}}",
			d.one("0", "2.62", "5"), d.one("1", "0.8", "1.2"), d.one("0", "0.9", "0.999"),
			d.one("0", "0.03", "0.3"), 1+d.IntN(10), 1+d.IntN(20), 1+d.IntN(90),
			d.one("", ", channels: [store, email]"), d.one("", ", categories: [goods]"),
			1+d.IntN(90), d.IntN(50), d.one("1d", "3d", "30d"),
			d.weights("other_store", "none", "delay", "other_item", "other_brand"))
	}
	lives = append(lives, []struct {
		name  string
		check func(*census) error
		spoil func(*census)
	}{}...)
}

var _ = model.StockOut
