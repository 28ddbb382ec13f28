package push

import (
	"time"

	"github.com/percorso/percorso/export/dialect"
)

// An Outcome is what became of an event.
type Outcome string

// The outcomes.
const (
	Accepted  Outcome = "accepted"  // the target said that it took it
	Rejected  Outcome = "rejected"  // the target said that it did not
	Dropped   Outcome = "dropped"   // never sent, or refused until it was given up
	Uncertain Outcome = "uncertain" // sent, and whether it arrived is not known
	Skipped   Outcome = "skipped"   // not for this dialect
	TooBig    Outcome = "too_big"   // larger than the target takes; not sent
)

// A Settlement is what became of a request.
type Settlement struct {
	HTTP           bool           // the status of the answer says yes
	Answer         dialect.Answer // what the target said of its events
	Rest           Outcome        // of events that the answer says nothing of
	Status         string         // of the last answer, or what kind of failure it was
	Attempts       int
	MaybeDuplicate bool // an answer was lost before: what was accepted may be there twice
	Time           time.Time
}

// Outcomes appends what became of each event in the body of a request of so many.
func (x *Settlement) Outcomes(dst []Outcome, events int) []Outcome {
	from, said := len(dst), x.Rest
	if x.Answer.Accepted+len(x.Answer.Rejected) == events {
		said = Accepted
	}
	for range events {
		dst = append(dst, said)
	}
	for _, i := range x.Answer.Rejected {
		if i >= 0 && i < events {
			dst[from+i] = Rejected
		}
	}
	return dst
}
