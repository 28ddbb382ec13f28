//go:build unix

package receivers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/percorso/percorso/export/push"
)

// TestReconcileClickHouse holds a table of ClickHouse, as the server exports it, against the
// receipt of the stream that filled it: everything is there, and whatever is done to the table by
// SQL is found and named.
func TestReconcileClickHouse(t *testing.T) {
	const events = 5000
	c := startClickHouse(t)
	columns := eventColumns(t)
	c.create(t, "sent", columns)
	receipt := filepath.Join(t.TempDir(), "receipt.parquet")
	mustStream(t, c.insert("sent"), "jsonl", events, "--receipt", receipt)
	c.reconcile(t, receipt, "sent", found{Rows: events, Compared: len(columns) - 1})

	id := c.number(t, "SELECT max(event_id) FROM sent WHERE revenue > 0")
	one, others := fmt.Sprintf("event_id = %d", id), fmt.Sprintf("event_id != %d", id)
	const stranger = 5
	with := func(column, value string) string {
		var list []string
		for _, x := range columns {
			if x.Name == column {
				x.Name = value + " AS " + column
			}
			list = append(list, x.Name)
		}
		return "SELECT " + strings.Join(list, ", ") + " FROM (SELECT * FROM sent WHERE " + one + ")"
	}
	for _, m := range []struct {
		name, where, more string
		want              found
	}{
		{"missing", others, "", found{Rows: events - 1, Missing: []int64{id}}},
		{"doubled", "1", "SELECT * FROM sent WHERE " + one,
			found{Rows: events + 1, Twice: []int64{id}}},
		{"dearer", others, with("revenue", "revenue + toDecimal64('0.01', 2)"),
			found{Rows: events, Altered: []int64{id}, Column: "revenue"}},
		{"later", others, with("event_time", "replaceRegexpOne(event_time, '.Z$', 'Z')"),
			found{Rows: events, Altered: []int64{id}, Column: "event_time"}},
		{"stranger", "1", with("event_id", strconv.Itoa(stranger)),
			found{Rows: events + 1, Foreign: []int64{stranger}}},
		{"replaced", others, with("event_id", strconv.Itoa(stranger)),
			found{Rows: events, Missing: []int64{id}, Foreign: []int64{stranger}}},
	} {
		c.create(t, m.name, columns)
		c.ask(t, "INSERT INTO "+m.name+" SELECT * FROM sent WHERE "+m.where)
		if m.more != "" {
			c.ask(t, "INSERT INTO "+m.name+" "+m.more)
		}
		m.want.Compared = len(columns) - 1
		c.reconcile(t, receipt, m.name, m.want)
	}
}

// TestReconcileExplainsDoubles streams into ClickHouse over a line that refuses requests and loses
// answers, once to the end, and once with a sender that is killed half way and goes on: everything
// is there, and each event that is there twice is one of which the receipt says so. A double of
// another event is still found, and a loss.
func TestReconcileExplainsDoubles(t *testing.T) {
	const events, batch = 4000, "20"
	c := startClickHouse(t)
	columns := eventColumns(t)
	for _, killed := range []bool{false, true} {
		table := fmt.Sprintf("killed_%t", killed)
		t.Run(table, func(t *testing.T) {
			c.create(t, table, columns)
			line := newPoorLine(t, c.insert(table))
			receipt := filepath.Join(t.TempDir(), "receipt.parquet")
			how := "--receipt"
			if killed {
				how = "--resume"
				line.killAt(t, 100, streaming(t, line.at, "jsonl", events, "--batch", batch,
					"--receipt", receipt))
				if n := c.number(t, "SELECT uniqExact(event_id) FROM "+table); n == 0 || n >= events {
					t.Errorf("when the sender was killed %d events had arrived", n)
				}
			}
			mustStream(t, line.at, "jsonl", events, "--batch", batch, how, receipt)
			checkDoubles(t, c, receipt, table, events)
		})
	}
}

// checkDoubles holds a table with doubles against its receipt.
func checkDoubles(t *testing.T, c *clickhouse, receipt, table string, events int64) {
	t.Helper()
	const perEvent = "(SELECT event_id, count() AS n FROM %s GROUP BY event_id)"
	each := fmt.Sprintf(perEvent, table)
	want := found{
		Rows:     c.number(t, "SELECT count() FROM "+table),
		Maybe:    c.number(t, "SELECT count() FROM "+each+" WHERE n > 1"),
		Compared: len(eventColumns(t)) - 1,
	}
	if distinct := c.number(t, "SELECT count() FROM "+each); distinct != events {
		t.Errorf("%d events have arrived, want %d", distinct, events)
	}
	if want.Maybe == 0 || want.Rows <= events {
		t.Errorf("%d rows, %d events twice: the line was too good", want.Rows, want.Maybe)
	}
	c.reconcile(t, receipt, table, want)

	var sure, unsure int64 // an event of which no answer was lost, and another
	if err := push.ReadReceipt(t.Context(), receipt, func(*push.Origin) error { return nil },
		func(row *push.Row) error {
			if row.MaybeDuplicate {
				unsure = row.EventID
			} else {
				sure = row.EventID
			}
			return nil
		}); err != nil {
		t.Fatal(err)
	}
	twice, lost := want, want
	twice.Rows, twice.Twice = want.Rows+1, []int64{sure}
	c.ask(t, fmt.Sprintf("INSERT INTO %s SELECT * FROM %[1]s WHERE event_id = %d", table, sure))
	c.reconcile(t, receipt, table, twice)

	c.create(t, table+"_lost", eventColumns(t))
	c.ask(t, fmt.Sprintf("INSERT INTO %s_lost SELECT DISTINCT * FROM %[1]s WHERE event_id != %d",
		table, unsure))
	lost.Rows, lost.Maybe, lost.Missing = events-1, 0, []int64{unsure}
	c.reconcile(t, receipt, table+"_lost", lost)
}

// found is what reconcile finds, the ids of all that is amiss.
type found struct {
	Rows                             int64
	Missing, Twice, Foreign, Altered []int64
	Column                           string // that is altered
	Maybe                            int64  // that are there twice, as the receipt says
	Compared                         int    // columns
}

// amiss reports whether the table differs from what was accepted.
func (f *found) amiss() bool {
	return len(f.Missing)+len(f.Twice)+len(f.Foreign)+len(f.Altered) > 0
}

// reconcile holds a table against a receipt, as CSV and as JSON Lines.
func (c *clickhouse) reconcile(t *testing.T, receipt, table string, want found) {
	t.Helper()
	for suffix, format := range map[string]string{"csv": "CSVWithNames", "jsonl": "JSONEachRow"} {
		file := filepath.Join(t.TempDir(), table+"."+suffix)
		text := c.ask(t, "SELECT * FROM "+table+" FORMAT "+format)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		run := exec.CommandContext(t.Context(), percorso, "reconcile", receipt, file, "--json")
		var errs bytes.Buffer
		run.Stderr = &errs
		out, err := run.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		code := 0
		if want.amiss() {
			code = 3
		}
		if got := run.ProcessState.ExitCode(); got != code {
			t.Errorf("%s as %s: exit code %d, want %d: %s", table, format, got, code, &errs)
		}
		if got := readFound(t, out); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s as %s: found %+v, want %+v", table, format, got, want)
		}
	}
}

// readFound reads what reconcile says.
func readFound(t *testing.T, text []byte) (f found) {
	t.Helper()
	type tally struct {
		Count int64    `json:"count"`
		First []string `json:"first"`
	}
	var said struct {
		Rows     int64            `json:"rows"`
		Missing  tally            `json:"missing"`
		Twice    tally            `json:"duplicate"`
		Maybe    tally            `json:"maybe_duplicate"`
		Foreign  tally            `json:"foreign"`
		Unwanted tally            `json:"not_accepted"`
		Altered  tally            `json:"altered"`
		ByColumn map[string]int64 `json:"altered_by_column"`
		Compared []string         `json:"compared"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	ids := func(x tally) (list []int64) {
		if x.Count > int64(len(x.First)) {
			t.Errorf("%d are amiss, of %d the ids are told", x.Count, len(x.First))
		}
		for _, text := range x.First {
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				t.Errorf("%q is no id", text)
			}
			list = append(list, id)
		}
		return list
	}
	if said.Unwanted.Count > 0 {
		t.Errorf("not accepted, and there: %v", said.Unwanted)
	}
	f = found{Rows: said.Rows, Missing: ids(said.Missing), Twice: ids(said.Twice),
		Foreign: ids(said.Foreign), Altered: ids(said.Altered), Maybe: said.Maybe.Count,
		Compared: len(said.Compared)}
	f.Column = strings.Join(slices.Sorted(maps.Keys(said.ByColumn)), " ")
	return f
}

// A poorLine is between a sender and its target. Of the requests that come it answers every 7th
// with 429 and every 11th with 500; of every 13th that it hands on the answer is lost.
type poorLine struct {
	at, target string

	mu       sync.Mutex
	requests int
	handed   int
	hangAt   int           // so many are handed on, and no answer comes any more; 0: never
	hangs    chan struct{} // closed then
}

func newPoorLine(t *testing.T, target string) *poorLine {
	t.Helper()
	l := &poorLine{target: target, hangs: make(chan struct{})}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	l.at = server.URL
	return l
}

// ServeHTTP implements http.Handler.
func (l *poorLine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // half a request, of a sender that was killed
	}
	if status := l.refusal(); status != 0 {
		w.Header().Set("Retry-After", "0.01")
		w.WriteHeader(status)
		return
	}
	response, err := http.Post(l.target, r.Header.Get("Content-Type"), bytes.NewReader(body))
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	hangs, loses := l.handOn()
	if hangs {
		<-r.Context().Done()
	}
	if loses {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(response.StatusCode)
	io.Copy(w, response.Body)
}

// refusal is the status with which a request is refused, or 0.
func (l *poorLine) refusal() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	switch {
	case l.requests%7 == 0:
		return http.StatusTooManyRequests
	case l.requests%11 == 0:
		return http.StatusInternalServerError
	}
	return 0
}

// handOn says what happens to the answer to a request that was handed on.
func (l *poorLine) handOn() (hangs, loses bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handed++
	if hangs = l.hangAt > 0 && l.handed >= l.hangAt; hangs && l.handed == l.hangAt {
		close(l.hangs)
	}
	return hangs, l.handed%13 == 0
}

// killAt kills a sender, as kill -9 does, when so many of its requests have been handed on and it
// waits for the answer.
func (l *poorLine) killAt(t *testing.T, requests int, sender *exec.Cmd) {
	t.Helper()
	l.hangAt = requests
	if err := sender.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-l.hangs:
	case <-time.After(20 * time.Second):
		t.Errorf("%d requests did not come", requests)
	}
	if err := sender.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := sender.Wait(); err == nil {
		t.Error("the sender was not killed")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hangAt = 0
}
