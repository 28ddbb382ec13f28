package story

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/percorso/percorso/model"
)

// A Story is a person's life in sentences, as far as it was written.
type Story struct {
	Person   Person    `json:"person"`
	Before   []Moment  `json:"before,omitempty"` // what happened before the first journey
	Journeys []Journey `json:"journeys"`         // in the order of time
}

// A Person is whom a story is about.
type Person struct {
	ID    int64    `json:"person_id"`      // as in truth_people
	Name  string   `json:"name,omitempty"` // "" while nobody knows it
	About []string `json:"about"`          // a sentence each
}

// A Journey is how one went, and what happened from its beginning to that of the next.
type Journey struct {
	ID       int64    `json:"journey_id"` // as in truth_journeys, as are category to pattern
	Category string   `json:"category"`
	Outcome  string   `json:"outcome"`
	Pattern  string   `json:"pattern,omitempty"` // "" if nothing was bought
	Text     string   `json:"text"`              // how it went and ended, a sentence
	Moments  []Moment `json:"moments,omitempty"`
}

// A Moment is a touch of a journey, or what happened outside of journeys.
type Moment struct {
	At    time.Time `json:"at"`             // local time
	Until time.Time `json:"until,omitzero"` // of what went on for days
	Stage string    `json:"stage,omitempty"`
	Shown string    `json:"stage_shown,omitempty"` // its name in the list that the scenario shows
	Text  string    `json:"text"`
	Why   string    `json:"why,omitempty"` // the rule behind a touch
}

// Tell simulates the town of a person, who counts from 1, and tells their story: who they are and
// then what happened to them, journeys touch by touch and what came between, with the rule behind
// each. It is an error if there is no such person in the world, and it stops when ctx is done.
func Tell(ctx context.Context, w *model.World, person int) (*Story, error) {
	l, err := lifeOf(ctx, w, person)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(w.Scenario.TimeZone)
	if err != nil {
		return nil, err
	}
	t := &teller{w: w, life: l, zone: zone, voices: voices, pronoun: pronounOf(w, l)}
	return t.tell(), nil
}

// WriteText writes the story for a reader: who it is about, then each journey under a line that
// says how it went, with the time and the stage of every touch.
func (s *Story) WriteText(out io.Writer) error {
	var b strings.Builder
	for _, sentence := range s.Person.About {
		fmt.Fprintln(&b, sentence)
	}
	if len(s.Before) > 0 {
		fmt.Fprintln(&b)
	}
	for i := range s.Before {
		s.Before[i].write(&b)
	}
	for n, j := range s.Journeys {
		fmt.Fprintf(&b, "\nJourney %d (%s): %s\n", n+1, spaced(j.Category), j.Text)
		for i := range j.Moments {
			j.Moments[i].write(&b)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// write writes a moment as one line, and why it happened as another.
func (m *Moment) write(b *strings.Builder) {
	const clock = "Mon 2 Jan 15:04"
	at := m.At.Format(clock)
	if !m.Until.IsZero() {
		at += m.Until.Format(" – 2 Jan")
	}
	if m.Stage == "" {
		fmt.Fprintf(b, "  %s  %s\n", at, m.Text)
		return
	}
	fmt.Fprintf(b, "  %s  %s: %s\n", at, both(m.Stage, m.Shown), m.Text)
	fmt.Fprintf(b, "  %*s  why: %s.\n", len(clock), "", m.Why)
}

// both names a stage as the scenario does and, if that is something else, as it is shown.
func both(stage, shown string) string {
	if stage == shown {
		return spaced(stage)
	}
	return spaced(stage) + " (" + spaced(shown) + ")"
}
