package model

// CartBehavior is the behavior cart: carts left for a reason, and what brings them back.
type CartBehavior struct {
}

// CartBehaviorPlan is the compiled behavior cart.
type CartBehaviorPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *CartBehavior) check(c *checker, p place, s *Scenario) {
}

func (b *CartBehavior) compile(w *World, s *Scenario) CartBehaviorPlan {
	return CartBehaviorPlan{On: true}
}
