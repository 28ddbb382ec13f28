package story

import (
	"fmt"
	"strings"
)

// introduce says who she is.
func (t *teller) introduce() {
	p, c, name := t.life.person, t.life.customer, "Nobody knows her name"
	if c != nil {
		name = c.words["first_name"] + " " + c.words["last_name"]
	}
	age := t.w.Scenario.Start.Days() - p.number["birth_date"]
	t.printf("%s: person %d of %s, %d years old, of %s (segment %s).\n", name,
		p.number["person_id"], t.w.Scenario.Name, age*4/1461, p.words["city"], p.words["segment"])
	often := fmt.Sprintf("%.1f times a year", float64(p.number["need_rate"])/1e4)
	if p.number["need_rate"] < 500 {
		often = "less than once in twenty years"
	}
	t.printf("She needs something %s. In these days: %s, %s, %s.\n", often,
		plural(p.number["journey_count"], "journey"), plural(p.number["order_count"], "order"),
		t.money(p.number["total_spent"]))
	if c != nil {
		t.relation(c)
	}
	for _, v := range t.voices {
		if v.person == nil {
			continue
		}
		if s := v.person(t); s != "" {
			t.printf("%s.\n", s)
		}
	}
	t.world()
}

// relation tells since when we know a customer, and what she has of us.
func (t *teller) relation(c *record) {
	known := map[string]string{"login": "signed up", "order": "ordered",
		"loyalty_card": "took the card"}
	t.printf("We know her since %s, when she %s.\n",
		t.date(c.number["identified_at"]), known[c.words["identified_by"]])
	card := "She has no card"
	if tier := c.words["tier"]; tier != "" {
		card = fmt.Sprintf("Her card is %s, with %s", tier, plural(c.number["points"], "point"))
	}
	allows := "; we may not write to her unasked"
	if c.number["has_marketing_consent"] == 1 {
		allows = "; we may write to her"
	}
	t.printf("%s%s.\n", card, allows)
}

// world tells in which world she lives, as far as that is not plain.
func (t *teller) world() {
	if off := t.w.OffNames(); len(off) > 0 {
		t.printf("There is no %s in this world; what is not served is not seen.\n",
			spaced(strings.Join(off, ", no ")))
	}
	if len(t.w.Scenario.Behaving()) > 0 {
		t.printf("Probabilities are the chain's; her traits and the behaviors of this " +
			"scenario bend them. In brackets: the behavior behind what the chain does not do.\n")
	}
}
