package model

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/percorso/percorso/model/document"
)

// market is a scenario that uses every form there is.
const market = `
from: fashion
name: "caffè, 24"
about: "yes, # a 'text' with \"quotes\""
customers: 2_000_000
segments:
  young: {share: 1, devices: {mobile: 80%, desktop: 20%}, ages: [18, 30], traits: {ads: -0.5}}
  old:
    share: 3
    journey:
      stages:
        purchase: {dwell: 90min, next: {leave: 1}, channels: {store: 2, email: 0}}
      start: {purchase: 1}
      channels: {email: {store: 1}}
needs: {season: {dec: 1.8}, payday: {day: 27, days: 3, boost: 1.4}}
traits:
  spread: {price: 40%, ads: 0.5}
  correlate:
    - {of: [price, ads], is: -0.3}
channels:
  tv: {touchpoint: street, without: not_served, source: "7", closed: [sun], hours: {9-12: 1, 20: 4}}
  shop: {id: store-1, touchpoint: store, without: lose, paid: true}
orders:
  delivery:
    mixture:
      - share: 60%
        exponential: {mean: 1d}
      - {share: 40%, fixed: 2d}
campaigns:
  saldi: {channel: email, from: 2025-07-05, to: 2025-07-31, discount: 20%, budget: 1e4}
`

// same says whether two scenarios say the same, apart from where it is written.
func same(a, b *Scenario) bool {
	x, y := *a, *b
	x.document, y.document = nil, nil
	return reflect.DeepEqual(x, y)
}

// TestResolvedLoadsAgainToTheSame holds it for every built-in scenario and one with every form.
func TestResolvedLoadsAgainToTheSame(t *testing.T) {
	all := append(builtIns(t), load(t, market))
	for _, s := range all {
		again, err := LoadBytes("again.yaml", s.Resolved(), nil)
		if err != nil {
			t.Errorf("%s: %v\n%s", s.Name, err, s.Resolved())
			continue
		}
		if !same(s, again) || s.Hash() != again.Hash() {
			t.Errorf("%s: got\n%+v\nwant\n%+v", s.Name, again, s)
		}
	}
}

// TestResolvedSaysWhereValuesComeFrom holds one line of each origin.
func TestResolvedSaysWhereValuesComeFrom(t *testing.T) {
	s := load(t, market, Set{Path: "town", Value: "500", Flag: "--set"},
		Set{Path: "customers", Value: "7", Flag: "--customers"})
	got := strings.Join(strings.Fields(string(s.Resolved())), " ") + " "
	for _, want := range []string{
		` customers: 7 # --customers `,
		` town: 500 # --set `,
		` days: 365 # default `,
		` about: "yes, # a 'text' with \"quotes\"" # shop.yaml:4 `,
		` search: id: search # default touchpoint: web # fashion.yaml:3 `,
		` name: "caffè, 24" # shop.yaml:3 `,
		` correlate: [{of: [price, ads], is: -0.3}] # shop.yaml:19 `,
		` next: {purchase: 30%, leave: 70%} # fashion.yaml:9 `,
		` - {share: 60%, exponential: {mean: 1d}} # shop.yaml:26 `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, s.Resolved())
		}
	}
}

// TestHashIgnoresHowThingsAreSaid holds what must not change the hash.
func TestHashIgnoresHowThingsAreSaid(t *testing.T) {
	want := load(t, market).Hash()
	if len(want) != 64 {
		t.Fatalf("got a hash of %d digits, want 64", len(want))
	}
	for _, change := range [][2]string{
		{"2_000_000", "2e6"}, {"2_000_000", "+2000000 # a comment"}, {"40%, ads", "0.4, ads"},
		{"-0.5", "-5e-1"}, {"90min", "1.5h"}, {"9-12: 1", "9: 1, 10-12: 1.0"}, {"share: 3", "share: 3.0"},
		{"from: fashion", "from: from/good.yaml"}, {`source: "7"`, `source: '7'`},
		{"80%, desktop: 20%", "80.0%, desktop: 2_0%"}, {"dwell: 90min", "dwell: {fixed: 90min}"},
	} {
		text := strings.Replace(market, change[0], change[1], 1)
		if text == market {
			t.Fatalf("there is no %q", change[0])
		}
		beside := filepath.Join("..", "testdata", "bad", "shop.yaml")
		s, err := LoadBytes(beside, []byte(text), builtins(t))
		if err != nil {
			t.Errorf("%v: %v", change, err)
		} else if s.Hash() != want {
			t.Errorf("%v changes the hash", change)
		}
	}
}

// TestHashSeesWhatIsSaid holds that any change of meaning changes the hash.
func TestHashSeesWhatIsSaid(t *testing.T) {
	seen := map[string][2]string{load(t, market).Hash(): {"nothing"}}
	for _, change := range [][2]string{
		{"2_000_000", "2_000_001"}, {"caffè", "caffé"}, {"80%, desktop: 20%", "79%, desktop: 21%"},
		{"-0.5", "0.5"}, {"90min", "91min"}, {"not_served", "not_sent"}, {"paid: true", "paid: false"},
		{"store-1", "store-2"}, {"closed: [sun]", "closed: [sat]"}, {"20: 4", "21: 4"},
		{"2025-07-31", "2025-07-30"}, {"store: 2, email: 0", "store: 2"}, {"is: -0.3", "is: 0.3"},
		{"young", "junior"}, {"dec: 1.8", "nov: 1.8"}, {"fixed: 2d", "fixed: 3d"},
	} {
		h := load(t, strings.Replace(market, change[0], change[1], 1)).Hash()
		if other, ok := seen[h]; ok {
			t.Errorf("%v and %v have the same hash", change, other)
		}
		seen[h] = change
	}
}

// TestOrderInTheFileDoesNotMatter shuffles the keys of every map of a scenario, except in lists.
func TestOrderInTheFileDoesNotMatter(t *testing.T) {
	want := load(t, market)
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		shuffled := tree(t, want.YAML())
		shuffle(shuffled, rng)
		got, err := LoadBytes("shuffled.yaml", []byte(inLines(shuffled)), nil)
		if err != nil {
			rt.Fatalf("%v\n%s", err, inLines(shuffled))
		}
		if !same(got, want) || got.Hash() != want.Hash() {
			rt.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
	})
}

func shuffle(n *document.Node, rng *rand.Rand) {
	rng.Shuffle(len(n.Pairs), func(i, j int) { n.Pairs[i], n.Pairs[j] = n.Pairs[j], n.Pairs[i] })
	for _, p := range n.Pairs {
		shuffle(p.Value, rng)
	}
}

// tree is a document that must be right.
func tree(t testing.TB, src []byte) *document.Node {
	t.Helper()
	root, err := document.Read("scenario.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// inLines writes a document with one line for each of its keys.
func inLines(n *document.Node) string {
	var b strings.Builder
	for _, p := range n.Pairs {
		b.WriteString(p.Key + ": " + p.Value.String() + "\n")
	}
	return b.String()
}

// TestYAMLStaysTheSame: a dataset that is made again from its own scenario keeps every byte of it.
func TestYAMLStaysTheSame(t *testing.T) {
	for _, s := range builtIns(t) {
		again, err := LoadBytes(s.Name+".yaml", s.YAML(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(again.YAML()), string(s.YAML()); got != want {
			t.Errorf("%s changed:\n%s\nwant\n%s", s.Name, got, want)
		}
	}
}

// builtIns are the built-in scenarios.
func builtIns(t *testing.T) []*Scenario {
	t.Helper()
	folder := os.DirFS(filepath.Join("..", "scenarios"))
	files, err := fs.Glob(folder, "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d built-in scenarios: %v", len(files), err)
	}
	var all []*Scenario
	for _, file := range files {
		s, err := Load(strings.TrimSuffix(file, ".yaml"), folder)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}
