package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A Streaming says which events to send, and where. It needs a scenario or a world, and a target or
// a writer.
type Streaming struct {
	Scenario string       // as Load takes it
	Sets     []model.Set  // that change it
	World    *model.World // instead of the two above
	Off      []string     // channels that the market shall be without

	To     string    // the URL of the target
	Writer io.Writer // instead: gets the bodies of requests, each with a newline at its end

	Dialect  string           // name or alias of what the target takes; empty: jsonl
	Settings dialect.Settings // of it
	Link     push.Link        // how connections are made; what Push has of it wins

	// Push says how to send. World, Wire, Target, Transport, Ledger and Past follow from the rest.
	// From, if it is 0, is where the scenario begins; else the days before are lived in silence. The
	// pace, if it is nil, is pace.Max. Batch, Linger, Connections, Buffer, Timeout, GiveUp and Grace
	// that are 0 are those of the dialect, 1 s, 64, 64 MiB, 30 s, 1 min and 5 s.
	Push push.Options

	// RunOn makes the days go on beyond those of the scenario until the stream ends by Push.For,
	// Push.Events or ctx; otherwise it ends with the scenario at the latest.
	RunOn bool

	Receipt string // a file that says what becomes of each event; empty: none
	Resume  bool   // it is of an earlier run of the same stream, with which this one goes on

	Watcher  push.Watcher            // told of each second; may be nil
	Progress func(simulate.Progress) // of the simulation, by one goroutine at a time; may be nil
}

// Stream simulates a market day by day and sends its events as they become due. It returns what
// became of them, also with an error; only what is wrong with the request has no report. The error
// of a stream that is stopped is that of ctx. In the report Pace is left empty.
func Stream(ctx context.Context, s Streaming) (*push.Report, error) {
	f, err := s.prepare()
	if err != nil {
		return nil, err
	}
	opt := &f.opt
	m := push.NewMeasure(opt.Pace)
	if s.Writer != nil {
		if opt.Wire.Attributes != nil {
			return nil, fmt.Errorf("dialect %s says in headers what an event is, which a writer has not",
				opt.Wire.Dialect.Name)
		}
		err = f.ended(push.Print(ctx, f.live, s.Writer, m, *opt))
		return f.report(m, err), err
	}
	finish, err := s.keep(ctx, f)
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	group.Go(func() { m.Watch(watching, cmp.Or[push.Watcher](s.Watcher, nobody{})) })
	err = errors.Join(push.Run(ctx, f.live, m, *opt), finish())
	stop()
	group.Wait()
	err = f.ended(err)
	return f.report(m, err), err
}

// nobody watches.
type nobody struct{}

func (nobody) Look(*push.Second, *hdrhistogram.Histogram, *hdrhistogram.Histogram) {}
func (nobody) Waiting()                                                            {}

// A flow is a stream that is ready to run.
type flow struct {
	opt      push.Options
	day      int // the first that is written
	runsOn   bool
	ranOut   bool // the days did, and there were to be more
	progress func(simulate.Progress)
}

// live simulates what is streamed.
func (f *flow) live(ctx context.Context, sink table.Sink) error {
	err := simulate.ByDay(ctx, f.opt.World, sink,
		simulate.Options{From: f.day, Identify: true, Progress: f.progress})
	f.ranOut = f.runsOn && err == nil
	return err
}

// ended is what a stream ends with, given the error of its sending.
func (f *flow) ended(err error) error {
	if err == nil && f.ranOut {
		return fmt.Errorf("the days ran out before the end of the stream: there are at most %d of them",
			model.MaxDays)
	}
	return err
}

// report is what became of a stream.
func (f *flow) report(m *push.Measure, err error) *push.Report {
	r, w := m.Report(), f.opt.World
	r.Release, r.Scenario, r.Seed = model.Release, w.Scenario.Name, w.Scenario.Seed
	r.Dialect = f.opt.Wire.Dialect.Name
	if f.opt.Target != nil {
		r.Target = push.Public(f.opt.Target)
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// prepare makes a flow of what was asked for.
func (s *Streaming) prepare() (*flow, error) {
	if (s.To == "") == (s.Writer == nil) {
		return nil, errors.New("a stream needs either a target or a writer")
	}
	if s.Writer != nil && s.Receipt != "" {
		return nil, errors.New("a stream to a writer has no receipt: nobody answers there")
	}
	if s.Resume && s.Receipt == "" {
		return nil, errors.New("to go on with a stream needs its receipt")
	}
	w, err := world(s.World, s.Scenario, s.Sets, s.Off)
	if err != nil {
		return nil, err
	}
	if s.RunOn {
		said := w.Scenario // it goes by the same name as a dataset of it
		if w, err = again(said.Name, said.YAML(), w.OffNames()); err != nil {
			return nil, err
		}
		w.Scenario = said
	}
	d, err := dialect.LookupDialect(cmp.Or(s.Dialect, "jsonl"))
	if err != nil {
		return nil, err
	}
	f := &flow{opt: s.Push, runsOn: s.RunOn, progress: s.Progress}
	f.opt.World, f.opt.Ledger, f.opt.Past = w, nil, nil
	if f.opt.Wire, err = dialect.OpenDialect(d, w, s.Settings); err != nil {
		return nil, err
	}
	if err := f.pace(); err != nil {
		return nil, err
	}
	if s.Writer != nil {
		return f, nil
	}
	return f, f.connect(s.To, s.Link)
}

// pace settles when the stream begins and how fast it goes.
func (f *flow) pace() error {
	opt, w := &f.opt, f.opt.World
	opt.From = cmp.Or(opt.From, w.Midnight[w.Warmup])
	day, ok := w.DayOf(opt.From)
	if !ok || day < 0 {
		return fmt.Errorf("the stream begins at %s, which is no day of the scenario",
			time.UnixMicro(opt.From).UTC().Format(time.RFC3339))
	}
	f.day = day
	if opt.Pace == nil {
		opt.Pace = pace.Max
	}
	limits := opt.Wire.Limits
	opt.Batch = cmp.Or(opt.Batch, max(limits.Batch, 1))
	if limits.Events > 0 && opt.Batch > limits.Events && !opt.IgnoreLimits {
		return fmt.Errorf("dialect %s takes at most %d events in a request, not %d",
			opt.Wire.Dialect.Name, limits.Events, opt.Batch)
	}
	opt.Linger = cmp.Or(opt.Linger, time.Second)
	return nil
}

// connect settles how events get to their target.
func (f *flow) connect(to string, link push.Link) (err error) {
	opt := &f.opt
	if opt.Target, err = url.Parse(to); err != nil {
		return errors.New("the target is no URL") // the error of url would repeat what may be secret
	}
	if !slices.Contains([]string{"http", "https"}, opt.Target.Scheme) || opt.Target.Host == "" {
		return fmt.Errorf("target %s: want http://HOST:PORT/PATH or https://…", opt.Target.Redacted())
	}
	opt.Connections = cmp.Or(opt.Connections, link.Connections, 64)
	if opt.Wire.Limits.InOrder && !opt.IgnoreLimits {
		opt.Connections = 1
	}
	opt.Timeout = cmp.Or(opt.Timeout, link.Timeout, 30*time.Second)
	opt.GiveUp = cmp.Or(opt.GiveUp, time.Minute)
	opt.Grace = cmp.Or(opt.Grace, 5*time.Second)
	opt.Buffer = cmp.Or(opt.Buffer, 64<<20)
	link.Connections, link.Timeout = opt.Connections, opt.Timeout
	opt.Transport, err = push.NewTransport(link)
	return err
}

// keep begins the receipt of a stream, or goes on with one. What it returns ends it.
func (s *Streaming) keep(ctx context.Context, f *flow) (finish func() error,
	err error) {
	if s.Receipt == "" {
		return func() error { return nil }, nil
	}
	var r *push.Receipt
	if of := push.OriginOf(&f.opt, f.day, s.Settings); s.Resume {
		r, err = push.ResumeReceipt(ctx, s.Receipt, of)
	} else {
		r, err = push.CreateReceipt(s.Receipt, of)
	}
	if err != nil {
		return nil, err
	}
	r.Follow(&f.opt)
	return func() error { return r.Close(context.WithoutCancel(ctx)) }, nil // also when it is stopped
}
