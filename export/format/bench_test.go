package format

import (
	"testing"

	"github.com/percorso/percorso/model/table"
)

// BenchmarkFormat writes events as trackers see them. The batches repeat after a row group, so that
// dictionaries are as long as they would be. MB/s are of what reaches the file.
func BenchmarkFormat(b *testing.B) {
	tables, view := eventsSchema()
	s := SchemaOf(tables, view)
	rows := eventRows(groupRows, 1)
	var batches []*table.Rows
	for from := 0; from < rows.Len; from += table.BatchRows {
		batches = append(batches, slice(&s, rows, from, from+table.BatchRows))
	}
	for _, f := range Formats() {
		for _, compression := range f.Compressions {
			b.Run("format="+f.Name+"/codec="+compression, func(b *testing.B) {
				out := new(counter)
				w, err := f.Open(out, &s, compression)
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for b.Loop() {
					if err := w.Write(batches[n%len(batches)]); err != nil {
						b.Fatal(err)
					}
					n++
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
				written := float64(n) * table.BatchRows
				b.SetBytes(int64(out.bytes / n))
				b.ReportMetric(written/b.Elapsed().Seconds(), "rows/s")
				b.ReportMetric(float64(out.bytes)/written, "B/row")
			})
		}
	}
}
