package oracles

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/export/push"
)

// An oracle is an SDK that says what requests of a dialect are.
type oracle struct {
	dialect  string
	sdk      string // a file of sdk
	target   string // the path at which we would be told to send
	settings dialect.Settings
	list     string                // of a body that holds its events; empty: the body is that list
	intended map[difference]string // why
}

// oracles are all there are; each is a file of its own and a line here.
var oracles = []*oracle{&segmentOracle, &rudderstackOracle, &snowplowOracle, &posthogOracle,
	&mixpanelOracle, &amplitudeOracle, &matomoOracle}

// TestDialectsSendWhatTheirSDKsSend sends the same events through each SDK and through our sender.
func TestDialectsSendWhatTheirSDKsSend(t *testing.T) {
	needNode(t)
	for _, o := range oracles {
		t.Run(o.sdk, func(t *testing.T) {
			t.Parallel()
			ours, events := o.ours(t)
			theirs := o.theirs(t, events)
			found := compare(theirs, ours)
			for d, example := range found {
				if o.intended[d] == "" {
					t.Errorf("%s is %s: %s", d.place, d.what, example)
				}
			}
			for d, why := range o.intended {
				if found[d] == "" {
					t.Errorf("%s should be %s (%s), and is not", d.place, d.what, why)
				}
			}
		})
	}
}

// TestComparisonNoticesEveryChange changes each value of a request and takes it away: every time
// there must be a difference.
func TestComparisonNoticesEveryChange(t *testing.T) {
	ours, _ := segmentOracle.ours(t)
	body := ours.(map[string]any)["body"].(map[string]any)
	body["batch"] = body["batch"].([]any)[:5]
	same := text(ours)
	again := func() any { return unfold(same) }
	n := 0
	for ; ; n++ {
		mutant, left := again(), n
		if !alter(&mutant, &left) {
			break
		}
		if len(compare(again(), mutant)) == 0 || len(compare(mutant, again())) == 0 {
			t.Fatalf("change %d is not noticed: %s", n, text(mutant))
		}
	}
	if n < 100 {
		t.Errorf("only %d changes were tried", n)
	}
}

// alter changes the nth value of a tree, counting down, or takes it away.
func alter(value *any, n *int) bool {
	switch v := (*value).(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			if *n == 0 {
				delete(v, key)
				return true
			}
			*n--
			child := v[key]
			if alter(&child, n) {
				v[key] = child
				return true
			}
		}
		return false
	case []any:
		for i := range v {
			if alter(&v[i], n) {
				return true
			}
		}
		return false
	}
	if *n > 0 {
		*n--
		return false
	}
	*value = "something else"
	return true
}

// ours returns what our sender sends, and what the tables say of its events.
func (o *oracle) ours(t *testing.T) (any, []told) {
	t.Helper()
	kept := capture(t)
	s := selection{world: market(t)}
	system, err := dialect.LookupDialect(o.dialect)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := dialect.OpenDialect(system, s.world, o.settings)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(kept.URL + o.target)
	if err != nil {
		t.Fatal(err)
	}
	m := push.NewMeasure(pace.Max)
	err = push.Run(t.Context(), s.live(t), m, push.Options{World: s.world, Wire: wire, Target: target,
		Transport: kept.Client().Transport, Pace: pace.Max, Batch: 1000, Linger: time.Hour,
		Connections: 1, Buffer: 1 << 20, Timeout: 10 * time.Second, RetryFor: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Counts(); c.Events.Accepted == 0 || c.Events.Accepted != c.Events.Due {
		t.Fatalf("not everything was accepted: %+v", c)
	}
	return joined(kept.taken(), o.list), s.events
}

// theirs returns what the SDK sends when it is told the same events.
func (o *oracle) theirs(t *testing.T, events []told) any {
	t.Helper()
	kept := capture(t)
	file := filepath.Join(t.TempDir(), "events.json")
	out, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", filepath.Join("sdk", o.sdk), kept.URL, file)
	var said bytes.Buffer
	node.Stdout, node.Stderr = &said, &said
	if err := node.Run(); err != nil {
		t.Fatalf("%v: %s", err, said.Bytes())
	}
	if len(kept.taken()) == 0 {
		t.Fatalf("the SDK sent nothing: %s", said.Bytes())
	}
	return joined(kept.taken(), o.list)
}

// A keeper is a server that keeps what it is sent.
type keeper struct {
	*httptest.Server
	mu       sync.Mutex
	requests []map[string]any
}

func capture(t *testing.T) *keeper {
	t.Helper()
	k := new(keeper)
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.requests = append(k.requests, tree(t, r))
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"status":"ok","success":true,"code":200,"invalid":0}`))
	}))
	t.Cleanup(k.Server.Close)
	return k
}

func (k *keeper) taken() []map[string]any {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.requests
}

// needNode skips a test where Node or its packages are missing, but not in CI.
func needNode(t *testing.T) {
	t.Helper()
	const hint = " is missing; install Node 20 or newer, and in .ci/oracles: npm install"
	lacking := ""
	if _, err := exec.LookPath("node"); err != nil {
		lacking = "node"
	} else if _, err := os.Stat("node_modules"); err != nil {
		lacking = "node_modules"
	}
	switch {
	case lacking == "":
	case os.Getenv("CI") == "true":
		t.Fatal(lacking + hint)
	default:
		t.Skip(lacking + hint)
	}
}
