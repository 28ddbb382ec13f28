package reconcile

import "github.com/percorso/percorso/export/push"

// A Result is the result of a comparison.
type Result struct {
	Receipt   map[push.Outcome]int64 `json:"receipt"` // events by outcome
	Rows      int64                  `json:"rows"`    // of the table
	Missing   Tally                  `json:"missing"`
	Twice     Tally                  `json:"duplicate"`
	MaybeTwo  Tally                  `json:"maybe_duplicate"` // twice, as the receipt says may be
	Foreign   Tally                  `json:"foreign"`
	Unwanted  Tally                  `json:"not_accepted"` // there, though not accepted
	Beside    int64                  `json:"beside"`       // further calls that events made
	Arrived   int64                  `json:"uncertain_arrived"`
	NotThere  int64                  `json:"uncertain_missing"`
	Compared  []string               `json:"compared"` // columns, in the order of ours
	Why       string                 `json:"not_compared,omitempty"`
	Altered   Tally                  `json:"altered"`
	ByColumn  map[string]int64       `json:"altered_by_column,omitempty"` // of the first Detailed
	Partly    bool                   `json:"altered_by_column_is_partial,omitempty"`
	Different []Difference           `json:"differences,omitempty"` // examples
}

// A Tally is a count and the first ids.
type Tally struct {
	Count int64    `json:"count"`
	Blank int64    `json:"without_id,omitempty"` // so many of them have no id
	First []string `json:"first,omitempty"`
}

// A Difference is a value that differs from what was sent.
type Difference struct {
	Event    int64  `json:"event_id"`
	Column   string `json:"column"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

// shown is how many examples there are.
const shown = 10

func (t *Tally) add(id string) {
	t.Count++
	switch {
	case id == "":
		t.Blank++
	case len(t.First) < shown:
		t.First = append(t.First, id)
	}
}

// A Finding is one way in which a table differs from what was accepted, and how often.
type Finding struct {
	What  string // missing, duplicate, foreign, not accepted, altered
	Count int64
}

// Amiss lists how the table differs from what the target accepted: empty if it does not. What the
// receipt itself is uncertain of does not count.
func (r *Result) Amiss() []Finding {
	var amiss []Finding
	for _, f := range []Finding{{"missing", r.Missing.Count}, {"duplicate", r.Twice.Count},
		{"foreign", r.Foreign.Count}, {"not accepted", r.Unwanted.Count},
		{"altered", r.Altered.Count}} {
		if f.Count > 0 {
			amiss = append(amiss, f)
		}
	}
	return amiss
}
