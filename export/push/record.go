package push

import (
	"context"
	"io"
	"sort"
	"time"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model/table"
)

// Record gives the requests of a stream to write instead of sending them, as fast as it can, with
// the size of the prefix of their bodies, dialect.Wire.Prefix. They are complete but for their end.
// Of the options it needs World, Wire, Pace, Batch and Linger, and observes those that end a
// stream, and IgnoreLimits. m counts what is written.
func Record(ctx context.Context, live func(context.Context, table.Sink) error,
	write func(r *record.Request, prefix int) error, m *Measure, opt Options) error {
	prefix := len(opt.Wire.Prefix)
	return drain(ctx, live, func(_ context.Context, r *Request, _ bool) error {
		m.start(time.Time{})
		m.due(r)
		return write(&r.Request, prefix)
	}, m, &opt)
}

// Replay is Run for the requests of a recording: read reads the next one into an empty request,
// with the prefix before its body, and returns io.EOF after the last one. Bodies stay as they were
// recorded, whatever the pace: only where the stream ends, or was interrupted, they are cut. Batch
// and Linger must be those of the recorded stream; it needs no World, and a Wire without events
// will do, see dialect.Reopen.
func Replay(ctx context.Context, read func(r *record.Request, prefix []byte) error, m *Measure,
	opt Options) error {
	return transmit(ctx, func(f *feed) error { return f.refill(read) }, queuedRecorded, m, opt)
}

// refill makes the requests of a recording due, until the stream has all its events, and closes
// the queue.
func (f *feed) refill(read func(r *record.Request, prefix []byte) error) error {
	defer close(f.out)
	prefix := []byte(f.wire.Prefix)
	for f.ctx.Err() == nil {
		r := newRequest()
		err := read(&r.Request, prefix)
		if err == nil {
			err = f.retake(r)
		}
		switch {
		case err == nil:
		case err == io.EOF, err == errEnough, f.ctx.Err() != nil:
			return nil
		default:
			return err
		}
	}
	return nil
}

// retake hands over what is left of a recorded request after an earlier run of the stream: the runs
// of events that are not settled, each as a request of its own.
func (f *feed) retake(r *Request) error {
	if _, first := f.earlier.(notResumed); first {
		return f.hand(r)
	}
	defer r.free()
	unsent := newRequest() // the events without a body
	unsent.First, unsent.Next = r.First, r.Next
	unsent.takeUnsent(r, func(at int64) bool { return !f.earlier.Settled(at) })
	if len(unsent.Skipped)+len(unsent.TooBig) > 0 {
		if err := f.hand(unsent); err != nil {
			return err
		}
	} else {
		unsent.free()
	}
	for from := 0; from < len(r.IDs); {
		position, to := r.Positions[from], from+1
		if f.earlier.Settled(position) {
			f.pass(position, r.Times[from])
			from = to
			continue
		}
		again := f.earlier.Uncertain(position)
		for ; to < len(r.IDs); to++ {
			next := r.Positions[to]
			if f.earlier.Settled(next) || f.earlier.Uncertain(next) != again {
				break
			}
		}
		f.resume(r.Times[from])
		p := r.piece(from, to, f.wire.Between)
		if p.again = again; to == len(r.IDs) {
			p.Until = r.Until
		}
		if err := f.hand(p); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// hand hands over a recorded request, up to the end of the stream, with the time when it is due.
func (f *feed) hand(r *Request) error {
	left := f.left(r)
	ended := left < len(r.IDs) || r.Empty() && f.opt.Events != 0 && f.events >= f.opt.Events
	if left < len(r.IDs) {
		f.measure.misses(f.dueAfter(left, r.Times[left]), r.Times[left])
	}
	if ended && left == 0 {
		r.free()
		return errEnough
	}
	if ended {
		r.cut(left)
	}
	due := time.Duration(0)
	if r.Empty() {
		due = f.last
	} else {
		due = f.redue(r)
		f.last = due
	}
	f.age(r)
	f.events += int64(len(r.IDs))
	f.open = r
	if err := f.close(due); err != nil {
		return err
	}
	if ended {
		return errEnough
	}
	return nil
}

// left is how many events of a recorded request belong to the stream.
func (f *feed) left(r *Request) int {
	n := len(r.IDs)
	if f.opt.Events != 0 {
		n = int(min(int64(n), max(f.opt.Events-f.events, 0)))
	}
	if f.opt.Duration == 0 || n == 0 {
		return n
	}
	if f.opt.Pace == pace.Max {
		if f.measure.elapsed() >= f.opt.Duration {
			return 0
		}
		return n
	}
	if f.dueAfter(n-1, r.Times[n-1]) < f.opt.Duration {
		return n
	}
	return sort.Search(n, func(i int) bool {
		return f.dueAfter(i, r.Times[i]) >= f.opt.Duration
	})
}

// redue is when a recorded request is due: when its last event is, or when it did not wait for the
// next event.
func (f *feed) redue(r *Request) time.Duration {
	n := len(r.IDs)
	last := f.dueAfter(n-1, r.Times[n-1])
	if r.Until == 0 || f.opt.PerRequest {
		return last
	}
	return max(last, min(f.dueAfter(0, r.Times[0])+f.opt.Linger, f.dueAfter(n, r.Until)))
}

// age counts the events of a recorded request that are out of time.
func (f *feed) age(r *Request) {
	if f.wire.Limits.Past == 0 && f.wire.Limits.Future == 0 {
		return
	}
	for i, at := range r.Times {
		if f.outOfTime(at, f.dueAfter(i, at)) {
			r.outOfTime++
		}
	}
}

// cut leaves the first events of a request, and those before them that are in no body.
func (r *Request) cut(events int) {
	r.Next, r.Until = r.Positions[events-1]+1, 0
	r.Body = r.Body[:r.Spans[events-1].To]
	r.IDs, r.Positions = r.IDs[:events], r.Positions[:events]
	r.Times, r.Spans = r.Times[:events], r.Spans[:events]
	skipped := sort.Search(len(r.SkippedAt), func(i int) bool { return r.SkippedAt[i] >= r.Next })
	r.Skipped, r.SkippedAt = r.Skipped[:skipped], r.SkippedAt[:skipped]
	big := sort.Search(len(r.TooBigAt), func(i int) bool { return r.TooBigAt[i] >= r.Next })
	r.TooBig, r.TooBigAt = r.TooBig[:big], r.TooBigAt[:big]
}
