package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/export/serve"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// loadServed loads the world that most tests serve.
var loadServed = sync.OnceValues(func() (*model.World, error) { return servedCustomers("200") })

// servedCustomers loads it with another number of customers.
func servedCustomers(n string) (*model.World, error) {
	return loadWorld("fashion", []model.Set{{Path: "customers", Value: n},
		{Path: "days", Value: "10"}, {Path: "warmup", Value: "20"}})
}

// servedWorld is the world that most tests serve.
func servedWorld(t *testing.T) *model.World {
	t.Helper()
	w, err := loadServed()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// generated is what `generate --out -` writes of a world, as lines with their ends.
func generated(t *testing.T, w *model.World) []string {
	t.Helper()
	views, err := table.Views(w.Tables, table.TruthSeparate, []string{"events"})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	stream, err := format.NewTableWriter(&text, w.Tables, views[0], "jsonl", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := simulate.ByDay(t.Context(), w, stream, simulate.Options{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(text.String(), "\n")
	return lines[:len(lines)-1]
}

// idOf is the id of an event that stands in a line.
func idOf(t *testing.T, line string) string {
	t.Helper()
	var event struct {
		ID json.Number `json:"event_id"`
	}
	if err := json.Unmarshal([]byte(line), &event); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return event.ID.String()
}

// A service is a server that a test talks to.
type service struct {
	t      *testing.T
	url    string
	client *http.Client
	stop   func() // ends it and waits
	ended  error  // what Serve returned, after stop
}

// newService serves on a listener, until stop or the end of the test.
func newService(t *testing.T, listener net.Listener, transport *http.Transport,
	opt serve.Options) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{t: t, url: "http://" + listener.Addr().String(),
		client: &http.Client{Transport: transport}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ended = serve.New(opt).Serve(ctx, listener)
	}()
	s.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		transport.CloseIdleConnections()
	})
	return s
}

// serveOptions serve a world as the command does.
func serveOptions(w *model.World) serve.Options {
	return serve.Options{World: w, Smaller: new(serving).smaller(w), Live: liveByDay,
		EventDay: simulate.EventDay, MaxClients: 16, IdleTimeout: time.Minute,
		Log: log.New(io.Discard, "", 0)}
}

// holdNoLeak holds that a test leaves no goroutine behind.
func holdNoLeak(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// served serves on a port of its own until the end of the test.
func served(t *testing.T, opt serve.Options) *service {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := newService(t, listener, new(http.Transport), opt)
	t.Cleanup(s.stop)
	return s
}

// get asks for an address, with headers as pairs of name and value.
func (s *service) get(path string, header ...string) *http.Response {
	s.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	return response
}

// read reads all there is at an address, which must be there.
func (s *service) read(path string, header ...string) string {
	s.t.Helper()
	response := s.get(path, header...)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s, %v: %s", path, response.Status, err, text)
	}
	return string(text)
}

// metric is a value of /metrics; name with its labels.
func (s *service) metric(name string) string {
	s.t.Helper()
	for line := range strings.Lines(s.read("/metrics")) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	s.t.Fatalf("there is no metric %s", name)
	return ""
}

func (s *service) holdMetric(name, want string) {
	s.t.Helper()
	if got := s.metric(name); got != want {
		s.t.Errorf("%s: got %s, want %s", name, got, want)
	}
}

// sseLines are the data lines of Server-Sent Events but for the end, and the ids, one for each
// event.
func sseLines(text string) (lines, ids []string) {
	text, _, _ = strings.Cut(text, "event: end\n")
	for line := range strings.Lines(text) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			lines = append(lines, data)
		}
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			ids = append(ids, strings.TrimSpace(id))
		}
	}
	return lines, ids
}

// TestServedIsGenerated holds that clients get the events of `generate`, byte for byte, of all
// customers or of the first.
func TestServedIsGenerated(t *testing.T) {
	w := servedWorld(t)
	s := served(t, serveOptions(w))
	want := strings.Join(generated(t, w), "")
	if got := s.read("/v1/events"); got != want {
		t.Errorf("got %d bytes, want the %d that generate writes", len(got), len(want))
	}
	lines, _ := sseLines(s.read("/v1/events", "Accept", "text/event-stream"))
	if got := strings.Join(lines, ""); got != want {
		t.Errorf("SSE: got %d bytes of data, want %d", len(got), len(want))
	}
	few, err := servedCustomers("120")
	if err != nil {
		t.Fatal(err)
	}
	got, want := s.read("/v1/events?customers=120"), strings.Join(generated(t, few), "")
	if got != want {
		t.Errorf("120 customers: got %d bytes, want the %d that generate writes", len(got), len(want))
	}
	s.holdMetric(`percorso_clients_ended_total{reason="complete"}`, "3")
	s.holdMetric("percorso_clients", "0")
}

// TestServedGoesOn holds that a client who names the last event it had gets exactly the rest.
func TestServedGoesOn(t *testing.T) {
	w := servedWorld(t)
	s := served(t, serveOptions(w))
	lines := generated(t, w)
	random := rand.New(rand.NewPCG(4, 1))
	for i := range 50 {
		at := random.IntN(len(lines))
		id, rest := idOf(t, lines[at]), strings.Join(lines[at+1:], "")
		got := ""
		switch i % 4 {
		case 0:
			got = s.read("/v1/events?last_event_id=" + id)
		case 1: // a browser asks for the same address again: the header says more
			got = s.read("/v1/events?from=2025-01-02&last_event_id=1", "Last-Event-ID", id)
		case 2:
			data, ids := sseLines(s.read("/v1/events?format=sse&limit=1000000",
				"Last-Event-ID", id))
			got = strings.Join(data, "")
			if at+1 < len(lines) && ids[0] != idOf(t, lines[at+1]) {
				t.Errorf("after %s: the first id is %s", id, ids[0])
			}
		case 3: // with the event itself
			got, rest = s.read("/v1/events?from="+id), lines[at]+rest
		}
		if got != rest {
			t.Errorf("after event %s of %d: got %d bytes, want %d", id, at, len(got), len(rest))
		}
	}
}

// TestServedEndsForGood holds what comes after the last event: nothing, and a browser is told not
// to ask again.
func TestServedEndsForGood(t *testing.T) {
	w := servedWorld(t)
	s := served(t, serveOptions(w))
	lines := generated(t, w)
	last := idOf(t, lines[len(lines)-1])
	if got := s.read("/v1/events", "Last-Event-ID", last); got != "" {
		t.Errorf("NDJSON: got %.200q, want nothing", got)
	}
	response := s.get("/v1/events?format=sse", "Last-Event-ID", last)
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Errorf("SSE: got %s, want 204", response.Status)
	}
}

// TestServedBegins holds where a stream begins that is asked for from a day or a moment.
func TestServedBegins(t *testing.T) {
	w := servedWorld(t)
	s := served(t, serveOptions(w))
	lines := generated(t, w)
	for from, utc := range map[string]string{
		"2025-01-01":                  "2024-12-31T23:00:00Z",
		"2025-01-04":                  "2025-01-03T23:00:00Z",
		"2025-01-10":                  "2025-01-09T23:00:00Z",
		"2025-01-05T12:30:00Z":        "2025-01-05T12:30:00Z",
		"2025-01-05T00:30:00%2B01:00": "2025-01-04T23:30:00Z",
		"2025-01-05T00:30:00+01:00":   "2025-01-04T23:30:00Z",
		"2025-01-02T08:00":            "2025-01-02T07:00:00Z",
		"2025-01-02T08:00:30":         "2025-01-02T07:00:30Z",
	} {
		var want []string
		for _, line := range lines {
			_, at, _ := strings.Cut(line, `"event_time":"`)
			if at[:len("2025-01-05T12:30:00")] >= utc[:len(utc)-1] {
				want = append(want, line)
			}
		}
		if got := s.read("/v1/events?from=" + from); got != strings.Join(want, "") {
			t.Errorf("from %s: got %d bytes, want %d events", from, len(got), len(want))
		}
		if len(want) == 0 || len(want) == len(lines) && from != "2025-01-01" {
			t.Errorf("from %s: %d of %d events say nothing", from, len(want), len(lines))
		}
	}
	got := strings.Join(lines[:7], "")
	if limited := s.read("/v1/events?limit=7"); limited != got {
		t.Errorf("limit=7: got %q, want %q", limited, got)
	}
	s.holdMetric(`percorso_clients_ended_total{reason="limit"}`, "1")
}

// callsOf are the calls that a dialect makes of all events of a world, as bodies have them.
func callsOf(t *testing.T, w *model.World, name string) string {
	t.Helper()
	d, err := dialect.LookupDialect(name)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := dialect.OpenDialect(d, w, dialect.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	sink := &caller{wire: wire, day: dialect.NewDay(w)}
	if err := liveByDay(t.Context(), w, 0, sink); err != nil {
		t.Fatal(err)
	}
	return string(sink.body)
}

// A caller is a sink that writes what a dialect makes of events one behind the other.
type caller struct {
	wire *dialect.Wire
	day  *dialect.Day
	body []byte
}

func (c *caller) Encode(b *table.Batch) (func() error, error) {
	if b.Part == table.StaticPart {
		return nil, nil
	}
	c.day.Take(b)
	for row := range b.Tables[table.TableEvents].Len {
		before := len(c.body)
		if len(c.body) > 0 {
			c.body = append(c.body, c.wire.Between...)
		}
		body, ok := c.wire.Event(c.body, c.day.Event(b, row))
		if c.body = body; !ok {
			c.body = body[:before]
		}
	}
	return nil, nil
}

// TestServedDialectIsSent holds that the lines of a dialect are the calls of its requests, each
// valid JSON on a line of its own, also where an event makes several.
func TestServedDialectIsSent(t *testing.T) {
	w, err := servedCustomers("4_000")
	if err != nil {
		t.Fatal(err)
	}
	s := served(t, serveOptions(w))
	want := callsOf(t, w, "segment")
	if !strings.Contains(want, `"type":"alias"`) {
		t.Fatal("no event makes several calls")
	}
	got := s.read("/v1/events?dialect=segment")
	for line := range strings.Lines(got) {
		var call struct{ Type string }
		if err := json.Unmarshal([]byte(line), &call); err != nil || call.Type == "" {
			t.Fatalf("%q: %v, want a call", line, err)
		}
	}
	if joined := strings.ReplaceAll(strings.TrimSpace(got), "\n", ","); joined != want {
		t.Errorf("got %d bytes of calls, want %d", len(joined), len(want))
	}
	data, ids := sseLines(s.read("/v1/events?dialect=rudderstack&format=sse"))
	if strings.Join(data, "") != got || len(ids) >= len(data) {
		t.Errorf("SSE: got %d events with %d calls, want the calls of NDJSON", len(ids), len(data))
	}
}

// TestServedDialectsAreJSON holds that each line of each dialect is valid JSON, and that a dialect
// which says in headers what an event means is refused.
func TestServedDialectsAreJSON(t *testing.T) {
	w := servedWorld(t)
	s := served(t, serveOptions(w))
	needed := map[string]string{"ga4": "&measurement_id=G-ABC123"}
	var listed []struct {
		Name    string
		Options []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(s.read("/v1/dialects")), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) < 2 {
		t.Fatalf("%d dialects, there are more", len(listed))
	}
	for _, d := range listed {
		text := s.read("/v1/events?dialect=" + d.Name + needed[d.Name])
		for line := range strings.Lines(text) {
			if !json.Valid([]byte(line)) {
				t.Fatalf("%s: %q is no JSON", d.Name, line)
			}
		}
		if n := strings.Count(text, "\n"); n < 100 || text[len(text)-1] != '\n' {
			t.Errorf("%s: %d lines", d.Name, n)
		}
		if d.Name == "cloudevents" {
			response := s.get("/v1/events?dialect=cloudevents&mode=binary")
			response.Body.Close()
			if response.StatusCode != http.StatusBadRequest {
				t.Errorf("binary cloudevents: got %s, want 400", response.Status)
			}
		}
	}
}

// TestServedToMany holds that each of many clients has its own position, pace and form.
func TestServedToMany(t *testing.T) {
	holdNoLeak(t)
	w := servedWorld(t)
	s := served(t, serveOptions(w))
	lines := generated(t, w)
	var clients sync.WaitGroup
	for i := range 12 {
		clients.Go(func() {
			at := i * len(lines) / 12
			path := fmt.Sprintf("/v1/events?from=%s&limit=%d", idOf(t, lines[at]), 40+i)
			want := strings.Join(lines[at:min(at+40+i, len(lines))], "")
			if i%3 == 1 {
				path += "&rate=1000"
			}
			got := ""
			if i%2 == 0 {
				got = s.read(path)
			} else {
				data, _ := sseLines(s.read(path, "Accept", "text/event-stream"))
				got = strings.Join(data, "")
			}
			if got != want {
				t.Errorf("%s: got %d bytes, want %d", path, len(got), len(want))
			}
		})
	}
	clients.Wait()
	s.holdMetric("percorso_clients", "0")
}

// TestServedSchemaHolds holds that lines are as /v1/schema says, and that it says enough to find
// what is not.
func TestServedSchemaHolds(t *testing.T) {
	w := servedWorld(t)
	s := served(t, serveOptions(w))
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(s.read("/v1/schema")))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("event.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("event.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(line string) error {
		event, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		return errors.Join(err, schema.Validate(event))
	}
	lines := generated(t, w)
	for _, line := range lines {
		if err := check(line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	for _, m := range [][2]string{{`"event_id":`, `"event_ID":`},
		{`"event_id":`, `"event_id":-0.5,"x":`},
		{`"event_time":"20`, `"event_time":"soon 20`}, {`"event_type":"`, `"event_type":"un`},
		{`"home_city":"`, `"home_city":"New `}} {
		if mutant := strings.Replace(lines[0], m[0], m[1], 1); check(mutant) == nil {
			t.Errorf("the schema takes %s", mutant)
		}
	}
}

// TestServedScenarioIsOurs holds that /v1/scenario is a scenario that makes the same events.
func TestServedScenarioIsOurs(t *testing.T) {
	w := servedWorld(t)
	s := served(t, serveOptions(w))
	if got, want := s.read("/v1/scenario"), string(w.Scenario.YAML()); got != want {
		t.Errorf("got %.200q, want the resolved scenario", got)
	}
	var scenario struct{ Customers, Days int }
	text := s.read("/v1/scenario", "Accept", "application/json")
	if err := json.Unmarshal([]byte(text), &scenario); err != nil || scenario.Customers != 200 ||
		scenario.Days != 10 {
		t.Errorf("JSON: got %+v, %v", scenario, err)
	}
}

// badRequests are requests that have to be refused, and what has to be said.
var badRequests = []struct {
	path   string
	status int
	want   string
}{
	{"/v1/events?sped=60x", 400, `or speed, did you mean "speed"?`},
	{"/v1/events?speed=60x&rate=5", 400, "speed and rate both set the pace: give only one of them"},
	{"/v1/events?speed=fast", 400, "speed=fast: want a speed from 0.001x"},
	{"/v1/events?speed=max&rate=max", 400, "speed and rate both set the pace: give only one of them"},
	{"/v1/events?speed=0", 400, "speed=0: want a speed from 0.001x to 1,000,000x, e.g. 60x for 60"},
	{"/v1/events?speed=NaN", 400, "from 0.001x"},
	{"/v1/events?speed=Inf", 400, "from 0.001x"},
	{"/v1/events?speed=", 400, "from 0.001x"},
	{"/v1/events?rate=-5", 400, "rate=-5: want a rate from 1/h to 5000/s"},
	{"/v1/events?rate=5001", 400, "from 1/h to 5000/s"},
	{"/v1/events?rate=5.1k/s", 400, "from 1/h to 5000/s"},
	{"/v1/events?rate=1e400", 400, "from 1/h to 5000/s"},
	{"/v1/events?rate=ramp:1..6k/1m", 400, "with rates of up to 5000/s and times above 0"},
	{"/v1/events?rate=romp:1..6k/1m", 400, `did you mean "ramp"?; e.g. ramp:100..5000/5m`},
	{"/v1/events?rate=5&rate=6", 400, "rate is given 2 times"},
	{"/v1/events?dialect=segmnt", 400, `unknown dialect "segmnt", want amplitude, `},
	{"/v1/events?mode=binary", 400, `unknown parameter "mode"`},
	{"/v1/events?format=xml", 400, "want ndjson or sse"},
	{"/v1/events?customers=201", 400, "from 1 to 200"},
	{"/v1/events?customers=0", 400, "from 1 to 200"},
	{"/v1/events?limit=0", 400, "from 1"},
	{"/v1/events?limit=many", 400, "from 1"},
	{"/v1/events?limit=1.5", 400, "from 1, e.g. 1000, 10k"},
	{"/v1/events?customers=1k", 400, "from 1 to 200"},
	{"/v1/events?from=yesterday", 400, "from=yesterday: want a day such as 2025-03-31 or a time "},
	{"/v1/events?from=2025-1-1", 400, "T09:00:00Z, or the id of an event"},
	{"/v1/events?from=2024-12-31", 400, "a day of the scenario, from 2025-01-01 to 2025-01-10, in"},
	{"/v1/events?from=2025-01-11", 400, "from 2025-01-01 to 2025-01-10, in time zone Europe/"},
	{"/v1/events?from=9999-01-11", 400, "want a day of the scenario, from 2025-01-01 to 2025-01-10"},
	{"/v1/events?from=2025-01-11T00:00", 400, "from 2025-01-01 to 2025-01-10"},
	{"/v1/events?from=2025-01-10T23:00:00Z", 400, "from 2025-01-01 to 2025-01-10"},
	{"/v1/events?from=12345", 400, "no event of this scenario can have this id"},
	{"/v1/events?last_event_id=abc", 400, "want the id of an event"},
	{"/v1/events?last_event_id=-1", 400, "want the id of an event"},
	{"/v1/events?last_event_id=9007199254740992", 400, "want the id of an event"},
	{"/v1/events?last_event_id=99999999999999999999", 400, "want the id of an event"},
	{"/v1/events?limit=%zz", 400, "invalid URL escape"},
	{"/v1/event", 404, "there is nothing at /v1/event; want /, /v1/events"},
	{"/v1/events/7", 404, "there is nothing at"},
}

// TestServedProblems holds that bad requests are told what is allowed, before any simulation.
func TestServedProblems(t *testing.T) {
	w := servedWorld(t)
	opt := serveOptions(w)
	opt.MaxRate = 5000
	var lives atomic.Int64
	live := opt.Live
	opt.Live = func(ctx context.Context, w *model.World, from int, sink table.Sink) error {
		lives.Add(1)
		return live(ctx, w, from, sink)
	}
	s := served(t, opt)
	for _, test := range badRequests {
		response := s.get(test.path)
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		var got struct {
			Status        int
			Title, Detail string
		}
		if err != nil || json.Unmarshal(text, &got) != nil || response.StatusCode != test.status ||
			got.Status != test.status || got.Title == "" || !strings.Contains(got.Detail, test.want) ||
			response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %s %s: %s\nwant %d: %s", test.path, response.Status,
				response.Header.Get("Content-Type"), text, test.status, test.want)
		}
	}
	for _, path := range []string{"/", "/v1/events", "/v1/schema", "/v1/scenario", "/healthz"} {
		head, err := s.client.Head(s.url + path)
		if err != nil || head.StatusCode != http.StatusOK {
			t.Fatalf("HEAD %s: %v, %v, want 200", path, head, err)
		}
		head.Body.Close()
		post, err := s.client.Post(s.url+path, "text/plain", strings.NewReader("x"))
		if err != nil || post.StatusCode != http.StatusMethodNotAllowed ||
			post.Header.Get("Allow") != "GET, HEAD" {
			t.Fatalf("POST %s: %v, %v, want 405 with Allow", path, post, err)
		}
		post.Body.Close()
	}
	if n := lives.Load(); n != 0 {
		t.Errorf("%d simulations began, want none", n)
	}
}

// TestServedEventsThatAreNone holds that an id which could be, and is not, is said before the first
// byte: the display adverts of a market are none of the same market without them.
func TestServedEventsThatAreNone(t *testing.T) {
	holdNoLeak(t)
	w := servedWorld(t)
	id := ""
	for _, line := range generated(t, w) {
		if strings.Contains(line, `"channel":"display"`) {
			id = idOf(t, line)
			break
		}
	}
	off, err := without(w, []string{"display"})
	if err != nil {
		t.Fatal(err)
	}
	s := served(t, serveOptions(off))
	response := s.get("/v1/events", "Last-Event-ID", id)
	text, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound || !bytes.Contains(text, []byte(id)) {
		t.Errorf("got %s: %s, want 404 that names the id", response.Status, text)
	}
	s.holdMetric(`percorso_clients_ended_total{reason="no event"}`, "1")
}

// TestServedToWhomMay holds who gets an answer: with a token who shows it, without one who means
// this machine and is no page of another site.
func TestServedToWhomMay(t *testing.T) {
	w := servedWorld(t)
	open := served(t, serveOptions(w))
	opt := serveOptions(w)
	opt.Token = "s3cret"
	closed := served(t, opt)
	for _, test := range []struct {
		s           *service
		path        string
		name, value string
		want        int
	}{
		{open, "/v1/scenario", "Host", "localhost:8080", 200},
		{open, "/v1/scenario", "Host", "evil.example", 403},
		{open, "/v1/events?limit=1", "Host", "evil.example:8080", 403},
		{open, "/metrics", "Host", "evil.example", 403},
		{open, "/healthz", "Host", "evil.example", 200},
		{open, "/v1/events?limit=1", "Sec-Fetch-Site", "cross-site", 403},
		{open, "/v1/events?limit=1", "Sec-Fetch-Site", "none", 200},
		{closed, "/healthz", "", "", 200},
		{closed, "/v1/events?limit=1", "", "", 401},
		{closed, "/metrics", "", "", 401},
		{closed, "/", "Authorization", "Bearer s3cre", 401},
		{closed, "/", "Authorization", "Bearer s3cret2", 401},
		{closed, "/", "Authorization", "Basic s3cret", 401},
		{closed, "/", "Authorization", "s3cret", 401},
		{closed, "/", "Authorization", "bearer s3cret", 200},
		{closed, "/v1/events?limit=1", "Authorization", "Bearer s3cret", 200},
	} {
		header := []string{test.name, test.value}
		if test.name == "" {
			header = nil
		}
		response := test.s.get(test.path, header...)
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != test.want || bytes.Contains(text, []byte(opt.Token)) {
			t.Errorf("%s with %s: %s: got %s, want %d, and nothing of the token\n%s", test.path,
				test.name, test.value, response.Status, test.want, text)
		}
		if asks := response.Header.Get("WWW-Authenticate") != ""; asks != (test.want == 401) {
			t.Errorf("%s: WWW-Authenticate is there: %v", response.Status, asks)
		}
	}
	long := open.get("/", "X-Long", strings.Repeat("x", 64<<10))
	long.Body.Close()
	if long.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("64 KiB of header: got %s, want 431", long.Status)
	}
}

// TestServedToSoMany holds that no more read at once than may, and that a place is free again.
func TestServedToSoMany(t *testing.T) {
	holdNoLeak(t)
	opt := serveOptions(servedWorld(t))
	opt.MaxClients = 2
	s := served(t, opt)
	first, second := s.get("/v1/events?rate=1"), s.get("/v1/events?rate=1")
	third := s.get("/v1/events?rate=1")
	third.Body.Close()
	if third.StatusCode != http.StatusServiceUnavailable || third.Header.Get("Retry-After") == "" {
		t.Errorf("the third: got %s, want 503 with Retry-After", third.Status)
	}
	s.holdMetric("percorso_clients", "2")
	s.holdMetric(`percorso_refused_total{reason="places"}`, "1")
	first.Body.Close()
	for range 500 {
		next := s.get("/v1/events?limit=1")
		next.Body.Close()
		if next.StatusCode == http.StatusOK {
			second.Body.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the place of a client who left is not free after 5 s")
}

// TestServedStops holds that clients are told when the server stops: by an end, or by a stream that
// is cut off after a whole event.
func TestServedStops(t *testing.T) {
	holdNoLeak(t)
	s := served(t, serveOptions(servedWorld(t)))
	events, lines := s.get("/v1/events?rate=100&format=sse"), s.get("/v1/events?rate=100")
	defer events.Body.Close()
	defer lines.Body.Close()
	for _, body := range []io.Reader{events.Body, lines.Body} {
		if _, err := io.ReadFull(body, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	go s.stop()
	text, err := io.ReadAll(events.Body)
	if err != nil || !bytes.Contains(text, []byte("event: end\ndata: {\"reason\":\"stopped\"")) {
		t.Errorf("SSE ends with %q, %v, want an end", text[max(0, len(text)-100):], err)
	}
	text, err = io.ReadAll(lines.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(text) > 0 && text[len(text)-1] != '\n' {
		t.Errorf("NDJSON ends with %q, %v, want a whole line and %v", text[max(0, len(text)-100):],
			err, io.ErrUnexpectedEOF)
	}
	s.stop()
	if took := time.Since(began); s.ended != nil || took > 4*time.Second {
		t.Errorf("it ended with %v after %v, want at once", s.ended, took)
	}
}

// TestServedFailure holds that a simulation which fails looks like no complete stream.
func TestServedFailure(t *testing.T) {
	holdNoLeak(t)
	opt := serveOptions(servedWorld(t))
	live, said := opt.Live, new(bytes.Buffer)
	opt.Log = log.New(said, "", 0)
	opt.Live = func(ctx context.Context, w *model.World, from int, sink table.Sink) error {
		if err := live(ctx, w, from, sink); err != nil {
			return err
		}
		return errors.New("it broke")
	}
	s := served(t, opt)
	response := s.get("/v1/events")
	if _, err := io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("NDJSON ends with %v, want %v", err, io.ErrUnexpectedEOF)
	}
	response.Body.Close()
	if got := s.read("/v1/events?format=sse"); !strings.Contains(got, `{"reason":"failed"`) {
		t.Errorf("SSE ends with %q, want the reason", got[max(0, len(got)-100):])
	}
	s.stop()
	if !strings.Contains(said.String(), "it broke") {
		t.Errorf("it said %q, want why", said)
	}
}

// TestServeInterrupted holds that ^C ends clients and the command, which is then done, and that the
// token is in nothing it says.
func TestServeInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	cmd := exec.Command("percorso", "serve", "fashion", "--customers", "200", "--days", "10",
		"--listen", "127.0.0.1:0", "--token", "env:OUR_TOKEN")
	cmd.Env = append(os.Environ(), "OUR_TOKEN=s3cret")
	talk, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(talk)
	first, err := said.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, url, _ := strings.Cut(strings.TrimSpace(first), " on ")
	s := &service{t: t, url: strings.TrimSuffix(url, "/"), client: new(http.Client)}
	client := s.get("/v1/events?rate=100&format=sse", "Authorization", "Bearer s3cret")
	defer client.Body.Close()
	if _, err := io.ReadFull(client.Body, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(client.Body)
	if err != nil || !bytes.Contains(text, []byte(`{"reason":"stopped"`)) {
		t.Errorf("the client hears %q, %v", text[max(0, len(text)-100):], err)
	}
	rest, err := io.ReadAll(said)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v, want 0; it said %s", err, rest)
	}
	if strings.Contains(first+string(rest), "s3cret") {
		t.Errorf("it said the token: %s%s", first, rest)
	}
}

// TestServePortTaken holds what is said of a port where another program listens.
func TestServePortTaken(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var stdout, stderr bytes.Buffer
	at := listener.Addr().String()
	code := run([]string{"percorso", "serve", "null", "--listen", at}, &stdout, &stderr)
	want := "percorso: --listen " + at + ": another program listens there; stop it, or take any " +
		"free port with --listen 127.0.0.1:0\n"
	if code != exitFailed || stderr.String() != want {
		t.Errorf("got %d: %s\nwant %d: %s", code, &stderr, exitFailed, want)
	}
}
