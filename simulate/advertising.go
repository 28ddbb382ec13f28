package simulate

import "github.com/percorso/percorso/model"

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
