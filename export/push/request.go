package push

import (
	"net/http"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A Request is a run of events of the stream that go to the target together. Positions count the
// events of the stream from 0, including those that the dialect does not send.
type Request struct {
	Number      int64         // from 0
	Due         time.Duration // since the stream began: when the last of its events is due
	First, Next int64         // positions: it covers First, …, Next-1
	IDs         []int64       // of the events in the body, in their order
	Skipped     []int64       // ids of events that the dialect has no form for
	TooBig      []int64       // ids of events that are larger than the target accepts

	body       []byte      // Begin, events and the text between them; End is added when it is sent
	at         []span      // where each event is in the body
	position   []int64     // of each event in the body
	skippedAt  []int64     // positions of Skipped
	tooBigAt   []int64     // positions of TooBig
	attributes http.Header // for a request with one event
	oldest     int64       // when the first of its events happened, µs since 1970
	newest     int64       // when the last of its events happened, µs since 1970
	outOfTime  int64       // how many events are older, or further ahead, than the target accepts

	weight   int64     // share of the buffer it holds
	packed   []byte    // the body as it is sent: complete, compressed; may be body itself
	reading  bool      // the transport may still be reading packed
	began    time.Time // time of the first attempt
	attempts int
	backoff  *backoff.ExponentialBackOff
	lost     bool // an answer was lost: the target may receive the events twice
	part     bool // half of a request that was sent before as a whole
	again    bool // sent again because an earlier run did not read the answer
}

// A span is a part of a body.
type span struct{ from, to int }

var requests = sync.Pool{New: func() any { return new(Request) }}

// newRequest returns an empty request.
func newRequest() *Request { return requests.Get().(*Request) }

// free recycles a request that is no longer needed.
func (r *Request) free() {
	body, packed := r.body[:0], r.packed[:0]
	same := len(r.packed) > 0 && &r.packed[0] == &r.body[0]
	if same || r.reading {
		packed = nil
	}
	if same && r.reading {
		body = nil
	}
	*r = Request{IDs: r.IDs[:0], Skipped: r.Skipped[:0], TooBig: r.TooBig[:0],
		body: body, at: r.at[:0], position: r.position[:0], skippedAt: r.skippedAt[:0],
		tooBigAt: r.tooBigAt[:0], packed: packed}
	requests.Put(r)
}

// size estimates the memory that the request takes while it waits; a compressed body counts twice.
func (r *Request) size(compressed bool) int64 {
	const overhead, event = 4096, 32 // of a request waiting for another attempt; ids and places
	n := overhead + len(r.body) + event*(len(r.IDs)+len(r.Skipped)+len(r.TooBig))
	if compressed {
		n += len(r.body)
	}
	return int64(n)
}

// empty reports whether the request has nothing to send.
func (r *Request) empty() bool { return len(r.IDs) == 0 }

// event returns the text of an event of the body.
func (r *Request) event(i int) []byte { return r.body[r.at[i].from:r.at[i].to] }

// halves returns two requests with the events of one, for a target that does not accept so many at
// once. The second keeps the events that are not in bodies.
func (r *Request) halves(between string) [2]*Request {
	half := len(r.IDs) / 2
	var parts [2]*Request
	for i, cut := range [2]span{{0, half}, {half, len(r.IDs)}} {
		p := newRequest()
		p.Number, p.Due, p.First, p.Next = r.Number, r.Due, r.First, r.Next
		if i == 0 {
			p.Next = r.position[half]
		} else {
			p.First = r.position[half]
		}
		p.lost, p.again, p.part = r.lost, r.again, true
		p.IDs = append(p.IDs, r.IDs[cut.from:cut.to]...)
		p.body = append(p.body, r.body[:r.at[0].from]...)
		for n := cut.from; n < cut.to; n++ {
			if n > cut.from {
				p.body = append(p.body, between...)
			}
			from := len(p.body)
			p.body = append(p.body, r.event(n)...)
			p.at = append(p.at, span{from, len(p.body)})
			p.position = append(p.position, r.position[n])
		}
		parts[i] = p
	}
	parts[1].Skipped = append(parts[1].Skipped, r.Skipped...)
	parts[1].TooBig = append(parts[1].TooBig, r.TooBig...)
	parts[1].skippedAt = append(parts[1].skippedAt, r.skippedAt...)
	parts[1].tooBigAt = append(parts[1].tooBigAt, r.tooBigAt...)
	return parts
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
