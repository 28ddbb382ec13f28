package push

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model/table"
)

// errEnough ends a simulation when its stream has all its events.
var errEnough = errors.New("push: the stream has ended")

// tailBytes is the room left in a body for what Encoder.End appends.
const tailBytes = 200

// mostSkipped is the largest number of events that a request covers without sending them, because
// the dialect has no form for them.
const mostSkipped = 4096

// A feed is a sink that turns events into requests. Batches must come by day, one at a time.
type feed struct {
	opt     *Options
	wire    *dialect.Wire
	day     *dialect.Day
	ctx     context.Context
	out     chan<- *Request
	room    *semaphore.Weighted // bytes that may wait for an answer
	measure *Measure
	earlier Resumed         // what an earlier run did
	held    *sync.WaitGroup // requests that are not settled

	pace     pace.Pace // says when events are due
	open     *Request  // may be nil
	key      int64     // of the events of the open request, if the dialect has keys
	first    time.Duration
	last     time.Duration // due time of the first and the last event of the open request
	passing  bool          // an earlier run settled the last event
	passed   int64         // when the first event of those in a row happened, µs since 1970
	position int64         // of the next event
	events   int64         // put into bodies
	requests int64         // closed, with a body
}

// fill makes requests of what live simulates, until the stream has all its events, and closes the
// queue.
func (f *feed) fill(live func(context.Context, table.Sink) error) error {
	defer close(f.out)
	f.day = dialect.NewDay(f.opt.World)
	err := live(f.ctx, f)
	if err == nil || errors.Is(err, errEnough) {
		err = f.close(f.last)
	}
	if f.ctx.Err() != nil {
		return nil
	}
	return err
}

// Encode puts the events of a batch into requests. It blocks while too many bytes wait for an
// answer.
func (f *feed) Encode(b *table.Batch) (func() error, error) {
	if b.Part == table.StaticPart {
		return nil, nil
	}
	f.day.Take(b)
	rows := &b.Tables[table.TableEvents]
	times := rows.Cols[table.EventTime].Int
	for row := range rows.Len {
		if times[row] < f.opt.From {
			continue
		}
		if err := f.take(f.day.Event(b, row)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// take puts one event into the open request, or closes it and opens another.
func (f *feed) take(e *dialect.Event) error {
	position := f.position
	if f.earlier.Settled(position) {
		f.pass(position, e.Time())
		f.position++
		return f.close(f.last)
	}
	f.resume(e.Time())
	due := f.due(e.Time())
	if f.ended(due) {
		f.measure.misses(due, e.Time())
		return errEnough
	}
	doubtful := f.earlier.Uncertain(position)
	if f.open != nil && !f.open.Empty() {
		switch {
		case !f.opt.PerRequest && due > f.first+f.opt.Linger:
			f.open.Until = e.Time()
			if err := f.close(f.first + f.opt.Linger); err != nil {
				return err
			}
		case f.wire.Key != nil && f.wire.Key(e) != f.key, doubtful != f.open.again:
			if err := f.close(f.last); err != nil {
				return err
			}
		}
	}
	f.position++
	if err := f.encode(e, position); err != nil {
		return err
	}
	if f.open != nil && (len(f.open.IDs) >= f.opt.Batch || len(f.open.Skipped) >= mostSkipped) {
		return f.close(f.last)
	}
	return nil
}

// pass skips an event, which happened at a time, that an earlier run settled.
func (f *feed) pass(position, at int64) {
	if f.passing {
		return
	}
	f.passing, f.passed = true, at
	if position == 0 {
		f.passed = f.opt.From
	}
}

// resume goes on with an event that happened at a time. It removes the time of the events passed
// before from a schedule of simulated time: nobody waits while it passes.
func (f *feed) resume(at int64) {
	if !f.passing {
		return
	}
	f.passing = false
	if clock, ok := f.pace.(pace.Clock); ok && f.opt.Began.IsZero() {
		clock.Origin += max(at-f.passed, 0)
		f.pace = clock
	}
}

// due is when the next event of a body is due, which happened at a time.
func (f *feed) due(at int64) time.Duration { return f.dueAfter(0, at) }

// dueAfter is when the event is due that comes some events after the next one of a body.
func (f *feed) dueAfter(events int, at int64) time.Duration {
	if f.opt.PerRequest {
		return f.pace.Due(f.requests, at)
	}
	return f.pace.Due(f.events+int64(events), at)
}

// ended reports whether an event that is due at a time is past the end of the stream.
func (f *feed) ended(due time.Duration) bool {
	if f.opt.Events != 0 && f.events >= f.opt.Events {
		return true
	}
	if f.opt.Duration > 0 && f.opt.Pace == pace.Max {
		if f.open != nil && !f.open.Empty() {
			return false // asked once for each request
		}
		due = f.measure.elapsed()
	}
	return f.opt.Duration > 0 && due >= f.opt.Duration
}

// encode appends an event to the open request, or to a new one if that would become too large.
func (f *feed) encode(e *dialect.Event, position int64) error {
	r := f.opened(position)
	before := len(r.Body)
	body, from, seen := f.append(r, e)
	one, all := len(body)-from, len(body)+tailBytes
	limits := f.wire.Limits
	if f.opt.IgnoreLimits {
		limits = dialect.Limits{}
	}
	switch {
	case !seen && f.wire.Err != nil && f.wire.Err() != nil:
		return f.wire.Err()
	case !seen:
		r.Body, r.Next = body[:before], position+1
		r.Skipped, r.SkippedAt = append(r.Skipped, e.ID()), append(r.SkippedAt, position)
		return nil
	case limits.EventBytes > 0 && one > limits.EventBytes,
		limits.Bytes > 0 && all > limits.Bytes && r.Empty():
		r.Body, r.Next = body[:before], position+1
		r.TooBig, r.TooBigAt = append(r.TooBig, e.ID()), append(r.TooBigAt, position)
		return nil
	case limits.Bytes > 0 && all > limits.Bytes:
		r.Body = body[:before]
		if err := f.close(f.last); err != nil {
			return err
		}
		return f.encode(e, position)
	}
	r.Body, r.Next = body, position+1
	f.put(r, e, record.Span{From: from, To: len(body)})
	return nil
}

// append appends an event to the body of a request. It returns where the event begins, and whether
// the dialect has a form for it.
func (f *feed) append(r *Request, e *dialect.Event) (body []byte, from int, seen bool) {
	if r.Empty() {
		body = f.wire.Begin(r.Body, e)
	} else {
		body = append(r.Body, f.wire.Between...)
	}
	from = len(body)
	body, seen = f.wire.Event(body, e)
	return body, from, seen
}

// put records an event that is in the body of the open request.
func (f *feed) put(r *Request, e *dialect.Event, at record.Span) {
	f.last = f.due(e.Time())
	if r.Empty() {
		f.first = f.last
		r.again = f.earlier.Uncertain(r.Next - 1)
		if f.wire.Key != nil {
			f.key = f.wire.Key(e)
		}
		if f.wire.Attributes != nil {
			r.Header = f.wire.Attributes(e)
		}
	}
	r.IDs = append(r.IDs, e.ID())
	r.Spans, r.Positions = append(r.Spans, at), append(r.Positions, r.Next-1)
	r.Times = append(r.Times, e.Time())
	if f.outOfTime(e.Time(), f.last) {
		r.outOfTime++
	}
	f.events++
}

// outOfTime reports whether an event that happened at a time is, when it is due, older or further
// ahead of the clock than the target accepts.
func (f *feed) outOfTime(at int64, due time.Duration) bool {
	past, future := f.wire.Limits.Past, f.wire.Limits.Future
	if past == 0 && future == 0 {
		return false
	}
	age := f.measure.clock(due).Sub(time.UnixMicro(at))
	return past > 0 && age > past || future > 0 && -age > future
}

// opened returns the open request, a new one if there is none.
func (f *feed) opened(position int64) *Request {
	if f.open == nil {
		f.open = newRequest()
		f.open.First = position
	}
	return f.open
}

// close hands the open request over, with the time when it is due.
func (f *feed) close(due time.Duration) error {
	r := f.open
	if r == nil {
		return nil
	}
	f.open = nil
	r.Due, r.Number = due, f.requests
	if !r.Empty() {
		f.requests++
	}
	r.weight = min(r.size(f.opt.Compress != ""), f.opt.Buffer)
	if err := f.room.Acquire(f.ctx, r.weight); err != nil {
		return context.Cause(f.ctx)
	}
	f.held.Add(1)
	f.out <- r // the dispatcher takes all requests, even when the stream is stopped
	return nil
}
