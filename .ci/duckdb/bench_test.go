//go:build unix

package readers

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/percorso/percorso/export"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// BenchmarkParquet puts side by side, in processor time on one core, what a million events cost us,
// from the scenario to the file, and what DuckDB needs merely to write the same table once more
// with the same codec and row groups: from our file, and from its own memory. The ratio is DuckDB's
// time over ours.
func BenchmarkParquet(b *testing.B) {
	for _, from := range []string{"parquet", "memory"} {
		b.Run("codec=snappy/duckdb_from="+from, func(b *testing.B) { compareWriters(b, from) })
	}
}

func compareWriters(b *testing.B, from string) {
	w := market(b, 1_000_000, 1)
	views, err := model.Views(w.Tables, model.TruthSeparate, []string{"events"})
	if err != nil {
		b.Fatal(err)
	}
	parquet, err := export.LookupFormat("parquet")
	if err != nil {
		b.Fatal(err)
	}
	d := &dataset{format: parquet, compression: "snappy"}
	schema := export.SchemaOf(w.Tables, views[0])
	again := filepath.Join(b.TempDir(), "again.parquet")
	r := openDuckDB(b)
	r.ask(b, "SET threads = 1")

	var rows, ourBytes, theirBytes int64
	var ours, theirs float64
	for b.Loop() {
		d.dir = b.TempDir()
		began := cpuSeconds(b)
		writer := d.create(b, w, views, simulate.Options{})
		if err := simulate.ByPart(b.Context(), w, writer, simulate.Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
		m, err := writer.Finish()
		if err != nil {
			b.Fatal(err)
		}
		ours += cpuSeconds(b) - began

		source := d.relation(r, &schema)
		if from == "memory" {
			r.ask(b, "CREATE OR REPLACE TABLE events AS FROM "+source)
			source = "events"
		}
		began = cpuSeconds(b)
		r.ask(b, fmt.Sprintf("COPY (FROM %s) TO '%s' (FORMAT parquet, COMPRESSION snappy, "+
			"ROW_GROUP_SIZE %d)", source, again, groupRows))
		theirs += cpuSeconds(b) - began
		theirBytes += fileSize(b, again)
		n, size := m.Size()
		rows += n
		ourBytes += size
		os.RemoveAll(d.dir)
	}
	n := float64(rows)
	b.ReportMetric(theirs/ours, "ratio")
	b.ReportMetric(n/float64(b.N), "rows")
	b.ReportMetric(n/ours, "percorso-rows/cpu-s")
	b.ReportMetric(n/theirs, "duckdb-rows/cpu-s")
	b.ReportMetric(float64(ourBytes)/n, "percorso-B/row")
	b.ReportMetric(float64(theirBytes)/n, "duckdb-B/row")
}

// cpuSeconds is the time that processors have spent on this process, on all its threads.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func fileSize(b *testing.B, path string) int64 {
	b.Helper()
	i, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return i.Size()
}
