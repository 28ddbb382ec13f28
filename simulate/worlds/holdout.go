package worlds

import (
	"math"
	"math/big"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// An Experiment compares those who could meet a channel or a campaign with a control group that was
// drawn by lot and could not, as a company would. Only a simulator can put the truth beside it.
type Experiment struct {
	Treated Group `json:"treated"`
	Control Group `json:"control"`
	Truth   Cells `json:"truth"` // what it did to all that the estimate is about
}

// A Group is what its members bought.
type Group struct {
	N       int64   `json:"n"`
	Sum     Cells   `json:"sum"`
	Squares Squares `json:"squares"`
}

func (g *Group) add(c *Cells) {
	g.N++
	g.Sum.plus(c)
	g.Squares.add(c)
}

func (g *Group) plus(o *Group) {
	g.N += o.N
	g.Sum.plus(&o.Sum)
	g.Squares.plus(&o.Squares)
}

func (e *Experiment) plus(o *Experiment) {
	e.Treated.plus(&o.Treated)
	e.Control.plus(&o.Control)
	e.Truth.plus(&o.Truth)
}

// A Finding is what an experiment says about so many people, and the truth about them.
type Finding struct {
	Estimate, SE float64
	Truth        float64
}

// Finding compares the means of the groups (Neyman 1923) and scales the difference to a number of
// people; both errors are NaN where a group has fewer than two.
func (e *Experiment) Finding(people int64, outcome int) Finding {
	at := cell(outcome, everything, whole)
	mean := func(g *Group) float64 { return float64(g.Sum[at]) / float64(g.N) }
	variance := func(g *Group) float64 { // of the mean
		se := standardError(big.NewInt(g.Sum[at]), g.Squares[at].int(), g.N) / float64(g.N)
		return float64(se * se)
	}
	n := float64(people)
	return Finding{Estimate: n * (mean(&e.Treated) - mean(&e.Control)),
		SE:    n * math.Sqrt(variance(&e.Treated)+variance(&e.Control)),
		Truth: float64(e.Truth[at])}
}

// holdout adds the customers of a town to the experiments of the players. Where people do not
// affect each other from world to world, somebody in the control group of a channel lives as in the
// world without it.
func (t *Tally) holdout(p *Plan, masks []uint32, ledgers []*simulate.Ledger) {
	share, l := draw.ChanceOf(p.Holdout), ledgers[0]
	all := byPlace(l)
	for d, name := range p.Players {
		others := byPlace(ledgers[slices.Index(masks, p.all()&^(1<<d))])
		channel := uint64(codeOf(channelNames(p.World), name))
		key, e := p.World.Key.With(model.KeyTrial).With(channel), &t.Holdouts[d]
		for place := range l.Places {
			with, without := all[place], others[place]
			for i := range with {
				e.Truth[i] += with[i] - without[i]
			}
			if share.Hits(key.Draw(uint64(l.Town*p.World.TownSize + place))) {
				e.Control.add(&without)
			} else {
				e.Treated.add(&with)
			}
		}
	}
}

// byPlace is what the people of each place bought.
func byPlace(l *simulate.Ledger) []Cells {
	places := make([]Cells, l.Places)
	for i := range l.Orders {
		places[l.Orders[i].Place].buys(&l.Orders[i])
	}
	for i := range l.Renewals {
		places[l.Renewals[i].Place].add(Renewals, true, l.Renewals[i].Half, 1)
	}
	return places
}

// trials lists the campaigns with a control group of people, by place in World.Campaigns.
func (p *Plan) trials() (campaigns []int) {
	if p.Together() {
		return nil
	}
	for i := range p.World.Campaigns {
		if k := &p.World.Campaigns[i]; k.HasHoldout() && !k.HoldsOutCities() {
			campaigns = append(campaigns, i)
		}
	}
	return campaigns
}

// trials adds the people of a town to the experiments of campaigns: of those whom a campaign is
// meant for, the ones it reached are compared with its control group. The truth is about the
// former.
func (t *Tally) trials(p *Plan, campaigns []int, ledgers []*simulate.Ledger) {
	with := byID(ledgers[0])
	for n, i := range campaigns {
		without, e := byID(ledgers[n+1]), &t.Trials[n]
		k, l := &p.World.Campaigns[i], ledgers[0]
		for _, who := range l.People {
			a, b := with[who.ID], without[who.ID]
			switch {
			case !k.MeantFor(l.City, who.Segment):
			case k.HoldsOut(who.ID, l.City, who.Segment):
				e.Control.add(&a)
			default:
				e.Treated.add(&a)
				for c := range a {
					e.Truth[c] += a[c] - b[c]
				}
			}
		}
	}
}

// byID is what each person bought.
func byID(l *simulate.Ledger) map[int64]Cells {
	people := map[int64]Cells{}
	for i := range l.Orders {
		c := people[l.Orders[i].Person]
		c.buys(&l.Orders[i])
		people[l.Orders[i].Person] = c
	}
	for i := range l.Renewals {
		c := people[l.Renewals[i].Person]
		c.add(Renewals, true, l.Renewals[i].Half, 1)
		people[l.Renewals[i].Person] = c
	}
	return people
}

// An ExperimentResult is an experiment with its name and what it is about.
type ExperimentResult struct {
	Name     string // of the channel or of the campaign
	Campaign bool
	Scope    int64 // how many people the estimate is about: all, or those whom the campaign reached
	*Experiment
}

// Experiments lists the experiments of a plan: of --holdout, then of campaigns.
func (p *Plan) Experiments(t *Tally) (results []ExperimentResult) {
	for d := range t.Holdouts {
		e := &t.Holdouts[d]
		results = append(results, ExperimentResult{p.Players[d], false, e.Treated.N + e.Control.N, e})
	}
	for n, i := range p.trials() {
		e := &t.Trials[n]
		results = append(results, ExperimentResult{p.World.Campaigns[i].Name, true, e.Treated.N, e})
	}
	return results
}

// ExperimentsTable returns truth_experiments.
func (p *Plan) ExperimentsTable(t *Tally) *Table {
	to := newTable("truth_experiments",
		"what a control group says a channel or a campaign did, and what it did",
		word([]string{"channel", "campaign"}, "kind", "of a channel, by --holdout, or of a campaign, by "+
			"its key holdout"),
		of(table.Text, "name", "of the channel or campaign"),
		word(Outcomes, "outcome", "of universe all, all days"),
		of(table.Duration, "treated", "people who could meet it"),
		of(table.Duration, "control", "people of the control group"),
		figure("estimate", "the difference of the means of both, times the people in scope: all "+
			"customers, or those whom the campaign reached"),
		maybe(figure("low", "of the 95 % interval of the estimate")),
		maybe(figure("high", "of the 95 % interval of the estimate")),
		figure("truth", "what it really did to these people"))
	for _, r := range p.Experiments(t) {
		kind := uint32(1)
		if r.Campaign {
			kind = 2
		}
		for o := range Outcomes {
			f := r.Finding(r.Scope, o)
			low, high := f.Interval()
			to.add(kind, r.Name, uint32(o+1), r.Treated.N, r.Control.N, in(o, f.Estimate), in(o, low),
				in(o, high), in(o, f.Truth))
		}
	}
	return to
}

// Interval is the 95 % interval of the estimate.
func (f *Finding) Interval() (low, high float64) {
	const z = 1.959964
	return f.Estimate - float64(z*f.SE), f.Estimate + float64(z*f.SE)
}
