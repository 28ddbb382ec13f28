package model

import "testing"

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
