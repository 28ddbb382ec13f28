package story

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/model"
)

// A teller puts a life into plain sentences, in the order of time.
type teller struct {
	out    strings.Builder
	w      *model.World
	life   *life
	zone   *time.Location
	voices []*voice

	journey int64 // being told; 0: none
	told    int   // journeys so far
	at      position
	pushed  []record // what she was shown and sent since the last line
}

// Tell simulates the town of a person, who counts from 1, and writes her story: who she is and then
// what happened to her, journeys touch by touch and what came between, with the rule behind each.
// It is an error if there is no such person in the world; nothing is written then, nor when ctx is
// done before the end.
func Tell(ctx context.Context, out io.Writer, w *model.World, person int) error {
	l, err := lifeOf(ctx, w, person)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(w.Scenario.TimeZone)
	if err != nil {
		return err
	}
	t := &teller{w: w, life: l, zone: zone, voices: voices}
	t.tell()
	_, err = io.WriteString(out, t.out.String())
	return err
}

func (t *teller) printf(format string, args ...any) { fmt.Fprintf(&t.out, format, args...) }

// tell tells it all.
func (t *teller) tell() {
	t.introduce()
	slices.SortFunc(t.life.journeys, func(a, b record) int {
		return cmp.Compare(a.number["started_at"], b.number["started_at"])
	})
	t.events()
	t.unseen(len(t.life.journeys))
	if len(t.life.journeys)+len(t.life.events) == 0 {
		t.printf("\nNothing happened to her in these days.\n")
	}
}

// unseen tells of the next journeys up to so many, none of which has any event.
func (t *teller) unseen(to int) {
	for ; t.told < to; t.told++ {
		t.header(t.told+1, t.life.journeys[t.told])
		t.printf("  All of it was before the first day, or is not seen in this world.\n")
	}
}

// events tells them all: those of one touch together, what nobody sought in passing. What comes
// between the events of a touch is told after it.
func (t *teller) events() {
	var touch, between []record
	flush := func() {
		if len(touch) > 0 {
			t.touched(touch)
		}
		for i, e := range between {
			if isPush(e) {
				t.pushed = append(t.pushed, e)
			} else {
				t.aside(e, between[i+1:])
			}
		}
		touch, between = nil, nil
	}
	for _, e := range t.life.events {
		if !e.has("journey_id") {
			between = append(between, e)
			continue
		}
		if len(touch) == 0 || !sameTouch(touch[len(touch)-1], e) {
			flush()
		}
		touch = append(touch, e)
	}
	flush()
	t.inPassing()
}

// sameTouch reports whether two events in a row are of one touch: the same stage, and near.
func sameTouch(a, b record) bool {
	const pause = 20 * 60 * 1_000_000
	if !b.has("journey_id") || a.words["stage"] != b.words["stage"] {
		return false
	}
	switch b.words["event_type"] {
	case "purchase", "quote_request", "stock_out":
		return a.words["channel"] == b.words["channel"]
	case "store_visit": // she goes on to another store
		return a.words["event_type"] == "stock_out" && a.words["store_id"] != b.words["store_id"] &&
			b.number["event_time"]-a.number["event_time"] < 2*pause
	case "click":
		return a.words["event_type"] == "impression" || a.words["event_type"] == "message_opened"
	case "session_start":
		return a.words["event_type"] == "click"
	}
	return a.has("session_id") && a.number["session_id"] == b.number["session_id"] &&
		b.number["event_time"]-a.number["event_time"] < pause
}

// touched tells a touch of a journey, after the journey's header if it is the first.
func (t *teller) touched(events []record) {
	t.inPassing()
	if id := events[0].number["journey_id"]; id != t.journey {
		t.journey, t.at = id, position{}
		for n, j := range t.life.journeys {
			if j.number["journey_id"] == id {
				t.unseen(n)
				t.header(n+1, j)
				t.told = n + 1
			}
		}
	}
	t.touch(events)
}

// header tells how a journey went.
func (t *teller) header(n int, j record) {
	t.printf("\nJourney %d: %s. She %s.\n", n, j.words["category"], t.ending(j))
}

// ending says how a journey ended.
func (t *teller) ending(j record) string {
	if !j.has("ended_at") {
		return "is still under way at " + j.words["last_stage"]
	}
	end := ", on " + t.date(j.number["ended_at"])
	switch outcome := j.words["outcome"]; outcome {
	case "purchased":
		return "buys (" + spaced(j.words["pattern"]) + "); over" + strings.TrimPrefix(end, ",")
	case "lost":
		return "is not reached at " + j.words["last_stage"] + end
	default:
		for _, v := range t.voices {
			if says := v.endings[outcome]; says != nil {
				return says(j) + end
			}
		}
	}
	return "gives up at " + j.words["last_stage"] + end
}
