package attribute

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/percorso/percorso/export/paths"
)

// BenchmarkMarkov3 solves the chain of order 3 of a million different paths over 20 channels: at
// most 10 s of CPU and 1 GB are wanted.
func BenchmarkMarkov3(b *testing.B) {
	n := 1_000_000
	if testing.Short() {
		n = 20_000
	}
	r, s := rand.New(rand.NewPCG(1, 2)), &paths.Set{}
	for c := range 20 {
		s.Channels = append(s.Channels, string(rune('a'+c)))
	}
	seen := map[uint64]bool{}
	for len(s.Paths) < n {
		p, name := paths.Path{Conversions: int64(r.IntN(2)), Nulls: int64(r.IntN(20))}, uint64(1)
		for range 4 + r.IntN(8) {
			channel := uint16(min(r.IntN(20), r.IntN(20)))
			p.Touches = append(p.Touches, channel)
			name = name*21 + uint64(channel) + 1
		}
		if !seen[name] {
			seen[name] = true
			s.Paths = append(s.Paths, p)
		}
	}
	seen = nil
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		method(b, "markov_3").Credit(s, &Defaults)
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Sys)/1e6, "MB-of-the-process")
}
