package story

import "github.com/percorso/percorso/model/table"

var wordOfMouth = voice{
	behavior: "word_of_mouth",
	begins:   "an acquaintance made her curious",
	shows: func(e record) string {
		if e.words["touchpoint"] == "street" {
			return "hears of the shop from an acquaintance"
		}
		return "sees what an acquaintance posts" + through(e)
	},
	asides: map[string]func(*teller, record) string{
		"word_of_mouth": func(*teller, record) string { return "she tells a neighbour about the shop" },
		"post": func(t *teller, e record) string {
			return "she posts about the shop, " + t.opinion(e) + network(e)
		},
		"like": func(_ *teller, e record) string { return "she likes a post" + network(e) },
		"comment": func(t *teller, e record) string {
			return "she comments on a post, " + t.opinion(e) + network(e)
		},
		"share": func(_ *teller, e record) string { return "she shares a post" + network(e) },
		"referral": func(_ *teller, e record) string {
			return "she gives an acquaintance her code" + network(e)
		},
		"reward_redeemed": func(*teller, record) string {
			return "she gets a voucher, for somebody has used her code"
		},
	},
	terms: func(order record) string {
		if order.has("referral_code") {
			return "; with the code of an acquaintance"
		}
		return ""
	},
}

// opinion is what she says of us.
func (t *teller) opinion(e record) string {
	post, _ := t.life.town.row(table.TableSocial, "created_at", e.number["event_time"])
	return post.words["sentiment"]
}

// network names the channel of an event, unless she met somebody in the street.
func network(e record) string {
	if e.words["touchpoint"] == "street" {
		return ""
	}
	return through(e)
}
