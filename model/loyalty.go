package model

// Loyalty is the behavior loyalty: points, tiers, rewards and personal recommendations.
type Loyalty struct {
}

// LoyaltyPlan is the compiled behavior loyalty.
type LoyaltyPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *Loyalty) check(c *checker, p place, s *Scenario) {
}

func (b *Loyalty) compile(w *World, s *Scenario) LoyaltyPlan {
	return LoyaltyPlan{On: true}
}
