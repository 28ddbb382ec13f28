package readers

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// dbtQueries are the tests of `percorso schema tables --format dbt` as dbt makes queries of them:
// each finds the rows that fail. They are by what they test.
func dbtQueries(t *testing.T) map[string]string {
	t.Helper()
	command := exec.Command("go", "run", "./cmd/percorso", "schema", "tables", "--format", "dbt")
	command.Dir = filepath.Join("..", "..")
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Sources []struct {
			Tables []struct {
				Name    string
				Columns []struct {
					Name  string
					Tests []any `yaml:"data_tests"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	queries := make(map[string]string)
	for _, of := range file.Sources[0].Tables {
		for _, c := range of.Columns {
			for _, test := range c.Tests {
				what, query := dbtQuery(t, of.Name, c.Name, test)
				queries[fmt.Sprintf("%s.%s is %s", of.Name, c.Name, what)] = query
			}
		}
	}
	return queries
}

func dbtQuery(t *testing.T, of, column string, test any) (what, query string) {
	t.Helper()
	var arguments map[string]any
	if named, ok := test.(map[string]any); ok {
		for name, value := range named {
			test, arguments = name, value.(map[string]any)["arguments"].(map[string]any)
		}
	}
	switch test {
	case "unique":
		query = fmt.Sprintf("SELECT %[2]s FROM %[1]s WHERE %[2]s IS NOT NULL GROUP BY %[2]s "+
			"HAVING count(*) > 1", of, column)
	case "not_null":
		query = fmt.Sprintf("FROM %s WHERE %s IS NULL", of, column)
	case "accepted_values":
		var values []string
		for _, v := range arguments["values"].([]any) {
			values = append(values, fmt.Sprintf("'%v'", v))
		}
		query = fmt.Sprintf("FROM %s WHERE %s NOT IN (%s)", of, column, strings.Join(values, ", "))
	case "relationships":
		other := strings.TrimSuffix(strings.TrimPrefix(arguments["to"].(string),
			"source('percorso', '"), "')")
		query = fmt.Sprintf("FROM %s AS child LEFT JOIN %s AS parent ON child.%s = parent.%s "+
			"WHERE child.%[3]s IS NOT NULL AND parent.%[4]s IS NULL", of, other, column,
			arguments["field"])
	default:
		t.Fatalf("%s.%s: unknown test %v", of, column, test)
	}
	return fmt.Sprint(test), query
}

// The tests that dbt is given hold in markets that differ.
func TestDBTTestsHold(t *testing.T) {
	queries := dbtQueries(t)
	if len(queries) < 200 {
		t.Errorf("only %d tests", len(queries))
	}
	for _, scenario := range []string{"fashion", "telecom", "print-shop"} {
		d := generate(t, small(t, scenario, ""), table.TruthSeparate, oneOfEach()[:1],
			simulate.Options{})[0]
		r := d.view(t)
		for what, query := range queries {
			if n := r.ask(t, "SELECT count(*) FROM ("+query+")")[0][0]; n != "0" {
				t.Errorf("%s: %s fails for %s rows", scenario, what, n)
			}
		}
	}
}
