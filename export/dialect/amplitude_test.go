package dialect

import (
	"fmt"
	"maps"
	"testing"
)

type amplitudeBody struct {
	APIKey string           `json:"api_key"`
	Events []map[string]any `json:"events"`
	Sent   string           `json:"client_upload_time"`
}

// checkAmplitude says what is wrong with an event as Amplitude takes it.
func checkAmplitude(e map[string]any) error {
	text := func(key string) string { s, _ := e[key].(string); return s }
	at, _ := e["time"].(float64)
	switch {
	case text("event_type") == "":
		return fmt.Errorf("no event_type in %v", e)
	case text("user_id") == "" && text("device_id") == "":
		return fmt.Errorf("nobody's: %v", e)
	case text("insert_id") == "":
		return fmt.Errorf("no insert_id in %v", e)
	case at < 1e12 || at != float64(int64(at)):
		return fmt.Errorf("time %v", e["time"])
	}
	for _, key := range []string{"user_id", "device_id"} {
		if id, ok := e[key]; ok && (len(fmt.Sprint(id)) < 5 || text(key) == "") {
			return fmt.Errorf("%s %v is too short or no string", key, id)
		}
	}
	if session, ok := e["session_id"].(float64); !ok || session != -1 && session > at {
		return fmt.Errorf("session_id %v of an event at %v", e["session_id"], at)
	}
	return nil
}

func TestAmplitudeTakesEveryEvent(t *testing.T) {
	w, b := dayOfEverything()
	wire := opened(t, &amplitudeDialect, w, "K\"", nil)
	ids, sessions, identified, calls := map[any]bool{}, map[any]bool{}, 0, 0
	for _, r := range checkGolden(t, "amplitude", wire, w, b) {
		if err := checkKeys(r.raw); err != nil {
			t.Error(err)
		}
		body := decodeBody[amplitudeBody](t, r.raw)
		if body.APIKey != "K\"" || body.Sent == "" {
			t.Errorf("api_key %q, client_upload_time %q", body.APIKey, body.Sent)
		}
		calls += len(body.Events) - len(r.Events)
		for _, e := range body.Events {
			if err := checkAmplitude(e); err != nil {
				t.Error(err)
			}
			if ids[e["insert_id"]] {
				t.Errorf("%v is there twice", e["insert_id"])
			}
			ids[e["insert_id"]] = true
			sessions[e["session_id"]] = true
			if e["event_type"] == "$identify" {
				identified++
				if e["user_id"] != fmt.Sprint(annaUser) || e["device_id"] != fmt.Sprint(annaBrowser) {
					t.Errorf("%v is identified on %v", e["user_id"], e["device_id"])
				}
			}
		}
	}
	if identified != 2 || calls != 2 { // at the sign-up and the login
		t.Errorf("%d $identify and %d calls more than events, want 2", identified, calls)
	}
	if len(sessions) != 4 {
		t.Errorf("session_ids are %v, want -1 and those of 3 visits", sessions)
	}
	good := map[string]any{"event_type": "a", "user_id": "00001", "insert_id": "1", "time": 1.7e12,
		"session_id": -1.0}
	if err := checkAmplitude(good); err != nil {
		t.Error(err)
	}
	for key, value := range map[string]any{"event_type": "", "user_id": "1234", "device_id": 12345,
		"insert_id": nil, "time": 1.7e9, "session_id": 1.8e12} {
		spoilt := maps.Clone(good)
		spoilt[key] = value
		if checkAmplitude(spoilt) == nil {
			t.Errorf("%s %v: nothing wrong found", key, value)
		}
	}
}

// Amplitude refuses ids of less than five characters.
func TestAmplitudeIDsAreLongEnough(t *testing.T) {
	for id, want := range map[int64]string{0: "00000", 7: "00007", 10: "00010", 9_999: "09999",
		10_000: "10000", annaUser: "9007199254740991"} {
		if got := string(appendLongID(nil, id)); got != want {
			t.Errorf("%d is written %s, want %s", id, got, want)
		}
	}
}

func TestAmplitudeAnswers(t *testing.T) {
	w, _ := dayOfEverything()
	checkAnswers(t, opened(t, &amplitudeDialect, w, "k", nil), []answered{
		{200, `{"code":200,"events_ingested":4,"payload_size_bytes":9,"server_upload_time":1}`,
			4, nil, ""},
		{200, `{"code":200,"events_ingested":6}`, 4, nil, ""}, // with two $identify
		{200, `{"code":200,"events_ingested":3}`, 3, nil, ""},
		{200, `success`, 4, nil, ""},
		{400, `{"code":400,"error":"Request missing required field",
			"events_with_invalid_fields":{"time":[0,3]},"events_with_missing_fields":{}}`,
			0, allFour, "Request missing required field; invalid: time in events [0 3]"},
		{400, `{"code":400,"error":"Invalid","events_with_missing_fields":{"event_type":[2]}}`,
			0, allFour, "missing: event_type in events [2]"},
		{400, `{"code":400,"error":"Missing","missing_field":"api_key"}`, 0, allFour, "missing: api_key"},
		{400, `{"code":400,"error":"Silenced","silenced_devices":["d"],"silenced_events":[1]}`,
			0, allFour, "silenced events [1]"},
		{413, `{"code":413,"error":"Payload too large"}`, 0, allFour, "Payload too large"},
		{429, `{"code":429,"error":"Too many requests for some devices and users",
			"eps_threshold":30,"throttled_devices":{"d":31},"throttled_events":[0]}`,
			0, allFour, "at most 30 events a second"},
	})
}

func TestAmplitudeAllocatesNothing(t *testing.T) {
	w, b := dayOfEverything()
	checkNoAllocations(t, opened(t, &amplitudeDialect, w, "k", nil), w, b)
}

func BenchmarkAmplitude(b *testing.B) {
	w, day := dayOfEverything()
	benchmarkWire(b, opened(b, &amplitudeDialect, w, "k", nil), w, day)
}
