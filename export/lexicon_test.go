package export

import (
	"sync"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
)

// TestRequestsEndWhileOthersBegin: the times that senders write at the end of requests, and those
// of the events that are being encoded meanwhile, are each their own.
func TestRequestsEndWhileOthersBegin(t *testing.T) {
	s, err := model.Load("null", scenarios.FS)
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	x := newLexicon(w)
	var group sync.WaitGroup
	for day := range 4 {
		group.Go(func() {
			at := time.Date(1969, 12, 30+day, 23, 59, 59, 123e6, time.UTC)
			want := at.Format("2006-01-02T15:04:05.000Z")
			for range 10_000 {
				if got := string(x.appendTime(nil, at.UnixMicro())); got != want {
					t.Errorf("got %s, want %s", got, want)
					return
				}
			}
		})
	}
	group.Wait()
}
