package simulate

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// Options say how to run, never what comes out.
type Options struct {
	Workers  int                 // 0 means one per CPU
	Shard    int                 // which shard to run, from 1; 0 means all
	Shards   int                 // of how many
	Skip     func(part int) bool // reports whether to leave out a part, or table.StaticPart
	Progress func(Progress)      // called now and then, by one goroutine at a time; may be nil

	// Only for ByDay:
	From     int  // the first day to write: the days before it are simulated silently
	Identify bool // write customers when they sign up, log in or order; no snapshots at the end

	// Only for tests:
	trouble func(town, day int) // called before each town's day
	rows    int                 // the most event rows of a batch; 0 means table.BatchRows
}

// Progress is how far a run has come.
type Progress struct {
	Done, Total int // days of parts, or days when the run goes day by day
	Events      int64
}

// parts lists the parts of a run, and reports whether the static tables are among them.
func (o *Options) parts(w *model.World) (parts []int, static bool, err error) {
	if o.Shard < 0 || o.Shard > o.Shards && o.Shard > 0 {
		return nil, false, fmt.Errorf("there is no shard %d/%d, want 1/n to n/n", o.Shard, o.Shards)
	}
	for n := range w.Parts {
		if o.Shard > 0 && n%o.Shards != o.Shard-1 || o.Skip != nil && o.Skip(n) {
			continue
		}
		parts = append(parts, n)
	}
	static = o.Shard <= 1
	return parts, static && (o.Skip == nil || !o.Skip(table.StaticPart)), nil
}

func (o *Options) batchRows() int {
	if o.rows > 0 {
		return o.rows
	}
	return table.BatchRows
}

func (o *Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// A gauge adds up progress.
type gauge struct {
	mu   sync.Mutex
	now  Progress
	tell func(Progress)
}

func (g *gauge) add(done, events int) {
	if g.tell == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now.Done += done
	g.now.Events += int64(events)
	g.tell(g.now)
}

// ByPart simulates part by part, several at once: the order for files. Each part's batches reach
// the sink in the order of time, the last of them marked; those of different parts come at the same
// time. It stops at the first error, and when ctx is done.
func ByPart(ctx context.Context, w *model.World, sink table.Sink, opt Options) error {
	parts, static, err := opt.parts(w)
	if err != nil {
		return err
	}
	if static {
		if err := put(sink, w.Static()); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ids := newIDs(w.Key.With(model.KeyIDs))
	g := &gauge{tell: opt.Progress, now: Progress{Total: len(parts) * (w.Warmup + w.Days)}}
	todo := make(chan int, len(parts))
	for _, n := range parts {
		todo <- n
	}
	close(todo)
	var group sync.WaitGroup
	for range min(opt.workers(), len(parts)) {
		group.Go(func() {
			rec := newRecorder(w, ids, w.TileDays, opt.batchRows())
			for n := range todo {
				if err := livePart(ctx, rec, n, sink, &opt, g); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// put hands a batch to a sink and commits it.
func put(sink table.Sink, b *table.Batch) error {
	commit, err := sink.Encode(b)
	if err != nil || commit == nil {
		return err
	}
	return commit()
}

// livePart simulates the days of one part, a tile of days at a time.
func livePart(ctx context.Context, rec *recorder, number int, sink table.Sink, opt *Options,
	g *gauge) (err error) {
	w, p := rec.world, &part{number: number, rec: rec}
	defer p.explain(&err)
	rec.batch.Part = number
	p.settle()
	flush := func() error {
		g.add(0, rec.batch.Tables[table.TableEvents].Len)
		err := put(sink, rec.batch)
		rec.batch.Reset()
		return err
	}
	for from, to := -w.Warmup, 0; from < w.Days; from = to {
		to = min(from+len(rec.books), w.Days)
		if err := p.live(ctx, from, to, opt); err != nil {
			return err
		}
		for day := from; day < to; day++ {
			rec.open(day, false)
			if err := rec.close(day, flush); err != nil {
				return err
			}
		}
		g.add(to-from, 0)
	}
	p.snapshot()
	rec.takeRows()
	rec.batch.Last = true
	return flush()
}

// Town simulates one town alone, through all its days: what happens there does not depend on the
// others. So one customer can be looked at closely without simulating all of them. A person's town
// is (person_id - 1) / World.TownSize.
func Town(ctx context.Context, w *model.World, number int, sink table.Sink) error {
	if number < 0 || number >= w.Towns {
		return fmt.Errorf("there is no town %d, want 0 to %d", number, w.Towns-1)
	}
	alone := *w
	alone.PartTowns = 1
	rec := newRecorder(&alone, newIDs(w.Key.With(model.KeyIDs)), 1, table.BatchRows)
	return livePart(ctx, rec, number, sink, &Options{}, &gauge{})
}

// explain turns a panic into an error that names the town, so that a fault in one town ends the run
// and not the program.
func (p *part) explain(err *error) {
	if cause := recover(); cause != nil {
		*err = failure(p.number, whereOf(p.now, p.day), cause)
	}
}

// whereOf names the place of a fault.
func whereOf(t *town, day int) string {
	if t == nil {
		return "between towns"
	}
	return fmt.Sprintf("in town %d on day %d", t.number, day)
}

// failure is the error of a panic.
func failure(part int, where string, cause any) error {
	return fmt.Errorf("part %d failed %s: %v\n%s", part, where, cause, debug.Stack())
}
