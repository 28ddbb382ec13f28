package push

import (
	"math"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A timing is how long something took, in total and since the last look.
type timing struct {
	all     *hdrhistogram.Histogram // ns
	recent  *hdrhistogram.Histogram
	total   time.Duration
	buckets [len(bounds) + 1]uint64 // how many took at most bounds[i], and more than the bound before
}

// shortest and longest are the bounds of what a histogram can tell apart.
const (
	shortest = time.Microsecond
	longest  = time.Hour
)

// bounds are those of the buckets for Prometheus.
var bounds = [...]time.Duration{
	time.Millisecond / 4, time.Millisecond / 2, time.Millisecond, 2500 * time.Microsecond,
	5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
}

func newTiming() timing { return timing{all: newHistogram(), recent: newHistogram()} }

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(shortest), int64(longest), 3)
}

// record adds one duration.
func (t *timing) record(d time.Duration) {
	d = min(max(d, shortest), longest)
	for _, h := range [...]*hdrhistogram.Histogram{t.all, t.recent} {
		_ = h.RecordValue(int64(d)) // d is in its range
	}
	t.total += d
	at, _ := slices.BinarySearch(bounds[:], d)
	t.buckets[at]++
}

// look returns what was recorded since the last look, and continues with an empty histogram.
func (t *timing) look(empty *hdrhistogram.Histogram) *hdrhistogram.Histogram {
	recent := t.recent
	t.recent = empty
	return recent
}

// A Latency is how long requests took, in milliseconds.
type Latency struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99_9"`
	Max   float64 `json:"max"`
}

// latencyOf returns the percentiles of a histogram.
func latencyOf(h *hdrhistogram.Histogram) Latency {
	if h.TotalCount() == 0 {
		return Latency{}
	}
	p := h.ValueAtPercentilesSlice([]float64{50, 90, 95, 99, 99.9, 100})
	return Latency{Count: h.TotalCount(), Mean: millis(h.Mean()), P50: millis(float64(p[0])),
		P90: millis(float64(p[1])), P95: millis(float64(p[2])), P99: millis(float64(p[3])),
		P999: millis(float64(p[4])), Max: millis(float64(p[5]))}
}

// millis is a number of nanoseconds in milliseconds, to the microsecond.
func millis(ns float64) float64 { return math.Round(ns/1e3) / 1e3 }
