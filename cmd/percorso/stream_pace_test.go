package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// oldWire is a dialect that takes no old events, nor any from the future.
func oldWire() *dialect.Wire {
	return &dialect.Wire{Dialect: &dialect.Dialect{Name: "strict"},
		Limits: dialect.Limits{Past: 72 * time.Hour, Future: time.Hour, Batch: 10}}
}

// TestOldTimesNeedAWord: a stream whose times the target refuses is not sent before one has said
// what shall become of them, and is moved to today if that is it.
func TestOldTimesNeedAWord(t *testing.T) {
	now := time.Date(2025, 3, 10, 12, 0, 0, 0, time.UTC)
	set := func(p pacing, start string) (*model.World, string, error) {
		var said bytes.Buffer
		con := console{stderr: &said, now: func() time.Time { return now }}
		p.pace = pace.Rate(1)
		w, err := p.load(con, "null", []model.Set{{Path: "start", Value: start, Flag: "--start"},
			{Path: "days", Value: "30", Flag: "--days"}})
		if err != nil {
			t.Fatal(err)
		}
		opt := push.Options{Wire: oldWire()}
		err = p.set(&opt)
		if begins, _ := w.Bounds(p.day); opt.From != p.first || p.first < begins {
			t.Errorf("it begins at %d, want %d", opt.From, p.first)
		}
		return w, said.String(), err
	}
	for start, want := range map[string]string{
		"2025-03-01": "dialect strict takes events of the last 72 h, and the stream begins at " +
			"2025-02-28T23:00:00Z: --historical shift moves the simulation so that its first day is " +
			"today, --historical keep sends the times as they are",
		"2025-03-12": "dialect strict takes events up to 1 h ahead of the clock, and the stream " +
			"begins at 2025-03-11T23:00:00Z: --historical shift",
		"2025-03-09": "",
		"now":        "",
	} {
		_, _, err := set(pacing{joins: start == "now"}, start)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("start %s: got %v, want %q", start, err, want)
		}
		if _, said, err := set(pacing{historical: "keep"}, "2025-03-01"); err != nil || said != "" {
			t.Errorf("keep: got %v and %q, want neither", err, said)
		}
	}
	w, said, err := set(pacing{historical: "shift", from: "2025-03-05"}, "2025-03-01")
	const again = "percorso: the same again: --start 2025-03-06 --from 2025-03-10T00:00:00+01:00\n"
	if day, _ := w.DayOf(now.UnixMicro()); err != nil || day != 4 || said != again {
		t.Errorf("shift: today is day %d, err %v, and it says %q; want 4, none, %q", day, err, said,
			again)
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
	wire := &dialect.Wire{Attributes: func(*dialect.Event) http.Header { return nil }}
	err := s.print(t.Context(), console{}, func(context.Context, table.Sink) error {
		t.Error("it is simulated")
		return nil
	}, push.Options{Wire: wire})
	const want = "--to -: dialect envelopes says in headers what an event is, which stdout has not: " +
		"take another --option mode=… (binary or structured)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
