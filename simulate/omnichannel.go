package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Slots of omnichannel.
const (
	slotRival = 0 // in a visit: who gets the order
	slotTaste = 0 // under the key of a person and a channel
)

// omnichannel is the behavior omnichannel: personal tastes for channels, and competitors.
type omnichannel struct {
	family
	town   *town
	plan   *model.OmnichannelPlan
	tastes []int16 // by place and channel: log-weights with 10 fractional bits
}

const tasteShift = 22 // from a Log to 10 fractional bits

func newOmnichannel(t *town, f family) any {
	w := t.world
	plan := model.PlanOf[model.OmnichannelPlan](w)
	if !plan.On {
		return nil
	}
	o := &omnichannel{family: f, town: t, plan: plan}
	if o.plan.Affinity == 0 {
		return o
	}
	o.tastes = make([]int16, 0, len(t.people)*len(w.Channels))
	for i := range t.people {
		key := w.Key.With(model.KeyPeople).With(uint64(t.number*w.TownSize + i))
		for _, channel := range o.plan.Tastes {
			score := w.Normal.At(draw.Threshold(f.draw(key.With(channel), slotTaste)))
			taste := (score >> 16 * o.plan.Affinity) >> tasteShift
			o.tastes = append(o.tastes, int16(min(max(taste, -1<<15), 1<<15-1)))
		}
	}
	return o
}

// bendChannel adds the person's taste, and what they are used to from this journey.
func (o *omnichannel) bendChannel(p *person, stage int, bends []draw.Log) {
	if o.tastes != nil {
		at := int(o.town.place(p)) * len(bends)
		for i, taste := range o.tastes[at : at+len(bends)] {
			bends[i] += draw.Log(taste) << tasteShift
		}
	}
	if p.last == 0 {
		return
	}
	traits := o.town.world.TraitsOf
	side := traits[p.last-1] & model.Digital
	for i, which := range traits[:len(bends)] {
		if which&model.Digital == side {
			bends[i] += o.plan.Side
		}
	}
	bends[p.last-1] += o.plan.Last
}

// decide may give the order that a person is about to place, the first of the journey, to a
// competitor: a multinomial logit of us and the competitors, U = v - φ·ln(p/p_ref), v being the
// shares at usual prices.
func (o *omnichannel) decide(p *person, next int, at int64) (int, uint32) {
	t := o.town
	if len(o.plan.Prices) == 0 || p.orders > 0 ||
		t.chain(p).Stages[next].Does != model.PlaceOrder {
		return next, 0
	}
	day, ours := t.world.CategoryDay(int(p.category), t.day), t.relativePrice(p)
	var bends [1 + maxRivals]draw.Log
	for i := range o.plan.Prices {
		bends[1+i] = weighed(p, ours-o.plan.Prices[i][day], o.plan.Sensitivity)
		if p.pattern&sawStore != 0 {
			bends[1+i] += o.plan.Showroom
		}
	}
	rival := o.plan.Rivals.PickBent(o.inVisit(p, slotRival), bends[:1+len(o.plan.Prices)])
	if rival == 0 {
		return next, 0
	}
	p.rival = uint8(rival)
	return next, table.OutcomeRival
}

const maxRivals = 64

// another draws a competitor for what we do not have; 0: there is none.
func (o *omnichannel) another(u uint64) uint8 {
	rival, ok := o.plan.Rivals.PickFrom(u, 1)
	if !ok {
		return 0
	}
	return uint8(rival)
}
