package story

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/percorso/percorso/model"
)

// A teller puts a life into plain sentences, in the order of time.
type teller struct {
	story   Story
	w       *model.World
	life    *life
	zone    *time.Location
	voices  []*voice
	pronoun pronoun

	journey int64 // being told; 0: none
	at      position
	pushed  []record // what the person was shown and sent since the last moment
}

// say makes a sentence of a format whose words in braces agree with the person, and of its
// arguments.
func (t *teller) say(format string, args ...any) string {
	return fmt.Sprintf(t.pronoun.says(format), args...)
}

// tell tells it all.
func (t *teller) tell() *Story {
	t.introduce()
	slices.SortFunc(t.life.journeys, func(a, b record) int {
		return cmp.Compare(a.number["started_at"], b.number["started_at"])
	})
	t.events()
	t.unseen(len(t.life.journeys))
	if len(t.life.journeys)+len(t.life.events) == 0 {
		t.about("Nothing happened to {them} in these days.")
	}
	return &t.story
}

// about adds a sentence to the introduction.
func (t *teller) about(format string, args ...any) {
	p := &t.story.Person
	p.About = append(p.About, t.say(format, args...))
}

// add adds a moment to the journey that is being told, or to what came before all of them.
func (t *teller) add(m Moment) {
	moments := &t.story.Before
	if n := len(t.story.Journeys); n > 0 {
		moments = &t.story.Journeys[n-1].Moments
	}
	*moments = append(*moments, m)
}

// unseen tells of the next journeys up to so many, none of which has any event.
func (t *teller) unseen(to int) {
	for n := len(t.story.Journeys); n < to; n++ {
		t.begin(t.life.journeys[n])
		where := "before the first day of the data"
		if t.w.Off != 0 {
			where += ", or through a channel that is missing"
		}
		t.story.Journeys[n].Text += " All of it happened " + where + "."
	}
}

// events tells them all: those of one touch together, and together what nobody sought. What comes
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
	soon := b.number["event_time"]-a.number["event_time"] < pause
	if a.words["event_type"] == "click" { // leads to a visit, which may go on or begin
		return b.has("session_id") && soon
	}
	switch b.words["event_type"] {
	case "purchase", "quote_request", "stock_out":
		return a.words["channel"] == b.words["channel"]
	case "store_visit": // on to another store
		return a.words["event_type"] == "stock_out" && a.words["store_id"] != b.words["store_id"] &&
			b.number["event_time"]-a.number["event_time"] < 2*pause
	case "click":
		return a.words["event_type"] == "impression" || a.words["event_type"] == "message_opened"
	case "session_start":
		return false
	}
	return a.has("session_id") && a.number["session_id"] == b.number["session_id"] && soon
}

// touched tells a touch of a journey, which begins with it if it is the first.
func (t *teller) touched(events []record) {
	t.inPassing()
	if id := events[0].number["journey_id"]; id != t.journey {
		t.journey, t.at = id, position{}
		for n, j := range t.life.journeys {
			if j.number["journey_id"] == id {
				t.unseen(n)
				t.begin(j)
			}
		}
	}
	t.touch(events)
}

// begin begins a journey.
func (t *teller) begin(j record) {
	t.story.Journeys = append(t.story.Journeys, Journey{
		ID: j.number["journey_id"], Category: j.words["category"], Outcome: j.words["outcome"],
		Pattern: j.words["pattern"], Text: t.ending(j) + "."})
}

// ending says how a journey ended.
func (t *teller) ending(j record) string {
	last := both(j.words["last_stage"], t.shown(j.words["last_stage"]))
	if !j.has("ended_at") {
		return t.say("{they} {are} still on it, at %s", last)
	}
	on := " on " + t.date(j.number["ended_at"])
	switch outcome := j.words["outcome"]; outcome {
	case "purchased":
		return t.say("{they} {buy} (%s), and the journey ends", spaced(j.words["pattern"])) + on
	case "lost":
		return t.say("it ends at %s%s, because the next contact is missing", last, on)
	default:
		for _, v := range t.voices {
			if says := v.endings[outcome]; says != nil {
				return says(t, j) + on
			}
		}
	}
	return t.say("{they} {give} up at %s", last) + on
}

// shown is the name under which a stage of the person's journeys is shown.
func (t *teller) shown(stage string) string {
	return t.w.Scenario.Shown(t.life.person.words["segment"], stage)
}
