package model

// Churn is the behavior churn: customers who stop, fall asleep, and are won back.
type Churn struct {
}

// ChurnPlan is the compiled behavior churn.
type ChurnPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *Churn) check(c *checker, p place, s *Scenario) {
}

func (b *Churn) compile(w *World, s *Scenario) ChurnPlan {
	return ChurnPlan{On: true}
}
