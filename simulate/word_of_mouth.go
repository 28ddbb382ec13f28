package simulate

import (
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Slots of word of mouth: under the key of an occasion, of a word that is heard, or of a person and
// day.
const (
	slotOccasion     uint64 = iota << 16 // + day
	slotNextOccasion                     // + day
	slotSpeaks
	slotPraise
	slotOffline
	slotSpeaking
	slotRefers
	slotTold // + number of the listener
	slotHeard
	slotAware // + day
	slotLikes
	slotComments
	slotShares
	slotReacts // + which reaction
)

// wordOfMouth is the behavior word_of_mouth: what acquaintances tell each other, social networks,
// referrals. What moves people to speak happens in their own lives; what is said today is heard
// tomorrow, so the order in which people live the day does not matter.
type wordOfMouth struct {
	family
	town *town
	plan *model.WordOfMouthPlan
	know *acquaintances

	said    [2][]word // of even and odd days: today's is written while yesterday's is read
	begun   [2]int    // the day on which each was begun
	heard   []hearing // today's hearings
	first   []int32   // the last hearing of each person in heard, plus 1; 0: none
	hearers []int32   // the people with a hearing
	dose    []dose
	codes   []code
	lived   []int64 // when customers last had an experience with us; 0: no customers
	posts   []ordinal
}

// A word is what a person says to one acquaintance.
type word struct {
	key      draw.Key // for its effects: the same in every world in which it is said
	from, to int32    // places in the town
	post     int64    // the post that carries it, or none
	code     int64    // the referral code that comes with it, or none
	channel  uint8
	category uint8
	sign     int8 // positive, negative or neither
	weak     bool // over a weak tie
	thanks   bool // the shop's thanks for a referral, not a person's word
}

// A dose is the sum of what a person has heard, as of a day, with 16 fractional bits.
type dose struct {
	sum int32
	day int32
}

// A code is a discount that a person may use: the referral code from an acquaintance, or the reward
// for a referral.
type code struct {
	until  int32 // the last day
	giver  int32
	id     int64 // none: a reward
	rate   int64 // 1/10000
	coupon uint32
}

// An ordinal counts a person's rows in social on a day.
type ordinal struct{ day, n int32 }

func newWordOfMouth(t *town, f family) any {
	plan := model.PlanOf[model.WordOfMouthPlan](t.world)
	if !plan.On {
		return nil
	}
	n := len(t.people)
	b := &wordOfMouth{family: f, town: t, plan: plan,
		know:  t.acquaintances(plan.Acquaintances, plan.Rewire),
		begun: [2]int{noDay, noDay}, first: make([]int32, n), dose: make([]dose, n),
		codes: make([]code, n), lived: make([]int64, n), posts: make([]ordinal, n)}
	return b
}

// arrives lets a person begin to talk.
func (b *wordOfMouth) arrives(p *person) {
	i := p.place
	b.dose[i], b.codes[i], b.lived[i], b.posts[i] = dose{}, code{until: noDay}, 0, ordinal{}
	b.nextOccasion(p)
}

// hadOrdered makes a person have an experience to talk about.
func (b *wordOfMouth) hadOrdered(p *person, _ draw.Key, at int64) int64 {
	b.lived[p.place] = at
	return at
}

// today returns what has been said today. The first word may come from somebody whom an advert
// reached this morning.
func (b *wordOfMouth) today() *[]word {
	at := b.town.day & 1
	if b.begun[at] != b.town.day {
		b.said[at], b.begun[at] = b.said[at][:0], b.town.day
	}
	return &b.said[at]
}

// beforeDay makes everybody hear what the people of the coupled town said yesterday.
func (b *wordOfMouth) beforeDay() {
	t := b.town
	b.today()
	if coupled := t.coupled(); coupled != nil {
		if others := behaving[*wordOfMouth](coupled); others != nil {
			b.listen(others.said[(t.day-1)&1])
		}
	}
}

// nextOccasion enters in the agenda when the person next talks about shops, at the rate of the most
// talkative class; others skip some of these occasions (thinning).
func (b *wordOfMouth) nextOccasion(p *person) {
	t := b.town
	if b.plan.Talks {
		u := b.draw(p.key, t.daily(slotNextOccasion))
		wait := b.plan.Between.Micros(draw.Threshold(u), 0)
		t.remind(b.family, p, item{at: max(t.dayStart+wait, t.dayEnd)})
	}
}

// wake handles an occasion to talk about shops.
func (b *wordOfMouth) wake(p *person, it item) {
	t := b.town
	last := b.lived[t.place(p)]
	if last == 0 {
		last = p.busyUntil
	}
	if last != 0 { // otherwise they do not know us
		key := p.key.With(b.slot(t.daily(slotOccasion)))
		from := max(it.at, p.began)                          // the first journey may begin today
		ago := max(from-last, 0) / (24 * 3600 * second >> 8) // days, 8 fractional bits
		faded := draw.Log(ago) * b.plan.Forgets >> 8
		b.occasion(p, key, &b.plan.Uses, p.category, from, faded)
	}
	b.nextOccasion(p)
}

// becameKnown makes a customer of who has a contract on the first day.
func (b *wordOfMouth) becameKnown(p *person) {
	if uint32(p.knownBy) == table.IdentifiedByOrder {
		b.lives(p, p.knownSince)
	}
}

// lives remembers that a customer experienced something at a time.
func (b *wordOfMouth) lives(p *person, at int64) {
	last := &b.lived[b.town.place(p)]
	*last = max(*last, at)
}

// feel remembers what customers experience with us. Prices and empty shelves are none of it.
func (b *wordOfMouth) feel(p *person, what feeling, at int64) {
	switch what {
	case feltDear, feltCheap, feltStockOut:
		return
	}
	if b.lived[b.town.place(p)] != 0 {
		b.lives(p, at)
	}
}

// received treats an order that has arrived as an occasion to speak.
func (b *wordOfMouth) received(p *person, it *item) {
	b.lives(p, it.at)
	b.occasion(p, p.key.With(uint64(it.order)), &b.plan.Speaks, it.category, it.at, 0)
}

// ordered does the same for what is carried home at once, and settles a code that was used.
func (b *wordOfMouth) ordered(x *touch, o *order) {
	b.redeem(x.p, o)
	b.lives(x.p, o.at)
	if o.fulfilment == table.InStore {
		b.occasion(x.p, x.p.key.With(uint64(o.id)), &b.plan.Speaks, x.p.category, o.at, 0)
	}
}

// occasion is a moment, from a time of today on, at which a person may speak of us: with the
// probability of their NPS class, times 2^-faded.
func (b *wordOfMouth) occasion(p *person, key draw.Key, speaks *[table.Promoter + 1]draw.Chance,
	topic uint8, from int64, faded draw.Log) {
	t := b.town
	class := t.class(p)
	if class == 0 { // no opinion
		class = table.Passive
	}
	if b.draw(key, slotSpeaks)>>32 >= draw.Scale(uint64(speaks[class]), -faded) {
		return
	}
	w := word{key: key, from: t.place(p), post: none, code: none, category: topic,
		channel: b.plan.Channel, sign: b.sign(class, key)}
	kind := table.WordOfMouth
	offline := b.plan.Offline
	if b.lived[w.from] == 0 || t.gone(p) {
		offline = b.plan.Aloof
	}
	if b.plan.Network != 0 && !offline.Hits(b.draw(key, slotOffline)) {
		kind, w.channel = table.Post, b.plan.Network
	}
	c := &t.world.Channels[w.channel-1]
	at, ok := t.at(c, b.draw(key, slotSpeaking), from)
	if !ok {
		return // too late today
	}
	e := t.message(p, w.channel, kind, model.CauseWordOfMouth, at)
	if e == nil {
		return
	}
	e.category = topic + 1
	if kind == table.Post {
		w.post = b.row(p, table.ActivityPost, &w, at, sentiment(w.sign), none)
	}
	if w.sign > 0 && p.known(at) && b.plan.Refers.Hits(b.draw(key, slotRefers)) {
		w.code = t.ids.id(codeIDs, int(p.id), int(p.life), 0)
		e := t.message(p, w.channel, table.Referral, model.CauseWordOfMouth, at+milli)
		b.row(p, table.ActivityReferral, &w, e.at, table.Positive, w.code)
	}
	b.tell(&w, w.from)
}

// sign says how a person of a class speaks of us: 1 positively, -1 negatively, 0 neither.
func (b *wordOfMouth) sign(class uint32, key draw.Key) int8 {
	switch {
	case class == table.Detractor:
		return -1
	case class == table.Promoter || b.plan.Praise.Hits(b.draw(key, slotPraise)):
		return 1
	}
	return 0
}

func sentiment(sign int8) uint32 { return uint32(int32(table.Neutral) + int32(sign)) }

// tell says a word to some acquaintances of the speaker, but not to its author. Only the first of
// them gets the code, if there is one.
func (b *wordOfMouth) tell(w *word, author int32) {
	ties := b.know.of(w.from)
	n := min(b.plan.Tells, len(ties))
	var chosen [16]int32 // an upper bound of the listeners
	said := b.today()
	for i := range n {
		one := int32(draw.Below(b.draw(w.key, slotTold+uint64(i)), uint64(len(ties))))
		for slices.Contains(chosen[:i], one) {
			one = (one + 1) % int32(len(ties))
		}
		chosen[i] = one
		told := *w
		told.to, told.weak = ties[one].to(), ties[one].weak()
		told.key = w.key.With(uint64(told.to))
		if i > 0 {
			told.code = none
		}
		if told.to != author {
			*said = append(*said, told)
		}
	}
}

// row writes a row of social and returns its id.
func (b *wordOfMouth) row(p *person, kind uint32, w *word, at int64, opinion uint32,
	code int64) int64 {
	t := b.town
	o := &b.posts[t.place(p)]
	if o.day != int32(t.day) {
		*o = ordinal{day: int32(t.day)}
	}
	id := t.ids.id(socialIDs, int(p.id), t.day+t.world.Warmup, int(o.n))
	o.n++
	product := uint32(0)
	if kind == table.ActivityPost || kind == table.ActivityReferral {
		if f := p.favourite; f != 0 && t.world.Products[f-1].Category == int(w.category) {
			product = f
		}
	}
	t.rec.write(table.TableSocial, at, id, at, t.userIf(p, p.known(at)), int64(kind),
		int64(w.channel), w.post, int64(product), int64(opinion), code)
	return id
}
