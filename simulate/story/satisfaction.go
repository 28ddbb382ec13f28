package story

import (
	"fmt"

	"github.com/percorso/percorso/model/table"
)

var satisfaction = voice{
	behavior: "satisfaction",
	person:   (*teller).feelings,
	message:  "a survey",
	asides: map[string]func(*teller, record) string{
		"survey": func(t *teller, e record) string {
			return t.say("{they} {answer} a survey") + through(e) + ": " + t.answer(e)
		},
		"review": func(t *teller, e record) string {
			return t.say("{they} {review} %s: %d of 5 stars", t.name(e), e.number["score"])
		},
	},
}

// feelings tells what no shop knows.
func (t *teller) feelings() []string {
	p := t.life.person
	if !p.has("satisfaction") {
		return nil
	}
	felt := fmt.Sprintf("%+.1f", float64(p.number["satisfaction"])/1e4)
	if felt == "-0.0" || felt == "+0.0" {
		felt = "0.0"
	}
	s := t.say("{Their} satisfaction at the end is %s (0: as expected)", felt)
	if class := p.words["nps_class"]; class != "" {
		s += t.say("; in an NPS survey {they} would be a %s", class)
	}
	return []string{s + "."}
}

// answer tells the answer to a survey.
func (t *teller) answer(e record) string {
	s, _ := t.life.town.row(table.TableSurveys, "order_id", e.number["order_id"])
	if s.words["survey_type"] == "nps" {
		return fmt.Sprintf("%d of 10, a %s", e.number["score"], s.words["nps_class"])
	}
	return fmt.Sprintf("%d of 5", e.number["score"])
}
