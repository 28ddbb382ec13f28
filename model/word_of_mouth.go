package model

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// WordOfMouth is the behavior word_of_mouth: what acquaintances tell each other, social networks,
// referrals. Whatever is said today is heard tomorrow, inside the town.
type WordOfMouth struct {
	Channel string `yaml:"channel" doc:"channel of conversations; default: word_of_mouth, or else the first channel with medium: referral"`
	Network string `yaml:"network" doc:"channel of posts, on touchpoint social_feed; default: the first unpaid one, or no posts if there is none"`

	Acquaintances int   `yaml:"acquaintances" doc:"mean number of acquaintances, all in the same town; an even number" range:"2..50"`
	Rewire        Share `yaml:"rewire" doc:"share of acquaintances who are not neighbours but anybody in the town: the weak ties of a small-world network"`

	Occasions float64 `yaml:"occasions" doc:"conversations per person and year that turn to shopping; each received order is one more occasion" range:"0..366"`
	Remembers Span    `yaml:"remembers" doc:"half-life of talk: this long after their last order, delivery or answer of the service, or for who never bought after the last contact, people talk about us in half as many of these conversations"`
	Speaks    Speaks  `yaml:"speaks" doc:"share of occasions on which customers talk about us, by NPS class"`
	Praise    Share   `yaml:"praise" doc:"share of passive customers' messages that are positive; promoters' are always positive, detractors' always negative"`
	Tells     int     `yaml:"tells" doc:"number of acquaintances who hear a message" range:"1..16"`
	Offline   Share   `yaml:"offline" doc:"share of messages told in conversation; the others are posted"`
	Outsiders Share   `yaml:"outsiders" doc:"how often a message is posted by who never bought anything from us or has stopped buying, relative to customers"`

	Aware      Aware   `yaml:"aware" doc:"probability that one positive message makes an acquaintance start a journey"`
	HalfLife   Span    `yaml:"half_life" doc:"half-life of the effect of messages heard, e.g. 7d"`
	Need       float64 `yaml:"need" doc:"natural log of the factor on how often needs arise, for each positive message remembered; negative ones count the other way" range:"0..1"`
	Conversion float64 `yaml:"conversion" doc:"natural log of the factor on the weight of moving on to cart or order, for each positive message remembered; negative ones count the other way" range:"0..1"`

	Likes    Share `yaml:"likes" doc:"share of acquaintances who see a post and like it"`
	Comments Share `yaml:"comments" doc:"share of acquaintances who see a post and comment on it"`
	Shares   Share `yaml:"shares" doc:"share of acquaintances who see a post and share it with acquaintances of their own"`

	Referral Invitation `yaml:"referral" doc:"referral codes, which customers give to acquaintances who are not customers yet"`
}

// Speaks are shares of occasions by NPS class.
type Speaks struct {
	Promoter  Share `yaml:"promoter" doc:"share of occasions on which a promoter talks about us"`
	Passive   Share `yaml:"passive" doc:"share of occasions on which a passive customer talks about us, or a customer without an opinion yet"`
	Detractor Share `yaml:"detractor" doc:"share of occasions on which a detractor talks about us"`
}

// Aware are the chances of awareness by the strength of a tie.
type Aware struct {
	Strong Share `yaml:"strong" doc:"probability for a message from a neighbour (strong tie)"`
	Weak   Share `yaml:"weak" doc:"probability for a message from an acquaintance who is not a neighbour (weak tie)"`
}

// Invitation is a programme of referrals.
type Invitation struct {
	Share    Share `yaml:"share" doc:"share of known customers' positive messages that come with a referral code"`
	Accept   Share `yaml:"accept" doc:"probability that somebody with a code starts a journey because of it"`
	Discount Share `yaml:"discount" doc:"discount on the first order placed with the code"`
	Reward   Share `yaml:"reward" doc:"discount on the referrer's next order, once the code has been used"`
	Valid    Span  `yaml:"valid" doc:"validity of the code and of the reward, e.g. 30d"`
}

// WordOfMouthPlan is the compiled behavior word_of_mouth.
type WordOfMouthPlan struct {
	On      bool
	Channel uint8 // from 1
	Network uint8 // from 1; 0: none

	Acquaintances int
	Rewire        draw.Chance

	Talks   bool                            // whether there are occasions beside orders
	Between Wait                            // from one that the most talkative use to the next
	Forgets draw.Log                        // of a day, as long ago as the experience
	Uses    [table.Promoter + 1]draw.Chance // whether a person uses an occasion, by NPS class
	Speaks  [table.Promoter + 1]draw.Chance // likewise for an order just received
	Praise  draw.Chance
	Tells   int
	Offline draw.Chance // of the words of customers
	Aloof   draw.Chance // and of others

	Strong, Weak, Accept draw.Log // -log2 of the chance that a message does not make aware
	Stage                []uint8  // where such a journey begins, by chain; 0: nowhere
	Fade                 draw.Log // of a day
	Need, Conversion     draw.Log

	Likes, Comments, Shares draw.Chance

	Refers           draw.Chance
	Discount, Reward int64  // 1/10000
	Coupon, Thanks   uint32 // codes of their coupons
	Valid            int    // days
}

// MostDose bounds what anybody has heard, so that the effects are bounded too.
const MostDose = 3

// CauseWordOfMouth is the code of the behavior among causes of events.
var CauseWordOfMouth = causeOf("word_of_mouth")

// check implements behavior.
func (b *WordOfMouth) check(c *checker, p document.Place, s *Scenario) {
	if q := p.Key("channel"); b.Channel != "" {
		c.knownChannel(q, q.Value(), b.Channel, s)
	} else if b.channel(s) == "" {
		c.Fail(q.Whole(), p, "%q is missing, want the channel of conversations, "+
			"or a channel with medium: referral", "channel")
	}
	if q := p.Key("network"); b.Network != "" {
		c.knownChannel(q, q.Value(), b.Network, s)
		if channel, ok := s.Channels[b.Network]; ok && channel.Touchpoint != "social_feed" {
			c.Fail(q.Value(), q, "found %s, which is on touchpoint %s, want one on touchpoint social_feed",
				document.Quoted(b.Network), channel.Touchpoint)
		}
	}
	if q := p.Key("acquaintances"); b.Acquaintances%2 == 1 {
		c.Fail(q.Value(), q, "found %d, want an even number, such as %d", b.Acquaintances,
			b.Acquaintances+1)
	}
	if r := b.branching(s); r >= 1 {
		q := p.Key("tells")
		c.Fail(q.Whole(), q, "each message would lead to %s others, want fewer than 1: "+
			"lower tells, aware, speaks, shares, need or conversion", document.Number(r))
	}
}

// branching bounds how many messages one message leads to: those of people who pass it on, and of
// people who place an order because of it and speak of that. It makes an order likelier through
// awareness, of which each journey is counted as an order, and through the needs and the choices
// it bends while it is remembered, at most when all before it was good. Talk that comes up anyway
// is no more for it. From 1 on, word of mouth would feed on itself (a supercritical branching
// process, Harris 1963).
func (b *WordOfMouth) branching(s *Scenario) float64 {
	speaks := float64(max(b.Speaks.Promoter, b.Speaks.Passive, b.Speaks.Detractor))
	remembered := float64(b.HalfLife) / float64(24*time.Hour) / math.Ln2 // days
	effect := b.Need + b.Conversion
	extra := math.Exp(MostDose*effect) - math.Exp((MostDose-1)*effect)
	orders := float64(max(b.Aware.Strong, b.Aware.Weak)) +
		float64(extra*s.Needs.PerYear)/365.25*remembered
	invited := float64(b.Referral.Share*b.Referral.Accept) / float64(b.Tells)
	again := float64(1-b.Offline) * float64(b.Shares)
	return float64(b.Tells) * (again + float64((orders+invited)*speaks))
}

// channel is where people talk; "" is nowhere.
func (b *WordOfMouth) channel(s *Scenario) string {
	if b.Channel != "" {
		return b.Channel
	}
	if _, ok := s.Channels["word_of_mouth"]; ok {
		return "word_of_mouth"
	}
	return firstChannel(s, func(c Channel) bool { return c.Medium == "referral" })
}

// network is where people post; "" is nowhere.
func (b *WordOfMouth) network(s *Scenario) string {
	if b.Network != "" {
		return b.Network
	}
	return firstChannel(s, func(c Channel) bool { return !c.Paid && c.Touchpoint == "social_feed" })
}

// firstChannel returns the first channel, in the order of ids, that is wanted, or "".
func firstChannel(s *Scenario, wanted func(Channel) bool) string {
	names := slices.DeleteFunc(slices.Collect(maps.Keys(s.Channels)), func(name string) bool {
		return !wanted(s.Channels[name])
	})
	if len(names) == 0 {
		return ""
	}
	return slices.MinFunc(names, func(a, b string) int {
		return cmp.Compare(s.Channels[a].ID, s.Channels[b].ID)
	})
}

// compile implements behavior.
func (b *WordOfMouth) compile(w *World, s *Scenario) any {
	if b == nil {
		return &WordOfMouthPlan{}
	}
	chance := func(p Share) draw.Chance { return draw.ChanceOf(float64(p)) }
	days := func(t Span) float64 { return float64(t) / float64(24*time.Hour) }
	plan := WordOfMouthPlan{
		On: true, Channel: w.channelOf(b.channel(s)), Network: w.channelOf(b.network(s)),
		Acquaintances: b.Acquaintances, Rewire: chance(b.Rewire),
		Forgets: draw.LogOf(min(1/max(days(b.Remembers), 1e-3), 60)),
		Praise:  chance(b.Praise), Tells: min(b.Tells, b.Acquaintances), Offline: chance(b.Offline),
		Aloof:  chance(1 - b.Outsiders*(1-b.Offline)),
		Strong: missed(b.Aware.Strong), Weak: missed(b.Aware.Weak), Accept: missed(b.Referral.Accept),
		Fade: draw.LogOf(min(1/max(days(b.HalfLife), 1e-3), 60)),
		Need: draw.NatLog(b.Need), Conversion: draw.NatLog(b.Conversion),
		Likes: chance(b.Likes), Comments: chance(b.Comments), Shares: chance(b.Shares),
		Refers:   chance(b.Referral.Share),
		Discount: tenThousandths(float64(b.Referral.Discount)),
		Reward:   tenThousandths(float64(b.Referral.Reward)),
		Valid:    int(math.Ceil(days(b.Referral.Valid))),
	}
	most := max(b.Speaks.Promoter, b.Speaks.Passive, b.Speaks.Detractor)
	if used := b.Occasions * float64(most); used > 0 {
		plan.Talks = true
		mean := Span(365.25 * 24 * float64(time.Hour) / max(used, 0.01))
		plan.Between = waitOf(&Law{Exponential: &Exponential{Mean: mean}})
	}
	for class, speaks := range map[uint32]Share{table.Promoter: b.Speaks.Promoter,
		table.Passive: b.Speaks.Passive, table.Detractor: b.Speaks.Detractor} {
		plan.Speaks[class] = chance(speaks)
		plan.Uses[class] = chance(speaks / max(most, 1e-9))
	}
	if plan.Refers > 0 {
		plan.Coupon, plan.Thanks = w.coupon("referral"), w.coupon("referral_reward")
	}
	for chain := range w.Chains {
		plan.Stage = append(plan.Stage, w.Chains[chain].stageThat(Notice, Browse))
	}
	w.NeedBound += MostDose * plan.Need
	return &plan
}

// missed returns -log2(1 - p), for a p of 1 so much that what is left rounds to nothing.
func missed(p Share) draw.Log {
	return draw.LogOf(min(-math.Log2(max(1-float64(p), 1e-10)), 32))
}
