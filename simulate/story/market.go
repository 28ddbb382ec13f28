package story

var market = voice{
	behavior: "market",
	touches: map[string]func(*teller, record, []record) []string{
		"stock_out": func(t *teller, e record, more []record) []string {
			s := []string{t.say("{do} not find ") + t.name(e)}
			if takesOther(more) {
				s = append(s, t.say("{take} something else"))
			}
			return s
		},
	},
	endings: map[string]func(*teller, record) string{
		"stock_out": func(t *teller, _ record) string {
			return t.say("{they} {do} not find what {they} {want} and {give} up")
		},
	},
	beyond: func(t *teller) string {
		if t.at.saw("stock_out") {
			return t.say("because what {they} wanted was out of stock")
		}
		return ""
	},
}

// takesOther reports whether something else is found in what follows, in the same place.
func takesOther(more []record) bool {
	for _, e := range more {
		switch e.words["event_type"] {
		case "store_visit":
			return false
		case "add_to_cart", "purchase":
			return true
		}
	}
	return false
}
