package main

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// What dbt documents of a properties file with sources, as far as we use it: any other key is an
// error, and so is a test with other arguments than its own.
type (
	documentedFile struct {
		Version int
		Sources []struct {
			Name        string
			Description string
			Tables      []struct {
				Name        string
				Description string
				Columns     []documentedColumn
			}
		}
	}
	documentedColumn struct {
		Name        string
		Description string
		DataTests   []documentedTest `yaml:"data_tests"`
	}
	documentedTest struct {
		Name           string // of unique and not_null, which are a word
		AcceptedValues *struct {
			Arguments struct{ Values []string }
		} `yaml:"accepted_values"`
		Relationships *struct {
			Arguments struct{ To, Field string }
		}
	}
)

// UnmarshalYAML takes a word, or a map of one test.
func (d *documentedTest) UnmarshalYAML(text []byte) error {
	if yaml.Unmarshal(text, &d.Name) == nil {
		return nil
	}
	type plain documentedTest
	return yaml.UnmarshalWithOptions(text, (*plain)(d), yaml.Strict())
}

// TestDBTSourcesAreAsDocumented holds that the sources are what dbt reads: strictly its keys, each
// name once, the four tests, and relationships with columns that are there.
func TestDBTSourcesAreAsDocumented(t *testing.T) {
	for _, only := range [][]string{nil, {"events"}, {"orders", "customers"}} {
		text := printed(t, append([]string{"schema", "tables", "--format", "dbt"}, only...)...)
		var file documentedFile
		if err := yaml.UnmarshalWithOptions([]byte(text), &file, yaml.Strict()); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if file.Version != 2 || len(file.Sources) != 1 {
			t.Fatalf("version %d, %d sources", file.Version, len(file.Sources))
		}
		source, columns := file.Sources[0], make(map[string]documentedColumn)
		for _, of := range source.Tables {
			for _, c := range of.Columns {
				name := of.Name + "." + c.Name
				if _, twice := columns[name]; twice || c.Description == "" || of.Description == "" {
					t.Errorf("%s is there twice, or has no description", name)
				}
				columns[name] = c
			}
		}
		if only != nil && len(source.Tables) != len(only) {
			t.Errorf("%d tables, want %q", len(source.Tables), only)
		}
		counts := make(map[string]int)
		for name, c := range columns {
			for _, test := range c.DataTests {
				switch {
				case test.Name == "unique" || test.Name == "not_null":
					counts[test.Name]++
				case test.AcceptedValues != nil && len(test.AcceptedValues.Arguments.Values) > 1:
					counts["accepted_values"]++
				case test.Relationships != nil:
					counts["relationships"]++
					a := test.Relationships.Arguments
					other := strings.TrimSuffix(strings.TrimPrefix(a.To, "source('percorso', '"), "')")
					if _, ok := columns[other+"."+a.Field]; !ok {
						t.Errorf("%s is related to %s.%s, which is not there", name, a.To, a.Field)
					}
				default:
					t.Errorf("%s has an unknown test %+v", name, test)
				}
			}
		}
		if only == nil && (counts["unique"] != len(uniqueColumns) || counts["relationships"] !=
			len(joins) || counts["not_null"] < 100 || counts["accepted_values"] < 20) {
			t.Errorf("there are %v tests", counts)
		}
		for right, wrong := range map[string]string{"data_tests:": "data_test:",
			"description:": "doc:", "arguments:": "argument:"} {
			mutant := strings.Replace(text, right, wrong, 1)
			if yaml.UnmarshalWithOptions([]byte(mutant), new(documentedFile), yaml.Strict()) == nil {
				t.Errorf("nobody sees that %s is %s", right, wrong)
			}
		}
	}
}
