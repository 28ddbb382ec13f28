package story

import "github.com/percorso/percorso/model/table"

var wordOfMouth = voice{
	behavior: "word_of_mouth",
	begins:   "an acquaintance made {them} curious",
	shows: func(t *teller, e record) string {
		if e.words["touchpoint"] == "street" {
			return t.say("{hear} about the shop from an acquaintance")
		}
		return t.say("{see} a post by an acquaintance") + through(e)
	},
	asides: map[string]func(*teller, record) string{
		"word_of_mouth": func(t *teller, _ record) string {
			return t.say("{they} {tell} a neighbour about the shop")
		},
		"post": func(t *teller, e record) string {
			return t.say("{they} {write} a %s post about the shop", t.opinion(e)) + network(e)
		},
		"like": func(t *teller, e record) string { return t.say("{they} {like} a post") + network(e) },
		"comment": func(t *teller, e record) string {
			return t.say("{they} {write} a %s comment on a post", t.opinion(e)) + network(e)
		},
		"share": func(t *teller, e record) string {
			return t.say("{they} {share} a post") + network(e)
		},
		"referral": func(t *teller, e record) string {
			return t.say("{they} {give} an acquaintance {their} referral code") + network(e)
		},
		"reward_redeemed": func(t *teller, _ record) string {
			return t.say("{they} {get} a voucher because somebody used {their} referral code")
		},
	},
	terms: func(_ *teller, order record) string {
		if order.has("referral_code") {
			return "; with an acquaintance's referral code"
		}
		return ""
	},
}

// opinion is what the person thinks of the shop.
func (t *teller) opinion(e record) string {
	post, _ := t.life.town.row(table.TableSocial, "created_at", e.number["event_time"])
	return post.words["sentiment"]
}

// network names the channel of an event, unless it was in the street.
func network(e record) string {
	if e.words["touchpoint"] == "street" {
		return ""
	}
	return through(e)
}
