package simulate

import "fmt"

func init() {
	anyBehavior["advertising"] = func(d die) string {
		effects := func() string {
			return fmt.Sprintf("{need: %s, stage: %s, choice: {brand_search: %s}, click: %s, "+
				"conversion: %s, basket: %s, churn: 0.3}", d.one("0", "0.4", "-0.2"), d.one("0", "1"),
				d.one("0", "1"), d.one("0", "0.5"), d.one("0", "0.5"), d.one("0", "0.7"))
		}
		channel := func(name, more string) string {
			return fmt.Sprintf("%s: {reach: %d%%, cap: %d, cap_week: %d, target: %s, memory: %s, half: %s, "+
				"shape: %s, fresh: %d, wear_out: 20%%, cost: {%s: 2.50}, effects: %s%s}", name, d.IntN(90),
				1+d.IntN(4), 1+d.IntN(20), d.one("0", "1", "-1", "3"), d.one("1h", "3d", "60d"),
				d.one("0.5", "4"), d.one("0.5", "1", "3"), d.IntN(9), d.one("cpm", "cpc", "piece"),
				effects(), more)
		}
		return "{channels: {" + channel("tv", "") + ", " +
			channel("display", d.one("", ", after: 14d", ", clicks: 5%")) + ", " +
			channel("paid_social", d.one("", ", clicks: 2%")) + ", " +
			channel("email", d.one("", ", clicks: 2%, opens: 30%")) + ", " +
			channel("push", d.one(", subscribers: true", ", clicks: 2%, opens: 30%")) + ", " +
			"brand_search: {cost: {cpc: 0.7}}}}"
	}
}
