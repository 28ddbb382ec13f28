package serve

import (
	"context"
	"errors"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model/table"
)

// What a reader's buffer is: so many chunks, each closed when it has so many bytes.
const (
	chunks     = 16
	chunkBytes = 64 << 10
)

// A chunk is a stretch of a stream.
type chunk struct {
	body   []byte
	frames []frame
}

// A frame is an event in a chunk: where it ends, and when it is due.
type frame struct {
	end int
	due time.Duration // after the first chunk came
}

var (
	errEnough  = errors.New("serve: the reader has as many events as it wants")
	errNoEvent = errors.New("serve: no such event")
)

// A feed is a sink that writes a reader's events into chunks. Batches must come by day, one at a
// time.
type feed struct {
	query *query
	most  pace.Rate // pace.Max: no limit
	lines *liner
	day   *dialect.Day
	ctx   context.Context
	out   chan<- *chunk
	free  <-chan *chunk

	found  bool      // the event to begin with has been seen
	pace   pace.Pace // of what the reader asked for
	open   *chunk    // may be nil
	events int64
	line   []byte
}

// Encode implements table.Sink. It blocks while the reader has enough to take.
func (f *feed) Encode(b *table.Batch) (func() error, error) {
	if b.Part == table.StaticPart {
		return nil, nil
	}
	f.day.Take(b)
	for row := range b.Tables[table.TableEvents].Len {
		e := f.day.Event(b, row)
		if !f.begun(e) {
			continue
		}
		if err := f.take(e); err != nil {
			return nil, err
		}
	}
	if b.Last && !f.found {
		return nil, errNoEvent
	}
	return nil, f.pass()
}

// begun says whether an event is part of the stream.
func (f *feed) begun(e *dialect.Event) bool {
	if f.found {
		return e.Time() >= f.query.from
	}
	if f.found = e.ID() == f.query.event; f.found {
		f.pace = f.query.paceFrom(e.Time())
	}
	return f.found && !f.query.after
}

// take puts an event into the open chunk.
func (f *feed) take(e *dialect.Event) (err error) {
	line, ok := f.lines.append(f.line[:0], e)
	f.line = line
	if !ok {
		return nil
	}
	if f.open == nil {
		select {
		case f.open = <-f.free:
		case <-f.ctx.Done():
			return context.Cause(f.ctx)
		}
	}
	c := f.open
	c.body = f.query.framing.frame(c.body, e.ID(), line)
	c.frames = append(c.frames, frame{len(c.body), f.due(e)})
	f.events++
	if f.events == f.query.limit {
		return errors.Join(f.pass(), errEnough)
	}
	if len(c.body) >= chunkBytes {
		return f.pass()
	}
	return nil
}

// due is when the next event is due.
func (f *feed) due(e *dialect.Event) time.Duration {
	return max(f.pace.Due(f.events, e.Time()), f.most.Due(f.events, e.Time()))
}

// pass hands the open chunk over.
func (f *feed) pass() error {
	if f.open == nil {
		return nil
	}
	f.out <- f.open // there is room for all there are
	f.open = nil
	return f.ctx.Err()
}
