package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// TestSentencesAgreeWithThePronoun holds how verbs follow, and that data in braces stays as it is.
func TestSentencesAgreeWithThePronoun(t *testing.T) {
	const sentence = "{They} {are}, {have}, {do}, {go}, {buy}, {reply}, {watch}, {pass}, {fix}, " +
		"{push}, {were}; {their}, {them}, {they}; {Their} {give}"
	for p, want := range map[pronoun]string{
		she: "She is, has, does, goes, buys, replies, watches, passes, fixes, pushes, was; " +
			"her, her, she; Her gives",
		he: "He is, has, does, goes, buys, replies, watches, passes, fixes, pushes, was; " +
			"his, him, he; His gives",
		they: "They are, have, do, go, buy, reply, watch, pass, fix, push, were; " +
			"their, them, they; Their give",
	} {
		if got := p.says(sentence); got != want {
			t.Errorf("%s: %q, want %q", p.subject, got, want)
		}
		if got, want := told(p).say("{their} %s", "{set}"), p.possessive+" {set}"; got != want {
			t.Errorf("a product called {set}: %q, want %q", got, want)
		}
	}
}

// TestPronounFollowsTheName: people have that of their first name, and they is for those whose name
// nobody knows or whose name does not tell.
func TestPronounFollowsTheName(t *testing.T) {
	for _, name := range []string{"it-IT", "en"} {
		w := compiled(t, "shop.yaml", "from: classic-funnel\nlocale: "+name+"\n")
		seen := map[pronoun]bool{}
		for user := range int64(50) {
			born := user * 300 // days since 1970
			who := &life{customer: &record{number: map[string]int64{
				"user_id": user, "birth_date": born}}}
			year := time.Unix(born*86400, 0).UTC().Year()
			want := map[string]pronoun{"female": she, "male": he, "": they}[string(
				w.Locale.Person(uint64(user), 0, year).Gender)]
			if got := pronounOf(w, who); got != want {
				t.Errorf("%s, customer %d: %s, want %s", name, user, got.subject, want.subject)
			}
			seen[want] = true
		}
		if name == "it-IT" && (!seen[she] || !seen[he]) {
			t.Errorf("%s: met %v, want women and men", name, seen)
		}
		if got := pronounOf(w, new(life)); got != they {
			t.Errorf("%s, nobody knows the name: %s, want they", name, got.subject)
		}
	}
}

// TestStoriesTellChurnInOrder: who was won back and stopped again came back first.
func TestStoriesTellChurnInOrder(t *testing.T) {
	day := 2 * noon
	for _, c := range []struct {
		turns map[string]int64
		want  []string
	}{
		{nil, nil},
		{map[string]int64{"churned_at": day, "won_back_at": 0},
			[]string{"She came back on 1 January 1970.", "She stopped buying on 2 January 1970."}},
		{map[string]int64{"dormant_at": day}, []string{"From 2 January 1970 on she counted as dormant."}},
		{map[string]int64{"churned_at": day, "dormant_at": day},
			[]string{"She stopped buying on 2 January 1970."}},
	} {
		story := told(she)
		story.life.person.number = c.turns
		if got := story.turns(); !slices.Equal(got, c.want) {
			t.Errorf("%v: told %q, want %q", c.turns, got, c.want)
		}
	}
	story := told(he)
	story.w.Plans = model.Plans{&model.ChurnPlan{Contracts: make([]model.ContractPlan, 1)}}
	story.life.person.number = map[string]int64{"churned_at": day}
	if got := story.turns(); got[0] != "He cancelled his contract on 2 January 1970." {
		t.Errorf("with contracts: told %q", got)
	}
}

// TestFeelingsHaveNoSignOfZero: what rounds to nothing is neither good nor bad.
func TestFeelingsHaveNoSignOfZero(t *testing.T) {
	for felt, want := range map[int64]string{
		499: "0.0", -499: "0.0", 0: "0.0", 1_000: "+0.1", -13_000: "-1.3",
	} {
		story := told(she)
		story.life.person.number["satisfaction"] = felt
		want := []string{"Her satisfaction at the end is " + want + " (0: as expected)."}
		if got := story.feelings(); !slices.Equal(got, want) {
			t.Errorf("%d: told %q, want %s", felt, got, want)
		}
	}
}

// TestRatesAreToldAsPeopleSay holds how often a need is felt.
func TestRatesAreToldAsPeopleSay(t *testing.T) {
	for rate, want := range map[int64]string{
		0: "less than once in twenty years", 499: "less than once in twenty years",
		500: "about every 10 years", 2_000: "about every 5 years", 6_000: "about every 20 months",
		9_000: "about every 13 months", 10_000: "about once a year", 20_049: "about twice a year",
		45_000: "about 4.5 times a year", 240_000: "about 24 times a year",
	} {
		if got := often(rate); got != want {
			t.Errorf("%d: %q, want %q", rate, got, want)
		}
	}
}

// TestLengthsOfTimeAreToldToTheSecond holds it.
func TestLengthsOfTimeAreToldToTheSecond(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 400 * time.Millisecond: "0 s", 38 * time.Second: "38 s", time.Hour: "1 h",
		67*time.Second + 500*time.Millisecond: "1 min 8 s", 3723 * time.Second: "1 h 2 min 3 s",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestWhatIsAskedForIsOfTheCall: a quote asked for on the phone, and what is missed in a store,
// are told with the call or the visit, not as others.
func TestWhatIsAskedForIsOfTheCall(t *testing.T) {
	happens := func(kind, channel string, journey int64) record {
		return record{number: map[string]int64{"journey_id": journey},
			words: map[string]string{"event_type": kind, "channel": channel, "stage": "quote"}}
	}
	call := happens("call", "rep", 1)
	for _, c := range []struct {
		next record
		same bool
	}{
		{happens("quote_request", "rep", 1), true},
		{happens("stock_out", "rep", 1), true},
		{happens("quote_request", "web", 1), false},
		{happens("call", "rep", 1), false},
	} {
		if got := sameTouch(call, c.next); got != c.same {
			t.Errorf("a call and a %s through %s: one touch %v, want %v", c.next.words["event_type"],
				c.next.words["channel"], got, c.same)
		}
	}
}

// TestContactsAreToldAsTheirTicketSays: how long one waits counts where one waits for somebody, and
// a matter that comes again is no new one.
func TestContactsAreToldAsTheirTicketSays(t *testing.T) {
	for _, c := range []struct {
		how, kind    string
		attempt      int64
		wait         time.Duration
		status, want string
	}{
		{"{call}", "call", 1, 0, "resolved", "; the matter is resolved"},
		{"{call}", "call", 1, 999 * time.Millisecond, "resolved", "; the matter is resolved"},
		{"{call}", "call", 1, 90 * time.Second, "unresolved",
			" and waits 1 min 30 s; the matter is not resolved"},
		{"{call}", "call", 3, 9 * time.Second, "abandoned", " and gives up after 9 s"},
		{"{call}", "call", 12, 9 * time.Second, "abandoned", " and gives up after 9 s"},
		{"{write} to", "contact_request", 2, time.Hour, "open", "; there is no answer yet"},
	} {
		story, contact := told(she), happened(c.kind, "call_center", "reason", "late")
		want := "she " + third(strings.Trim(c.how, "{}")) + " customer service"
		if c.how == "{write} to" {
			want = "she writes to customer service"
		}
		want += " (call center)"
		times := map[int64]string{2: " again", 3: " for the 3rd time", 12: " for the 12th time"}
		about := " about a late delivery"
		story.row(table.TableTickets, map[string]int64{"opened_at": noon, "attempt": c.attempt,
			"wait_ms": c.wait.Milliseconds()}, map[string]string{"status": c.status})
		whole := want + times[c.attempt] + about + c.want
		if got := story.asking(c.how, contact); got != whole {
			t.Errorf("told %q, want %q", got, whole)
		}
		contact.number["event_time"]++ // no ticket
		if got := story.asking(c.how, contact); got != want+about {
			t.Errorf("without a ticket: told %q, want %q", got, want+about)
		}
	}
}

// TestEveryTopicAndEndOfATicketHasWords: whatever people turn to customer service for, and however
// it ends.
func TestEveryTopicAndEndOfATicketHasWords(t *testing.T) {
	w := bazaar(t)
	for _, topic := range w.Tables[table.TableTickets].Column("topic").Vocab {
		if topics[topic] == "" {
			t.Errorf("no words for a contact about %s", topic)
		}
	}
	for _, status := range w.Tables[table.TableTickets].Column("status").Vocab {
		if endsOfTickets[status] == "" && status != "abandoned" {
			t.Errorf("no words for a ticket that is %s", status)
		}
	}
}

// TestWhatLeadsBeyondTheChain holds which reason is told where several could be.
func TestWhatLeadsBeyondTheChain(t *testing.T) {
	story := told(she)
	w := story.w
	w.Stages = []string{"cart", "look"}
	w.Segments = []model.SegmentPlan{{Name: "others", Chain: 1}, {Name: "hers"}}
	w.Chains = []model.Chain{{Stages: []model.StagePlan{1: {Does: model.FillCart}, 2: {}}}}
	story.life.person.words["segment"] = "hers"
	missed := []record{happened("stock_out", "store")}
	const market, cart = "because what she wanted was out of stock [market]",
		"because of the cart that she abandoned [cart]"
	for _, c := range []struct {
		at      position
		carts   bool
		without uint64
		want    string
	}{
		{position{stage: "cart", events: missed}, true, 1, market},
		{position{stage: "cart"}, true, 1, cart},
		{position{stage: "cart"}, false, 1, "after something that is missing in this world"},
		{position{stage: "look"}, true, 0, "for a reason that the journey does not give"},
	} {
		w.Plans, w.Off, story.at = model.Plans{&model.CartBehaviorPlan{On: c.carts}}, c.without, c.at
		if got := story.beyond(); got != c.want {
			t.Errorf("at %s, carts %v, without %b: told %q, want %q", c.at.stage, c.carts, c.without,
				got, c.want)
		}
	}
}
