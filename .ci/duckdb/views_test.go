package readers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// view runs views.sql of a dataset in its folder, as users do, in a DuckDB of its own.
func (d *sample) view(t *testing.T) *reader {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.dir, "views.sql"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(d.dir)
	r := openDuckDB(t)
	r.ask(t, "SET TimeZone = 'Asia/Tokyo'")
	for range 2 { // again is no harm
		r.ask(t, string(text))
	}
	return r
}

// The views have every row and every value of the tables, with their types, in every format and
// compression, in one file for each run of towns or in a folder for each day; in those that name
// their day it is a column more.
func TestViewsReadEveryTable(t *testing.T) {
	w := market(t, 40_000, 3)
	kinds := generate(t, w, table.TruthSeparate, everyKind(), simulate.Options{})
	kinds = append(kinds, generate(t, w, table.TruthInline, oneOfEach(), simulate.Options{})...)
	days := oneOfEach()
	for i := range days {
		days[i].partition = dataset.PartitionDate
	}
	kinds = append(kinds, generate(t, w, table.TruthSeparate, days, simulate.Options{})...)
	for _, d := range kinds {
		t.Run(d.String()+d.partition, func(t *testing.T) { d.compareViews(t, d.view(t)) })
	}
}

// compareViews holds the views against the census.
func (d *sample) compareViews(t *testing.T, r *reader) {
	t.Helper()
	for _, of := range d.tables {
		s := &of.schema
		if diff := r.portrait(t, s, s.Name).differs(of.portrait()); diff != "" {
			t.Errorf("view %s:\n%s", s.Name, diff)
		}
		want := r.columns(s)
		if folders, _ := filepath.Glob(filepath.Join(s.Name, "date=*")); len(folders) > 0 {
			want = append(want, "date DATE")
		}
		types := r.ask(t, "SELECT column_name, column_type FROM (DESCRIBE "+s.Name+")")
		same(t, d, s.Name, lines(types), want)
	}
	// Naples is of the province NA.
	if n := r.ask(t, "SELECT count(*) FROM stores WHERE province = 'NA'")[0][0]; n == "0" {
		t.Errorf("%v: no store is in the province NA", d)
	}
	if zone := r.ask(t, "SELECT current_setting('TimeZone')")[0][0]; zone != "UTC" {
		t.Errorf("%v: moments are shown in %s", d, zone)
	}
}

// What follows from the tables agrees with them, and with what the manifest says.
func TestViewsAgreeWithTheAnswers(t *testing.T) {
	w := market(t, 100_000, 3)
	for _, d := range generate(t, w, table.TruthSeparate, oneOfEach(), simulate.Options{}) {
		r := d.view(t)
		answers := d.answers(t)
		if diff := unanswered(askAnswers(t, r, w), answers); diff != "" {
			t.Errorf("%v: %s", d, diff)
		}
		for _, c := range []struct{ query, answer string }{
			{"SELECT count(*) FROM sessions", "kpis.sessions"},
			{"SELECT sum(add_to_cart_count) FROM sessions", "events.by_type.add_to_cart"},
			{"SELECT sum(begin_checkout_count) FROM sessions", "events.by_type.begin_checkout"},
			{"SELECT sum(view_item_count) FROM sessions", "events.by_type.view_item"},
			{"SELECT count(*) FROM events_local", "events.total"},
			{"SELECT count(*) FROM orders_local", "orders.total"},
		} {
			want, ok := answers[c.answer]
			if got := number(t, r.ask(t, c.query)[0][0]); !ok || got.Cmp(want) != 0 {
				t.Errorf("%v: %s gives %v, the manifest has %s %v", d, c.query, got, c.answer, want)
			}
		}
	}
}

// Each of these queries finds nothing but faults of the views, in two markets that differ.
func TestSessionsAndFirstOrdersAreRight(t *testing.T) {
	queries := map[string]string{
		"sessions that are not those of the events": `SELECT * FROM sessions FULL JOIN (
			SELECT DISTINCT session_id FROM events WHERE session_id IS NOT NULL) AS e USING (session_id)
			WHERE sessions.session_id IS NULL OR e.session_id IS NULL`,
		"sessions that end before they begin": "FROM sessions WHERE ended_at < started_at",
		"sessions that begin without session_start": `FROM sessions ANTI JOIN events ON
			events.session_id = sessions.session_id AND event_type = 'session_start'
			AND event_time = started_at`,
		"sessions whose revenue is not that of their orders": `FROM sessions LEFT JOIN (
			SELECT session_id, sum(total) AS total, count(*) AS n FROM orders GROUP BY session_id) AS o
			USING (session_id) WHERE revenue <> coalesce(total, 0) OR purchase_count <> coalesce(n, 0)`,
		"sessions without a page that have pages": `FROM sessions
			WHERE (landing_page IS NULL) <> (page_count = 0) AND touchpoint = 'web'`,
		"first orders that are not the first": `FROM first_orders JOIN orders USING (user_id)
			WHERE orders.ordered_at < first_orders.ordered_at`,
		"customers without exactly one first order": `SELECT user_id FROM orders LEFT JOIN
			(SELECT user_id, count(*) AS n FROM first_orders GROUP BY user_id) AS f USING (user_id)
			WHERE user_id IS NOT NULL AND n IS DISTINCT FROM 1`,
		"events whose local time is not DuckDB's": `FROM events_local
			WHERE local_time <> event_time AT TIME ZONE '%s' OR local_date <> CAST(local_time AS DATE)`,
		"orders whose local time is not DuckDB's": `FROM orders_local
			WHERE local_time <> ordered_at AT TIME ZONE '%s'`,
	}
	// A session has one of each, so that any_value is no choice.
	for _, column := range []string{"user_id", "device_id", "device_type", "touchpoint",
		"home_city"} {
		queries["sessions with more than one "+column] = "SELECT session_id FROM events WHERE " +
			"session_id IS NOT NULL GROUP BY session_id HAVING count(DISTINCT " + column + ") > 1"
	}
	// Its source is that with which it began.
	for _, column := range []string{"channel", "campaign_id", "utm_source", "utm_medium", "referrer"} {
		queries["sessions that began with another "+column] = "SELECT session_id FROM sessions AS s " +
			"JOIN events AS e USING (session_id) WHERE e.event_type = 'session_start' AND " +
			"s." + column + " IS DISTINCT FROM e." + column
	}
	for scenario, zone := range map[string]string{"fashion": "America/New_York", "telecom": ""} {
		w := small(t, scenario, zone)
		d := generate(t, w, table.TruthSeparate, oneOfEach()[:1], simulate.Options{})[0]
		r := d.view(t)
		for what, query := range queries {
			query = strings.ReplaceAll(query, "%s", w.Scenario.TimeZone)
			if n := r.ask(t, "SELECT count(*) FROM ("+query+")")[0][0]; n != "0" {
				t.Errorf("%s: there are %s %s", scenario, n, what)
			}
		}
		for _, view := range []string{"sessions", "first_orders", "orders_local"} {
			if r.ask(t, "SELECT count(*) FROM "+view)[0][0] == "0" {
				t.Errorf("%s: %s is empty and proves nothing", scenario, view)
			}
		}
	}
}

// small returns a built-in market of few customers, elsewhere if a zone is given.
func small(t *testing.T, scenario, zone string) *model.World {
	t.Helper()
	sets := []model.Set{{Path: "customers", Value: "1500"}}
	if zone != "" {
		sets = append(sets, model.Set{Path: "time_zone", Value: zone})
	}
	s, err := model.Load(scenario, scenarios.FS, sets...)
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// local_time is what the zone's clocks show at every hour of the days, with half hours, without
// summer time, and where clocks go back for Ramadan.
func TestLocalTimeFollowsTheZone(t *testing.T) {
	for _, zone := range []string{"UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca",
		"America/St_Johns"} {
		w := small(t, "fashion", zone)
		d := generate(t, w, table.TruthNone, oneOfEach()[:1], simulate.Options{})[0]
		r := d.view(t)
		where, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		rows := r.ask(t, "SELECT epoch(h), CAST(local_time(h) AS VARCHAR) FROM generate_series("+
			"TIMESTAMPTZ '2024-01-01 00:00:00Z', TIMESTAMPTZ '2026-12-30 00:00:00Z', "+
			"INTERVAL '1 hour') AS s(h)")
		for _, row := range rows {
			var seconds float64
			if _, err := fmt.Sscan(row[0], &seconds); err != nil {
				t.Fatal(err)
			}
			want := time.Unix(int64(seconds), 0).In(where).Format(time.DateTime)
			if row[1] != want {
				t.Fatalf("%s: %s shows %s, want %s", zone, row[0], row[1], want)
			}
		}
		if len(rows) < 26_000 {
			t.Errorf("%s: only %d hours", zone, len(rows))
		}
	}
}

// The views of all shards together have the rows of the whole, also where a shard has no file of a
// table, or a table no row.
func TestViewsOfShardsAddUp(t *testing.T) {
	w := market(t, 20_000, 2)
	for _, kind := range everyKind() {
		kinds := []sample{kind}
		rows, whole := make(map[string]int64), make(map[string]int64)
		const shards = 3 // the last has no part at all
		for shard := range shards {
			d := generate(t, w, table.TruthSeparate, kinds,
				simulate.Options{Shard: shard + 1, Shards: shards})[0]
			r := d.view(t)
			for _, of := range d.tables {
				var n int64
				fmt.Sscan(r.ask(t, "SELECT count(*) FROM "+of.schema.Name)[0][0], &n)
				rows[of.schema.Name] += n
				whole[of.schema.Name] += of.rows
				if of.table >= table.TableProducts && of.table <= table.TableCampaigns && shard > 0 {
					whole[of.schema.Name] -= of.rows // every run makes the static tables
					if n != 0 {
						t.Errorf("%v: shard %d has %d rows of %s", kind, shard+1, n, of.schema.Name)
					}
				}
				types := r.ask(t, "SELECT column_name, column_type FROM (DESCRIBE "+of.schema.Name+")")
				same(t, d, of.schema.Name, lines(types), r.columns(&of.schema))
			}
			for _, view := range []string{"sessions", "first_orders", "events_local"} {
				r.ask(t, "FROM "+view)
			}
		}
		for name, n := range whole {
			if rows[name] != n {
				t.Errorf("%v: %d rows of %s, want %d", &kind, rows[name], name, n)
			}
		}
	}
}
