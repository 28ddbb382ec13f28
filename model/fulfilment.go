package model

// Fulfilment is the behavior fulfilment: shipping, collecting, lateness and returns.
type Fulfilment struct {
}

// FulfilmentPlan is the compiled behavior fulfilment.
type FulfilmentPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *Fulfilment) check(c *checker, p place, s *Scenario) {
}

func (b *Fulfilment) compile(w *World, s *Scenario) FulfilmentPlan {
	return FulfilmentPlan{On: true}
}
