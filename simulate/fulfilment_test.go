package simulate

import "fmt"

func init() {
	anyBehavior["fulfilment"] = func(d die) string {
		return fmt.Sprintf("{saves_fee: %s, late: %d%%, delay: %s, extra: %d%%, returns: {online: %d%%, "+
			"store: %d%%, categories: {goods: %s}, after: %s, in_store: %d%%, reasons: %s}}",
			d.one("0.5", "1", "3"), d.IntN(101), d.law(), d.IntN(101), d.IntN(101), d.IntN(101),
			d.one("0", "1", "3"), d.law(), d.IntN(101),
			d.one("{size: 1}", "{damaged: 1, late: 2}", "{size: 40%, changed_mind: 50%, other: 10%}"))
	}
}
