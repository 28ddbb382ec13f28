package push

import (
	"time"

	"github.com/percorso/percorso/export/dialect"
)

// An Outcome is what became of an event.
type Outcome string

// The outcomes.
const (
	Accepted  Outcome = "accepted"  // the target says that it took it
	Rejected  Outcome = "rejected"  // the target says that it refused it
	Dropped   Outcome = "dropped"   // never sent, or refused until it was given up
	Uncertain Outcome = "uncertain" // sent, but it is unknown whether it arrived
	Skipped   Outcome = "skipped"   // the dialect has no form for it
	TooBig    Outcome = "too_big"   // larger than the target accepts; not sent
)

// A Settlement is what became of a request.
type Settlement struct {
	HTTP           bool           // the status of the answer says success
	Answer         dialect.Answer // what the target said of its events
	Rest           Outcome        // of events that the answer does not mention
	Status         string         // of the last answer, or the kind of failure
	Attempts       int
	MaybeDuplicate bool // an answer was lost before: accepted events may be there twice
	Time           time.Time
}

// Outcomes appends the outcome of each event in the body of a request with a number of events.
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
