package document

import (
	"io/fs"
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"github.com/percorso/percorso/model/table"
)

// A garden is a document with every kind of field.
type garden struct {
	From     string              `yaml:"from" doc:"what it builds on"`
	Name     string              `yaml:"name" doc:"of the garden" form:"title" must:"derived"`
	Motto    string              `yaml:"motto" doc:"its own"`
	Climate  string              `yaml:"climate" doc:"the weather" words:"$climates" must:"true"`
	Fence    string              `yaml:"fence" doc:"around it" words:"hedge,wall,off"`
	Area     float64             `yaml:"area" doc:"square metres" range:">0.."`
	Slope    float64             `yaml:"slope" doc:"degrees" range:"-10..10"`
	Frost    int                 `yaml:"frost" doc:"coldest day" range:"-30..10"`
	Seed     uint64              `yaml:"seed" doc:"of chance" range:"0..18_446_744_073_709_551_615"`
	Organic  bool                `yaml:"organic" doc:"no poison"`
	Watered  gap                 `yaml:"watered" doc:"every" range:">0"`
	Opens    day                 `yaml:"opens" doc:"first day"`
	Tools    []string            `yaml:"tools" doc:"in the shed" words:"spade,rake,hoe"`
	Size     [2]int              `yaml:"size" doc:"metres" range:"1..100"`
	Beds     map[string]bed      `yaml:"beds" doc:"with plants"`
	Crops    map[string]crop     `yaml:"crops" doc:"what grows"`
	Rain     map[string]float64  `yaml:"rain" doc:"millimetres" keys:"$seasons" range:"0..500"`
	Paths    map[string]mix      `yaml:"paths" doc:"between beds" form:"pairs"`
	Soil     mix                 `yaml:"soil" doc:"mixed of" keys:"clay,sand,peat"`
	Compost  *compost            `yaml:"compost" doc:"a heap"`
	Visitors visitors            `yaml:"visitors" doc:"when they come"`
	Hedges   map[string]hedge    `yaml:"hedges" doc:"by side" keys:"north,south"`
	Lend     map[string][]string `yaml:"lend" doc:"who lend" words:"spade,rake,hoe"`
}

type bed struct {
	Share float64 `yaml:"share" doc:"of the area" of:"siblings"`
	Rows  int     `yaml:"rows" doc:"of plants" range:"1..9"`
	Crop  string  `yaml:"crop" doc:"that grows" form:"name" must:"true" want:"the name of a crop"`
	Sunny bool    `yaml:"sunny" doc:"all day"`
}

type hedge struct {
	Part float64 `yaml:"part" doc:"of the length" of:"siblings"`
}

type crop struct {
	Sow  gap  `yaml:"sow" doc:"after the opening" must:"true"`
	Loss part `yaml:"loss" doc:"eaten by snails" range:"0..0.5"`
}

// Noun is what errors call a crop.
func (crop) Noun() string { return "plant" }

type compost struct {
	Heat  float64 `yaml:"heat" doc:"degrees" range:"20..70"`
	Turns gap     `yaml:"turns" doc:"every"`
}

// visitors count once they are named.
type visitors struct {
	Hens *hens `yaml:"hens" doc:"free"`
	Bees *bees `yaml:"bees" doc:"in hives"`
}

type hens struct {
	Count int                `yaml:"count" doc:"heads" range:"1..20"`
	Eggs  float64            `yaml:"eggs" doc:"a day" range:"0..1"`
	Names map[string]compost `yaml:"names" doc:"of theirs"`
}

type bees struct {
	Hives int `yaml:"hives" doc:"boxes" range:"1.." must:"true"`
}

// Values of their own.
type (
	gap  time.Duration
	day  struct{ Year, Month, Day int }
	part float64
	mix  map[string]float64
)

func (g *gap) Decode(c *Checker, p Place) { *g = gap(c.Span(p)) }

func (*gap) Schema(*Schemas, string) Object { return Ref("span") }

func (*gap) Wants() string { return WantSpan }

func (d *day) Decode(c *Checker, p Place) {
	t := c.Date(p)
	*d = day{t.Year(), int(t.Month()), t.Day()}
}

func (*day) Schema(*Schemas, string) Object { return Object{"type": "string"} }

func (x *part) Decode(c *Checker, p Place) { *x = part(c.Share(p)) }

func (*part) Schema(b *Schemas, field string) Object {
	return AnyOf(Object{"type": "number", "minimum": 0, "maximum": b.Limit(field).Max}, Ref("percent"))
}

func (m *mix) Decode(c *Checker, p Place) {
	if p.Node.Kind != MapNode {
		c.Wrong(p, "a map such as {a: 60%%, b: 40%%}")
		return
	}
	places := c.Places(p)
	*m = make(mix, len(places))
	for i, x := range c.Weigh(p, places) {
		(*m)[p.Name(places[i])] = x
	}
}

func (*mix) Schema(b *Schemas, field string) Object {
	schema := Object{"type": "object", "additionalProperties": AnyOf(WeightSchema(), Ref("percent"))}
	if keys := b.Keys(field); keys != nil && field == "garden.soil" {
		schema["propertyNames"] = Object{"enum": keys}
	}
	return schema
}

const gardenDefaults = `
climate: mild
fence: hedge
area: 100
frost: -5
seed: 1
organic: true
watered: 2d
opens: 2025-04-01
size: [10, 10]
beds:
  only: {share: 100%, rows: 3, crop: beans}
crops:
  each: {sow: 1d, loss: 10%}
  beans: {sow: 30d}
rain: {spring: 80}
soil: {clay: 1, sand: 1}
visitors:
  hens:
    count: 4
    eggs: 0.8
    names:
      each: {heat: 41}
      berta: {heat: 40}
`

// gardens is the Spec of gardens.
var gardens = Spec{
	Kind:     "garden",
	Hint:     "beds, crops and so on",
	Type:     reflect.TypeFor[garden](),
	Switched: reflect.TypeFor[visitors](),
	Whole:    []reflect.Type{reflect.TypeFor[mix]()},
	Own:      []string{"name", "motto"},
	Lists: map[string][]string{"climates": {"mild", "harsh"},
		"seasons": {"spring", "summer", "autumn"}},
	Forms:    map[string]Form{"title": {IsTitle, "a title"}, "name": {IsName, WantName}},
	Defaults: []byte(gardenDefaults),
	Derive: func(root *Node, title string) {
		Give(root, "name", title)
		if root.Get("compost") == nil && root.Get("motto") != nil {
			Give(GiveBlock(root, "compost"), "heat", "50")
		}
	},
}.Ready()

// builtGardens are those that come with the program.
var builtGardens = fstest.MapFS{
	"village.yaml": {Data: []byte("motto: ours\nname: The Village\nclimate: harsh\nfence: wall\n" +
		"area: 50\ntools: [spade]\nbeds: {east: {share: 1, rows: 2}, west: {share: 3}}\n" +
		"soil: {peat: 100%}\ncompost: {heat: 60, turns: 7d}\nrain: {summer: 30}\n" +
		"paths: {east > west: {north: 1}}\n")},
	"castle.yaml": {Data: []byte("from: village\narea: 5000\nbeds: {west: {rows: 9}}\n")},
	"loop.yaml":   {Data: []byte("from: pool\n")},
	"pool.yaml":   {Data: []byte("from: loop\n")},
}

// check says what no single value can tell: the crops of beds are crops.
func (g *garden) check(c *Checker, root Place) {
	crops := root.Key("crops")
	for _, p := range Blocks(root.Key("beds").Node) {
		name := root.Key("beds").Key(p.Key).Key("crop")
		if c.Clean(name) && !name.Absent() && crops.Key(name.Node.Text).Absent() {
			c.Fail(name.Value(), name, "%s", table.Unknown("plant", name.Node.Text, crops.Names()))
		}
	}
}

// plant loads a garden from a text.
func plant(text string, sets ...Set) (*garden, *Document, error) {
	g := new(garden)
	doc, err := gardens.LoadBytes("my.yaml", []byte(text), builtGardens, sets, g, g.check)
	return g, doc, err
}

// grow loads a garden that must be right.
func grow(t testing.TB, text string, sets ...Set) (*garden, *Document) {
	t.Helper()
	g, doc, err := plant(text, sets...)
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return g, doc
}

// loadFile loads a garden by its name.
func loadFile(name string, builtin fs.FS) (*garden, error) {
	g := new(garden)
	_, err := gardens.Load(name, builtin, nil, g, g.check)
	return g, err
}

// set is a --set.
func set(path, value string) Set {
	return Set{Path: path, Value: value, Flag: "--set", AnyPath: true}
}
