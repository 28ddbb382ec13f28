package vegeta

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// connections are as many for both.
const connections = 16

// customers are as many in both scenarios.
const customers = "20000"

// BenchmarkBeside sends as fast as it goes with percorso and with vegeta, one after the other,
// again and again: percorso's bodies are all different, vegeta's is always the same, of the same
// size. Both send with net/http, to one target in a process of its own, and share all processors
// with it. Targets count what arrives. One forgets it, the other reads every line as JSON, as one
// that stores it would have to.
//
// What percorso does more is to simulate and to encode: with small bodies little beside the work
// of a request, with large ones most of all. What that takes depends on the scenario: in fashion
// adverts, people, habits and cards work on everybody every day; in null there are only adverts,
// and nothing works. The target takes its share of the processors; with some to spare the
// simulation would cost nothing. Of a recorded stream only the sending is measured.
func BenchmarkBeside(b *testing.B) {
	rounds, each := 3, 3*time.Second
	if testing.Short() {
		rounds, each = 1, 200*time.Millisecond
	}
	percorso := filepath.Join(b.TempDir(), "percorso")
	build := exec.Command("go", "build", "-trimpath", "-o", percorso, "./cmd/percorso")
	build.Dir = filepath.Join("..", "..")
	if said, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, said)
	}
	address := startSink(b)
	for _, load := range []struct{ name, source, path, events string }{
		{"body=1KiB/scenario=fashion/target=forgets", "fashion", "/", "2"},
		{"body=100KiB/scenario=fashion/target=forgets", "fashion", "/", "178"},
		{"body=100KiB/scenario=fashion/target=parses", "fashion", "/parse", "178"},
		{"body=100KiB/scenario=null/target=forgets", "null", "/", "178"},
		{"body=100KiB/scenario=null/target=parses", "null", "/parse", "178"},
		{"body=1KiB/recording=fashion/target=forgets", recorded(b, percorso, "2"), "/", "2"},
		{"body=100KiB/recording=fashion/target=forgets", recorded(b, percorso, "178"), "/", "178"},
	} {
		b.Run(load.name, func(b *testing.B) {
			for b.Loop() {
				var ours, theirs, ratio []float64
				var body float64
				for range rounds {
					run := exec.Command(percorso, "stream", load.source, "--to", address+load.path,
						"--rate", "max", "--connections", strconv.Itoa(connections), "--quiet")
					if !filepath.IsAbs(load.source) {
						run.Args = append(run.Args, "--customers", customers, "--batch", load.events,
							"--duration", each.String())
					}
					if said, err := run.CombinedOutput(); err != nil {
						b.Fatalf("%v: %s", err, said)
					}
					us := take(b, address)
					body = float64(us.Bytes) / float64(us.Requests)
					attack(b, address+load.path, int(body), each)
					them := take(b, address)
					if other := float64(them.Bytes) / float64(them.Requests); other < body*0.98 {
						b.Fatalf("bodies of %.0f bytes beside ours of %.0f", other, body)
					}
					ours, theirs = append(ours, us.rate()), append(theirs, them.rate())
					ratio = append(ratio, us.rate()/them.rate())
				}
				events, _ := strconv.ParseFloat(load.events, 64)
				b.ReportMetric(middle(ours), "percorso-req/s")
				b.ReportMetric(middle(theirs), "vegeta-req/s")
				b.ReportMetric(middle(ours)*events, "percorso-events/s")
				b.ReportMetric(middle(ours)*body/1e6, "percorso-MB/s")
				b.ReportMetric(body, "B/body")
				b.ReportMetric(middle(ratio), "percorso/vegeta")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// recorded records a stream of requests with as many events each, and returns its folder. It takes
// about as long to send as others are sent.
func recorded(tb testing.TB, percorso, each string) string {
	tb.Helper()
	events := map[string]string{"2": "250k", "178": "2M"}[each]
	if testing.Short() {
		events = "10k"
	}
	folder := filepath.Join(tb.TempDir(), "recording")
	run := exec.Command(percorso, "stream", "fashion", "--customers", customers, "--batch", each,
		"--events", events, "--record", folder, "--quiet")
	if said, err := run.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, said)
	}
	return folder
}

// attack lets vegeta send the same body for a time. Its own numbers are not needed.
func attack(tb testing.TB, address string, size int, d time.Duration) {
	tb.Helper()
	const frame = len(`{"a":""}`) + 1
	lines := max(size/570, 1)
	line := `{"a":"` + strings.Repeat("x", size/lines-frame) + "\"}\n"
	body := bytes.Repeat([]byte(line), lines)
	attacker := vegeta.NewAttacker(vegeta.Workers(connections), vegeta.MaxWorkers(connections),
		vegeta.Connections(connections), vegeta.HTTP2(false))
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodPost, URL: address,
		Body: body})
	failed := 0
	for result := range attacker.Attack(target, vegeta.Rate{}, d, "") {
		if result.Error != "" {
			failed++
		}
	}
	if failed > 0 {
		tb.Errorf("vegeta: %d requests failed", failed)
	}
}

// middle is the median.
func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
