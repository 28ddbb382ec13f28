package attribute

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/export/paths"
)

func read(t testing.TB, text string) *paths.Set {
	t.Helper()
	s, err := paths.Read("test.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func method(t testing.TB, name string) *Method {
	t.Helper()
	for _, m := range Methods() {
		if m.Name == name {
			return &m
		}
	}
	t.Fatalf("no method %s", name)
	return nil
}

// near reports whether numbers are alike, by 1e-9 of their size.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(b)) }

// TestReference: the results for a file of paths are those that were computed independently, in
// closed form.
func TestReference(t *testing.T) {
	t.Parallel()
	s, err := paths.ReadFile("testdata/paths.csv")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string]json.RawMessage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	numbers := func(of, key string) map[string]float64 {
		var channels []string
		var values []float64
		if json.Unmarshal(want[of]["channels"], &channels) != nil ||
			json.Unmarshal(want[of][key], &values) != nil || len(channels) != 5 || len(values) != 5 {
			t.Fatalf("%s %s is missing", of, key)
		}
		by := map[string]float64{}
		for i, c := range channels {
			by[c] = values[i]
		}
		return by
	}
	check := func(what string, got []float64, want map[string]float64) {
		for i, channel := range s.Channels {
			if !near(got[i], want[channel]) {
				t.Errorf("%s of %s: %v, want %v", what, channel, got[i], want[channel])
			}
		}
	}
	for name, of := range map[string]string{"markov_1": "markov_order1", "markov_2": "markov_order2",
		"markov_3": "markov_order3", "shapley": "shapley_subset_sum"} {
		credit := method(t, name).Credit(s, &Defaults)
		check(name+" conversions", credit.Conversions, numbers(of, "conv"))
		check(name+" value", credit.Value, numbers(of, "value"))
		if credit.Removal != nil {
			check(name+" removal", credit.Removal, numbers(of, "removal"))
		}
	}
	for _, name := range []string{"first", "last", "linear"} {
		check(name, method(t, name).Credit(s, &Defaults).Conversions, numbers("heuristic", name))
	}
	// Without the paths that lead to nothing, what they would have become does not count.
	for i := range s.Paths {
		s.Paths[i].Nulls = 0
	}
	check("markov_1 without nulls", method(t, "markov_1").Credit(s, &Defaults).Conversions,
		numbers("markov_order1_nonull", "conv"))
}

// TestChannelAttribution: removal effects are those that the R package ChannelAttribution 2.2.4
// finds by simulation, within its noise.
func TestChannelAttribution(t *testing.T) {
	t.Parallel()
	s, err := paths.ReadFile("testdata/paths.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"markov_1": "testdata/ca_removal_order1_nolimit.csv",
		"markov_2": "testdata/ca_removal_order2_nolimit.csv"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		credit, seen := method(t, name).Credit(s, &Defaults), 0
		for line := range strings.Lines(string(text)) {
			cells := strings.Split(strings.TrimSpace(line), ",")
			if i := slices.Index(s.Channels, cells[0]); i >= 0 {
				var want float64
				if err := json.Unmarshal([]byte(cells[1]), &want); err != nil {
					t.Fatal(err)
				}
				if math.Abs(credit.Removal[i]-want) > 2e-3 {
					t.Errorf("%s of %s: %g, they found %g", name, cells[0], credit.Removal[i], want)
				}
				seen++
			}
		}
		if seen < 4 {
			t.Errorf("%s has %d channels", file, seen)
		}
	}
}

// anyPaths are random paths of some channels.
func anyPaths(r *rand.Rand, n, channels int) *paths.Set {
	s := &paths.Set{Timed: true, Paid: make([]bool, channels), Direct: make([]bool, channels)}
	for c := range channels {
		s.Channels = append(s.Channels, string(rune('a'+c)))
		s.Paid[c], s.Direct[c] = c%3 == 0, c%3 == 1
	}
	for range n {
		p := paths.Path{Conversions: int64(r.IntN(3)), Nulls: int64(r.IntN(5))}
		if p.Conversions > 0 {
			p.Value = float64(r.IntN(10_000)) / 100
		}
		for range 1 + r.IntN(6) {
			p.Touches = append(p.Touches, uint16(r.IntN(channels)))
			p.Ago = append(p.Ago, float64(r.IntN(30)))
		}
		s.Paths = append(s.Paths, p)
	}
	return s
}

// TestProperties: credits of methods that say so add up to all conversions and their value; no
// method has negative or lost numbers; a channel in no path gets nothing; other names and another
// order of paths change nothing.
func TestProperties(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		s := anyPaths(r, 1+r.IntN(60), 2+r.IntN(6))
		s.Channels = append(s.Channels, "nowhere")
		s.Paid, s.Direct = append(s.Paid, true), append(s.Direct, false)
		conversions, _, value := s.Totals()
		if conversions == 0 {
			continue
		}
		renamed := *s
		renamed.Paths = slices.Clone(s.Paths)
		slices.Reverse(renamed.Paths)
		for _, m := range Methods() {
			credit, other := m.Credit(s, &Defaults), m.Credit(&renamed, &Defaults)
			sum, worth := 0.0, 0.0
			for c := range s.Channels {
				v := credit.Conversions[c]
				if math.IsNaN(v) || v < -1e-9 || math.IsNaN(credit.Value[c]) {
					t.Fatalf("%s gives %v to channel %d", m.Name, v, c)
				}
				if math.Abs(v-other.Conversions[c]) > 1e-4 {
					t.Errorf("%s gives %v to channel %d, and %v to the same paths in another order",
						m.Name, v, c, other.Conversions[c])
				}
				sum, worth = sum+v, worth+credit.Value[c]
			}
			if m.Sums && (math.Abs(sum-float64(conversions)) > 1e-6 || math.Abs(worth-value) > 1e-5) {
				t.Errorf("%s sums to %v and %v, want %v and %v", m.Name, sum, worth, conversions, value)
			}
			if !m.Sums && sum > float64(conversions)+1e-6 {
				t.Errorf("%s claims %v of %v conversions", m.Name, sum, conversions)
			}
			if v := credit.Conversions[len(s.Channels)-1]; v != 0 {
				t.Errorf("%s gives %v to a channel of no path", m.Name, v)
			}
		}
	}
}

// TestSolversAgree: iteration finds what elimination finds.
func TestSolversAgree(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for order := 1; order <= 3; order++ {
		s := anyPaths(r, 200, 7)
		c := newChain(s, order)
		var removals []removal
		for channel := -1; channel < 7; channel++ {
			removals = append(removals, removal{channel, c.won}, removal{channel, c.worth})
		}
		a, b := c.eliminate(removals), c.iterate(removals)
		for i := range a {
			if math.Abs(a[i]-b[i]) > 1e-10*max(1, math.Abs(a[i])) {
				t.Errorf("order %d: %v and %v", order, a, b)
			}
		}
	}
}

// TestOrdersAgree: where the next channel depends on the present one only, order 2 says what order
// 1 says; where it depends on the one before, it does not.
func TestOrdersAgree(t *testing.T) {
	t.Parallel()
	first := read(t, "path,total_conversions,total_null\n"+ // each of a, b goes on to c alike
		"a > c,2,6\nb > c,1,3\nc,1,3\n")
	second := read(t, "path,total_conversions,total_null\na > c,2,6\nb > c,9,1\nc,1,3\n")
	for _, c := range []struct {
		s    *paths.Set
		same bool
	}{{first, true}, {second, false}} {
		a := method(t, "markov_1").Credit(c.s, &Defaults).Conversions
		b := method(t, "markov_2").Credit(c.s, &Defaults).Conversions
		if same := near(a[0], b[0]) && near(a[1], b[1]) && near(a[2], b[2]); same != c.same {
			t.Errorf("%v and %v: the same: %t", a, b, same)
		}
	}
}

// TestRules: what the rules say of one path.
func TestRules(t *testing.T) {
	t.Parallel()
	s := read(t, "id,time,channel,conversion,value\n"+
		"1,2025-01-01,tv,0,\n1,2025-01-08,search,0,\n1,2025-01-08,mail,0,\n1,2025-01-15,direct,1,10\n")
	if err := s.Mark([]string{"tv", "search"}, []string{"direct"}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float64{
		"first": {1, 0, 0, 0}, "last": {0, 0, 0, 1}, "last_non_direct": {0, 0, 1, 0},
		"last_paid": {0, 1, 0, 0}, "linear": {.25, .25, .25, .25}, "position": {.4, .1, .1, .4},
		"time_decay": {.25 / 2.25, .5 / 2.25, .5 / 2.25, 1 / 2.25}, "shapley": {.25, .25, .25, .25},
	} {
		credit := method(t, name).Credit(s, &Defaults)
		for i, v := range want {
			if !near(credit.Conversions[i], v) || !near(credit.Value[i], 10*v) {
				t.Errorf("%s: %v, want %v", name, credit.Conversions, want)
				break
			}
		}
	}
}

// TestNoPaths: without conversions all credit is 0.
func TestNoPaths(t *testing.T) {
	t.Parallel()
	for _, rows := range [][]paths.Path{nil, {{Touches: []uint16{0}, Ago: []float64{0}, Nulls: 3}}} {
		s := &paths.Set{Channels: []string{"a"}, Timed: true, Paid: []bool{true},
			Direct: []bool{false}, Paths: rows}
		for _, m := range Methods() {
			if got := m.Credit(s, &Defaults); got.Conversions[0] != 0 || got.Value[0] != 0 {
				t.Errorf("%s: %v", m.Name, got)
			}
		}
	}
}

// TestLogistic: a channel that doubles the odds of converting gets credit, one that does nothing
// next to none.
func TestLogistic(t *testing.T) {
	t.Parallel()
	s := read(t, "path,total_conversions,total_null\n"+
		"idle,1000,9000\nidle > good,2000,8000\ngood,2000,8000\n")
	got := method(t, "logistic").Credit(s, &Defaults).Conversions
	if got[0] > 150 || got[1] < 1500 || got[1] > 3000 {
		t.Errorf("%v, want next to none and about half of 4,000", got)
	}
}
