package push

import (
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/percorso/percorso/export/record"
)

// A Request is a request of a stream on its way: some events, and when they are due. To its body
// the end is added when it is sent.
type Request struct {
	record.Request
	Number int64         // from 0
	Due    time.Duration // since the stream began: when the last of its events is due

	outOfTime int64 // how many events are older, or further ahead, than the target accepts

	weight   int64     // share of the buffer it holds
	packed   []byte    // the body as it is sent: complete, compressed; may be Body itself
	reading  bool      // the transport may still be reading packed
	began    time.Time // time of the first attempt
	attempts int
	backoff  *backoff.ExponentialBackOff
	lost     bool // an answer was lost: the target may receive the events twice
	part     bool // half of a request that was sent before as a whole
	again    bool // sent again because an earlier run did not read the answer
}

var requests = sync.Pool{New: func() any { return new(Request) }}

// newRequest returns an empty request.
func newRequest() *Request { return requests.Get().(*Request) }

// free recycles a request that is no longer needed.
func (r *Request) free() {
	packed := r.packed[:0]
	same := len(r.packed) > 0 && &r.packed[0] == &r.Body[0]
	if same || r.reading {
		packed = nil
	}
	if same && r.reading {
		r.Body = nil
	}
	r.Reset()
	*r = Request{Request: r.Request, packed: packed}
	requests.Put(r)
}

// size estimates the memory that the request takes while it waits; a compressed body counts twice.
func (r *Request) size(compressed bool) int64 {
	const overhead, event = 4096, 40 // of a request waiting for another attempt; ids, times, places
	n := overhead + len(r.Body) + event*(len(r.IDs)+len(r.Skipped)+len(r.TooBig))
	if compressed {
		n += len(r.Body)
	}
	return int64(n)
}

// halves returns two requests with the events of one, for a target that does not accept so many at
// once. The second keeps the events that are not in bodies.
func (r *Request) halves(between string) [2]*Request {
	half := len(r.IDs) / 2
	parts := [2]*Request{r.piece(0, half, between), r.piece(half, len(r.IDs), between)}
	parts[1].takeUnsent(r, func(int64) bool { return true })
	for _, p := range parts {
		p.lost, p.again, p.part = r.lost, r.again, true
	}
	return parts
}

// piece returns a request with the events from, …, to-1 of a body. It covers the positions from
// the first of them, or of the request, up to the next one, or the end of the request.
func (r *Request) piece(from, to int, between string) *Request {
	p := newRequest()
	p.Number, p.Due, p.First, p.Next = r.Number, r.Due, r.First, r.Next
	if from > 0 {
		p.First = r.Positions[from]
	}
	if to < len(r.IDs) {
		p.Next = r.Positions[to]
	}
	p.IDs = append(p.IDs, r.IDs[from:to]...)
	p.Positions = append(p.Positions, r.Positions[from:to]...)
	p.Times = append(p.Times, r.Times[from:to]...)
	p.Header = r.Header
	p.Body = append(p.Body, r.Body[:r.Spans[0].From]...)
	for n := from; n < to; n++ {
		if n > from {
			p.Body = append(p.Body, between...)
		}
		at := len(p.Body)
		p.Body = append(p.Body, r.Event(n)...)
		p.Spans = append(p.Spans, record.Span{From: at, To: len(p.Body)})
	}
	return p
}

// takeUnsent adds the events of another request that are in no body, if they are wanted, by their
// positions.
func (r *Request) takeUnsent(from *Request, wanted func(position int64) bool) {
	for i, at := range from.SkippedAt {
		if wanted(at) {
			r.Skipped, r.SkippedAt = append(r.Skipped, from.Skipped[i]), append(r.SkippedAt, at)
		}
	}
	for i, at := range from.TooBigAt {
		if wanted(at) {
			r.TooBig, r.TooBigAt = append(r.TooBig, from.TooBig[i]), append(r.TooBigAt, at)
		}
	}
}

// pause returns how long to wait before the next attempt: twice as long each time, with some
// randomness.
func (r *Request) pause() time.Duration {
	if r.backoff == nil {
		r.backoff = &backoff.ExponentialBackOff{InitialInterval: 100 * time.Millisecond,
			RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 10 * time.Second}
		r.backoff.Reset()
	}
	return r.backoff.NextBackOff()
}

// unanswered is the outcome of a request that is not attempted again and whose last attempt had no
// answer.
func (r *Request) unanswered() Outcome {
	if r.lost || r.again {
		return Uncertain
	}
	return Dropped
}
