package serve

import (
	"context"
	"errors"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model/table"
)

// What a client's buffer is: so many chunks, each closed when it has so many bytes.
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
	due time.Duration // after the first chunk arrived
}

var (
	errEnough  = errors.New("serve: the client has as many events as it wants")
	errNoEvent = errors.New("serve: no such event")
)

// A chunker is a sink that writes a client's events into chunks. Batches must come by day, one at a
// time.
type chunker struct {
	query *query
	most  pace.Rate // pace.Max: no limit
	lines *liner
	day   *dialect.Day
	ctx   context.Context
	out   chan<- *chunk
	free  <-chan *chunk

	found  bool      // the event with which the stream begins has been seen
	pace   pace.Pace // of what the client asked for
	open   *chunk    // may be nil
	events int64
	line   []byte
}

// Encode implements table.Sink. It blocks while the client has enough to take.
func (c *chunker) Encode(b *table.Batch) (func() error, error) {
	if b.Part == table.StaticPart {
		return nil, nil
	}
	c.day.Take(b)
	for row := range b.Tables[table.TableEvents].Len {
		e := c.day.Event(b, row)
		if !c.begun(e) {
			continue
		}
		if err := c.take(e); err != nil {
			return nil, err
		}
	}
	if b.Last && !c.found {
		return nil, errNoEvent
	}
	return nil, c.pass()
}

// begun reports whether an event is part of the stream.
func (c *chunker) begun(e *dialect.Event) bool {
	if c.found {
		return e.Time() >= c.query.from
	}
	if c.found = e.ID() == c.query.event; c.found {
		c.pace = c.query.paceFrom(e.Time())
	}
	return c.found && !c.query.after
}

// take puts an event into the open chunk.
func (c *chunker) take(e *dialect.Event) (err error) {
	line, ok := c.lines.append(c.line[:0], e)
	c.line = line
	if !ok {
		return nil
	}
	if c.open == nil {
		select {
		case c.open = <-c.free:
		case <-c.ctx.Done():
			return context.Cause(c.ctx)
		}
	}
	to := c.open
	to.body = c.query.framing.frame(to.body, e.ID(), line)
	to.frames = append(to.frames, frame{len(to.body), c.due(e)})
	c.events++
	if c.events == c.query.limit {
		return errors.Join(c.pass(), errEnough)
	}
	if len(to.body) >= chunkBytes {
		return c.pass()
	}
	return nil
}

// due is when the next event is due.
func (c *chunker) due(e *dialect.Event) time.Duration {
	return max(c.pace.Due(c.events, e.Time()), c.most.Due(c.events, e.Time()))
}

// pass hands the open chunk over.
func (c *chunker) pass() error {
	if c.open == nil {
		return nil
	}
	c.out <- c.open // there is room for all chunks
	c.open = nil
	return c.ctx.Err()
}
