package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
)

// TestOldTimesNeedAWord: a stream whose times the target refuses is not sent before one has said
// what shall become of them, and is moved to today if that is it.
func TestOldTimesNeedAWord(t *testing.T) {
	const choices = ": --historical shift moves the simulation so that its first day is " +
		"today, --historical keep sends the times as they are"
	first := time.Date(2025, 2, 28, 23, 0, 0, 0, time.UTC)
	s := streaming{dialect: &dialect.Dialect{Name: "strict"},
		pacing: pacing{first: first.UnixMicro()}}
	limits := dialect.Limits{Past: 72 * time.Hour, Future: time.Hour}
	for limit, want := range map[string]string{
		"Past": "dialect strict accepts events of the last 72 h, and the stream begins at " +
			"2025-02-28T23:00:00Z" + choices,
		"Future": "dialect strict accepts events up to 1 h in the future, and the stream begins at " +
			"2025-02-28T23:00:00Z" + choices,
	} {
		err := s.refused(&app.LimitError{Limit: limit, Of: limits})
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", limit, err, want)
		}
	}
	for flags, want := range map[string]int{"": exitMisused, "--historical keep": exitDone,
		"--historical shift": exitDone, "--start now --duration 1ms": exitDone} {
		args := append([]string{"percorso", "stream", "null", "--customers", "9", "--days", "2",
			"--set", "warmup=0", "--to", "-", "--dialect", "ga4", "--option", "measurement_id=G-1"},
			strings.Fields(flags)...)
		var said bytes.Buffer
		if code := run(args, io.Discard, &said); code != want {
			t.Errorf("%s: exit code %d: %s", flags, code, &said)
		}
	}
}

// TestShiftedToToday: the day on which a stream begins is today, and one can have the same again.
func TestShiftedToToday(t *testing.T) {
	now := time.Date(2025, 3, 10, 12, 0, 0, 0, time.UTC)
	begin := func(p pacing, start string) (day int, said string) {
		var stderr bytes.Buffer
		w, err := p.load(console{stderr: &stderr, now: func() time.Time { return now }}, "null",
			[]model.Set{{Path: "start", Value: start, Flag: "--start"},
				{Path: "days", Value: "30", Flag: "--days"}})
		if err != nil {
			t.Fatal(err)
		}
		if begins, _ := w.Bounds(p.day); p.first < begins {
			t.Errorf("it begins at %d, before its day, %d", p.first, begins)
		}
		day, _ = w.DayOf(now.UnixMicro())
		return day, stderr.String()
	}
	if _, said := begin(pacing{historical: "keep"}, "2025-03-01"); said != "" {
		t.Errorf("keep: it says %q", said)
	}
	const again = "percorso: to repeat this stream: --start "
	day, said := begin(pacing{historical: "shift", from: "2025-03-05"}, "2025-03-01")
	if want := again + "2025-03-06 --from 2025-03-10T00:00:00+01:00\n"; day != 4 || said != want {
		t.Errorf("shift: today is day %d, and it says %q; want 4, %q", day, said, want)
	}
	day, said = begin(pacing{joins: true}, "now")
	if want := again + "2025-03-10 --from 2025-03-10T13:00:00+01:00\n"; day != 0 || said != want {
		t.Errorf("now: today is day %d, and it says %q; want 0, %q", day, said, want)
	}
}

// TestDaysRunOn beyond the scenario's, which keeps its name, unless simulated time says how fast.
func TestDaysRunOn(t *testing.T) {
	con := console{stderr: new(bytes.Buffer), now: time.Now}
	for _, runsOn := range []bool{false, true} {
		p := pacing{pace: pace.Rate(1), runsOn: runsOn}
		w, err := p.load(con, "null", []model.Set{{Path: "days", Value: "30", Flag: "--days"}})
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]int{false: 30, true: model.MaxDays}[runsOn]
		if w.Days != want || w.Scenario.Days != 30 {
			t.Errorf("runs on %v: %d days of a scenario of %d, want %d of 30", runsOn, w.Days,
				w.Scenario.Days, want)
		}
	}
}

// TestStdoutHasNoHeaders: a mode that says everything in headers is refused, with those it has.
func TestStdoutHasNoHeaders(t *testing.T) {
	s := streaming{dialect: &dialect.Dialect{Name: "envelopes",
		Options: []dialect.Option{{Name: "mode", Doc: "binary or structured"}}}}
	err := s.refused(fmt.Errorf("dialect envelopes: %w", app.ErrInHeaders))
	const want = "--to -: dialect envelopes describes each event in HTTP headers, which stdout does " +
		"not have: choose another --option mode=… (binary or structured)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
