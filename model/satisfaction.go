package model

// Satisfaction is the behavior satisfaction: what customers expected, felt, and answer when asked.
type Satisfaction struct {
}

// SatisfactionPlan is the compiled behavior satisfaction.
type SatisfactionPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *Satisfaction) check(c *checker, p place, s *Scenario) {
}

func (b *Satisfaction) compile(w *World, s *Scenario) SatisfactionPlan {
	return SatisfactionPlan{On: true}
}
