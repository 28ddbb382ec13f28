package model

import (
	"math"
	"testing"
	"time"
)

// TestNumbersAreReadOneWay lists the spellings of numbers, and what looks like one and is none.
func TestNumbersAreReadOneWay(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "-0": 0, "7": 7, "+7": 7, "-7": -7, "10_000": 1e4, "2_000_000": 2e6, "1e6": 1e6,
		"1E6": 1e6, "2.5e3": 2500, "1e-3": 0.001, "1e+3": 1000, "0.35": 0.35, "1_000.5": 1000.5,
	} {
		got, ok := ParseNumber(text)
		if !ok || got != want || math.Signbit(got) != (want < 0) {
			t.Errorf("%q: got %v (%v), want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-", "+-1", "--1", ".5", "5.", "01", "00", "0x10", "0o7", "1__0",
		"_1", "1_", "1_.5", "1._5", "1.2.3", "1e", "e5", "1e5.5", "1e999", "inf", ".inf", "nan", "1 000",
		"1,5", "٣", "1-2"} {
		if got, ok := ParseNumber(text); ok {
			t.Errorf("%q: got %v, want none", text, got)
		}
	}
}

// TestPercentagesAreRoundedOnce holds that 33.3% and 0.333 are the same number.
func TestPercentagesAreRoundedOnce(t *testing.T) {
	for text, want := range map[string]float64{
		"35%": 0.35, "33.3%": 0.333, "0.1%": 0.001, "100%": 1, "58.6%": 0.586, "-5%": -0.05,
		"1_0%": 0.1, "0%": 0,
	} {
		if got, ok := percent(text); !ok || got != want {
			t.Errorf("%q: got %v (%v), want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "%", "35", "35 %", "35%%", "1e1%", "x%", "05%"} {
		if got, ok := percent(text); ok {
			t.Errorf("%q: got %v, want none", text, got)
		}
	}
}

// TestSpans lists times and what is none: months and minutes are not told apart by m.
func TestSpans(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0d": 0, "127s": 127 * time.Second, "90min": 90 * time.Minute, "4h": 4 * time.Hour,
		"2.5d": 60 * time.Hour, "1_000s": 1000 * time.Second, "0.1d": 8640 * time.Second,
		"3650d": 3650 * 24 * time.Hour,
	} {
		if got, ok := parseSpan(text); !ok || got != want {
			t.Errorf("%q: got %v (%v), want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "d", "2", "2m", "3w", "1h30min", "-1d", "2 d", "1e2dd", "3651d",
		"2D", "1e300d"} {
		if got, ok := parseSpan(text); ok {
			t.Errorf("%q: got %v, want none", text, got)
		}
	}
}

// TestHours lists ranges of opening hours.
func TestHours(t *testing.T) {
	for text, want := range map[string][2]int{"9-20": {9, 20}, "0-24": {0, 24}, "09-9": {}, "9": {},
		"20-9": {}, "9-25": {}, "-1-3": {}, "9-9": {}, "a-b": {}, "9-13-15": {}, "08-12": {8, 12}} {
		from, to, ok := parseHours(text)
		if got := [2]int{from, to}; ok != (want[1] > 0) || ok && got != want {
			t.Errorf("%q: got %v (%v), want %v", text, got, ok, want)
		}
	}
	s := load(t, "from: fashion\nchannels: {store: {hours: {9: 1, 12-14: 3, 20: 0.5}}}\n")
	if got, want := s.Channels["store"].Hours, (Hours{9: 1, 12: 3, 13: 3, 20: 0.5}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestLaws holds how each law of time is written.
func TestLaws(t *testing.T) {
	s := load(t, `
from: fashion
orders: {delivery: 2d, collection: {fixed: 4h, min: 1h}}
sessions:
  duration: {weibull: {scale: 2min, shape: 0.8}}
  call: {erlang: {mean: 5min, k: 3}, min: 10s}
  store_visit:
    mixture:
      - {share: 60%, exponential: {mean: 5min}}
      - {share: 40%, gamma: {mean: 1h, shape: 2}, min: 5min}
`)
	if got := s.Orders.Delivery; got.Fixed == nil || *got.Fixed != span(t, "2d") || got.Min != 0 {
		t.Errorf("bare: got %+v", got)
	}
	if got := s.Orders.Collection; *got.Fixed != span(t, "4h") || got.Min != span(t, "1h") {
		t.Errorf("fixed: got %+v", got)
	}
	if got := s.Sessions.Duration.Weibull; *got != (Weibull{span(t, "2min"), 0.8}) {
		t.Errorf("weibull: got %+v", got)
	}
	call := s.Sessions.Call
	if *call.Erlang != (Erlang{span(t, "5min"), 3}) || call.Min != span(t, "10s") {
		t.Errorf("erlang: got %+v", call)
	}
	mix := s.Sessions.StoreVisit.Mixture
	if len(mix) != 2 || mix[0].Share != 0.6 || mix[1].Share != 0.4 || mix[0].Exponential == nil ||
		mix[1].Gamma == nil || mix[1].Min != span(t, "5min") {
		t.Errorf("mixture: got %+v", mix)
	}
}

// TestPercentagesMaySumToNearlyAHundred holds the slack: a hundredth of a point, and no more.
func TestPercentagesMaySumToNearlyAHundred(t *testing.T) {
	for text, want := range map[string]bool{
		"{a: 33.33%, b: 33.33%, c: 33.34%}": true,
		"{a: 33.33%, b: 33.33%, c: 33.33%}": true,
		"{a: 33.3%, b: 33.3%, c: 33.3%}":    false,
		"{a: 50%, b: 50.02%}":               false,
		"{a: 1, b: 1, c: 5}":                true,
	} {
		_, err := LoadBytes("s.yaml", []byte("from: fashion\ncarts: {reasons: "+text+"}\n"), builtins(t))
		if (err == nil) != want {
			t.Errorf("%s: got %v, want it accepted: %v", text, err, want)
		}
	}
}
