package simulate

import "github.com/percorso/percorso/model"

// cartBehavior is the behavior cart: carts left for a reason, and what brings them back.
type cartBehavior struct {
	town *town
	plan *model.CartBehaviorPlan
}

func newCartBehavior(t *town) *cartBehavior {
	if !t.world.CartBehavior.On {
		return nil
	}
	return &cartBehavior{town: t, plan: &t.world.CartBehavior}
}
