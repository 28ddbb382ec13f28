package simulate

import "github.com/percorso/percorso/model"

// satisfaction is the behavior satisfaction: what customers expected, felt, and answer when asked.
type satisfaction struct {
	town *town
	plan *model.SatisfactionPlan
}

func newSatisfaction(t *town) *satisfaction {
	if !t.world.Satisfaction.On {
		return nil
	}
	return &satisfaction{town: t, plan: &t.world.Satisfaction}
}

// latent returns her satisfaction times 10,000, or none.
func (s *satisfaction) latent(p *person) int64 { return none }

// class returns what she would answer to a survey, or 0.
func (s *satisfaction) class(p *person) uint32 { return 0 }

// of returns how satisfied she is: 0 is as expected, with 16 fractional bits.
func (s *satisfaction) of(p *person) int32 { return 0 }
