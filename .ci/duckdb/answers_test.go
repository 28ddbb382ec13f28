package readers

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

//go:embed answers.sql
var answersSQL string

// The answers that the manifest gives are those that SQL finds in the tables, all of them.
func TestAnswersAreThoseOfTheTables(t *testing.T) {
	w := market(t, 100_000, 3)
	for _, d := range generate(t, w, table.TruthSeparate, oneOfEach(), simulate.Options{}) {
		r := openDuckDB(t)
		d.load(t, r)
		if diff := unanswered(askAnswers(t, r, w), d.answers(t)); diff != "" {
			t.Errorf("%v: %s", d, diff)
		}
	}
}

// A row too few in a table shows in the answers, and so does any wrong number of the manifest.
func TestAnswersShowSmallFaults(t *testing.T) {
	w := market(t, 30_000, 2)
	d := generate(t, w, table.TruthSeparate, everyKind()[:1], simulate.Options{})[0]
	r := openDuckDB(t)
	d.load(t, r)
	want := d.answers(t)
	for _, table := range []string{"events", "orders", "carts", "customers", "truth_journeys"} {
		r.ask(t, "BEGIN")
		r.ask(t, "DELETE FROM "+table+" WHERE rowid = 0")
		if unanswered(askAnswers(t, r, w), want) == "" {
			t.Errorf("nobody sees that %s has a row too few", table)
		}
		r.ask(t, "ROLLBACK")
	}
	right := askAnswers(t, r, w)
	if diff := unanswered(right, want); diff != "" {
		t.Fatal(diff)
	}
	if len(want) < 100 {
		t.Errorf("the manifest has %d answers, there are more", len(want))
	}
	for path, value := range want {
		want[path] = new(big.Rat).Add(value, big.NewRat(1, 1_000_000))
		if unanswered(right, want) == "" {
			t.Errorf("nobody sees that %s is wrong", path)
		}
		want[path] = value
	}
}

// answers returns the numbers under answers in a manifest by their paths, without those that are 0.
func (d *sample) answers(t *testing.T) map[string]*big.Rat {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Answers map[string]any }
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&manifest); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]*big.Rat)
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, inner := range value {
				walk(strings.TrimPrefix(path+"."+key, "."), inner)
			}
		case json.Number:
			if n := number(t, value.String()); n.Sign() != 0 {
				found[path] = n
			}
		default:
			t.Fatalf("answer %s is %v, want a number", path, value)
		}
	}
	walk("", manifest.Answers)
	return found
}

// askAnswers returns what SQL answers.
func askAnswers(t *testing.T, r *reader, w *model.World) map[string]*big.Rat {
	t.Helper()
	found := make(map[string]*big.Rat)
	for _, row := range r.ask(t, strings.ReplaceAll(answersSQL, ":time_zone", w.Scenario.TimeZone)) {
		found[row[0]] = number(t, row[1])
	}
	return found
}

func number(t *testing.T, text string) *big.Rat {
	t.Helper()
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return n
}

// unanswered says where answers are not as wanted; it is empty when they are.
func unanswered(got, want map[string]*big.Rat) string {
	var found []string
	for path, w := range want {
		switch g := got[path]; {
		case g == nil:
			found = append(found, fmt.Sprintf("%s is not there, want %s", path, w.FloatString(6)))
		case g.Cmp(w) != 0:
			found = append(found, fmt.Sprintf("%s is %s, want %s",
				path, g.FloatString(6), w.FloatString(6)))
		}
	}
	for path, g := range got {
		if want[path] == nil {
			found = append(found, fmt.Sprintf("%s is %s, want none", path, g.FloatString(6)))
		}
	}
	slices.Sort(found)
	return strings.Join(found, "\n")
}
