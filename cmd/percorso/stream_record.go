package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/simulate"
)

// refuseWithRecord refuses flags about a target, which a recording does not have.
func refuseWithRecord(c *cli.Context) error {
	if c.IsSet("to") {
		return misused("--to and --record: record first, and send the recording then: "+
			"percorso stream %s --to URL", c.String("record"))
	}
	switch c.String("record") {
	case "":
		return misused("--record needs the name of a folder")
	case "-":
		return misused("--record -: a recording is a folder; --to - prints what would be sent")
	}
	if c.IsSet("start") && c.String("start") == "now" {
		return misused("--start now has no effect with --record: nothing is sent now; give a day")
	}
	matters := []string{"key", "ignore-limits"} // the size and the number of requests depend on them
	for _, f := range slices.Concat(receiptFlags(), reportingFlags(), transportFlags()) {
		if name := f.Names()[0]; c.IsSet(name) && !slices.Contains(matters, name) {
			return misused("--%s has no effect with --record: give it when you send the recording", name)
		}
	}
	return nil
}

// ends checks that a recording will come to an end.
func (p *pacing) ends() error {
	switch {
	case p.limit > 0 && !p.paced():
		return misused("--duration has no effect with --record, which goes as fast as it can: give " +
			"--events, or a pace, e.g. --rate 5000/s")
	case p.runsOn && p.events == 0 && p.limit == 0:
		return misused("--record needs an end: --events, --duration, or no pace, which ends with the " +
			"scenario")
	}
	return nil
}

// refuseRecorded refuses flags that would change what was recorded.
func refuseRecorded(c *cli.Context, name string) error {
	fixed := []string{"dialect", "option", "batch", "linger", "from", "without"}
	for _, f := range scenarioFlags() {
		fixed = append(fixed, f.Names()[0])
	}
	for _, flag := range fixed {
		if c.IsSet(flag) {
			return misused("--%s: %s is a recording, whose requests stay as they are: leave it out, or "+
				"record again", flag, name)
		}
	}
	switch {
	case c.IsSet("record"):
		return misused("--record: %s is a recording already: send it with --to URL", name)
	case c.String("historical") == "shift":
		return misused("--historical shift: %s is a recording, whose times stay as they are: record it "+
			"with --historical shift, or send it with --historical keep", name)
	case c.String("to") == "-":
		return misused("--to -: %s is a recording, which goes to a URL; its bodies are in %s, which "+
			"zstd reads", name, filepath.Join(name, record.RequestsFile))
	}
	return nil
}

// readRecording reads the manifest of a recording that is to be sent.
func (s *streaming) readRecording(c *cli.Context) (err error) {
	if err := refuseRecorded(c, s.name); err != nil {
		return err
	}
	s.recorded, err = record.ReadManifest(s.name)
	unfinished, damage := (*record.UnfinishedError)(nil), (*record.DamageError)(nil)
	switch {
	case errors.As(err, &unfinished):
		return misused("%w: record it again", err)
	case errors.As(err, &damage):
		return misused("%w\n%s", err, damagedAdvice)
	case err != nil:
		return blame(err)
	}
	s.dialect, err = dialect.LookupDialect(s.recorded.Dialect)
	return withCode(exitMisused, err)
}

// keyless says of a recording that was made with a key that it is sent without one. What it holds
// may depend on it.
func (s *streaming) keyless(con console) {
	if m := s.recorded; m != nil && m.Keyed && s.settings.Key == "" && !s.quiet {
		fmt.Fprintf(con.stderr, "percorso: %s was recorded with a %s and is sent without one: set "+
			"PERCORSO_KEY, or give --key file:PATH\n", s.name, s.dialect.Key)
	}
}

// outOfTime is the error of a recording whose events are too old for its dialect, or too new.
func (s *streaming) outOfTime(e *app.LimitError) error {
	choices := "record again with --historical shift, or send the times as they are with " +
		"--historical keep"
	if s.recorded.Keyed && s.settings.Key == "" {
		choices = "give the " + s.dialect.Key + " with which it was recorded (--key), " + choices
	}
	accepts := "events of the last " + period(e.Of.Past)
	if e.Limit == "Future" {
		accepts = "events up to " + period(e.Of.Future) + " in the future"
	}
	return misused("dialect %s accepts %s, and %s begins at %s: %s", s.dialect.Name, accepts, s.name,
		s.recorded.From.Format(time.RFC3339), choices)
}

// damagedAdvice is what to do about a recording that is damaged.
const damagedAdvice = "record it again"

// replays takes the moment at which a recording begins, and its pace if there is no other.
func (p *pacing) replays(m *record.Manifest) error {
	p.first, p.day = m.From.UnixMicro(), m.Day
	if p.pace != nil || p.speed != 0 {
		return nil
	}
	kind, value, _ := strings.Cut(m.Pace, " ")
	if err := p.parsePace("--"+kind, value); err != nil {
		return fmt.Errorf("%s: pace: %w", record.ManifestFile, err)
	}
	return nil
}

// toFolder records.
func (s *streaming) toFolder(ctx context.Context, con console, ask app.Streaming,
	days calendar) error {
	ask.Record = s.record
	told := &recorder{days: days}
	if !s.quiet {
		told.meter = newMeter(con)
		ask.Watcher, ask.Progress = told, told.lived
	}
	flow, err := app.Prepare(ask)
	if err != nil {
		return s.refused(err)
	}
	_, err = flow.Run(ctx)
	if told.meter != nil {
		told.meter.clear()
	}
	taken := (*record.OccupiedError)(nil)
	switch {
	case errors.As(err, &taken) && taken.File:
		return withCode(exitMisused, err)
	case errors.As(err, &taken):
		return misused("%w: choose another folder, or remove it", err)
	case interrupted(ctx, err):
		return withCode(exitInterrupted, fmt.Errorf("interrupted: %s is an unfinished recording",
			s.record))
	case err != nil && record.Is(s.record):
		return fmt.Errorf("%w\n%s is an unfinished recording: record it again", s.ended(ctx, err),
			s.record)
	case err != nil:
		return cmp.Or(missing(err), err)
	case s.quiet:
		return nil
	}
	m, err := record.ReadManifest(s.record)
	if err != nil {
		return err
	}
	fmt.Fprintf(con.stderr, "%s: %s, %s in %s of %s, %s; without compression %s\n\nNext:\n"+
		"  %s stream %s --to URL --rate max\n", s.record, recordedTitle(m),
		plural(m.Events, "event"), plural(m.Requests, "request"), m.Dialect, size(m.Size()),
		size(m.Bytes), con.self, quoted(s.record))
	return nil
}

// recordedTitle names what was recorded.
func recordedTitle(m *record.Manifest) string {
	return fmt.Sprintf("%s, seed %d%s", m.Scenario, m.Seed, withoutText(m.Without, ""))
}

// A recorder says how far a recording has come.
type recorder struct {
	meter   *meter
	days    calendar
	talking sync.Mutex // held by what follows
	day     int        // that was simulated last
	events  int64
}

// lived notes how far the simulation has come.
func (r *recorder) lived(p simulate.Progress) {
	r.talking.Lock()
	defer r.talking.Unlock()
	r.day = p.Done - r.days.warmup
}

// Waiting implements push.Watcher.
func (r *recorder) Waiting() {
	r.talking.Lock()
	defer r.talking.Unlock()
	r.draw(r.days.waiting(r.day))
}

// draw writes a line, unless it is not for a terminal and the last one is fresh.
func (r *recorder) draw(line string) {
	now := r.meter.now()
	if !r.meter.live && now.Sub(r.meter.last) < plainPause {
		return
	}
	r.meter.last = now
	r.meter.draw(line)
}

// Look implements push.Watcher.
func (r *recorder) Look(s *push.Second, _, _ *hdrhistogram.Histogram) {
	r.talking.Lock()
	defer r.talking.Unlock()
	const rest = 0.1 // seconds: a rate of less than that says nothing
	if r.events += s.Events.Due; s.Length < rest {
		return
	}
	r.draw(fmt.Sprintf("recording: %s, %s/s, at %s", plural(r.events, "event"),
		count(float64(s.Events.Due)/s.Length), s.Simulated.Format("2006-01-02 15:04")))
}
