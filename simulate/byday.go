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
	ids := newIDs(w.Key.With(model.KeyIDs))
	parts := make([]*part, len(numbers))
	if err := each(opt.workers(), len(parts), func(i int) (err error) {
		rec := &recorder{world: w, ids: ids, batch: table.NewBatch(w.Tables, 0)}
		parts[i] = newPart(rec, numbers[i])
		defer parts[i].explain(&err)
		parts[i].settle()
		return nil
	}); err != nil {
		return err
	}
	g := &gauge{tell: opt.Progress, now: Progress{Total: w.Warmup + w.Days}}
	whole := newRecorder(w, ids)
	flush := func() error {
		g.add(0, whole.batch.Tables[table.TableEvents].Len)
		err := put(sink, whole.batch)
		whole.batch.Reset()
		return err
	}
	day := -w.Warmup
	lived := advance(parts, day, &opt)
	defer func() { _ = lived() }() // wait for the day under way when something fails
	next := func() {
		if day+1 < w.Days {
			lived = advance(parts, day+1, &opt)
		}
	}
	for ; day < w.Days; day++ {
		if err := lived(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if day < max(0, opt.From) {
			next()
		} else {
			whole.batch.Part = day
			if err := whole.take(parts, day, &opt, next, flush); err != nil {
				return err
			}
		}
		g.add(1, 0)
	}
	return nil
}

// advance begins a day in every town. The function it returns waits until the day is over.
func advance(parts []*part, day int, opt *Options) func() error {
	over := make(chan error, 1)
	go func() {
		over <- each(opt.workers(), len(parts), func(i int) (err error) {
			defer parts[i].explain(&err)
			parts[i].step(day, opt)
			return nil
		})
	}()
	return sync.OnceValue(func() error { return <-over })
}

// take closes a day of all towns and, after the last one, writes what is known at the end. The next
// day begins as soon as this one is gathered: it is simulated while this one is written.
func (rec *recorder) take(
	parts []*part, day int, opt *Options, next func(), flush func() error,
) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = failure(day, "at the end of the day", cause)
		}
	}()
	for _, p := range parts {
		if opt.Identify {
			p.writeIdentified()
		}
		rec.gather(p.rec)
	}
	next()
	if err := rec.close(day, flush); err != nil {
		return err
	}
	if day == rec.world.Days-1 && !opt.Identify {
		for _, p := range parts {
			p.snapshot()
			rec.gather(p.rec)
		}
	}
	rec.batch.Last = true
	return flush()
}

// gather moves what another recorder holds into this one.
func (rec *recorder) gather(from *recorder) {
	rec.events = append(rec.events, from.events...)
	rec.orders = append(rec.orders, from.orders...)
	rec.carts = append(rec.carts, from.carts...)
	rec.sideRows = append(rec.sideRows, from.sideRows...)
	from.events, from.orders, from.carts = from.events[:0], from.orders[:0], from.carts[:0]
	from.sideRows = from.sideRows[:0]
	rec.batch.Append(rec.world.Tables, from.batch)
	from.batch.Reset()
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
