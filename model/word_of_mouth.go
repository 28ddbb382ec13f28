package model

// WordOfMouth is the behavior word_of_mouth: what neighbours tell each
// other, social networks, referrals.
type WordOfMouth struct {
}

// WordOfMouthPlan is the compiled behavior word_of_mouth.
type WordOfMouthPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *WordOfMouth) check(c *checker, p place, s *Scenario) {
}

func (b *WordOfMouth) compile(w *World, s *Scenario) WordOfMouthPlan {
	return WordOfMouthPlan{On: true}
}
