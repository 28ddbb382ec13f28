package dataset

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// viewsIn lists the views that a views.sql makes, in its order.
func viewsIn(t *testing.T, dir string) (names []string, text string) {
	t.Helper()
	sql, err := os.ReadFile(filepath.Join(dir, viewsName))
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`VIEW (\w+) AS`).FindAllStringSubmatch(string(sql), -1) {
		names = append(names, found[1])
	}
	return names, string(sql)
}

// There is a view for each table that is written, and what follows from tables only where they are.
func TestViewsAreOfTheTablesThatAreWritten(t *testing.T) {
	for _, c := range []struct{ tables, want []string }{
		{nil, append(tableNames(), "events_local", "sessions", "orders_local", "first_orders")},
		{[]string{"events", "stores"}, []string{"events", "stores", "events_local", "sessions"}},
		{[]string{"orders"}, []string{"orders", "orders_local", "first_orders"}},
		{[]string{"products", "truth_events"}, []string{"products", "truth_events"}},
	} {
		dir := t.TempDir()
		write(t, dir, handmade.World(2), options(t, "csv", "gzip", c.tables...))
		if got, _ := viewsIn(t, dir); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.tables, got, c.want)
		}
	}
}

// The views of a dataset say nothing of where it is, who wrote it and in how many parts, so that
// they are the same in every folder. Those of a shard have all tables; what it has no file of is
// empty.
func TestViewsAreTheSameInEveryFolder(t *testing.T) {
	w, opt := handmade.World(5), options(t, "jsonl", "zstd")
	dirs := append(shards(t, w, opt, 7), t.TempDir(), t.TempDir())
	write(t, dirs[7], w, opt)
	write(t, dirs[8], handmade.World(3), opt)
	_, whole := viewsIn(t, dirs[7])
	for i, dir := range dirs {
		names, text := viewsIn(t, dir)
		switch i {
		case 0, 7, 8: // the first shard has the static tables
			if text != whole {
				t.Errorf("folder %d: other views than those of the whole run", i)
			}
		case 1, 2, 3, 4, 5, 6: // shards 6/7 and 7/7 have no part at all
			if empty, want := strings.Count(text, "WHERE false"), 4; i < 5 && empty != want ||
				i >= 5 && empty != len(tableNames()) {
				t.Errorf("shard %d/7: %d tables are empty", i+1, empty)
			}
			if len(names) != len(tableNames())+4 {
				t.Errorf("shard %d/7 has the views %q", i+1, names)
			}
		}
	}
}

// Days are folders, whose names are a column; snapshots and static tables have none.
func TestViewsOfDays(t *testing.T) {
	m := Manifest{Format: "parquet", Compression: "snappy", TimeZone: "UTC", Start: "2025-01-01",
		Days: 2, Parts: 2, Partition: PartitionDate, Truth: table.TruthNone,
		Tables: []TableFiles{{Name: "events"}, {Name: "customers", Snapshot: true},
			{Name: "stores", Static: true}}}
	text, err := m.viewsSQL()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"read_parquet('events/date=*/*.parquet',\n  hive_partitioning = true",
		"read_parquet('customers/*.parquet')", "read_parquet('stores/*.parquet')"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// The offsets are those of the zone at every hour of the days, those before and those after.
func TestOffsetsAreThoseOfTheZone(t *testing.T) {
	for zone, changes := range map[string]int{"UTC": 0, "Asia/Kolkata": 0, "Europe/Rome": 8,
		"America/New_York": 8, "Australia/Lord_Howe": 8, "Africa/Casablanca": 8} {
		m := Manifest{TimeZone: zone, Start: "2025-01-01", Days: 365, Warmup: 400}
		before, last, err := m.offsets()
		if err != nil || len(before) != changes {
			t.Errorf("%s: %d changes, want %d (%v)", zone, len(before), changes, err)
		}
		where, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2022, 11, 29, 0, 0, 0, 0, time.UTC)
		for ; at.Before(time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)); at = at.Add(time.Hour) {
			want := at.In(where).Format("-07:00:00") // with + where SQL has nothing
			got := last
			for _, o := range before {
				if at.Format("2006-01-02 15:04:05+00") < o.Until {
					got = o.Ahead
					break
				}
			}
			if got != strings.TrimPrefix(want, "+") {
				t.Fatalf("%s at %v: got %s, want %s", zone, at, got, want)
			}
		}
	}
}

// registerPlain makes a format that DuckDB knows nothing of.
var registerPlain = sync.OnceFunc(func() {
	csv, err := format.LookupFormat("csv")
	if err != nil {
		panic(err)
	}
	csv.Name, csv.DuckDB = "plain", nil
	csv.Ext = func(string) string { return "plain" }
	csv.Open = func(w io.Writer, s *format.Schema, compression string) (format.Writer, error) {
		f, err := format.LookupFormat("csv")
		if err != nil {
			return nil, err
		}
		return f.Open(w, s, compression)
	}
	format.Register(csv)
})

// A format that DuckDB cannot read has no views, and the dataset lacks nothing.
func TestNoViewsOfAFormatThatDuckDBCannotRead(t *testing.T) {
	registerPlain()
	w, opt := handmade.World(4), options(t, "plain", "", "events", "orders", "stores")
	out := filepath.Join(t.TempDir(), "merged")
	m, err := Merge(background, shards(t, w, opt, 2), out, false)
	if err != nil || m.Views != nil {
		t.Fatalf("views %v, error %v", m.Views, err)
	}
	if _, err := Verify(background, out); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(out, viewsName)); err == nil {
		t.Errorf("there is %s", viewsName)
	}
}
