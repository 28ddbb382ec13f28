package document

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchemaOfBees holds a whole schema.
func TestSchemaOfBees(t *testing.T) {
	spec := Spec{Kind: "apiary", Type: reflect.TypeFor[bees](), Defaults: []byte("hives: 3")}.Ready()
	want := `{
  "$defs": {
    "percent": {
      "pattern": "^[+]?(0|[1-9][0-9_]*)(\\.[0-9]+)?%$",
      "type": "string"
    },
    "removed": {
      "description": "off or nothing: removes the value of the apiary in from",
      "enum": [
        "off",
        null
      ]
    },
    "span": {
      "description": "a duration such as 90min, 4h or 2.5d; units s, min, h, d",
      "pattern": "^[+]?(0|[1-9][0-9_]*)(\\.[0-9]+)?(s|min|h|d)$",
      "type": "string"
    }
  },
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "additionalProperties": false,
  "properties": {
    "hives": {
      "anyOf": [
        {
          "minimum": 1,
          "type": "integer"
        },
        {
          "pattern": "^[1-9][0-9]*(([_,][0-9]+)+|(_[0-9]+)*(\\.[0-9]+)?[kKM])$",
          "type": "string"
        },
        {
          "$ref": "#/$defs/removed"
        }
      ],
      "default": 3,
      "description": "boxes"
    }
  },
  "title": "Apiary",
  "type": "object"
}
`
	if got := string(spec.JSONSchema("Apiary")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// gardenSchema compiles the schema of gardens with an implementation that is not ours.
func gardenSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(gardens.JSONSchema("Garden")))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("garden.json", text); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("garden.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asEditorsDo turns a text into what a reader of YAML 1.2 makes of it: 10_000 is a text there.
func asEditorsDo(t *testing.T, text string) any {
	t.Helper()
	root, err := Read("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var plain func(n *Node) any
	plain = func(n *Node) any {
		switch n.Kind {
		case NullNode:
			return nil
		case MapNode:
			m := map[string]any{}
			for _, p := range n.Pairs {
				m[p.Key] = plain(p.Value)
			}
			return m
		case ListNode:
			items := []any{}
			for _, item := range n.Items {
				items = append(items, plain(item))
			}
			return items
		}
		x, ok := ParseNumber(n.Text)
		switch {
		case n.Quoted || strings.Contains(n.Text, "_"):
			return n.Text
		case ok:
			return x
		case n.Text == "true" || n.Text == "false":
			return n.Text == "true"
		}
		return n.Text
	}
	return plain(root)
}

// TestSchemaAcceptsWhatLoads: editors mark nothing in a garden that is right.
func TestSchemaAcceptsWhatLoads(t *testing.T) {
	schema := gardenSchema(t)
	_, doc := grow(t, richGarden)
	for _, text := range []string{"{}", gardenDefaults,
		strings.ReplaceAll(string(doc.YAML("all", true)), "1_000.5", "1_000"),
		"from: village\nbeds: {east: off, west: {rows: off, crop: ~}}\ntools: off\nfence: off\n",
		"visitors: {hens: on, bees: {hives: 1_000}}", "visitors: {hens: off}", "area: 10_000",
		"paths: {a > b: off, c>d: {c: 60%}, a: {d: 1e9}}", "crops: {peas: {loss: 50%}}",
		"beds: {a: {share: 5}, é: {share: 60%}}", "hedges: {north: {part: 1}}", "slope: -10",
		"lend: {tom: [hoe], tim: off}", "compost: {heat: 20}", "opens: 2025-01-01"} {
		if err := schema.Validate(asEditorsDo(t, text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestSchemaRefusesWrongStructure: editors mark what no garden can say.
func TestSchemaRefusesWrongStructure(t *testing.T) {
	schema := gardenSchema(t)
	for _, text := range []string{"[]", "zone: 1", "climate: hot", "fence: Hedge", "area: 0",
		"area: x", "slope: 10.5", "slope: -11", "frost: 1.5", "seed: -1", "organic: maybe", "watered: 2",
		"tools: hoe", "tools: [saw]", "size: [1]", "size: [1, 2, 3]", "size: [0, 1]", "motto: {}",
		"tools: [" + strings.Repeat("hoe,", 65) + "]", "motto: " + strings.Repeat("x", 501),
		"beds: {a: {rows: 10}}", "beds: {a b: {}}", "beds: {a: {colour: red}}", "beds: {a: on}",
		"rain: {may: 1}", "rain: {summer: 501}", "crops: {peas: {loss: 0.6}}", "hedges: {west: {}}",
		"hedges: {north: {part: -1}}", "soil: {mud: 1}", "soil: {clay: off}", "visitors: {hens: maybe}",
		"visitors: {bees: {hives: 0}}", "visitors: {cows: on}", "paths: {a > b > c: {d: 1}}",
		"beds: {" + strings.Repeat("x", 65) + ": {}}", "compost: {heat: 71}", "compost: on"} {
		if schema.Validate(asEditorsDo(t, text)) == nil {
			t.Errorf("accepted: %s", text)
		}
	}
}

// TestSchemaExplainsEveryKey: each has its documentation, and its default if it has one.
func TestSchemaExplainsEveryKey(t *testing.T) {
	var schema struct {
		Properties map[string]struct {
			Description string
			Default     any
		}
		Defs map[string]struct {
			Properties map[string]struct{ Description string }
			Required   []string
		} `json:"$defs"`
	}
	if err := json.Unmarshal(gardens.JSONSchema("Garden"), &schema); err != nil {
		t.Fatal(err)
	}
	if got, want := len(schema.Properties), len(KeysOf(gardens.Type)); got != want {
		t.Errorf("got %d keys, want %d", got, want)
	}
	for key, property := range schema.Properties {
		f, _ := FieldOf(gardens.Type, key)
		if property.Description != f.Tag.Get("doc") {
			t.Errorf("%s: got %q", key, property.Description)
		}
	}
	for key, want := range map[string]any{"area": 100.0, "fence": "hedge", "watered": "2d",
		"slope": nil, "beds": nil} {
		if got := schema.Properties[key].Default; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	for name, keys := range map[string]int{"bed": 4, "crop": 2, "hens": 3, "bees": 1, "compost": 2,
		"hedge": 1, "visitors": 2} {
		if got := len(schema.Defs[name].Properties); got != keys {
			t.Errorf("%s: got %d keys, want %d", name, got, keys)
		}
		if got := schema.Defs[name].Required; got != nil {
			t.Errorf("%s: %v cannot be left out, though a parent may give it", name, got)
		}
	}
}

// shelf holds books, which lists and whole values always say in full.
type shelf struct {
	Books []book          `yaml:"books" doc:"in their order"`
	Best  map[string]book `yaml:"best" doc:"of each kind"`
}

type book struct {
	Title string `yaml:"title" doc:"on its back" must:"true"`
	Mark  string `yaml:"mark" doc:"that it gets" must:"derived"`
	Pages int    `yaml:"pages" doc:"of paper" range:"1..9_999"`
}

// TestSchemaOfWholeValues: what is replaced as one must be complete, and nothing in it can be off.
func TestSchemaOfWholeValues(t *testing.T) {
	spec := Spec{Kind: "shelf", Type: reflect.TypeFor[shelf]()}.Ready()
	var schema struct {
		Defs map[string]struct {
			Required   []string
			Properties map[string]struct{ AnyOf []any }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(spec.JSONSchema("Shelf"), &schema); err != nil {
		t.Fatal(err)
	}
	got := schema.Defs["book"]
	if !reflect.DeepEqual(got.Required, []string{"title"}) ||
		len(got.Properties["pages"].AnyOf) != 2 || len(got.Properties["title"].AnyOf) != 0 {
		t.Errorf("got %+v", got)
	}
	spec = Spec{Kind: "shelf", Type: reflect.TypeFor[shelf](),
		Whole: []reflect.Type{reflect.TypeFor[map[string]book]()}}.Ready()
	if text := string(spec.JSONSchema("Shelf")); strings.Count(text, `"#/$defs/removed"`) != 2 {
		t.Errorf("a book of a whole map can be removed:\n%s", text)
	}
}

// TestAnyOfIsFlat: alternatives inside alternatives become its own, but for those that say more.
func TestAnyOfIsFlat(t *testing.T) {
	a, b, c := Object{"const": 1}, Object{"const": 2}, Object{"const": 3}
	more := Object{"anyOf": []Object{b}, "description": "more"}
	got := AnyOf(AnyOf(a, b), c, more)
	if want := (Object{"anyOf": []Object{a, b, c, more}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
