package push

import (
	"maps"
	"sync"
	"time"

	"github.com/percorso/percorso/export/pace"
)

// Counts are the outcomes of a stream so far. A request counts as sent at its first attempt and as
// retried at each later one. A target may accept a request and reject some of its events: the
// status is counted by request, the body by event. When all is settled, the requests that were due
// plus the splits equal those accepted, rejected and dropped.
type Counts struct {
	Requests struct {
		Due      int64 `json:"due"`      // that have become due
		Sent     int64 `json:"sent"`     // attempted at least once
		Late     int64 `json:"late"`     // of those sent: later than LateAfter
		Retried  int64 `json:"retried"`  // attempts after the first
		Split    int64 `json:"split"`    // cut in two, because they were too large for the target
		Accepted int64 `json:"accepted"` // answered with a status of success
		Rejected int64 `json:"rejected"` // answered with a final refusal
		Dropped  int64 `json:"dropped"`  // not sent in time, or given up
	} `json:"requests"`
	Events struct {
		Due            int64 `json:"due"`
		Sent           int64 `json:"sent"`
		HTTPAccepted   int64 `json:"http_accepted"` // of requests whose status says success
		Accepted       int64 `json:"accepted"`      // whose status and body say success
		Rejected       int64 `json:"rejected"`
		Dropped        int64 `json:"dropped"`
		Uncertain      int64 `json:"uncertain"`       // sent; it is not known whether they arrived
		MaybeDuplicate int64 `json:"maybe_duplicate"` // accepted after an answer had been lost
		Skipped        int64 `json:"skipped"`         // the dialect has no form for them
		TooBig         int64 `json:"too_big"`         // larger than the target accepts
		OutOfTime      int64 `json:"out_of_time"`     // older, or further ahead, than the target accepts
	} `json:"events"`
	Bytes  int64            `json:"bytes"`  // of bodies that may have reached the target, each time
	Status map[string]int64 `json:"status"` // attempts by status of the answer, or kind of failure
	Drops  map[string]int64 `json:"drops"`  // dropped events by the last answer or failure
}

// LateAfter is the delay from which on a request counts as late.
const LateAfter = 100 * time.Millisecond

// keptSeconds is the largest number of seconds kept for the report: the last six hours.
const keptSeconds = 6 * 3600

// A Measure counts and times. It is safe for concurrent use.
//
// Every request that was due has a response time. One that was never answered counts with the time
// until it was given up, which is the least it would have taken: a report without these would look
// better the worse the target is.
type Measure struct {
	mu       sync.Mutex
	counts   Counts
	response timing        // from when a request was due to its last answer
	service  timing        // from the start of an attempt to its answer
	began    time.Time     // when the stream began; zero: not yet
	ended    time.Time     // when it ended; zero: not yet
	unpaced  bool          // there are no intended times: response times are of attempts
	flying   int64         // attempts under way
	resting  int64         // requests that failed and wait for another attempt
	next     time.Duration // when the request is due that is waited for; 0: none is
	beyond   time.Duration // when the first event would be due that came too late
	late     int64         // when that happened, µs since 1970; 0: not known
	begun    int64         // requests that were due and have been attempted, or never will be
	why      string        // why the target refused something, in its own words
	failed   int64         // failed attempts in this second
	trouble  string        // what the last of them came to
	schedule schedule
	before   Counts   // at the end of the last second
	looked   float64  // when that was
	seconds  []Second // that have ended
}

// A schedule is when requests were due and when they were sent, since the stream began.
type schedule struct {
	head                   int64 // events of the first request
	due, lastDue, lastSent time.Duration
	from, to               int64 // simulated time of the first and the last event, µs since 1970
}

// NewMeasure returns a measure of a stream at a pace.
func NewMeasure(p pace.Pace) *Measure {
	return &Measure{
		unpaced: p == pace.Max, response: newTiming(), service: newTiming(),
		counts: Counts{Status: make(map[string]int64), Drops: make(map[string]int64)},
	}
}

// elapsed is how long the stream has been running.
func (m *Measure) elapsed() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.since()
}

// since is how long ago the stream began.
func (m *Measure) since() time.Duration {
	switch {
	case m.began.IsZero():
		return 0
	case !m.ended.IsZero():
		return m.ended.Sub(m.began)
	}
	return time.Since(m.began)
}

// start returns how long ago the stream began: at the given time or, if that is zero, with the
// first call.
func (m *Measure) start(at time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.began.IsZero() {
		m.began = at
		if at.IsZero() {
			m.began = time.Now()
		}
		m.looked = time.Since(m.began).Seconds()
	}
	return time.Since(m.began)
}

// clock returns the clock time of a due time: now, if there is no pace.
func (m *Measure) clock(due time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unpaced || m.began.IsZero() {
		return time.Now().Add(due)
	}
	return m.began.Add(due)
}

// end records that the last answer has come.
func (m *Measure) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = time.Now()
}

// due records that the time of a request has come.
func (m *Measure) due(r *Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, s := &m.counts, &m.schedule
	c.Events.Skipped += int64(len(r.Skipped))
	c.Events.TooBig += int64(len(r.TooBig))
	c.Events.OutOfTime += r.outOfTime
	if m.next = 0; r.Empty() {
		return
	}
	if c.Requests.Due == 0 {
		s.head, s.due, s.from = int64(len(r.IDs)), r.Due, r.Times[0]
	}
	s.lastDue, s.to = r.Due, r.Times[len(r.Times)-1]
	c.Requests.Due++
	c.Events.Due += int64(len(r.IDs))
}

// awaits records that the next request is due only later.
func (m *Measure) awaits(due time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = due
}

// misses records that the next event, which happened at a time, would only be due after the end of
// the stream.
func (m *Measure) misses(due time.Duration, at int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.beyond, m.late = due, at
}

// rests records that a request begins to wait for another attempt, or with -1 that it ends to.
func (m *Measure) rests(more int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.resting += more
}

// attempting records that an attempt begins.
func (m *Measure) attempting(r *Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flying++
	if r.attempts == 1 && !r.part {
		m.begun++
	}
}

// behind is how long the request has been waiting that is due and that no sender is free for.
func (m *Measure) behind() time.Duration {
	if m.unpaced || m.begun == m.counts.Requests.Due {
		return 0
	}
	return max(0, m.since()-m.schedule.lastDue)
}

// attempted records one attempt and how long it took.
func (m *Measure) attempted(r *Request, v *verdict, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &m.counts
	m.flying--
	m.service.record(took)
	c.Status[v.name]++
	if !v.answered || !success(v.status) {
		m.failed, m.trouble = m.failed+1, v.name
	}
	if v.answered || v.lost { // else nothing was written
		c.Bytes += int64(len(r.packed))
	}
	if r.attempts > 1 || r.part {
		c.Requests.Retried++
		return
	}
	c.Requests.Sent++
	c.Events.Sent += int64(len(r.IDs))
	sent := r.began.Sub(m.began)
	m.schedule.lastSent = max(m.schedule.lastSent, sent)
	if sent-r.Due > LateAfter && !m.unpaced {
		c.Requests.Late++
	}
}

// split records that a request was cut in two.
func (m *Measure) split() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.Requests.Split++
}

// settled records the outcome of a request.
func (m *Measure) settled(r *Request, x *Settlement) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Empty() {
		return
	}
	if x.Attempts == 0 && !r.part {
		m.begun++
	}
	m.settleEvents(len(r.IDs), x)
	c := &m.counts.Requests
	switch {
	case x.HTTP:
		c.Accepted++
	case x.Rest == Rejected:
		c.Rejected++
	default:
		c.Dropped++
	}
	if m.why == "" {
		m.why = x.Answer.Why
	}
	from := m.began.Add(r.Due)
	if m.unpaced {
		if x.Attempts == 0 {
			return
		}
		from = r.began
	}
	m.response.record(x.Time.Sub(from))
}

// settleEvents records the outcome of the events of a request.
func (m *Measure) settleEvents(events int, x *Settlement) {
	c := &m.counts.Events
	accepted, rejected := int64(x.Answer.Accepted), int64(len(x.Answer.Rejected))
	c.Accepted += accepted
	c.Rejected += rejected
	if x.HTTP {
		c.HTTPAccepted += int64(events)
	}
	if x.MaybeDuplicate {
		c.MaybeDuplicate += accepted
	}
	rest := int64(events) - rejected - accepted
	if rest <= 0 {
		return
	}
	switch x.Rest {
	case Rejected:
		c.Rejected += rest
	case Dropped:
		c.Dropped += rest
		why := x.Status
		if why == "" {
			why = "stopped"
		}
		m.counts.Drops[why] += rest
	default:
		c.Uncertain += rest
	}
}

// Counts returns the counts so far.
func (m *Measure) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts.clone()
}

func (c *Counts) clone() Counts {
	n := *c
	n.Status, n.Drops = maps.Clone(c.Status), maps.Clone(c.Drops)
	return n
}
