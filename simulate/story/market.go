package story

var market = voice{
	behavior: "market",
	touches: map[string]func(*teller, record, []record) string{
		"stock_out": func(t *teller, e record, more []record) string {
			s := ", does not find " + t.name(e)
			if takesOther(more) {
				s += ", takes something else"
			}
			return s
		},
	},
	endings: map[string]func(record) string{
		"stock_out": func(record) string { return "does not find what she wants" },
	},
	beyond: func(t *teller) string {
		if t.at.saw("stock_out") {
			return "because what she wanted was not there"
		}
		return ""
	},
}

// takesOther reports whether she finds something else in what follows, without going elsewhere.
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
