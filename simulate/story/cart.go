package story

import "github.com/percorso/percorso/model"

var cart = voice{
	behavior: "cart",
	begins:   "she follows the reminder of her cart",
	message:  "a reminder of her cart",
	beyond: func(t *teller) string {
		left := t.chain().Stages[t.stage(t.at.stage)]
		if model.PlanOf[model.CartBehaviorPlan](t.w).On && left.Does == model.FillCart {
			return "because of the cart that she left"
		}
		return ""
	},
}
