package dialect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
)

// opened opens a dialect for a world of tests.
func opened(t testing.TB, d *Dialect, w *model.World, key string, options map[string]string) *Wire {
	t.Helper()
	wire, err := OpenDialect(d, w, Settings{Key: key, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// decodeBody reads a body that must be JSON.
func decodeBody[T any](t *testing.T, body []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// checkKeys says which key an object of a body has twice.
func checkKeys(body []byte) error {
	in := json.NewDecoder(bytes.NewReader(body))
	var inside func(end json.Delim) error
	inside = func(end json.Delim) error {
		seen := map[json.Token]bool{}
		for in.More() {
			if end == '}' {
				key, _ := in.Token()
				if seen[key] {
					return fmt.Errorf("%v is there twice, byte %d", key, in.InputOffset())
				}
				seen[key] = true
			}
			opened, _ := in.Token()
			var err error
			switch opened {
			case json.Delim('{'):
				err = inside('}')
			case json.Delim('['):
				err = inside(']')
			}
			if err != nil {
				return err
			}
		}
		_, err := in.Token()
		return err
	}
	if err := inside(0); err != io.EOF {
		return err
	}
	return nil
}

func TestKeysOfAnObjectAreCounted(t *testing.T) {
	for body, good := range map[string]bool{`{"a":1,"a":2}`: false,
		`[{"b":[],"a":{"c":1,"c":2}}]`: false, `[{"a":1,"b":{"a":1}},{"a":[1,1]}]`: true} {
		if err := checkKeys([]byte(body)); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// payloadData are the keys that the schema payload_data/1-0-4 has, of those that events like ours
// need; it takes no others.
var payloadData = strings.Fields(`tna aid p dtm tz e tid eid tv duid nuid uid vid ip res url page
	refr se_ca se_ac se_la se_pr se_va ue_na ue_pr ue_px co cx ua tnuid stm sid ttm`)

// igluSchemas are what Iglu Central's schemas require, and after a slash what else they take.
var igluSchemas = map[string]string{
	"snowplow/unstruct_event/jsonschema/1-0-0": "?",
	"snowplow/contexts/jsonschema/1-0-0":       "?",
	"snowplow/gdpr/jsonschema/1-0-0":           "basisForProcessing /",
	"snowplow/client_session/jsonschema/1-0-2": "userId sessionId sessionIndex storageMechanism / " +
		"previousSessionId firstEventTimestamp",
	"snowplow/site_search/jsonschema/1-0-0":                         "terms /",
	"mobile/screen_view/jsonschema/1-0-0":                           "name id /",
	"snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2": "type / name",
	"snowplow.ecommerce/product/jsonschema/1-0-0": "id category price currency / " +
		"name list_price quantity",
	"snowplow.ecommerce/transaction/jsonschema/1-0-0": "transaction_id revenue payment_method " +
		"currency total_quantity / tax shipping discount_code discount_amount",
	"snowplow.ecommerce/refund/jsonschema/1-0-0": "transaction_id currency refund_amount / " +
		"refund_reason",
	"snowplow/ad_impression/jsonschema/1-0-0":           "/ impressionId zoneId targetUrl campaignId",
	"snowplow/ad_click/jsonschema/1-0-0":                "targetUrl / clickId zoneId campaignId",
	"snowplow.ecommerce/checkout_step/jsonschema/1-0-0": "step /",
	"snowplow.ecommerce/user/jsonschema/1-0-0":          "id / is_guest email",
	"snowplow.ecommerce/transaction_error/jsonschema/1-0-0": "/ error_code error_shortcode " +
		"error_description error_type resolution",
}

// selfDescribing is a JSON that names its schema.
type selfDescribing struct {
	Schema string
	Data   json.RawMessage
}

// checkIglu says what is wrong with a self-describing JSON and those in it.
func checkIglu(text []byte) error {
	var s selfDescribing
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("%w in %s", err, text)
	}
	keys, known := igluSchemas[strings.TrimPrefix(s.Schema, "iglu:com.snowplowanalytics.")]
	if !known {
		return fmt.Errorf("no registry has the schema %s", s.Schema)
	}
	if keys == "?" {
		var many []json.RawMessage
		if json.Unmarshal(s.Data, &many) != nil {
			many = []json.RawMessage{s.Data}
		}
		for _, one := range many {
			if err := checkIglu(one); err != nil {
				return err
			}
		}
		return nil
	}
	var data map[string]any
	if err := json.Unmarshal(s.Data, &data); err != nil {
		return err
	}
	required, others, _ := strings.Cut(keys, "/")
	for _, key := range strings.Fields(required) {
		if _, ok := data[key]; !ok {
			return fmt.Errorf("%s without %s: %s", s.Schema, key, s.Data)
		}
	}
	for key := range data {
		if !slices.Contains(strings.Fields(required+others), key) {
			return fmt.Errorf("%s does not have %s", s.Schema, key)
		}
	}
	return nil
}

// checkPayload says what is wrong with an event as tp2 takes it.
func checkPayload(event map[string]any) error {
	for key, value := range event {
		if _, ok := value.(string); !ok || !slices.Contains(payloadData, key) {
			return fmt.Errorf("payload_data does not have %s, or not with the value %v", key, value)
		}
	}
	for _, key := range []string{"e", "p", "tv", "eid", "dtm", "ttm"} {
		if event[key] == nil {
			return fmt.Errorf("no %s in %v", key, event)
		}
	}
	for _, key := range []string{"co", "ue_pr"} {
		if text, ok := event[key].(string); ok {
			if err := checkIglu([]byte(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestSnowplowKeepsToItsSchemas(t *testing.T) {
	w, b := dayOfEverything()
	wire := opened(t, &snowplowDialect, w, "", map[string]string{"app_id": "my \"shop\""})
	var first map[string]any
	types := map[string]int{}
	for _, r := range checkGolden(t, "snowplow", wire, w, b) {
		if err := checkKeys(r.raw); err != nil {
			t.Error(err)
		}
		body := decodeBody[struct {
			Schema string
			Data   []map[string]any
		}](t, r.raw)
		if !strings.HasSuffix(body.Schema, "snowplow/payload_data/jsonschema/1-0-4") {
			t.Errorf("the body has the schema %s", body.Schema)
		}
		if len(body.Data) != len(r.Events) {
			t.Errorf("%d events in the body, want %d", len(body.Data), len(r.Events))
		}
		for _, event := range body.Data {
			if err := checkPayload(event); err != nil {
				t.Error(err)
			}
			types[event["e"].(string)]++
			if first == nil && event["ue_pr"] != nil {
				first = event
			}
		}
	}
	for _, e := range []string{"pv", "ue", "se"} {
		if types[e] == 0 {
			t.Errorf("no event is a %s", e)
		}
	}
	// the check can say no
	for name, spoil := range map[string]func(map[string]any){
		"a number":    func(e map[string]any) { e["dtm"] = 1 },
		"a key":       func(e map[string]any) { e["device_id"] = "1" },
		"no platform": func(e map[string]any) { delete(e, "p") },
		"own schema":  func(e map[string]any) { e["co"] = `{"schema":"iglu:example/a","data":1}` },
		"a field": func(e map[string]any) {
			e["ue_pr"] = strings.Replace(e["ue_pr"].(string), "targetUrl", "target", 1)
		},
	} {
		spoilt := maps.Clone(first)
		spoil(spoilt)
		if checkPayload(spoilt) == nil {
			t.Errorf("%s: nothing wrong found", name)
		}
	}
}

// What somebody typed arrives as it was typed, out of a string in a string in JSON.
func TestSnowplowEscapesTwice(t *testing.T) {
	w, b := dayOfEverything()
	made, _ := makeRequests(opened(t, &snowplowDialect, w, "", nil), w, b)
	body := decodeBody[struct{ Data []map[string]string }](t, made[0].raw)
	for _, event := range body.Data {
		if !strings.Contains(event["ue_pr"], "site_search") {
			continue
		}
		search := decodeBody[struct {
			Data struct{ Data struct{ Terms []string } }
		}](t, []byte(event["ue_pr"]))
		if got := search.Data.Data.Terms[0]; got != nasty {
			t.Errorf("got %q, want %q", got, nasty)
		}
		return
	}
	t.Error("nobody searched")
}

// A collector looks at nothing but the size.
func TestSnowplowAnswers(t *testing.T) {
	w, _ := dayOfEverything()
	checkAnswers(t, opened(t, &snowplowDialect, w, "", nil), []answered{
		{200, "ok", 4, nil, ""},
		{400, "bad request", 0, allFour, "bad request"},
		{413, "Request Entity Too Large\nmore", 0, allFour, "Too Large"},
	})
}

func TestSnowplowAllocatesNothing(t *testing.T) {
	w, b := dayOfEverything()
	checkNoAllocations(t, opened(t, &snowplowDialect, w, "", nil), w, b)
}

func BenchmarkSnowplow(b *testing.B) {
	w, day := dayOfEverything()
	benchmarkWire(b, opened(b, &snowplowDialect, w, "", nil), w, day)
}
