package push

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Counts are what became of a stream so far. A request is sent when it is tried first; what is sent
// again is retried. Target systems may take a request and refuse its events: what the status says is
// counted by request, what the body says by event.
type Counts struct {
	Requests struct {
		Due      int64 `json:"due"`      // whose time has come
		Sent     int64 `json:"sent"`     // tried
		Late     int64 `json:"late"`     // of them: later than lateAfter
		Retried  int64 `json:"retried"`  // tries after the first
		Split    int64 `json:"split"`    // cut in two, because the target found them too large
		Accepted int64 `json:"accepted"` // answered with a status that says so
		Rejected int64 `json:"rejected"` // answered with one that says no, for good
		Dropped  int64 `json:"dropped"`  // not sent in time, or given up
	} `json:"requests"`
	Events struct {
		Due            int64 `json:"due"`
		Sent           int64 `json:"sent"`
		Accepted       int64 `json:"accepted"`
		Rejected       int64 `json:"rejected"`
		Dropped        int64 `json:"dropped"`
		Uncertain      int64 `json:"uncertain"`       // sent, and nobody knows whether they arrived
		MaybeDuplicate int64 `json:"maybe_duplicate"` // accepted after an answer had been lost
		Skipped        int64 `json:"skipped"`         // not for this dialect
		TooBig         int64 `json:"too_big"`         // larger than the target takes
		OutOfTime      int64 `json:"out_of_time"`     // older, or further ahead, than it takes
	} `json:"events"`
	Bytes  int64            `json:"bytes"`  // of bodies, as sent, with retries
	Status map[string]int64 `json:"status"` // answers by status, or the kind of failure
}

// lateAfter is how long after its time a request counts as late.
const lateAfter = 100 * time.Millisecond

// A Measure counts and times. It is safe for concurrent use.
type Measure struct {
	mu       sync.Mutex
	counts   Counts
	response *hdrhistogram.Histogram // from when a request was due to its last answer, µs
	service  *hdrhistogram.Histogram // from when a try was made to its answer, µs
	began    time.Time               // when the stream began; zero: not yet
	ended    time.Time               // when it ended; zero: not yet
	unpaced  bool                    // there are no intended times: response times are of tries
	why      string                  // the target refused something, in its words
	simTime  atomic.Int64            // of the last event fed
}

// longest is the longest time that a histogram can hold.
const longest = time.Hour

// NewMeasure returns a measure of a stream that goes at a pace.
func NewMeasure(p Pace) *Measure {
	h := func() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest.Microseconds(), 3) }
	return &Measure{response: h(), service: h(), unpaced: p == Max, counts: Counts{
		Status: make(map[string]int64)}}
}

// elapsed is how long the stream has been running.
func (m *Measure) elapsed() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.began.IsZero() {
		return 0
	}
	return time.Since(m.began)
}

// start returns how long ago the stream began: at the given time, or if that is zero with the first
// call.
func (m *Measure) start(at time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.began.IsZero() {
		m.began = at
		if at.IsZero() {
			m.began = time.Now()
		}
	}
	return time.Since(m.began)
}

// clock returns when what is due is due by the clock, as far as that is known: now, if there is no
// pace.
func (m *Measure) clock(due time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unpaced || m.began.IsZero() {
		return time.Now().Add(due)
	}
	return m.began.Add(due)
}

// end takes down that the last answer has come.
func (m *Measure) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = time.Now()
}

// fed takes down the simulated time at which the stream is.
func (m *Measure) fed(micros int64) { m.simTime.Store(micros) }

// due takes down that the time of a request has come.
func (m *Measure) due(r *Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &m.counts
	if !r.empty() {
		c.Requests.Due++
	}
	c.Events.Due += int64(len(r.IDs))
	c.Events.Skipped += int64(len(r.Skipped))
	c.Events.TooBig += int64(len(r.TooBig))
	c.Events.OutOfTime += r.outOfTime
}

// tried takes down one try and how long it took.
func (m *Measure) tried(r *Request, v *verdict, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &m.counts
	c.Status[v.name]++
	c.Bytes += int64(len(r.packed))
	if r.attempts > 1 || r.part {
		c.Requests.Retried++
	} else {
		c.Requests.Sent++
		c.Events.Sent += int64(len(r.IDs))
		if r.began.Sub(m.began)-r.Due > lateAfter && !m.unpaced {
			c.Requests.Late++
		}
	}
	record(m.service, took)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d, time.Microsecond), longest).Microseconds()) // in its range
}

// split takes down that a request was cut in two.
func (m *Measure) split() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.Requests.Split++
}

// settled takes down what became of a request.
func (m *Measure) settled(r *Request, x *Settlement) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &m.counts
	n := int64(len(r.IDs))
	if n == 0 {
		return
	}
	rejected := int64(len(x.Answer.Rejected))
	c.Events.Accepted += int64(x.Answer.Accepted)
	c.Events.Rejected += rejected
	switch rest := n - rejected - int64(x.Answer.Accepted); x.Rest {
	case Rejected:
		c.Events.Rejected += rest
	case Dropped:
		c.Events.Dropped += rest
	default:
		c.Events.Uncertain += rest
	}
	if x.MaybeDuplicate {
		c.Events.MaybeDuplicate += int64(x.Answer.Accepted)
	}
	switch {
	case x.HTTP:
		c.Requests.Accepted++
	case x.Rest == Rejected:
		c.Requests.Rejected++
	default:
		c.Requests.Dropped++
	}
	if m.why == "" && rejected > 0 {
		m.why = x.Answer.Why
	}
	if x.Attempts > 0 {
		from := m.began.Add(r.Due)
		if m.unpaced {
			from = r.began
		}
		record(m.response, x.Time.Sub(from))
	}
}

// Counts returns what became of the stream so far.
func (m *Measure) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.counts
	c.Status = maps.Clone(c.Status)
	return c
}
