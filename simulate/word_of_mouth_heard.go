package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// A hearing is a word that reaches a person today.
type hearing struct {
	word *word
	at   int64
	next int32 // of the same person, plus 1; 0: the last
}

// listen makes everybody hear what was said to them, each person all of it at once, so that the
// order of words does not matter.
func (b *wordOfMouth) listen(words []word) {
	t := b.town
	b.heard, b.hearers = b.heard[:0], b.hearers[:0]
	for i := range words {
		w := &words[i]
		if t.isOff(w.channel) {
			continue
		}
		c := &t.world.Channels[w.channel-1]
		at, ok := t.at(c, b.draw(w.key, slotHeard), t.dayStart)
		if !ok {
			continue
		}
		if b.first[w.to] == 0 {
			b.hearers = append(b.hearers, w.to)
		}
		b.heard = append(b.heard, hearing{word: w, at: at, next: b.first[w.to]})
		b.first[w.to] = int32(len(b.heard))
	}
	for _, place := range b.hearers {
		if p := &t.people[place]; !p.left {
			b.hear(p, b.first[place])
		}
		b.first[place] = 0
	}
}

// hear is what a person does with the words of today, which begin at a place of heard, plus 1. If
// they make the person aware, the last positive word is the first touch of a journey.
func (b *wordOfMouth) hear(p *person, first int32) {
	t := b.town
	sum, missed := int32(0), draw.Log(0)
	var last, code *hearing
	for i := first; i != 0; i = b.heard[i-1].next {
		h := &b.heard[i-1]
		sum += int32(h.word.sign) << 16
		if h.word.sign > 0 {
			missed += b.missed(p, h.word)
			if last == nil || h.at > last.at {
				last = h
			}
		}
	}
	b.remember(p, sum)
	stage := b.plan.Stage[p.chain]
	u := b.draw(p.key, t.daily(slotAware))
	begins := last != nil && stage != 0 && t.free(p) && aware(missed).Hits(u)
	for i := first; i != 0; i = b.heard[i-1].next {
		h := &b.heard[i-1]
		if !begins || h != last {
			b.notice(p, h)
		}
		if h.word.thanks {
			t.feels(p, feltReward, h.at)
		}
		if (h.word.thanks || invites(p, h.word)) && (code == nil || h.at > code.at) {
			code = h
		}
		if h.word.post != none {
			b.react(p, h)
		}
	}
	if code != nil {
		b.accept(p, code.word)
	}
	if begins {
		w := last.word
		t.startDay(p)
		t.resume(p, model.CauseWordOfMouth, w.category, int(stage), w.channel, last.at)
	}
}

// aware is the chance of awareness, p = 1 - (1-β_w)^n_w (1-β_s)^n_s after n_w positive words over
// weak ties and n_s over strong ones (Goldenberg, Libai and Muller 2001), from -log2 of the
// product.
func aware(missed draw.Log) draw.Chance {
	return draw.Chance(1<<32 - draw.Exp2(32*draw.One-min(missed, 32*draw.One)))
}

// missed returns -log2 of the chance that a positive word alone does not make the person aware.
func (b *wordOfMouth) missed(p *person, w *word) draw.Log {
	missed := b.plan.Strong
	if w.weak {
		missed = b.plan.Weak
	}
	if invites(p, w) {
		missed += b.plan.Accept
	}
	return missed
}

// invites reports whether a word carries a code for this person: one whom we do not know yet.
func invites(p *person, w *word) bool { return w.code != none && p.knownSince == 0 }

// notice writes that the person heard something.
func (b *wordOfMouth) notice(p *person, h *hearing) {
	t, w := b.town, h.word
	kind := table.Impression
	if w.thanks {
		kind = table.RewardRedeemed
	}
	e := t.message(p, w.channel, kind, model.CauseWordOfMouth, h.at)
	e.category = w.category + 1
}

// accept keeps the code that came with a word, and replaces an earlier one.
func (b *wordOfMouth) accept(p *person, w *word) {
	mine := &b.codes[b.town.place(p)]
	until := int32(b.town.day + b.plan.Valid)
	if w.thanks {
		*mine = code{until: until, id: none, rate: b.plan.Reward, coupon: b.plan.Thanks}
		return
	}
	*mine = code{until: until, giver: w.from, id: w.code, rate: b.plan.Discount,
		coupon: b.plan.Coupon}
}

// react is what the person does with a post: they may like it, comment on it or share it.
func (b *wordOfMouth) react(p *person, h *hearing) {
	w := h.word
	for i, r := range [...]struct {
		often      draw.Chance
		slot       uint64
		event, row uint32
	}{
		{b.plan.Likes, slotLikes, table.Like, table.ActivityLike},
		{b.plan.Comments, slotComments, table.Comment, table.ActivityComment},
		{b.plan.Shares, slotShares, table.Share, table.ActivityShare},
	} {
		if !r.often.Hits(b.draw(w.key, r.slot)) {
			continue
		}
		after := int64(draw.Below(b.draw(w.key, slotReacts+uint64(i)), 90*second)) + 5*second
		e := b.town.message(p, w.channel, r.event, model.CauseWordOfMouth, h.at+after)
		e.category = w.category + 1
		opinion := sentiment(w.sign)
		if r.row == table.ActivityLike {
			opinion = 0
		}
		b.row(p, r.row, w, e.at, opinion, none)
		if r.row == table.ActivityShare {
			again := *w
			again.from, again.post, again.code = w.to, none, none
			b.tell(&again, w.from)
		}
	}
}

// redeem settles the person's code when they order: it was for their next order, and the
// acquaintance who gave it is rewarded.
func (b *wordOfMouth) redeem(p *person, o *order) {
	t := b.town
	mine := &b.codes[t.place(p)]
	switch {
	case mine.until < int32(t.day):
	case mine.id != none:
		o.referral = mine.id
		said := b.today()
		*said = append(*said, word{key: p.key.With(uint64(o.id)), from: t.place(p), to: mine.giver,
			post: none, code: none, channel: b.plan.Channel, category: p.category, thanks: true})
		mine.until = int32(t.day - 1)
	case o.uses(mine.coupon):
		mine.until = int32(t.day - 1)
	}
}

// discount is what the person's code takes off.
func (b *wordOfMouth) discount(x *touch, _ *order, _ uint8) (rate int64, coupon uint32) {
	mine := &b.codes[b.town.place(x.p)]
	if mine.until < int32(b.town.day) {
		return 0, 0
	}
	return mine.rate, mine.coupon
}

// remember adds to the dose of a person, within its bounds.
func (b *wordOfMouth) remember(p *person, sum int32) {
	const most = model.MostDose << 16
	now := b.weight(p)
	b.dose[b.town.place(p)] = dose{sum: min(max(now+sum, -most), most), day: int32(b.town.day)}
	if sum > 0 && b.plan.Need > 0 {
		b.town.stir(p)
	}
}

// weight is what is left of a dose today: half of it after each half-life.
func (b *wordOfMouth) weight(p *person) int32 {
	d := b.dose[b.town.place(p)]
	if d.sum == 0 {
		return 0
	}
	const one = 1 << 30
	left := draw.Exp2(30*draw.One - draw.Log(b.town.day-int(d.day))*b.plan.Fade)
	return int32(int64(d.sum) * left / one)
}

// bendNeed makes people who have heard good things need something sooner.
func (b *wordOfMouth) bendNeed(p *person) draw.Log { return perUnit(b.plan.Need, b.weight(p)) }

// mostNeed is the same for good things, which fade; bad ones may be forgotten.
func (b *wordOfMouth) mostNeed(p *person) draw.Log { return max(b.bendNeed(p), 0) }

// bendNext makes them go on to cart and order more readily.
func (b *wordOfMouth) bendNext(p *person) draw.Log {
	return perUnit(b.plan.Conversion, b.weight(p))
}
