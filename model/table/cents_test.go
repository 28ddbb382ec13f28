package table

import (
	"encoding/json"
	"testing"
)

// TestCentsAreExactInJSON holds that amounts are written and read as they are, and nothing else.
func TestCentsAreExactInJSON(t *testing.T) {
	for _, c := range []struct {
		cents Cents
		text  string
	}{
		{0, "0.00"}, {5, "0.05"}, {-5, "-0.05"}, {-12345, "-123.45"}, {100, "1.00"},
		{9_007_199_254_740_993, "90071992547409.93"}, // no float64 is this
		{9_223_372_036_854_775_807, "92233720368547758.07"},
		{-9_223_372_036_854_775_808, "-92233720368547758.08"},
	} {
		text, err := json.Marshal(c.cents)
		if err != nil || string(text) != c.text {
			t.Errorf("%d: got %s, %v, want %s", c.cents, text, err, c.text)
		}
		var back Cents
		if err := json.Unmarshal(text, &back); err != nil || back != c.cents {
			t.Errorf("%s: got %d, %v, want %d", text, back, err, c.cents)
		}
	}
	for _, text := range []string{"1", "1.5", "1.555", `"1.00"`, "1e2", "92233720368547758.08"} {
		if err := json.Unmarshal([]byte(text), new(Cents)); err == nil {
			t.Errorf("%s is read, want an error", text)
		}
	}
}
