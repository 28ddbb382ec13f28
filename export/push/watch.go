package push

import (
	"context"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Second is what happened in about one second of a stream.
type Second struct {
	At        float64   `json:"at_s"`                       // when it ended, since the stream began
	Length    float64   `json:"seconds"`                    // how long it was
	Simulated time.Time `json:"simulated"`                  // of the last event that was due
	InFlight  int64     `json:"in_flight"`                  // attempts under way at its end
	Behind    float64   `json:"behind_s"`                   // since the oldest unsent request was due
	Resting   int64     `json:"waiting_to_retry,omitempty"` // requests that failed, at its end
	NextDue   float64   `json:"next_due_s,omitempty"`       // until a request is due; 0: not known
	Requests  Flow      `json:"requests"`
	Events    Flow      `json:"events"`
	Late      int64     `json:"late"`                   // requests
	Retried   int64     `json:"retried"`                // attempts
	Failed    int64     `json:"failed_tries,omitempty"` // including those that were retried later
	Trouble   string    `json:"trouble,omitempty"`      // result of the last of them, as in status
	Bytes     int64     `json:"bytes"`
	Response  Latency   `json:"response_ms"` // of requests that were settled in it
	Service   Latency   `json:"service_ms"`  // of attempts that ended in it
}

// A Flow is how many requests or events passed each stage.
type Flow struct {
	Due       int64 `json:"due"`
	Sent      int64 `json:"sent"`
	Accepted  int64 `json:"accepted"`
	Rejected  int64 `json:"rejected"`
	Dropped   int64 `json:"dropped"`
	Uncertain int64 `json:"uncertain,omitempty"` // events only
}

// Failed is the number that did not arrive, or may not have.
func (f *Flow) Failed() int64 { return f.Rejected + f.Dropped + f.Uncertain }

// A Watcher follows a stream. Calls come one at a time.
type Watcher interface {
	// Look is called after each second. The histograms, in ns, are valid until it returns.
	Look(s *Second, response, service *hdrhistogram.Histogram)
	// Waiting is called instead as long as no request was due.
	Waiting()
}

// Watch records what happens in each second for the report, and tells w, until ctx is done.
func (m *Measure) Watch(ctx context.Context, w Watcher) {
	response, service := newHistogram(), newHistogram()
	look := func() {
		response.Reset()
		service.Reset()
		s := m.second(&response, &service)
		if s == nil {
			w.Waiting()
			return
		}
		s.Response, s.Service = latencyOf(response), latencyOf(service)
		m.keep(s)
		w.Look(s, response, service)
	}
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			look()
			pause := time.Second - m.elapsed()%time.Second
			if pause < time.Second/2 { // the stream has just begun
				pause += time.Second
			}
			timer.Reset(pause)
		case <-ctx.Done():
			look() // for what is left
			return
		}
	}
}

// second ends the current second. The histograms given are empty and are exchanged for those of
// that second. Before the stream begins there is no second and it returns nil.
func (m *Measure) second(response, service **hdrhistogram.Histogram) *Second {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.began.IsZero() {
		return nil
	}
	now, was := &m.counts, &m.before
	at := m.since().Seconds()
	s := &Second{
		At: at, Length: at - m.looked, InFlight: m.flying, Behind: m.behind().Seconds(),
		Resting: m.resting, NextDue: m.untilNext().Seconds(),
		Simulated: simulated(m.schedule.to),
		Late:      now.Requests.Late - was.Requests.Late,
		Retried:   now.Requests.Retried - was.Requests.Retried,
		Failed:    m.failed,
		Trouble:   m.trouble,
		Bytes:     now.Bytes - was.Bytes,
		Requests: Flow{
			Due:      now.Requests.Due - was.Requests.Due,
			Sent:     now.Requests.Sent - was.Requests.Sent,
			Accepted: now.Requests.Accepted - was.Requests.Accepted,
			Rejected: now.Requests.Rejected - was.Requests.Rejected,
			Dropped:  now.Requests.Dropped - was.Requests.Dropped,
		},
		Events: Flow{
			Due:       now.Events.Due - was.Events.Due,
			Sent:      now.Events.Sent - was.Events.Sent,
			Accepted:  now.Events.Accepted - was.Events.Accepted,
			Rejected:  now.Events.Rejected - was.Events.Rejected,
			Dropped:   now.Events.Dropped - was.Events.Dropped,
			Uncertain: now.Events.Uncertain - was.Events.Uncertain,
		},
	}
	*response, *service = m.response.look(*response), m.service.look(*service)
	m.before, m.looked, m.failed, m.trouble = *now, at, 0, ""
	return s
}

// untilNext is how long it is until a request is due; 0 if that is not known. One that is due at
// this moment is waited for, too. m.mu is held.
func (m *Measure) untilNext() time.Duration {
	if m.next == 0 {
		return 0
	}
	return max(m.next-m.since(), time.Millisecond)
}

// keep keeps a second for the report.
func (m *Measure) keep(s *Second) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.seconds) == keptSeconds {
		m.seconds = append(m.seconds[:0], m.seconds[1:]...)
	}
	m.seconds = append(m.seconds, *s)
}

// simulated converts a time of events, µs since 1970; zero if there was none.
func simulated(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
