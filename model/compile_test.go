package model

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/locale"
	builtin "github.com/percorso/percorso/scenarios"
)

const shop = `
channels:
  search: {touchpoint: web, paid: true, medium: cpc, source: google}
  letter: {touchpoint: inbox, id: a_letter}
  corner: {touchpoint: store, hours: 9-20, closed: [sun]}
  poster: {touchpoint: street}
segments:
  young: {share: 35%, devices: {mobile: 4, desktop: 1}}
  old:   {share: 65%, journey: {stages: {look: {part_of: awareness, dwell: 1h, next: {leave: 1}}}}}
journey:
  start: {look: 1}
  stages:
    look: {part_of: awareness, dwell: 1h, next: {fill: 30%, pay: 10%, leave: 60%}}
    fill: {part_of: purchase, does: cart, dwell: 1h, next: {pay: 1}, channels: {search: 3}}
    pay:  {part_of: purchase, does: order, dwell: 1h, next: {leave: 1}}
  channels:
    start:           {poster: 2, search: 1, corner: 1}
    search:          {corner: 1, letter: 1}
    search > corner: {poster: 3, search: 1}
    poster:          {poster: 1}
`

// TestShuffledFilesMakeTheSameWorld: lines and weights in another order, and a channel under
// another name that keeps its id, are the same world.
func TestShuffledFilesMakeTheSameWorld(t *testing.T) {
	want := compiled(t, shop).Fingerprint()
	lines := strings.SplitAfter(strings.TrimSpace(shop)+"\n", "\n")
	channels := slices.Clone(lines[1:5])
	slices.Reverse(channels)
	shuffled := strings.Join(slices.Concat(lines[5:8], lines[:1], channels, lines[8:]), "")
	shuffled = strings.Replace(shuffled, "fill: 30%, pay: 10%", "pay: 10%, fill: 30%", 1)
	if got := compiled(t, shuffled).Fingerprint(); got != want || shuffled == shop {
		t.Errorf("another order of\n%s\nis another world", shuffled)
	}
	if got := compiled(t, shop, "seed", "2").Fingerprint(); got == want {
		t.Error("another seed is the same world")
	}
}

// TestCodesFollowIDs: channels are counted in the order of their ids, so that a renamed one keeps
// its code.
func TestCodesFollowIDs(t *testing.T) {
	w := compiled(t, shop)
	var names []string
	for _, c := range w.Channels {
		names = append(names, c.Name)
	}
	if want := []string{"letter", "corner", "poster", "search"}; !slices.Equal(names, want) {
		t.Errorf("channels %v, want %v", names, want)
	}
	if want := []string{"fill", "look", "pay"}; !slices.Equal(w.Stages, want) {
		t.Errorf("stages %v, want %v", w.Stages, want)
	}
}

// TestRowsFallBack: the row of the last two channels, or else of the last, or else of the start,
// times the stage's own factors, and without what cannot happen there.
func TestRowsFallBack(t *testing.T) {
	w := compiled(t, shop)
	const none, letter, corner, poster, search = 0, 1, 2, 3, 4
	const fill, look, pay = 1, 2, 3
	for _, test := range []struct {
		stage        int
		before, last uint8
		want         []float64 // of letter, corner, poster, search
	}{
		{look, none, none, []float64{0, 0.25, 0.5, 0.25}},
		{look, none, search, []float64{0.5, 0.5, 0, 0}},
		{look, poster, search, []float64{0.5, 0.5, 0, 0}},     // no such pair
		{look, search, corner, []float64{0, 0, 0.75, 0.25}},   // the pair
		{look, none, corner, []float64{0, 0.25, 0.5, 0.25}},   // no row at all: the start
		{look, poster, corner, []float64{0, 0.25, 0.5, 0.25}}, //
		{fill, none, none, []float64{0, 0, 0, 1}},             // no cart in the street or a store
		{fill, none, search, []float64{1, 0, 0, 0}},           // of the two the mail
		{fill, search, corner, []float64{0, 0, 0, 1}},         //
		{fill, none, poster, []float64{0, 0, 0, 1}},           // nothing left of the row: the start
		{pay, none, none, []float64{0, 0.5, 0, 0.5}},          // nothing is sold in the street
		{pay, none, poster, []float64{0, 0.5, 0, 0.5}},        //
	} {
		c := &w.Chains[0]
		row := &c.Stages[test.stage].Channel[c.Row(test.before, test.last, len(w.Channels))]
		for i, want := range test.want {
			if got := row.Part(i); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s after %d, %d: %s has %g, want %g", w.Stages[test.stage-1], test.before,
					test.last, w.Channels[i].Name, got, want)
			}
		}
	}
}

// TestSegmentsOverride: a segment's own stages, in the scenario's channels.
func TestSegmentsOverride(t *testing.T) {
	w := compiled(t, shop)
	if len(w.Chains) != 2 || w.Segments[0].Chain != 1 || w.Segments[1].Chain != 0 {
		t.Fatalf("%d chains, those of old and young are %d and %d, want 1 and 0", len(w.Chains),
			w.Segments[0].Chain, w.Segments[1].Chain)
	}
	look := w.Chains[1].Stages[2]
	if look.Next.Part(Leave) != 1 || w.Chains[1].Stages[1].Next.Len() != 0 {
		t.Error("old people go on, want them to leave")
	}
}

// TestWaitsAreTheirLaws: in micro-seconds, from a second to a year, and stretched.
func TestWaitsAreTheirLaws(t *testing.T) {
	for law, median := range map[string]float64{
		"1s": 1, "90min": 5400, "400d": 400 * 86400,
		"{lognormal: {median: 3d, sigma: 1.2}}":           3 * 86400,
		"{exponential: {mean: 1h}}":                       3600 * math.Ln2,
		"{weibull: {scale: 10d, shape: 0.5}}":             864000 * math.Ln2 * math.Ln2,
		"{lognormal: {median: 3h, sigma: 1.2}, min: 20h}": 23 * 3600,
	} {
		wait := &compiled(t, street, "journey.stages.look.dwell", law).Chains[0].Stages[1].Dwell
		half := draw.Threshold(1<<63 - 1)
		if got := float64(wait.Micros(half, 0)) / 1e6; math.Abs(got/median-1) > 1e-4 {
			t.Errorf("%s: median %g s, want %g", law, got, median)
		}
		if got := float64(wait.Micros(half, draw.One)) / 1e6; math.Abs(got/median-2) > 1e-4 {
			t.Errorf("%s, twice as slow: median %g s, want %g", law, got, 2*median)
		}
	}
	if got := (&compiled(t, street).Chains[0].Stages[1].Dwell).Micros(draw.Threshold(0),
		0); got != 0 {
		t.Errorf("no time at all takes %d µs", got)
	}
}

// TestCovarianceRoot: L·Lᵀ is the covariance that spreads and correlations say.
func TestCovarianceRoot(t *testing.T) {
	traits := Traits{
		Spread: map[string]Share{"need": 0.5, "price": 1, "digital": 2, "haste": 0.1},
		Correlate: []Correlation{{Of: [2]string{"digital", "need"}, Is: 0.6},
			{Of: [2]string{"price", "haste"}, Is: -0.3}},
	}
	l := covarianceRoot(traits)
	for a, x := range TraitNames {
		for b, y := range TraitNames {
			want := 0.0
			if a == b {
				want = float64(traits.Spread[x] * traits.Spread[y])
			}
			for _, c := range traits.Correlate {
				if c.Of == [2]string{x, y} || c.Of == [2]string{y, x} {
					want = c.Is * float64(traits.Spread[x]*traits.Spread[y])
				}
			}
			got := 0.0
			for k := range l {
				got += l[a][k] * l[b][k]
			}
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("covariance of %s and %s: %g, want %g", x, y, got, want)
			}
		}
	}
}

// TestStoresAreWherePeopleAre: fashion has 60 stores, each in reach of one of its 50 towns at
// least, with any seed; and towns and stores are in proportion to population.
func TestStoresAreWherePeopleAre(t *testing.T) {
	for seed := range 5 {
		s, err := Load("fashion", builtin.FS, Set{Path: "seed", Value: fmt.Sprint(seed + 1)})
		if err != nil {
			t.Fatal(err)
		}
		w, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		reached := map[uint32]bool{}
		for town := range w.Towns {
			for _, store := range w.CityStores[w.TownCity(town)] {
				reached[store] = true
			}
		}
		if w.Towns != 50 || len(w.Stores) != 60 || len(reached) < 60 {
			t.Errorf("seed %d: %d of %d stores are in reach of %d towns", seed+1, len(reached),
				len(w.Stores), w.Towns)
		}
		towns := make([]int, len(w.Locale.Cities()))
		for town := range 10_000 {
			towns[w.TownCity(town)]++
		}
		for city, n := range towns {
			if want := 10_000 * w.City.Part(city); math.Abs(float64(n)-want) > 6 {
				t.Errorf("seed %d: %d of 10,000 towns are in city %d, want %.1f", seed+1, n, city, want)
			}
		}
	}
}

// TestPartsCoverTowns: every customer in a town, every town in a part.
func TestPartsCoverTowns(t *testing.T) {
	for _, customers := range []int{1, 99, 100, 101, 12_345, 134_217_727} {
		for _, town := range []int{100, 2000, 100_000} {
			w := compiled(t, street, "customers", fmt.Sprint(customers), "town", fmt.Sprint(town))
			if (w.Towns-1)*town >= customers || w.Towns*town < customers {
				t.Errorf("%d towns of %d for %d customers", w.Towns, town, customers)
			}
			if w.PartTowns < 1 || (w.Parts-1)*w.PartTowns >= w.Towns ||
				w.Parts*w.PartTowns < w.Towns {
				t.Errorf("%d parts of %d for %d towns", w.Parts, w.PartTowns, w.Towns)
			}
		}
	}
}

// TestPartsFollowFromTheScenario: more customers make more parts, not other ones.
func TestPartsFollowFromTheScenario(t *testing.T) {
	few, many := compiled(t, shop, "customers", "1_000"),
		compiled(t, shop, "customers", "10_000_000")
	if few.PartTowns != many.PartTowns {
		t.Errorf("parts have %d towns for few customers and %d for many", few.PartTowns,
			many.PartTowns)
	}
}

// TestWhatLoadsCompiles: a scenario at the bounds of what Load accepts is a world and not a panic.
func TestWhatLoadsCompiles(t *testing.T) {
	stages := &strings.Builder{}
	for i := range 64 {
		fmt.Fprintf(stages, "s%d: {part_of: awareness, dwell: 0d, next: {s%d: 1, leave: 1}}, ",
			i, (i+1)%64)
	}
	for name, sets := range map[string][]string{
		"64 stages": {"journey.stages", "{" + stages.String() + "}", "journey.start",
			"{s0: 1}"},
		"100,000 products": {"catalogue.categories.goods.products", "100_000"},
		"100,000 stores":   {"stores.count", "100_000"},
		"hardly ever left": {"journey.stages.look.next", "{look: 1, leave: 1e-12}"},
		"long baskets":     {"orders.lines", "100", "orders.quantity", "100"},
		"steep Zipf":       {"catalogue.zipf", "5"},
		"narrow prices":    {"catalogue.categories.goods.sigma", "0"},
		"wide prices":      {"catalogue.categories.goods.sigma", "10"},
		"tiny weights":     {"journey.channels.start", "{poster: 1e-300}"},
		"ten years":        {"days", "3650", "warmup", "2000"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if cause := recover(); cause != nil {
					t.Error(cause)
				}
			}()
			var all []Set
			for i := 0; i < len(sets); i += 2 {
				all = append(all, Set{Path: sets[i], Value: sets[i+1], Flag: "--set"})
			}
			s, err := LoadBytes("bounds.yaml", []byte(street), nil, all...)
			if err != nil {
				t.Skip(err) // refusing is fine
			}
			w, err := Compile(s)
			if err != nil {
				return
			}
			if len(w.Stages) >= MaxStages || len(w.Channels) > MaxChannels {
				t.Errorf("%d stages and %d channels, want below %d and at most %d", len(w.Stages),
					len(w.Channels), MaxStages, MaxChannels)
			}
			if len(w.Stores) > math.MaxUint16 {
				t.Errorf("%d stores, more than an event can name", len(w.Stores))
			}
			w.Explain()
		})
	}
}

// TestVocabulariesNameEverythingOnce, in every locale: readers take a word for one thing.
func TestVocabulariesNameEverythingOnce(t *testing.T) {
	for _, name := range locale.Names() {
		s, err := Load("fashion", os.DirFS(filepath.Join("..", "scenarios")),
			Set{Path: "locale", Value: name, Flag: "--set"})
		if err != nil {
			t.Fatal(err)
		}
		w, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range w.Tables {
			for _, c := range w.Tables[i].Columns {
				words := slices.Clone(c.Vocab)
				slices.Sort(words)
				if n := len(slices.Compact(words)); n != len(c.Vocab) {
					t.Errorf("%s: %d of %d words of %s.%s are there before", name, len(c.Vocab)-n,
						len(c.Vocab), w.Tables[i].Name, c.Name)
				}
			}
		}
	}
}
