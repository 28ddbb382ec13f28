package story

// A voice is what one behavior says in stories: the sentences about what it alone does. What is
// missing is not said. The teller begins and ends sentences, and adds times, brackets and channels
// where nothing else is said here. Texts have words in braces, as pronoun.says has them; what
// functions return is ready to be read.
type voice struct {
	behavior string // its name, as the column cause has it

	person  func(t *teller) []string         // sentences about the person, before the journeys
	begins  string                           // why somebody sets out without a need
	message string                           // what it sends, where it is not any message
	shows   func(t *teller, e record) string // what is noticed of it, where it is not its channel

	// What happened in an event that it caused: in a touch of a journey, which goes on with more
	// events, as verbs with what belongs to them, and outside of journeys. By event type.
	touches map[string]func(t *teller, e record, more []record) []string
	asides  map[string]func(t *teller, e record) string

	terms   func(t *teller, order record) string        // of an order; "": none of its own
	endings map[string]func(t *teller, j record) string // of a journey, by outcome
	beyond  func(t *teller) string                      // why a journey left the chain, or ""
}

// voices are all of them, in the order in which they are asked. Where one reason is enough, that of
// the first counts: what was missed explains more than the cart that was left.
var voices = []*voice{
	&advertising,
	&fulfilment,
	&loyalty,
	&market,
	&cart,
	&omnichannel,
	&satisfaction,
	&churn,
	&service,
	&wordOfMouth,
}

// voice returns that of the behavior behind an event, one that says nothing where there is none.
func (t *teller) voice(e record) *voice {
	for _, v := range t.voices {
		if v.behavior == e.words["cause"] {
			return v
		}
	}
	return new(voice)
}

// writes says what it sends.
func (v *voice) writes() string {
	if v.message == "" {
		return "a message"
	}
	return v.message
}
