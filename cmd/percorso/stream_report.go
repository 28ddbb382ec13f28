package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/simulate"
)

// A reporting is what is reported of a stream, while it runs and after.
type reporting struct {
	file       string // of the report; empty: none
	hdr        string // of the latencies; empty: none
	metrics    string // where metrics are served; empty: nowhere
	thresholds []push.Threshold
}

func reportingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "report", Usage: "write the report to this `FILE`, as text if its name " +
			"ends in .txt, else as JSON"},
		&cli.StringFlag{Name: "hdr-log", Usage: "write response times to this `FILE` for HdrHistogram " +
			"plotters; .hlog: per second"},
		&cli.StringFlag{Name: "metrics", Usage: "serve /metrics for Prometheus at this `ADDRESS`, " +
			"e.g. 127.0.0.1:9100"},
		&cli.GenericFlag{Name: "fail-if", Value: new(texts), Usage: "exit with code 3 if one of these " +
			"`LIMITS` is passed, e.g. 'p99>500ms,errors>1%'"},
	}
}

func readReporting(c *cli.Context) (r reporting, err error) {
	r = reporting{file: c.String("report"), hdr: c.String("hdr-log"), metrics: c.String("metrics")}
	if r.metrics != "" {
		if r.metrics, err = metricsAddress(r.metrics); err != nil {
			return r, err
		}
	}
	if r.file != "" && filepath.Clean(r.file) == filepath.Clean(r.hdr) {
		return r, misused("--report and --hdr-log are the same file, %s", r.file)
	}
	for _, text := range readTexts(c, "fail-if") {
		thresholds, err := push.ParseThresholds(text)
		if err != nil {
			return r, misused("--fail-if %w", err)
		}
		r.thresholds = append(r.thresholds, thresholds...)
	}
	return r, nil
}

// A reporter reports on a stream that runs.
type reporter struct {
	reporting
	con     console
	stream  *streaming
	days    calendar
	measure *push.Measure // nil: it has not begun

	ctx     context.Context    // done: somebody wants the stream to end
	probe   sync.WaitGroup     // of the target, before the first request
	done    context.CancelFunc // ends it
	talking sync.Mutex         // held by what writes to the console
	meter   *meter             // nil: nothing is said while it runs
	day     atomic.Int64       // that was simulated last
	events  push.Flow          // so far
	untold  push.Second        // what happened since the last line
	told    time.Time          // when that was
	report  *draft             // nil: not wanted
	hdr     *draft
	log     *push.IntervalLog // what is written to hdr by the second; nil: not wanted
	server  *metricsServer
}

// reporter returns the reporter of a stream that goes through some days first.
func (r *reporting) reporter(ctx context.Context, con console, s *streaming,
	days calendar) *reporter {
	return &reporter{reporting: *r, con: con, stream: s, ctx: ctx, done: func() {}, days: days}
}

// start begins to report on a stream. What cannot be written later is an error now.
func (t *reporter) start(m *push.Measure) error {
	t.measure = m
	if err := t.open(); err != nil {
		t.report.discard()
		t.hdr.discard()
		return err
	}
	t.day.Store(int64(-t.days.warmup))
	if !t.stream.quiet {
		t.meter = newMeter(t.con)
		t.knock()
	}
	return nil
}

// knockTime is how long a target may take to accept the first connection before somebody is told.
const knockTime = 1500 * time.Millisecond

// knock finds out whether the target can be reached at all, and says so if not: the first request
// may be a warm-up away. The stream goes on in any case.
func (t *reporter) knock() {
	ctx, done := context.WithTimeout(t.ctx, knockTime)
	t.done = done
	t.probe.Go(func() {
		err := push.Reach(ctx, t.stream.transport.target)
		if err == nil || t.ctx.Err() != nil || errors.Is(err, context.Canceled) {
			return
		}
		t.talking.Lock()
		defer t.talking.Unlock()
		t.meter.clear()
		tries := t.stream.transport.patience()
		if none := (*push.NoHostError)(nil); errors.As(err, &none) {
			tries = "" // the first request will end the stream
		}
		fmt.Fprintf(t.con.stderr, "percorso: cannot reach %s: %v%s\n",
			push.Public(t.stream.transport.target), err, tries)
	})
}

// open opens what will be written to.
func (t *reporter) open() (err error) {
	if t.report, err = openDraft(t.reporting.file); err != nil {
		return err
	}
	if t.hdr, err = openDraft(t.reporting.hdr); err != nil {
		return err
	}
	if t.hdr != nil && strings.HasSuffix(t.reporting.hdr, ".hlog") {
		t.log = push.NewIntervalLog(t.hdr, t.con.now(), "response and service times of percorso "+
			"stream, ns")
	}
	if t.metrics == "" {
		return nil
	}
	if t.server, err = serveMetrics(t.metrics, t.measure); err != nil {
		return err
	}
	if !t.stream.quiet || !t.server.loopback() {
		fmt.Fprintln(t.con.stderr, t.server)
	}
	return nil
}

// lived notes how far the simulation has come.
func (t *reporter) lived(p simulate.Progress) { t.day.Store(int64(p.Done - t.days.warmup)) }

// Waiting implements push.Watcher.
func (t *reporter) Waiting() {
	if t.meter != nil {
		t.talking.Lock()
		defer t.talking.Unlock()
		if !t.early() {
			t.meter.draw(t.days.waiting(int(t.day.Load())))
		}
	}
}

// early reports whether the last line is so fresh that this one is left out. A terminal takes each.
func (t *reporter) early() bool {
	now := t.meter.now()
	if !t.meter.live && now.Sub(t.told) < plainPause {
		return true
	}
	t.told = now
	return false
}

// Look implements push.Watcher.
func (t *reporter) Look(s *push.Second, response, service *hdrhistogram.Histogram) {
	t.events = sumOf(t.events, s.Events)
	if t.log != nil {
		t.log.Add(s, t.con.now(), response, service)
	}
	if t.meter == nil {
		return
	}
	t.talking.Lock()
	defer t.talking.Unlock()
	const rest = 0.1 // seconds: a rate of less than that says nothing
	switch {
	case s.InFlight > 0 && t.ctx.Err() != nil:
		t.meter.draw(fmt.Sprintf("waiting for %s, at most %.0f s; ^C again ends at once",
			plural(s.InFlight, "answer"), streamGrace.Seconds()))
		return
	case t.ctx.Err() != nil:
		t.meter.draw("stopping")
		return
	}
	t.untold = gathered(&t.untold, s)
	if t.untold.Length >= rest && !t.early() {
		t.meter.draw(secondLine(&t.untold, &t.events, t.share(s), t.days.making(), t.meter.live))
		t.untold = push.Second{}
	}
}

// sumOf is what passed in two stretches of a stream together.
func sumOf(a, b push.Flow) push.Flow {
	return push.Flow{Due: a.Due + b.Due, Sent: a.Sent + b.Sent, Accepted: a.Accepted + b.Accepted,
		Rejected: a.Rejected + b.Rejected, Dropped: a.Dropped + b.Dropped,
		Uncertain: a.Uncertain + b.Uncertain}
}

// gathered is what happened in two stretches of a stream, one after the other. Latencies are those
// of the last that has any.
func gathered(a, b *push.Second) push.Second {
	s := *b
	s.Length += a.Length
	s.Late += a.Late
	s.Bytes += a.Bytes
	s.Retried += a.Retried
	s.Failed += a.Failed
	s.Trouble = cmp.Or(b.Trouble, a.Trouble)
	s.Requests, s.Events = sumOf(a.Requests, b.Requests), sumOf(a.Events, b.Events)
	if s.Response.Count == 0 {
		s.Response = a.Response
	}
	return s
}

// share is how much of the stream is done, or less than 0 if it has no end of its own.
func (t *reporter) share(s *push.Second) float64 {
	done := -1.0
	if limit := t.stream.pacing.limit; limit > 0 {
		done = s.At / limit.Seconds()
	}
	n := t.stream.pacing.events
	if m := t.stream.recorded; m != nil && (n == 0 || n > m.Events) {
		n = m.Events
	}
	if n > 0 {
		settled := t.events.Accepted + t.events.Failed()
		done = max(done, float64(settled)/float64(n))
	}
	return done
}

// end completes the report on a stream that has ended, with an error or without, and returns what
// the command ends with.
func (t *reporter) end(r *push.Report, err error) error {
	t.done()
	t.probe.Wait()
	if t.meter != nil {
		t.meter.clear()
	}
	t.server.close()
	r.Error = ""
	if err != nil {
		r.Error = err.Error()
	}
	for _, threshold := range t.thresholds {
		r.Thresholds = append(r.Thresholds, threshold.Check(r))
	}
	if r.Events.Due == 0 && err == nil {
		more := "a higher --speed, a longer --duration or more --customers give more"
		if t.stream.recorded != nil {
			more = "a higher --speed or a longer --duration gives more"
		}
		fmt.Fprintf(t.con.stderr, "percorso: no event became due before the end of the stream%s: %s\n",
			nextDue(r), more)
	}
	if !t.stream.quiet {
		writeReport(t.con.stderr, r)
	}
	err = t.verdict(err, passed(r))
	if failed := t.write(r); err == nil {
		err = failed
	}
	return err
}

// nextDue says when the first event would have been due that came too late for the stream.
func nextDue(r *push.Report) string {
	if r.Next.IsZero() {
		return ""
	}
	return fmt.Sprintf("; the first event, of %s UTC, would have been due after %s",
		r.Next.Format(time.DateTime), span(seconds(r.NextDue)))
}

// verdict is what a stream ends with that had an error, or none, and passed limits, or none. Limits
// say more than that events were not delivered: those that were passed win, and those that hold
// allow it if they are about it. Of a stream that was interrupted nobody can say either.
func (t *reporter) verdict(err, limits error) error {
	coded, lost := (*codedError)(nil), (*push.UndeliveredError)(nil)
	switch {
	case errors.As(err, &coded) && coded.code == exitInterrupted:
		return err
	case limits != nil && err != nil:
		return withCode(exitRefused, fmt.Errorf("%w\n%w", err, limits))
	case limits != nil:
		return limits
	case errors.As(err, &lost) && slices.ContainsFunc(t.thresholds, push.Threshold.OfDelivery):
		return nil
	}
	return err
}

// write writes the files that were asked for.
func (t *reporter) write(r *push.Report) error {
	write := r.WriteJSON
	if strings.HasSuffix(t.reporting.file, ".txt") {
		write = func(w io.Writer) error { return writeReport(w, r) }
	}
	err := t.report.finish(write)
	write = t.measure.WritePercentiles
	if t.log != nil {
		write = func(io.Writer) error { return t.log.Err() }
	}
	return errors.Join(err, t.hdr.finish(write))
}

// passed is the error of a stream that passed limits of --fail-if.
func passed(r *push.Report) error {
	var list []string
	for _, v := range r.Thresholds {
		if v.Missed {
			list = append(list, fmt.Sprintf("%s: it was %s", v.Threshold, v.Value))
		}
	}
	if list == nil {
		return nil
	}
	return withCode(exitRefused, errors.New("--fail-if "+strings.Join(list, "; ")))
}

// A draft is a file that appears when it is complete. Nothing is written to a nil one.
type draft struct {
	path string // where it shall be
	file *whole.File
	*bufio.Writer
}

// openDraft begins a file; an empty path is none. A pipe, or what else is no ordinary file, is
// written to at once.
func openDraft(path string) (*draft, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, misused("%s is a folder; want the name of a file", path)
	}
	file, err := whole.Create(path)
	if err != nil {
		return nil, blame(fmt.Errorf("cannot write %s: %w", path, whole.Cause(err)))
	}
	return &draft{path, file, bufio.NewWriter(file)}, nil
}

// finish writes the rest of a file and gives it its name.
func (d *draft) finish(write func(io.Writer) error) error {
	if d == nil {
		return nil
	}
	err := cmp.Or(write(d), d.Flush()) // the first is why the other fails
	if err == nil {
		err = d.file.Commit()
	}
	if err != nil {
		d.file.Discard()
		return fmt.Errorf("cannot write %s: %w", d.path, whole.Cause(err))
	}
	return nil
}

// discard leaves no file behind.
func (d *draft) discard() {
	if d != nil {
		d.file.Discard()
	}
}
