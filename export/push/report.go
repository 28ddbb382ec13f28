package push

import (
	"io"
	"math"
	"net/url"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/percorso/percorso/export/format"
)

// A Report is the result of a stream, for machines to read. The unit of a time is in its name;
// fields keep their names and meaning from release to release.
type Report struct {
	Release  string `json:"release"`
	Scenario string `json:"scenario"`
	Seed     uint64 `json:"seed"`
	Dialect  string `json:"dialect"`
	Target   string `json:"target"`            // without secrets
	Pace     string `json:"pace"`              // as requested
	Unpaced  bool   `json:"unpaced,omitempty"` // as fast as possible: no event had a due time

	Started       time.Time `json:"started"` // when the first request was due
	Ended         time.Time `json:"ended"`   // when the last answer had come
	Seconds       float64   `json:"seconds"` // between them
	SimulatedFrom time.Time `json:"simulated_from"`
	SimulatedTo   time.Time `json:"simulated_to"`
	Error         string    `json:"error,omitempty"` // why the stream ended early

	// The first event that came too late for the stream: when it happened and when, since the stream
	// began, it would have been due. Absent if the stream ended otherwise.
	Next    time.Time `json:"next_simulated,omitzero"`
	NextDue float64   `json:"next_due_s,omitempty"`

	Counts
	Rate struct {
		Asked        float64 `json:"asked"` // events/s by the schedule; 0: as fast as possible
		Held         float64 `json:"held"`  // events/s that were sent
		RequestsHeld float64 `json:"requests_held"`
		Accepted     float64 `json:"accepted"` // events/s
	} `json:"rate"`
	Response Latency `json:"response_ms"` // from the intended time to the last answer
	Service  Latency `json:"service_ms"`  // from the actual start of an attempt to its answer
	Why      string  `json:"rejected_why,omitempty"`

	Thresholds []Finding `json:"thresholds,omitempty"`
	PerSecond  []Second  `json:"per_second"`
}

// Report returns the result of the stream. What the measure does not know is left empty.
func (m *Measure) Report() *Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &Report{
		Counts: m.counts.clone(), Started: m.began, Ended: m.ended, Seconds: m.since().Seconds(),
		SimulatedFrom: simulated(m.schedule.from), SimulatedTo: simulated(m.schedule.to),
		Response: latencyOf(m.response.all), Service: latencyOf(m.service.all), Why: m.why,
		Next: simulated(m.late), NextDue: m.beyond.Seconds(),
		PerSecond: append([]Second{}, m.seconds...),
	}
	s, c := &m.schedule, &m.counts
	over := func(n int64, d time.Duration) float64 { // what passed after the first request
		if n <= 0 || d <= 0 {
			return 0
		}
		return math.Round(1000*float64(n)/d.Seconds()) / 1000
	}
	r.Rate.Accepted = over(c.Events.Accepted, m.since())
	if r.Unpaced = m.unpaced; r.Unpaced {
		r.Rate.Held = over(c.Events.Sent, m.since())
		r.Rate.RequestsHeld = over(c.Requests.Sent, m.since())
		return r
	}
	took := max(s.lastDue, s.lastSent) - s.due
	r.Rate.Asked = over(c.Events.Due-s.head, s.lastDue-s.due)
	r.Rate.Held = over(c.Events.Sent-s.head, took)
	r.Rate.RequestsHeld = over(c.Requests.Sent-1, took)
	return r
}

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error { return format.WriteJSON(w, r) }

// WritePercentiles writes the response times as the percentile distribution that plotters of
// HdrHistogram read, in milliseconds.
func (m *Measure) WritePercentiles(w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.response.all.PercentilesPrint(w, 5, float64(time.Millisecond))
	return err
}

// An IntervalLog is a log of HdrHistogram, format 1.3: for each second a histogram with the tag
// response and one with the tag service, in ns.
type IntervalLog struct {
	w   *hdrhistogram.HistogramLogWriter
	err error
}

// NewIntervalLog begins a log with a comment.
func NewIntervalLog(w io.Writer, began time.Time, comment string) *IntervalLog {
	l := &IntervalLog{w: hdrhistogram.NewHistogramLogWriter(w)}
	for _, write := range []func() error{
		func() error { return l.w.OutputComment("[" + comment + "]") },
		l.w.OutputLogFormatVersion,
		func() error { return l.w.OutputStartTime(began.UnixMilli()) },
		l.w.OutputLegend,
	} {
		l.keep(write())
	}
	return l
}

// Add appends the histograms of a second that ends now.
func (l *IntervalLog) Add(s *Second, now time.Time, response, service *hdrhistogram.Histogram) {
	from := now.Add(-time.Duration(s.Length * float64(time.Second)))
	for _, h := range []struct {
		tag string
		*hdrhistogram.Histogram
	}{{"response", response}, {"service", service}} {
		h.SetTag(h.tag)
		h.SetStartTimeMs(from.UnixMilli())
		h.SetEndTimeMs(now.UnixMilli())
		l.keep(l.w.OutputIntervalHistogram(h.Histogram))
	}
}

func (l *IntervalLog) keep(err error) {
	if l.err == nil {
		l.err = err
	}
}

// Err returns the first error there was.
func (l *IntervalLog) Err() error { return l.err }

// Public returns an address without its secrets: user name, password and query.
func Public(target *url.URL) string {
	u := *target
	u.User, u.RawQuery, u.ForceQuery, u.Fragment = nil, "", false, ""
	return u.String()
}
