package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/percorso/percorso/export/push"
)

// A metricsServer serves metrics to Prometheus while a stream runs. A nil one does nothing.
type metricsServer struct {
	http.Server
	at net.Addr
}

// metricsAddress reads where metrics are to be served: HOST:PORT, or a port of this machine.
func metricsAddress(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil && !strings.Contains(text, ":") {
		host, port, err = "", text, nil
	}
	number, wrong := strconv.ParseUint(port, 10, 16)
	if err != nil || wrong != nil {
		return "", misused("--metrics %s: want HOST:PORT, e.g. 127.0.0.1:9100", text)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.FormatUint(number, 10)), nil
}

// serveMetrics begins to serve the metrics of a stream.
func serveMetrics(address string, m *push.Measure) (*metricsServer, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, blame(fmt.Errorf("--metrics %s: %w", address, err))
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(push.NewCollector(m))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	const limit = 10 * time.Second
	s := &metricsServer{at: listener.Addr(), Server: http.Server{
		Handler: mux, ReadHeaderTimeout: limit, WriteTimeout: limit, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10,
	}}
	go s.Serve(listener) // until close
	return s, nil
}

// loopback reports whether only this machine can ask.
func (s *metricsServer) loopback() bool {
	at, err := netip.ParseAddrPort(s.at.String())
	return err == nil && at.Addr().IsLoopback()
}

func (s *metricsServer) String() string {
	text := fmt.Sprintf("metrics at http://%v/metrics", s.at)
	if !s.loopback() {
		text += ", open to everybody who can reach this machine"
	}
	return text
}

// close answers what was asked and ends.
func (s *metricsServer) close() {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.Shutdown(ctx) != nil {
		s.Close()
	}
}
