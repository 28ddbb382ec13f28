package readers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// groupRows is how many rows a row group of our Parquet files has; the last of a file may have
// fewer. Rows of more than 96 encoded bytes would make smaller ones, but no table has them.
const groupRows = 1 << 18

// long returns datasets whose events need several row groups.
func long(t *testing.T, kinds []sample) []*sample {
	t.Helper()
	return generate(t, market(t, 5*groupRows/2, 1), table.TruthSeparate, kinds, simulate.Options{})
}

// What the footer of a file says of each column of a row group, its values, the missing ones and
// the extremes, is what is in its pages. Row groups are large and all of a size.
func TestParquetStatisticsAreTrue(t *testing.T) {
	for _, d := range long(t, only("parquet")) {
		r := openDuckDB(t)
		d.compare(t, r)
		for _, table := range d.tables {
			s := &table.schema
			r.ask(t, fmt.Sprintf("CREATE OR REPLACE TABLE said AS FROM parquet_metadata('%s')",
				d.firstFile(s.Name)))
			r.ask(t, fmt.Sprintf("CREATE OR REPLACE TABLE scanned AS SELECT *, file_row_number // %d "+
				"AS grp FROM read_parquet('%s', file_row_number=true)", groupRows, d.firstFile(s.Name)))
			for _, c := range s.Columns {
				query := fmt.Sprintf(`
					SELECT row_group_id, num_values, stats_null_count,
						CAST(stats_min_value AS %[2]s), CAST(stats_max_value AS %[2]s)
					FROM said WHERE path_in_schema = '%[1]s' ORDER BY ALL`, c.Name, r.typeOf(c))
				got := lines(r.ask(t, query))
				scan := fmt.Sprintf("SELECT grp, count(*), count(*) - count(%[1]s), min(%[1]s), "+
					"max(%[1]s) FROM rows GROUP BY grp ORDER BY grp", c.Name)
				same(t, d, s.Name+"."+c.Name, got, r.overRows(t, scan, "FROM scanned"))
				wrong := firstIsAnother(c, "file_row_number = 0", "scanned")
				if slices.Equal(got, r.overRows(t, scan, wrong)) {
					t.Errorf("%s.%s: nobody sees that a value is another", s.Name, c.Name)
				}
			}
		}
	}
}

// The same question gets the same answer from the files, where DuckDB skips what our statistics
// rule out, and from a table of its own with their rows.
func TestStatisticsSkipNothingThatMatters(t *testing.T) {
	d := long(t, only("parquet")[:1])[0]
	r := openDuckDB(t)
	d.load(t, r)
	events := &d.tables[table.TableEvents].schema
	files := d.relation(r, events)
	asked := 0
	for _, where := range predicates(t, r) {
		got := r.portrait(t, events, files+" WHERE "+where)
		want := r.portrait(t, events, "events WHERE "+where)
		if diff := got.differs(want); diff != "" {
			t.Errorf("WHERE %s:\n%s", where, diff)
		}
		if want[0] != "rows 0" {
			asked++
		}
	}
	if asked < 40 {
		t.Errorf("%d questions had an answer, want more", asked)
	}
	for _, c := range events.Columns {
		const figures = "SELECT count(*), count(%[1]s), min(%[1]s), max(%[1]s) FROM %[2]s"
		got := r.ask(t, fmt.Sprintf(figures, c.Name, files))
		want := r.ask(t, fmt.Sprintf(figures, c.Name, "events"))
		same(t, d, c.Name, lines(got), lines(want))
	}
}

// predicates are conditions on events: on times, products and ids, some of which no event meets.
func predicates(t *testing.T, r *reader) []string {
	t.Helper()
	list := []string{
		"event_time < '2001-01-01'", "event_time > '2199-01-01'", "product_id = 'none such'",
		"product_id IS NULL", "product_id IS NOT NULL", "user_id IS NULL", "score IS NOT NULL",
		"revenue > 200", "revenue < 0", "quantity >= 3", "home_city < 'C'", "home_city > 'zz'",
	}
	quantiles := r.ask(t, "SELECT epoch_us(event_time) FROM events QUALIFY "+
		"row_number() OVER (ORDER BY event_time) % (SELECT count(*) // 17 FROM events) = 0")
	for _, row := range quantiles {
		list = append(list,
			"event_time = make_timestamptz("+row[0]+")",
			"event_time >= make_timestamptz("+row[0]+
				") AND event_time < make_timestamptz("+row[0]+" + 86_400_000_000)")
	}
	for _, column := range []string{"product_id", "event_id", "user_id", "order_id", "page"} {
		values := r.ask(t, fmt.Sprintf("SELECT DISTINCT %[1]s FROM events WHERE %[1]s IS NOT NULL "+
			"ORDER BY hash(%[1]s) LIMIT 5", column))
		for _, row := range values {
			list = append(list, column+" = '"+strings.ReplaceAll(row[0], "'", "''")+"'")
		}
	}
	return list
}
