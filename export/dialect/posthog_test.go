package dialect

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
)

// posthogBody is a body as PostHog takes it.
type posthogBody struct {
	APIKey     string `json:"api_key"`
	SentAt     string `json:"sent_at"`
	Historical bool   `json:"historical_migration"`
	Batch      []posthogEvent
}

type posthogEvent struct {
	Event      string
	DistinctID string `json:"distinct_id"`
	UUID       string
	Timestamp  string
	Properties map[string]any
}

const endOfUUID = `[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`

var (
	anyUUID   = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-8]` + endOfUUID)
	timedUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7` + endOfUUID)
)

// checkPosthog says what is wrong with an event as PostHog takes it.
func checkPosthog(e posthogEvent) error {
	switch {
	case e.Event == "":
		return fmt.Errorf("no name in %v", e)
	case len(e.DistinctID) == 0 || len(e.DistinctID) > 200:
		return fmt.Errorf("distinct_id %q", e.DistinctID)
	case !anyUUID.MatchString(e.UUID):
		return fmt.Errorf("uuid %q", e.UUID)
	case e.Timestamp == "":
		return fmt.Errorf("no time in %v", e)
	}
	if session, ok := e.Properties["$session_id"].(string); ok && !timedUUID.MatchString(session) {
		return fmt.Errorf("$session_id %q is not a UUID of version 7", session)
	}
	if e.Event == "$identify" && e.Properties["$anon_distinct_id"] == e.DistinctID {
		return fmt.Errorf("merges %s with itself", e.DistinctID)
	}
	return nil
}

func TestPostHogTakesEveryEvent(t *testing.T) {
	w, b := dayOfEverything()
	wire := opened(t, &posthogDialect, w, "phc_\"x", nil)
	ids, sessions := map[string]bool{}, map[any]bool{}
	identified := 0
	for _, r := range checkGolden(t, "posthog", wire, w, b) {
		if err := checkKeys(r.raw); err != nil {
			t.Error(err)
		}
		body := decodeBody[posthogBody](t, r.raw)
		if body.APIKey != "phc_\"x" || body.SentAt != "2025-10-25T12:00:00.007Z" || body.Historical {
			t.Errorf("key %q, sent at %q, %v", body.APIKey, body.SentAt, body.Historical)
		}
		for _, e := range body.Batch {
			if err := checkPosthog(e); err != nil {
				t.Error(err)
			}
			if ids[e.UUID] {
				t.Errorf("%s is there twice", e.UUID)
			}
			ids[e.UUID] = true
			if e.Event == "$identify" {
				identified++
				if e.Properties["$anon_distinct_id"] != fmt.Sprint(annaBrowser) ||
					e.DistinctID != fmt.Sprint(annaUser) {
					t.Errorf("%s is joined to %v", e.DistinctID, e.Properties["$anon_distinct_id"])
				}
			}
			if session := e.Properties["$session_id"]; session != nil {
				sessions[session] = true
			}
		}
	}
	if identified != 2 { // at the sign-up and the login
		t.Errorf("%d $identify, want 2", identified)
	}
	if len(sessions) != 3 {
		t.Errorf("%d visits, want 3: %v", len(sessions), sessions)
	}
	good := posthogEvent{"a", "1", "90324771-12ff-8d52-8008-0000001e8486", "2025", map[string]any{}}
	if err := checkPosthog(good); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*posthogEvent){
		"no name":     func(e *posthogEvent) { e.Event = "" },
		"nobody":      func(e *posthogEvent) { e.DistinctID = "" },
		"no UUID":     func(e *posthogEvent) { e.UUID = "1" },
		"old session": func(e *posthogEvent) { e.Properties["$session_id"] = e.UUID },
	} {
		spoilt := good
		spoilt.Properties = maps.Clone(good.Properties)
		spoil(&spoilt)
		if checkPosthog(spoilt) == nil {
			t.Errorf("%s: nothing wrong found", name)
		}
	}
}

// The id of a visit carries the time at which it began, and is the same for all its events.
func TestPostHogSessionBeginsWithItsVisit(t *testing.T) {
	const began = 1_761_372_000_123_000
	got := string(appendTimedUUID(nil, began, webVisit))
	if want := fmt.Sprintf("%012x", int64(began/1000)); strings.ReplaceAll(got, "-", "")[:12] != want {
		t.Errorf("got %s, which should begin with %s", got, want)
	}
	if !timedUUID.MatchString(got) {
		t.Errorf("%s is not a UUID of version 7", got)
	}
}

func TestPostHogOptions(t *testing.T) {
	w, _ := dayOfEverything()
	wire := opened(t, &posthogDialect, w, "k", map[string]string{"historical_migration": "true"})
	body := wire.End(wire.Begin(nil, nil), 0)
	if !decodeBody[posthogBody](t, body).Historical {
		t.Errorf("historical_migration is not true in %s", body)
	}
	_, err := OpenDialect(&posthogDialect, w,
		Settings{Options: map[string]string{"historical_migration": "yes"}})
	if err == nil || !strings.Contains(err.Error(), "want true or false") {
		t.Errorf("got %v", err)
	}
}

// answered is what a target said of four events, and what that means.
type answered struct {
	status   int
	body     string
	accepted int
	rejected []int
	why      string // a part of it
}

// checkAnswers reads answers with a wire.
func checkAnswers(t *testing.T, wire *Wire, all []answered) {
	t.Helper()
	for _, a := range all {
		got := wire.Answer(a.status, []byte(a.body), 4)
		if got.Accepted != a.accepted || fmt.Sprint(got.Rejected) != fmt.Sprint(a.rejected) ||
			!strings.Contains(got.Why, a.why) || (a.why == "") != (got.Why == "") {
			t.Errorf("%d %s: got %+v, want %+v", a.status, a.body, got, a)
		}
	}
}

var allFour = []int{0, 1, 2, 3}

func TestPostHogAnswers(t *testing.T) {
	w, _ := dayOfEverything()
	checkAnswers(t, opened(t, &posthogDialect, w, "k", nil), []answered{
		{200, `{"status":1}`, 4, nil, ""},
		{200, `{"status":"Ok"}`, 4, nil, ""},
		{200, `{"status":1,"quota_limited":["recordings"]}`, 4, nil, ""},
		{200, `{"status":1,"quota_limited":["events"]}`, 0, allFour, "quota"},
		{400, `event submitted without a distinct_id`, 0, allFour, "without a distinct_id"},
		{401, `{"code":"invalid_api_key"}`, 0, allFour, "invalid_api_key"},
		{429, `billing limit reached`, 0, allFour, "billing limit"},
	})
}

func TestPostHogAllocatesNothing(t *testing.T) {
	w, b := dayOfEverything()
	checkNoAllocations(t, opened(t, &posthogDialect, w, "k", nil), w, b)
}

func BenchmarkPostHog(b *testing.B) {
	w, day := dayOfEverything()
	benchmarkWire(b, opened(b, &posthogDialect, w, "k", nil), w, day)
}
