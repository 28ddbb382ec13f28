package story

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// bazaar is a market with every kind of channel, in which every behavior often acts.
func bazaar(t *testing.T) *model.World {
	t.Helper()
	text, err := os.ReadFile("../../testdata/bazaar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const behaviors = `
behaviors:
  advertising: {channels: {display: {reach: 4%, clicks: 5%, cost: {cpm: 3.50}}}}
  cart: {recovery: {email: {clicks: 40%, orders: 20%}}}
  churn: {dormant: {single: 10d}, win_back: {letter: {channel: email, after: 5d, returns: 40%}}}
  fulfilment: {late: 20%, returns: {online: 40%, store: 30%}}
  loyalty: {reward: {points: 60}}
  market: {stock: {out: 20%}}
  omnichannel: on
  satisfaction: {survey: {share: 100%, answers: {base: 50%}}, reviews: {answers: {base: 30%}}}
  service: {asks: {return: 50%, defect: 90%, late: 90%}}
  word_of_mouth: {shares: 15%, referral: {share: 50%}}
`
	return compiled(t, "bazaar.yaml", string(text)+behaviors)
}

func compiled(t *testing.T, name, text string) *model.World {
	t.Helper()
	s, err := model.LoadBytes(name, []byte(text), scenarios.FS)
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// pairs are the causes and types of events in a town, "loyalty reward" and so on: of those outside
// of journeys, and of the others.
type pairs struct {
	w               *model.World
	asides, touches map[string]bool
}

func (p *pairs) Encode(b *table.Batch) (func() error, error) {
	of, rows := &p.w.Tables[table.TableEvents], &b.Tables[table.TableEvents]
	for i, journey := range rows.Ints(table.EventJourney) {
		e := recordOf(of, rows, i)
		pair := e.words["cause"] + " " + e.words["event_type"]
		switch {
		case journey != table.Null:
			p.touches[pair] = true
		case !isPush(e):
			p.asides[pair] = true
		}
	}
	return nil, nil
}

// TestEverythingIsTold holds that what behaviors do outside of journeys has a sentence, that what
// begins a journey has a reason, and that no sentence is there in vain.
func TestEverythingIsTold(t *testing.T) {
	seen := &pairs{asides: map[string]bool{}, touches: map[string]bool{}}
	contracts := compiled(t, "contracts.yaml", "from: telecom\nname: contracts\ncustomers: 1000\n")
	for _, seen.w = range []*model.World{bazaar(t), contracts} {
		if err := simulate.Town(t.Context(), seen.w, 0, seen); err != nil {
			t.Fatal(err)
		}
	}
	core := []string{"delivery", "pickup", "store_visit", "purchase"}
	for pair := range seen.asides {
		cause, kind, _ := strings.Cut(pair, " ")
		v := voiceOf(cause)
		if v.asides[kind] == nil && !slices.Contains(core, kind) {
			t.Errorf("there are events of %s outside of journeys, %s has no sentence for them",
				pair, cause)
		}
	}
	for pair := range seen.touches {
		cause, kind, _ := strings.Cut(pair, " ")
		v := voiceOf(cause)
		if v.behavior != "" && v.begins == "" && v.touches[kind] == nil {
			t.Errorf("there are events of %s in journeys, %s says nothing of them", pair, cause)
		}
	}
	for _, v := range voices {
		for kind := range v.asides {
			if pair := v.behavior + " " + kind; !seen.asides[pair] {
				t.Errorf("no event of %s outside of journeys", pair)
			}
		}
		for kind := range v.touches {
			if pair := v.behavior + " " + kind; !seen.touches[pair] {
				t.Errorf("no event of %s in a journey", pair)
			}
		}
	}
}

func voiceOf(cause string) *voice {
	return (&teller{voices: voices}).voice(record{words: map[string]string{"cause": cause}})
}

// TestEveryBehaviorHasAVoice holds that each cause that is a behavior has one voice, and that
// voices say of events and of the ends of journeys only what there is, once.
func TestEveryBehaviorHasAVoice(t *testing.T) {
	tables := table.Schema("EUR")
	causes := model.Causes()
	var voiced []string
	for _, v := range voices {
		voiced = append(voiced, v.behavior)
	}
	slices.Sort(voiced)
	if !slices.Equal(voiced, slices.Sorted(slices.Values(causes))) {
		t.Errorf("voices of %v, want one for each of %v", voiced, causes)
	}
	outcomes := tables[table.TableTruthJourneys].Column("outcome").Vocab
	ends := map[string]int{"purchased": 1, "gave_up": 1, "under_way": 1, "lost": 1} // the teller's
	for _, v := range voices {
		for kind := range v.asides {
			if !slices.Contains(table.EventTypes, kind) {
				t.Errorf("%s: there are no events %s", v.behavior, kind)
			}
		}
		for outcome := range v.endings {
			ends[outcome]++
		}
	}
	for _, outcome := range outcomes {
		if ends[outcome] != 1 {
			t.Errorf("%d sentences for the outcome %s, want one", ends[outcome], outcome)
		}
	}
	if len(ends) != len(outcomes) {
		t.Errorf("sentences for the outcomes %v, there is %v", ends, outcomes)
	}
}

// TestFindFindsWhomItPromises holds that somebody is found who has such a journey, and that nobody
// is where there is none.
func TestFindFindsWhomItPromises(t *testing.T) {
	w := bazaar(t)
	for i, pattern := range table.Patterns {
		person, err := Find(t.Context(), w, uint32(i+1))
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		told, err := Tell(t.Context(), w, person)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(told.Journeys, func(j Journey) bool {
			return j.Pattern == pattern && strings.Contains(j.Text, "("+spaced(pattern)+")")
		}) {
			t.Errorf("person %d has no journey of pattern %s: %v", person, pattern, told)
		}
	}
	funnel := compiled(t, "funnel.yaml", "from: classic-funnel\nname: funnel\ncustomers: 300\n")
	for pattern, want := range map[uint32]string{
		table.PureOnline: "nobody has a journey of this pattern",
		0:                "there is no pattern 0, want 1 to 6",
		7:                "there is no pattern 7, want 1 to 6",
	} {
		if _, err := Find(t.Context(), funnel, pattern); err == nil || err.Error() != want {
			t.Errorf("pattern %d: error %v, want %s", pattern, err, want)
		}
	}
}

// TestTellFails holds what stops a story.
func TestTellFails(t *testing.T) {
	w := compiled(t, "funnel.yaml", "from: classic-funnel\nname: funnel\ncustomers: 300\n")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, c := range []struct {
		ctx    context.Context
		person int
		want   string
	}{
		{t.Context(), 0, "there is no person 0 in funnel, want 1 to 300"},
		{t.Context(), 301, "there is no person 301 in funnel, want 1 to 300"},
		{stopped, 1, context.Canceled.Error()},
	} {
		told, err := Tell(c.ctx, w, c.person)
		if err == nil || err.Error() != c.want || told != nil {
			t.Errorf("person %d: error %v and %v, want %s", c.person, err, told, c.want)
		}
	}
	if err := new(Story).WriteText(full{}); !errors.Is(err, errFull) {
		t.Errorf("a full disk: error %v", err)
	}
	if _, err := Find(stopped, w, table.PureOnline); !errors.Is(err, context.Canceled) {
		t.Errorf("a search that was stopped: error %v", err)
	}
}

// A full writer takes nothing.
type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestYearsAreWritten: where a life is longer than a year, once for each, and nowhere else.
func TestYearsAreWritten(t *testing.T) {
	day := func(year int) time.Time { return time.Date(year, 1, 9, 9, 50, 0, 0, time.UTC) }
	s := &Story{Before: []Moment{{At: day(2025), Text: "A."}, {At: day(2025), Text: "B."}},
		Journeys: []Journey{{Category: "pens", Text: "ends.", Moments: []Moment{
			{At: day(2025), Until: day(2026), Text: "C."}, {At: day(2026), Text: "D."}}}}}
	var b strings.Builder
	if err := s.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	const want = `
  2025
  Thu 9 Jan 09:50  A.
  Thu 9 Jan 09:50  B.

Journey 1 (pens): ends.
  Thu 9 Jan 09:50 – 9 Jan 2026  C.
  2026
  Fri 9 Jan 09:50  D.
`
	if b.String() != want {
		t.Errorf("wrote %s\nwant %s", b.String(), want)
	}
	b.Reset()
	s.Journeys = nil
	if err := s.WriteText(&b); err != nil || strings.Contains(b.String(), "2025") {
		t.Errorf("a life in one year: %v, %s", err, b.String())
	}
}

// TestAClickIsToldWithItsVisit: also where the visit does not begin with it.
func TestAClickIsToldWithItsVisit(t *testing.T) {
	seen := happened("impression", "display", "stage", "look")
	click, page := happened("click", "display", "stage", "look"), happened("page_view", "display",
		"stage", "look")
	for i, e := range []record{seen, click, page} {
		e.number["journey_id"] = 1
		e.number["event_time"] += int64(i) * 1_000_000
	}
	page.number["session_id"] = 5
	later := happened("page_view", "display", "stage", "look")
	later.number["journey_id"], later.number["session_id"] = 1, 5
	later.number["event_time"] += 3600 * 1_000_000
	if !sameTouch(seen, click) || !sameTouch(click, page) || sameTouch(click, seen) ||
		sameTouch(click, later) {
		t.Errorf("a click is told with its visit: %t, %t; with another: %t, %t", sameTouch(seen, click),
			sameTouch(click, page), sameTouch(click, seen), sameTouch(click, later))
	}
}
