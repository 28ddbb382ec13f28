package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// market is small and is written at once.
var market = []model.Set{{Path: "customers", Value: "900"}, {Path: "warmup", Value: "5"},
	{Path: "days", Value: "6"}, {Path: "town", Value: "150"}}

// TestLinksNoCommandLine: a program that uses the package has no flags and no terminal.
func TestLinksNoCommandLine(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	for _, not := range []string{"github.com/urfave/cli/v2", "golang.org/x/term", "flag",
		"github.com/percorso/percorso/cmd/percorso"} {
		if slices.Contains(deps, not) {
			t.Errorf("it links %s", not)
		}
	}
	if len(deps) < 50 {
		t.Errorf("only %d packages are listed", len(deps))
	}
}

// files are those of a folder, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, pattern := range []string{"*", "*/*", "*/*/*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if text, err := os.ReadFile(name); err == nil {
				found[strings.TrimPrefix(name, dir)] = string(text)
			}
		}
	}
	return found
}

// TestGenerateGoesOn: a run that is stopped, in parts or by day, leaves what is whole, another
// refuses to begin there, and one that resumes ends as if nothing had been.
func TestGenerateGoesOn(t *testing.T) {
	w, err := Load("fashion", market...)
	if err != nil {
		t.Fatal(err)
	}
	w.PartTowns, w.Parts = 2, 3
	for _, partition := range []string{"", dataset.PartitionDate} {
		want := Generation{World: w, Out: filepath.Join(t.TempDir(), "whole"), Format: "csv",
			Partition: partition, Workers: 1}
		if _, err := Generate(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		g := want
		g.Out = filepath.Join(t.TempDir(), "data")
		g.Progress = func(p simulate.Progress) {
			if 3*p.Done >= 2*p.Total { // parts come on by tiles of days
				stop()
			}
		}
		var stopped *StoppedError
		if _, err := Generate(ctx, g); !errors.As(err, &stopped) || !stopped.Resumable ||
			!errors.Is(err, context.Canceled) || stopped.Whole == 0 || stopped.Whole == stopped.All {
			t.Fatalf("by %q: %v, want that it was stopped on the way", partition, err)
		}
		g.Progress = nil
		var taken *dataset.OccupiedError
		if _, err := Generate(t.Context(), g); !errors.As(err, &taken) || !taken.Unfinished ||
			strings.Contains(err.Error(), "--") {
			t.Errorf("by %q: another begins: %v", partition, err)
		}
		g.Resume = true
		if _, err := Generate(t.Context(), g); err != nil {
			t.Errorf("by %q: %v", partition, err)
		}
		got, all := files(t, g.Out), files(t, want.Out)
		if len(got) != len(all) || len(all) < 5 {
			t.Errorf("by %q: %d files, want %d", partition, len(got), len(all))
		}
		for name, text := range all {
			if got[name] != text {
				t.Errorf("by %q: %s differs", partition, name)
			}
		}
	}
}

// TestScenarioOfADataset: a dataset is a scenario, and runs again to the same bytes.
func TestScenarioOfADataset(t *testing.T) {
	one := Generation{Scenario: "fashion", Sets: market, Out: filepath.Join(t.TempDir(), "one"),
		Format: "jsonl", Tables: []string{"orders"}}
	other := one
	other.Scenario, other.Sets, other.Out = one.Out, nil, filepath.Join(t.TempDir(), "other")
	for _, g := range []Generation{one, other} {
		if _, err := Generate(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	const orders = "/orders/part-00000.jsonl"
	if a, b := files(t, one.Out)[orders], files(t, other.Out)[orders]; a == "" || a != b {
		t.Errorf("%d and %d bytes of orders, want the same", len(a), len(b))
	}
}

// TestStreamGoesOn: a stream with a receipt that ends goes on where it ended, and both together are
// those of one that did not; its days run on.
func TestStreamGoesOn(t *testing.T) {
	var lines bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(&lines, r.Body) // one connection, one request at a time
	}))
	defer server.Close()
	s := Streaming{Scenario: "fashion", Sets: append(market[:2:2], model.Set{Path: "days",
		Value: "1"}), To: server.URL, RunOn: true,
		Push: push.Options{Events: 600, Batch: 50, Connections: 1}}
	if r, err := Stream(t.Context(), s); err != nil || r.Events.Accepted != 600 ||
		r.Target == "" || r.Pace != "as fast as possible" {
		t.Fatalf("%v: %+v", err, r)
	}
	whole := lines.String()
	lines.Reset()
	s.Receipt = filepath.Join(t.TempDir(), "receipt.jsonl")
	for _, events := range []int64{200, 600} {
		s.Push.Events = events
		if _, err := Stream(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		s.Resume = true
	}
	if lines.String() != whole {
		t.Error("a stream in two goes is another")
	}
	s.Resume = false
	var exists *push.ReceiptExistsError
	if _, err := Stream(t.Context(), s); !errors.As(err, &exists) ||
		strings.Contains(err.Error(), "--") {
		t.Errorf("the receipt is there: %v", err)
	}
}

// TestStreamRefuses: what cannot be is an error that names no flag, and nothing is sent.
func TestStreamRefuses(t *testing.T) {
	w, err := Load("fashion", market...)
	if err != nil {
		t.Fatal(err)
	}
	receipt := filepath.Join(t.TempDir(), "receipt.jsonl")
	ok := Streaming{World: w, Writer: io.Discard, Push: push.Options{Events: 1}}
	for want, change := range map[string]func(*Streaming){
		"either a target or a writer": func(s *Streaming) { s.To = "http://127.0.0.1:9/" },
		"has no receipt":              func(s *Streaming) { s.Receipt = receipt },
		"a writer does not answer":    func(s *Streaming) { s.Resume = true },
		"needs its receipt": func(s *Streaming) {
			s.Writer, s.To, s.Resume = nil, "http://127.0.0.1:9/", true
		},
		`Compress: unknown codec "br", want gzip or zstd`: func(s *Streaming) {
			s.Writer, s.To, s.Receipt, s.Push.Compress = nil, "http://127.0.0.1:9/", receipt, "br"
		},
		"Connections -1: want a whole number from 1": func(s *Streaming) {
			s.Writer, s.To, s.Receipt, s.Push.Connections = nil, "http://127.0.0.1:9/", receipt, -1
		},
		"Batch -1: want":   func(s *Streaming) { s.Push.Batch = -1 },
		"unknown scenario": func(s *Streaming) { s.World, s.Scenario = nil, "fashon" },
		"unknown channel":  func(s *Streaming) { s.Without = []string{"fax"} },
		"unknown dialect":  func(s *Streaming) { s.Dialect = "telex" },
		"accepts at most": func(s *Streaming) {
			s.Dialect, s.Settings.Options = "ga4", map[string]string{"measurement_id": "G-1"}
			s.Push.Batch = 99
		},
		"accepts events of the last 72h0m0s, and the stream begins": func(s *Streaming) {
			s.Dialect, s.Settings.Options = "ga4", map[string]string{"measurement_id": "G-1"}
		},
		"two values for the header Authorization": func(s *Streaming) {
			s.Writer, s.To, s.Dialect, s.Settings.Key = nil, "http://127.0.0.1:9/", "segment", "ours"
			s.Authorization = "Bearer ours"
		},
		"not ready": func(s *Streaming) {
			s.Ready = func(*push.Measure) error { return errors.New("not ready") }
		},
		"not a day of the scenario":  func(s *Streaming) { s.Push.From = 1 },
		"with template=FILE":         func(s *Streaming) { s.Dialect = "webhook" },
		"want http://HOST:PORT/PATH": func(s *Streaming) { s.Writer, s.To = nil, "ftp://x/" },
		"describes each event in HTTP headers": func(s *Streaming) {
			s.Dialect, s.Settings.Options = "cloudevents", map[string]string{"mode": "binary"}
		},
	} {
		s := ok
		change(&s)
		r, err := Stream(t.Context(), s)
		if r != nil || err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "--") {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
	if left := files(t, filepath.Dir(receipt)); len(left) > 0 {
		t.Errorf("there are files: %v", left)
	}
}
