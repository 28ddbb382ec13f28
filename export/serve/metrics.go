package serve

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what a server tells Prometheus.
type metrics struct {
	registry *prometheus.Registry
	clients  prometheus.Gauge       // connected now
	ended    *prometheus.CounterVec // by reason
	refused  *prometheus.CounterVec // by reason
	events   prometheus.Counter
	late     prometheus.Counter
	bytes    prometheus.Counter
}

// Why clients end.
const (
	endComplete = "complete" // the scenario has no more events
	endLimit    = "limit"    // it has as many as it asked for
	endLeft     = "left"     // it closed the connection
	endSlow     = "slow"     // it took nothing for too long
	endStopped  = "stopped"  // the server stopped
	endFailed   = "failed"   // the simulation failed
	endNoEvent  = "no event" // the event to go on from does not exist
)

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		clients: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "percorso_clients", Help: "Clients connected now."}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "percorso_clients_ended_total", Help: "Clients that have ended, by reason."},
			[]string{"reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "percorso_refused_total", Help: "Requests refused, by reason."},
			[]string{"reason"}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "percorso_events_sent_total", Help: "Events sent to clients."}),
		late: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "percorso_events_late_total",
			Help: "Events sent more than a second after they were due."}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "percorso_bytes_sent_total", Help: "Bytes of events sent to clients."}),
	}
	m.registry.MustRegister(m.clients, m.ended, m.refused, m.events, m.late, m.bytes,
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
