package story

import "github.com/percorso/percorso/model/table"

var fulfilment = voice{
	behavior: "fulfilment",
	asides: map[string]func(*teller, record) string{
		"return": (*teller).givingBack,
	},
}

// givingBack tells a return.
func (t *teller) givingBack(e record) string {
	what := t.name(e) + t.orderedOn(e)
	s := "she sends " + what + " back"
	if e.words["touchpoint"] == "store" {
		s = "she takes " + what + " back to store " + e.words["store_id"]
	}
	s += ": " + spaced(e.words["reason"])
	refund := ""
	for _, r := range t.life.town.rows(table.TableReturns, "order_id", e.number["order_id"]) {
		if r.words["product_id"] == e.words["product_id"] {
			refund = "; " + t.money(r.number["refund"]) + " refunded"
		}
	}
	return s + refund
}
