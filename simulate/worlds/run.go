package worlds

import (
	"context"
	"sync"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// A Part is what there is to tell of a part of the market: its sums, and what became of each of its
// people and orders, town by town.
type Part struct {
	Number int
	Tally  *Tally
	People []Person
	Fates  []Fate
}

// Run lives the worlds of a plan and shows part after part, in no order and one at a time. The plan
// must be one that Check has nothing against. It stops at the first error, and when ctx is done.
func Run(ctx context.Context, p *Plan, opt simulate.Options, see func(*Part) error) error {
	return byPart(ctx, p.groups(), opt,
		func(n int) *Part { return &Part{Number: n, Tally: p.NewTally()} },
		func(part *Part, town [][]*simulate.Ledger) { part.town(p, town) }, see)
}

// byPart lives groups of worlds. It opens each part, adds its towns and shows it.
func byPart[P any](ctx context.Context, groups [][]*model.World, opt simulate.Options,
	open func(part int) *P, add func(*P, [][]*simulate.Ledger), see func(*P) error) error {
	var mu sync.Mutex
	parts := map[int]*P{}
	return simulate.Ledgers(ctx, groups, opt,
		func(n int, last bool, town [][]*simulate.Ledger) error {
			mu.Lock()
			part := parts[n]
			if part == nil {
				part = open(n)
				parts[n] = part
			}
			mu.Unlock()
			add(part, town)
			if !last {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			delete(parts, n)
			return see(part)
		})
}

// town adds a town to a part.
func (part *Part) town(p *Plan, groups [][]*simulate.Ledger) {
	if !p.Together() {
		part.People = append(part.People, p.people(groups)...)
		part.Fates = append(part.Fates, p.fates(groups[0])...)
	}
	part.Tally.town(p, groups) // it moves orders
}
