package simulate

import (
	"context"
	"sync"

	"github.com/percorso/percorso/model"
)

// Ledgers lives each town in groups of worlds, with the same people, and shows the town's ledgers,
// one for each world in their order; last says that the town is the last one of its part. Towns of
// a part come in their order, parts at the same time. The first world of a group is its factual
// one: where the coupling of another is frozen, its people are affected by those of the first.
//
// It stops at the first error, and when ctx is done.
func Ledgers(ctx context.Context, groups [][]*model.World, opt Options,
	see func(part int, last bool, town [][]*Ledger) error) error {
	w, worlds := groups[0][0], 0
	for _, g := range groups {
		worlds += len(g)
	}
	parts, _, err := opt.parts(w)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	all := 0
	for _, n := range parts {
		all += townsOf(w, n)
	}
	g := &gauge{tell: opt.Progress, now: Progress{Total: all * worlds}}
	todo := make(chan int, len(parts))
	for _, n := range parts {
		todo <- n
	}
	close(todo)
	ids := newIDs(w.Key.With(model.KeyIDs))
	var group sync.WaitGroup
	for range min(opt.workers(), len(parts)) {
		group.Go(func() {
			for n := range todo {
				if err := ledgersOfPart(ctx, groups, ids, n, &opt, g, see); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// townsOf counts the towns of a part.
func townsOf(w *model.World, part int) int {
	return min(w.PartTowns, w.Towns-part*w.PartTowns)
}

func ledgersOfPart(ctx context.Context, groups [][]*model.World, ids *ids, n int, opt *Options,
	g *gauge, see func(part int, last bool, town [][]*Ledger) error) error {
	w := groups[0][0]
	for i := range townsOf(w, n) {
		var town [][]*Ledger
		for _, worlds := range groups {
			ledgers, err := ledgersOfTown(ctx, worlds, ids, n, n*w.PartTowns+i, opt, g)
			if err != nil {
				return err
			}
			town = append(town, ledgers)
		}
		if err := see(n, i == townsOf(w, n)-1, town); err != nil {
			return err
		}
	}
	return nil
}

// atOnce bounds the worlds in which a town lives at the same time, and so their memory.
const atOnce = 16

// ledgersOfTown lives a town in all worlds, day by day in some of them at a time. The factual one
// is lived beside each of these again, where it affects them.
func ledgersOfTown(ctx context.Context, worlds []*model.World, ids *ids, part, number int,
	opt *Options, g *gauge) (ledgers []*Ledger, err error) {
	var now *town
	day := 0
	defer func() {
		if cause := recover(); cause != nil {
			err = failure(part, whereOf(now, day), cause)
		}
	}()
	w := worlds[0]
	for from := 0; from < len(worlds); from += atOnce {
		to := min(from+atOnce, len(worlds))
		var towns []*town
		var factual *town
		for _, other := range worlds[from:to] {
			t := newTownOf(newAccount(other, ids, number), number)
			towns = append(towns, t)
			ledgers = append(ledgers, t.rec.ledger)
			if factual == nil && from == 0 {
				factual = t
			} else if other.Coupling == model.CouplingFrozen {
				if factual == nil {
					factual = newTownOf(newSilent(w, ids), number)
					towns = append([]*town{factual}, towns...) // it lives each day first
				}
				t.shadow = factual
			}
		}
		for day = -w.Warmup; day < w.Days; day++ {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			for _, now = range towns {
				if opt.trouble != nil {
					opt.trouble(number, day)
				}
				now.step(day)
			}
		}
		for _, t := range towns {
			if l := t.rec.ledger; l != nil {
				l.City, l.People = t.city, t.everybody()
			}
		}
		g.add(to-from, 0)
	}
	return ledgers, nil
}

// newAccount returns a recorder that writes nothing but a ledger.
func newAccount(w *model.World, ids *ids, town int) *recorder {
	rec := newSilent(w, ids)
	rec.ledger = newLedger(w, town)
	return rec
}
