package story

import (
	"fmt"
	"strconv"
)

// introduce says who the person is.
func (t *teller) introduce() {
	p, c := t.life.person, t.life.customer
	who := &t.story.Person
	who.ID = p.number["person_id"]
	is := fmt.Sprintf("Person %d of %s, whose name is not known", who.ID, t.w.Scenario.Name)
	if c != nil {
		who.Name = c.words["first_name"] + " " + c.words["last_name"]
		is = fmt.Sprintf("%s, person %d of %s", who.Name, who.ID, t.w.Scenario.Name)
	}
	arrived := p.number["arrived_at"]
	days := max(t.w.Begin(), arrived)/(24*3600*1_000_000) - p.number["birth_date"]
	t.about("%s, is %d years old and lives in %s (segment %s).", is, days*4/1461, p.words["city"],
		spaced(p.words["segment"]))
	if arrived > t.w.Begin() {
		t.about("{They} came into the market on %s.", t.date(arrived))
	}
	if left, gone := p.number["left_at"]; gone {
		t.about("{They} left it on %s.", t.date(left))
	}
	t.about("{They} {start} looking for something %s.", often(p.number["need_rate"]))
	t.about("In the %s of the data: %s.", plural(int64(t.w.Days), "day"), t.counts(p))
	if c != nil {
		t.relation(c)
	}
	for _, v := range t.voices {
		if v.person != nil {
			who.About = append(who.About, v.person(t)...)
		}
	}
	t.world()
}

// often writes a rate, in ten-thousandths a year.
func often(rate int64) string {
	tenths := (rate + 500) / 1000
	switch months := (120 + tenths/2) / max(tenths, 1); {
	case tenths == 0:
		return "less than once in twenty years"
	case months >= 24:
		return fmt.Sprintf("about every %d years", (months+6)/12)
	case months > 12:
		return fmt.Sprintf("about every %d months", months)
	case tenths == 10:
		return "about once a year"
	case tenths == 20:
		return "about twice a year"
	}
	return "about " + strconv.FormatFloat(float64(tenths)/10, 'f', -1, 64) + " times a year"
}

// counts says how many journeys and orders there were, and what was spent.
func (t *teller) counts(p record) string {
	s := plural(p.number["journey_count"], "journey") + " and " +
		plural(p.number["order_count"], "order")
	if p.number["order_count"] > 0 {
		s += ", " + t.money(p.number["total_spent"]) + " spent"
	}
	return s
}

// relation tells since when the shop knows a customer, and what they have agreed to.
func (t *teller) relation(c *record) {
	did := map[string]string{"login": "signed up", "order": "placed an order",
		"loyalty_card": "took out a loyalty card"}
	t.about("{They} became a known customer on %s, when {they} %s.",
		t.date(c.number["identified_at"]), did[c.words["identified_by"]])
	card := "no loyalty card"
	if tier := c.words["tier"]; tier != "" {
		card = fmt.Sprintf("a %s loyalty card with %s", tier, plural(c.number["points"], "point"))
	}
	agrees := "{have} not agreed"
	if c.number["has_marketing_consent"] == 1 {
		agrees = "{have} agreed"
	}
	t.about("{They} {have} %s and "+agrees+" to marketing messages.", card)
}

// world tells in which world the person lives, as far as that is not plain, and how to read on.
func (t *teller) world() {
	var without []string
	for _, name := range t.w.OffNames() {
		without = append(without, spaced(name))
	}
	if len(without) > 0 {
		since := ""
		if day := t.w.OffSinceText(); day != "always" {
			since = " since " + day
		}
		t.about("This is the market without %s%s: what would have come through them is missing, or "+
			"comes through another channel.", joined(without), since)
	}
	if len(t.w.Scenario.Behaving()) > 0 {
		t.about("Percentages are those of the scenario's journey, before {their} traits and the " +
			"behaviors change them. [Brackets] name the behavior behind an event.")
	}
}
