package story

var advertising = voice{
	behavior: "advertising",
	begins:   "an ad or a message made {them} look",
}
