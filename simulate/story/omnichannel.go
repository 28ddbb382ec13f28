package story

var omnichannel = voice{
	behavior: "omnichannel",
	endings: map[string]func(*teller, record) string{
		"competitor": func(t *teller, journey record) string {
			return t.say("{they} {buy} from a competitor, %s,", spaced(journey.words["competitor"]))
		},
	},
}
