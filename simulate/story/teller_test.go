package story

import (
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// ended tells how a journey ended that was last at a cart.
func ended(outcome string, number map[string]int64) func(t *teller) string {
	return func(t *teller) string {
		t.w.Scenario.Journey.Stages = map[string]model.Stage{"basket": {PartOf: "purchase"}}
		return t.ending(record{number: number, words: map[string]string{
			"outcome": outcome, "last_stage": "basket", "pattern": "pure_store"}})
	}
}

// touching tells a touch of some events.
func touching(events ...record) func(t *teller) string {
	return func(t *teller) string { return t.sentence(events) }
}

// passing tells what was noticed in passing.
func passing(e record) func(t *teller) string {
	return func(t *teller) string { return t.push(e) }
}

// clause tells an event outside of journeys.
func clause(e record) func(t *teller) string {
	return func(t *teller) string { return t.clause(e) }
}

// ours are what stories say whatever the behaviors.
var ours = []saying{
	{"known", func(t *teller) string {
		t.relation(&record{words: map[string]string{"identified_by": "login", "tier": "gold"},
			number: map[string]int64{"points": 1, "has_marketing_consent": 1}})
		return strings.Join(t.story.Person.About, " ")
	}, "She became a known customer on 1 January 1970, when she signed up. " +
		"She has a gold loyalty card with 1 point and has agreed to marketing messages.",
		"He became a known customer on 1 January 1970, when he signed up. " +
			"He has a gold loyalty card with 1 point and has agreed to marketing messages.",
		"They became a known customer on 1 January 1970, when they signed up. " +
			"They have a gold loyalty card with 1 point and have agreed to marketing messages."},
	{"no card", func(t *teller) string {
		t.relation(&record{words: map[string]string{"identified_by": "order"}})
		return t.story.Person.About[1]
	}, "She has no loyalty card and has not agreed to marketing messages.",
		"He has no loyalty card and has not agreed to marketing messages.",
		"They have no loyalty card and have not agreed to marketing messages."},
	{"under way", ended("under_way", nil), "she is still on it, at basket (purchase)",
		"he is still on it, at basket (purchase)", "they are still on it, at basket (purchase)"},
	{"purchased", ended("purchased", map[string]int64{"ended_at": 0}),
		"she buys (pure store), and the journey ends on 1 January 1970",
		"he buys (pure store), and the journey ends on 1 January 1970",
		"they buy (pure store), and the journey ends on 1 January 1970"},
	{"gave up", ended("gave_up", map[string]int64{"ended_at": 0}),
		"she gives up at basket (purchase) on 1 January 1970",
		"he gives up at basket (purchase) on 1 January 1970",
		"they give up at basket (purchase) on 1 January 1970"},
	{"lost", ended("lost", map[string]int64{"ended_at": 0}),
		"it ends at basket (purchase) on 1 January 1970, because the next contact is missing",
		"it ends at basket (purchase) on 1 January 1970, because the next contact is missing",
		"it ends at basket (purchase) on 1 January 1970, because the next contact is missing"},
	{"visit", touching(
		happened("session_start", "search", "touchpoint", "web", "device_type", "mobile"),
		happened("sign_up", "search"), happened("page_view", "search"),
		happened("quote_request", "search")),
		"she visits the site (search), signs up, views 1 page on her mobile in 0 s and asks for a quote.",
		"he visits the site (search), signs up, views 1 page on his mobile in 0 s and asks for a quote.",
		"they visit the site (search), sign up, view 1 page on their mobile in 0 s and ask for a quote."},
	{"app", touching(
		happened("session_start", "push", "touchpoint", "app", "device_type", "app"),
		happened("login", "push"), happened("view_item", "push"), happened("screen_view", "push")),
		"she opens the app (push), logs in and views 2 pages in the app in 0 s (P1).",
		"he opens the app (push), logs in and views 2 pages in the app in 0 s (P1).",
		"they open the app (push), log in and view 2 pages in the app in 0 s (P1)."},
	{"app by itself", func(t *teller) string {
		t.w.Scenario.Channels = map[string]model.Channel{"search": {Touchpoint: "web"}}
		return touching(happened("session_start", "app", "touchpoint", "app"))(t) + " " +
			touching(happened("session_start", "search", "touchpoint", "app"))(t)
	}, "she opens the app. she opens the app.", "he opens the app. he opens the app.",
		"they open the app. they open the app."},
	{"message", touching(happened("message_opened", "email"), happened("click", "email")),
		"she opens a message (email) and clicks on it.", "he opens a message (email) and clicks on it.",
		"they open a message (email) and click on it."},
	{"call", touching(happened("call", "tel")), "she calls the shop (tel) for 1 minute.",
		"he calls the shop (tel) for 1 minute.", "they call the shop (tel) for 1 minute."},
	{"stores", touching(happened("store_visit", "store", "store_id", "S1"),
		happened("store_visit", "store", "store_id", "S2")),
		"she visits store S1 for 1 minute and goes on to store S2 for 1 minute.",
		"he visits store S1 for 1 minute and goes on to store S2 for 1 minute.",
		"they visit store S1 for 1 minute and go on to store S2 for 1 minute."},
	{"still there", touching(
		happened("quote_request", "store", "touchpoint", "store", "store_id", "S1")),
		"she stays in store S1 and asks for a quote.", "he stays in store S1 and asks for a quote.",
		"they stay in store S1 and ask for a quote."},
	{"cart", func(t *teller) string {
		t.w.Tables[table.TableCarts].Column("reason").Vocab = []string{"slow_delivery"}
		t.row(table.TableCarts, map[string]int64{"session_id": 5, "created_at": noon},
			map[string]string{"status": "abandoned", "reason": "slow_delivery"})
		e := happened("add_to_cart", "site")
		e.number["session_id"], e.number["quantity"] = 5, 2
		return t.sentence([]record{e})
	}, "she visits the site (site) and puts 2 × P1 in the cart; " +
		"she abandons the cart later; reason: slow delivery.",
		"he visits the site (site) and puts 2 × P1 in the cart; " +
			"he abandons the cart later; reason: slow delivery.",
		"they visit the site (site) and put 2 × P1 in the cart; " +
			"they abandon the cart later; reason: slow delivery."},
	{"checkout left", touching(happened("view_cart", "site"), happened("remove_from_cart", "site"),
		happened("begin_checkout", "site"), happened("add_shipping_info", "site")),
		"she visits the site (site), takes P1 out again and goes " +
			"through the checkout as far as the delivery.",
		"he visits the site (site), takes P1 out again and goes " +
			"through the checkout as far as the delivery.",
		"they visit the site (site), take P1 out again and go " +
			"through the checkout as far as the delivery."},
	{"declined", touching(happened("view_cart", "site"), happened("begin_checkout", "site"),
		happened("add_shipping_info", "site"), happened("add_payment_info", "site"),
		happened("payment_declined", "site"), happened("add_payment_info", "site"),
		happened("payment_declined", "site")),
		"she visits the site (site), goes through the checkout as far as the payment and " +
			"has 2 payments declined.",
		"he visits the site (site), goes through the checkout as far as the payment and " +
			"has 2 payments declined.",
		"they visit the site (site), go through the checkout as far as the payment and " +
			"have 2 payments declined."},
	{"an ad", passing(happened("impression", "display")), "sees an ad (display)",
		"sees an ad (display)", "see an ad (display)"},
	{"an ad in the street", passing(happened("impression", "tv", "touchpoint", "street")),
		"notices an ad (tv)", "notices an ad (tv)", "notice an ad (tv)"},
	{"a post", passing(happened("impression", "insta", "touchpoint", "social_feed")),
		"sees a post (insta)", "sees a post (insta)", "see a post (insta)"},
	{"friends", passing(happened("impression", "friends", "touchpoint", "street")),
		"hears about the shop (friends)", "hears about the shop (friends)",
		"hear about the shop (friends)"},
	{"sent", passing(happened("message_sent", "email")), "is sent a message (email)",
		"is sent a message (email)", "are sent a message (email)"},
	{"opened", passing(happened("message_opened", "email")), "opens a message (email)",
		"opens a message (email)", "open a message (email)"},
	{"bounced", passing(happened("message_bounced", "email")),
		"is sent a message that does not arrive (email)",
		"is sent a message that does not arrive (email)",
		"are sent a message that does not arrive (email)"},
	{"unsubscribed", passing(happened("message_unsubscribed", "email")), "unsubscribes (email)",
		"unsubscribes (email)", "unsubscribe (email)"},
	{"withdrawn", passing(happened("consent_changed", "email")),
		"withdraws her consent to advertising", "withdraws his consent to advertising",
		"withdraw their consent to advertising"},
	{"delivery", clause(happened("delivery", "site")), "an order is delivered",
		"an order is delivered", "an order is delivered"},
	{"pickup", clause(happened("pickup", "site", "store_id", "S1")),
		"she picks up an order at store S1", "he picks up an order at store S1",
		"they pick up an order at store S1"},
	{"store visit", clause(happened("store_visit", "store", "store_id", "S1")),
		"she visits store S1", "he visits store S1", "they visit store S1"},
	{"purchase", func(t *teller) string {
		t.row(table.TableOrders, map[string]int64{"order_id": 7, "total": 990, "discount": 10},
			map[string]string{"fulfilment": "in_store"})
		t.w.Tables[table.TableOrderLines].Column("product_id").Vocab = []string{"P1"}
		t.row(table.TableOrderLines, map[string]int64{"order_id": 7, "quantity": 1},
			map[string]string{"product_id": "P1"})
		return t.clause(happened("purchase", "store"))
	}, "while there, she buys 1 × P1 for 9.90 EUR (in store; 0.10 EUR off)",
		"while there, he buys 1 × P1 for 9.90 EUR (in store; 0.10 EUR off)",
		"while there, they buy 1 × P1 for 9.90 EUR (in store; 0.10 EUR off)"},
}

// TestStoriesSpeakOfHerHimAndThem holds what is said whatever the behaviors, for all pronouns.
func TestStoriesSpeakOfHerHimAndThem(t *testing.T) {
	for _, s := range ours {
		s.holds(t)
	}
}

// holds compares what is said with each pronoun.
func (s *saying) holds(t *testing.T) {
	t.Helper()
	for _, c := range []struct {
		pronoun pronoun
		want    string
	}{{she, s.she}, {he, s.he}, {they, s.their}} {
		if got := s.says(told(c.pronoun)); got != c.want {
			t.Errorf("%s: told %q, want %q", s.name, got, c.want)
		}
	}
}

// TestWhyNamesTheRuleAndItsProbability holds the reason for each way into a touch.
func TestWhyNamesTheRuleAndItsProbability(t *testing.T) {
	w := compiled(t, "two.yaml", `
channels: {the_ad: {touchpoint: street}, web: {touchpoint: web}}
journey:
  start: {look: 50%, buy_it: 50%}
  stages:
    look:   {part_of: consideration, dwell: 1d, next: {look: 20%, buy_it: 30%, leave: 50%}}
    buy_it: {part_of: purchase, dwell: 1d, next: {look: 10%, after_sales: 10%, leave: 80%}}
    after_sales: {dwell: 1d, next: {buy_it: 40%, after_sales: 10%, leave: 50%}}
  channels: {start: {the_ad: 1, web: 3}}
`)
	const ad, web = 1, 2
	for _, c := range []struct {
		stage, cause string
		at           position
		without      uint64
		want         string
	}{
		{"look", "need", position{}, 0,
			"she needs something; 50% of journeys start at look; 75% of these come through web"},
		{"buy_it", "chain", position{stage: "look", last: ad}, 0,
			"after look, 30% go on to buy it; after the ad, 100% of these come through web"},
		{"look", "chain", position{stage: "look", last: web}, 0,
			"after look, 20% stay there for another contact; after web, 75% of these come through web"},
		{"buy_it", "chain", position{stage: "buy_it", last: web}, 0, "she comes back to " +
			"buy it for a reason that the journey does not give; after web, 100% come through web"},
		{"buy_it", "chain", position{stage: "after_sales", last: web}, 0,
			"from after sales, 40% go on to buy it; after web, 100% of these come through web"},
		{"after_sales", "chain", position{stage: "after_sales", last: web}, 0, "from after sales, 10% " +
			"stay there for another contact; after web, 75% of these come through web"},
		{"look", "chain", position{}, 0, "the journey began before the first day of the data"},
		{"look", "chain", position{}, 1, "the journey began before the first day of the data, " +
			"or through a channel that is missing"},
		{"look", "advertising", position{}, 0,
			"an ad or a message made her look [advertising]"},
	} {
		story := told(she)
		story.w, story.at = w, c.at
		story.life.person.words["segment"] = "everyone"
		w.Off = c.without
		if got := story.why(happened("x", "web", "stage", c.stage, "cause", c.cause)); got != c.want {
			t.Errorf("%s at %q:\ntold %q,\nwant %q", c.cause, c.at.stage, got, c.want)
		}
	}
}
