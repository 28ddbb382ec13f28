package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A Streaming says which events to send, and where. It needs a scenario, a world or a recording,
// and a target, a writer or a folder for a recording.
type Streaming struct {
	Scenario string       // as Load takes it
	Sets     []model.Set  // that change it
	World    *model.World // instead of the two above
	Without  []string     // channels to leave out

	// Replay is instead the folder of a recording, whose requests are sent again to a target without
	// simulating anything. What they are follows from it: Dialect, Settings but for the key, and
	// Push.From, Batch and Linger are ignored.
	Replay string

	To     string    // the URL of the target
	Writer io.Writer // instead: gets the bodies of requests, each with a newline at its end
	Record string    // instead: a folder, which gets a recording of the requests

	Dialect  string           // name or alias of what the target takes; empty: jsonl
	Settings dialect.Settings // of it
	Link     push.Link        // how connections are made; what Push has of it wins

	// Authorization is the header of that name, which neither Push.Header nor the dialect may have
	// then; empty: they say.
	Authorization string

	// Push says how to send. World, Wire, Target, Transport, Ledger and Past follow from the rest.
	// From, if it is 0, is where the scenario begins; else the days before are lived in silence. The
	// pace, if it is nil, is pace.Max. Batch, Linger, Connections, Buffer, Timeout, RetryFor and Grace
	// that are 0 are those of the dialect, 1 s, 64, 64 MiB, 30 s, 1 min and 5 s; a Linger or RetryFor
	// of less than 0 is none.
	Push push.Options

	// Historical sends the times of events as they are, also if the stream begins at one that is
	// older, or further ahead of the clock, than the dialect takes; otherwise that is an error.
	Historical bool

	// RunOn makes the days go on beyond those of the scenario until the stream ends by Push.Duration,
	// Push.Events or ctx; otherwise it ends with the scenario at the latest.
	RunOn bool

	Receipt string // a file that says what becomes of each event; empty: none
	Resume  bool   // it is of an earlier run of the same stream, with which this one goes on

	// Ready is called before the simulation begins, with the Measure that will count the events. If it
	// returns an error, the stream does not begin. May be nil.
	Ready    func(*push.Measure) error
	Watcher  push.Watcher            // called once a second while a target is sent to; may be nil
	Progress func(simulate.Progress) // of the simulation, by one goroutine at a time; may be nil
}

// The errors of streams that have no type of their own.
var (
	// ErrRanOut: the days ran out before the end of a stream whose days run on.
	ErrRanOut = fmt.Errorf("the scenario ran out of days before the end of the stream: it has at "+
		"most %d", model.MaxDays)
	// ErrTwoAuthorizations: Streaming.Authorization is not the only one.
	ErrTwoAuthorizations = errors.New("two values for the header Authorization")
	// ErrInHeaders: a dialect describes each event in headers, and there are none.
	ErrInHeaders = errors.New("it describes each event in HTTP headers, which a writer does not have")
)

// A LimitError says that a stream exceeds a limit of its dialect.
type LimitError struct {
	Limit string         // Events, Past or Future, the field of Of that says so
	Of    dialect.Limits // of the dialect, in its mode
	text  string
}

func (e *LimitError) Error() string { return e.text }

// Stream simulates a market day by day and sends its events as they become due. It returns a report
// of what became of them, with most errors too; only a wrong request has no report. If ctx ends the
// stream, the error is that of ctx.
func Stream(ctx context.Context, s Streaming) (*push.Report, error) {
	f, err := Prepare(s)
	if err != nil {
		return nil, err
	}
	return f.Run(ctx)
}

// A Flow is a stream that is ready to run. It runs once.
type Flow struct {
	asked    Streaming
	opt      push.Options
	recorded *record.Manifest // of what is sent; nil: it is simulated
	day      int              // the first that is written
	ranOut   bool             // the scenario has no more days, and the stream was to go on
}

// Prepare checks a stream and makes it ready, without running it. A wrong request is an error; the
// receipt is not looked at yet.
func Prepare(s Streaming) (*Flow, error) {
	targets := 0
	for _, given := range []bool{s.To != "", s.Writer != nil, s.Record != ""} {
		if given {
			targets++
		}
	}
	switch {
	case targets != 1:
		return nil, errors.New("a stream needs either a target or a writer, or a folder for a recording")
	case s.To == "" && s.Replay != "":
		return nil, errors.New("a recording needs a target")
	case s.Writer != nil && (s.Receipt != "" || s.Resume):
		return nil, errors.New("a stream to a writer has no receipt, since a writer does not answer")
	case s.Record != "" && (s.Receipt != "" || s.Resume):
		return nil, errors.New("a recording has no receipt, since nothing is sent")
	case s.Resume && s.Receipt == "":
		return nil, errors.New("a stream that is resumed needs its receipt")
	}
	f := &Flow{asked: s, opt: s.Push}
	f.opt.Ledger, f.opt.Resumed = nil, nil
	steps := []func() error{f.open, f.begin, f.pack, f.fits, f.recordable, f.connect}
	if s.Replay != "" {
		steps = []func() error{f.replay, f.pack, f.fits, f.connect}
	}
	for _, settle := range steps {
		if err := settle(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// open settles which events there are and in which form.
func (f *Flow) open() error {
	s := &f.asked
	w, err := world(s.World, s.Scenario, s.Sets, s.Without)
	if err != nil {
		return err
	}
	if s.RunOn {
		if w, err = Lengthen(w); err != nil {
			return err
		}
	}
	d, err := dialect.LookupDialect(cmp.Or(s.Dialect, "jsonl"))
	if err != nil {
		return err
	}
	f.opt.World = w
	f.opt.Wire, err = dialect.OpenDialect(d, w, s.Settings)
	return err
}

// begin settles when the stream begins and how fast it goes.
func (f *Flow) begin() error {
	opt, w := &f.opt, f.opt.World
	opt.From = cmp.Or(opt.From, w.Begin())
	day, ok := w.DayOf(opt.From)
	if !ok || day < 0 {
		return fmt.Errorf("the stream begins at %s, which is not a day of the scenario", f.first())
	}
	f.day = day
	if opt.Pace == nil {
		opt.Pace = pace.Max
	}
	return nil
}

// first is when the stream begins, for errors.
func (f *Flow) first() string { return time.UnixMicro(f.opt.From).UTC().Format(time.RFC3339) }

// pack settles how events are put into requests.
func (f *Flow) pack() error {
	opt := &f.opt
	opt.Batch = cmp.Or(opt.Batch, max(opt.Wire.Limits.Batch, 1))
	opt.Linger = orNone(opt.Linger, time.Second)
	opt.Connections = cmp.Or(opt.Connections, f.asked.Link.Connections, 64)
	opt.Buffer = cmp.Or(opt.Buffer, 64<<20)
	return opt.Check()
}

// orNone is a time that may be none, or else the usual one.
func orNone(d, usual time.Duration) time.Duration {
	if d < 0 {
		return 0
	}
	return cmp.Or(d, usual)
}

// fits checks that the dialect takes what it is sent.
func (f *Flow) fits() error {
	opt, limits, name := &f.opt, f.opt.Wire.Limits, f.opt.Wire.Dialect.Name
	refuse := func(limit, format string, args ...any) error {
		return &LimitError{limit, limits, fmt.Sprintf("dialect "+name+" accepts "+format, args...)}
	}
	if limits.Events > 0 && opt.Batch > limits.Events && !opt.IgnoreLimits {
		return refuse("Events", "at most %d events per request, not %d", limits.Events, opt.Batch)
	}
	switch age := time.Since(time.UnixMicro(opt.From)); {
	case f.asked.Historical, f.asked.Record != "":
	case limits.Past > 0 && age > limits.Past:
		return refuse("Past", "events of the last %v, and the stream begins at %s", limits.Past,
			f.first())
	case limits.Future > 0 && -age > limits.Future:
		return refuse("Future", "events up to %v in the future, and the stream begins at %s",
			limits.Future, f.first())
	}
	if f.asked.Writer != nil && opt.Wire.Attributes != nil {
		return fmt.Errorf("dialect %s: %w", name, ErrInHeaders)
	}
	return nil
}

// connect settles how events get to their target, if there is one.
func (f *Flow) connect() (err error) {
	if f.asked.To == "" {
		return nil
	}
	opt, link := &f.opt, f.asked.Link
	if opt.Target, err = url.Parse(f.asked.To); err != nil {
		return errors.New("the target is not a URL") // the error of url would repeat what may be secret
	}
	if !slices.Contains([]string{"http", "https"}, opt.Target.Scheme) || opt.Target.Host == "" {
		return fmt.Errorf("target %s: want http://HOST:PORT/PATH or https://…", opt.Target.Redacted())
	}
	if ours := f.asked.Authorization; ours != "" {
		if cmp.Or(opt.Header.Get("Authorization"), opt.Wire.Header.Get("Authorization")) != "" {
			return ErrTwoAuthorizations
		}
		if opt.Header = opt.Header.Clone(); opt.Header == nil {
			opt.Header = make(http.Header)
		}
		opt.Header.Set("Authorization", ours)
	}
	if opt.Wire.Limits.InOrder && !opt.IgnoreLimits {
		opt.Connections = 1
	}
	opt.Timeout = cmp.Or(opt.Timeout, link.Timeout, 30*time.Second)
	opt.RetryFor = orNone(opt.RetryFor, time.Minute)
	opt.Grace = cmp.Or(opt.Grace, 5*time.Second)
	link.Connections, link.Timeout = opt.Connections, opt.Timeout
	opt.Transport, err = push.NewTransport(link)
	return err
}

// Run simulates the market and sends its events, as Stream says, or records them. There is no
// report if the receipt could not be begun, or Streaming.Ready failed.
func (f *Flow) Run(ctx context.Context) (*push.Report, error) {
	finish, err := f.keep(ctx)
	if err != nil {
		return nil, err
	}
	m := push.NewMeasure(f.opt.Pace)
	if f.asked.Ready != nil {
		if err := f.asked.Ready(m); err != nil {
			return nil, errors.Join(err, finish())
		}
	}
	if f.asked.Writer != nil {
		err = push.Print(ctx, f.live, f.asked.Writer, m, f.opt)
	} else {
		watching, stop := context.WithCancel(context.WithoutCancel(ctx))
		var group sync.WaitGroup
		group.Go(func() { m.Watch(watching, cmp.Or[push.Watcher](f.asked.Watcher, nobody{})) })
		err = errors.Join(f.send(ctx, m), finish())
		stop()
		group.Wait()
	}
	if err == nil && f.ranOut {
		err = ErrRanOut
	}
	return f.report(m, err), err
}

// send sends the events to their target, or to a recording.
func (f *Flow) send(ctx context.Context, m *push.Measure) error {
	switch {
	case f.asked.Record != "":
		return f.record(ctx, m)
	case f.recorded != nil:
		return f.resend(ctx, m)
	}
	return push.Run(ctx, f.live, m, f.opt)
}

// A nobody is a Watcher that does nothing.
type nobody struct{}

func (nobody) Look(*push.Second, *hdrhistogram.Histogram, *hdrhistogram.Histogram) {}
func (nobody) Waiting()                                                            {}

// keep begins the receipt of a stream, or goes on with one. What it returns ends it.
func (f *Flow) keep(ctx context.Context) (finish func() error, err error) {
	name := f.asked.Receipt
	if name == "" {
		return func() error { return nil }, nil
	}
	of, err := f.origin()
	if err != nil {
		return nil, err
	}
	var r *push.Receipt
	if f.asked.Resume {
		r, err = push.ResumeReceipt(ctx, name, of)
	} else {
		r, err = push.CreateReceipt(name, of)
	}
	if err != nil {
		return nil, err
	}
	r.Follow(&f.opt)
	return func() error { return r.Close(context.WithoutCancel(ctx)) }, nil // also when it is stopped
}

// live simulates what is streamed.
func (f *Flow) live(ctx context.Context, sink table.Sink) error {
	err := simulate.ByDay(ctx, f.opt.World, sink,
		simulate.Options{From: f.day, Identify: true, Progress: f.asked.Progress})
	f.ranOut = f.asked.RunOn && err == nil
	return err
}

// report is what became of a stream.
func (f *Flow) report(m *push.Measure, err error) *push.Report {
	r := m.Report()
	if recorded := f.recorded; recorded != nil {
		r.Release, r.Scenario, r.Seed = recorded.Release, recorded.Scenario, recorded.Seed
	} else {
		s := f.opt.World.Scenario
		r.Release, r.Scenario, r.Seed = model.Release, s.Name, s.Seed
	}
	r.Dialect, r.Pace = f.opt.Wire.Dialect.Name, paceText(&f.opt)
	if f.opt.Target != nil {
		r.Target = push.Public(f.opt.Target)
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// paceText says how fast a stream shall go.
func paceText(opt *push.Options) string {
	what := "events"
	if opt.PerRequest {
		what = "requests"
	}
	switch p := opt.Pace.(type) {
	case pace.Rate:
		if p == pace.Max {
			return "as fast as possible"
		}
		return strconv.FormatFloat(float64(p), 'f', -1, 64) + " " + what + "/s"
	case pace.Shape:
		return what + " " + p.Text
	case pace.Clock:
		return p.Speed.String()
	}
	return ""
}
