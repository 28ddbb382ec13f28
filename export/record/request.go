package record

import "net/http"

// A Request is a run of events of a stream that go to the target together. Positions count the
// events of the stream from 0, including those that the dialect does not send.
type Request struct {
	First, Next int64   // positions: it covers First, …, Next-1
	IDs         []int64 // of the events in the body, in their order
	Positions   []int64 // of the same events
	Times       []int64 // when they happened, µs since 1970
	Spans       []Span  // where they are in the body

	Skipped   []int64 // ids of events that the dialect has no form for
	SkippedAt []int64 // their positions
	TooBig    []int64 // ids of events that are larger than the target accepts
	TooBigAt  []int64 // their positions

	// Until is when the event happened that came next, µs since 1970, if the request did not wait for
	// it; 0 if the request was complete.
	Until  int64
	Header http.Header // of a request with one event; may be nil
	Body   []byte      // without its end
}

// A Span is a part of a body.
type Span struct{ From, To int }

// Empty reports whether the request has nothing to send.
func (r *Request) Empty() bool { return len(r.IDs) == 0 }

// Event returns the text of an event of the body.
func (r *Request) Event(i int) []byte { return r.Body[r.Spans[i].From:r.Spans[i].To] }

// Reset makes the request empty. It keeps the memory.
func (r *Request) Reset() {
	*r = Request{IDs: r.IDs[:0], Positions: r.Positions[:0], Times: r.Times[:0],
		Spans: r.Spans[:0], Skipped: r.Skipped[:0], SkippedAt: r.SkippedAt[:0],
		TooBig: r.TooBig[:0], TooBigAt: r.TooBigAt[:0], Body: r.Body[:0]}
}
