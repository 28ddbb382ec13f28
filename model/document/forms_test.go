package document

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

// TestCountsInThousands holds that what is counted may be written in thousands and millions.
func TestCountsInThousands(t *testing.T) {
	for text, want := range map[string]float64{"7": 7, "10k": 1e4, "2M": 2e6, "1.5k": 1500,
		"1.005M": 1_005_000, "10K": 1e4, "10,000": 1e4, "-1,234,567": -1234567, "1_000k": 1e6,
		"1e3": 1000, "-2k": -2000, "0k": 0} {
		if got, ok := ParseCount(text); !ok || got != want {
			t.Errorf("%q: got %v (%v), want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "k", "M", "1.5", "1.0005k", "1kM", "1m", "1,00", "1,0000",
		"1000,000", ",100", "1,000k", "1,000.0", "1_0,000", "1,000e3", "1e3k", "10 k",
		"k10", "0.5"} {
		if got, ok := ParseCount(text); ok {
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
		if got, ok := ParseSpan(text); !ok || got != want {
			t.Errorf("%q: got %v (%v), want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "d", "2", "2m", "3w", "1h30min", "-1d", "2 d", "1e2dd", "3651d",
		"2D", "1e300d"} {
		if got, ok := ParseSpan(text); ok {
			t.Errorf("%q: got %v, want none", text, got)
		}
	}
}
