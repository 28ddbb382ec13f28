package simulate

import "github.com/percorso/percorso/model"

// churn is the behavior churn: customers who stop, fall asleep, and are won back.
type churn struct {
	town *town
	plan *model.ChurnPlan
}

func newChurn(t *town) *churn {
	if !t.world.Churn.On {
		return nil
	}
	return &churn{town: t, plan: &t.world.Churn}
}

// dates returns when she churned, when that could be noticed, and when she came back, or none.
func (c *churn) dates(p *person) (churned, dormant, back int64) { return none, none, none }

// gone says whether she has stopped buying from us.
func (c *churn) gone(p *person) bool { return false }
