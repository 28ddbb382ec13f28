package dialect

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func openGA4Stream(t testing.TB, w *model.World, stream string) *Wire {
	t.Helper()
	name, value, _ := strings.Cut(stream, "=")
	return mustOpen(t, &ga4Dialect, w,
		Settings{Key: "S&CRET", Options: map[string]string{name: value}})
}

var ga4Streams = map[string]string{
	"web": "measurement_id=G-TEST1234", "app": "firebase_app_id=1:2:android:3",
}

// A ga4Request is what tests read of a request.
type ga4Request struct {
	ClientID        string                       `json:"client_id"`
	AppInstanceID   string                       `json:"app_instance_id"`
	UserID          string                       `json:"user_id"`
	TimestampMicros int64                        `json:"timestamp_micros"`
	Consent         map[string]string            `json:"consent"`
	UserProperties  map[string]map[string]string `json:"user_properties"`
	Events          []ga4Event                   `json:"events"`
}

type ga4Event struct {
	Name   string
	Params map[string]any
}

func ga4Requests(t *testing.T, stream string) (requests []ga4Request) {
	t.Helper()
	w, b := dayOfEverything()
	wire := openGA4Stream(t, w, ga4Streams[stream])
	for _, made := range checkGolden(t, "ga4-"+stream, wire, w, b) {
		var r ga4Request
		decode(t, made.raw, &r)
		if len(r.Events) != len(made.Events) {
			t.Errorf("%d events, want %d", len(r.Events), len(made.Events))
		}
		for i, e := range r.Events {
			if got := e.Params["event_id"]; got != fmt.Sprint(made.Events[i]) {
				t.Errorf("event_id %v, want %d", got, made.Events[i])
			}
		}
		requests = append(requests, r)
	}
	return requests
}

// ga4Reserved are the names that nobody may send.
var ga4Reserved = strings.Fields(`ad_activeview ad_click ad_exposure ad_query ad_reward
	adunit_exposure app_clear_data app_exception app_install app_remove app_store_refund app_update
	app_upgrade dynamic_link_app_open dynamic_link_app_update dynamic_link_first_open error
	firebase_campaign firebase_in_app_message_action firebase_in_app_message_dismiss
	firebase_in_app_message_impression first_open first_visit notification_dismiss
	notification_foreground notification_open notification_receive notification_send os_update
	session_start user_engagement`)

// ga4Faults returns what the rules of names and limits say against an event.
func ga4Faults(e ga4Event, app bool) (faults []string) {
	fault := func(form string, args ...any) { faults = append(faults, fmt.Sprintf(form, args...)) }
	rule := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)
	prefix := regexp.MustCompile(`^(_|firebase_|ga_|google_|gtag\.)`)
	if !rule.MatchString(e.Name) || prefix.MatchString(e.Name) ||
		slices.Contains(ga4Reserved, e.Name) || e.Name == "screen_view" && !app {
		fault("name %q", e.Name)
	}
	if len(e.Params) > 25 {
		fault("%d parameters", len(e.Params))
	}
	for name, value := range e.Params {
		if !rule.MatchString(name) || prefix.MatchString(name) {
			fault("parameter %q", name)
		}
		most := map[string]int{"page_location": 1000, "page_referrer": 420}[name]
		if text, ok := value.(string); ok && utf8.RuneCountInString(text) > max(most, 100) {
			fault("%s is %q", name, text)
		}
		if value == "" || value == nil {
			fault("%s is empty", name)
		}
	}
	return faults
}

func TestGA4KeepsTheRulesOfNames(t *testing.T) {
	for stream := range ga4Streams {
		for _, r := range ga4Requests(t, stream) {
			for _, e := range r.Events {
				if faults := ga4Faults(e, stream == "app"); faults != nil {
					t.Errorf("%s: %v", e.Name, faults)
				}
			}
			if len(r.Events) == 0 || len(r.Events) > 25 || r.TimestampMicros < 1e15 {
				t.Errorf("%+v", r)
			}
		}
	}
	for _, bad := range []ga4Event{{Name: "session_start"}, {Name: "1st"}, {Name: "ga_x"},
		{Name: "a b"}, {Name: strings.Repeat("a", 41)}, {Name: "screen_view"},
		{Name: "x", Params: map[string]any{"google_x": 1}},
		{Name: "x", Params: map[string]any{"x": strings.Repeat("è", 101)}}} {
		if ga4Faults(bad, false) == nil {
			t.Errorf("the test finds nothing wrong with %+v", bad)
		}
	}
}

// A request is about one client, and names the customer where they are known.
func TestGA4RequestsAreOfOneClient(t *testing.T) {
	shared := 0
	for _, r := range ga4Requests(t, "web") {
		if !regexp.MustCompile(`^[0-9]+\.[0-9]{10}$`).MatchString(r.ClientID) {
			t.Errorf("client_id %q", r.ClientID)
		}
		id := strings.Replace(r.ClientID, ".", "", 1)
		known := id == fmt.Sprint(annaUser) || id == fmt.Sprint(berndUser)
		if known && r.UserID != id {
			t.Errorf("client %s is user %q", r.ClientID, r.UserID)
		}
		if id == fmt.Sprint(strangerUnit) && r.UserID != "" {
			t.Errorf("the stranger is %s", r.UserID)
		}
		if len(r.Events) > 1 {
			shared++
		}
		for _, e := range r.Events {
			if e.Name == "login" && (r.UserID != fmt.Sprint(annaUser) || e.Params["method"] != "web") {
				t.Errorf("%s: %v", r.UserID, e)
			}
			if e.Name == "purchase" && r.UserID == fmt.Sprint(berndUser) &&
				r.UserProperties["loyalty_tier"]["value"] != "gold" {
				t.Errorf("Bernd has %v", r.UserProperties)
			}
		}
		if want := map[bool]string{true: "GRANTED", false: "DENIED"}[r.UserID != "" ||
			id == fmt.Sprint(annaBrowser)]; len(r.Events) > 2 && r.Consent["ad_user_data"] != want {
			t.Errorf("%s consents: %v", r.ClientID, r.Consent)
		}
	}
	if shared < 3 {
		t.Errorf("%d requests have several events, want more", shared)
	}
	for _, r := range ga4Requests(t, "app") {
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(r.AppInstanceID) || r.ClientID != "" {
			t.Errorf("app_instance_id %q, client_id %q", r.AppInstanceID, r.ClientID)
		}
	}
}

// What is paid for the items is the value of a purchase.
func TestGA4PurchasesAddUp(t *testing.T) {
	purchases := 0
	for _, r := range ga4Requests(t, "web") {
		for _, e := range r.Events {
			if e.Name != "purchase" {
				continue
			}
			purchases++
			sum := 0.0
			for i, item := range e.Params["items"].([]any) {
				m := item.(map[string]any)
				sum += m["price"].(float64) * m["quantity"].(float64)
				if m["index"].(float64) != float64(i) || m["item_id"] == "" || m["item_name"] == "" {
					t.Errorf("item %v", m)
				}
			}
			if d := sum - e.Params["value"].(float64); d > 0.001 || d < -0.001 {
				t.Errorf("items make %v: %v", sum, e.Params)
			}
			if e.Params["transaction_id"] == nil || e.Params["currency"] != "EUR" {
				t.Errorf("%v", e.Params)
			}
		}
	}
	if purchases != 3 { // the unknown buyer in the store is nobody's client
		t.Errorf("%d purchases, want 3", purchases)
	}
}

// Every event of a device is seen by one stream, but for what opens a session without a campaign.
func TestGA4StreamsSeeEverythingOnce(t *testing.T) {
	w, b := dayOfEverything()
	seen := map[int64]int{}
	for _, stream := range ga4Streams {
		made, _ := makeRequests(openGA4Stream(t, w, stream), w, b)
		for _, r := range made {
			for _, id := range r.Events {
				seen[id]++
			}
		}
	}
	day := NewDay(w)
	day.Take(b)
	for row, h := range happenings {
		e := day.Event(b, row)
		want := 0
		if (e.Has(table.EventDevice) || e.Has(table.EventUser)) &&
			(h.kind != table.SessionStart || e.Code(table.EventSource) != 0) {
			want = 1
		}
		if seen[e.ID()] != want {
			t.Errorf("%s is seen %d times, want %d", table.EventTypes[h.kind-1], seen[e.ID()], want)
		}
	}
}

// What the stream does not see does not come between two events of a client.
func TestGA4KeysOverlookTheUnseen(t *testing.T) {
	w, b := dayOfEverything()
	wire := openGA4Stream(t, w, ga4Streams["web"])
	day := NewDay(w)
	day.Take(b)
	var keys []int64
	for row, h := range happenings {
		e := day.Event(b, row)
		key := wire.Key(e)
		if _, seen := wire.Event(nil, e); !seen && row > 2 && key != keys[row-1] {
			t.Errorf("%s, which is not seen, has a key of its own", table.EventTypes[h.kind-1])
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if n := len(slices.Compact(keys)); n < 5 {
		t.Errorf("%d keys, want one for each client", n)
	}
}

func TestGA4Options(t *testing.T) {
	w, _ := dayOfEverything()
	for want, options := range map[string]map[string]string{
		"say which stream of data":   {},
		"measurement_id=UA-1: want":  {"measurement_id": "UA-1"},
		"run once for each":          {"measurement_id": "G-1", "firebase_app_id": "1"},
		`has no option "measurment"`: {"measurment": "G-1"},
	} {
		if _, err := OpenDialect(&ga4Dialect, w, Settings{Options: options}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", options, err, want)
		}
	}
	wire := openGA4Stream(t, w, ga4Streams["web"])
	if got := wire.Query.Encode(); got != "api_secret=S%26CRET&measurement_id=G-TEST1234" {
		t.Errorf("query %s", got)
	}
	if l := wire.Limits; l.Events != 25 || l.Past != 72*time.Hour || l.Bytes != 130_000 {
		t.Errorf("limits %+v", l)
	}
}

// The answers of Analytics: nothing, and what its address for debugging says.
func TestGA4Answers(t *testing.T) {
	message := func(path, text string) string {
		return fmt.Sprintf(`{"fieldPath":%q,"description":%q,"validationCode":"NAME_INVALID"}`,
			path, text)
	}
	bad := "Event at index: [1] has invalid name [_badEventName]. Names must start with a letter."
	for _, c := range []struct {
		status int
		body   string
		want   Answer
	}{
		{204, "", Taken(3)},
		{200, "GIF89a", Taken(3)},
		{200, `{"validationMessages": [ ]}`, Taken(3)},
		{200, `{"validationMessages":[` + message("events", bad) + `]}`,
			Answer{Accepted: 2, Rejected: []int{1}, Why: "NAME_INVALID: " + bad}},
		{200, `{"validationMessages":[` + message("events[2].params.items", "x") + `,` +
			message("events.0.name", "y") + `,` + message("events[2]", "z") + `]}`,
			Answer{Accepted: 1, Rejected: []int{0, 2}, Why: "NAME_INVALID: x"}},
		{200, `{"validationMessages":[` + message("client_id", "is missing") + `]}`,
			Refused(3, "NAME_INVALID: is missing")},
		{200, `{"validationMessages":[` + message("events", "Event at index: [7] x") + `]}`,
			Refused(3, "NAME_INVALID: Event at index: [7] x")},
		{413, "too large", Refused(3, "too large")},
	} {
		if got := ga4Answer(c.status, []byte(c.body), 3); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d %s: got %+v, want %+v", c.status, c.body, got, c.want)
		}
	}
}

func TestCutsAreOnCharacters(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"èèèè", 3, "èèè"}, {"€👗x", 2, "€👗"},
		{"a\xffb", 2, "a\uFFFD"},
	} {
		if got := cutRunes(c.text, c.most); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAmountOfEachPiece(t *testing.T) {
	for want, c := range map[string][2]int64{
		"1.00": {100, 1}, "0.50": {100, 2}, "0.3333": {100, 3}, "119.90": {239_80, 2},
		"0.6667": {200, 3}, "0.00": {0, 0},
	} {
		if got := string(appendEach(nil, c[0], c[1])); got != want {
			t.Errorf("%v: got %s, want %s", c, got, want)
		}
	}
}

func TestGA4AllocatesNothing(t *testing.T) {
	w, b := dayOfEverything()
	for _, stream := range ga4Streams {
		wire := openGA4Stream(t, w, stream)
		checkNoAllocations(t, wire, w, b)
		day := NewDay(w)
		day.Take(b)
		if n := testing.AllocsPerRun(10, func() { wire.Key(day.Event(b, 10)) }); n != 0 {
			t.Errorf("a key costs %v allocations, want 0", n)
		}
	}
}

func FuzzGA4Words(f *testing.F) {
	f.Add(nasty, strings.Repeat("è€👗", 400))
	seedWords(f)
	f.Fuzz(func(t *testing.T, word, other string) {
		if word == "" || other == "" {
			t.Skip("no scenario has words without letters")
		}
		w, b := wordsOf(word, other)
		for name, stream := range ga4Streams {
			made, _ := makeRequests(openGA4Stream(t, w, stream), w, b)
			for _, made := range made {
				var r ga4Request
				if err := json.Unmarshal(made.raw, &r); err != nil {
					t.Fatalf("%q and %q: %v in %s", word, other, err, made.raw)
				}
				for _, e := range r.Events {
					if faults := ga4Faults(e, name == "app"); faults != nil {
						t.Fatalf("%q and %q: %v", word, other, faults)
					}
				}
			}
		}
	})
}

func BenchmarkGA4(b *testing.B) {
	w, batch := dayOfEverything()
	benchmarkWire(b, openGA4Stream(b, w, ga4Streams["web"]), w, batch)
}
