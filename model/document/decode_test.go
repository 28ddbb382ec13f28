package document

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

// wrongValues are documents of one line that cannot be, each with what is said of it.
const wrongValues = `
organic: "true"
    1:10: organic: found "true", want true or false
name: a/b
    1:7: name: found "a/b", want a title
name: [a]
    1:7: name: found a list, want text
motto: {a: 1}
    1:8: motto: found a map, want text
motto: "a\nb"
    1:8: motto: found "a\nb", want one line of at most 500 bytes
climate: hash
    1:10: climate: found "hash", want mild or harsh, did you mean "harsh"?
climate: [mild]
    1:10: climate: found a list, want mild or harsh
fence: Hedge
    1:8: fence: found "Hedge", want hedge, wall or off, did you mean "hedge"?
beds: {a: {share: 1, crop: 1x}}
    1:28: beds.a.crop: found 1x, want $name
area: 0
    1:7: area: found 0, want a number above 0
area: '5'
    1:7: area: found "5", want a number above 0
area: 1e13
    1:7: area: found 1e13, want a number above 0
area: five
    1:7: area: found "five", want a number above 0
area: [5]
    1:7: area: found a list, want a number above 0
slope: 10.1
    1:8: slope: found 10.1, want a number from -10 to 10
slope: -11
    1:8: slope: found -11, want a number from -10 to 10
frost: -30.5
    1:8: frost: found -30.5, want a whole number from -30 to 10
frost: -31
    1:8: frost: found -31, want a whole number from -30 to 10
frost: '1'
    1:8: frost: found "1", want a whole number from -30 to 10
seed: 1.8e19
    1:7: seed: found 1.8e19, want a whole number from 0 to $seed, written out
seed: 2e19
    1:7: seed: found 2e19, want a whole number from 0 to $seed
seed: 0x10
    1:7: seed: found 0x10, want a whole number from 0 to $seed
organic: "yes"
    1:10: organic: found "yes", want true or false
organic: True
    1:10: organic: found "True", want true or false
organic: [true]
    1:10: organic: found a list, want true or false
watered: 0d
    1:10: watered: found 0d, want a duration above 0
watered: 2
    1:10: watered: found 2, want $span
watered: {d: 2}
    1:10: watered: found a map, want $span
opens: 2025-02-29
    1:8: opens: found 2025-02-29, want $day
opens: 1969-12-31
    1:8: opens: found 1969-12-31, want $day
opens: 2200-01-01
    1:8: opens: found 2200-01-01, want $day
opens: []
    1:8: opens: found a list, want $day
crops: {beans: {loss: 51%}}
    1:23: crops.beans.loss: found 51%, want a share from 0 to 0.5, such as 35% or 0.35
crops: {beans: {loss: '0.2'}}
    1:23: crops.beans.loss: found "0.2", want a share from 0 to 0.5, such as 35% or 0.35
crops: {beans: {loss: -1%}}
    1:23: crops.beans.loss: found -1%, want a share from 0 to 0.5, such as 35% or 0.35
tools: hoe
    1:8: tools: found "hoe", want a list
tools: [hoe, how]
    1:14: tools[1]: found "how", want spade, rake or hoe, did you mean "hoe"?
tools: [hoe, ~]
    1:14: tools[1]: found nothing, want a value
size: 3
    1:7: size: found 3, want a list of 2 values
size: [1]
    1:7: size: found a list of length 1, want 2 values
size: [1, 2, 3]
    1:7: size: found a list of length 3, want 2 values
size: [1, x]
    1:11: size[1]: found "x", want a whole number from 1 to 100
lend: {tom: [saw]}
    1:14: lend.tom[0]: found "saw", want spade, rake or hoe
beds: [a]
    1:7: beds: found a list, want a map
beds: {a: []}
    1:11: beds.a: found a list, want a map with these keys: share, rows, crop, sunny
rain: {may: 3}
    1:8: rain: unknown key "may", want spring, summer or autumn
rain: {summer: 501}
    1:16: rain.summer: found 501, want a number from 0 to 500
rain: {1: 501}
    1:8: rain: unknown key "1", want spring, summer or autumn
visitors: {bees: {}}
    1:12: visitors.bees: "hives" is missing
visitors: {bees: {hives: 0}}
    1:26: visitors.bees.hives: found 0, want a whole number of at least 1
hedges: {north: {part: 1}, west: {part: 2}}
    1:28: hedges: unknown key "west", want north or south
hedges: {north: {part: -2}, south: {part: 2}}
    1:24: hedges.north.part: found -2, want $weight
beds: {a: [], b: {share: 50%}}
    1:11: beds.a: found a list, want a map with these keys: share, rows, crop, sunny
soil: 3
    1:7: soil: found 3, want a map such as {a: 60%, b: 40%}
soil: {}
    1:1: soil: found an empty map, want at least one name
soil: {mud: 1}
    1:8: soil: unknown key "mud", want clay, sand or peat
soil: {clay: 60%, sand: 4}
    1:25: soil.sand: found 4, want $alike in soil
soil: {clay: 3, sand: 40%}
    1:23: soil.sand: found 40%, want $alike in soil
soil: {clay: 60%, sand: 39.98%}
    1:1: soil: percentages sum to 99.98%, want 100%
soil: {clay: 0, sand: 0}
    1:1: soil: all weights are 0, want at least one above 0
soil: {clay: 1e9, sand: 1}
    1:25: soil.sand: found 1, want 0 or at least a millionth of the sum of soil
soil: {clay: 1e10}
    1:14: soil.clay: found 1e10, want $weight
soil: {clay: -1}
    1:14: soil.clay: found -1, want $weight
soil: {clay: '1'}
    1:14: soil.clay: found "1", want $weight
soil: {clay: [1]}
    1:14: soil.clay: found a list, want $weight
soil: {clay: ~}
    1:8: soil.clay: found nothing, want $share
beds: {a: {share: 50%}, b: {share: 60%}}
    1:1: beds: percentages sum to 110%, want 100%
beds: {a: {share: 5}, b: {}}
    1:23: beds.b.share: found nothing, want $share
beds: {}
    1:1: beds: found an empty map, want at least one name
`

// TestWrongValues lists what a field does not accept, and what is then said.
func TestWrongValues(t *testing.T) {
	full := strings.NewReplacer("$seed", maxSeed, "$day", wantDay, "$span", WantSpan,
		"$name", WantName, "$weight", "a percentage or a weight of at least 0, such as 60% or 3",
		"$share", "a percentage or a weight, such as 60% or 3",
		"$alike", "all percentages or all weights, not both")
	lines := strings.Split(strings.TrimSpace(wrongValues), "\n")
	lines = append(lines, "tools: ["+strings.Repeat("hoe,", 65)+"]",
		"1:8: tools: found 65 elements, want at most 64", "motto: "+strings.Repeat("é", 251),
		`1:8: motto: found "`+strings.Repeat("é", 40)+`…", want one line of at most 500 bytes`)
	for i := 0; i < len(lines); i += 2 {
		want := "my.yaml:" + full.Replace(strings.TrimSpace(lines[i+1]))
		_, _, err := plant(lines[i])
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", lines[i], err, want)
		}
	}
}

const (
	maxSeed = "18,446,744,073,709,551,615"
	wantDay = "a day from 1970-01-01 to 2199-12-31, such as 2025-01-31"
)

// TestRightAtTheEdge lists what is just accepted.
func TestRightAtTheEdge(t *testing.T) {
	for _, text := range []string{
		"organic: yes", "organic: no", "organic: on",
		"area: 1e12", "area: 1e-9", "slope: 10", "slope: -1e1", "frost: 10", "frost: -30", "frost: +3",
		"seed: 9_007_199_254_740_993", "seed: +18446744073709551615", "seed: 1e3",
		"opens: 1970-01-01", "opens: 2199-12-31", "watered: 3650d", "watered: '2d'",
		"crops: {beans: {loss: 50%}}", "crops: {beans: {loss: '50%'}}", "crops: {beans: {loss: 0}}",
		"tools: [" + strings.Repeat("hoe,", 64) + "]", "motto: " + strings.Repeat("é", 250), "motto: 7",
		"soil: {clay: 60%, sand: 39.991%}", "soil: {clay: 1e6, sand: 1.1}", "soil: {clay: 1e9, sand: 0}",
		"soil: {clay: '60%', sand: '40%'}",
		"name: " + strings.Repeat("x", 64), "visitors: {bees: {hives: 1}}",
	} {
		if _, _, err := plant(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if g, _ := grow(t, "seed: 9_007_199_254_740_993\nfrost: -7"); g.Seed != 1<<53+1 || g.Frost != -7 {
		t.Errorf("got %d and %d", g.Seed, g.Frost)
	}
}

// TestCheckerSeesThePlace walks through a garden as a check does.
func TestCheckerSeesThePlace(t *testing.T) {
	g := new(garden)
	text := "beds:\n  a: {share: 1, rows: 3}\nsize: [4, 5]\n"
	_, err := gardens.LoadBytes("my.yaml", []byte(text), nil,
		[]Set{set("beds.a.rows", "4")}, g, func(c *Checker, root Place) {
			beds := root.Key("beds")
			a := beds.Key("a")
			if beds.Absent() || !beds.Key("b").Absent() || !root.Key("tools").Absent() {
				t.Error("wrong beds are there")
			}
			if got := beds.Names(); !reflect.DeepEqual(got, []string{"a"}) {
				t.Errorf("got %v", got)
			}
			if got := beds.Key("b").Names(); got != nil {
				t.Errorf("got %v", got)
			}
			if a.Path != "beds.a" || beds.Name(a) != "a" || root.Name(beds) != "beds" {
				t.Errorf("got %q", a.Path)
			}
			if got := beds.Key("b").Value(); got != beds.At {
				t.Errorf("an absent bed stands at %v", got)
			}
			if got := a.Whole().Flag; got != "--set" {
				t.Errorf("got %q, want the flag that changed a part", got)
			}
			if got := root.Key("size").Whole(); got.Flag != "" || got.line != 3 || got.column != 1 {
				t.Errorf("got %v", got)
			}
			item := root.Key("size").Item(1)
			if text, ok := item.Word(); item.Path != "size[1]" || !ok || text != "5" {
				t.Errorf("got %q at %s", text, item.Path)
			}
			if _, ok := beds.Word(); ok {
				t.Error("a map is a word")
			}
			for text, want := range map[string]float64{"25": 25, "70%": 0.7, "-5%": -0.05, "1e12": 1e12,
				"1e13": math.NaN(), "x": math.NaN()} {
				x, ok := c.Ratio(Place{Node: &Node{Text: text}})
				if ok == math.IsNaN(want) || ok && x != want {
					t.Errorf("%q: got %v, %v", text, x, ok)
				}
			}
			if _, ok := c.Ratio(Place{Node: &Node{Text: "25", Quoted: true}}); ok {
				t.Error("a text is a number")
			}
			if !c.Clean(beds) {
				t.Error("the beds are not clean")
			}
			c.Fail(a.At, root.Key("size").Item(0), "a %s", "fault")
			c.Wrong(a.Key("rows"), "%d%%", 7)
			for place, want := range map[*Place]bool{{Path: "size"}: false, {Path: "beds"}: false,
				{Path: "beds.a"}: false, {Path: "beds.a.rows"}: false, {Path: "bed"}: true,
				{Path: "beds.a.row"}: true, {Path: "size[0]"}: false, {Path: "size[1]"}: true} {
				if got := c.Clean(*place); got != want {
					t.Errorf("%s clean: %v", place.Path, got)
				}
			}
		})
	want := "--set beds.a.rows: found 4, want 7%\nmy.yaml:2:3: size[0]: a fault"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestWordsOfErrors holds how values and choices read.
func TestWordsOfErrors(t *testing.T) {
	for want, n := range map[string]*Node{
		"nothing": nil, "a map": {Kind: MapNode}, "a list": {Kind: ListNode}, "-7": {Text: "-7"},
		`"-7"`: {Text: "-7", Quoted: true}, `""`: {}, `"a\tb"`: {Text: "a\tb"}, `"1\n2"`: {Text: "1\n2"},
		strings.Repeat("1", 40) + "…": {Text: strings.Repeat("1", 41)},
		strings.Repeat("2", 40):       {Text: strings.Repeat("2", 40)},
	} {
		if got := Found(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := Found(&Node{Kind: NullNode}); got != "nothing" {
		t.Errorf("got %s", got)
	}
}

// TestNamesAndTitles lists what can be a name, and what a folder can be called.
func TestNamesAndTitles(t *testing.T) {
	for s, want := range map[string][2]bool{ // name, title
		"a": {true, true}, "né_1-b": {true, true}, "": {}, "1a": {false, true}, "_a": {false, true},
		"-a": {}, "a b": {false, true}, ".a": {}, "a/b": {}, `a\b`: {}, "a:b": {}, "a ": {}, " a": {},
		"a\nb": {}, "a?": {}, strings.Repeat("a", 64): {true, true}, strings.Repeat("a", 65): {},
		"a>b": {}, "a.b": {false, true},
	} {
		if got := [2]bool{IsName(s), IsTitle(s)}; got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}

// TestLimits holds how ranges are read from tags, tried and said.
func TestLimits(t *testing.T) {
	for field, want := range map[string]struct {
		limit Limit
		text  string
		in    []float64
		out   []float64
	}{
		"garden.area": {Limit{0, Unlimited, true}, "above 0", []float64{1e-9, 1e12},
			[]float64{0, -1, 2e12}},
		"garden.watered": {Limit{0, Unlimited, true}, "above 0", nil, []float64{0}},
		"bees.hives":     {Limit{1, Unlimited, false}, "of at least 1", []float64{1}, []float64{0.9}},
		"garden.slope": {Limit{-10, 10, false}, "from -10 to 10", []float64{-10, 10},
			[]float64{-10.1, 10.1}},
		"garden.motto": {Limit{0, Unlimited, false}, "of at least 0", []float64{0}, []float64{-1}},
	} {
		limit := gardens.limitOf(field)
		if limit != want.limit || limit.String() != want.text || limit.Endless() != (limit.Max == 1e12) {
			t.Errorf("%s: got %+v, %q", field, limit, limit)
		}
		for _, x := range want.in {
			if !limit.Has(x) {
				t.Errorf("%s refuses %v", field, x)
			}
		}
		for _, x := range want.out {
			if limit.Has(x) {
				t.Errorf("%s accepts %v", field, x)
			}
		}
	}
	if got, want := (Limit{0, 100, true}).String(), "above 0, up to 100"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for x, want := range map[float64]string{0: "0", 3650: "3,650", 10000: "10,000",
		-1234567: "-1,234,567", 0.35: "0.35", 1.0 / 3: "0.333333", 1e15: "1e+15",
		math.MaxUint64: maxSeed, -123456: "-123,456"} {
		if got := Number(x); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
