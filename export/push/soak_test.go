package push

import (
	"errors"
	"flag"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var soak = flag.Duration("soak", 0, "how long TestSoak streams as fast as it goes, e.g. 5m")

// TestSoak: a stream that goes on for long, to a target that sometimes refuses and sometimes breaks
// off, takes no more memory at its end than after its first tenth, and leaves nothing running.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("not asked for: -soak 5m")
	}
	before := goleak.IgnoreCurrent()
	n := make(chan int, 1)
	n <- 0
	server := quiet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		i := <-n
		n <- i + 1
		switch {
		case i%107 == 0:
			w.Header().Set("Retry-After", "0.05")
			w.WriteHeader(http.StatusTooManyRequests)
		case i%211 == 0:
			w.WriteHeader(http.StatusInternalServerError)
		case i%313 == 0:
			hangUp(w)
		}
	}))
	server.Start()
	w := handmade()
	opt := options(t, w, server)
	opt.Duration, opt.Batch, opt.Grace = *soak, 100, time.Second
	m := NewMeasure(opt.Pace)
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), living(w, 1<<30), m, opt) }()
	var heaps []uint64
	for tick := time.NewTicker(*soak / 20); len(heaps) < 18; {
		<-tick.C
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		heaps = append(heaps, s.HeapAlloc)
	}
	if err := <-ended; err != nil && !errors.Is(err, errEnough) {
		t.Error(err)
	}
	server.Close()
	c := m.Counts()
	settled(t, &c)
	t.Logf("%d events accepted, %d requests again, %d MB sent; heap in MB: %d", c.Events.Accepted,
		c.Requests.Retried, c.Bytes>>20, megabytes(heaps))
	const noise = 8 << 20 // of requests that are under way
	if first, last := largest(heaps[1:6]), largest(heaps[13:]); last > first+noise {
		t.Errorf("the heap grew from %d to %d bytes", first, last)
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

func largest(sizes []uint64) (most uint64) {
	for _, n := range sizes {
		most = max(most, n)
	}
	return most
}

func megabytes(sizes []uint64) []uint64 {
	var all []uint64
	for _, n := range sizes {
		all = append(all, n>>20)
	}
	return all
}
