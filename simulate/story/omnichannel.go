package story

var omnichannel = voice{
	behavior: "omnichannel",
	endings: map[string]func(record) string{
		"competitor": func(journey record) string {
			return "buys from " + journey.words["competitor"] + " instead"
		},
	},
}
