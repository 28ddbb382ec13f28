package story

var loyalty = voice{
	behavior: "loyalty",
	begins:   "she follows the reminder of what may be used up",
	message:  "a reminder of what may be used up",
	asides: map[string]func(*teller, record) string{
		"reward_redeemed": func(*teller, record) string { return "her points become a voucher" },
	},
}
