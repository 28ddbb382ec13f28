package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A keeper is a target that keeps the events it gets. It takes its time, loses some answers, and
// refuses some requests for a while.
type keeper struct {
	mu       sync.Mutex
	ids      map[int64]int
	requests int
	half     chan struct{} // closed when it has kept so many
	after    int
}

func newKeeper(t *testing.T, after int) (*keeper, string) {
	k := &keeper{ids: make(map[int64]int), half: make(chan struct{}), after: after}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	return k, server.URL
}

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var ids []int64
	for in := bufio.NewScanner(r.Body); in.Scan(); {
		var event struct {
			ID int64 `json:"event_id"`
		}
		if json.Unmarshal(in.Bytes(), &event) != nil {
			return // half a request, of a sender that was killed
		}
		ids = append(ids, event.ID)
	}
	time.Sleep(2 * time.Millisecond)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests++
	if k.requests%13 == 0 {
		w.Header().Set("Retry-After", "0.01")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	for _, id := range ids {
		k.ids[id]++
	}
	if k.after > 0 && len(k.ids) >= k.after {
		k.after = 0
		close(k.half)
	}
	if k.requests%17 == 0 {
		panic(http.ErrAbortHandler) // the answer is lost
	}
}

// market is what the streams of these tests are of.
var market = []string{"fashion", "--customers", "150", "--days", "30", "--seed", "11",
	"--set", "warmup=30"}

// eventsOf returns the ids of all events of the market, in their order.
func eventsOf(t *testing.T) []int64 {
	w, err := loadWorld("fashion", []model.Set{{Path: "customers", Value: "150"},
		{Path: "days", Value: "30"}, {Path: "seed", Value: "11"}, {Path: "warmup", Value: "30"}})
	if err != nil {
		t.Fatal(err)
	}
	ids := new(idsSeen)
	if err := simulate.ByDay(t.Context(), w, ids, simulate.Options{}); err != nil {
		t.Fatal(err)
	}
	return ids.seen
}

// idsSeen is a sink that remembers the ids of events.
type idsSeen struct{ seen []int64 }

func (s *idsSeen) Encode(b *table.Batch) (func() error, error) {
	rows := &b.Tables[table.TableEvents]
	s.seen = append(s.seen, rows.Cols[table.EventID].Int[:rows.Len]...)
	return nil, nil
}

// streamTo is a command that streams the market.
func streamTo(ctx context.Context, url string, more ...string) *exec.Cmd {
	args := append(append([]string{"stream"}, market...), "--to", url, "--speed", "max",
		"--batch", "5", "--connections", "4")
	return exec.CommandContext(ctx, "percorso", with(args, more...)...)
}

// receiptRows reads a receipt: the rows by event id. An event that has two is an error.
func receiptRows(t *testing.T, name string) map[int64]push.Row {
	rows := make(map[int64]push.Row)
	of := func(*push.Origin) error { return nil }
	if err := push.ReadReceipt(t.Context(), name, of, func(r *push.Row) error {
		if other, is := rows[r.EventID]; is {
			t.Errorf("%s: two rows of one event: %+v, %+v", name, other, *r)
		}
		rows[r.EventID] = *r
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// checkComplete holds what a target kept against a receipt: every event arrived, was accepted, and
// is there twice only if that was said.
func checkComplete(t *testing.T, k *keeper, rows map[int64]push.Row, want []int64) {
	if len(rows) != len(want) || len(k.ids) != len(want) {
		t.Errorf("%d events, %d rows in the receipt, %d kept", len(want), len(rows), len(k.ids))
	}
	doubles := 0
	for position, id := range want {
		row := rows[id]
		if row.Outcome != push.Accepted || row.Position != int64(position) {
			t.Fatalf("event %d at %d: %+v", id, position, row)
		}
		if k.ids[id] > 1 {
			if doubles++; !row.MaybeDuplicate {
				t.Errorf("event %d is there %d times, %+v", id, k.ids[id], row)
			}
		}
	}
	if doubles == 0 {
		t.Error("no event is there twice: the target was too kind")
	}
}

// TestKilledStreamResumes: after kill -9, resumed, killed and resumed again, all events are there,
// and those that are there twice are marked as possible duplicates.
func TestKilledStreamResumes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	for _, format := range []string{"receipt.parquet", "receipt.jsonl"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			resumes(t, filepath.Join(t.TempDir(), format), os.Kill, "signal: killed")
		})
	}
}

// TestInterruptedStreamResumes: after ^C the receipt is whole, and the stream goes on from there.
func TestInterruptedStreamResumes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	resumes(t, filepath.Join(t.TempDir(), "receipt.jsonl.gz"), os.Interrupt, "")
}

// resumes streams, ends that half way with a signal, and goes on.
func resumes(t *testing.T, receipt string, signal os.Signal, state string) {
	want := eventsOf(t)
	k, url := newKeeper(t, len(want)/2)
	cmd := streamTo(t.Context(), url, "--receipt", receipt)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-k.half:
	case <-time.After(time.Minute):
		t.Error("half of the events did not come in a minute")
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if got := cmd.ProcessState.String(); state != "" && got != state {
		t.Fatalf("it ended with %s", got)
	}
	_, err := os.Stat(receipt)
	if whole := err == nil; whole != (signal == os.Interrupt) {
		t.Errorf("the receipt is there: %t", whole)
	}
	k.mu.Lock()
	before, kept := k.requests, len(k.ids)
	k.mu.Unlock()
	if kept == len(want) {
		t.Fatal("the signal came too late")
	}
	if out, err := streamTo(t.Context(), url, "--resume", receipt).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	rows := receiptRows(t, receipt)
	checkComplete(t, k, rows, want)
	if again := k.requests - before; again > (len(want)-kept)/3 {
		t.Errorf("%d requests for the %d events that were missing", again, len(want)-kept)
	}

	before = k.requests
	if out, err := streamTo(t.Context(), url, "--resume", receipt).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if k.requests != before {
		t.Errorf("%d requests after all was accepted", k.requests-before)
	}
	checkComplete(t, k, receiptRows(t, receipt), want)
}

// TestEventsAreOfAllRuns: --events N of a resumed stream counts what earlier runs sent.
func TestEventsAreOfAllRuns(t *testing.T) {
	k, url := newKeeper(t, 0)
	receipt := filepath.Join(t.TempDir(), "receipt.jsonl")
	for i, more := range []string{"--receipt", "--resume", "--resume"} {
		events := []string{"100", "150", "120"}[i]
		out, err := streamTo(t.Context(), url, more, receipt, "--events", events).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got, want := len(k.ids), []int{100, 150, 150}[i]; got != want {
			t.Fatalf("after %s %s there are %d", more, events, got)
		}
	}
	if got := len(receiptRows(t, receipt)); got != 150 {
		t.Errorf("%d rows in the receipt", got)
	}
}

// TestReceiptWithoutRoom: a receipt that cannot be begun ends a stream before anything is sent, one
// that cannot be gone on with ends it with an error.
func TestReceiptWithoutRoom(t *testing.T) {
	k, url := newKeeper(t, 0)
	receipt := filepath.Join(t.TempDir(), "absent", "receipt.jsonl")
	out, err := streamTo(t.Context(), url, "--receipt", receipt).CombinedOutput()
	if err == nil || k.requests > 0 {
		t.Errorf("error %v after %d requests: %s", err, k.requests, out)
	}
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no ulimit")
	}
	receipt = filepath.Join(t.TempDir(), "receipt.jsonl")
	cmd := streamTo(t.Context(), url, "--receipt", receipt)
	small := exec.CommandContext(t.Context(), "bash", append([]string{"-c",
		`ulimit -f 64; exec "$@"`}, cmd.Args...)...)
	small.Args = append(small.Args[:3], append([]string{"bash"}, cmd.Args...)...)
	out, err = small.CombinedOutput()
	if code := small.ProcessState.ExitCode(); err == nil || code != exitFailed ||
		!strings.Contains(string(out), "file too large") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if k.requests == 0 {
		t.Error("nothing was sent")
	}
	out, err = streamTo(t.Context(), url, "--resume", receipt).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	checkComplete(t, k, receiptRows(t, receipt), eventsOf(t))
}

// TestErrorsOfStreamsNameFlags: what packages say of options and of receipts is told with the names
// of flags, each of which there is.
func TestErrorsOfStreamsNameFlags(t *testing.T) {
	r := receipts{name: "r.parquet"}
	other := func(part string) error {
		return &push.OtherStreamError{Receipt: "r.parquet", Part: part, Had: "a", Has: "b"}
	}
	const lead = "r.parquet is the receipt of another stream: "
	for want, err := range map[string]error{
		"there is a receipt r.parquet.journal already: resume its stream with --resume r.parquet, or " +
			"give another name": &push.ReceiptExistsError{File: "r.parquet.journal"},
		lead + `its --to is "a", not "b"`: other("Target"),
		lead + `its release is "a", not "b": use percorso a, or begin another receipt`: other(
			"Release"),
		lead + `its scenario has "a", not "b"`:                    other("YAML"),
		lead + "that had other options of the dialect (--option)": other("Options"),
	} {
		if got := r.refused(t.Context(), err); got.Error() != want {
			t.Errorf("got  %v\nwant %s", got, want)
		}
	}
	flags := []string{"release", "scenario"} // which are arguments, or none
	for _, f := range streamCommand(console{}).Flags {
		flags = append(flags, "--"+f.Names()[0])
	}
	for option, flag := range optionFlags {
		name, _, _ := strings.Cut(flag, " ")
		if !slices.Contains(flags, name) {
			t.Errorf("%s is called %s, and there is no such flag", option, flag)
		}
		known := false
		for _, of := range []any{push.Options{}, push.Link{}, push.Origin{}} {
			_, is := reflect.TypeOf(of).FieldByName(option)
			known = known || is
		}
		if !known {
			t.Errorf("%s is called %s, and there is no such option", option, flag)
		}
	}
	origin := reflect.TypeFor[push.Origin]()
	for i := range origin.NumField() {
		name := origin.Field(i).Name
		apart := []string{"YAML", "Day", "Runs"} // is told by its lines; follows from From; is none
		if _, ok := optionFlags[name]; !ok && !slices.Contains(apart, name) {
			t.Errorf("how is Origin.%s called?", name)
		}
	}
}
