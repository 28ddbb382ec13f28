package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
)

// advertising is the behavior advertising: exposures to pushed channels, and what they change.
type advertising struct {
	town *town
	plan *model.AdvertisingPlan
}

func newAdvertising(t *town) *advertising {
	if !t.world.Advertising.On {
		return nil
	}
	return &advertising{town: t, plan: &t.world.Advertising}
}

// keeps returns what advertising takes off the log-hazard of stopping to buy.
func (a *advertising) keeps(p *person) draw.Log { return 0 }
