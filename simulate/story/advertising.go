package story

var advertising = voice{
	behavior: "advertising",
	begins:   "what she was shown or sent made her look",
}
