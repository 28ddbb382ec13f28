package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
)

// perUnit returns an effect of so much per unit for a number of units with 16 fractional bits.
func perUnit(each draw.Log, units int32) draw.Log { return each * draw.Log(units) >> 16 }

// happens reports whether what has the given log-odds happens at u.
func happens(u uint64, odds draw.Log) bool {
	return draw.Log2(max(u, 1))-draw.Log2(max(^u, 1)) < odds
}

// weighed is the logarithm of a price as it weighs for a person: times a sensitivity (16 fractional
// bits) and the person's own, the exponential of the trait price.
func weighed(p *person, price draw.Log, sensitivity int64) draw.Log {
	if price == 0 { // as on most days
		return 0
	}
	const most = 8 // log2 of the highest sensitivity
	own := draw.Exp2(min(natural(p.traits[model.TraitPrice]), most*draw.One) + 16*draw.One)
	return draw.Log((int64(price) >> 8 * sensitivity >> 12 * own) >> 12)
}
