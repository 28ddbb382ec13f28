package dialect

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type mixpanelEvent struct {
	Event      string
	Properties map[string]any
}

// placeholders are ids that Mixpanel takes for mistakes.
var placeholders = strings.Fields(`00000000-0000-0000-0000-000000000000 anon anonymous nil none null
	n/a na undefined unknown 0 -1 true false [] {} lmy47d backendid`)

var insertID = regexp.MustCompile(`^[0-9A-Za-z-]{1,36}$`)

// checkMixpanel says what is wrong with an event as Mixpanel takes it with strict=1.
func checkMixpanel(e mixpanelEvent) error {
	p := e.Properties
	at, _ := p["time"].(float64)
	id, _ := p["$insert_id"].(string)
	who, named := p["distinct_id"].(string)
	switch {
	case e.Event == "":
		return fmt.Errorf("no name in %v", e)
	case at < 31_536_000_000 || at != float64(int64(at)): // 1971, in ms
		return fmt.Errorf("time %v", p["time"])
	case !insertID.MatchString(id):
		return fmt.Errorf("$insert_id %v", p["$insert_id"])
	case !named, slices.Contains(placeholders, strings.ToLower(who)):
		return fmt.Errorf("distinct_id %v", p["distinct_id"])
	case p["$user_id"] != nil && who != p["$user_id"],
		p["$user_id"] == nil && p["$device_id"] != nil && who != fmt.Sprint("$device:", p["$device_id"]):
		return fmt.Errorf("distinct_id %q of %v on %v", who, p["$user_id"], p["$device_id"])
	case len(p) >= 255:
		return fmt.Errorf("%d properties", len(p))
	}
	return nil
}

func TestMixpanelTakesEveryEvent(t *testing.T) {
	w, b := dayOfEverything()
	wire := opened(t, &mixpanelDialect, w, "token", map[string]string{"project_id": "7"})
	if got := wire.Header.Get("Authorization"); got != "Basic dG9rZW46" {
		t.Errorf("authorised by %q, want token: in base64", got)
	}
	if got := wire.Query.Encode(); got != "project_id=7&strict=1" {
		t.Errorf("asks with %q", got)
	}
	ids, joined, nobody := map[any]bool{}, 0, 0
	for _, r := range checkGolden(t, "mixpanel", wire, w, b) {
		if err := checkKeys(r.raw); err != nil {
			t.Error(err)
		}
		events := decodeBody[[]mixpanelEvent](t, r.raw)
		if len(events) != len(r.Events) { // failed_records[index] means ours
			t.Errorf("%d records for %d events", len(events), len(r.Events))
		}
		for _, e := range events {
			if err := checkMixpanel(e); err != nil {
				t.Error(err)
			}
			if ids[e.Properties["$insert_id"]] {
				t.Errorf("%v is there twice", e.Properties["$insert_id"])
			}
			ids[e.Properties["$insert_id"]] = true
			if e.Properties["$device_id"] == fmt.Sprint(annaBrowser) &&
				e.Properties["$user_id"] == fmt.Sprint(annaUser) {
				joined++
			}
			if e.Properties["distinct_id"] == "" {
				nobody++
			}
		}
	}
	if joined == 0 {
		t.Error("no event joins a browser to its customer")
	}
	if nobody != 3 { // an order, a return and a letter in which only the order is known
		t.Errorf("%d events of nobody, want 3", nobody)
	}
	good := mixpanelEvent{"a", map[string]any{"time": 1.7e12, "$insert_id": "1", "distinct_id": "1"}}
	if err := checkMixpanel(good); err != nil {
		t.Error(err)
	}
	for key, value := range map[string]any{"time": 1e9, "$insert_id": strings.Repeat("1", 37),
		"distinct_id": "anon", "$user_id": "2"} {
		spoilt := mixpanelEvent{"a", maps.Clone(good.Properties)}
		spoilt.Properties[key] = value
		if checkMixpanel(spoilt) == nil {
			t.Errorf("%s %v: nothing wrong found", key, value)
		}
	}
}

func TestMixpanelKeyOfAServiceAccount(t *testing.T) {
	w, _ := dayOfEverything()
	got := opened(t, &mixpanelDialect, w, "user:secret", nil).Header.Get("Authorization")
	if want := "Basic dXNlcjpzZWNyZXQ="; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Mixpanel's 400 is a partial success.
func TestMixpanelAnswers(t *testing.T) {
	w, _ := dayOfEverything()
	const failed = `{"code":400,"error":"some data points in the request failed validation",
		"num_records_imported":%d,"failed_records":[%s]}`
	first := `{"index":%d,"insert_id":"x","field":"properties.time","message":"is invalid"}`
	record := func(i int) string { return fmt.Sprintf(first, i) }
	checkAnswers(t, opened(t, &mixpanelDialect, w, "k", nil), []answered{
		{200, `{"code":200,"num_records_imported":4,"status":"OK"}`, 4, nil, ""},
		{200, `{"code":200,"num_records_imported":3,"status":"OK"}`, 3, nil, ""},
		{200, `{"error":"","status":1}`, 4, nil, ""},
		{400, fmt.Sprintf(failed, 3, record(0)), 3, []int{0}, "properties.time: is invalid"},
		{400, fmt.Sprintf(failed, 2, record(3)+","+record(1)+","+record(3)), 2, []int{1, 3},
			"properties.time"},
		{400, fmt.Sprintf(failed, 3, record(9)), 3, nil, ""},
		{400, fmt.Sprintf(failed, 0, ""), 0, allFour, "failed validation"},
		{400, `{"code":400,"error":"bad JSON"}`, 0, allFour, "bad JSON"},
		{401, `{"code":401,"error":"invalid credentials"}`, 0, allFour, "invalid credentials"},
		{413, `{"code":413,"error":"too large"}`, 0, allFour, "too large"},
	})
}

func TestMixpanelAllocatesNothing(t *testing.T) {
	w, b := dayOfEverything()
	checkNoAllocations(t, opened(t, &mixpanelDialect, w, "k", nil), w, b)
}

func BenchmarkMixpanel(b *testing.B) {
	w, day := dayOfEverything()
	benchmarkWire(b, opened(b, &mixpanelDialect, w, "k", nil), w, day)
}
