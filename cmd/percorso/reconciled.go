package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/percorso/percorso/export/push"
)

// A reconciled is what came out.
type reconciled struct {
	Receipt   map[push.Outcome]int64 `json:"receipt"` // events by outcome
	Rows      int64                  `json:"rows"`    // of the table
	Missing   tally                  `json:"missing"`
	Twice     tally                  `json:"duplicate"`
	MaybeTwo  tally                  `json:"maybe_duplicate"` // there twice, as the receipt says
	Foreign   tally                  `json:"foreign"`
	Unwanted  tally                  `json:"not_accepted"` // and there
	Beside    int64                  `json:"beside"`       // calls that events make beside their own
	Arrived   int64                  `json:"uncertain_arrived"`
	NotThere  int64                  `json:"uncertain_missing"`
	Compared  []string               `json:"compared"` // columns
	Why       string                 `json:"not_compared,omitempty"`
	Altered   tally                  `json:"altered"`
	ByColumn  map[string]int64       `json:"altered_by_column,omitempty"`
	Partly    bool                   `json:"altered_by_column_is_partial,omitempty"`
	Different []difference           `json:"differences,omitempty"`
}

// A tally is how many there are, and the ids of the first.
type tally struct {
	Count int64    `json:"count"`
	First []string `json:"first,omitempty"`
}

// A difference is a value that is not what was sent.
type difference struct {
	Event    int64  `json:"event_id"`
	Column   string `json:"column"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

// shown is how many examples are told.
const shown = 10

func (t *tally) add(id string) {
	if t.Count++; len(t.First) < shown {
		t.First = append(t.First, id)
	}
}

// print prints what came out.
func (r *reconciliation) print(w io.Writer, asJSON bool) error {
	x := &r.result
	if asJSON {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(x)
	}
	var b bytes.Buffer
	var events int64
	for _, n := range x.Receipt {
		events += n
	}
	fmt.Fprintf(&b, "receipt: %s events", count(events))
	for _, o := range outcomes {
		if n := x.Receipt[o]; n > 0 {
			fmt.Fprintf(&b, ", %s %s", count(n), o)
		}
	}
	fmt.Fprintf(&b, "\ntable:   %s rows\n\n", count(x.Rows))
	tell := func(t tally, what string) {
		fmt.Fprintf(&b, "%12s  %s\n", count(t.Count), what)
		for _, id := range t.First {
			fmt.Fprintf(&b, "%14s%s\n", "", id)
		}
		if more := t.Count - int64(len(t.First)); more > 0 && len(t.First) > 0 {
			fmt.Fprintf(&b, "%14s… %s more\n", "", count(more))
		}
	}
	tell(x.Missing, "missing: accepted, and not in the table")
	tell(x.Twice, "duplicate: in the table more than once, and no answer was lost")
	tell(tally{Count: x.MaybeTwo.Count},
		"maybe duplicate: in the table more than once, as the receipt says it may")
	tell(x.Foreign, "foreign: rows with an id that the receipt does not have")
	tell(x.Unwanted, "not accepted: in the table, and the target did not accept them")
	if x.Beside > 0 {
		fmt.Fprintf(&b, "%12s  beside: calls that say who somebody is, of events that have theirs\n",
			count(x.Beside))
	}
	if x.Arrived+x.NotThere > 0 {
		fmt.Fprintf(&b, "%12s  uncertain that arrived\n%12s  uncertain that did not arrive\n",
			count(x.Arrived), count(x.NotThere))
	}
	if x.Why == "" {
		fmt.Fprintf(&b, "%12s  altered, in %d columns that were compared\n",
			count(x.Altered.Count), len(x.Compared))
		r.printAltered(&b)
	} else {
		fmt.Fprintf(&b, "%12s  %s\n", "-", x.Why)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// printAltered prints what was altered.
func (r *reconciliation) printAltered(b *bytes.Buffer) {
	x := &r.result
	of := ""
	if x.Partly {
		of = fmt.Sprintf(" of the first %s events", count(detailed))
	}
	for _, c := range r.shared {
		if n := x.ByColumn[c.Name]; n > 0 {
			fmt.Fprintf(b, "%14s%s: %s%s\n", "", c.Name, count(n), of)
		}
	}
	for _, d := range x.Different {
		fmt.Fprintf(b, "%14sevent %d: %s is %q, sent as %q\n", "",
			d.Event, d.Column, d.Found, d.Expected)
	}
}

// verdict is an error if anything is amiss.
func (r *reconciliation) verdict() error {
	x := &r.result
	var amiss []string
	for _, a := range []struct {
		n    int64
		what string
	}{{x.Missing.Count, "missing"}, {x.Twice.Count, "duplicate"}, {x.Foreign.Count, "foreign"},
		{x.Unwanted.Count, "not accepted"}, {x.Altered.Count, "altered"}} {
		if a.n > 0 {
			amiss = append(amiss, count(a.n)+" "+a.what)
		}
	}
	if len(amiss) == 0 {
		return nil
	}
	return withCode(exitRefused, fmt.Errorf("the table is not what was accepted: %s", list(amiss)))
}
