package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/model/table"
)

// events is /v1/events: it simulates for one client and writes until there is nothing more to
// write, or the client or the server has had enough.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	q, wire, err := s.understand(r)
	if err != nil {
		s.refuse(w, http.StatusBadRequest, "request", err.Error())
		return
	}
	d := &delivery{w: w, control: http.NewResponseController(w), framing: q.framing,
		idle: s.opt.IdleTimeout, metrics: s.metrics}
	if r.Method == http.MethodHead {
		d.head(http.StatusOK)
		return
	}
	if !s.enter() {
		w.Header().Set("Retry-After", "10")
		s.refuse(w, http.StatusServiceUnavailable, "places",
			fmt.Sprintf("%d clients are connected, as many as allowed: try again later",
				s.opt.MaxClients))
		return
	}
	defer s.leave()
	ctx, cancel := context.WithCancel(r.Context())
	full, free := make(chan *chunk, chunks), make(chan *chunk, chunks)
	for range chunks {
		free <- new(chunk)
	}
	begins, _ := q.world.Bounds(0)
	into := &chunker{query: q, most: s.opt.MaxRate, lines: newLiner(wire),
		day: dialect.NewDay(q.world), ctx: ctx, out: full, free: free,
		found: q.event == table.Null, pace: q.paceFrom(max(q.from, begins))}
	var simulation sync.WaitGroup
	var failed error
	simulation.Go(func() {
		defer close(full)
		failed = s.opt.Live(ctx, q.world, q.day, into)
	})
	err = d.run(ctx, full, free, q.event == table.Null)
	cancel()
	simulation.Wait()
	if err == nil {
		err = failed
	}
	s.end(d, q, r.Context(), err)
}

// understand reads a request and opens its dialect.
func (s *Server) understand(r *http.Request) (*query, *dialect.Wire, error) {
	q, err := s.readQuery(r)
	if err != nil {
		return nil, nil, err
	}
	wire, err := openDialect(q)
	return q, wire, err
}

// openDialect opens the dialect of a query, whose events must make sense one by one.
func openDialect(q *query) (*dialect.Wire, error) {
	if why := unreadable(q.dialect); why != "" {
		return nil, fmt.Errorf("dialect %s: %s", q.dialect.Name, why)
	}
	wire, err := dialect.OpenDialect(q.dialect, q.world, dialect.Settings{Options: q.options})
	if err != nil {
		return nil, err
	}
	if wire.Attributes != nil {
		return nil, fmt.Errorf("dialect %s describes each event in HTTP headers, which a stream does "+
			"not have: choose another mode or dialect, see /v1/dialects", q.dialect.Name)
	}
	return wire, nil
}

// unreadable says why nobody can read a dialect; empty: one can. What reads files of this machine
// is not for clients to choose.
func unreadable(d *dialect.Dialect) string {
	if d.Files {
		return "its template is a file, which only percorso stream can read"
	}
	return ""
}

// end tells the client why its stream ends, where that can be told, and counts it.
func (s *Server) end(d *delivery, q *query, request context.Context, err error) {
	reason := ""
	switch {
	case err == nil:
		reason = endComplete
	case errors.Is(err, errEnough):
		reason = endLimit
	case errors.Is(err, errNoEvent):
		reason = endNoEvent
	case errors.Is(err, os.ErrDeadlineExceeded):
		reason = endSlow
	case errors.Is(context.Cause(request), errStopped):
		reason = endStopped
	case request.Err() != nil || errors.Is(err, errLeft):
		reason = endLeft
	default:
		reason = endFailed
		s.opt.Log.Printf("the simulation of a client failed: %v", err)
	}
	s.metrics.ended.WithLabelValues(reason).Inc()
	d.control.SetWriteDeadline(time.Now().Add(d.idle)) // it may have simulated for long
	whole := reason == endComplete || reason == endLimit
	switch {
	case reason == endLeft:
	case d.begun && q.framing.end != nil && reason != endSlow:
		d.write(q.framing.end(nil, reason, d.events)) // else the client has gone
	case d.begun && !whole:
		panic(http.ErrAbortHandler) // so that what arrived is not taken for the complete stream
	case d.begun:
	case whole && q.framing == &sse: // there is nothing after the last event
		d.head(http.StatusNoContent) // so that a browser does not ask again
	case whole:
		d.head(http.StatusOK)
	case reason == endNoEvent:
		problem(d.w, http.StatusNotFound, "no event has the id %d: it belongs to another scenario, "+
			"seed, number of customers or set of channels", q.event)
	case reason == endStopped:
		problem(d.w, http.StatusServiceUnavailable, "%v", errStopped)
	default:
		problem(d.w, http.StatusInternalServerError, "the simulation failed")
	}
}

// beatTime is how long a stream may be silent before a keep-alive.
const beatTime = 15 * time.Second

// pieceBytes is how much is written at once: a client that does not take this much within
// Options.IdleTimeout takes nothing.
const pieceBytes = 16 << 10

// lateAfter is the delay from which on events count as late.
const lateAfter = time.Second

// errLeft is the error of a client that closed the connection.
var errLeft = errors.New("serve: the client left")

// A delivery writes chunks when they are due.
type delivery struct {
	w       http.ResponseWriter
	control *http.ResponseController
	framing *framing
	idle    time.Duration
	metrics *metrics

	begun  bool // the header is written
	clock  time.Time
	events int64
	beat   *time.Timer
}

// run writes chunks until there are no more, and gives them back. What a client has to be told
// before the first byte is known with the first chunk; atOnce says that there is no such thing.
func (d *delivery) run(ctx context.Context, full <-chan *chunk, free chan<- *chunk,
	atOnce bool) error {
	d.beat = time.NewTimer(beatTime)
	defer d.beat.Stop()
	if atOnce {
		if err := d.begin(); err != nil {
			return err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-d.beat.C:
			if err := d.heartbeat(); err != nil {
				return err
			}
		case c, more := <-full:
			if !more {
				return nil
			}
			if err := d.deliver(ctx, c); err != nil {
				return err
			}
			c.body, c.frames = c.body[:0], c.frames[:0]
			free <- c
		}
	}
}

// head writes the header of an answer.
func (d *delivery) head(status int) {
	header := d.w.Header()
	if status != http.StatusNoContent {
		header.Set("Content-Type", d.framing.contentType)
	}
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // asks proxies not to buffer
	d.w.WriteHeader(status)
}

func (d *delivery) begin() error {
	d.begun = true
	d.head(http.StatusOK)
	return d.write([]byte(d.framing.begin))
}

// deliver writes the events of a chunk, each when it is due.
func (d *delivery) deliver(ctx context.Context, c *chunk) error {
	if !d.begun {
		if err := d.begin(); err != nil {
			return err
		}
	}
	if d.clock.IsZero() {
		d.clock = time.Now()
	}
	from := 0
	for rest := c.frames; len(rest) > 0; {
		now := time.Since(d.clock)
		ready := 0
		for ready < len(rest) && rest[ready].due <= now {
			ready++
		}
		if ready == 0 {
			if err := d.wait(ctx, rest[0].due-now); err != nil {
				return err
			}
			continue
		}
		if rest[0].due > 0 { // not for a stream as fast as possible
			d.countLate(rest[:ready], now)
		}
		to := rest[ready-1].end
		if err := d.write(c.body[from:to]); err != nil {
			return err
		}
		from, rest = to, rest[ready:]
		d.events += int64(ready)
		d.metrics.events.Add(float64(ready))
	}
	return nil
}

// countLate counts the events about to be written that were due long ago.
func (d *delivery) countLate(frames []frame, now time.Duration) {
	late := 0
	for late < len(frames) && frames[late].due < now-lateAfter {
		late++
	}
	d.metrics.late.Add(float64(late))
}

// wait waits until something is due; what is due within a millisecond is written together.
func (d *delivery) wait(ctx context.Context, pause time.Duration) error {
	due := time.NewTimer(max(pause, time.Millisecond))
	defer due.Stop()
	for {
		select {
		case <-due.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-d.beat.C:
			if err := d.heartbeat(); err != nil {
				return err
			}
		}
	}
}

func (d *delivery) heartbeat() error {
	if !d.begun || d.framing.beat == "" {
		d.beat.Reset(beatTime)
		return nil
	}
	return d.write([]byte(d.framing.beat))
}

// write writes in pieces, each of which the client has to take in time, and sends them off.
func (d *delivery) write(text []byte) error {
	d.beat.Reset(beatTime)
	for first := true; first || len(text) > 0; first = false {
		piece := text[:min(len(text), pieceBytes)]
		text = text[len(piece):]
		if err := d.control.SetWriteDeadline(time.Now().Add(d.idle)); err != nil {
			return errors.Join(errLeft, err)
		}
		_, err := d.w.Write(piece)
		if err == nil {
			err = d.control.Flush()
		}
		if err != nil {
			return errors.Join(errLeft, err)
		}
		d.metrics.bytes.Add(float64(len(piece)))
	}
	return nil
}
