package push

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model/table"
)

// printBuffer is how many bytes of bodies Print makes ahead.
const printBuffer = 16 << 20

// Print writes the bodies of the requests of a stream instead of sending them, each when it is due
// and with a newline at its end. Requests say that they were sent when their last event happened,
// so that what is written depends on nothing but the stream. Of the options it needs World, Wire,
// Pace, Batch and Linger, and observes those that end a stream, and IgnoreLimits. m counts what is
// due.
func Print(ctx context.Context, live func(context.Context, table.Sink) error, to io.Writer,
	m *Measure, opt Options) error {
	p := &printer{opt: &opt, measure: m, to: bufio.NewWriterSize(to, 1<<16)}
	err := drain(ctx, live, p.print, m, &opt)
	// Even if the stream is stopped no line is left incomplete.
	return cmp.Or(err, p.to.Flush())
}

// drain makes the requests of a stream for take, which is told whether more are ready.
func drain(ctx context.Context, live func(context.Context, table.Sink) error,
	take func(ctx context.Context, r *Request, more bool) error, m *Measure, opt *Options) error {
	opt.Buffer, opt.Connections, opt.Resumed = printBuffer, 1, notResumed{}
	if err := opt.Check(); err != nil {
		return err
	}
	queue := make(chan *Request, queued)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	room := semaphore.NewWeighted(opt.Buffer)
	f := &feed{opt: opt, wire: opt.Wire, pace: opt.Pace, ctx: ctx, out: queue, room: room,
		measure: m, earlier: opt.Resumed, held: new(sync.WaitGroup)}

	var group sync.WaitGroup
	var failed error
	group.Go(func() { failed = f.fill(live) })
	for r := range queue {
		if ctx.Err() == nil {
			if err := take(ctx, r, len(queue) > 0); err != nil {
				stop(err)
			}
		}
		room.Release(r.weight)
		r.free()
	}
	group.Wait()
	m.end()
	if failed != nil {
		return failed
	}
	return context.Cause(ctx)
}

// A printer writes requests.
type printer struct {
	opt     *Options
	measure *Measure
	to      *bufio.Writer
}

// print waits until a request is due and writes it. The last request available is flushed at once,
// and so is each request of a stream with a pace.
func (p *printer) print(ctx context.Context, r *Request, more bool) error {
	wait := r.Due - p.measure.start(p.opt.Began)
	if wait > 0 && p.opt.Pace != pace.Max {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
	}
	p.measure.due(r)
	if !r.Empty() {
		r.Body = p.opt.Wire.End(r.Body, r.Times[len(r.Times)-1])
		if r.Body[len(r.Body)-1] != '\n' {
			r.Body = append(r.Body, '\n')
		}
		if _, err := p.to.Write(r.Body); err != nil {
			return err
		}
	}
	if !more || p.opt.Pace != pace.Max {
		return p.to.Flush()
	}
	return nil
}
