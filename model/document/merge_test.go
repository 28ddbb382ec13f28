package document

import (
	"reflect"
	"testing"
	"time"
)

// TestChildrenMergeOverParents: maps merge, lists and what is whole replace, off removes.
func TestChildrenMergeOverParents(t *testing.T) {
	village, _ := grow(t, "from: village")
	if village.Fence != "wall" || village.Compost.Heat != 60 || village.Beds["west"].Share != 3 {
		t.Fatalf("got %+v", village)
	}
	for _, tt := range []struct {
		text   string
		change func(*garden) // of the village
	}{
		{"beds: {east: {rows: 5}}", func(g *garden) { g.Beds["east"] = bed{1, 5, "beans", false} }},
		{"beds: {new: {share: 2, sunny: true}}", func(g *garden) {
			g.Beds["new"] = bed{2, 3, "beans", true}
		}},
		{"beds: {west: off}", func(g *garden) { delete(g.Beds, "west") }},
		{"beds: {west: }", func(g *garden) { delete(g.Beds, "west") }},
		{"beds: {east: {rows: off}}", func(g *garden) { g.Beds["east"] = bed{1, 3, "beans", false} }},
		{"beds: off", func(g *garden) { g.Beds = map[string]bed{"only": {1, 3, "beans", false}} }},
		{"tools: [rake, hoe]", func(g *garden) { g.Tools = []string{"rake", "hoe"} }},
		{"tools: []", func(g *garden) { g.Tools = []string{} }},
		{"tools: off", func(g *garden) { g.Tools = nil }},
		{"soil: {clay: 1}", func(g *garden) { g.Soil = mix{"clay": 1} }},
		{"soil: off", func(g *garden) { g.Soil = mix{"clay": 1, "sand": 1} }},
		{"paths: {a>b: {c: 1}}", func(g *garden) { g.Paths["a > b"] = mix{"c": 1} }},
		{"paths: {east>west: {south: 1}}", func(g *garden) { g.Paths["east > west"] = mix{"south": 1} }},
		{"paths: {east  >west: off}", func(g *garden) { g.Paths = map[string]mix{} }},
		{"fence: off", func(g *garden) { g.Fence = "off" }}, // a word of its own
		{"fence: ~", func(g *garden) { g.Fence = "hedge" }},
		{"climate: off", func(g *garden) { g.Climate = "mild" }},
		{"rain: {autumn: 3}", func(g *garden) { g.Rain["autumn"] = 3 }},
		{"rain: {summer: ~}", func(g *garden) { g.Rain = map[string]float64{} }},
		{"compost: off", func(g *garden) { g.Compost = nil }},
		{"compost: {heat: 30}", func(g *garden) { g.Compost.Heat = 30 }},
		{"motto: 'off'", func(g *garden) { g.Motto = "off" }}, // a text in quotes
		{"visitors: {hens: on}", func(g *garden) {
			g.Visitors.Hens = &hens{4, 0.8, map[string]compost{"berta": {Heat: 40}}}
		}},
		{"visitors: {hens: {}}", func(g *garden) {
			g.Visitors.Hens = &hens{4, 0.8, map[string]compost{"berta": {Heat: 40}}}
		}},
		{"visitors: {hens: {eggs: 0.5, names: {ada: {}, eve: {turns: 1h}}}}", func(g *garden) {
			g.Visitors.Hens = &hens{4, 0.5, map[string]compost{"ada": {Heat: 41},
				"eve": {41, gap(time.Hour)}}}
		}},
		{"crops: {peas: {}, beans: {sow: 3d}}", func(g *garden) {
			g.Crops = map[string]crop{"peas": {gap(24 * time.Hour), 0.1},
				"beans": {gap(72 * time.Hour), 0.1}}
		}},
	} {
		want, _ := grow(t, "from: village")
		tt.change(want)
		got, _ := grow(t, "from: village\n"+tt.text)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", tt.text, got, want)
		}
	}
	if again, _ := grow(t, "from: village"); !reflect.DeepEqual(again, village) {
		t.Error("the village has changed")
	}
}

// TestOffMustRemoveSomething: a misspelt name would be kept in silence.
func TestOffMustRemoveSomething(t *testing.T) {
	for text, want := range map[string]string{
		"from: village\nbeds: {wets: off}": "my.yaml:2:14: beds.wets: off removes a value of the " +
			`garden in from, but that has no "wets", did you mean "west"?`,
		"from: village\nbeds: {east: {sunny: off}}": "my.yaml:2:22: beds.east.sunny: off removes " +
			`a value of the garden in from, but that has no "sunny"`,
		"visitors: {hens: off}": "", // they are
		"from: village\nbeds: {east: 'off'}": `my.yaml:2:14: beds.east: found "off", ` +
			"want a map with these keys: share, rows, crop, sunny",
		"visitors: {bees: {hives: 3}, hens: 'on'}": "", // quotes or not
		"visitors: {bees: {hives: 3}, hens: yes}":  "",
		"visitors: {bees: {hives: 3}, hens: true}": "",
		"visitors: {hens: no}":                     "",
		"visitors: {hens: false}":                  "",
		"visitors: {hens: 'Off'}":                  "",
		"visitors: {hens: maybe}": `my.yaml:1:18: visitors.hens: found "maybe", ` +
			"want on, off or a map with these keys: count, eggs, names",
		"visitors: on": `my.yaml:1:11: visitors: found "on", want a map with these keys: hens, bees`,
	} {
		got := ""
		if _, _, err := plant(text); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestSetsWin holds what a set can reach, and that the last wins over the file and defaults.
func TestSetsWin(t *testing.T) {
	for _, tt := range []struct {
		sets   []Set
		change func(*garden) // of the village
	}{
		{[]Set{set("seed", "5"), set("seed", "6")}, func(g *garden) { g.Seed = 6 }},
		{[]Set{set("beds.east.rows", "7")}, func(g *garden) {
			g.Beds["east"] = bed{1, 7, "beans", false}
		}},
		{[]Set{set(" beds . east.rows ", " 7 ")}, func(g *garden) {
			g.Beds["east"] = bed{1, 7, "beans", false}
		}},
		{[]Set{set("beds.new", "{share: 4}")}, func(g *garden) {
			g.Beds["new"] = bed{4, 3, "beans", false}
		}},
		{[]Set{set("beds.new", "{share: 4}"), set("beds.new.rows", "2")}, func(g *garden) {
			g.Beds["new"] = bed{4, 2, "beans", false}
		}},
		{[]Set{set("beds", "{new: {share: 4}}")}, func(g *garden) {
			g.Beds = map[string]bed{"new": {4, 3, "beans", false}}
		}},
		{[]Set{set("beds.east", "off")}, func(g *garden) { delete(g.Beds, "east") }},
		{[]Set{set("beds.east", "~")}, func(g *garden) { delete(g.Beds, "east") }},
		{[]Set{set("beds.east.rows", "off")}, func(g *garden) {
			g.Beds["east"] = bed{1, 3, "beans", false}
		}},
		{[]Set{set("fence", "off")}, func(g *garden) { g.Fence = "off" }},
		{[]Set{set("fence", "null")}, func(g *garden) { g.Fence = "hedge" }},
		{[]Set{set("compost", "off")}, func(g *garden) { g.Compost = nil }},
		{[]Set{set("rain.autumn", "9")}, func(g *garden) { g.Rain["autumn"] = 9 }},
		{[]Set{set("rain.summer", "off")}, func(g *garden) { g.Rain = map[string]float64{} }},
		{[]Set{set("tools", "[hoe]")}, func(g *garden) { g.Tools = []string{"hoe"} }},
		{[]Set{set("size", "[1, 2]")}, func(g *garden) { g.Size = [2]int{1, 2} }},
		{[]Set{set("paths.east>west.south", "3")}, func(g *garden) {
			g.Paths["east > west"] = mix{"north": 1, "south": 3}
		}},
		{[]Set{set("soil.clay", "20%"), set("soil.peat", "80%")}, func(g *garden) {
			g.Soil = mix{"clay": 0.2, "peat": 0.8}
		}},
		{[]Set{set("visitors.bees.hives", "2")}, func(g *garden) { g.Visitors.Bees = &bees{2} }},
		{[]Set{set("visitors.hens", "on"), set("visitors.hens.names.ada", "{heat: 30}")},
			func(g *garden) {
				g.Visitors.Hens = &hens{4, 0.8, map[string]compost{"ada": {Heat: 30}}}
			}},
		{[]Set{set("lend.tom", "[hoe]")}, func(g *garden) {
			g.Lend = map[string][]string{"tom": {"hoe"}}
		}},
		{[]Set{set("motto", "x"), set("compost", "off")}, func(g *garden) {
			g.Motto, g.Compost = "x", nil
		}},
	} {
		want, _ := grow(t, "from: village")
		tt.change(want)
		got, _ := grow(t, "from: village", tt.sets...)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v: got\n%+v\nwant\n%+v", tt.sets, got, want)
		}
	}
}

// TestSetsThatCannotBe holds that errors name the flag.
func TestSetsThatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		set  Set
		want string
	}{
		{Set{Path: "seed", Value: "x", Flag: "--seed"},
			`--seed: found "x", want a whole number from 0 to 18,446,744,073,709,551,615`},
		{set("seed", ""), "--set seed: found nothing, want a value, or off to remove the one there is"},
		{set("seed", " \t"), "--set seed: found nothing, want a value, " +
			"or off to remove the one there is"},
		{set("seed", "!x y"), "--set seed: found a tag (!), want the value without it"},
		{set("paths.new.east", "1"), `--set paths.new.east: unknown mix "new", want east > west`},
		{set("seed", "[1"), "--set seed: not YAML: sequence end token ']' not found"},
		{set("seed", "&a 1"), "--set seed: found an anchor or alias (& or *), want the value itself; " +
			"gardens build on each other with from"},
		{set("sed", "1"), `--set sed: unknown key "sed", want from, name, motto, climate, fence, ` +
			"area, slope, frost, seed, organic, watered, opens, tools, size, beds, crops, rain, paths, " +
			`soil, compost, visitors, hedges or lend, did you mean "seed"?`},
		{set("from", "castle"), "--set from: from cannot be set, the file names what it builds on"},
		{set("beds.estern.rows", "1"), `--set beds.estern.rows: unknown bed "estern", want east or ` +
			`west`},
		{set("beds.north", "off"), `--set beds.north: unknown bed "north", want east or west`},
		{set("beds.east.row", "1"), `--set beds.east.row: unknown key "row", want share, rows, crop or ` +
			`sunny, did you mean "rows"?`},
		{set("beds.east.crop.x", "1"),
			"--set beds.east.crop.x: cannot be set in part, want the whole value"},
		{set("size.0", "1"), "--set size.0: cannot be set in part, want the whole value"},
		{set("opens.year", "1"), "--set opens.year: cannot be set in part, want the whole value"},
		{set("beds.east.sunny", "off"), "--set beds.east.sunny: off removes a value, but there is none"},
		{set("rain.spring", "off"), "--set rain.spring: off removes a value, but there is none"},
		{set("rain.winter", "1"), `--set rain.winter: unknown key "winter", want spring, ` +
			`summer or autumn`},
		{set("crops.bens.sow", "1d"), `--set crops.bens.sow: unknown plant "bens", want beans` +
			`, did you mean "beans"?`},
		{set("visitors.hens.names.ada.heat", "30"),
			`--set visitors.hens.names.ada.heat: unknown compost "ada", there is none`},
		{set("visitors.bees", "on"), `--set visitors.bees: "hives" is missing`},
		{set("visitors.cows", "on"), `--set visitors.cows: unknown key "cows", want hens or bees`},
		{set("soil", "{peat: 90%}"), "--set soil: percentages sum to 90%, want 100%"},
		{set("soil.peat", "90%"), "--set soil.peat: percentages sum to 90%, want 100%"},
		{set("beds.east", "{rows: 1}"), "--set beds.east: beds.east.share: found nothing, " +
			"want a percentage or a weight, such as 60% or 3"},
		{set("beds.west.crop", "peas"), `--set beds.west.crop: unknown plant "peas", want beans`},
		{set("seed", "a\x01b"), "--set seed: the text has control characters, want plain UTF-8 text"},
	} {
		_, _, err := plant("from: village", tt.set)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%v: got %v, want %s", tt.set, err, tt.want)
		}
	}
}

// TestDerivedValuesAreDefaults: they stand where nothing is said, and can be told.
func TestDerivedValuesAreDefaults(t *testing.T) {
	g, doc := grow(t, "motto: warm")
	if g.Compost == nil || g.Compost.Heat != 50 {
		t.Errorf("got %+v", g.Compost)
	}
	for _, path := range [][]string{{"name"}, {"compost"}, {"compost", "heat"}} {
		n := doc.Root()
		for _, key := range path {
			n = n.Get(key)
		}
		if n == nil || !n.at.IsDefault() || n.at.String() != "default" {
			t.Errorf("%v: got %v", path, n)
		}
	}
	if doc.Root().Get("motto").at.IsDefault() {
		t.Error("the motto is a default")
	}
	n := &Node{Kind: MapNode, Pairs: []Pair{{Key: "a", Value: &Node{Kind: NullNode}}}}
	Give(n, "a", "1")
	Give(n, "a", "2")
	Give(n, "b", "3")
	if got, want := n.String(), "{a: 1, b: 3}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
