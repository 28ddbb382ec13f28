package worlds

import (
	"context"
	"sync"

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
	var mu sync.Mutex
	open := map[int]*Part{}
	return simulate.Ledgers(ctx, p.groups(), opt,
		func(n int, last bool, town [][]*simulate.Ledger) error {
			mu.Lock()
			part := open[n]
			if part == nil {
				part = &Part{Number: n, Tally: p.NewTally()}
				open[n] = part
			}
			mu.Unlock()
			part.town(p, town)
			if !last {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			delete(open, n)
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
