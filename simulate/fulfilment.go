package simulate

import "github.com/percorso/percorso/model"

// fulfilment is the behavior fulfilment: shipping, collecting, lateness and returns.
type fulfilment struct {
	town *town
	plan *model.FulfilmentPlan
}

func newFulfilment(t *town) *fulfilment {
	if !t.world.Fulfilment.On {
		return nil
	}
	return &fulfilment{town: t, plan: &t.world.Fulfilment}
}
