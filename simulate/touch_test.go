package simulate

import (
	"math"
	"testing"

	"github.com/percorso/percorso/model/table"
)

// TestAVisitGoesOnForHalfAnHour: a touch through the same channel belongs to the session before it
// up to 30 minutes after that was over, and a microsecond later begins another one.
func TestAVisitGoesOnForHalfAnHour(t *testing.T) {
	t.Parallel()
	const minute = 60 * second
	w := worldOf(t, bazaar, "customers", "1")
	town := newTown(newRecorder(w, newIDs(w.Key), 1, 256), 0)
	town.step(0)
	search, p, ends := numberOf(w, "search"), &town.people[0], town.dayStart+12*3600*second
	for _, test := range []struct {
		name string
		id   int64 // of the session; 0: none yet
		at   int64
		want bool
	}{
		{"at once", 5, ends, true},
		{"after half an hour", 5, ends + 30*minute - clicking, true},
		{"after a moment more", 5, ends + 30*minute - clicking + 1, false},
		{"after an hour", 5, ends + 60*minute, false},
		{"without a session", 0, ends, false},
	} {
		p.nextChannel = search
		p.session = session{id: test.id, sought: search, channel: search, last: ends}
		if got := town.goesOn(p, &w.Channels[search-1], test.at); got != test.want {
			t.Errorf("%s a visit goes on: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestANewSource: a click from another source goes on with the session, unless sessions.new_source
// says that it begins another.
func TestANewSource(t *testing.T) {
	t.Parallel()
	for _, begins := range []string{"false", "true"} {
		w := worldOf(t, bazaar, "customers", "400", "sessions.new_source", begins)
		channels := map[int64]map[uint32]bool{} // by session
		several := 0
		for _, e := range censusOf(w, whole(t, w)).events {
			if e.session == table.Null {
				continue
			}
			if channels[e.session] == nil {
				channels[e.session] = map[uint32]bool{}
			}
			channels[e.session][e.channel] = true
			if len(channels[e.session]) == 2 {
				several++
			}
		}
		if len(channels) < 500 || (several > 0) == (begins == "true") {
			t.Errorf("new_source %s: events of %d in %d sessions have several channels", begins, several,
				len(channels))
		}
	}
}

// TestMailsReachWhoAllowsThem: the chain's mails too, and each is sent before it is opened. For all
// others the row of channels is as if it had no inbox.
func TestMailsReachWhoAllowsThem(t *testing.T) {
	t.Parallel()
	const letters = `
customers: 2_000
days: 60
time_zone: UTC
needs: {per_year: 30}
channels:
  letter: {touchpoint: inbox, hours: 8-22}
  direct: {touchpoint: web}
  search: {touchpoint: web, medium: organic}
identity: {register: 20%, login: 100%, marketing: 50%}
journey:
  start: {a: 1}
  stages: {a: {part_of: consideration, does: browse, dwell: 3h, next: {a: 50%, leave: 50%}}}
  channels: {start: {letter: 6, direct: 3, search: 1}}
`
	w := worldOf(t, letters)
	c := censusOf(w, whole(t, w))
	for _, check := range []func(*census) error{opensFollowSends, mailsAreAllowed} {
		if err := check(c); err != nil {
			t.Error(err)
		}
	}
	allows := map[int64]bool{}
	for i, user := range c.ints(table.TableCustomers, "user_id") {
		allows[c.owner[user]] = c.ints(table.TableCustomers, "has_marketing_consent")[i] != 0
	}
	counts := map[string]float64{}
	for _, e := range c.events {
		channel := w.Channels[e.channel-1].Name
		switch {
		case e.kind == table.MessageSent:
			counts["sent"]++
		case e.kind == table.SessionStart && !allows[e.person]:
			counts[channel]++
		}
	}
	if counts["sent"] < 3_000 || counts["letter"] > 0 {
		t.Errorf("%g mails are sent, %g visits come from mails to those who allow none", counts["sent"],
			counts["letter"])
	}
	n := counts["direct"] + counts["search"]
	if share := counts["direct"] / n; math.Abs(share-0.75) > 5*math.Sqrt(0.75*0.25/n) {
		t.Errorf("%.4f of %g visits without mails are direct, want 0.75", share, n)
	}
}

// TestSegmentsNeedTheirCategories: a factor on a category is one on its odds among the needs of a
// segment, and 0 is never.
func TestSegmentsNeedTheirCategories(t *testing.T) {
	t.Parallel()
	const shops = `
customers: 4_000
days: 60
needs: {per_year: 6}
catalogue: {categories: {shoes: {share: 50%}, coats: {share: 25%}, hats: {share: 25%}}}
segments:
  young: {share: 50%, categories: {coats: 2, hats: 0}}
  old:   {share: 50%}
channels: {web: {touchpoint: web}}
journey:
  start: {a: 1}
  stages: {a: {part_of: consideration, does: browse, dwell: 3h, next: {leave: 100%}}}
  channels: {start: {web: 1}}
`
	w := worldOf(t, shops)
	c := censusOf(w, whole(t, w))
	segment, category := c.codes(table.TableTruthPeople, "segment"), c.codes(table.TableTruthJourneys,
		"category")
	counts := map[[2]string]float64{}
	for i, person := range c.ints(table.TableTruthJourneys, "person_id") {
		who := w.Segments[segment[c.people[person]]-1].Name
		counts[[2]string{who, w.Categories[category[i]-1].Name}]++
	}
	for who, want := range map[string]map[string]float64{
		"young": {"shoes": 0.5, "coats": 0.5, "hats": 0},
		"old":   {"shoes": 0.5, "coats": 0.25, "hats": 0.25},
	} {
		n := 0.0
		for name := range want {
			n += counts[[2]string{who, name}]
		}
		for name, share := range want {
			got := counts[[2]string{who, name}] / n
			if n < 1_000 || math.Abs(got-share) > 5*math.Sqrt(share*(1-share)/n) {
				t.Errorf("%s: %.4f of %g needs are %s, want %.2f", who, got, n, name, share)
			}
		}
	}
}

// TestPagesTakeTheirTime: of visits with five pages and more at most 2 % take less than 5 s a page.
func TestPagesTakeTheirTime(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", "customers", "1_000")
	c := censusOf(w, whole(t, w))
	type visit struct{ pages, lasted int64 }
	visits := map[int64]visit{}
	for _, e := range c.events {
		switch e.kind {
		case table.PageView, table.ScreenView, table.ViewItem, table.Search:
			v := visits[e.session]
			visits[e.session] = visit{v.pages + 1, v.lasted + e.lasted}
		}
	}
	long, hasty := 0, 0
	for _, v := range visits {
		if v.pages >= 5 {
			long++
			if v.lasted < v.pages*5_000 {
				hasty++
			}
		}
	}
	if long < 1_000 || hasty*50 > long {
		t.Errorf("%d of %d visits of five pages and more take less than 5 s a page, want 2 %% at most",
			hasty, long)
	}
}
