package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model"
)

// A delivery is a request as a target got it.
type delivery struct {
	Query, Body string
	Header      http.Header
}

// sentAt finds what says in a body when it was sent.
var sentAt = regexp.MustCompile(`("(sentAt|sent_at|client_upload_time)":")[^"]*"`)

// A collector is a target that keeps all requests, in their order.
type collector struct {
	mu  sync.Mutex
	all []delivery
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.all = append(c.all, delivery{r.URL.RawQuery, sentAt.ReplaceAllString(string(body), "$1"),
		r.Header})
}

// collected returns the requests of a stream, and its report.
func collected(t *testing.T, s app.Streaming) ([]delivery, *push.Report) {
	t.Helper()
	to := new(collector)
	target := httptest.NewServer(to)
	defer target.Close()
	s.To, s.Push.Connections, s.Historical = target.URL+"/in?a=b", 1, true
	r, err := app.Stream(t.Context(), s)
	if lost := (*push.UndeliveredError)(nil); r == nil || err != nil && !errors.As(err, &lost) {
		t.Fatal(err)
	}
	return to.all, r
}

// aKey is a key that is found again wherever it is written.
const aKey = `kEy-"17"-of:nobody`

// forms are the dialects with the options they need, and all their modes that look different.
func forms(t *testing.T) map[string]app.Streaming {
	t.Helper()
	template := filepath.Join(t.TempDir(), "template")
	const text = `{{if .user_id}}{"who": {{json .user_id}}, "page": {{json .page}}}{{end}}`
	if err := os.WriteFile(template, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	options := map[string][]map[string]string{
		"ga4":         {{"measurement_id": "G-ABC"}, {"firebase_app_id": "1:2:web:3"}},
		"webhook":     {{"template": template, "begin": "<", "between": "\n", "end": ">"}},
		"cloudevents": {{}, {"mode": "binary"}, {"mode": "batched"}},
		"matomo":      {{"idsite": "3"}},
		"posthog":     {{}, {"historical_migration": "true"}},
	}
	all := make(map[string]app.Streaming)
	for _, d := range dialect.Dialects() {
		sets := options[d.Name]
		if sets == nil {
			sets = []map[string]string{{}}
		}
		for _, o := range sets {
			s := app.Streaming{Dialect: d.Name, Settings: dialect.Settings{Options: o}}
			if d.Key != "" {
				s.Settings.Key = aKey
			}
			s.Push.Batch = 7
			if d.Name == "cloudevents" && o["mode"] != "batched" {
				s.Push.Batch = 1
			}
			all[strings.Join(append([]string{d.Name}, slices.Sorted(maps.Values(o))...), " ")] = s
		}
	}
	return all
}

// TestRecordingIsTheStream in all dialects: the same requests with the same headers, and the same
// report. A recording has no key.
func TestRecordingIsTheStream(t *testing.T) {
	w, err := app.Load("fashion", small...)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range forms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.World = w
			s.Push.Events, s.Push.Linger = 1500, 50*time.Millisecond
			s.Push.Pace = pace.Ramp{From: 100, To: 20_000, Over: 500 * time.Millisecond}
			dir := filepath.Join(t.TempDir(), "recording")
			record := s
			record.Record = dir
			if _, err := app.Stream(t.Context(), record); err != nil {
				t.Fatal(err)
			}
			hasNoKey(t, dir)
			live, report := collected(t, s)
			s.World, s.Dialect, s.Settings.Options, s.Replay = nil, "", nil, dir
			s.Push.Batch, s.Push.Linger = 0, 0
			again, other := collected(t, s)
			if len(live) == 0 || !reflect.DeepEqual(live, again) {
				t.Errorf("%d requests, the stream has %d; they differ", len(again), len(live))
				for i := range min(len(live), len(again)) {
					if !reflect.DeepEqual(live[i], again[i]) {
						t.Fatalf("request %d is\n%+v, want\n%+v", i, again[i], live[i])
					}
				}
			}
			if !reflect.DeepEqual(report.Events, other.Events) || report.Dialect != other.Dialect ||
				report.Scenario != other.Scenario || report.Seed != other.Seed {
				t.Errorf("reports %+v of %s, want %+v of %s", other.Events, other.Scenario,
					report.Events, report.Scenario)
			}
		})
	}
}

// hasNoKey checks that a key, in whatever form requests have it, is nowhere in a recording.
func hasNoKey(t *testing.T, dir string) {
	t.Helper()
	if _, err := record.Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, want 3 (%v)", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts := [][]byte{text}
		if filepath.Ext(f.Name()) == ".zst" {
			plain, err := zstd.NewReader(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			bodies, err := io.ReadAll(plain)
			plain.Close()
			if err != nil || len(bodies) == 0 {
				t.Fatalf("%d bytes of bodies (%v)", len(bodies), err)
			}
			texts = append(texts, bodies)
		}
		for _, form := range []string{"kEy-", "of:nobody", base64.StdEncoding.EncodeToString(
			[]byte(aKey))[:12]} {
			for _, text := range texts {
				if bytes.Contains(text, []byte(form)) {
					t.Errorf("%s has the key, as %q", f.Name(), form)
				}
			}
		}
	}
}

// TestRecordingsNeedAnEnd that no clock decides, and a target to go to.
func TestRecordingsNeedAnEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "recording")
	for _, test := range []struct {
		s    app.Streaming
		want string
	}{
		{app.Streaming{Scenario: "fashion", Sets: small, Record: dir, RunOn: true}, "needs an end"},
		{app.Streaming{Scenario: "fashion", Sets: small, Record: dir,
			Push: push.Options{Duration: time.Second}}, "needs a pace"},
		{app.Streaming{Scenario: "fashion", Sets: small, Record: dir, To: "http://127.0.0.1"},
			"either a target"},
		{app.Streaming{Scenario: "fashion", Sets: small, Record: dir, Receipt: "x.jsonl"}, "no receipt"},
		{app.Streaming{Replay: dir, Record: dir + "2"}, "needs a target"},
	} {
		if _, err := app.Stream(t.Context(), test.s); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a wrong request made a folder")
	}
}

// TestStoppedRecordingIsUnfinished and is recorded again from its beginning.
func TestStoppedRecordingIsUnfinished(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "recording")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s := app.Streaming{Scenario: "fashion", Sets: small, Record: dir}
	if _, err := app.Stream(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, it says %v", err)
	}
	_, err := app.Stream(t.Context(), app.Streaming{Replay: dir, To: "http://127.0.0.1"})
	if unfinished := (*record.UnfinishedError)(nil); !errors.As(err, &unfinished) {
		t.Errorf("sending it says %v", err)
	}
	if _, err := app.Stream(t.Context(), s); err != nil {
		t.Error(err)
	}
	if m, err := record.Verify(t.Context(), dir); err != nil || m.Events == 0 {
		t.Errorf("recorded again it has %+v (%v)", m, err)
	}
}

// TestShortRecordingSaysSo: a stream that wants more than was recorded is not what was asked for.
func TestShortRecordingSaysSo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "recording")
	if _, err := app.Stream(t.Context(), app.Streaming{Scenario: "fashion", Sets: small,
		Record: dir, Push: push.Options{Events: 1000}}); err != nil {
		t.Fatal(err)
	}
	target := httptest.NewServer(new(collector))
	defer target.Close()
	for _, test := range []struct {
		push push.Options
		over bool
	}{
		{push.Options{}, false},
		{push.Options{Events: 999}, false},
		{push.Options{Events: 1000}, false},
		{push.Options{Events: 1001}, true},
		{push.Options{Pace: pace.Rate(10_000), Duration: 100 * time.Millisecond}, false},
		{push.Options{Pace: pace.Rate(10_000), Duration: 101 * time.Millisecond}, true},
		{push.Options{Duration: time.Hour}, true},
	} {
		r, err := app.Stream(t.Context(), app.Streaming{Replay: dir, To: target.URL, RunOn: true,
			Push: test.push})
		if errors.Is(err, app.ErrRecordingOver) != test.over || err != nil && !test.over {
			t.Errorf("%v, %d events: %v", test.push.Duration, test.push.Events, err)
		}
		if want := min(test.push.Events-1, 999) + 1; test.push.Events > 0 && r.Events.Accepted != want {
			t.Errorf("%d events arrived, want %d", r.Events.Accepted, want)
		}
	}
}

// TestRecordingGoesOnWithAReceipt: what a stream left undone, its recording does, and the receipt
// knows that it is the same stream.
func TestRecordingGoesOnWithAReceipt(t *testing.T) {
	folder := t.TempDir()
	dir, receipt := filepath.Join(folder, "recording"), filepath.Join(folder, "receipt.jsonl")
	s := app.Streaming{Scenario: "fashion", Sets: small, Push: push.Options{Events: 1000, Batch: 30}}
	live := s
	s.Record = dir
	if _, err := app.Stream(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	to := new(collector)
	target := httptest.NewServer(to)
	defer target.Close()
	live.To, live.Receipt, live.Push.Events, live.Push.Batch = target.URL, receipt, 407, 20
	if _, err := app.Stream(t.Context(), live); err != nil {
		t.Fatal(err)
	}
	again := app.Streaming{Replay: dir, To: target.URL, Receipt: receipt, Resume: true}
	r, err := app.Stream(t.Context(), again)
	if err != nil || r.Events.Accepted != 593 {
		t.Fatalf("the recording sends %d more events, want 593 (%v)", r.Events.Accepted, err)
	}
	lines := 0
	for _, d := range to.all {
		lines += strings.Count(d.Body, "\n")
	}
	if lines != 1000 {
		t.Errorf("%d events arrived, want 1000", lines)
	}
	other := again
	other.Replay = filepath.Join(folder, "other")
	s.Record, s.Sets = other.Replay, append([]model.Set{{Path: "seed", Value: "8"}}, small...)
	if _, err := app.Stream(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	_, err = app.Stream(t.Context(), other)
	if differs := (*push.OtherStreamError)(nil); !errors.As(err, &differs) {
		t.Errorf("the recording of another stream goes on with the receipt: %v", err)
	}
}
