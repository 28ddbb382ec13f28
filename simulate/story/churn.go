package story

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/percorso/percorso/model"
)

var churn = voice{
	behavior: "churn",
	person:   (*teller).turns,
	begins:   "she follows a message that wins her back",
	message:  "a mail to win her back",
	asides: map[string]func(*teller, record) string{
		"renewal": func(_ *teller, e record) string {
			return "her contract is renewed" + through(e)
		},
		"cancellation": func(_ *teller, e record) string {
			return "she cancels her contract" + through(e) + ": " + spaced(e.words["reason"])
		},
	},
}

// turns tells when she stopped buying, seemed to, and came back, in the order of time.
func (t *teller) turns() string {
	p := t.life.person
	stopped := "she stopped buying on %s"
	if len(model.PlanOf[model.ChurnPlan](t.w).Contracts) > 0 {
		stopped = "she cancelled on %s"
	}
	says := map[string]string{"churned_at": stopped,
		"dormant_at": "by %s her silence could be noticed", "won_back_at": "she came back on %s"}
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
		told = append(told, fmt.Sprintf(says[turn], t.date(p.number[turn])))
	}
	all := strings.Join(told, "; ")
	if all == "" {
		return ""
	}
	return strings.ToUpper(all[:1]) + all[1:]
}
