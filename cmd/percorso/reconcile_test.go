package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/reconcile"
	"github.com/percorso/percorso/export/record"
	"github.com/percorso/percorso/model/table"
)

// A tableKeeper is a target that keeps the lines it gets. It loses the answer to its third request,
// and takes nothing of the fifth.
type tableKeeper struct {
	mu       sync.Mutex
	lines    []string
	requests int
}

func (k *tableKeeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.requests++; k.requests == 5 {
		http.Error(w, "not today", http.StatusBadRequest)
		return
	}
	for in := bufio.NewScanner(r.Body); in.Scan(); {
		k.lines = append(k.lines, in.Text())
	}
	if k.requests == 3 {
		panic(http.ErrAbortHandler)
	}
}

// streamed streams a small market and returns the receipt and the lines that arrived.
func streamed(t *testing.T) (receipt string, lines []string) {
	k := new(tableKeeper)
	server := httptest.NewServer(k)
	defer server.Close()
	receipt = filepath.Join(t.TempDir(), "receipt.parquet")
	out, err := streamTo(t.Context(), server.URL, "--receipt", receipt, "--events", "400",
		"--connections", "1", "--batch", "20").CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitFailed ||
		!strings.Contains(string(out), "percorso: 20 of 400 events were not delivered: 400 ") {
		t.Fatalf("%v: %s, want that 20 events were not delivered", err, out)
	}
	return receipt, k.lines
}

// TestDaysThatRanOnReconcile: a stream at a rate goes on after the days of its scenario, and its
// receipt is that of the same stream still.
func TestDaysThatRanOnReconcile(t *testing.T) {
	k := new(tableKeeper)
	server := httptest.NewServer(k)
	defer server.Close()
	receipt := filepath.Join(t.TempDir(), "receipt.jsonl")
	out, err := exec.CommandContext(t.Context(), "percorso", "stream", "fashion", "--customers", "60",
		"--days", "1", "--rate", "max", "--events", "300", "--to", server.URL, "--receipt", receipt,
		"--connections", "1", "--batch", "100").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r := reconcileLines(t, receipt, "table.jsonl", joined(k.lines), "event_id")
	if err := verdict(r); err != nil || r.Receipt[push.Accepted] != 300 {
		t.Errorf("%v of %v, want 300 events as they were sent", err, r.Receipt)
	}
}

// reconcileLines holds a table of some lines against a receipt.
func reconcileLines(t *testing.T, receipt, name string, text []byte, id string) *reconcile.Result {
	table := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(table, text, 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := compare(t.Context(), receipt, table, id)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".csv") {
		checkShares(t, r, receipt, table, id)
	}
	return r
}

// checkShares compares again, fewer events at a time: the same comes out.
func checkShares(t *testing.T, all *reconcile.Result, receipt, table, id string) {
	of, err := reconcile.OpenForeign(table)
	if err != nil {
		t.Fatal(err)
	}
	few, err := reconcile.Compare(t.Context(), receipt, of, app.Replay(receipt),
		reconcile.Options{ID: id, AtOnce: 150})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(few.Amiss(), all.Amiss()) || !maps.Equal(few.ByColumn, all.ByColumn) ||
		!maps.Equal(few.Receipt, all.Receipt) || few.Rows != all.Rows {
		t.Errorf("in shares: %+v, want %+v", few, all)
	}
}

func joined(lines []string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

// TestSentRecordingsReconcile: their receipt, and what else is written of a stream, is that of the
// stream that was recorded; and a damaged one ends before anything wrong is sent.
func TestSentRecordingsReconcile(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if code, _, said := say("stream", "fashion", "--customers", "60", "--days", "9", "--events", "400",
		"--rate", "max", "--batch", "20", "--record", in("tape"), "--quiet"); code != exitDone {
		t.Fatal(said)
	}
	k := new(tableKeeper)
	server := httptest.NewServer(k)
	defer server.Close()
	send := []string{"stream", in("tape"), "--to", server.URL, "--rate", "max", "--connections", "1"}
	code, _, said := say(append(send, "--receipt", in("receipt.jsonl"), "--report", in("report.json"),
		"--hdr-log", in("times.hlog"), "--fail-if", "rejected>1%")...)
	if code != exitRefused || !strings.Contains(said, "rejected>1%: it was 5%") {
		t.Errorf("exit code %d, want that 20 of 400 events are too many: %s", code, said)
	}
	for _, name := range []string{"report.json", "times.hlog"} {
		if text, err := os.ReadFile(in(name)); err != nil || len(text) < 200 {
			t.Errorf("%s has %d bytes (%v)", name, len(text), err)
		}
	}
	table := in("table.jsonl")
	if err := os.WriteFile(table, []byte(strings.Join(k.lines, "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	code, out, said := say("reconcile", in("receipt.jsonl"), table)
	if code != exitDone || !strings.Contains(out, "400 events, 380 accepted") {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
	requests := filepath.Join(in("tape"), record.RequestsFile)
	text, err := os.ReadFile(requests)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-9] ^= 1
	if err := os.WriteFile(requests, text, 0o666); err != nil {
		t.Fatal(err)
	}
	arrived := len(k.lines)
	code, _, said = say(send...)
	if code != exitFailed || !strings.HasSuffix(said, "tape is damaged\n  requests.zst: the checksum "+
		"of a block is another one\nrecord it again\n") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if n := len(k.lines) - arrived; n >= 400 {
		t.Errorf("%d lines of a damaged recording arrived, want fewer than 400", n)
	}
}

// TestReconcileFindsEveryMutant: the table as it arrived is right, and whatever is done to it is
// found and told with its number.
func TestReconcileFindsEveryMutant(t *testing.T) {
	receipt, lines := streamed(t)
	rejected := rejectedLine(t, receipt, lines[200])
	priced := slices.IndexFunc(lines, func(l string) bool {
		return strings.Contains(l, `"unit_price":`) && !strings.Contains(l, `"unit_price":null`)
	})
	once := slices.IndexFunc(lines, func(l string) bool { return !twice(lines, l) })
	double := slices.IndexFunc(lines, func(l string) bool { return twice(lines, l) })
	for _, c := range []struct {
		what   string
		mutate func([]string) []string
		want   string // of the verdict
	}{
		{"as it arrived", func(l []string) []string { return l }, ""},
		{"the other way round", func(l []string) []string { slices.Reverse(l); return l }, ""},
		{"without the double", func(l []string) []string {
			return slices.Delete(l, double, double+1)
		}, ""},
		{"a row less", func(l []string) []string { return slices.Delete(l, once, once+1) }, "1 missing"},
		{"a row twice", func(l []string) []string { return append(l, l[once]) }, "1 duplicate"},
		{"a cent more", func(l []string) []string {
			l[priced] = strings.Replace(l[priced], `"unit_price":`, `"unit_price":1`, 1)
			return l
		}, "1 altered"},
		{"a word less", func(l []string) []string {
			l[7] = strings.Replace(l[7], `"home_city":"`, `"home_city":"x`, 1)
			return l
		}, "1 altered"},
		{"a value lost", func(l []string) []string {
			l[7] = strings.Replace(l[7], `"event_type":`, `"event_type":null,"was":`, 1)
			return l
		}, "1 altered"},
		{"times cut", func(l []string) []string {
			for i := range l {
				l[i] = strings.Replace(l[i], `Z","received_at":"`, `","received_at":"1`, 1)
			}
			return l
		}, fmt.Sprintf("%d altered", len(lines))},
		{"a stranger", func(l []string) []string { return append(l, `{"event_id":5}`) }, "1 foreign"},
		{"nobody", func(l []string) []string { return append(l, `{"event_id":null}`) }, "1 foreign"},
		{"what was rejected", func(l []string) []string { return append(l, rejected) },
			"1 not accepted, 1 altered"},
		{"two for one", func(l []string) []string { l[once] = l[once+1]; return l },
			"1 missing, 1 duplicate"},
	} {
		r := reconcileLines(t, receipt, "t.jsonl", joined(c.mutate(slices.Clone(lines))), "event_id")
		got := ""
		if err := verdict(r); err != nil {
			_, got, _ = strings.Cut(err.Error(), "accepted: ")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q: %+v", c.what, got, c.want, r)
		}
		if len(r.Compared) != table.EventPerson-1 {
			t.Errorf("%s: compared %q", c.what, r.Compared)
		}
	}
}

// TestRowsWithoutIDs are counted, not listed as lines of nothing.
func TestRowsWithoutIDs(t *testing.T) {
	x := &reconcile.Result{Foreign: reconcile.Tally{Count: 747, Blank: 745, First: []string{"5", "6"}}}
	var out bytes.Buffer
	if err := printResult(&out, x, false); err != nil {
		t.Fatal(err)
	}
	const want = "747  foreign: rows with an id that is not in the receipt\n" +
		"              5\n              6\n              745 rows without an id\n"
	if !strings.Contains(out.String(), want) {
		t.Errorf("got %s", &out)
	}
}

func twice(lines []string, line string) bool {
	return slices.Index(lines, line) != len(lines)-1-slices.Index(reversed(lines), line)
}

func reversed(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Reverse(lines)
	return lines
}

// rejectedLine is a line with the id of an event that was rejected.
func rejectedLine(t *testing.T, receipt, like string) string {
	for id, row := range receiptRows(t, receipt) {
		if row.Outcome == push.Rejected {
			_, rest, _ := strings.Cut(like, ",")
			return fmt.Sprintf(`{"event_id":%d,%s`, id, rest)
		}
	}
	t.Fatal("nothing was rejected")
	return ""
}

// TestReconcileReadsOtherSpellings: as CSV with times as databases write them, without zeros at the
// end, with other columns, and under another name of the id all is still right; and what is altered
// is told by column.
func TestReconcileReadsOtherSpellings(t *testing.T) {
	receipt, lines := streamed(t)
	columns := []string{"unit_price", "revenue", "event_time", "messageId", "quantity", "loaded",
		"home_city"}
	table := func(price string) []byte {
		var text bytes.Buffer
		out := csv.NewWriter(&text)
		out.Write(columns)
		for _, l := range lines {
			var event map[string]json.RawMessage
			if err := json.Unmarshal([]byte(l), &event); err != nil {
				t.Fatal(err)
			}
			value := func(name string) string { return strings.Trim(string(event[name]), `"`) }
			row := []string{strings.TrimSuffix(value("unit_price"), "0"), value("revenue"),
				strings.TrimSuffix(strings.Replace(value("event_time"), "T", " ", 1), "Z"),
				value("event_id"), value("quantity"), "today", value("home_city")}
			for i := range row {
				if row[i] == "null" {
					row[i] = []string{"", `\N`}[i%2]
				}
			}
			if row[0] != "" {
				row[0] += price
			}
			out.Write(row)
		}
		out.Flush()
		return text.Bytes()
	}
	r := reconcileLines(t, receipt, "t.csv", table(""), "messageId")
	if err := verdict(r); err != nil || len(r.Compared) != 5 {
		t.Errorf("%v: compared %q: %+v", err, r.Compared, r)
	}
	r = reconcileLines(t, receipt, "t.csv", table("1"), "messageId")
	n := r.ByColumn["unit_price"]
	if n == 0 || n != r.Altered.Count || len(r.ByColumn) != 1 {
		t.Errorf("altered: %+v", r)
	}
	if d := r.Different; len(d) == 0 || d[0].Column != "unit_price" ||
		d[0].Found == d[0].Expected {
		t.Errorf("differences: %+v", d)
	}
	var told strings.Builder
	if err := printResult(&told, r, false); err != nil ||
		!strings.Contains(told.String(), fmt.Sprintf("unit_price: %d", n)) {
		t.Errorf("%v: told as\n%s", err, &told)
	}
	told.Reset()
	var back reconcile.Result
	err := printResult(&told, r, true)
	err = errors.Join(err, json.Unmarshal([]byte(told.String()), &back))
	if err != nil || back.Altered.Count != r.Altered.Count {
		t.Errorf("%v: as JSON\n%s", err, &told)
	}
}

// TestReconcileWithoutContent: without columns of ours ids alone are compared, and that is said.
func TestReconcileWithoutContent(t *testing.T) {
	receipt, lines := streamed(t)
	var ids []string
	for _, l := range lines {
		id, _, _ := strings.Cut(l, ",")
		ids = append(ids, strings.Replace(id, "event_id", "id", 1)+"}")
	}
	r := reconcileLines(t, receipt, "t.ndjson", joined(ids), "id")
	if err := verdict(r); err != nil || !strings.Contains(r.Why, "no column") {
		t.Errorf("%v: %+v", err, r)
	}
}

// TestReconcileByTheIDsOfOthers: of a stream that ran on beyond the days of its scenario, in the
// dialects of systems that have ids and columns of their own, what arrived is what was accepted.
func TestReconcileByTheIDsOfOthers(t *testing.T) {
	for dialect, id := range map[string]string{"segment": "messageId", "posthog": "uuid",
		"jsonl": "event_id"} {
		var lines []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for in := json.NewDecoder(r.Body); ; {
				var body json.RawMessage
				if in.Decode(&body) != nil {
					return
				}
				var calls struct{ Batch []json.RawMessage }
				if json.Unmarshal(body, &calls); calls.Batch == nil {
					calls.Batch = append(calls.Batch, body)
				}
				for _, call := range calls.Batch {
					lines = append(lines, string(call))
				}
			}
		}))
		receipt := filepath.Join(t.TempDir(), "receipt.jsonl")
		args := with(market, "--to", server.URL, "--dialect", dialect,
			"--rate", "max", "--events", "2000", "--days", "6", "--connections", "1",
			"--receipt", receipt)
		out, err := exec.CommandContext(t.Context(), "percorso",
			append([]string{"stream"}, args...)...).CombinedOutput()
		server.Close()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		r := reconcileLines(t, receipt, "t.jsonl", joined(lines), id)
		if err := verdict(r); err != nil {
			t.Errorf("%s: %v: %+v", dialect, err, r)
		}
		whole := dialect == "jsonl"
		if whole != (r.Why == "") || whole != (r.Beside == 0) ||
			r.Rows != 2000+r.Beside {
			t.Errorf("%s: %+v", dialect, r)
		}
		r = reconcileLines(t, receipt, "t.jsonl", joined(lines[3:]), id)
		if verdict(r) == nil {
			t.Errorf("%s: three rows are missing, and all is well", dialect)
		}
	}
}
