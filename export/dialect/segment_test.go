package dialect

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func openSegment(t testing.TB, w *model.World) *Wire {
	t.Helper()
	wire, err := OpenDialect(&segmentDialect, w, Settings{Key: "KEY"})
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// A segmentCall is what tests read of a call.
type segmentCall struct {
	Type, Event, Name                        string
	MessageID, UserID, AnonymousID           string
	PreviousID, Timestamp, OriginalTimestamp string
	Properties, Traits, Context              map[string]any
}

// segmentCalls returns the calls of the day of everything.
func segmentCalls(t *testing.T) (calls []segmentCall) {
	t.Helper()
	w, b := dayOfEverything()
	for _, r := range checkGolden(t, "segment", openSegment(t, w), w, b) {
		var body struct {
			Batch  []segmentCall
			SentAt time.Time
		}
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatalf("%v in %s", err, r.Body)
		}
		if body.SentAt.UnixMicro() != sentAt {
			t.Errorf("sent at %v", body.SentAt)
		}
		calls = append(calls, body.Batch...)
	}
	return calls
}

// What RudderStack, Segment and Jitsu ask of every call: an id of whoever it was, an id of the call
// that no other has, a time.
func TestSegmentCallsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range segmentCalls(t) {
		if c.UserID == "" && c.AnonymousID == "" {
			t.Errorf("%s %s is nobody's", c.Type, c.Event)
		}
		if c.MessageID == "" || len(c.MessageID) > 100 || seen[c.MessageID] {
			t.Errorf("message id %q is empty, long or taken", c.MessageID)
		}
		seen[c.MessageID] = true
		if _, err := time.Parse(time.RFC3339, c.Timestamp); err != nil || c.Timestamp !=
			c.OriginalTimestamp || !strings.HasSuffix(c.Timestamp, "Z") {
			t.Errorf("timestamps %q and %q", c.Timestamp, c.OriginalTimestamp)
		}
		switch {
		case c.Type == "track" && c.Event == "", (c.Type == "page" || c.Type == "screen") &&
			c.Name == "", c.Type == "alias" && c.PreviousID == "":
			t.Errorf("%+v has no name", c)
		}
		for key, value := range c.Properties {
			if value == "" || value == nil {
				t.Errorf("%s %s has an empty %s", c.Type, c.Event, key)
			}
		}
	}
}

// Who signs up is the one who browsed before.
func TestSegmentJoinsAtSignup(t *testing.T) {
	var kinds []string
	for _, c := range segmentCalls(t) {
		if c.Type == "alias" || c.Type == "identify" || c.Event == "Signed Up" ||
			c.Event == "Signed In" {
			kinds = append(kinds, c.Type)
			if c.UserID != "9007199254740991" {
				t.Errorf("%s is of %q", c.Type, c.UserID)
			}
		}
		if c.Type == "alias" && (c.PreviousID != "6004799503160661" || c.AnonymousID != "") {
			t.Errorf("the alias is %+v", c)
		}
		if c.Type == "identify" && (c.AnonymousID != "6004799503160661" ||
			c.Traits["email"] != "anna.dalo@mail.example" || c.Traits["firstName"] != `Anna "Nina"`) {
			t.Errorf("the identify is %+v", c)
		}
	}
	if want := []string{"alias", "identify", "track", "identify", "track"}; !reflect.DeepEqual(
		kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
}

// Who becomes known by an order is identified with it, and only then.
func TestSegmentIdentifiesWhoBecomesKnownByAnOrder(t *testing.T) {
	w, b := dayOfEverything()
	wire, err := OpenDialect(&segmentDialect, w, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	days := NewDay(w)
	days.Take(b)
	e := days.Event(b, nthOf(t, table.Purchase, 2))
	for known, want := range map[int64]int{e.Time(): 1, e.Time() - 1: 0} {
		days.customers[berndUser].KnownSince = known
		text, _ := wire.Event(nil, e)
		if got := strings.Count(string(text), `"type":"identify"`); got != want {
			t.Errorf("known since %d: got %d identify calls, want %d", known-e.Time(), got, want)
		}
	}
}

// The amounts of an order are what the specification says they are.
func TestSegmentOrdersAddUp(t *testing.T) {
	orders := 0
	for _, c := range segmentCalls(t) {
		if c.Event != "Order Completed" {
			continue
		}
		orders++
		amount := func(name string) float64 { return c.Properties[name].(float64) }
		sum := amount("subtotal") + amount("shipping") + amount("tax")
		if d := sum - amount("total"); d > 0.001 || d < -0.001 ||
			amount("revenue") != amount("subtotal") {
			t.Errorf("%v", c.Properties)
		}
		for _, p := range c.Properties["products"].([]any) {
			for _, key := range []string{"product_id", "sku", "name", "category", "price",
				"quantity", "position"} {
				if p.(map[string]any)[key] == nil {
					t.Errorf("a product has no %s: %v", key, p)
				}
			}
		}
	}
	if orders != 4 {
		t.Errorf("%d orders, want 4", orders)
	}
}

// The answers of Segment, RudderStack and Jitsu, as they were seen.
func TestSegmentAnswers(t *testing.T) {
	refused := func(why string) Answer { return Refused(3, why) }
	for _, c := range []struct {
		status int
		body   string
		want   Answer
	}{
		{200, `{"success":true}`, Taken(3)},
		{200, "ok", Taken(3)},
		{200, "", Taken(3)},
		{200, `{"status":"ok"}`, Taken(3)},
		{200, `{"success":false,"message":"batch is too large"}`, refused("batch is too large")},
		{200, `{"status":"error"}`, refused(`{"status":"error"}`)},
		{200, `{"ok":true,"receivedEvents":5,"okEvents":5}`, Taken(3)},
		{200, `{"ok":false,"receivedEvents":5,"okEvents":4,"errors":["Message ID: 7: no stream"]}`,
			Answer{Accepted: 2, Why: "Message ID: 7: no stream"}},
		{200, `{"ok":false,"receivedEvents":3,"okEvents":0,"errors":["a","b"]}`, refused("a; b")},
		{400, "request neither has anonymousId nor userId\n",
			refused("request neither has anonymousId nor userId")},
		{400, "invalid json", refused("invalid json")},
		{400, "empty batch payload", refused("empty batch payload")},
		{401, "failed to read writekey from header", refused("failed to read writekey from header")},
		{413, "request size exceeds max limit", refused("request size exceeds max limit")},
		{400, `{"message":"Error parsing events body: EOF"}`,
			refused("Error parsing events body: EOF")},
	} {
		if got := segmentAnswer(c.status, []byte(c.body), 3); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d %s: got %+v, want %+v", c.status, c.body, got, c.want)
		}
	}
}

// Whatever words a scenario has, a body is JSON.
func FuzzSegmentWords(f *testing.F) {
	f.Add(nasty, "https://a/?b=c&d")
	f.Add("\xff\xfe", "")
	seedWords(f)
	f.Fuzz(func(t *testing.T, word, other string) {
		w, b := wordsOf(word, other)
		made, _ := makeRequests(openSegment(t, w), w, b)
		for _, r := range made {
			if !json.Valid(r.raw) {
				t.Fatalf("%q and %q: %s", word, other, r.raw)
			}
		}
	})
}

func TestSegmentAllocatesNothing(t *testing.T) {
	w, b := dayOfEverything()
	checkNoAllocations(t, openSegment(t, w), w, b)
}

func BenchmarkSegment(b *testing.B) {
	w, batch := dayOfEverything()
	benchmarkWire(b, openSegment(b, w), w, batch)
}
