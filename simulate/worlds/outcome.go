package worlds

import (
	"github.com/percorso/percorso/simulate"
)

// The outcomes, in the order of Outcomes.
const (
	Orders = iota
	Revenue
	Margin
	FirstOrders
	Renewals
	outcomeCount
)

// Outcomes are their names.
var Outcomes = []string{"orders", "revenue", "margin", "first_orders", "renewals"}

// Universes say which of them count: all, or those that a click path can lead to, because a browser
// or a user is on record with them.
var Universes = []string{"all", "paths"}

const (
	everything = iota
	onPaths
	universeCount
)

// The horizons: the first half of the written days, and all of them.
const (
	half = iota
	whole
	horizonCount
)

// Cells are the outcomes of somebody, or of many, in one world: orders and renewals as numbers,
// revenue and margin in cents.
type Cells [outcomeCount * universeCount * horizonCount]int64

// cell is the place of an outcome in Cells.
func cell(outcome, universe, horizon int) int {
	return (outcome*universeCount+universe)*horizonCount + horizon
}

// isMoney reports whether an outcome is counted in cents.
func isMoney(outcome int) bool { return outcome == Revenue || outcome == Margin }

// add adds an outcome that happened in one of the halves.
func (c *Cells) add(outcome int, known, early bool, by int64) {
	for u := everything; u <= onPaths; u++ {
		if u == onPaths && !known {
			return
		}
		c[cell(outcome, u, whole)] += by
		if early {
			c[cell(outcome, u, half)] += by
		}
	}
}

// buys adds an order.
func (c *Cells) buys(o *simulate.Purchase) {
	c.add(Orders, o.Known, o.Half, 1)
	c.add(Revenue, o.Known, o.Half, o.Revenue)
	c.add(Margin, o.Known, o.Half, o.Margin)
	if o.First {
		c.add(FirstOrders, o.Known, o.Half, 1)
	}
}

// plus adds other cells.
func (c *Cells) plus(o *Cells) {
	for i, v := range o {
		c[i] += v
	}
}
