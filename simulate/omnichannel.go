package simulate

import "github.com/percorso/percorso/model"

// omnichannel is the behavior omnichannel: personal taste for channels, and competitors.
type omnichannel struct {
	town *town
	plan *model.OmnichannelPlan
}

func newOmnichannel(t *town) *omnichannel {
	if !t.world.Omnichannel.On {
		return nil
	}
	return &omnichannel{town: t, plan: &t.world.Omnichannel}
}
