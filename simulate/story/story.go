package story

import (
	"context"
	"fmt"
	"io"
	"slices"
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
// says how it went, with the time and the stage of every touch. Where it goes on for more than a
// year, a line with the year comes before what happened in it.
func (s *Story) WriteText(out io.Writer) error {
	var b page
	b.years = s.severalYears()
	for _, sentence := range s.Person.About {
		fmt.Fprintln(&b, sentence)
	}
	if len(s.Before) > 0 {
		fmt.Fprintln(&b)
	}
	for i := range s.Before {
		b.write(&s.Before[i])
	}
	for n, j := range s.Journeys {
		fmt.Fprintf(&b, "\nJourney %d (%s): %s\n", n+1, spaced(j.Category), j.Text)
		for i := range j.Moments {
			b.write(&j.Moments[i])
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// severalYears reports whether moments are of different years.
func (s *Story) severalYears() bool {
	moments := slices.Clone(s.Before)
	for i := range s.Journeys {
		moments = append(moments, s.Journeys[i].Moments...)
	}
	n := len(moments)
	return n > 0 && (moments[0].At.Year() != moments[n-1].At.Year() ||
		!moments[n-1].Until.IsZero() && moments[n-1].Until.Year() != moments[0].At.Year())
}

// A page is a story as it is written.
type page struct {
	strings.Builder
	years bool // whether to write them
	year  int  // that was written last
}

// write writes a moment as one line, and why it happened as another.
func (b *page) write(m *Moment) {
	const clock = "Mon 2 Jan 15:04"
	if year := m.At.Year(); b.years && year != b.year {
		fmt.Fprintf(b, "  %d\n", year)
		b.year = year
	}
	at := m.At.Format(clock)
	switch {
	case m.Until.IsZero():
	case m.Until.Year() != m.At.Year():
		at += m.Until.Format(" – 2 Jan 2006")
	default:
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
