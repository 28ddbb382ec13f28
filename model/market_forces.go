package model

// MarketForces is the behavior market: prices, promotions and stock.
type MarketForces struct {
}

// MarketForcesPlan is the compiled behavior market.
type MarketForcesPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *MarketForces) check(c *checker, p place, s *Scenario) {
}

func (b *MarketForces) compile(w *World, s *Scenario) MarketForcesPlan {
	return MarketForcesPlan{On: true}
}

// PriceOn returns the price of a product (by code) on a day of the world, in cents.
func (w *World) PriceOn(product uint32, day int) int64 { return w.Products[product-1].Price }
