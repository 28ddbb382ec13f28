package push

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/percorso/percorso/export/record"
)

// TestHalvesRememberWhatWasLost: of a request whose answer was lost, in this run or in an earlier
// one, no half is reported as never arrived, nor any half of a half.
func TestHalvesRememberWhatWasLost(t *testing.T) {
	for _, test := range []struct {
		name        string
		lost, again bool
		want        Outcome
	}{
		{"every answer was read", false, false, Dropped},
		{"an answer was lost", true, false, Uncertain},
		{"an earlier run read no answer", false, true, Uncertain},
	} {
		r := newRequest()
		for p := range int64(4) {
			r.Body = append(r.Body, 'x')
			r.IDs, r.Positions = append(r.IDs, 1000+p), append(r.Positions, p)
			r.Times = append(r.Times, p)
			r.Spans = append(r.Spans, record.Span{From: len(r.Body) - 1, To: len(r.Body)})
		}
		r.Next, r.lost, r.again = 4, test.lost, test.again
		halves := r.halves("")
		for _, half := range append(halves[:], secondHalf(halves[0]), secondHalf(halves[1])) {
			if got := half.unanswered(); got != test.want {
				t.Errorf("%s: events %v are %s, want %s", test.name, half.IDs, got, test.want)
			}
		}
	}
}

// secondHalf returns the second half of a request.
func secondHalf(r *Request) *Request { return r.halves("")[1] }

// TestSplitAfterALostAnswer: a target keeps a body whose answer does not come, and finds the same
// body too large when it comes again. If it takes the halves all of them may be there twice, as
// they are; if it never does, nobody knows whether they are there.
func TestSplitAfterALostAnswer(t *testing.T) {
	for _, test := range []struct {
		name    string
		halves  int // the status they are answered with
		want    Outcome
		doubles int64
	}{
		{"takes the halves", http.StatusOK, Accepted, 10},
		{"has no time for the halves", http.StatusServiceUnavailable, Uncertain, 0},
	} {
		s := newShop()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ids, err := idsOf(r)
			switch whole := len(ids) > 5; {
			case err != nil:
				t.Errorf("a body that cannot be read: %v", err)
			case whole && s.count() == 1:
				s.keep(ids)
				hangUp(w)
			case whole:
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			case test.halves == http.StatusOK:
				s.keep(ids)
			default:
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(test.halves)
			}
		}))
		w, n := handmade(), newNotes()
		opt := options(t, w, server)
		opt.Ledger = n
		c, err := run(t, w, 10, opt)
		server.Close()
		if (err == nil) != (test.want == Accepted) || c.Requests.Split != 1 {
			t.Errorf("a target that %s: %v, %d requests split, want 1", test.name, err,
				c.Requests.Split)
		}
		if _, twice := s.kinds(); len(n.with(t, test.want)) != 10 ||
			c.Events.MaybeDuplicate != test.doubles || int64(twice) != test.doubles {
			t.Errorf("a target that %s: %v, %d may be there twice, %d are; want 10 %s, %d twice",
				test.name, n.settled, c.Events.MaybeDuplicate, twice, test.want, test.doubles)
		}
	}
}
