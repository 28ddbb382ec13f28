package model

// Advertising is the behavior advertising: exposures to pushed channels, and what they change.
type Advertising struct {
}

// AdvertisingPlan is the compiled behavior advertising.
type AdvertisingPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *Advertising) check(c *checker, p place, s *Scenario) {
}

func (b *Advertising) compile(w *World, s *Scenario) AdvertisingPlan {
	return AdvertisingPlan{On: true}
}
