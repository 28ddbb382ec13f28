package simulate

import "fmt"

func init() {
	anyBehavior["cart"] = func(d die) string {
		followUps, recovery := "", ""
		switch d.IntN(3) {
		case 0:
			followUps = ", follow_up: {}"
		case 1:
			for i, reason := range []string{"browsing", "trust", "errors"} {
				if i > 0 {
					followUps += ", "
				}
				followUps += fmt.Sprintf("%s: {back: %d%%, retry: %d%%, store: %d%%, competitor: %d%%}",
					reason, d.IntN(26), d.IntN(26), d.IntN(26), d.IntN(26))
			}
			followUps = ", follow_up: {" + followUps + "}"
		}
		if d.IntN(2) == 0 {
			recovery = fmt.Sprintf(", recovery: {email: {after: %s, opens: 90%%, clicks: 70%%, "+
				"orders: %d%%}, push: {after: %s, opens: 80%%, clicks: 80%%, orders: %s}}", d.law(),
				d.IntN(71), d.law(), d.one("0%", "40%", "80%"))
		}
		return fmt.Sprintf("{abandon: %s, retry: %s%s%s}", d.one("0%", "40%", "70%", "100%"), d.law(),
			followUps, recovery)
	}
}
