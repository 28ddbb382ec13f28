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

// Options say what to send where and how. All are required unless their comment says otherwise.
type Options struct {
	World     *model.World
	Wire      *dialect.Wire
	Target    *url.URL
	Transport http.RoundTripper // must tell an httptrace.ClientTrace what it has written
	Header    http.Header       // of every request, besides the dialect's; may be nil

	Pace       pace.Pace
	PerRequest bool          // the pace counts requests, each with Batch events
	Batch      int           // largest number of events in a request
	Linger     time.Duration // how long a request waits to be full, after its first event was due
	From       int64         // µs since 1970; earlier events are not part of the stream
	Began      time.Time     // when the schedule begins; zero: with the first request
	Duration   time.Duration // 0: no end
	Events     int64         // 0: no end; less than 0: none

	Connections  int           // largest number of requests under way at the same time
	Buffer       int64         // largest number of bytes in bodies that wait for an answer
	Timeout      time.Duration // of one attempt
	RetryFor     time.Duration // how long a failing request, or a dead target, is retried
	Grace        time.Duration // how long a stopped stream waits for answers
	MaxLag       time.Duration // later requests are dropped instead of sent; 0: sent late
	Compress     string        // one of Codecs; empty: none
	IgnoreLimits bool          // also send what exceeds the limits of the dialect
	Credentials  string        // advice for people whom the target refuses; may be empty
	Secrets      []string      // what is hidden when the target repeats it; may be nil

	// Names are the names of options in errors, by the field here or in Link; an option without one
	// is called by that field. May be nil.
	Names map[string]string

	Ledger  Ledger  // records the outcome of every event; may be nil
	Resumed Resumed // what an earlier run of the stream has done; may be nil
}

// name returns what an error calls an option.
func (o *Options) name(option string) string { return cmp.Or(o.Names[option], option) }

// Codecs returns the names of the compressions of bodies, as in Content-Encoding.
func Codecs() []string { return []string{"gzip", "zstd"} }

// Check returns an error if an option has an impossible value. It does not check which required
// options are missing. Run and Print call it.
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

// A Ledger records the outcomes of requests. It must be safe for concurrent use.
type Ledger interface {
	// Sending is called before the first attempt of a request. After an error it is not sent.
	Sending(r *Request) error
	// Settled is called when the outcome of a request is final, or known never to be known.
	Settled(r *Request, s *Settlement) error
}

// Resumed is what an earlier run of the same stream has done, by the position of events.
type Resumed interface {
	Settled(position int64) bool   // its outcome is final: it is not sent again
	Uncertain(position int64) bool // it may have arrived
}

type notResumed struct{}

func (notResumed) Settled(int64) bool   { return false }
func (notResumed) Uncertain(int64) bool { return false }

// queued is the largest number of requests made ahead. Recorded ones are read faster than they are
// sent: the fewer wait, the more of them the processor still has at hand.
const (
	queued         = 4096
	queuedRecorded = 64
)

// Run streams what live simulates until it ends, the stream has all it shall have, or ctx is done;
// then it waits for the answers that are still missing. live gets a sink that takes batches by day.
// Options that cannot be are an error before anything is simulated, see Options.Check. The measure
// is complete whatever the error. The error of an interrupted run is that of ctx; a run that came
// to its end fails with an UndeliveredError if events were refused or given up, and if the target
// accepted none at all.
func Run(ctx context.Context, live func(context.Context, table.Sink) error, m *Measure,
	opt Options) error {
	return transmit(ctx, func(f *feed) error { return f.fill(live) }, queued, m, opt)
}

// transmit sends the requests that fill gives a feed, of which at most some wait to be due.
func transmit(ctx context.Context, fill func(*feed) error, ahead int, m *Measure,
	opt Options) error {
	if err := opt.Check(); err != nil {
		return err
	}
	if opt.Resumed == nil {
		opt.Resumed = notResumed{}
	}
	queue := make(chan *Request, ahead)
	making, stop := context.WithCancelCause(ctx) // until done, requests are made
	defer stop(nil)
	trying, abandon := context.WithCancel(context.WithoutCancel(ctx)) // until done, requests are sent
	defer abandon()
	s := &sender{
		opt: &opt, measure: m, packer: newPacker(&opt), queue: queue,
		room:  semaphore.NewWeighted(opt.Buffer),
		ready: make(chan *Request, opt.Connections), // so that requests need not wait for the dispatcher
		again: make(chan *Request), idle: make(chan struct{}),
		ctx: ctx, making: making, stop: stop, sending: trying,
	}
	s.health.retryFor, s.health.name = opt.RetryFor, opt.name
	f := &feed{opt: &opt, wire: opt.Wire, pace: opt.Pace, ctx: making, out: queue, room: s.room,
		measure: m, earlier: opt.Resumed, held: &s.held}

	var group sync.WaitGroup
	group.Go(func() {
		if err := fill(f); err != nil {
			stop(err)
		}
	})
	group.Go(s.dispatch)
	for range opt.Connections {
		group.Go(s.work)
	}
	ended := make(chan struct{})
	go func() { // requests under way may end
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
