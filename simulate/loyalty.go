package simulate

import "github.com/percorso/percorso/model"

// loyalty is the behavior loyalty: points, tiers, rewards and personal recommendations.
type loyalty struct {
	town *town
	plan *model.LoyaltyPlan
}

func newLoyalty(t *town) *loyalty {
	if !t.world.Loyalty.On {
		return nil
	}
	return &loyalty{town: t, plan: &t.world.Loyalty}
}
