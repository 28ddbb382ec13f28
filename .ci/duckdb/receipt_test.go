//go:build unix

package readers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// receiptColumns are the columns of a receipt and their types in DuckDB.
var receiptColumns = []string{"event_id BIGINT", "position BIGINT", "outcome VARCHAR",
	"run INTEGER", "request BIGINT", "attempts INTEGER", "maybe_duplicate BOOLEAN",
	"status VARCHAR", "settled_at TIMESTAMP WITH TIME ZONE"}

// What DuckDB reads in a receipt, in each format, is what the report of the stream says, and the
// events that the target has are those that were accepted.
func TestDuckDBReadsReceipts(t *testing.T) {
	command := buildCommand(t)
	for _, name := range []string{"receipt.parquet", "receipt.jsonl", "receipt.jsonl.gz"} {
		t.Run(name, func(t *testing.T) {
			s := newStreamed(t, command, name)
			r := openDuckDB(t)
			r.ask(t, "CREATE TABLE receipt AS "+s.receiptInDuckDB())
			types := lines(r.ask(t, "SELECT column_name, column_type FROM (DESCRIBE receipt)"))
			if !slices.Equal(types, receiptColumns) {
				t.Errorf("columns %q, want %q", types, receiptColumns)
			}
			r.ask(t, "CREATE TABLE events AS FROM "+s.eventsInDuckDB(r, "TIMESTAMP"))
			s.check(t, r)
		})
	}
}

// Whatever DuckDB writes of the events that the target has, in types of its own, reconciles with
// the receipt, and a cent is missed.
func TestReconcileReadsWhatDuckDBWrites(t *testing.T) {
	s := newStreamed(t, buildCommand(t), "receipt.parquet")
	for _, c := range []struct{ name, times, file, options string }{
		{"typed", "TIMESTAMP", "events.parquet", ""},
		{"zoned", "TIMESTAMP WITH TIME ZONE", "events.parquet", "(COMPRESSION zstd)"},
		{"lines", "TIMESTAMP", "events.csv", ""},
		{"zoned lines", "TIMESTAMP WITH TIME ZONE", "events.csv.gz", ""},
		{"objects", "TIMESTAMP", "events.jsonl", "(FORMAT json)"},
		{"guessed", "", "events.parquet", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := openDuckDB(t)
			r.ask(t, "CREATE TABLE events AS FROM "+s.eventsInDuckDB(r, c.times))
			file := filepath.Join(t.TempDir(), c.file)
			write := func() string {
				r.ask(t, fmt.Sprintf("COPY events TO '%s' %s", file, c.options))
				return file
			}
			s.reconcile(t, write(), "")
			r.ask(t, "UPDATE events SET revenue = revenue + 0.01 WHERE event_id = "+s.sold(t, r))
			s.reconcile(t, write(), "1 altered")
		})
	}
}

// PostgreSQL loads a receipt of JSON Lines and the events that the target has with nothing but
// COPY, and its table, exported, reconciles.
func TestPostgreSQLReadsReceipts(t *testing.T) {
	server := startServer(t)
	r := server.reader()
	s := newStreamed(t, buildCommand(t), "receipt.jsonl")
	server.copyObjects(t, s.receipt, "receipt", receiptColumns)
	var columns []string
	for _, c := range s.columns {
		columns = append(columns, c.Name+" "+r.typeOf(c))
	}
	server.copyObjects(t, s.events, "events", columns)
	s.check(t, r)

	export := func() string {
		file := filepath.Join(t.TempDir(), "events.csv")
		text := server.run(t, nil, "psql", "--host", server.dir, "--username", "postgres",
			"--no-psqlrc", "--command", "COPY events TO STDOUT WITH (FORMAT csv, HEADER)")
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
		return file
	}
	s.reconcile(t, export(), "")
	one := s.sold(t, r)
	r.ask(t, "UPDATE events SET revenue = revenue + 0.01 WHERE event_id = "+one)
	s.reconcile(t, export(), "1 altered")
	r.ask(t, "DELETE FROM events WHERE event_id = "+one)
	s.reconcile(t, export(), "1 missing")
}

// copyObjects loads the lines of a file into a table; lines without an event are not rows.
func (s *server) copyObjects(t *testing.T, file, table string, columns []string) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	s.psql(t, nil, "CREATE TABLE "+table+"_lines (line jsonb)")
	s.psql(t, in, "COPY "+table+`_lines FROM STDIN WITH (FORMAT csv, QUOTE E'\x01', `+
		`DELIMITER E'\x02')`)
	var values []string
	for _, c := range columns {
		name, kind, _ := strings.Cut(c, " ")
		values = append(values, fmt.Sprintf("CAST(line ->> '%s' AS %s) AS %[1]s", name, kind))
	}
	s.psql(t, nil, fmt.Sprintf("CREATE TABLE %s AS SELECT %s FROM %[1]s_lines "+
		"WHERE line ? 'event_id'", table, strings.Join(values, ", ")))
}

// A streamed is a stream that is over.
type streamed struct {
	command string
	receipt string
	events  string // that the target has, a line each
	columns []table.Column
	report  struct {
		Events struct {
			Due, Accepted, Rejected, Dropped, Uncertain, Skipped int64
			MaybeDuplicate                                       int64 `json:"maybe_duplicate"`
			TooBig                                               int64 `json:"too_big"`
		}
	}
}

// newStreamed streams to a target that refuses some requests and loses the answers to others.
func newStreamed(t *testing.T, command, receipt string) *streamed {
	t.Helper()
	dir := t.TempDir()
	s := &streamed{command: command, receipt: filepath.Join(dir, receipt),
		events: filepath.Join(dir, "target.jsonl")}
	target := &badTarget{}
	server := httptest.NewServer(target)
	defer server.Close()
	report := filepath.Join(dir, "report.json")
	run := exec.CommandContext(t.Context(), command, "stream", "fashion", "--customers", "1000",
		"--to", server.URL, "--rate", "max", "--events", "3000", "--batch", "50", "--quiet",
		"--connections", "4", "--receipt", s.receipt, "--report", report)
	// What the target refuses is not delivered: exit code 1.
	if text, _ := run.CombinedOutput(); run.ProcessState.ExitCode() != 1 {
		t.Fatalf("exit code %d, want 1\n%s", run.ProcessState.ExitCode(), text)
	}
	text, err := os.ReadFile(report)
	err = errors.Join(err, json.Unmarshal(text, &s.report),
		os.WriteFile(s.events, []byte(strings.Join(target.lines, "\n")+"\n"), 0o666))
	if err != nil {
		t.Fatal(err)
	}
	x := &s.report.Events
	if x.Due != x.Accepted+x.Rejected || x.Accepted == 0 || x.Rejected == 0 || x.MaybeDuplicate == 0 {
		t.Errorf("the report says %+v", x)
	}
	s.columns = compile(t, 1000, 1000).Tables[table.TableEvents].Columns[:table.EventPerson]
	return s
}

// A badTarget keeps lines. It never takes a body whose length is divisible by 7, wants every 11th
// request again, and loses the answer to every 13th.
type badTarget struct {
	mu       sync.Mutex
	lines    []string
	requests int
}

// ServeHTTP implements http.Handler.
func (b *badTarget) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests++
	switch {
	case len(body)%7 == 0:
		http.Error(w, "never", http.StatusBadRequest)
		return
	case b.requests%11 == 0:
		http.Error(w, "once more", http.StatusInternalServerError)
		return
	}
	b.lines = append(b.lines, strings.Split(strings.TrimSpace(string(body)), "\n")...)
	if b.requests%13 == 0 {
		panic(http.ErrAbortHandler)
	}
}

// receiptInDuckDB is how DuckDB reads the receipt.
func (s *streamed) receiptInDuckDB() string {
	if strings.HasSuffix(s.receipt, ".parquet") {
		return "FROM read_parquet('" + s.receipt + "')"
	}
	return fmt.Sprintf("FROM read_json('%s', columns={%s}) WHERE event_id IS NOT NULL",
		s.receipt, typed(receiptColumns))
}

// eventsInDuckDB is how DuckDB reads the events that the target has, with times of a type; without
// one all types are guessed.
func (s *streamed) eventsInDuckDB(r *reader, times string) string {
	if times == "" {
		return "read_json('" + s.events + "')"
	}
	var columns []string
	for _, c := range s.columns {
		if kind := r.typeOf(c); c.Kind == table.Time {
			columns = append(columns, c.Name+" "+times)
		} else {
			columns = append(columns, c.Name+" "+kind)
		}
	}
	return fmt.Sprintf("read_json('%s', columns={%s})", s.events, typed(columns))
}

// typed lists columns and their types as DuckDB wants it.
func typed(columns []string) string {
	var list []string
	for _, c := range columns {
		name, kind, _ := strings.Cut(c, " ")
		list = append(list, fmt.Sprintf("'%s': '%s'", name, kind))
	}
	return strings.Join(list, ", ")
}

// check holds the tables receipt and events against the report, and breaks them.
func (s *streamed) check(t *testing.T, r *reader) {
	t.Helper()
	want := s.counts()
	if got := countsOf(t, r); !slices.Equal(got, want) {
		t.Errorf("counted %q, want %q", got, want)
	}
	const first = "(SELECT min(event_id) FROM receipt WHERE outcome = 'accepted')"
	for what, change := range map[string][2]string{
		"an outcome is another": {"receipt", "UPDATE receipt SET outcome = 'dropped' " +
			"WHERE event_id = " + first},
		"doubles are not told": {"receipt", "UPDATE receipt SET maybe_duplicate = false"},
		"an event is missing":  {"events", "DELETE FROM events WHERE event_id = " + first},
		"an event is foreign":  {"events", "UPDATE events SET event_id = 5 WHERE event_id = " + first},
	} {
		r.ask(t, "CREATE TABLE kept AS SELECT * FROM "+change[0])
		r.ask(t, change[1])
		if slices.Equal(countsOf(t, r), want) {
			t.Errorf("nobody sees that %s", what)
		}
		r.ask(t, "DROP TABLE "+change[0])
		r.ask(t, "ALTER TABLE kept RENAME TO "+change[0])
	}
}

// counts is what is counted in the receipt and the events by the report.
func (s *streamed) counts() []string {
	x := &s.report.Events
	return strings.Fields(fmt.Sprint(x.Due, x.Accepted, x.Rejected, x.Dropped, x.Uncertain,
		x.Skipped, x.TooBig, x.MaybeDuplicate, x.Accepted, 0, 0, x.MaybeDuplicate))
}

// countsOf counts what is in the receipt and the events.
func countsOf(t *testing.T, r *reader) []string {
	t.Helper()
	var list []string
	for _, outcome := range []string{"accepted", "rejected", "dropped", "uncertain", "skipped",
		"too_big"} {
		list = append(list, "count(*) FILTER (WHERE outcome = '"+outcome+"')")
	}
	return r.ask(t, "SELECT count(*), "+strings.Join(list, ", ")+`,
			count(*) FILTER (WHERE outcome = 'accepted' AND maybe_duplicate),
			(SELECT count(DISTINCT event_id) FROM events),
			(SELECT count(*) FROM events WHERE event_id NOT IN
				(SELECT event_id FROM receipt WHERE outcome = 'accepted')),
			(SELECT count(*) FROM receipt WHERE outcome = 'accepted' AND event_id NOT IN
				(SELECT event_id FROM events)),
			(SELECT count(*) FROM receipt WHERE maybe_duplicate AND event_id IN
				(SELECT event_id FROM events GROUP BY event_id HAVING count(*) > 1))
		FROM receipt`)[0]
}

// sold is the id of an event with a price that is there once.
func (s *streamed) sold(t *testing.T, r *reader) string {
	t.Helper()
	return r.ask(t, "SELECT max(event_id) FROM events WHERE revenue > 0 AND event_id IN "+
		"(SELECT event_id FROM events GROUP BY event_id HAVING count(*) = 1)")[0][0]
}

// reconcile holds a table against the receipt: this is amiss, or nothing.
func (s *streamed) reconcile(t *testing.T, table, amiss string) {
	t.Helper()
	run := exec.CommandContext(t.Context(), s.command, "reconcile", s.receipt, table)
	text, err := run.CombinedOutput()
	code := 0
	if amiss != "" {
		code = 3
	}
	if run.ProcessState.ExitCode() != code || !strings.Contains(string(text), amiss) ||
		!strings.Contains(string(text), fmt.Sprintf("one of %d columns", len(s.columns)-1)) {
		t.Errorf("%s: %v, want exit code %d and %q:\n%s", filepath.Base(table), err, code, amiss, text)
	}
}

// buildCommand builds the command.
func buildCommand(t testing.TB) string {
	t.Helper()
	command := filepath.Join(t.TempDir(), "percorso")
	build := exec.Command("go", "build", "-o", command, "github.com/percorso/percorso/cmd/percorso")
	build.Dir = filepath.Join("..", "..")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return command
}
