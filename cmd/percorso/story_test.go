package main

import (
	"strings"
	"testing"
	"time"
)

// TestStoriesTellLoyaltyInOrder: who was won back and stopped again came back first.
func TestStoriesTellLoyaltyInOrder(t *testing.T) {
	day := int64(24 * time.Hour / time.Microsecond)
	for _, c := range []struct {
		turns map[string]int64
		want  string
	}{
		{nil, ""},
		{map[string]int64{"churned_at": 0, "dormant_at": day, "won_back_at": 2 * day},
			"She stopped buying on 1 January 1970; by 2 January 1970 her silence could be noticed; " +
				"she came back on 3 January 1970.\n"},
		{map[string]int64{"churned_at": day, "won_back_at": 0},
			"She came back on 1 January 1970; she stopped buying on 2 January 1970.\n"},
		{map[string]int64{"dormant_at": day}, "By 2 January 1970 her silence could be noticed.\n"},
	} {
		var out strings.Builder
		story := teller{out: &out, life: &life{person: record{number: c.turns}}, zone: time.UTC}
		story.loyalty()
		if got := out.String(); got != c.want {
			t.Errorf("%v: told %q, want %q", c.turns, got, c.want)
		}
	}
}
