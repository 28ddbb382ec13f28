package simulate

import (
	"context"
	"errors"
	"sync"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// ByDay simulates day by day across all towns: the order for streams. Batches come one at a time,
// their events in the order of time over all towns. A day counts as a part: its batches have its
// number, and the last of them is marked. Memory holds all customers.
func ByDay(ctx context.Context, w *model.World, sink table.Sink, opt Options) error {
	numbers, static, err := opt.parts(w)
	if err != nil {
		return err
	}
	if static {
		if err := put(sink, w.Static()); err != nil {
			return err
		}
	}
	towns := float64(len(numbers) * w.PartTowns)
	c := &crowd{world: w, opt: &opt, ids: newIDs(w.Key.With(model.KeyIDs)),
		parts: make([]*part, len(numbers)), ahead: min(w.TileDays, w.TileOf(towns))}
	if err := c.settle(numbers); err != nil {
		return err
	}
	g := &gauge{tell: opt.Progress, now: Progress{Total: w.Warmup + w.Days}}
	whole := newRecorder(w, c.ids, 1, opt.batchRows())
	flush := func() error {
		g.add(0, whole.batch.Tables[table.TableEvents].Len)
		err := put(sink, whole.batch)
		whole.batch.Reset()
		return err
	}
	tile := c.live(ctx, -w.Warmup)
	defer func() { _ = tile.lived() }() // wait for the days under way when something fails
	for tile.from < w.Days {
		if err := tile.lived(); err != nil {
			return err
		}
		now := tile
		tile = c.live(ctx, now.to)
		for day := now.from; day < now.to; day++ {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if day >= max(0, opt.From) {
				whole.batch.Part = day
				if err := whole.take(c.parts, day, &opt, flush); err != nil {
					return err
				}
			}
			g.add(1, 0)
		}
	}
	return nil
}

// A crowd is all parts, which live the same days.
type crowd struct {
	world *model.World
	opt   *Options
	ids   *ids
	parts []*part
	ahead int // how many days are simulated while others are written
}

// settle fills the parts with people.
func (c *crowd) settle(numbers []int) error {
	return each(c.opt.workers(), len(numbers), func(i int) (err error) {
		p := &part{number: numbers[i], rec: newRecorder(c.world, c.ids, 2*c.ahead, 0)}
		c.parts[i] = p
		defer p.explain(&err)
		p.settle()
		return nil
	})
}

// A tile is a run of days that all towns live.
type tile struct {
	from, to int
	lived    func() error // waits until the days are over
}

// live begins the tile that starts on a day. Silent days are many; the first that is written is
// alone, so that nobody waits for those after it.
func (c *crowd) live(ctx context.Context, from int) tile {
	first := max(0, c.opt.From)
	to := from + 1
	switch {
	case from < first:
		to = min(from+c.world.TileDays, first)
	case from > first:
		to = from + c.ahead
	}
	if to = min(to, c.world.Days); from == to {
		return tile{from, to, func() error { return nil }}
	}
	over := make(chan error, 1)
	go func() {
		over <- each(c.opt.workers(), len(c.parts), func(i int) (err error) {
			defer c.parts[i].explain(&err)
			return c.parts[i].live(ctx, from, to, c.opt)
		})
	}()
	return tile{from, to, sync.OnceValue(func() error { return <-over })}
}

// take closes a day of all towns and, after the last one, writes what is known at the end.
func (rec *recorder) take(parts []*part, day int, opt *Options, flush func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = failure(day, "at the end of the day", cause)
		}
	}()
	for _, p := range parts {
		rec.gather(p.rec.book(day))
	}
	if err := rec.close(day, flush); err != nil {
		return err
	}
	if day == rec.world.Days-1 && !opt.Identify {
		for _, p := range parts {
			p.snapshot()
			rec.gather(p.rec.daybook)
		}
		rec.takeRows()
	}
	rec.batch.Last = true
	return flush()
}

// gather moves what is in a daybook into the open one.
func (rec *recorder) gather(from *daybook) {
	rec.events = append(rec.events, from.events...)
	rec.orders = append(rec.orders, from.orders...)
	rec.carts = append(rec.carts, from.carts...)
	rec.sideRows = append(rec.sideRows, from.sideRows...)
	rec.rows.Append(rec.world.Tables, from.rows)
	from.events, from.orders, from.carts = from.events[:0], from.orders[:0], from.carts[:0]
	from.sideRows = from.sideRows[:0]
	from.rows.Reset()
}

// each calls f for 0..n-1, several at once, and returns every error.
func each(workers, n int, f func(int) error) error {
	errs := make([]error, n)
	todo := make(chan int, n)
	for i := range n {
		todo <- i
	}
	close(todo)
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i := range todo {
				errs[i] = f(i)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}
