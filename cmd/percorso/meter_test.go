package main

import (
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/simulate"
)

// watch shows a run of ten parts, one every two seconds, and returns what a meter says of it.
func watch(live bool) string {
	var said strings.Builder
	clock := time.Unix(0, 0)
	m := newMeter(console{stderr: &said, now: func() time.Time { return clock }})
	m.live = live
	for done := range 11 {
		m.show(simulate.Progress{Done: done, Total: 10, Events: int64(done) * 1_500_000})
		clock = clock.Add(2 * time.Second)
	}
	m.clear()
	return said.String()
}

func TestMeterIsQuietWithoutTerminal(t *testing.T) {
	want := " 50%, 7,500,000 events, 750 k/s, 10 s left\n" +
		"100%, 15,000,000 events, 750 k/s, 0.0 s left\n"
	if got := watch(false); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMeterOfTheWarmUp: as long as there are no events it says why.
func TestMeterOfTheWarmUp(t *testing.T) {
	m := newMeter(console{stderr: new(strings.Builder), now: time.Now})
	got := m.line(simulate.Progress{Done: 1, Total: 10}, 5*time.Second)
	if want := " 10%, simulating the warm-up, 45 s left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMeterCleansUpOnTerminal(t *testing.T) {
	got := watch(true)
	if n := strings.Count(got, "\n"); n > 0 {
		t.Errorf("%d lines on a terminal, want one that is written over: %q", n, got)
	}
	want := "\r\x1b[K" + strings.Repeat("█", 6) + strings.Repeat("░", 24) + "  20%"
	if !strings.Contains(got, want) {
		t.Errorf("got %q, want a bar like %q", got, want)
	}
	if !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("the line still stands at the end: %q", got)
	}
}

func TestNumbersAsPeopleWriteThem(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{count(0), "0"},
		{count(999), "999"},
		{count(1000), "1,000"},
		{count(-1234567), "-1,234,567"},
		{count(1234567.8), "1,234,567"},
		{size(int64(999)), "999 B"},
		{size(int64(1500)), "1.5 kB"},
		{size(312e6), "312 MB"},
		{size(1.24e9), "1.2 GB"},
		{size(999.9), "1.0 kB"},
		{size(5e15), "5000 TB"},
		{rate(3_100_000, time.Second), "3.1 M"},
		{rate(10, 0), "10 k"}, // no time is a millisecond, not infinity
		{span(80 * time.Millisecond), "0.1 s"},
		{span(42 * time.Second), "42 s"},
		{span(150 * time.Second), "2 min"},
		{span(125 * time.Minute), "2 h 5 min"},
		{money(123456789), "1,234,567.89"},
		{money(5), "0.05"},
		{percent(29412), "2.94%"},
		{plural(1, "request"), "1 request"},
		{plural(int64(2000), "request"), "2,000 requests"},
		{shortTime(time.Minute), "1m"},
		{shortTime(2 * time.Hour), "2h"},
		{shortTime(90 * time.Second), "1m30s"},
		{shortTime(1500 * time.Millisecond), "1.5s"},
		{shortTime(0), "0s"},
		{quoted("data"), "data"},
		{quoted("my 'data'"), `'my '\''data'\'''`},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
}
