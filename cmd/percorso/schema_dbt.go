package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// dbtSourceName is what dbt models call the dataset, in source('percorso', 'events').
const dbtSourceName = "percorso"

const dbtHead = `# The tables of percorso as dbt sources. Put this file into models/. If the
# tables are not in a schema called percorso, say where they are with schema and database.
# Tests have arguments, which dbt knows since 1.10.5.
`

// dbtSources is a properties file of dbt with sources.
type dbtSources struct {
	Version int         `yaml:"version"`
	Sources []dbtSource `yaml:"sources"`
}

type dbtSource struct {
	Name        string     `yaml:"name"`
	Description string     `yaml:"description"`
	Tables      []dbtTable `yaml:"tables"`
}

type dbtTable struct {
	Name        string      `yaml:"name"`
	Description string      `yaml:"description"`
	Columns     []dbtColumn `yaml:"columns"`
}

type dbtColumn struct {
	Name        string    `yaml:"name"`
	Description string    `yaml:"description"`
	DataTests   []dbtTest `yaml:"data_tests,omitempty"`
}

// A dbtTest is one of the four tests that dbt has built in.
type dbtTest struct {
	name      string
	arguments *dbtArguments // nil: unique and not_null have none
}

type dbtArguments struct {
	Values []string `yaml:"values,omitempty"` // of accepted_values
	To     string   `yaml:"to,omitempty"`     // of relationships
	Field  string   `yaml:"field,omitempty"`
}

// MarshalYAML is the name of a test, or the name with its arguments.
func (t dbtTest) MarshalYAML() (any, error) {
	if t.arguments == nil {
		return t.name, nil
	}
	return map[string]any{t.name: map[string]any{"arguments": t.arguments}}, nil
}

// uniqueColumns have no value twice, in any dataset.
var uniqueColumns = []string{"events.event_id", "customers.user_id", "orders.order_id",
	"carts.cart_id", "carts.order_id", "returns.return_id", "surveys.survey_id", "reviews.review_id",
	"tickets.ticket_id", "social.social_id", "products.product_id", "stores.store_id",
	"campaigns.campaign_id", "truth_people.person_id", "truth_people.user_id",
	"truth_journeys.journey_id", "truth_events.event_id"}

// joins are columns whose values, where they have one, are in a column of another table, in any
// dataset. A parent or a referral may be of a day that was not written, so these are not here.
var joins = map[string]string{
	"events.user_id": "customers.user_id", "events.campaign_id": "campaigns.campaign_id",
	"events.product_id": "products.product_id", "events.order_id": "orders.order_id",
	"events.store_id": "stores.store_id",
	"orders.user_id":  "customers.user_id", "orders.store_id": "stores.store_id",
	"orders.campaign_id":   "campaigns.campaign_id",
	"order_lines.order_id": "orders.order_id", "order_lines.product_id": "products.product_id",
	"carts.user_id": "customers.user_id", "carts.order_id": "orders.order_id",
	"cart_lines.cart_id": "carts.cart_id", "cart_lines.product_id": "products.product_id",
	"returns.user_id": "customers.user_id", "returns.order_id": "orders.order_id",
	"returns.product_id": "products.product_id", "returns.store_id": "stores.store_id",
	"surveys.user_id": "customers.user_id", "surveys.order_id": "orders.order_id",
	"reviews.user_id": "customers.user_id", "reviews.order_id": "orders.order_id",
	"reviews.product_id": "products.product_id",
	"tickets.user_id":    "customers.user_id", "tickets.order_id": "orders.order_id",
	"social.user_id": "customers.user_id", "social.product_id": "products.product_id",
	"spend.campaign_id":    "campaigns.campaign_id",
	"truth_people.user_id": "customers.user_id", "truth_events.event_id": "events.event_id",
	"truth_events.person_id":     "truth_people.person_id",
	"truth_events.journey_id":    "truth_journeys.journey_id",
	"truth_journeys.person_id":   "truth_people.person_id",
	"truth_identity.person_id":   "truth_people.person_id",
	"truth_holdouts.person_id":   "truth_people.person_id",
	"truth_holdouts.campaign_id": "campaigns.campaign_id",
}

// printDBT prints tables as sources of dbt, with tests of their keys, joins and vocabularies.
func printDBT(out io.Writer, docs []tableDoc) error {
	source := dbtSource{Name: dbtSourceName, Description: "Simulated customer journeys."}
	for i := range docs {
		d := &docs[i]
		t := dbtTable{Name: d.Name, Description: sentence(d.Doc) + "."}
		if d.Truth {
			t.Description += " Truth: hidden from systems under test."
		}
		for _, c := range d.Columns {
			t.Columns = append(t.Columns, dbtColumn{Name: c.Name, Description: c.meaning(),
				DataTests: dbtTests(d.Name, &c, docs)})
		}
		source.Tables = append(source.Tables, t)
	}
	text, err := yaml.MarshalWithOptions(dbtSources{Version: 2, Sources: []dbtSource{source}},
		yaml.IndentSequence(true))
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, dbtHead+string(text))
	return err
}

// dbtTests are the tests of a column. Joins are tested between tables that are printed: dbt knows
// no others.
func dbtTests(table string, c *columnDoc, printed []tableDoc) (tests []dbtTest) {
	column := table + "." + c.Name
	if slices.Contains(uniqueColumns, column) {
		tests = append(tests, dbtTest{name: "unique"})
	}
	if !c.Nullable {
		tests = append(tests, dbtTest{name: "not_null"})
	}
	if c.Values != nil {
		tests = append(tests, dbtTest{"accepted_values", &dbtArguments{Values: c.Values}})
	}
	other, key, _ := strings.Cut(joins[column], ".")
	if slices.ContainsFunc(printed, func(d tableDoc) bool { return d.Name == other }) {
		tests = append(tests, dbtTest{"relationships", &dbtArguments{
			To: fmt.Sprintf("source('%s', '%s')", dbtSourceName, other), Field: key}})
	}
	return tests
}
