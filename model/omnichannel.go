package model

// Omnichannel is the behavior omnichannel: personal taste for channels, and competitors.
type Omnichannel struct {
}

// OmnichannelPlan is the compiled behavior omnichannel.
type OmnichannelPlan struct {
	On bool
}

// check finds what no single value can tell.
func (b *Omnichannel) check(c *checker, p place, s *Scenario) {
}

func (b *Omnichannel) compile(w *World, s *Scenario) OmnichannelPlan {
	return OmnichannelPlan{On: true}
}
