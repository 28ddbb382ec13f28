package story

var loyalty = voice{
	behavior: "loyalty",
	begins:   "{they} {follow} a reminder to buy again",
	message:  "a reminder to buy again",
	asides: map[string]func(*teller, record) string{
		"reward_redeemed": func(t *teller, _ record) string {
			return t.say("{their} points become a voucher")
		},
	},
}
