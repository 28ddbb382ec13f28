package story

import (
	"regexp"
	"strings"
	"time"

	"github.com/percorso/percorso/model"
)

// A pronoun is what a story calls its person.
type pronoun struct{ subject, object, possessive string }

// The pronouns. A person is they where the name, or its gender, is not known.
var (
	she  = pronoun{"she", "her", "her"}
	he   = pronoun{"he", "him", "his"}
	they = pronoun{"they", "them", "their"}
)

// pronounOf returns what to call the person of a life.
func pronounOf(w *model.World, l *life) pronoun {
	if l.customer == nil {
		return they
	}
	c := l.customer.number
	born := time.Unix(c["birth_date"]*86400, 0).UTC().Year()
	switch w.Locale.Person(uint64(c["user_id"]), 0, born).Gender {
	case "female":
		return she
	case "male":
		return he
	}
	return they
}

// agreeing are the words of a sentence that depend on the pronoun.
var agreeing = regexp.MustCompile(`\{[A-Za-z]+\}`)

// says puts a sentence into the words for a person. It is written with they, and what depends on
// that stands in braces: "{They} {take} {their} order". Of those words {they}, {them} and {their}
// are the pronoun, with a capital if they have one; all others are verbs in the present, or {were}.
func (p pronoun) says(sentence string) string {
	return agreeing.ReplaceAllStringFunc(sentence, func(word string) string {
		word = word[1 : len(word)-1]
		switch word {
		case "they":
			return p.subject
		case "They":
			return capital(p.subject)
		case "them":
			return p.object
		case "their":
			return p.possessive
		case "Their":
			return capital(p.possessive)
		}
		if p == they {
			return word
		}
		return third(word)
	})
}

// third returns the third person singular of a verb.
func third(verb string) string {
	switch {
	case verb == "are":
		return "is"
	case verb == "were":
		return "was"
	case verb == "have":
		return "has"
	case strings.HasSuffix(verb, "o"), strings.HasSuffix(verb, "s"), strings.HasSuffix(verb, "x"),
		strings.HasSuffix(verb, "sh"), strings.HasSuffix(verb, "ch"):
		return verb + "es"
	case strings.HasSuffix(verb, "y") && !strings.ContainsAny(verb[len(verb)-2:len(verb)-1], "aeiou"):
		return verb[:len(verb)-1] + "ies"
	}
	return verb + "s"
}
