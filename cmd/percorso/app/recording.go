package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model"
)

// IsRecording reports whether a name is that of a recording, complete or not: a folder that is not
// called like a built-in scenario.
func IsRecording(name string) bool { return BuiltIn(name) == "" && record.Is(name) }

// ErrRecordingOver: a recording ended before the end of a stream whose days would run on.
var ErrRecordingOver = errors.New("the recording ended before the end of the stream")

// recordable checks that a stream that is to be recorded has an end that no clock decides.
func (f *Flow) recordable() error {
	opt := &f.opt
	switch {
	case f.asked.Record == "":
		return nil
	case opt.Duration > 0 && opt.Pace == pace.Max:
		return errors.New("a recording goes as fast as it can: a Duration needs a pace")
	case f.asked.RunOn && opt.Events == 0 && opt.Duration == 0:
		return errors.New("a recording needs an end")
	}
	return nil
}

// record writes the requests of the stream to a folder.
func (f *Flow) record(ctx context.Context, m *push.Measure) error {
	w, err := record.Create(f.asked.Record)
	if err != nil {
		return err
	}
	err = push.Record(ctx, f.live, w.Write, m, f.opt)
	if err == nil && f.ranOut {
		err = ErrRanOut
	}
	if err != nil {
		return errors.Join(err, w.Abandon())
	}
	manifest, err := f.manifest()
	if err != nil {
		return errors.Join(err, w.Abandon())
	}
	return w.Finish(manifest, f.opt.World.Scenario.YAML())
}

// manifest is that of a recording, but for what was written.
func (f *Flow) manifest() (*record.Manifest, error) {
	opt, s := &f.opt, f.opt.World.Scenario
	public, err := dialect.Reopen(opt.Wire.Dialect, dialect.Settings{
		Options: f.asked.Settings.Options}) // without the key
	if err != nil {
		return nil, err
	}
	return &record.Manifest{
		Release: model.Release, Scenario: s.Name, Seed: s.Seed, Customers: s.Customers,
		Without: opt.World.OffNames(), Day: f.day, From: time.UnixMicro(opt.From).UTC(),
		Pace:    recordedPace(opt),
		Dialect: opt.Wire.Dialect.Name, Options: f.asked.Settings.Options,
		Keyed: f.asked.Settings.Key != "", Header: public.Header,
		Batch: opt.Batch, Linger: opt.Linger.String(), IgnoreLimits: opt.IgnoreLimits,
	}, nil
}

// recordedPace is the pace of a stream as one asks for it: the kind and its value.
func recordedPace(opt *push.Options) string {
	kind := "rate"
	if opt.PerRequest {
		kind = "requests"
	}
	switch p := opt.Pace.(type) {
	case pace.Rate:
		if p == pace.Max {
			return kind + " max"
		}
		return kind + " " + strconv.FormatFloat(float64(p), 'f', -1, 64) + "/s"
	case pace.Shape:
		return "shape " + p.Text
	case pace.Clock:
		return "speed " + p.Speed.String()
	}
	return ""
}

// replay makes ready to send the requests of a recording.
func (f *Flow) replay() (err error) {
	if f.recorded, err = record.ReadManifest(f.asked.Replay); err != nil {
		return err
	}
	m, opt := f.recorded, &f.opt
	d, err := dialect.LookupDialect(m.Dialect)
	if err != nil {
		return err
	}
	f.asked.Settings.Options = m.Options
	if opt.Wire, err = dialect.Reopen(d, f.asked.Settings); err != nil {
		return err
	}
	if opt.Wire.Header == nil {
		opt.Wire.Header = make(http.Header)
	}
	maps.Copy(opt.Wire.Header, m.Header)
	if opt.Linger, err = time.ParseDuration(m.Linger); err != nil {
		return fmt.Errorf("%s: its manifest is damaged: %w", f.asked.Replay, err)
	}
	opt.Linger = cmp.Or(opt.Linger, -1)
	opt.World, opt.From, opt.Batch = nil, m.From.UnixMicro(), m.Batch
	opt.IgnoreLimits = opt.IgnoreLimits || m.IgnoreLimits
	if f.day = m.Day; opt.Pace == nil {
		opt.Pace = pace.Max
	}
	return nil
}

// resend sends the requests of a recording.
func (f *Flow) resend(ctx context.Context, m *push.Measure) error {
	from, err := record.Open(f.asked.Replay)
	if err != nil {
		return err
	}
	over := false
	err = push.Replay(ctx, func(r *record.Request, prefix []byte) error {
		err := from.Read(r, prefix)
		over = over || errors.Is(err, io.EOF)
		return err
	}, m, f.opt)
	if err == nil && over && f.asked.RunOn && f.wantsMore(m) {
		err = ErrRecordingOver
	}
	return errors.Join(err, from.Close())
}

// wantsMore reports whether a stream that has no more events has not come to its end.
func (f *Flow) wantsMore(m *push.Measure) bool {
	opt, c := &f.opt, m.Counts()
	if opt.Events > 0 && c.Events.Due < opt.Events {
		return true
	}
	if opt.Duration == 0 {
		return false
	}
	if opt.Pace == pace.Max {
		return m.Report().Seconds < opt.Duration.Seconds()
	}
	next := c.Events.Due
	if opt.PerRequest {
		next = c.Requests.Due
	}
	return opt.Pace.Due(next, 0) < opt.Duration
}

// origin says which stream a receipt belongs to. A recorded one is the stream that was recorded.
func (f *Flow) origin() (*push.Origin, error) {
	of := push.OriginOf(&f.opt, f.day, f.asked.Settings)
	m := f.recorded
	if m == nil {
		return of, nil
	}
	yaml, err := os.ReadFile(filepath.Join(f.asked.Replay, record.ScenarioFile))
	of.Release, of.Scenario, of.Without, of.YAML = m.Release, m.Scenario, m.Without, string(yaml)
	return of, err
}
