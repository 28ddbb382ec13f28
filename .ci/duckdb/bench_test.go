//go:build linux

package readers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// BenchmarkMemory is the most memory that the command holds while two workers write every table of
// a market of the given size. It comes first: a child is counted at least as large as its parent
// was, and the parent grows with DuckDB.
func BenchmarkMemory(b *testing.B) {
	command := buildCommand(b)
	for _, customers := range []string{"100_000", "400_000"} {
		b.Run("customers="+customers, func(b *testing.B) {
			most := int64(0)
			for b.Loop() {
				run := exec.Command(command, "generate", "fashion", "--customers", customers,
					"--workers", "2", "--out", filepath.Join(b.TempDir(), "data"), "--quiet", "--force")
				if text, err := run.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, text)
				}
				most = max(most, run.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
			}
			b.ReportMetric(float64(most)/1024, "MiB")
		})
	}
}

// BenchmarkWrite puts side by side, in processor time on one core, what a million events cost: to
// simulate them alone, to simulate them into files of each format, and what DuckDB needs merely to
// write the same table of events once more, with the same codec and row groups, from our file.
// The table in the README comes from here; ratios of one run can be compared, figures of two runs
// cannot.
func BenchmarkWrite(b *testing.B) {
	w := market(b, 1_000_000, 1)
	b.Run("what=simulate", func(b *testing.B) {
		var t tally
		for b.Loop() {
			t.time(b, func() {
				if err := simulate.ByPart(b.Context(), w, &t, simulate.Options{Workers: 1}); err != nil {
					b.Fatal(err)
				}
			})
		}
		t.report(b)
	})
	for _, d := range oneOfEach() {
		b.Run("what="+d.format.Name, func(b *testing.B) {
			var t tally
			for b.Loop() {
				t.time(b, func() { t.add(writeEvents(b, w, &d)) })
				os.RemoveAll(d.dir)
			}
			t.report(b)
		})
	}
	b.Run("what=duckdb", func(b *testing.B) {
		d := only("parquet")[0]
		writeEvents(b, w, &d)
		schema := format.SchemaOf(w.Tables, eventsView(b, w)[0])
		again := filepath.Join(b.TempDir(), "again.parquet")
		r := openDuckDB(b)
		r.ask(b, "SET threads = 1")
		var t tally
		for b.Loop() {
			t.time(b, func() {
				r.ask(b, fmt.Sprintf("COPY (FROM %s) TO '%s' (FORMAT parquet, COMPRESSION snappy, "+
					"ROW_GROUP_SIZE %d)", d.relation(r, &schema), again, groupRows))
			})
			t.add(d.rows(b), fileSize(b, again))
		}
		t.report(b)
	})
}

// eventsView is all columns of the events that a tracker sees.
func eventsView(b *testing.B, w *model.World) []table.View {
	b.Helper()
	views, err := table.Views(w.Tables, table.TruthSeparate, []string{"events"})
	if err != nil {
		b.Fatal(err)
	}
	return views
}

// writeEvents simulates a market into the events table of a dataset.
func writeEvents(b *testing.B, w *model.World, d *sample) (rows, bytes int64) {
	b.Helper()
	d.dir = b.TempDir()
	writer := d.create(b, w, eventsView(b, w), simulate.Options{})
	if err := simulate.ByPart(b.Context(), w, writer, simulate.Options{Workers: 1}); err != nil {
		b.Fatal(err)
	}
	m, err := writer.Finish()
	if err != nil {
		b.Fatal(err)
	}
	return m.Size()
}

// rows is how many events a dataset has.
func (d *sample) rows(b *testing.B) int64 {
	b.Helper()
	m, err := dataset.ReadManifest(d.dir)
	if err != nil {
		b.Fatal(err)
	}
	return m.Tables[0].Rows
}

// A tally adds up what was written and the processor time it took. It is also the sink of a
// simulation that writes nothing.
type tally struct {
	rows, bytes int64
	seconds     float64
}

func (t *tally) Encode(batch *table.Batch) (func() error, error) {
	t.rows += int64(batch.Tables[table.TableEvents].Len)
	return nil, nil
}

func (t *tally) add(rows, bytes int64) {
	t.rows += rows
	t.bytes += bytes
}

func (t *tally) time(b *testing.B, f func()) {
	b.Helper()
	began := cpuSeconds(b)
	f()
	t.seconds += cpuSeconds(b) - began
}

func (t *tally) report(b *testing.B) {
	b.Helper()
	n := float64(t.rows)
	b.ReportMetric(n/float64(b.N), "rows")
	b.ReportMetric(n/t.seconds/1e6, "Mrows/cpu-s")
	b.ReportMetric(t.seconds/float64(b.N), "cpu-s")
	if t.bytes > 0 {
		b.ReportMetric(float64(t.bytes)/n, "B/row")
		b.ReportMetric(float64(t.bytes)/t.seconds/1e6, "MB/cpu-s")
	}
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
