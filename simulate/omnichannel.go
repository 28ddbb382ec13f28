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
	tastes []int16      // by place and channel: log-weights with 10 fractional bits
	habits [][]draw.Log // by the last channel, from 1, and channel: log-weights
}

const tasteShift = 22 // from a Log to 10 fractional bits

func newOmnichannel(t *town, f family) any {
	w := t.world
	plan := model.PlanOf[model.OmnichannelPlan](w)
	if !plan.On {
		return nil
	}
	return &omnichannel{family: f, town: t, plan: plan,
		tastes: make([]int16, len(t.people)*len(w.Channels)), habits: habitsOf(w, plan)}
}

// arrives settles a person's tastes.
func (o *omnichannel) arrives(p *person) {
	if o.plan.Affinity == 0 {
		return
	}
	w := o.town.world
	tastes := o.tastes[int(p.place)*len(w.Channels):]
	for i, channel := range o.plan.Tastes {
		score := w.Normal.At(draw.Threshold(o.draw(selfOf(w, p).With(channel), slotTaste)))
		taste := (score >> 16 * o.plan.Affinity) >> tasteShift
		tastes[i] = int16(min(max(taste, -1<<15), 1<<15-1))
	}
}

// habitsOf returns the log-weights of being used to the last channel of a journey, and to its side.
func habitsOf(w *model.World, plan *model.OmnichannelPlan) [][]draw.Log {
	all := make([][]draw.Log, len(w.Channels)+1)
	for last := range all {
		all[last] = make([]draw.Log, len(w.Channels))
		if last == 0 { // there is none
			continue
		}
		side := w.TraitsOf[last-1] & model.Digital
		for i, which := range w.TraitsOf {
			if which&model.Digital == side {
				all[last][i] = plan.Side
			}
		}
		all[last][last-1] += plan.Last
	}
	return all
}

// bendChannel adds the person's taste, and what they are used to from this journey.
func (o *omnichannel) bendChannel(p *person, stage int, bends []draw.Log) {
	at := int(o.town.place(p)) * len(bends)
	tastes, habits := o.tastes[at:at+len(bends)], o.habits[p.last][:len(bends)]
	for i := range bends {
		bends[i] += draw.Log(tastes[i])<<tasteShift + habits[i]
	}
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
