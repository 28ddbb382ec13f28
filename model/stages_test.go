package model

import (
	"fmt"
	"slices"
	"testing"
)

// TestStagesAreShownAsPeopleCallThem holds what every textbook stage is called in every list, and
// that the list decision asks what a stage does.
func TestStagesAreShownAsPeopleCallThem(t *testing.T) {
	for _, c := range []struct{ partOf, does, classic, decision, today string }{
		{"awareness", "notice", "awareness", "need", "awareness"},
		{"familiarity", "notice", "familiarity", "evaluation", "awareness"},
		{"familiarity", "cart", "familiarity", "decision", "awareness"},
		{"consideration", "browse", "consideration", "evaluation", "consideration"},
		{"consideration", "quote", "consideration", "evaluation", "consideration"},
		{"consideration", "cart", "consideration", "decision", "consideration"},
		{"purchase", "cart", "purchase", "decision", "purchase"},
		{"purchase", "browse", "purchase", "decision", "purchase"}, // a checkout before the order
		{"purchase", "order", "purchase", "purchase", "purchase"},
		{"after_sales", "engage", "loyalty", "loyalty", "after_sales"},
		{"loyalty", "engage", "loyalty", "loyalty", "loyalty"},
		{"loyalty", "order", "loyalty", "loyalty", "loyalty"}, // ordered again
	} {
		for list, want := range map[string]string{
			"classic": c.classic, "decision": c.decision, "today": c.today,
		} {
			s := &Scenario{StagesShown: list, Journey: Journey{
				Stages: map[string]Stage{"mine": {PartOf: c.partOf, Does: c.does}}}}
			if got := s.Shown("", "mine"); got != want {
				t.Errorf("%s, which is part of %s and does %s: shown as %q, want %q",
					list, c.partOf, c.does, got, want)
			}
		}
	}
}

// TestShownStagesAreOfTheList holds that nothing is shown under a name that the list does not have,
// and that every name of a list is that of some stage.
func TestShownStagesAreOfTheList(t *testing.T) {
	for _, list := range StageLists {
		s := &Scenario{StagesShown: list.Name, Journey: Journey{Stages: map[string]Stage{}}}
		if !slices.Equal(s.ShownStages(), list.Stages) {
			t.Errorf("%s shows %v, want %v", list.Name, s.ShownStages(), list.Stages)
		}
		seen := map[string]bool{}
		for _, partOf := range Classical {
			for _, does := range Activities {
				s.Journey.Stages["mine"] = Stage{PartOf: partOf, Does: does}
				seen[s.Shown("", "mine")] = true
			}
		}
		for _, name := range list.Stages {
			if !seen[name] {
				t.Errorf("%s: no stage is shown as %s", list.Name, name)
			}
			delete(seen, name)
		}
		if len(seen) > 0 {
			t.Errorf("%s: stages are shown as %v, which it does not have", list.Name, seen)
		}
	}
}

// TestSegmentsShowTheirOwnStages: a stage that a segment lives differently is shown as it lives it.
func TestSegmentsShowTheirOwnStages(t *testing.T) {
	s := load(t, market)
	s.Segments["old"].Journey.Stages["purchase"] = Stage{PartOf: "loyalty"}
	for segment, want := range map[string]string{
		"": "purchase", "young": "purchase", "old": "loyalty",
	} {
		if got := s.Shown(segment, "purchase"); got != want {
			t.Errorf("segment %q: shown as %q, want %q", segment, got, want)
		}
	}
	if got := s.Shown("", "nowhere"); got != "" {
		t.Errorf("a stage that there is not is shown as %q", got)
	}
}

// TestWhatIsShownChangesNoData: the same world is compiled whichever stages are shown, and today's
// are where nothing is said.
func TestWhatIsShownChangesNoData(t *testing.T) {
	fingerprint := func(sets ...Set) [32]byte {
		w, err := Compile(load(t, market, sets...))
		if err != nil {
			t.Fatal(err)
		}
		return w.Fingerprint()
	}
	if s := load(t, market); s.StagesShown != "today" {
		t.Errorf("shows %q where nothing is said, want today", s.StagesShown)
	}
	want := fingerprint()
	for _, list := range StageLists {
		if fingerprint(Set{Path: "stages_shown", Value: list.Name, Flag: "--set"}) != want {
			t.Errorf("stages_shown: %s changes the world", list.Name)
		}
	}
}

// TestFamiliarityComesAfterAwareness: it is a stage by its own name, in which people notice, and
// journeys begin in it where there is no awareness.
func TestFamiliarityComesAfterAwareness(t *testing.T) {
	const stages = "from: fashion\njourney: {stages: {%s" +
		"purchase: {dwell: 0d, next: {leave: 1}}}}\n"
	const familiarity = "familiarity: {dwell: 1d, next: {purchase: 1}}, "
	const awareness = "awareness: {dwell: 1d, next: {familiarity: 1}}, "
	for text, start := range map[string]string{
		familiarity + awareness: "awareness", familiarity: "familiarity",
	} {
		s := load(t, fmt.Sprintf(stages, text))
		got := s.Journey.Stages["familiarity"]
		if got.PartOf != "familiarity" || got.Does != "notice" || s.Journey.Start[start] != 1 {
			t.Errorf("%s: part of %s, does %s, journeys start %v", text, got.PartOf, got.Does,
				s.Journey.Start)
		}
	}
}
