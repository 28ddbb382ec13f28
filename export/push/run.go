package push

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// Options say what to send where and how. All are needed unless their comment says otherwise.
type Options struct {
	World     *model.World
	Wire      *dialect.Wire
	Target    *url.URL
	Transport http.RoundTripper // must tell an httptrace.ClientTrace what it has written
	Header    http.Header       // of every request, besides the dialect's; may be nil

	Pace       pace.Pace
	PerRequest bool          // the pace is of requests, each with Batch events
	Batch      int           // events in a request, at most
	Linger     time.Duration // how long a request waits to be full, after its first event was due
	From       int64         // events before it are no part of the stream, µs since 1970
	Began      time.Time     // when the schedule begins; zero: with the first request
	Duration   time.Duration // 0: no end
	Events     int64         // 0: no end; less: none

	Connections  int           // requests under way at the same time, at most
	Buffer       int64         // bytes of bodies that wait for an answer, at most
	Timeout      time.Duration // of one try
	RetryFor     time.Duration // how long a failing request, or a dead target, is retried
	Grace        time.Duration // how long a stream that is stopped goes on to wait for answers
	MaxLag       time.Duration // later than this is dropped instead of sent; 0: sent late
	Compress     string        // one of Codecs; empty: not
	IgnoreLimits bool          // also send what exceeds the limits of the dialect
	Credentials  string        // advice for people whom the target refuses; may be empty
	Secrets      []string      // what is hidden when the target repeats it; may be nil

	// Names are the names of options in errors, by the field here or in Link; an option without one
	// is called by that field. May be nil.
	Names map[string]string

	Ledger Ledger // takes down what becomes of every event; may be nil
	Past   Past   // what an earlier run of the stream has done; may be nil
}

// name is what an error calls an option.
func (o *Options) name(option string) string { return cmp.Or(o.Names[option], option) }

// Codecs returns the names of what can compress bodies, as Content-Encoding has them.
func Codecs() []string { return []string{"gzip", "zstd"} }

// Check returns an error if an option has a value with which nothing can be sent. Which of those
// that are needed are missing it does not say. Run and Print call it.
func (o *Options) Check() error {
	if codecs := Codecs(); o.Compress != "" && !slices.Contains(codecs, o.Compress) {
		return fmt.Errorf("%s: %s", o.name("Compress"),
			table.Unknown("codec", o.Compress, codecs))
	}
	for _, x := range []struct {
		option string
		value  int64
	}{{"Connections", int64(o.Connections)}, {"Batch", int64(o.Batch)}, {"Buffer", o.Buffer}} {
		if x.value < 1 {
			return fmt.Errorf("%s %d: want a whole number from 1", o.name(x.option), x.value)
		}
	}
	if o.Linger < 0 {
		return fmt.Errorf("%s %v: want a time from 0", o.name("Linger"), o.Linger)
	}
	return nil
}

// A Ledger takes down what becomes of requests. Calls may come at the same time.
type Ledger interface {
	// Sending is called before a request is tried first. After an error it is not sent.
	Sending(r *Request) error
	// Settled is called when it is known what became of a request, or never will be.
	Settled(r *Request, s *Settlement) error
}

// A Past is what an earlier run of the same stream has done, by the position of events.
type Past interface {
	Settled(position int64) bool  // what became of it is known: it is not sent again
	Doubtful(position int64) bool // it may have arrived
}

type noPast struct{}

func (noPast) Settled(int64) bool  { return false }
func (noPast) Doubtful(int64) bool { return false }

// queued is how many requests are made ahead, at most.
const queued = 4096

// Run streams what live simulates until it ends, the stream has all it shall have, or ctx is done;
// then it waits for the answers that are still missing. live gets a sink that takes batches by day.
// Options that cannot be are an error before anything is simulated, see Options.Check. The measure
// is complete whatever the error. The error of an interrupted run is that of ctx; a run that came
// to its end fails with an UndeliveredError if events were refused or given up, and if the target
// accepted none at all.
func Run(ctx context.Context, live func(context.Context, table.Sink) error, m *Measure,
	opt Options) error {
	if err := opt.Check(); err != nil {
		return err
	}
	if opt.Past == nil {
		opt.Past = noPast{}
	}
	queue := make(chan *Request, queued)
	making, stop := context.WithCancelCause(ctx) // of requests
	defer stop(nil)
	trying, abandon := context.WithCancel(context.WithoutCancel(ctx)) // to send them
	defer abandon()
	s := &sender{
		opt: &opt, measure: m, packer: newPacker(&opt), queue: queue,
		room:  semaphore.NewWeighted(opt.Buffer),
		ready: make(chan *Request, opt.Connections), // so that none has to wait for the dispatcher
		again: make(chan *Request), idle: make(chan struct{}),
		ctx: ctx, making: making, stop: stop, trying: trying,
	}
	s.health.retryFor, s.health.name = opt.RetryFor, opt.name
	f := &feed{opt: &opt, wire: opt.Wire, day: dialect.NewDay(opt.World), ctx: making, out: queue,
		room: s.room, measure: m, past: opt.Past, held: &s.held}

	var group sync.WaitGroup
	group.Go(func() {
		if err := f.fill(live); err != nil {
			stop(err)
		}
	})
	group.Go(s.dispatch)
	for range opt.Connections {
		group.Go(s.work)
	}
	ended := make(chan struct{})
	go func() { // what is under way may end
		select {
		case <-making.Done():
			s.sleep(opt.Grace)
			abandon()
		case <-ended:
		}
	}()
	group.Wait()
	close(ended)
	abandon()
	m.end()
	if idle, ok := opt.Transport.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
	if making.Err() != nil {
		return context.Cause(making)
	}
	counts := m.Counts()
	return s.health.shortfall(&counts)
}
