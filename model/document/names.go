package document

import (
	"strings"
	"unicode"
)

// IsName says whether s can be the name of a channel, a stage and so on: such names become words
// in the data, parts of paths and of `a > b`.
func IsName(s string) bool {
	for i, c := range s {
		switch {
		case unicode.IsLetter(c):
		case i > 0 && (unicode.IsDigit(c) || c == '_' || c == '-'):
		default:
			return false
		}
	}
	return s != "" && len(s) <= MaxNameBytes
}

// maxNameBytes is the longest name a user can give to anything.
const MaxNameBytes = 64

// wantName goes on "found, want".
const WantName = "a letter, then letters, digits, _ or -, at most 64 bytes in all"

// IsTitle says whether s can name a scenario: its name becomes that of a folder.
func IsTitle(s string) bool {
	return s != "" && len(s) <= MaxNameBytes && !strings.ContainsAny(s, `/\:*?"<>|`) &&
		isLine(s) && !strings.ContainsAny(s[:1], " .-") && strings.TrimSpace(s) == s
}

// isLine says whether s is one line of readable text.
func isLine(s string) bool {
	for _, c := range s {
		if !unicode.IsPrint(c) {
			return false
		}
	}
	return len(s) <= maxTextBytes
}

const maxTextBytes = 500
