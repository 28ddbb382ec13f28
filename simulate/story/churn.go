package story

import (
	"cmp"
	"slices"

	"github.com/percorso/percorso/model"
)

var churn = voice{
	behavior: "churn",
	person:   (*teller).turns,
	begins:   "{they} {follow} a win-back message",
	message:  "a win-back message",
	asides: map[string]func(*teller, record) string{
		"renewal": func(t *teller, e record) string {
			return t.say("{their} contract is renewed") + through(e)
		},
		"cancellation": func(t *teller, e record) string {
			return t.say("{they} {cancel} {their} contract") + through(e) + because(e)
		},
	},
}

// turns tells when the person stopped buying, seemed to, and came back, in the order of time.
func (t *teller) turns() []string {
	p := t.life.person
	says := map[string]string{
		"churned_at":  "{They} stopped buying on %s.",
		"dormant_at":  "From %s on {they} counted as dormant.",
		"won_back_at": "{They} came back on %s.",
	}
	if len(model.PlanOf[model.ChurnPlan](t.w).Contracts) > 0 {
		says["churned_at"] = "{They} cancelled {their} contract on %s."
	}
	turns := slices.DeleteFunc([]string{"won_back_at", "churned_at", "dormant_at"},
		func(turn string) bool {
			return !p.has(turn) || turn == "dormant_at" && // a cancellation is no silence
				p.has("churned_at") && p.number[turn] == p.number["churned_at"]
		})
	slices.SortStableFunc(turns, func(a, b string) int {
		return cmp.Compare(p.number[a], p.number[b])
	})
	var told []string
	for _, turn := range turns {
		told = append(told, t.say(says[turn], t.date(p.number[turn])))
	}
	return told
}
