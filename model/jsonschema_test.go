package model

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/percorso/percorso/model/document"
)

const schemaFile = "scenario.schema.json"

var updateSchema = flag.Bool("update-schema", false, "rewrite "+schemaFile)

// TestSchemaFileIsCurrent holds that the file editors use is what the code says.
func TestSchemaFileIsCurrent(t *testing.T) {
	if *updateSchema {
		if err := os.WriteFile(schemaFile, JSONSchema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, JSONSchema()) {
		t.Errorf("%s is out of date, run go generate ./model", schemaFile)
	}
}

// scenarioSchema compiles the schema with an implementation that is not ours.
func scenarioSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaFile, document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asEditorsDo turns a document into what a reader of YAML 1.2 makes of it: 10_000 is a text there.
func asEditorsDo(n *document.Node) any {
	switch n.Kind {
	case document.NullNode:
		return nil
	case document.MapNode:
		m := map[string]any{}
		for _, p := range n.Pairs {
			m[p.Key] = asEditorsDo(p.Value)
		}
		return m
	case document.ListNode:
		items := []any{}
		for _, item := range n.Items {
			items = append(items, asEditorsDo(item))
		}
		return items
	}
	x, ok := document.ParseNumber(n.Text)
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

// validate returns what the schema says about a document.
func validate(t testing.TB, schema *jsonschema.Schema, file string, src []byte) error {
	t.Helper()
	root, err := document.Read(file, src)
	if root == nil {
		t.Fatalf("%s: %v", file, err)
	}
	return schema.Validate(asEditorsDo(root))
}

// TestSchemaAcceptsWhatLoads holds that editors mark nothing in a scenario that is right: not in
// the defaults, the built-in scenarios, one with every form, nor in what Resolved writes.
func TestSchemaAcceptsWhatLoads(t *testing.T) {
	schema := scenarioSchema(t)
	right := map[string][]byte{"defaults.yaml": defaultsYAML, "market": []byte(market),
		"resolved": load(t, market).Resolved(),
		"removes": []byte("from: fashion\nchannels: {email: off, store: {without: off}}\n" +
			"campaigns: ~\n")}
	for _, pattern := range []string{"../scenarios/*.yaml", "../testdata/bad/from/good.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if right[file], err = os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, src := range right {
		if err := validate(t, schema, name, src); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// needsTheWholeDocument are the wrong scenarios that only Load can tell: each key and value is
// possible by itself, or no YAML reader gets past them.
var needsTheWholeDocument = []string{
	"advertising-channels.yaml", "anchors.yaml", "contradiction.yaml", "cycle.yaml", "documents.yaml",
	"duplicate-key.yaml", "ids.yaml", "missing-parent.yaml", "never-entered.yaml", "never-left.yaml",
	"no-shops-to-collect.yaml", "no-stages.yaml", "no-stores.yaml",
	"nothing-to-do.yaml", "nowhere-to-buy.yaml", "payday.yaml", "removes-nothing.yaml",
	"reserved-stages.yaml", "row-twice.yaml", "segment-journey.yaml", "sessions-sum.yaml",
	"tiny-weights.yaml", "correlated-twice.yaml", "question-mark.yaml",
	"advertising-nowhere.yaml", "unknown-parent.yaml", "unknown-stages.yaml",
	"satisfaction-channel.yaml", "satisfaction-nowhere.yaml", "season-payday.yaml",
	"nothing-ordered.yaml", "market-spell.yaml", "market-stock.yaml", "omnichannel.yaml",
	"service-channels.yaml", "service-no-phone.yaml", "service-weights.yaml",
	"churn-contracts.yaml", "churn-together.yaml", "loyalty.yaml",
	"population-empty.yaml", "population-months.yaml", "population-nobody.yaml",
	"word_of_mouth-channels.yaml", "word_of_mouth-nowhere.yaml", "word_of_mouth-without-end.yaml",
	"cart-follow-up.yaml", "cart-no-stage.yaml", "cart-stages.yaml", "fulfilment-returns.yaml",
	"years.yaml", "no-visits.yaml", "segment-categories.yaml",
	"advertising-list.yaml", "market-coupons.yaml",
}

// TestSchemaRefusesWrongStructure holds that editors mark every wrong scenario but those.
func TestSchemaRefusesWrongStructure(t *testing.T) {
	schema := scenarioSchema(t)
	files, err := filepath.Glob("../testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	refused := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		root, _ := document.Read(file, src)
		if root == nil {
			continue
		}
		want := !slices.Contains(needsTheWholeDocument, filepath.Base(file))
		if want {
			refused++
		}
		if err := schema.Validate(asEditorsDo(root)); (err != nil) != want {
			t.Errorf("%s: the schema says %v, want it refused: %v", file, err, want)
		}
	}
	if refused < 20 {
		t.Errorf("only %d scenarios were tried", refused)
	}
}

// TestSchemaDocumentsEveryKey holds that an editor can explain each key.
func TestSchemaDocumentsEveryKey(t *testing.T) {
	keys := 0
	var walk func(path string, schema any)
	walk = func(path string, schema any) {
		m, ok := schema.(map[string]any)
		if !ok {
			return
		}
		if properties, ok := m["properties"].(map[string]any); ok {
			for key, property := range properties {
				keys++
				if property.(map[string]any)["description"] == nil {
					t.Errorf("%s.%s has no description", path, key)
				}
			}
		}
		for key, inner := range m {
			walk(path+"."+key, inner)
		}
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	walk("", document)
	if keys < 100 {
		t.Errorf("found %d keys, want them all", keys)
	}
}
