package serve

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the Prometheus metrics of a server.
type metrics struct {
	registry *prometheus.Registry
	readers  prometheus.Gauge       // at present
	ended    *prometheus.CounterVec // by reason
	refused  *prometheus.CounterVec // by reason
	events   prometheus.Counter
	late     prometheus.Counter
	bytes    prometheus.Counter
}

// Reasons for which streams end.
const (
	endComplete = "complete" // the scenario has no more events
	endLimit    = "limit"    // the reader has as many events as it asked for
	endLeft     = "left"     // the reader closed the connection
	endSlow     = "slow"     // the reader took nothing for too long
	endStopped  = "stopped"  // the server stopped
	endFailed   = "failed"   // the simulation failed
	endNoEvent  = "no event" // the event to go on from does not exist
)

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		readers: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "percorso_readers", Help: "Readers of events there are now."}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "percorso_readers_ended_total", Help: "Readers that have ended, by why."},
			[]string{"reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "percorso_refused_total", Help: "Requests that were refused, by why."},
			[]string{"reason"}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "percorso_events_sent_total", Help: "Events written to readers."}),
		late: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "percorso_events_late_total",
			Help: "Events written more than a second after they were due."}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "percorso_bytes_sent_total", Help: "Bytes of events written to readers."}),
	}
	m.registry.MustRegister(m.readers, m.ended, m.refused, m.events, m.late, m.bytes,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, why := range []string{endComplete, endLimit, endLeft, endSlow, endStopped, endFailed} {
		m.ended.WithLabelValues(why)
	}
	for _, why := range []string{"token", "host", "request", "places"} {
		m.refused.WithLabelValues(why)
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
