package worlds

import (
	"math/bits"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// A Person is what somebody bought in two worlds, with all players and without one of them or all,
// with the luck of the scenario and on average over draws.
type Person struct {
	ID           int64
	Without      int // the player; -1: all of them
	With, Else   Bought
	Expected     Bought // sums over draws, with all players
	ExpectedElse Bought
}

// Bought is how much somebody bought.
type Bought struct {
	Orders, Revenue int64
}

// Together reports whether people have no worlds of their own: where what they do to each other
// differs from world to world.
func (p *Plan) Together() bool { return p.Couplings[0] == model.CouplingLive }

// people lists what each person of a town bought, in the order of their ids.
func (p *Plan) people(groups [][]*simulate.Ledger) (people []Person) {
	masks, all := p.coalitions(), p.all()
	var worlds []int // of leave-one-out, by place in the coalitions
	for _, on := range p.leaveOneOut() {
		worlds = append(worlds, slices.Index(masks, on))
	}
	realised := make([]map[int64]Bought, len(worlds))
	for i, n := range worlds {
		realised[i] = map[int64]Bought{}
		buy(realised[i], groups[0][n])
	}
	expected := make([]map[int64]Bought, len(worlds))
	for i := range expected {
		expected[i] = map[int64]Bought{}
		for _, draw := range groups[len(p.Couplings) : len(p.Couplings)+p.Draws] {
			buy(expected[i], draw[i])
		}
	}
	for _, who := range groups[0][0].People {
		id := who.ID
		for i, on := range p.leaveOneOut()[1:] {
			without := -1
			if on != 0 {
				without = bits.TrailingZeros32(all &^ on)
			}
			people = append(people, Person{ID: id, Without: without, With: realised[0][id],
				Else: realised[i+1][id], Expected: expected[0][id], ExpectedElse: expected[i+1][id]})
		}
	}
	return people
}

// buy adds up what the people of a town bought.
func buy(sums map[int64]Bought, l *simulate.Ledger) {
	for i := range l.Orders {
		o := &l.Orders[i]
		b := sums[o.Person]
		b.Orders, b.Revenue = b.Orders+1, b.Revenue+o.Revenue
		sums[o.Person] = b
	}
}
