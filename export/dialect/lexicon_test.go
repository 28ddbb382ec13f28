package dialect

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
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

// TestEventNumbersAreTakenOutOfIDs: of numbers, of UUIDs, and of calls beside those of events; what
// is no id of ours stays as it is.
func TestEventNumbersAreTakenOutOfIDs(t *testing.T) {
	const id, number = int64(6_004_799_503_160_661), "6004799503160661"
	other := appendUUID(nil, id)
	other[0] ^= 1
	for text, want := range map[string]struct {
		number string
		beside bool
	}{
		number:                      {number, false},
		number + "-identify":        {number, true},
		number + "-alias":           {number, true},
		string(appendUUID(nil, id)): {number, false},
		strings.ToUpper(string(appendUUID(nil, id))): {number, false},
		string(appendUUID(nil, id|second)):           {number, true},
		string(other):                                {string(other), false},
		"00000000-0000-8000-8000-000000000001":       {"00000000-0000-8000-8000-000000000001", false},
		number + "-other":                            {number + "-other", false},
		"":                                           {"", false},
		strings.Repeat("-", 36):                      {strings.Repeat("-", 36), false},
	} {
		if got, beside := EventNumber(text); got != want.number || beside != want.beside {
			t.Errorf("%q: got %s, %v, want %+v", text, got, beside, want)
		}
	}
}

// TestClickIDs: the landing page of a visit from an advert has the id of the click, each another;
// no other page has one.
func TestClickIDs(t *testing.T) {
	w := handmade.World(1)
	w.Channels = []model.ChannelPlan{{Name: "città", Paid: true}, {Name: "b & b"}, {Name: "c"}}
	x, seen, others := newLexicon(w), map[string]bool{}, 0
	for _, b := range handmade.Batches(w, 0) {
		rows := &b.Tables[table.TableEvents]
		for i := range rows.Len {
			e := &Event{rows: rows, row: i}
			link := string(x.appendLink(nil, e))
			_, id, clicked := strings.Cut(link, "pclid=")
			want := e.Code(table.EventSource) != 0 && e.Code(table.EventChannel) == 1
			switch {
			case clicked != want:
				t.Fatalf("%s through channel %d", link, e.Code(table.EventChannel))
			case !clicked:
				others++
			case id != strconv.FormatInt(e.ID(), 36):
				t.Fatalf("%s: event %d", link, e.ID())
			default:
				seen[id] = true
			}
		}
	}
	if len(seen) < 10 || others < 10 {
		t.Errorf("%d pages with a click, %d without", len(seen), others)
	}
}
