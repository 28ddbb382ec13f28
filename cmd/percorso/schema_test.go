package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/percorso/percorso/model/table"
)

// printed is what a command prints on stdout.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(append([]string{"percorso"}, args...), &stdout, &stderr); code != 0 {
		t.Fatalf("percorso %s: exit code %d: %s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.String()
}

// TestJSONSchemasAreValid holds every JSON Schema that we print against the schema of schemas it
// names, which also finds what is almost right.
func TestJSONSchemasAreValid(t *testing.T) {
	schemas := map[string]string{
		"percorso schema scenario": printed(t, "schema", "scenario"),
		"GET /v1/schema":           served(t, serveOptions(servedWorld(t))).read("/v1/schema"),
	}
	for from, text := range schemas {
		var head struct {
			Schema string `json:"$schema"`
		}
		if err := json.Unmarshal([]byte(text), &head); err != nil {
			t.Fatalf("%s: %v", from, err)
		}
		if head.Schema != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: $schema is %q", from, head.Schema)
		}
		meta, err := jsonschema.NewCompiler().Compile(head.Schema)
		if err != nil {
			t.Fatal(err)
		}
		check := func(text string) error {
			schema, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatalf("%s: %v", from, err)
			}
			return meta.Validate(schema)
		}
		if err := check(text); err != nil {
			t.Errorf("%s: %v", from, err)
		}
		for right, wrong := range map[string]string{`"type":`: `"type":0,"x":`,
			`"properties":`: `"properties":0,"x":`} {
			if mutant := strings.Replace(text, right, wrong, 1); mutant == text || check(mutant) == nil {
				t.Errorf("%s: nobody sees %s", from, wrong)
			}
		}
	}
}

// TestTablesSayWhatIsFilled holds that the JSON of the tables names the types of table.Filled.
func TestTablesSayWhatIsFilled(t *testing.T) {
	var tables []struct {
		Name    string
		Columns []struct {
			Name       string
			Nullable   bool
			Values     []string
			ValuesFrom string              `json:"values_from"`
			FilledFor  map[string][]string `json:"filled_for"`
		}
	}
	if err := json.Unmarshal([]byte(printed(t, "schema", "tables", "--json")), &tables); err != nil {
		t.Fatal(err)
	}
	vocabularies := 0
	for _, of := range tables {
		for at, c := range of.Columns {
			if c.Values != nil {
				vocabularies++
			}
			if of.Name != "events" || !c.Nullable {
				if c.FilledFor != nil {
					t.Errorf("%s.%s is filled for %v", of.Name, c.Name, c.FilledFor)
				}
				continue
			}
			keys := slices.Sorted(maps.Keys(c.FilledFor))
			if !slices.Equal(keys, []string{"always", "sometimes"}) {
				t.Errorf("%s: filled_for has %q", c.Name, keys)
			}
			for i, name := range table.EventTypes {
				got := table.Never
				if slices.Contains(c.FilledFor["always"], name) {
					got = table.Always
				} else if slices.Contains(c.FilledFor["sometimes"], name) {
					got = table.Sometimes
				}
				if want := table.Filled(uint32(i+1), at); got != want {
					t.Errorf("%s of %s: %s, want %s", c.Name, name, table.Fills[got], table.Fills[want])
				}
			}
		}
	}
	if len(tables) != 21 || vocabularies < 20 {
		t.Errorf("%d tables with %d vocabularies", len(tables), vocabularies)
	}
}
