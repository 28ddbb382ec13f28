package story

import (
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// TestStoriesTellChurnInOrder: who was won back and stopped again came back first.
func TestStoriesTellChurnInOrder(t *testing.T) {
	day := int64(24 * time.Hour / time.Microsecond)
	for _, c := range []struct {
		turns map[string]int64
		want  string
	}{
		{nil, ""},
		{map[string]int64{"churned_at": 0, "dormant_at": day, "won_back_at": 2 * day},
			"She stopped buying on 1 January 1970; by 2 January 1970 her silence could be noticed; " +
				"she came back on 3 January 1970"},
		{map[string]int64{"churned_at": day, "won_back_at": 0},
			"She came back on 1 January 1970; she stopped buying on 2 January 1970"},
		{map[string]int64{"dormant_at": day}, "By 2 January 1970 her silence could be noticed"},
		{map[string]int64{"churned_at": day, "dormant_at": day},
			"She stopped buying on 2 January 1970"},
	} {
		story := teller{w: new(model.World), zone: time.UTC,
			life: &life{person: record{number: c.turns}}}
		if got := story.turns(); got != c.want {
			t.Errorf("%v: told %q, want %q", c.turns, got, c.want)
		}
	}
}

// TestFeelingsHaveNoSignOfZero: what rounds to nothing is neither good nor bad.
func TestFeelingsHaveNoSignOfZero(t *testing.T) {
	for felt, want := range map[int64]string{
		499: "0.0", -499: "0.0", 0: "0.0", 1_000: "+0.1", -13_000: "-1.3",
	} {
		story := teller{life: &life{person: record{number: map[string]int64{"satisfaction": felt}}}}
		if got := story.feelings(); got != "In the end her satisfaction is "+want {
			t.Errorf("%d: told %q, want %s", felt, got, want)
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
		{happens("quote_request", "rep", 1), true},
		{happens("stock_out", "rep", 1), true},
		{happens("quote_request", "web", 1), false},
		{happens("call", "rep", 1), false},
	} {
		if got := sameTouch(call, c.next); got != c.same {
			t.Errorf("a call and a %s through %s: one touch %v, want %v", c.next.words["event_type"],
				c.next.words["channel"], got, c.same)
		}
	}
}

// TestContactsAreToldAsTheirTicketSays: how long she waits counts where she waits for somebody, and
// a matter that comes again is no new one.
func TestContactsAreToldAsTheirTicketSays(t *testing.T) {
	const at = 1_000_000
	for _, c := range []struct {
		how, kind string
		attempt   int64
		wait      time.Duration
		status    uint32
		want      string
	}{
		{"calls", "call", 1, 0, table.TicketResolved, "; resolved"},
		{"calls", "call", 1, 999 * time.Millisecond, table.TicketResolved, "; resolved"},
		{"calls", "call", 1, 90 * time.Second, table.TicketUnresolved, ", waits 1m30s; unresolved"},
		{"calls", "call", 3, 9 * time.Second, table.TicketAbandoned, ", attempt 3; gives up after 9s"},
		{"writes to", "contact_request", 2, time.Hour, table.TicketOpen, ", attempt 2; open"},
	} {
		tables := table.Schema("EUR")
		town := newChronicle(tables, 1)
		tickets, rows := &tables[table.TableTickets], &town.rest.Tables[table.TableTickets]
		town.rest.Add(tables, table.TableTickets)
		for column, n := range map[string]int64{"opened_at": at, "attempt": c.attempt,
			"wait_ms": c.wait.Milliseconds()} {
			rows.Cols[tickets.At(column)].Int[0] = n
		}
		rows.Cols[tickets.At("status")].Code[0] = c.status
		story := teller{life: &life{town: town}}
		contact := record{number: map[string]int64{"event_time": at},
			words: map[string]string{"event_type": c.kind, "channel": "call_center", "reason": "late"}}
		want := "she " + c.how + " the service (call center) about: late"
		if got := story.asking(c.how, contact); got != want+c.want {
			t.Errorf("told %q, want %q", got, want+c.want)
		}
		contact.number["event_time"]++ // no ticket
		if got := story.asking(c.how, contact); got != want {
			t.Errorf("without a ticket: told %q, want %q", got, want)
		}
	}
}

// TestWhatLeadsBeyondTheChain holds which reason is told where several could be.
func TestWhatLeadsBeyondTheChain(t *testing.T) {
	w := new(model.World)
	w.Stages = []string{"cart", "look"}
	w.Segments = []model.SegmentPlan{{Name: "others", Chain: 1}, {Name: "hers"}}
	w.Chains = []model.Chain{{Stages: []model.StagePlan{1: {Does: model.FillCart}, 2: {}}}}
	missed := []record{{words: map[string]string{"event_type": "stock_out"}}}
	const market, cart = "because what she wanted was not there [market]",
		"because of the cart that she left [cart]"
	for _, c := range []struct {
		at    position
		carts bool
		off   uint64
		want  string
	}{
		{position{stage: "cart", events: missed}, true, 1, market},
		{position{stage: "cart"}, true, 1, cart},
		{position{stage: "cart"}, false, 1, "after something that is not seen in this world"},
		{position{stage: "look"}, true, 0, "beyond the chain"},
	} {
		w.Plans, w.Off = model.Plans{&model.CartBehaviorPlan{On: c.carts}}, c.off
		story := teller{w: w, voices: voices, at: c.at, life: &life{
			person: record{words: map[string]string{"segment": "hers"}}}}
		if got := story.beyond(); got != c.want {
			t.Errorf("at %s, carts %v, without %b: told %q, want %q", c.at.stage, c.carts, c.off, got,
				c.want)
		}
	}
}
