package dialect

import (
	"encoding/json"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func openCloud(t testing.TB, w *model.World, options map[string]string) *Wire {
	t.Helper()
	wire, err := OpenDialect(&cloudeventsDialect, w, Settings{Options: options})
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// checkCloudEvent fails unless attributes are those of a CloudEvent as the specification wants.
func checkCloudEvent(t *testing.T, a map[string]any, id int64) {
	t.Helper()
	text := func(name string) string {
		s, _ := a[name].(string)
		return s
	}
	if text("id") != strconv.FormatInt(id, 10) || text("specversion") != "1.0" ||
		text("type") == "" || text("datacontenttype") != "application/json" {
		t.Errorf("attributes are %v, want those of event %d", a, id)
	}
	if _, err := url.Parse(text("source")); err != nil || text("source") == "" {
		t.Errorf("source %q", text("source"))
	}
	if _, err := time.Parse(time.RFC3339Nano, text("time")); err != nil {
		t.Errorf("time %q: %v", text("time"), err)
	}
	if subject, ok := a["subject"]; ok && !regexp.MustCompile(
		`^(user|device)/[0-9]+$`).MatchString(subject.(string)) {
		t.Errorf("subject %q", subject)
	}
	for name := range a {
		if !regexp.MustCompile(`^[a-z0-9]{1,20}$`).MatchString(name) {
			t.Errorf("attribute %q has a name that is not allowed", name)
		}
	}
}

// In each mode an event has the same attributes and the same data.
func TestCloudEventsModes(t *testing.T) {
	w, b := dayOfEverything()
	plain, _ := makeRequests(mustOpen(t, &jsonlDialect, w, Settings{}), w, b)
	rows := strings.Split(strings.TrimSpace(string(plain[0].raw)), "\n")
	for _, mode := range []string{"structured", "binary", "batched"} {
		wire := openCloud(t, w, map[string]string{"mode": mode})
		n := 0
		for _, r := range checkGolden(t, "cloudevents-"+mode, wire, w, b) {
			var events []map[string]any
			switch mode {
			case "batched":
				decode(t, r.raw, &events)
			case "structured":
				events = make([]map[string]any, 1)
				decode(t, r.raw, &events[0])
			default:
				events = []map[string]any{{"datacontenttype": wire.Header.Get("Content-Type")}}
				for name, values := range r.Header {
					value, err := url.PathUnescape(values[0])
					if err != nil {
						t.Error(err)
					}
					events[0][strings.ToLower(strings.TrimPrefix(name, "Ce-"))] = value
				}
				var data any
				decode(t, r.raw, &data)
				events[0]["data"] = data
			}
			for i, e := range events {
				var want any
				decode(t, []byte(rows[n]), &want)
				if !reflect.DeepEqual(e["data"], want) {
					t.Errorf("%s: data %v, want %s", mode, e["data"], rows[n])
				}
				delete(e, "data")
				checkCloudEvent(t, e, r.Events[i])
				if want := "com.percorso." + table.EventTypes[happenings[n].kind-1]; e["type"] != want {
					t.Errorf("%s: type %v, want %s", mode, e["type"], want)
				}
				n++
			}
		}
		if n != len(happenings) {
			t.Errorf("%s: %d events, want %d", mode, n, len(happenings))
		}
	}
}

func decode(t *testing.T, text []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

func mustOpen(t testing.TB, d *Dialect, w *model.World, s Settings) *Wire {
	t.Helper()
	wire, err := OpenDialect(d, w, s)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func TestCloudEventsOptions(t *testing.T) {
	w, b := dayOfEverything()
	wire := openCloud(t, w, map[string]string{"mode": "binary", "source": "https://a.example/%C3%A8",
		"type_prefix": "è 100%\""})
	made, _ := makeRequests(wire, w, b)
	if got := made[0].Header["Ce-Source"][0]; got != "https://a.example/%25C3%25A8" {
		t.Errorf("source %s", got)
	}
	if got := made[0].Header["Ce-Type"][0]; got != "%C3%A8%20100%25%22impression" {
		t.Errorf("type %s", got)
	}
	for option, want := range map[string]string{
		"mode=strutcured": `dialect cloudevents: option mode=strutcured, did you mean "structured"?, ` +
			`want structured, binary or batched`,
		"source=a b":    `has " ", which must be percent-encoded; want a URI reference`,
		"source=http:è": "must be percent-encoded",
		"source=:":      "missing protocol scheme; want a URI reference",
		"sourc=a":       `dialect cloudevents has no option "sourc"`,
	} {
		name, value, _ := strings.Cut(option, "=")
		_, err := OpenDialect(&cloudeventsDialect, w,
			Settings{Options: map[string]string{name: value}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", option, err, want)
		}
	}
}

// The answers of the Go SDK's receiver, as they were seen.
func TestCloudEventsAnswers(t *testing.T) {
	w, _ := dayOfEverything()
	wire := openCloud(t, w, nil)
	for _, c := range []struct {
		status int
		body   string
		want   Answer
	}{
		{204, "", Taken(2)},
		{202, "accepted", Taken(2)},
		{400, "id: MUST be a non-empty string\n", Refused(2, "id: MUST be a non-empty string")},
		{400, "unknown Message encoding", Refused(2, "unknown Message encoding")},
		{415, "", Refused(2, "")},
	} {
		if got := wire.Answer(c.status, []byte(c.body), 2); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d %s: got %+v, want %+v", c.status, c.body, got, c.want)
		}
	}
}

func TestCloudEventsLimits(t *testing.T) {
	w, _ := dayOfEverything()
	for mode, want := range map[string]Limits{
		"structured": {Events: 1, EventBytes: 65_536, Batch: 1},
		"binary":     {Events: 1, EventBytes: 65_536, Batch: 1},
		"batched":    {Bytes: 1_048_576, EventBytes: 65_536, Batch: 100},
	} {
		if got := openCloud(t, w, map[string]string{"mode": mode}).Limits; got != want {
			t.Errorf("%s: got %+v, want %+v", mode, got, want)
		}
	}
}

func TestCloudEventsAllocateNothing(t *testing.T) {
	w, b := dayOfEverything()
	for _, mode := range []string{"structured", "binary", "batched"} {
		checkNoAllocations(t, openCloud(t, w, map[string]string{"mode": mode}), w, b)
	}
}

func FuzzCloudEventsWords(f *testing.F) {
	f.Add(nasty, "x")
	f.Add("\xff\r\nX-Evil: 1", "\u2028")
	seedWords(f)
	f.Fuzz(func(t *testing.T, word, other string) {
		w, b := wordsOf(word, other)
		for _, mode := range []string{"binary", "batched"} {
			made, _ := makeRequests(openCloud(t, w, map[string]string{"mode": mode,
				"type_prefix": word}), w, b)
			for _, r := range made {
				if !json.Valid(r.raw) {
					t.Fatalf("%q and %q: %s", word, other, r.raw)
				}
				for name, values := range r.Header {
					if strings.ContainsFunc(values[0], func(r rune) bool { return r <= ' ' || r > '~' }) {
						t.Fatalf("%s: %q", name, values[0])
					}
				}
			}
		}
	})
}

func BenchmarkCloudEvents(b *testing.B) {
	w, batch := dayOfEverything()
	benchmarkWire(b, openCloud(b, w, map[string]string{"mode": "batched"}), w, batch)
}
