package vegeta

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"
)

// asSink is set for the process that is the target.
const asSink = "PERCORSO_BENCH_SINK"

func TestMain(m *testing.M) {
	if os.Getenv(asSink) != "" {
		serve()
		return
	}
	os.Exit(m.Run())
}

// Stats are what a target has received, and between when and when.
type Stats struct {
	Requests, Bytes, Lines int64
	From, To               int64 // ns since 1970
}

// rate is how many requests came in a second.
func (s Stats) rate() float64 { return float64(s.Requests) / (float64(s.To-s.From) / 1e9) }

// serve receives: at / it reads and forgets, at /parse it reads every line as JSON. It ends when
// whoever started it does.
func serve() {
	var now struct{ requests, bytes, lines, from, to atomic.Int64 }
	count := func(bytes, lines int64) {
		at := time.Now().UnixNano()
		now.from.CompareAndSwap(0, at)
		now.to.Store(at)
		now.requests.Add(1)
		now.bytes.Add(bytes)
		now.lines.Add(lines)
	}
	http.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		count(n, 0)
	})
	http.HandleFunc("/parse", func(w http.ResponseWriter, r *http.Request) {
		var bytes, lines int64
		scanner := bufio.NewScanner(r.Body)
		for scanner.Scan() {
			if !json.Valid(scanner.Bytes()) {
				http.Error(w, "not JSON", http.StatusBadRequest)
				return
			}
			bytes += int64(len(scanner.Bytes())) + 1
			lines++
		}
		count(bytes, lines)
	})
	http.HandleFunc("/stats", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(Stats{now.requests.Swap(0), now.bytes.Swap(0),
			now.lines.Swap(0), now.from.Swap(0), now.to.Swap(0)})
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("http://" + l.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	_ = http.Serve(l, nil)
}

// startSink starts a target in a process of its own and returns its address.
func startSink(tb testing.TB) string {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asSink+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	said := bufio.NewScanner(out)
	if !said.Scan() {
		tb.Fatal("the target did not start")
	}
	return said.Text()
}

// take returns what a target has received since it was asked last.
func take(tb testing.TB, address string) (s Stats) {
	tb.Helper()
	answer, err := http.Get(address + "/stats")
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&s); err != nil {
		tb.Fatal(err)
	}
	return s
}
