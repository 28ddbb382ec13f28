package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/percorso/percorso/export/push"
)

// TestReportAsText holds what people read of a stream in which all kinds of things happened.
func TestReportAsText(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "export", "push", "testdata", "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r push.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := writeReport(&got, &r); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "report.txt")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", &got, want)
	}
}

// TestLineASecond holds what is said while a stream runs.
func TestLineASecond(t *testing.T) {
	s := &push.Second{At: 3, Length: 0.5, InFlight: 12, Late: 4,
		Simulated: time.Date(2025, 1, 2, 8, 30, 0, 0, time.UTC)}
	s.Events = push.Flow{Sent: 2500, Rejected: 1, Dropped: 20, Uncertain: 300}
	s.Requests = push.Flow{Sent: 5}
	s.Response = push.Latency{Count: 5, P50: 0.42, P99: 1903}
	all := &push.Flow{Due: 300, Accepted: 60}
	days := calendar{start: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), warmup: 30, first: 20}
	rest := "3 s, 5,000 events/s, 10 requests/s, p50 0.42 ms, p99 1.90 s, 12 in flight, " +
		"321 errors, 4 late, at 2025-01-02 08:30 UTC"
	const w = "waiting"
	tape := calendar{}
	for _, test := range []struct {
		got, want string
	}{
		{secondLine(s, all, -1, w, false), rest},
		{secondLine(s, all, 0.25, w, false), " 25%, " + rest},
		{secondLine(s, all, 0.25, w, true), "██░░░░░░░░  25%, 3 s, 5,000 events/s, p99 1.90 s, " +
			"12 in flight, 321 errors, 4 late, at 2025-01-02 08:30 UTC"},
		{secondLine(&push.Second{At: 1, Length: 1, Behind: 1.25, Failed: 3, Trouble: "503"}, all,
			2, w, false),
			"100%, 1 s, retrying, 3 attempts failed (503), " +
				"0 in flight, 60 of 300 events accepted, 0 errors, 0 late, 1.2 s behind"},
		{idleText(&push.Second{Resting: 2, InFlight: 3}), "waiting to retry 2 requests"},
		{idleText(&push.Second{Retried: 1}), "retrying"},
		{idleText(&push.Second{InFlight: 3}), "waiting for answers"},
		{idleText(&push.Second{NextDue: 42}), "next request due in 42 s"},
		{secondLine(&push.Second{At: 1, Length: 1}, all, -1, days.making(), true),
			"1 s, waiting for the simulation, 0 in flight, 0 errors, 0 late"},
		{secondLine(&push.Second{At: 1, Length: 1}, all, -1, tape.making(), true),
			"1 s, reading the recording, 0 in flight, 0 errors, 0 late"},
		{tape.waiting(0), "reading the recording, no request is due yet"},
		{days.waiting(-25), "simulating the warm-up: 10%, 2024-12-07; the first events are of " +
			"2025-01-21"},
		{days.waiting(10), "simulating the days before the stream: 80%, 2025-01-11; the first events " +
			"are of 2025-01-21"},
		{days.waiting(20), "simulating 2025-01-21, no request is due yet"},
		{latencyText(9.996), "10.0 ms"},
		{latencyText(123.456), "123.5 ms"},
	} {
		if test.got != test.want {
			t.Errorf("got  %q,\nwant %q", test.got, test.want)
		}
	}
}

// TestPlainLinesAreFew: where there is no terminal a line stands for ten seconds, with all that
// happened in them. A stream is not done before its events are settled, and stops without a word of
// requests to come.
func TestPlainLinesAreFew(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	con := console{stderr: &out, now: func() time.Time { return now }}
	ctx, stop := context.WithCancel(t.Context())
	r := reporter{ctx: ctx, meter: newMeter(con), stream: new(streaming)}
	r.stream.pacing.events = 300
	for i := range 21 {
		s := &push.Second{At: float64(i + 1), Length: 1, Failed: 2, Trouble: "connect", Resting: 38}
		if i == 0 {
			s.Events, s.Requests = push.Flow{Due: 300, Sent: 300}, push.Flow{Due: 30, Sent: 30}
		}
		r.Look(s, nil, nil)
		now = now.Add(time.Second)
	}
	stop()
	r.Look(&push.Second{At: 22, Length: 1, NextDue: 240}, nil, nil)
	const tail = "0 in flight, 0 of 300 events accepted, 0 errors, 0 late\n"
	want := "  0%, 1 s, 300 events/s, 30 requests/s attempted, 2 attempts failed (connect), " + tail +
		"  0%, 11 s, waiting to retry 38 requests, 20 attempts failed (connect), " + tail +
		"  0%, 21 s, waiting to retry 38 requests, 20 attempts failed (connect), " + tail + "stopping\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

// reportOn runs `stream` of a small market to a target that takes what its URL says, with more
// arguments, at a rate, and returns the exit code and what it said.
func reportOn(t *testing.T, url, rate string, more ...string) (code int, said string) {
	t.Helper()
	var stderr bytes.Buffer
	args := append([]string{"percorso", "stream", "fashion", "--customers", "1000", "--to", url,
		"--rate", rate},
		more...)
	code = run(args, io.Discard, &stderr)
	return code, stderr.String()
}

// TestStoppedStreamSaysWhatItWaitsFor: who presses ^C and sees no prompt is told why.
func TestStoppedStreamSaysWhatItWaitsFor(t *testing.T) {
	var out bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r := reporter{meter: newMeter(console{stderr: &out, now: time.Now}), stream: new(streaming),
		ctx: ctx}
	for range 2 {
		r.Look(&push.Second{At: 1, Length: 1, InFlight: 3}, nil, nil)
		stop()
	}
	const want = "1 s, waiting for answers, 3 in flight, 0 errors, 0 late\n" +
		"waiting for 3 answers, at most 5 s; ^C again ends at once\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
}

// TestStreamIsReported in files that agree with what the target saw, and nothing goes on after it.
func TestStreamIsReported(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	lines, bodies := 0, int64(0)
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		lines, bodies = lines+bytes.Count(body, []byte("\n")), bodies+int64(len(body))
	}))
	defer target.Close()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	code, said := reportOn(t, target.URL+"/?token=secret", "max", "--events", "2000",
		"--batch", "100", "--connections", "1", "--report", in("r.json"),
		"--hdr-log", in("r.hgrm"), "--fail-if", "errors>0,p99>1h")
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, said)
	}
	text, err := os.ReadFile(in("r.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r push.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.Events.Accepted != 2000 || lines != 2000 || r.Bytes != bodies || r.Requests.Sent != 20 {
		t.Errorf("%d events of %d bytes in %d requests accepted, the target saw %d of %d in 20",
			r.Events.Accepted, r.Bytes, r.Requests.Sent, lines, bodies)
	}
	if r.Scenario != "fashion" || r.Seed != 1 || r.Dialect != "jsonl" || r.Error != "" ||
		r.Pace != "as fast as possible" || r.Target != target.URL+"/" || len(r.PerSecond) == 0 {
		t.Errorf("a report of something else: %s", text)
	}
	if strings.Contains(said+string(text), "secret") {
		t.Errorf("a secret is told: %s", said)
	}
	for _, want := range []string{"accepted", "fail if errors>0", "ok: it was 0"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in what was said: %s", want, said)
		}
	}
	percentiles, err := os.ReadFile(in("r.hgrm"))
	if err != nil || !strings.Contains(string(percentiles), "Total count    =           20]") {
		t.Errorf("%v, percentiles of 20 requests are\n%s", err, percentiles)
	}
	if files, _ := filepath.Glob(in(".*")); files != nil {
		t.Errorf("left lying: %v", files)
	}
}

// TestLimitsFailAStream with exit code 3, quiet or not, whatever else failed.
func TestLimitsFailAStream(t *testing.T) {
	var asked atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 2 {
			http.Error(w, "event has no user", http.StatusBadRequest)
		}
	}))
	defer target.Close()
	report := filepath.Join(t.TempDir(), "r.txt")
	code, said := reportOn(t, target.URL, "max", "--events", "200", "--batch", "50", "--quiet",
		"--report", report, "--fail-if", "errors>1%", "--fail-if", "dropped>0,rejected>0")
	want := "percorso: 50 of 200 events were not delivered: 400 Bad Request: " +
		`"event has no user\n"` + "\n" +
		"--fail-if errors>1%: it was 25%; rejected>0: it was 50\n"
	if code != exitRefused || said != want {
		t.Errorf("exit %d and %q, want %d and %q", code, said, exitRefused, want)
	}
	text, err := os.ReadFile(report)
	if err != nil || !strings.Contains(string(text), "event has no user") {
		t.Errorf("%v, the report does not say why:\n%s", err, text)
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	code, said = reportOn(t, closed.URL, "100", "--events", "60", "--batch", "1",
		"--retry-for", "200ms", "--quiet", "--report", report, "--fail-if", "errors>0")
	if code != exitRefused || !strings.Contains(said, "accepted nothing for 200ms") {
		t.Errorf("exit %d and %q of a dead target, want %d", code, said, exitRefused)
	}
}

// TestQuietStreamSaysNothing, others do.
func TestQuietStreamSaysNothing(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer target.Close()
	code, said := reportOn(t, target.URL, "max", "--events", "10", "--quiet")
	if code != 0 || said != "" {
		t.Errorf("exit %d, said %q", code, said)
	}
	if _, said = reportOn(t, target.URL, "max", "--events", "10"); !strings.Contains(said, "1 × 200") {
		t.Errorf("no report in %q", said)
	}
}

// TestMetricsAreServed while a stream runs, and no longer.
func TestMetricsAreServed(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	busy, said := reportOn(t, "http://127.0.0.1:9/", "max", "--metrics", address)
	if busy != exitFailed || !strings.Contains(said, "--metrics "+address) {
		t.Errorf("exit %d and %q of a port that is taken, want %d", busy, said, exitFailed)
	}
	listener.Close()
	scraped := make(chan string, 100)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if answer, err := client.Get("http://" + address + "/metrics"); err == nil {
			text, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			scraped <- string(text)
		}
	}))
	defer target.Close()
	code, said := reportOn(t, target.URL, "max", "--events", "20", "--batch", "10",
		"--connections", "1", "--metrics", address)
	if code != exitDone || !strings.Contains(said, "metrics at http://"+address+"/metrics\n") {
		t.Fatalf("exit %d: %s", code, said)
	}
	first, second := <-scraped, <-scraped
	for i, text := range []string{first, second} {
		for _, want := range []string{
			fmt.Sprintf("\npercorso_stream_events_sent_total %d\n", 10*i),
			fmt.Sprintf("\npercorso_stream_response_seconds_bucket{le=\"+Inf\"} %d\n", i),
			"\npercorso_stream_requests_in_flight 1\n",
			"# HELP percorso_stream_requests_due_total ",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in scrape %d:\n%s", want, i, text)
			}
		}
	}
	if _, err := client.Get("http://" + address + "/metrics"); err == nil {
		t.Error("metrics are served when the stream has ended")
	}
}

// TestMetricsAddresses: without a host it is this machine alone.
func TestMetricsAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"9100": "127.0.0.1:9100", ":9100": "127.0.0.1:9100", "0.0.0.0:9100": "0.0.0.0:9100",
		"[::1]:9100": "[::1]:9100", "": "", "localhost": "", "127.0.0.1:x": "", "1:2:3": "",
		"127.0.0.1:70000": "",
	} {
		if got, err := metricsAddress(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q and %v, want %q", text, got, err, want)
		}
	}
	open := &metricsServer{at: &net.TCPAddr{IP: net.IPv4zero, Port: 9100}}
	if want := "open to everybody"; !strings.Contains(open.String(), want) {
		t.Errorf("%q does not say %q", open, want)
	}
}

// TestLinesComeWhileItRuns: a stream of more than a second is told of before its end.
func TestLinesComeWhileItRuns(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer target.Close()
	_, said := reportOn(t, target.URL, "200", "--batch", "10", "--duration", "1200ms")
	line := regexp.MustCompile(`(?m)^ *\d+%, \d s, [\d,]+ events/s, \d+ requests/s, ` +
		`p50 [\d.]+ m?s, p99 [\d.]+ m?s, \d+ in flight, 0 errors, \d+ late, .*` +
		`at 202\d-\d\d-\d\d \d\d:\d\d UTC$`)
	if !line.MatchString(said) {
		t.Errorf("no line in %q", said)
	}
}

// TestReportThatFails: a report that cannot be written leaves that of an earlier stream as it was.
func TestReportThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.txt")
	if err := os.WriteFile(path, []byte("earlier"), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := openDraft(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.finish(func(w io.Writer) error {
		fmt.Fprint(w, "torn")
		return io.ErrShortWrite
	}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("it ended with %v", err)
	}
	if text, err := os.ReadFile(path); string(text) != "earlier" {
		t.Errorf("there is %q, error %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
