package story

import (
	"strings"

	"github.com/percorso/percorso/model/table"
)

var fulfilment = voice{
	behavior: "fulfilment",
	asides: map[string]func(*teller, record) string{
		"return": (*teller).givingBack,
	},
}

// givingBack tells a return.
func (t *teller) givingBack(e record) string {
	verb, to := "{send} back", ""
	if e.words["touchpoint"] == "store" {
		verb, to = "{return}", " to store "+e.words["store_id"]
	}
	what := t.name(e)
	if day := t.orderedOn(e); day != "" {
		what += ", ordered on " + day + ","
	}
	s := t.say("{they} "+verb+" ") + strings.TrimSuffix(what+to, ",") + because(e)
	for _, r := range t.life.town.rows(table.TableReturns, "order_id", e.number["order_id"]) {
		if r.words["product_id"] == e.words["product_id"] {
			return s + "; " + t.money(r.number["refund"]) + " refunded"
		}
	}
	return s
}
