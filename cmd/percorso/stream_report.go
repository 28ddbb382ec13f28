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
	"strings"
	"sync/atomic"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// A reporting is what is said about a stream, while it runs and after.
type reporting struct {
	file       string // of the report; empty: none
	hdr        string // of the latencies; empty: none
	metrics    string // where Prometheus may ask; empty: nowhere
	thresholds []push.Threshold
}

func reportingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "report", Usage: "write the report to a `FILE`, as JSON, or as text " +
			"if it ends with .txt"},
		&cli.StringFlag{Name: "hdr", Usage: "write response times to a `FILE` for plotters of " +
			"HdrHistogram, .hlog: by second"},
		&cli.StringFlag{Name: "metrics", Usage: "serve /metrics for Prometheus at an `ADDRESS`, " +
			"e.g. 127.0.0.1:9100"},
		&cli.GenericFlag{Name: "fail-if", Value: new(texts), Usage: "exit with 3 if one of these " +
			"`LIMITS` is passed, e.g. 'p99>500ms,errors>1%'"},
	}
}

func readReporting(c *cli.Context) (r reporting, err error) {
	r = reporting{file: c.String("report"), hdr: c.String("hdr"), metrics: c.String("metrics")}
	if r.metrics != "" {
		if r.metrics, err = metricsAddress(r.metrics); err != nil {
			return r, err
		}
	}
	if r.file != "" && filepath.Clean(r.file) == filepath.Clean(r.hdr) {
		return r, misused("--report and --hdr are the same file, %s", r.file)
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

// A reporter tells of a stream that runs.
type reporter struct {
	reporting
	con     console
	stream  *streaming
	warmup  int           // days that are lived before the first of the scenario
	measure *push.Measure // nil: it has not begun

	stopped func() bool  // whether somebody wants the stream to end
	meter   *meter       // nil: nothing is said while it runs
	day     atomic.Int64 // that was simulated last
	events  int64        // that were due
	report  *draft       // nil: not wanted
	hdr     *draft
	log     *push.IntervalLog // what is written to hdr by the second; nil: not wanted
	server  *metricsServer
}

// reporter returns who will tell of a stream of a world.
func (r *reporting) reporter(ctx context.Context, con console, s *streaming,
	w *model.World) *reporter {
	return &reporter{reporting: *r, con: con, stream: s, warmup: w.Warmup,
		stopped: func() bool { return ctx.Err() != nil }}
}

// start begins to tell of a stream. What cannot be written later is an error now.
func (t *reporter) start(m *push.Measure) error {
	t.measure = m
	if err := t.open(); err != nil {
		t.report.discard()
		t.hdr.discard()
		return err
	}
	t.day.Store(int64(-t.warmup))
	if !t.stream.quiet {
		t.meter = newMeter(t.con)
	}
	return nil
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

// lived takes down how far the simulation has come.
func (t *reporter) lived(p simulate.Progress) { t.day.Store(int64(p.Done - t.warmup)) }

// Waiting implements push.Watcher.
func (t *reporter) Waiting() {
	if t.meter != nil {
		t.meter.draw(waitingLine(int(t.day.Load()), t.stream.pacing.day))
	}
}

// Look implements push.Watcher.
func (t *reporter) Look(s *push.Second, response, service *hdrhistogram.Histogram) {
	t.events += s.Events.Due
	if t.log != nil {
		t.log.Add(s, t.con.now(), response, service)
	}
	const rest = 0.1 // seconds: a rate of less than that says nothing
	switch {
	case t.meter == nil:
	case s.InFlight > 0 && t.stopped():
		t.meter.draw(fmt.Sprintf("waiting for %s answers, at most %.0f s; ^C again ends at once",
			count(s.InFlight), streamGrace.Seconds()))
	case s.Length >= rest:
		t.meter.draw(secondLine(s, t.done(s), t.meter.live))
	}
}

// done is how much of the stream is done, or less than 0 if it has no end that one knows of.
func (t *reporter) done(s *push.Second) float64 {
	done := -1.0
	if limit := t.stream.pacing.limit; limit > 0 {
		done = s.At / limit.Seconds()
	}
	if n := t.stream.pacing.events; n > 0 {
		done = max(done, float64(t.events)/float64(n))
	}
	return done
}

// end completes the report on a stream that has ended, for the command with an error or without,
// and returns what the command ends with.
func (t *reporter) end(r *push.Report, err error) error {
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
	if !t.stream.quiet {
		writeReport(t.con.stderr, r)
	}
	if failed := t.write(r); err == nil {
		err = failed
	}
	if err == nil {
		err = missed(r)
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

// missed is the error of a stream that passed its limits.
func missed(r *push.Report) error {
	var list []string
	for _, v := range r.Thresholds {
		if v.Missed {
			list = append(list, fmt.Sprintf("%s: %s", v.Threshold, v.Value))
		}
	}
	if list == nil {
		return nil
	}
	return withCode(exitRefused, errors.New("--fail-if "+strings.Join(list, ", ")))
}

// A draft is a file that appears when it is whole. Of a nil one there is nothing to write.
type draft struct {
	path string // where it shall be
	file *whole.File
	*bufio.Writer
}

// openDraft begins a file. An empty path is none. What is there and no file, as a pipe, is written
// to at once.
func openDraft(path string) (*draft, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, misused("%s is a folder, want the name of a file", path)
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

// discard gives a file up.
func (d *draft) discard() {
	if d != nil {
		d.file.Discard()
	}
}
