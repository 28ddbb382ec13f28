package simulate

import "github.com/percorso/percorso/model"

// wordOfMouth is the behavior word_of_mouth: what neighbours tell each
// other, social networks, referrals.
type wordOfMouth struct {
	town *town
	plan *model.WordOfMouthPlan
}

func newWordOfMouth(t *town) *wordOfMouth {
	if !t.world.WordOfMouth.On {
		return nil
	}
	return &wordOfMouth{town: t, plan: &t.world.WordOfMouth}
}
