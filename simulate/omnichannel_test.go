package simulate

import "fmt"

func init() {
	anyBehavior["omnichannel"] = func(d die) string {
		rivals := d.one("{}", "{near: {share: 12%}}",
			"{near: {share: 30%, prices: {level: 0.9, sigma: 0.2}}, far: {share: 0.05}}")
		return fmt.Sprintf("{affinity: %s, persistence: %s, same_side: %s, sensitivity: %s, "+
			"showroom: %s, competitors: %s}", d.one("0", "0.8", "3"), d.one("-1", "0", "0.5", "2"),
			d.one("0", "0.3"), d.one("0", "2.2", "10"), d.one("0", "1"), rivals)
	}
}
