package readers

import (
	"fmt"
	"testing"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// Shards that are merged read like the dataset of the run without shards, and give its answers.
func TestMergedShardsReadLikeTheWhole(t *testing.T) {
	w := market(t, 50_000, 4)
	for _, kind := range oneOfEach() {
		kinds := []sample{kind}
		whole := generate(t, w, table.TruthSeparate, kinds, simulate.Options{})[0]
		var dirs []string
		for shard := range 3 {
			d := generate(t, w, table.TruthSeparate, kinds, simulate.Options{Shard: shard + 1, Shards: 3})[0]
			dirs = append(dirs, d.dir)
		}
		merged := *whole
		merged.dir = t.TempDir()
		if _, err := dataset.Merge(t.Context(), dirs, merged.dir, false); err != nil {
			t.Fatal(err)
		}
		t.Run(merged.String(), func(t *testing.T) {
			r := openDuckDB(t)
			merged.compare(t, r)
			merged.load(t, r)
			if diff := unanswered(askAnswers(t, r, w), whole.answers(t)); diff != "" {
				t.Error(diff)
			}
			for _, table := range merged.tables {
				s := &table.schema
				r.ask(t, fmt.Sprintf("CREATE TABLE whole_%s AS FROM %s", s.Name, whole.relation(r, s)))
				if n := unlike(t, r, s.Name, "whole_"+s.Name); n != "0" {
					t.Errorf("table %s: %s rows are not those of the whole", s.Name, n)
				}
			}
		})
	}
}

// A dataset with a folder for each day has the same rows, and DuckDB takes the local day of each
// event from the name of its folder.
func TestFoldersOfDaysReadLikeTheWhole(t *testing.T) {
	w := market(t, 50_000, 2)
	days := oneOfEach()
	for i := range days {
		days[i].partition = dataset.PartitionDate
	}
	whole := generate(t, w, table.TruthSeparate, oneOfEach()[:1], simulate.Options{})[0]
	for _, d := range generate(t, w, table.TruthSeparate, days, simulate.Options{}) {
		r := openDuckDB(t)
		d.census = whole.census
		d.compare(t, r)
		const strays = "SELECT count(*) FROM %s WHERE date <> CAST(event_time AT TIME ZONE '%s' AS DATE)"
		events := d.relation(r, &d.tables[table.TableEvents].schema)
		for zone, all := range map[string]bool{w.Scenario.TimeZone: true, "UTC": false} {
			n := r.ask(t, fmt.Sprintf(strays, events, zone))[0][0]
			if (n == "0") != all {
				t.Errorf("%v: %s events are not of the day of their folder in %s", d, n, zone)
			}
		}
	}
}
