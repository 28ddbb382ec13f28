package story

import "github.com/percorso/percorso/model"

var cart = voice{
	behavior: "cart",
	begins:   "{they} {follow} a reminder of the cart that {they} abandoned",
	message:  "a cart reminder",
	beyond: func(t *teller) string {
		left := t.chain().Stages[t.stage(t.at.stage)]
		if model.PlanOf[model.CartBehaviorPlan](t.w).On && left.Does == model.FillCart {
			return t.say("because of the cart that {they} abandoned")
		}
		return ""
	},
}
