package readers

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// readmeQueries are the queries of the README, each with the answer that stands below it as CSV.
var readmeQueries = regexp.MustCompile("(?s)```sql\n(.*?)\n```\n+```csv\n(.*?)```\n")

// The queries of the README have the answers that it shows, of the dataset that it begins with, in
// every format.
func TestReadmeAnswersItsQueries(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	queries := readmeQueries.FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), "```sql\n"); n != len(queries) {
		t.Errorf("%d queries, %d of them with an answer below", n, len(queries))
	}
	if len(queries) == 0 {
		t.Skip("the README has no query")
	}
	s, err := model.Load("fashion", scenarios.FS, model.Set{Path: "customers", Value: "2000"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range generate(t, w, table.TruthSeparate, oneOfEach(), simulate.Options{}) {
		r := d.view(t)
		for _, q := range queries {
			query, want := strings.TrimSuffix(q[1], ";"), q[2]
			if got := r.csv(t, query); got != want {
				t.Errorf("%v: %s\ngives\n%swant\n%s", d, query, got, want)
			}
		}
	}
}

// csv returns what a query finds as `duckdb -csv` prints it, where no value needs quotes.
func (r *reader) csv(t *testing.T, query string) string {
	t.Helper()
	head := r.ask(t, "SELECT string_agg(column_name, ',') FROM (DESCRIBE "+query+")")
	rows := r.ask(t, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ("+query+")")
	var b strings.Builder
	for _, row := range append(head, rows...) {
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	return b.String()
}
