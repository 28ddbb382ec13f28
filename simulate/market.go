package simulate

import "github.com/percorso/percorso/model"

// marketForces is the behavior market: prices, promotions and stock.
type marketForces struct {
	town *town
	plan *model.MarketForcesPlan
}

func newMarketForces(t *town) *marketForces {
	if !t.world.MarketForces.On {
		return nil
	}
	return &marketForces{town: t, plan: &t.world.MarketForces}
}
