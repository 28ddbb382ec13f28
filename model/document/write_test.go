package document

import (
	"reflect"
	"strings"
	"testing"
)

// richGarden is one with every form there is.
const richGarden = `
from: village
fence: off
area: 1_000.5
seed: 18_446_744_073_709_551_615
motto: "yes, # a 'text' with \"quotes\" \\ é"
tools: [hoe, rake]
beds:
  a: {share: 2, rows: 9, crop: peas, sunny: true}
  west: off
crops: {peas: {loss: 5e-2}, beans: {}}
paths: {a > b: {c: 60%, d: 40%}, a: {b: 3}}
soil:
  peat: 2
  clay: 1e-1
visitors: {hens: {names: {}}, bees: {hives: 1_000}}
lend:
  tom:
    - rake
    - hoe
`

// TestYAMLSaysWhereValuesComeFrom holds a whole document with its origins.
func TestYAMLSaysWhereValuesComeFrom(t *testing.T) {
	_, doc := grow(t, richGarden, Set{Path: "slope", Value: "3", Flag: "--slope"},
		set("beds.a.sunny", "off"),
		set("compost.turns", "1d"))
	want := `# A rich garden
name: my                                                        # default
motto: "yes, # a 'text' with \"quotes\" \\ é"                   # my.yaml:6
climate: harsh                                                  # village.yaml:3
fence: off                                                      # my.yaml:3
area: 1_000.5                                                   # my.yaml:4
slope: 3                                                        # --slope
frost: -5                                                       # default
seed: 18_446_744_073_709_551_615                                # my.yaml:5
organic: true                                                   # default
watered: 2d                                                     # default
opens: 2025-04-01                                               # default
tools: [hoe, rake]                                              # my.yaml:7
size: [10, 10]                                                  # default
beds:
  east:
    share: 1                                                    # village.yaml:7
    rows: 2                                                     # village.yaml:7
    crop: beans                                                 # default
  a: {share: 2, rows: 9, crop: peas}                            # my.yaml:9
crops:
  peas:
    sow: 1d                                                     # default
    loss: 5e-2                                                  # my.yaml:11
  beans:
    sow: 1d                                                     # default
    loss: 10%                                                   # default
rain: {summer: 30}                                              # village.yaml:10
paths:
  east > west: {north: 1}                                       # village.yaml:11
  a > b: {c: 60%, d: 40%}                                       # my.yaml:12
  a: {b: 3}                                                     # my.yaml:12
soil:
  peat: 2                                                       # my.yaml:14
  clay: 1e-1                                                    # my.yaml:15
compost:
  heat: 60                                                      # village.yaml:9
  turns: 1d                                                     # --set
visitors:
  hens:
    count: 4                                                    # default
    eggs: 0.8                                                   # default
    names: {}                                                   # my.yaml:16
  bees: {hives: 1_000}                                          # my.yaml:16
lend:
  tom:
    - rake                                                      # my.yaml:19
    - hoe                                                       # my.yaml:20
`
	got := string(doc.YAML("A rich garden", true))
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestYAMLIsReadAgainToTheSame: with and without origins, and without them it stays the same.
func TestYAMLIsReadAgainToTheSame(t *testing.T) {
	for _, text := range []string{"", richGarden, "from: castle", gardenDefaults, "crops: {beans: {}}",
		"visitors: {hens: {names: {}}}", "paths: {}", "crops: {}\nbeds: {a: {share: 1, crop: b}}",
		"tools: []", "visitors: {}"} {
		g, doc, err := plant(text)
		if err != nil && strings.Contains(err.Error(), "unknown plant") {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		for _, origins := range []bool{true, false} {
			out := doc.YAML("one", origins)
			again := new(garden)
			twin, err := gardens.LoadBytes("other.yaml", out, nil, nil, again, again.check)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !reflect.DeepEqual(g, again) || Hash(g) != Hash(again) {
				t.Errorf("%q: got\n%+v\nwant\n%+v\nfrom\n%s", text, again, g, out)
			}
			if got := twin.YAML("one", false); !origins && string(got) != string(out) {
				t.Errorf("got\n%s\nwant\n%s", got, out)
			}
		}
	}
}

// TestYAMLOfLongAndEmptyValues: what would be too long takes several lines, and what a set has
// emptied is left out.
func TestYAMLOfLongAndEmptyValues(t *testing.T) {
	text := "from: village\nmotto: " + strings.Repeat("é", 80) + "\nlend:\n  tom: [" +
		strings.Repeat("rake, ", 20) + "hoe]\n"
	_, doc := grow(t, text, set("tools", "off"))
	got := string(doc.YAML("long", true))
	want := "  tom:\n" + strings.Repeat("    - rake"+strings.Repeat(" ", 54)+"# my.yaml:4\n", 20) +
		"    - hoe" + strings.Repeat(" ", 55) + "# my.yaml:4\n"
	if !strings.HasSuffix(got, want) || strings.Contains(got, "tools") ||
		!strings.Contains(got, "\nmotto: "+strings.Repeat("é", 80)+" # my.yaml:2\n") {
		t.Errorf("got\n%s", got)
	}
}

// TestYAMLOfEmptyMaps: the author's keeps the defaults out, one of the defaults comes back anyway.
func TestYAMLOfEmptyMaps(t *testing.T) {
	spec := Spec{Kind: "hens", Type: reflect.TypeFor[hens]()}
	spec.Defaults = []byte("names: {each: {heat: 40}}")
	nothing := func(*Checker, Place) {}
	for text, want := range map[string]string{"": "names:", "names: {}": "names: {}"} {
		doc, err := spec.Ready().LoadBytes("h.yaml", []byte(text), nil, nil, new(hens), nothing)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(doc.YAML("Hens", false)); got != "# Hens\n"+want+"\n" {
			t.Errorf("%q: got\n%s\nwant %s", text, got, want)
		}
	}
}

// TestHashIgnoresHowThingsAreSaid: the order, comments, spelling and source of values.
func TestHashIgnoresHowThingsAreSaid(t *testing.T) {
	g, _ := grow(t, "name: G\n"+richGarden)
	want := Hash(g)
	if len(want) != 64 || strings.Trim(want, "0123456789abcdef") != "" {
		t.Errorf("got %q, want 64 hexadecimal digits", want)
	}
	for _, change := range [][2]string{
		{"1_000.5", "1000.50"}, {"area: 1_000.5\n", "# area\n"}, {"share: 2,", "share: +2.0,"},
		{"5e-2", "5%"}, {"[hoe, rake]", "\n- hoe\n- rake"}, {"fence: off", `fence: "off"`},
		{"a > b", "a>b"}, {"c: 60%, d: 40%", "d: 40.0%, c: 6_0%"}, {"from: village", "from: castle"},
		{"rows: 9, crop: peas, sunny: true", "sunny: true, crop: peas, rows: 9.0"},
	} {
		text := strings.Replace(richGarden, change[0], change[1], 1)
		if text == richGarden {
			t.Fatalf("there is no %q", change[0])
		}
		sets := []Set{set("name", "G")}
		if !strings.Contains(text, "area:") {
			sets = append(sets, set("area", "1000.5"))
		}
		again, _ := grow(t, text, sets...)
		if Hash(again) != want {
			t.Errorf("%v changes the hash", change)
		}
	}
}

// TestHashSeesWhatIsSaid: any change of meaning.
func TestHashSeesWhatIsSaid(t *testing.T) {
	g, _ := grow(t, richGarden)
	seen := map[string][2]string{Hash(g): {"nothing"}}
	for _, change := range [][2]string{
		{"fence: off", "fence: wall"}, {"1_000.5", "1_000.25"}, {"51_615", "51_614"}, {"yes,", "yes"},
		{"hoe, rake", "rake, hoe"}, {"[hoe, rake]", "[hoe]"}, {"rows: 9", "rows: 8"},
		{"sunny: true", "sunny: false"}, {"a > b", "b > a"}, {"loss: 5e-2", "loss: 5e-3"},
		{"hives: 1_000", "hives: 999"}, {"a: {b: 3}", "b: {b: 3}"}, {"names: {}", "eggs: 0"},
		{"tom:", "tim:"}, {"soil:\n  peat: 2", "soil:\n  peat: 3"},
	} {
		text := strings.Replace(richGarden, change[0], change[1], 1)
		if text == richGarden {
			t.Fatalf("there is no %q", change[0])
		}
		again, _ := grow(t, text)
		if other, ok := seen[Hash(again)]; ok {
			t.Errorf("%v and %v have the same hash", change, other)
		}
		seen[Hash(again)] = change
	}
	type before struct{ A int }
	type after struct {
		A int
		B []string
		C *int
	}
	if Hash(&before{1}) != Hash(&after{A: 1}) {
		t.Error("a field of no value changes the hash")
	}
	if Hash(&struct{ A int }{1}) == Hash(&struct{ B int }{1}) {
		t.Error("the name of a field does not count")
	}
	if Hash(&struct{ A float64 }{1000.0000001}) == Hash(&struct{ A float64 }{1000.0000002}) {
		t.Error("the last digits of a number do not count")
	}
	if Hash(&struct{ A string }{"1"}) == Hash(&struct{ A int }{1}) {
		t.Error("a text has the hash of a number")
	}
}
