package receivers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// scenario is the scenario that all streams are of, and sets makes it small.
const scenario = "fashion"

var sets = []string{"customers=2000", "town=500", "days=20"}

// percorso is the command, built once.
var percorso string

func TestMain(m *testing.M) {
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func build(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "percorso")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	percorso = filepath.Join(dir, "percorso")
	c := exec.Command("go", "build", "-o", percorso, "./cmd/percorso")
	c.Dir = filepath.Join("..", "..")
	if out, err := c.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// stream streams so many events as fast as the target takes them, and returns what it says. The
// error is the command's.
func stream(t *testing.T, target, dialect string, events int, args ...string) (string, error) {
	t.Helper()
	out, err := streaming(t, target, dialect, events, args...).CombinedOutput()
	return string(out), err
}

// streaming is a stream that is not started yet.
func streaming(t *testing.T, target, dialect string, events int, args ...string) *exec.Cmd {
	t.Helper()
	line := []string{"stream", scenario, "--to", target, "--dialect", dialect, "--rate", "max",
		"--events", strconv.Itoa(events), "--connections", "4", "--give-up", "5s"}
	for _, set := range sets {
		line = append(line, "--set", set)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, percorso, append(line, args...)...)
}

// mustStream is stream where everything has to be accepted.
func mustStream(t *testing.T, target, dialect string, events int, args ...string) {
	t.Helper()
	if out, err := stream(t, target, dialect, events, args...); err != nil {
		t.Fatalf("percorso stream: %v\n%s", err, out)
	}
}

// dataset returns the schema of events and hands every row of the dataset to a function, in the
// order in which `generate` writes them, which is not that of a stream.
func dataset(t *testing.T, each func(columns []table.Column, rows *table.Rows, row int)) {
	t.Helper()
	tableOf(t, table.TableEvents, each)
}

// knownSince is when each customer became known, by user_id.
func knownSince(t *testing.T) map[int64]int64 {
	t.Helper()
	since := make(map[int64]int64)
	tableOf(t, table.TableCustomers, func(columns []table.Column, r *table.Rows, row int) {
		at := slices.IndexFunc(columns, func(c table.Column) bool { return c.Name == "identified_at" })
		since[r.Cols[0].Int[row]] = r.Cols[at].Int[row]
	})
	return since
}

// table hands every row of a table of the dataset to a function.
func tableOf(t *testing.T, id table.TableID,
	each func(columns []table.Column, rows *table.Rows, row int)) {
	t.Helper()
	w := world(t)
	columns := w.Tables[id].Columns
	if id == table.TableEvents {
		columns = columns[:table.EventPerson]
	}
	sink := sinkFunc(func(b *table.Batch) {
		rows := &b.Tables[id]
		for row := range rows.Len {
			each(columns, rows, row)
		}
	})
	if err := simulate.ByPart(t.Context(), w, sink, simulate.Options{Workers: 1}); err != nil {
		t.Fatal(err)
	}
}

// eventColumns is the schema of events.
func eventColumns(t *testing.T) []table.Column {
	t.Helper()
	return world(t).Tables[table.TableEvents].Columns[:table.EventPerson]
}

// world is that of which the streams are.
func world(t *testing.T) *model.World {
	t.Helper()
	var changes []model.Set
	for _, set := range sets {
		path, value, _ := bytes.Cut([]byte(set), []byte("="))
		changes = append(changes, model.Set{Path: string(path), Value: string(value), Flag: "--set"})
	}
	s, err := model.Load(scenario, scenarios.FS, changes...)
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

type sinkFunc func(b *table.Batch)

func (f sinkFunc) Encode(b *table.Batch) (func() error, error) { f(b); return nil, nil }

// serve starts a server that ends with the test, and waits until it answers at a URL.
func serve(t *testing.T, url string, log *bytes.Buffer, c *exec.Cmd) {
	t.Helper()
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // it is gone already, or goes now
		<-ended
	})
	const patience = 30 * time.Second
	for began := time.Now(); time.Since(began) < patience; time.Sleep(50 * time.Millisecond) {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s has ended: %v\n%s", c.Path, err, log)
		default:
		}
	}
	t.Fatalf("%s does not answer after %v", c.Path, patience)
}

// freePort returns a port at which nobody listens.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// post sends a text and returns the answer.
func post(t *testing.T, url, kind, body string) (int, string) {
	t.Helper()
	response, err := http.Post(url, kind, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, read(t, response)
}

// get returns what is at a URL.
func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, response)
}

func read(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// need skips a test where something is missing, but not in CI.
func need(t *testing.T, there bool, missing string) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("CI") == "true":
		t.Fatal(missing)
	default:
		t.Skip(missing)
	}
}
