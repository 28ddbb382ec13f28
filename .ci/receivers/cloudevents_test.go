//go:build unix

package receivers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

// TestCloudEventsSDKTakesThreeModes streams to a receiver made with the Go SDK of CloudEvents: it
// must take everything, and have the rows of the dataset.
func TestCloudEventsSDKTakesThreeModes(t *testing.T) {
	lines := datasetLines(t)
	const events = 3000
	for _, mode := range []string{"structured", "binary", "batched"} {
		t.Run(mode, func(t *testing.T) {
			r := startCloudEvents(t)
			mustStream(t, r.URL, "cloudevents", events, "--option", "mode="+mode)
			if r.refused > 0 || len(r.taken) != events {
				t.Fatalf("%d events of %d, %d refusals: %s", len(r.taken), events, r.refused, r.why)
			}
			seen := make(map[string]bool)
			for _, e := range r.taken {
				if seen[e.ID()] {
					t.Errorf("event %s comes twice", e.ID())
				}
				seen[e.ID()] = true
				if wrong := wrongEvent(e, lines[e.ID()]); wrong != "" {
					t.Fatalf("event %s: %s\n%s\nwant %s", e.ID(), wrong, e, lines[e.ID()])
				}
			}
			e := r.taken[0].Clone()
			e.SetID("1")
			if wrongEvent(e, lines[r.taken[0].ID()]) == "" {
				t.Error("it is not noticed that an event has another id")
			}
			e = r.taken[0].Clone()
			e.DataEncoded = bytes.Replace(e.DataEncoded, []byte(`"home_city":"`),
				[]byte(`"home_city":"x`), 1)
			if wrongEvent(e, lines[e.ID()]) == "" {
				t.Error("it is not noticed that the data are others")
			}
		})
	}
}

// TestCloudEventsSDKRefuses sends what is no CloudEvent: the receiver of the test above must be
// able to say no.
func TestCloudEventsSDKRefuses(t *testing.T) {
	const good = `{"specversion":"1.0","id":"1","source":"/s","type":"t",` +
		`"time":"2025-01-01T00:00:00Z","data":{}}`
	const structured, batched = "application/cloudevents+json", "application/cloudevents-batch+json"
	for _, c := range []struct{ name, kind, body string }{
		{"no id", structured, strings.Replace(good, `"id":"1",`, "", 1)},
		{"empty id", structured, strings.Replace(good, `"id":"1"`, `"id":""`, 1)},
		{"no source", structured, strings.Replace(good, `"source":"/s",`, "", 1)},
		{"bad time", structured, strings.Replace(good, "2025-01-01T", "2025-01-01 ", 1)},
		{"unknown version", structured, strings.Replace(good, `"1.0"`, `"9.9"`, 1)},
		{"not JSON", structured, good[1:]},
		{"wrong content type", "application/json", good},
		{"batch as one", structured, "[" + good + "]"},
		{"one as batch", batched, good},
		{"batch with one without id", batched,
			"[" + good + "," + strings.Replace(good, `"id":"1",`, "", 1) + "]"},
	} {
		r := startCloudEvents(t)
		if status, _ := post(t, r.URL, c.kind, c.body); status < 400 || len(r.taken) > 0 {
			t.Errorf("%s: answered with %d, %d taken", c.name, status, len(r.taken))
		}
	}
	r := startCloudEvents(t)
	post(t, r.URL, structured, good)
	post(t, r.URL, batched, "["+good+"]")
	if len(r.taken) != 2 {
		t.Errorf("%d events were taken, want the good one, twice: %s", len(r.taken), r.why)
	}
}

// wrongEvent says what is wrong with an event of which the dataset has a line.
func wrongEvent(e event.Event, line string) string {
	var row struct {
		ID     int64     `json:"event_id"`
		Time   time.Time `json:"event_time"`
		Type   string    `json:"event_type"`
		User   *int64    `json:"user_id"`
		Device *int64    `json:"device_id"`
	}
	if err := json.Unmarshal([]byte(line), &row); err != nil {
		return "the dataset does not have it"
	}
	subject := ""
	switch {
	case row.User != nil:
		subject = "user/" + strconv.FormatInt(*row.User, 10)
	case row.Device != nil:
		subject = "device/" + strconv.FormatInt(*row.Device, 10)
	}
	switch {
	case e.ID() != strconv.FormatInt(row.ID, 10):
		return "its id is another"
	case e.Type() != "com.percorso."+row.Type:
		return "its type is another"
	case !e.Time().Equal(row.Time):
		return "its time is another"
	case e.Subject() != subject:
		return "its subject is another"
	case e.Source() != "/percorso/"+scenario:
		return "its source is another"
	case e.DataContentType() != "application/json":
		return "its content type is another"
	case string(e.Data()) != line:
		return "its data are others"
	}
	return ""
}

// datasetLines returns the lines of the dataset, as `generate` writes them, by event id.
func datasetLines(t *testing.T) map[string]string {
	t.Helper()
	line := []string{"generate", scenario, "--out", "-", "--quiet"}
	for _, set := range sets {
		line = append(line, "--set", set)
	}
	out, err := exec.CommandContext(t.Context(), percorso, line...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		id, _, _ := strings.Cut(strings.TrimPrefix(line, `{"event_id":`), ",")
		lines[id] = strings.TrimSpace(line)
	}
	return lines
}

// A cloudReceiver is a server that takes CloudEvents by the SDK.
type cloudReceiver struct {
	*httptest.Server
	mu      sync.Mutex
	taken   []event.Event
	refused int
	why     string
}

func startCloudEvents(t *testing.T) *cloudReceiver {
	t.Helper()
	r := new(cloudReceiver)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		events, err := readCloudEvents(q)
		for _, e := range events {
			if err == nil {
				err = e.Validate()
			}
		}
		if err != nil {
			r.refuse(err.Error())
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.take(events...)
	}))
	t.Cleanup(r.Server.Close)
	return r
}

func (r *cloudReceiver) take(events ...event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = append(r.taken, events...)
}

func (r *cloudReceiver) refuse(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused++
	r.why = why
}

// readCloudEvents returns what the SDK reads from a request. Its own handler, of
// client.NewHTTPReceiveHandler, leaves requests without an answer when several come at once, also
// those of its own client, and does not take batches.
func readCloudEvents(q *http.Request) ([]event.Event, error) {
	if cehttp.IsHTTPBatch(q.Header) {
		return cehttp.NewEventsFromHTTPRequest(q)
	}
	e, err := cehttp.NewEventFromHTTPRequest(q)
	if err != nil {
		return nil, err
	}
	return []event.Event{*e}, nil
}
