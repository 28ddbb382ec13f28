package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// noon is a time of day in µs.
const noon = int64(12 * time.Hour / time.Microsecond)

// told returns somebody to tell about, to whom nothing has happened, in a market with a store.
func told(p pronoun) *teller {
	w := new(model.World)
	w.Tables = table.Schema("EUR")
	w.Scenario = &model.Scenario{Currency: "EUR", Channels: map[string]model.Channel{
		"display": {Touchpoint: "web", Paid: true}, "friends": {Medium: "referral"}}}
	return &teller{w: w, zone: time.UTC, voices: voices, pronoun: p,
		life: &life{person: record{words: map[string]string{}, number: map[string]int64{}},
			town: newChronicle(w.Tables, 1)}}
}

// row adds a row to what was written about the town.
func (t *teller) row(id table.TableID, numbers map[string]int64, words map[string]string) {
	of, rows := &t.w.Tables[id], &t.life.town.rest.Tables[id]
	t.life.town.rest.Add(t.w.Tables, id)
	for c := range of.Columns {
		if ints := rows.Cols[c].Int; len(ints) > 0 {
			ints[rows.Len-1] = table.Null
		}
	}
	for column, n := range numbers {
		rows.Cols[of.At(column)].Int[rows.Len-1] = n
	}
	for column, word := range words {
		vocab := of.Column(column).Vocab
		rows.Cols[of.At(column)].Code[rows.Len-1] = uint32(slices.Index(vocab, word) + 1)
	}
}

// happened is an event through a channel at noon.
func happened(kind, channel string, words ...string) record {
	r := record{number: map[string]int64{"event_time": noon, "order_id": 7, "score": 4},
		words: map[string]string{"event_type": kind, "channel": channel, "product_id": "P1"}}
	for i := 0; i < len(words); i += 2 {
		r.words[words[i]] = words[i+1]
	}
	return r
}

// A saying is a sentence of a voice and what it must be for her, for him and for somebody of whom
// it is not known. Its name is the voice and the place in it.
type saying struct {
	name           string
	says           func(t *teller) string
	she, he, their string
}

// aside tells an event outside of journeys.
func (v *voice) aside(e record) func(t *teller) string {
	return func(t *teller) string { return v.asides[e.words["event_type"]](t, e) }
}

// begin tells why somebody sets out.
func (v *voice) begin(t *teller) string { return t.say(v.begins) }

// send tells of what it sends.
func (v *voice) send(t *teller) string {
	return t.push(happened("message_sent", "email", "cause", v.behavior))
}

// show tells of what somebody sees of it in passing.
func (v *voice) show(touchpoint string) func(t *teller) string {
	return func(t *teller) string {
		return v.shows(t, happened("impression", "social", "touchpoint", touchpoint))
	}
}

// end tells how a journey ended.
func (v *voice) end(outcome string) func(t *teller) string {
	return func(t *teller) string {
		return v.endings[outcome](t, record{words: map[string]string{"competitor": "cheap_goods"}})
	}
}

// sayings are all that voices say.
var sayings = []saying{
	{"advertising begins", advertising.begin, "an ad or a message made her look",
		"an ad or a message made him look", "an ad or a message made them look"},
	{"cart begins", cart.begin, "she follows a reminder of the cart that she abandoned",
		"he follows a reminder of the cart that he abandoned",
		"they follow a reminder of the cart that they abandoned"},
	{"cart message", cart.send, "is sent a cart reminder (email)",
		"is sent a cart reminder (email)", "are sent a cart reminder (email)"},
	{"cart beyond", func(t *teller) string {
		t.at.stage = "cart"
		t.w.Stages, t.w.Plans = []string{"cart"}, model.Plans{&model.CartBehaviorPlan{On: true}}
		t.w.Segments = []model.SegmentPlan{{}}
		t.w.Chains = []model.Chain{{Stages: []model.StagePlan{1: {Does: model.FillCart}}}}
		return cart.beyond(t)
	}, "because of the cart that she abandoned", "because of the cart that he abandoned",
		"because of the cart that they abandoned"},
	{"churn begins", churn.begin, "she follows a win-back message",
		"he follows a win-back message", "they follow a win-back message"},
	{"churn message", churn.send, "is sent a win-back message (email)",
		"is sent a win-back message (email)", "are sent a win-back message (email)"},
	{"churn person", func(t *teller) string {
		t.w.Plans = model.Plans{&model.ChurnPlan{}}
		t.life.person.number = map[string]int64{"churned_at": noon, "won_back_at": 40 * noon,
			"dormant_at": 20 * noon}
		return strings.Join(churn.person(t), " ")
	}, "She stopped buying on 1 January 1970. From 11 January 1970 on she counted as dormant. " +
		"She came back on 21 January 1970.",
		"He stopped buying on 1 January 1970. From 11 January 1970 on he counted as dormant. " +
			"He came back on 21 January 1970.",
		"They stopped buying on 1 January 1970. From 11 January 1970 on they counted as dormant. " +
			"They came back on 21 January 1970."},
	{"churn renewal", churn.aside(happened("renewal", "email")),
		"her contract is renewed (email)", "his contract is renewed (email)",
		"their contract is renewed (email)"},
	{"churn cancellation", churn.aside(happened("cancellation", "call_center", "reason", "price")),
		"she cancels her contract (call center); reason: price",
		"he cancels his contract (call center); reason: price",
		"they cancel their contract (call center); reason: price"},
	{"fulfilment return", fulfilment.aside(happened("return", "site", "reason", "too_small")),
		"she sends back P1; reason: too small", "he sends back P1; reason: too small",
		"they send back P1; reason: too small"},
	{"fulfilment return to a store", func(t *teller) string {
		t.row(table.TableOrders, map[string]int64{"order_id": 7, "ordered_at": noon}, nil)
		t.w.Tables[table.TableReturns].Column("product_id").Vocab = []string{"P1"}
		t.row(table.TableReturns, map[string]int64{"order_id": 7, "refund": 1250},
			map[string]string{"product_id": "P1"})
		return t.givingBack(happened("return", "store", "touchpoint", "store", "store_id", "S3"))
	}, "she returns P1, ordered on 1 January, to store S3; 12.50 EUR refunded",
		"he returns P1, ordered on 1 January, to store S3; 12.50 EUR refunded",
		"they return P1, ordered on 1 January, to store S3; 12.50 EUR refunded"},
	{"loyalty begins", loyalty.begin, "she follows a reminder to buy again",
		"he follows a reminder to buy again", "they follow a reminder to buy again"},
	{"loyalty message", loyalty.send, "is sent a reminder to buy again (email)",
		"is sent a reminder to buy again (email)", "are sent a reminder to buy again (email)"},
	{"loyalty reward_redeemed", loyalty.aside(happened("reward_redeemed", "email")),
		"her points become a voucher", "his points become a voucher",
		"their points become a voucher"},
	{"market stock_out", func(t *teller) string {
		e := happened("stock_out", "store")
		return joined(market.touches["stock_out"](t, e, []record{happened("purchase", "store")}))
	}, "does not find P1 and takes something else", "does not find P1 and takes something else",
		"do not find P1 and take something else"},
	{"market ends stock_out", market.end("stock_out"),
		"she does not find what she wants and gives up",
		"he does not find what he wants and gives up",
		"they do not find what they want and give up"},
	{"market beyond", func(t *teller) string {
		t.at.events = []record{happened("stock_out", "store")}
		return market.beyond(t)
	}, "because what she wanted was out of stock", "because what he wanted was out of stock",
		"because what they wanted was out of stock"},
	{"omnichannel ends competitor", omnichannel.end("competitor"),
		"she buys from a competitor, cheap goods,", "he buys from a competitor, cheap goods,",
		"they buy from a competitor, cheap goods,"},
	{"satisfaction person", func(t *teller) string {
		t.life.person.number["satisfaction"] = -13_000
		t.life.person.words["nps_class"] = "passive"
		return strings.Join(satisfaction.person(t), " ")
	}, "Her satisfaction at the end is -1.3 (0: as expected); " +
		"in an NPS survey she would be a passive.",
		"His satisfaction at the end is -1.3 (0: as expected); " +
			"in an NPS survey he would be a passive.",
		"Their satisfaction at the end is -1.3 (0: as expected); " +
			"in an NPS survey they would be a passive."},
	{"satisfaction message", satisfaction.send, "is sent a survey (email)",
		"is sent a survey (email)", "are sent a survey (email)"},
	{"satisfaction survey", satisfaction.aside(happened("survey", "email")),
		"she answers a survey (email): 4 of 5", "he answers a survey (email): 4 of 5",
		"they answer a survey (email): 4 of 5"},
	{"satisfaction survey for NPS", func(t *teller) string {
		t.row(table.TableSurveys, map[string]int64{"order_id": 7},
			map[string]string{"survey_type": "nps", "nps_class": "detractor"})
		return satisfaction.aside(happened("survey", "email"))(t)
	}, "she answers a survey (email): 4 of 10, a detractor",
		"he answers a survey (email): 4 of 10, a detractor",
		"they answer a survey (email): 4 of 10, a detractor"},
	{"satisfaction review", satisfaction.aside(happened("review", "site")),
		"she reviews P1: 4 of 5 stars", "he reviews P1: 4 of 5 stars",
		"they review P1: 4 of 5 stars"},
	{"service call", service.aside(happened("call", "call_center", "reason", "late")),
		"she calls customer service (call center) about a late delivery",
		"he calls customer service (call center) about a late delivery",
		"they call customer service (call center) about a late delivery"},
	{"service chat", service.aside(happened("chat", "site", "reason", "question")),
		"she chats with customer service (site) with a question",
		"he chats with customer service (site) with a question",
		"they chat with customer service (site) with a question"},
	{"service contact_request",
		service.aside(happened("contact_request", "email", "reason", "order")),
		"she writes to customer service (email) about an order",
		"he writes to customer service (email) about an order",
		"they write to customer service (email) about an order"},
	{"service contact_reply", service.aside(happened("contact_reply", "email")),
		"customer service answers her message (email)",
		"customer service answers his message (email)",
		"customer service answers their message (email)"},
	{"word_of_mouth begins", wordOfMouth.begin, "an acquaintance made her curious",
		"an acquaintance made him curious", "an acquaintance made them curious"},
	{"word_of_mouth shows", wordOfMouth.show("street"),
		"hears about the shop from an acquaintance", "hears about the shop from an acquaintance",
		"hear about the shop from an acquaintance"},
	{"word_of_mouth shows a post", wordOfMouth.show("social_feed"),
		"sees a post by an acquaintance (social)", "sees a post by an acquaintance (social)",
		"see a post by an acquaintance (social)"},
	{"word_of_mouth word_of_mouth",
		wordOfMouth.aside(happened("word_of_mouth", "friends", "touchpoint", "street")),
		"she tells a neighbour about the shop", "he tells a neighbour about the shop",
		"they tell a neighbour about the shop"},
	{"word_of_mouth post", func(t *teller) string {
		t.row(table.TableSocial, map[string]int64{"created_at": noon},
			map[string]string{"sentiment": "positive"})
		return wordOfMouth.aside(happened("post", "social"))(t)
	}, "she writes a positive post about the shop (social)",
		"he writes a positive post about the shop (social)",
		"they write a positive post about the shop (social)"},
	{"word_of_mouth comment", func(t *teller) string {
		t.row(table.TableSocial, map[string]int64{"created_at": noon},
			map[string]string{"sentiment": "negative"})
		return wordOfMouth.aside(happened("comment", "social"))(t)
	}, "she writes a negative comment on a post (social)",
		"he writes a negative comment on a post (social)",
		"they write a negative comment on a post (social)"},
	{"word_of_mouth like", wordOfMouth.aside(happened("like", "social")),
		"she likes a post (social)", "he likes a post (social)", "they like a post (social)"},
	{"word_of_mouth share", wordOfMouth.aside(happened("share", "social")),
		"she shares a post (social)", "he shares a post (social)", "they share a post (social)"},
	{"word_of_mouth referral", wordOfMouth.aside(happened("referral", "social")),
		"she gives an acquaintance her referral code (social)",
		"he gives an acquaintance his referral code (social)",
		"they give an acquaintance their referral code (social)"},
	{"word_of_mouth reward_redeemed", wordOfMouth.aside(happened("reward_redeemed", "email")),
		"she gets a voucher because somebody used her referral code",
		"he gets a voucher because somebody used his referral code",
		"they get a voucher because somebody used their referral code"},
	{"word_of_mouth terms", func(t *teller) string {
		return wordOfMouth.terms(t, record{number: map[string]int64{"referral_code": 1}})
	}, "; with an acquaintance's referral code", "; with an acquaintance's referral code",
		"; with an acquaintance's referral code"},
}

// TestVoicesSpeakOfHerHimAndThem holds every sentence of every voice, for all pronouns.
func TestVoicesSpeakOfHerHimAndThem(t *testing.T) {
	for _, s := range sayings {
		s.holds(t)
	}
}

// TestEverySentenceOfAVoiceIsHeld misses those that the test above does not have.
func TestEverySentenceOfAVoiceIsHeld(t *testing.T) {
	held := map[string]bool{}
	for _, s := range sayings {
		held[s.name] = true
	}
	for _, v := range voices {
		there := map[string]bool{"begins": v.begins != "", "message": v.message != "",
			"person": v.person != nil, "shows": v.shows != nil, "terms": v.terms != nil,
			"beyond": v.beyond != nil}
		for kind := range v.touches {
			there[kind] = true
		}
		for kind := range v.asides {
			there[kind] = true
		}
		for outcome := range v.endings {
			there["ends "+outcome] = true
		}
		for what, is := range there {
			if name := v.behavior + " " + what; is && !held[name] {
				t.Errorf("no test holds what %s says", name)
			}
		}
	}
}
