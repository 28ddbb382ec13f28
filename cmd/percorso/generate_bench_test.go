package main

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/percorso/percorso/export/dataset"
)

// BenchmarkGenerate is percorso generate with one worker, of markets that differ in what their rows
// cost. What it does is what the compiler is told to be hot: make profile.
func BenchmarkGenerate(b *testing.B) {
	for _, market := range []struct{ name, customers, format string }{
		{"fashion", "20_000", "parquet"}, {"fashion", "5_000", "csv"},
		{"grocery", "2_000", "parquet"}, {"telecom", "20_000", "parquet"},
	} {
		customers := market.customers
		if testing.Short() {
			customers = "300"
		}
		b.Run("market="+market.name+"/format="+market.format, func(b *testing.B) {
			out := filepath.Join(b.TempDir(), "data")
			for b.Loop() {
				if code := run([]string{"percorso", "generate", market.name, "--customers", customers,
					"--workers", "1", "--format", market.format, "--out", out, "--force", "--quiet"},
					io.Discard, io.Discard); code != 0 {
					b.Fatalf("exit code %d", code)
				}
			}
			m, err := dataset.ReadManifest(out)
			if err != nil {
				b.Fatal(err)
			}
			rows := float64(m.Tables[0].Rows) * float64(b.N)
			b.ReportMetric(rows/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
