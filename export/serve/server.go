package serve

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// Options say what is served, and to whom. All are required unless their comment says otherwise.
type Options struct {
	World *model.World
	// Smaller returns the same scenario with its first customers only.
	Smaller func(customers int) (*model.World, error)
	// Live simulates a world day by day, without output before a day, until sink returns an error.
	Live func(ctx context.Context, w *model.World, from int, sink table.Sink) error
	// EventDay returns the person and the day of an event id; ok is false if no event can have it.
	EventDay func(w *model.World, id int64) (person, day int, ok bool)

	Token       string        // that clients must send; empty: none
	MaxClients  int           // how many may be connected at once
	IdleTimeout time.Duration // how long a client may take nothing before it is disconnected
	MaxRate     pace.Rate     // of events for each client, at most; 0: no limit
	Log         *log.Logger   // of errors
}

// The limits of a connection.
const (
	maxHeader  = 16 << 10         // bytes of a request
	headerTime = 10 * time.Second // to send it
	idleTime   = 2 * time.Minute  // between two requests

	grace    = 5 * time.Second        // for clients to hear that the server stops
	farewell = 200 * time.Millisecond // for all others, after that
)

// errStopped ends clients when the server stops.
var errStopped = errors.New("the server is stopping")

// A Server answers requests for events.
type Server struct {
	opt     *Options
	places  chan struct{} // one for each client there may be
	metrics *metrics
	handler http.Handler

	mu      sync.Mutex
	stopped bool
	clients sync.WaitGroup
}

// New returns a server that does not listen yet.
func New(opt Options) *Server {
	if opt.MaxRate == 0 {
		opt.MaxRate = pace.Max
	}
	s := &Server{opt: &opt, places: make(chan struct{}, opt.MaxClients), metrics: newMetrics()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /v1/events", s.events)
	mux.HandleFunc("GET /v1/schema", s.schema)
	mux.HandleFunc("GET /v1/scenario", s.scenario)
	mux.HandleFunc("GET /v1/dialects", s.dialects)
	mux.HandleFunc("GET /healthz", health)
	mux.Handle("GET /metrics", s.metrics.handler())
	s.handler = s.guard(explained(mux))
	return s
}

// Serve answers requests until ctx is done. Clients are told that it ends.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	living, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	server := &http.Server{
		Handler: s.handler, ErrorLog: s.opt.Log, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, // writes have their own deadlines
		BaseContext: func(net.Listener) context.Context { return living },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		stop(errStopped)
		s.waitForClients()
		return err
	case <-ctx.Done():
	}
	stop(errStopped)
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	go func() { // connections open by then have not asked for anything
		s.waitForClients()
		time.AfterFunc(farewell, cancel)
	}()
	if server.Shutdown(patience) != nil {
		server.Close() // readers that take nothing are not told
	}
	<-ended
	s.waitForClients()
	return nil
}

// enter takes a place for a client; false if all are taken. Each has to leave again.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	select {
	case s.places <- struct{}{}:
	default:
		return false
	}
	s.clients.Add(1)
	s.metrics.clients.Inc()
	return true
}

func (s *Server) leave() {
	<-s.places
	s.metrics.clients.Dec()
	s.clients.Done()
}

// waitForClients lets nobody in any more and returns when nothing is simulated.
func (s *Server) waitForClients() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.clients.Wait()
}
