package worlds

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Plan says which worlds of a market to live.
type Plan struct {
	World     *model.World     // the factual world
	Players   []string         // names of the channels that are switched
	Couplings []model.Coupling // how people affect each other in the other worlds; at least one
	Since     int              // the first day on which channels are off, or model.AlwaysOff
	Draws     int              // how often needs, journeys and contacts are drawn anew
	Every     bool             // live all coalitions, as Shapley values need
	Holdout   float64          // share of customers in the control group of an experiment; 0: none
}

// MostPlayers is up to how many players all coalitions are lived.
const MostPlayers = 10

// CostlyChannels are the channels whose advertising costs money, by name.
func CostlyChannels(w *model.World) (names []string) {
	plan := model.PlanOf[model.AdvertisingPlan](w)
	for i := range plan.Channels {
		if c := &plan.Channels[i]; plan.On && (c.PerContact > 0 || c.PerClick > 0) {
			names = append(names, w.Channels[c.Channel-1].Name)
		}
	}
	slices.Sort(names)
	return names
}

// DefaultPlan is what to ask of a market if nothing else is said: the truth about all channels
// whose advertising costs money, if they were off from the first written day, and their direct
// effects.
func DefaultPlan(w *model.World) Plan {
	p := Plan{World: w, Players: CostlyChannels(w), Couplings: []model.Coupling{model.CouplingFrozen},
		Draws: DefaultDraws}
	if w.Coupling == model.CouplingOff {
		p.Couplings[0] = model.CouplingOff
	}
	p.Every = len(p.Players) <= MostPlayers
	return p
}

// DefaultDraws is how many draws of luck a plan has.
const DefaultDraws = 8

// Check reports what is wrong with a plan.
func (p *Plan) Check() error {
	switch names, k := channelNames(p.World), len(p.Players); {
	case k == 0:
		return errors.New("no channel to switch off: the market advertises on none that costs money, " +
			"name some of " + table.OneOf(names))
	case k > MostPlayers && p.Every:
		return fmt.Errorf("%d channels have %d coalitions, want at most %d channels: choose fewer, or "+
			"only the estimands loo and first_in, which need %d worlds", k, 1<<k, MostPlayers, 2*k+2)
	}
	if p.Holdout > 0 && p.Couplings[0] == model.CouplingLive {
		return errors.New("a control group of people needs frozen coupling or none: under live " +
			"coupling the words of the others reach it")
	}
	_, err := p.World.Without(p.Players...)
	return err
}

func channelNames(w *model.World) (names []string) {
	for i := range w.Channels {
		names = append(names, w.Channels[i].Name)
	}
	return names
}

// all is the coalition of all players.
func (p *Plan) all() uint32 { return 1<<len(p.Players) - 1 }

// coalitions lists the coalitions to live, as bits by place in Players: that of all players first.
func (p *Plan) coalitions() (masks []uint32) {
	all := p.all()
	for s := range all + 1 {
		if n := bits.OnesCount32(s); p.Every || n <= 1 || n >= len(p.Players)-1 {
			masks = append(masks, all-s)
		}
	}
	return masks
}

// leaveOneOut lists the coalitions of leave-one-out worlds: that of all players, those of all but
// one, in their order, and that of none.
func (p *Plan) leaveOneOut() []uint32 {
	masks := []uint32{p.all()}
	for d := range p.Players {
		masks = append(masks, p.all()&^(1<<d))
	}
	return append(masks, 0)
}

// worlds are those of coalitions.
func (p *Plan) worlds(w *model.World, masks []uint32) (worlds []*model.World) {
	for _, on := range masks {
		var off []string
		for d, name := range p.Players {
			if on>>d&1 == 0 {
				off = append(off, name)
			}
		}
		other, err := w.Without(off...)
		if err != nil {
			panic("worlds: " + err.Error()) // Check has said so
		}
		worlds = append(worlds, other.Since(p.Since))
	}
	return worlds
}

// groups are the worlds of all couplings; after them those of all draws, whose coupling is the
// first; and last, where campaigns have control groups, the factual one and those without each of
// these.
func (p *Plan) groups() (groups [][]*model.World) {
	for _, c := range p.Couplings {
		groups = append(groups, p.worlds(p.World.WithCoupling(c), p.coalitions()))
	}
	for r := range p.Draws {
		w := p.World.WithCoupling(p.Couplings[0]).WithLuck(p.World.Luck + uint64(r) + 1)
		groups = append(groups, p.worlds(w, p.leaveOneOut()))
	}
	if with := p.trials(); len(with) > 0 {
		w := p.World.WithCoupling(p.Couplings[0])
		worlds := []*model.World{w}
		for _, i := range with {
			worlds = append(worlds, w.WithoutCampaign(i))
		}
		groups = append(groups, worlds)
	}
	return groups
}

// Cost is how many worlds are lived, those of draws included.
func (p *Plan) Cost() (worlds int) {
	for _, g := range p.groups() {
		worlds += len(g)
	}
	return worlds
}
