package push

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Collector exposes a measure to Prometheus. A scrape sees one moment of it.
type Collector struct {
	measure *Measure
	counts  []countDesc
	answers *prometheus.Desc
	gauges  []gaugeDesc
	timings []timingDesc
}

type countDesc struct {
	desc *prometheus.Desc
	get  func(*Counts) int64
}

type gaugeDesc struct {
	desc *prometheus.Desc
	get  func(*Measure) float64
}

type timingDesc struct {
	desc *prometheus.Desc
	get  func(*Measure) *timing
}

// metric describes a metric of streams.
func metric(name, doc string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("percorso_stream_"+name, doc, labels, nil)
}

// NewCollector returns a collector of a measure.
func NewCollector(m *Measure) *Collector {
	return &Collector{
		measure: m, counts: countDescs(),
		answers: metric("answers_total",
			"Attempts by the status of the response, or the kind of failure.", "status"),
		gauges: []gaugeDesc{
			{metric("requests_in_flight", "Requests in flight."),
				func(m *Measure) float64 { return float64(m.flying) }},
			{metric("behind_seconds", "How long the oldest due request has been waiting to be sent."),
				func(m *Measure) float64 { return m.behind().Seconds() }},
			{metric("simulated_timestamp_seconds", "Simulated time of the last due event."),
				func(m *Measure) float64 { return float64(m.schedule.to) / 1e6 }},
			{metric("elapsed_seconds", "How long the stream has been running."),
				func(m *Measure) float64 { return m.since().Seconds() }},
		},
		timings: []timingDesc{
			{metric("response_seconds", "From when a request was due to its last response."),
				func(m *Measure) *timing { return &m.response }},
			{metric("service_seconds", "From sending an attempt to its response."),
				func(m *Measure) *timing { return &m.service }},
		},
	}
}

// countDescs are the metrics that are counts.
func countDescs() []countDesc {
	return []countDesc{
		{metric("requests_due_total", "Requests that have become due."),
			func(c *Counts) int64 { return c.Requests.Due }},
		{metric("requests_sent_total", "Requests that were sent."),
			func(c *Counts) int64 { return c.Requests.Sent }},
		{metric("requests_late_total", "Requests sent more than 100 ms after they were due."),
			func(c *Counts) int64 { return c.Requests.Late }},
		{metric("requests_retried_total", "Attempts after the first of a request."),
			func(c *Counts) int64 { return c.Requests.Retried }},
		{metric("requests_accepted_total", "Requests answered with a status of success."),
			func(c *Counts) int64 { return c.Requests.Accepted }},
		{metric("requests_rejected_total", "Requests answered with a status of refusal."),
			func(c *Counts) int64 { return c.Requests.Rejected }},
		{metric("requests_dropped_total", "Requests not sent in time, or given up."),
			func(c *Counts) int64 { return c.Requests.Dropped }},
		{metric("events_due_total", "Events that have become due."),
			func(c *Counts) int64 { return c.Events.Due }},
		{metric("events_sent_total", "Events that were sent."),
			func(c *Counts) int64 { return c.Events.Sent }},
		{metric("events_http_accepted_total", "Events of requests answered with a status of success."),
			func(c *Counts) int64 { return c.Events.HTTPAccepted }},
		{metric("events_accepted_total", "Events that the target says it accepted."),
			func(c *Counts) int64 { return c.Events.Accepted }},
		{metric("events_rejected_total", "Events that the target says it refused."),
			func(c *Counts) int64 { return c.Events.Rejected }},
		{metric("events_dropped_total", "Events not sent in time, or given up."),
			func(c *Counts) int64 { return c.Events.Dropped }},
		{metric("events_uncertain_total", "Events sent of which it is not known whether they arrived."),
			func(c *Counts) int64 { return c.Events.Uncertain }},
		{metric("events_maybe_duplicate_total", "Events accepted after a lost response."),
			func(c *Counts) int64 { return c.Events.MaybeDuplicate }},
		{metric("events_skipped_total", "Events that the dialect does not have."),
			func(c *Counts) int64 { return c.Events.Skipped }},
		{metric("events_too_big_total", "Events larger than the target accepts; not sent."),
			func(c *Counts) int64 { return c.Events.TooBig }},
		{metric("events_out_of_time_total", "Events older or later than the target accepts."),
			func(c *Counts) int64 { return c.Events.OutOfTime }},
		{metric("sent_bytes_total", "Bytes of request bodies as sent, with retries."),
			func(c *Counts) int64 { return c.Bytes }},
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.counts {
		to <- d.desc
	}
	for _, d := range c.gauges {
		to <- d.desc
	}
	for _, d := range c.timings {
		to <- d.desc
	}
	to <- c.answers
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	for _, m := range c.snapshot() {
		to <- m
	}
}

// snapshot returns all metrics of one moment.
func (c *Collector) snapshot() []prometheus.Metric {
	m := c.measure
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []prometheus.Metric
	for _, d := range c.counts {
		all = append(all, prometheus.MustNewConstMetric(d.desc, prometheus.CounterValue,
			float64(d.get(&m.counts))))
	}
	for status, n := range m.counts.Status {
		all = append(all, prometheus.MustNewConstMetric(c.answers, prometheus.CounterValue,
			float64(n), status))
	}
	for _, d := range c.gauges {
		all = append(all, prometheus.MustNewConstMetric(d.desc, prometheus.GaugeValue, d.get(m)))
	}
	for _, d := range c.timings {
		count, sum, buckets := d.get(m).classic()
		all = append(all, prometheus.MustNewConstHistogram(d.desc, count, sum, buckets))
	}
	return all
}

// classic returns a timing as a Prometheus histogram, in seconds: the count, the sum, and the
// cumulative count of each bucket.
func (t *timing) classic() (count uint64, sum float64, buckets map[float64]uint64) {
	buckets = make(map[float64]uint64, len(bounds))
	for i, bound := range bounds {
		count += t.buckets[i]
		buckets[bound.Seconds()] = count
	}
	return count + t.buckets[len(bounds)], float64(t.total) / float64(time.Second), buckets
}
