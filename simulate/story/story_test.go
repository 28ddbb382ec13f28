package story

import (
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
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
		{map[string]int64{"churned_at": day, "dormant_at": day},
			"She stopped buying on 2 January 1970.\n"},
	} {
		var out strings.Builder
		story := teller{out: &out, w: new(model.World), zone: time.UTC,
			life: &life{person: record{number: c.turns}}}
		story.loyalty()
		if got := out.String(); got != c.want {
			t.Errorf("%v: told %q, want %q", c.turns, got, c.want)
		}
	}
}

// TestWhatIsAskedForIsOfTheCall: an offer asked for on the phone, and what is missed in a store,
// are told with the call or the visit, not as others.
func TestWhatIsAskedForIsOfTheCall(t *testing.T) {
	happens := func(kind, channel string, journey int64) record {
		return record{number: map[string]int64{"journey_id": journey},
			words: map[string]string{"event_type": kind, "channel": channel, "stage": "quote"}}
	}
	call := happens("call", "rep", 1)
	for _, c := range []struct {
		next record
		same bool
	}{
		{happens("quote", "rep", 1), true},
		{happens("stock_out", "rep", 1), true},
		{happens("quote", "web", 1), false},
		{happens("call", "rep", 1), false},
	} {
		if got := sameTouch(call, c.next); got != c.same {
			t.Errorf("a call and a %s through %s: one touch %v, want %v", c.next.words["event_type"],
				c.next.words["channel"], got, c.same)
		}
	}
}
