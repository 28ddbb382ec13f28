package document

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestDefaultsFillTheRest holds what an empty garden is, field by field.
func TestDefaultsFillTheRest(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "beds:\nsoil: ~\nvisitors: {}\n"} {
		g, _ := grow(t, text)
		want := &garden{Name: "my", Climate: "mild", Fence: "hedge", Area: 100, Frost: -5, Seed: 1,
			Organic: true, Watered: gap(48 * time.Hour), Opens: day{2025, 4, 1}, Size: [2]int{10, 10},
			Beds:  map[string]bed{"only": {Share: 1, Rows: 3, Crop: "beans"}},
			Crops: map[string]crop{"beans": {gap(720 * time.Hour), 0.1}},
			Rain:  map[string]float64{"spring": 80}, Soil: mix{"clay": 1, "sand": 1}}
		if !reflect.DeepEqual(g, want) {
			t.Errorf("%q: got\n%+v\nwant\n%+v", text, g, want)
		}
	}
}

// TestEveryFieldIsRead reads a garden that says all there is to say.
func TestEveryFieldIsRead(t *testing.T) {
	g, _ := grow(t, `
name: Mine
motto: "grow, # grow"
climate: harsh
fence: off
area: 1e-3
slope: -2.5
frost: -30
seed: 18,446,744,073,709,551,615
organic: false
watered: 90min
opens: 2024-02-29
tools: [hoe, spade]
size: [1, 100]
beds:
  a: {share: 25%, rows: 9, crop: peas, sunny: true}
  b: {share: 75%, crop: b}
crops: {peas: {loss: 0.5}, b: {sow: 3d}}
rain: {autumn: 0}
paths: {a > b: {c: 60%, d: 40%}, a: {b: 3}}
soil: {peat: 2}
compost: {turns: 1h}
visitors: {hens: on, bees: {hives: 1_000}}
lend: {tom: [rake]}
`)
	want := &garden{Name: "Mine", Motto: "grow, # grow", Climate: "harsh", Fence: "off", Area: 0.001,
		Slope: -2.5, Frost: -30, Seed: 1<<64 - 1, Watered: gap(90 * time.Minute),
		Opens: day{2024, 2, 29}, Tools: []string{"hoe", "spade"}, Size: [2]int{1, 100},
		Beds: map[string]bed{"a": {0.25, 9, "peas", true}, "b": {Share: 0.75, Rows: 3, Crop: "b"}},
		Crops: map[string]crop{"peas": {gap(24 * time.Hour), 0.5},
			"b": {Sow: gap(72 * time.Hour), Loss: 0.1}},
		Rain: map[string]float64{"autumn": 0}, Soil: mix{"peat": 2},
		Paths:   map[string]mix{"a > b": {"c": 0.6, "d": 0.4}, "a": {"b": 3}},
		Compost: &compost{Turns: gap(time.Hour)},
		Visitors: visitors{Hens: &hens{4, 0.8, map[string]compost{"berta": {Heat: 40}}},
			Bees: &bees{1000}},
		Lend: map[string][]string{"tom": {"rake"}}}
	if !reflect.DeepEqual(g, want) {
		t.Errorf("got\n%+v\nwant\n%+v", g, want)
	}
}

// TestFromChains builds on documents that build on others, built in and from files.
func TestFromChains(t *testing.T) {
	g, _ := grow(t, "from: castle\nbeds: {east: off, west: {share: 1}}\n")
	if g.Area != 5000 || g.Fence != "wall" || g.Soil["peat"] != 1 || g.From != "" {
		t.Errorf("got %+v, want what castle and village say", g)
	}
	if want := (map[string]bed{"west": {1, 9, "beans", false}}); !reflect.DeepEqual(g.Beds, want) {
		t.Errorf("beds: got %+v, want %+v", g.Beds, want)
	}
	if g.Name != "my" || g.Motto != "" {
		t.Errorf("got %q and %q, which are the parent's own", g.Name, g.Motto)
	}

	folder := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("base/deep.yaml", "from: village\narea: 7\n")
	write("base/base.yml", "from: deep.yaml\nslope: 3\n")
	main := write("mine.yaml", "from: base/base.yml\nseed: 5\n")
	g, err := loadFile(main, builtGardens)
	if err != nil {
		t.Fatal(err)
	}
	if g.Name != "mine" || g.Area != 7 || g.Slope != 3 || g.Seed != 5 || g.Climate != "harsh" {
		t.Errorf("got %+v, want a bit of each file", g)
	}
	absolute := write("absolute.yaml", "from: "+filepath.ToSlash(filepath.Join(folder, "mine.yaml")))
	if g, err = loadFile(absolute, builtGardens); err != nil || g.Seed != 5 {
		t.Errorf("absolute: got %+v, %v", g, err)
	}
	if g, err = loadFile("castle", builtGardens); err != nil || g.Name != "castle" {
		t.Errorf("built in: got %+v, %v", g, err)
	}

	write("a.yaml", "from: ./b.yaml\n")
	write("b.yaml", "from: base/../a.yaml\n")
	_, err = loadFile(filepath.Join(folder, "a.yaml"), builtGardens)
	want := filepath.Join(folder, "b.yaml") + ":1:7: from: found \"base/../a.yaml\", " +
		"which itself builds on this garden"
	if err == nil || err.Error() != want {
		t.Errorf("cycle: got %v, want %s", err, want)
	}
}

// TestFromIsRefused lists what a document cannot build on.
func TestFromIsRefused(t *testing.T) {
	deep := fstest.MapFS{"g0.yaml": {Data: []byte("area: 1\n")}}
	for i := range 20 {
		deep[fmt.Sprintf("g%d.yaml", i+1)] = &fstest.MapFile{Data: fmt.Appendf(nil, "from: g%d\n", i)}
	}
	if _, err := loadFile("g15", deep); err != nil {
		t.Errorf("16 gardens: %v", err)
	}
	_, err := loadFile("g16", deep)
	want := "g1.yaml:1:7: from: found a chain of 17 gardens that build on each other, " +
		"want at most 16"
	if err == nil || err.Error() != want {
		t.Errorf("17 gardens: got %v, want %s", err, want)
	}
	for text, want := range map[string]string{
		"from: vilage": `my.yaml:1:7: from: unknown garden "vilage", want castle, loop, pool, village ` +
			`or a file such as ./mine.yaml, did you mean "village"?`,
		"from: ./none.yaml": `my.yaml:1:7: from: found ./none.yaml, but there is no such file`,
		"from: [village]": "my.yaml:1:7: from: found a list, " +
			"want a built-in garden or a file such as ./base.yaml",
		"from: x.yml": `my.yaml:1:7: from: found "x.yml", but there is no such file`,
		"from: ''": "my.yaml:1:7: from: found \"\", " +
			"want a built-in garden or a file such as ./base.yaml",
		"from: loop": `pool.yaml:1:7: from: found "loop", which itself builds on this garden`,
		"- 1":        "my.yaml:1:1: found a list, want a garden: beds, crops and so on",
		"hello":      `my.yaml:1:1: found "hello", want a garden: beds, crops and so on`,
	} {
		if _, _, err := plant(text); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if _, err := loadFile("villa", nil); err == nil ||
		err.Error() != `unknown garden "villa", want a file such as ./mine.yaml` {
		t.Errorf("no built-in gardens: got %v", err)
	}
	if _, err := loadFile("./none.yaml", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	folder := t.TempDir() + "/"
	if _, err := loadFile(folder, nil); err == nil || !strings.Contains(err.Error(), "ordinary") {
		t.Errorf("a folder: got %v", err)
	}
	_, _, err = plant("from: " + folder)
	if err == nil || !strings.Contains(err.Error(), "is not an ordinary file") {
		t.Errorf("from a folder: got %v", err)
	}
}

// TestFilesOfThisFolder: a cycle is seen however a file is called, and a huge one is not read.
func TestFilesOfThisFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	huge := strings.Repeat("#\n", maxFileBytes/2) + "\n"
	for name, text := range map[string]string{"a.yaml": "from: a.yaml\n", "huge.yaml": huge} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"./a.yaml":  `./a.yaml:1:7: from: found "a.yaml", which itself builds on this garden`,
		"huge.yaml": "huge.yaml:1:1: the text is too long, want at most 4,194,304 bytes",
	} {
		if _, err := loadFile(name, nil); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestWhatIsMissing: without defaults a garden must say all it must have.
func TestWhatIsMissing(t *testing.T) {
	spec := *gardens
	spec.Defaults, spec.Derive = nil, nil
	bare := spec.Ready()
	_, err := bare.LoadBytes("my.yaml", []byte("beds:\n  a: {share: 1}\ncrops: {b: {loss: 0}}\n"),
		nil, []Set{set("climate", "mild"), set("climate", "~"), set("rain", "{summer: ~}"),
			set("hedges", "{north: ~}")}, new(garden), func(*Checker, Place) {})
	want := `--set climate: "climate" is missing, want mild or harsh
--set rain: rain.summer: found nothing, want a value
--set hedges: hedges.north: found nothing, want a map with the key part
my.yaml:1:1: "name" is missing
my.yaml:2:3: beds.a: "crop" is missing, want the name of a crop
my.yaml:3:9: crops.b: "sow" is missing, want ` + WantSpan
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if got, want := gardens.Wants("bed.crop"), "the name of a crop"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A stem has branches, which are stems.
type stem struct {
	Leaves   int             `yaml:"leaves" doc:"green" range:"0..9"`
	Branches map[string]stem `yaml:"branches" doc:"that it has"`
	Inner    `yaml:",inline"`
}

// Inner is no key of a stem.
type Inner struct{}

// TestTypesInsideThemselves: a block may hold blocks of its own type.
func TestTypesInsideThemselves(t *testing.T) {
	spec := Spec{Kind: "plant", Type: reflect.TypeFor[stem]()}.Ready()
	text := []byte("branches: {a: {branches: {b: {leaves: 10}}}}")
	_, err := spec.LoadBytes("p.yaml", text, nil, nil, new(stem), func(*Checker, Place) {})
	want := "p.yaml:1:39: branches.a.branches.b.leaves: found 10, want a whole number from 0 to 9"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got := KeysOf(spec.Type); !reflect.DeepEqual(got, []string{"leaves", "branches"}) {
		t.Errorf("got %v", got)
	}
	if got := len(spec.JSONSchema("Plant")); got == 0 {
		t.Error("no schema")
	}
}

// TestBuiltInFilesStayInside: the relative files of a built-in document are built in too.
func TestBuiltInFilesStayInside(t *testing.T) {
	builtin := fstest.MapFS{
		"a.yaml":       {Data: []byte("from: sub/b.yaml\n")},
		"sub/b.yaml":   {Data: []byte("from: ./c.yaml\narea: 4\n")},
		"sub/c.yaml":   {Data: []byte("slope: 4\n")},
		"out.yaml":     {Data: []byte("from: ../c.yaml\n")},
		"missing.yaml": {Data: []byte("from: ./c.yaml\n")},
	}
	if g, err := loadFile("a", builtin); err != nil || g.Area != 4 || g.Slope != 4 {
		t.Errorf("got %+v, %v", g, err)
	}
	for _, name := range []string{"out", "missing"} {
		if _, err := loadFile(name, builtin); err == nil ||
			!strings.HasPrefix(err.Error(), name+".yaml:1:7: from: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestTitlesComeFromFiles lists what a garden is called that does not say.
func TestTitlesComeFromFiles(t *testing.T) {
	for file, want := range map[string]string{"roses.yaml": "roses", "a/b.c.yml": "b.c", "-": "garden",
		".yaml": "garden", "ro?ses.yaml": "garden", strings.Repeat("x", 65) + ".yaml": "garden"} {
		g := new(garden)
		if _, err := gardens.LoadBytes(file, nil, nil, nil, g, g.check); err != nil || g.Name != want {
			t.Errorf("%q: got %q (%v), want %q", file, g.Name, err, want)
		}
	}
}

// TestSpecNeedsNoDefaults: a Spec may have nothing but a kind and a type.
func TestSpecNeedsNoDefaults(t *testing.T) {
	spec := Spec{Kind: "hen house", Type: reflect.TypeFor[hens]()}.Ready()
	h := new(hens)
	nothing := func(*Checker, Place) {}
	doc, err := spec.LoadBytes("h.yaml", []byte("names: {x: {heat: 20}}"), nil, nil, h, nothing)
	if err != nil || h.Names["x"].Heat != 20 {
		t.Errorf("got %+v, %v", h, err)
	}
	if got, want := string(doc.YAML("Hens", false)), "# Hens\nnames:\n  x: {heat: 20}\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if schema := string(spec.JSONSchema("hens")); !strings.Contains(schema, `"eggs"`) {
		t.Errorf("got a schema of %s", schema)
	}
}

// TestDefaultsAreNotAFileOfThatName: what a user calls defaults.yaml is a document like any other.
func TestDefaultsAreNotAFileOfThatName(t *testing.T) {
	g := new(garden)
	doc, err := gardens.LoadBytes("defaults.yaml", []byte("area: 3\n"), nil, nil, g, g.check)
	if err != nil {
		t.Fatal(err)
	}
	if at := doc.Root().Get("area").at; at.IsDefault() || at.String() != "defaults.yaml:1" {
		t.Errorf("got %v", at)
	}
	for _, key := range []string{"slope", "fence", "name", "opens"} {
		n := doc.Root().Get(key)
		if want := key != "slope"; (n != nil) != want || want && !n.at.IsDefault() {
			t.Errorf("%s: got %v", key, n)
		}
	}
	_, err = gardens.LoadBytes("defaults.yaml", []byte("area: 0\nslope: 80\n"), nil,
		[]Set{set("seed", "x")}, g, g.check)
	if want := 3; err == nil || strings.Count(err.Error(), "\n")+1 != want {
		t.Errorf("got %v, want %d lines", err, want)
	}
}

// TestErrorsStandInTheOrderOfAReader: flags, the file from top to bottom, then those it builds on,
// and of the defaults only what no other error explains.
func TestErrorsStandInTheOrderOfAReader(t *testing.T) {
	builtin := fstest.MapFS{
		"base.yaml":  {Data: []byte("slope: 11\nfrom: apple\n")},
		"apple.yaml": {Data: []byte("frost: 0.5\narea: 0\n")},
	}
	g := new(garden)
	check := func(c *Checker, root Place) {
		c.Fail(root.Key("soil").Value(), root.Key("soil"), "of a default")
		c.Fail(root.Value(), root, "at the very top")
	}
	_, err := gardens.LoadBytes("my.yaml", []byte(`from: base
size: [1, 101]
beds:
    a: {share: 1, crop: x, rows: 10, crop: y}
    b: {share: -1, colour: red}
zone: 5
`), builtin, []Set{set("seed", "-1"),
		{Path: "organic", Value: "maybe", Flag: "--organic"}}, g, check)
	want := `--set seed: found -1, want a whole number from 0 to 18,446,744,073,709,551,615
--organic: found "maybe", want true or false
my.yaml:1:1: at the very top
my.yaml:2:11: size[1]: found 101, want a whole number from 1 to 100
my.yaml:4:34: beds.a.rows: found 10, want a whole number from 1 to 9
my.yaml:4:38: beds.a.crop: found "crop" again after line 4, want it once
my.yaml:5:16: beds.b.share: found -1, want a percentage or a weight of at least 0, such as 60% or 3
my.yaml:5:20: beds.b: unknown key "colour", want share, rows, crop or sunny
my.yaml:6:1: unknown key "zone", want from, name, motto, climate, fence, area, slope, frost, ` +
		`seed, organic, watered, opens, tools, size, beds, crops, rain, paths, soil, compost, ` +
		`visitors, hedges or lend
apple.yaml:1:8: frost: found 0.5, want a whole number from -30 to 10
apple.yaml:2:7: area: found 0, want a number above 0
base.yaml:1:8: slope: found 11, want a number from -10 to 10`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}

	// What a default breaks follows from what a parent says.
	builtin["zoo.yaml"] = &fstest.MapFile{Data: []byte("slope: 11\n")}
	_, err = gardens.LoadBytes("my.yaml", []byte("from: zoo"), builtin, nil, g,
		func(c *Checker, root Place) { c.Fail(root.Key("soil").Value(), root, "of a default") })
	want = "zoo.yaml:1:8: slope: found 11, want a number from -10 to 10"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}

	// Blocks that share a fault say it once, with the shortest path.
	_, err = gardens.LoadBytes("my.yaml", nil, nil, nil, g, func(c *Checker, root Place) {
		crops := root.Key("crops")
		c.Fail(crops.Value(), crops.Key("beans"), "the same")
		c.Fail(crops.Value(), crops, "the same")
		c.Fail(crops.Value(), crops, "another")
	})
	want = "defaults.yaml:14:3: crops: another\ndefaults.yaml:14:3: crops: the same"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestErrorsAreBounded: an error spells out 50 problems and counts the others.
func TestErrorsAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 60 {
		if fmt.Fprintf(&text, "wrong%d: 1\n", i); i != 49 && i != 50 {
			continue
		}
		_, _, err := plant(text.String())
		if err == nil {
			t.Fatal("planted")
		}
		if got := strings.Contains(err.Error(), "\n… and 1 more"); got != (i == 50) {
			t.Errorf("%d problems: %v", i+1, err)
		}
	}
	_, _, err := plant(text.String())
	if got := strings.Count(err.Error(), "\n"); got != 50 || !strings.HasSuffix(err.Error(),
		"\n… and 10 more") {
		t.Errorf("got %d lines and %v", got+1, err)
	}
}
