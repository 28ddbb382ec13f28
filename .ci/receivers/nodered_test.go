//go:build unix

package receivers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// TestNodeREDHasTheDataset streams Segment's calls into a flow of Node-RED, which must have counted
// what the dataset says: each call once.
func TestNodeREDHasTheDataset(t *testing.T) {
	n := startNodeRED(t)
	want, rows := counted{Kinds: make(map[string]int)}, 0
	since := knownSince(t)
	dataset(t, func(_ []table.Column, r *table.Rows, row int) {
		value := func(column int) int64 { return r.Cols[column].Int[row] }
		if value(table.EventDevice) == table.Null && value(table.EventUser) == table.Null &&
			value(table.EventOrder) == table.Null {
			return // nobody's
		}
		rows++
		switch r.Cols[table.EventType].Code[row] {
		case table.PageView:
			want.Kinds["page"]++
		case table.ScreenView:
			want.Kinds["screen"]++
		case table.SignUp:
			want.Kinds["alias"]++
			want.Kinds["identify"]++
			want.Kinds["track"]++
		case table.Login:
			want.Kinds["identify"]++
			want.Kinds["track"]++
		case table.Purchase:
			want.Cents += value(table.EventRevenue)
			if since[value(table.EventUser)] == value(table.EventTime) { // known by the order
				want.Kinds["identify"]++
			}
			want.Kinds["track"]++
		default:
			want.Kinds["track"]++
		}
	})
	for _, calls := range want.Kinds {
		want.Calls += calls
	}
	want.IDs = want.Calls
	mustStream(t, n.at, "segment", rows)
	if got := n.counted(t); !got.equal(want) {
		t.Errorf("Node-RED has %+v, want %+v", got, want)
	}

	const again = `{"type":"track","event":"Again","messageId":"%s","userId":"1",` +
		`"timestamp":"2025-01-01T00:00:00Z"}`
	for _, refused := range []string{`{"batch":[]}`, `{"batch":`,
		`{"batch":[` + fmt.Sprintf(again, "x") + `,{"messageId":"y"}]}`} {
		if status, answer := post(t, n.at, "application/json", refused); status < 400 {
			t.Errorf("%s is answered with %d %s, want a refusal", refused, status, answer)
		}
	}
	if got := n.counted(t); !got.equal(want) {
		t.Errorf("after refusals Node-RED has %+v, want %+v", got, want)
	}
	post(t, n.at, "application/json", `{"batch":[`+fmt.Sprintf(again, "x")+`]}`)
	if n.counted(t).equal(want) {
		t.Error("it is not noticed that a call is too much")
	}
}

// counted is what the flow has counted.
type counted struct {
	Calls int            `json:"calls"`
	IDs   int            `json:"ids"` // different ones
	Kinds map[string]int `json:"kinds"`
	Cents int64          `json:"cents"` // of orders
}

func (c counted) equal(d counted) bool {
	return c.Calls == d.Calls && c.IDs == d.IDs && c.Cents == d.Cents && maps.Equal(c.Kinds, d.Kinds)
}

// A nodeRED is a Node-RED of our own.
type nodeRED struct{ at, tells string }

func startNodeRED(t *testing.T) *nodeRED {
	t.Helper()
	red := filepath.Join("node_modules", "node-red", "red.js")
	_, err := os.Stat(red)
	need(t, err == nil, "no Node-RED is installed (in .ci/receivers: npm install)")
	node, err := exec.LookPath("node")
	need(t, err == nil, "no node is installed")
	dir, port := t.TempDir(), freePort(t)
	settings, err := os.ReadFile(filepath.Join("nodered", "settings.js"))
	if err != nil {
		t.Fatal(err)
	}
	flows := append(nodeREDFlow(t, "take", "post", "/v1/batch", "count.js"),
		nodeREDFlow(t, "tell", "get", "/counted", "tell.js")...)
	flows = append(flows, map[string]any{"id": "tab", "type": "tab", "label": "percorso"})
	text, err := json.Marshal(flows)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"settings.js": settings, "flows.json": text} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := exec.Command(node, red, "--userDir", dir)
	server.Env = append(os.Environ(), fmt.Sprintf("PORT=%d", port))
	at := fmt.Sprintf("http://127.0.0.1:%d", port)
	serve(t, at+"/counted", new(bytes.Buffer), server)
	return &nodeRED{at: at + "/v1/batch", tells: at + "/counted"}
}

// nodeREDFlow returns the nodes of a flow: a request, a function, the answer.
func nodeREDFlow(t *testing.T, name, method, path, function string) []any {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("nodered", function))
	if err != nil {
		t.Fatal(err)
	}
	node := func(id, kind, next string, more map[string]any) map[string]any {
		more["id"], more["type"], more["z"] = name+id, kind, "tab"
		more["wires"] = [][]string{{name + next}}
		return more
	}
	return []any{
		node("in", "http in", "do", map[string]any{"url": path, "method": method}),
		node("do", "function", "out", map[string]any{"func": string(source), "outputs": 1}),
		node("out", "http response", "", map[string]any{}),
	}
}

// counted asks what has been counted.
func (n *nodeRED) counted(t *testing.T) (c counted) {
	t.Helper()
	if err := json.Unmarshal([]byte(get(t, n.tells)), &c); err != nil {
		t.Fatal(err)
	}
	return c
}
