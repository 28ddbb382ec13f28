package document

import (
	"strings"
	"unicode"
)

// IsName reports whether s can be the author's own name for something, as WantName describes. Such
// names become parts of paths and of keys such as a > b.
func IsName(s string) bool {
	for i, c := range s {
		switch {
		case unicode.IsLetter(c):
		case i > 0 && (unicode.IsDigit(c) || c == '_' || c == '-'):
		default:
			return false
		}
	}
	return s != "" && len(s) <= maxNameBytes
}

// maxNameBytes is the longest name that anything can have.
const maxNameBytes = 64

// WantName completes "found …, want " where IsName has failed.
const WantName = "a letter, then letters, digits, _ or -, at most 64 bytes in all"

// IsTitle reports whether s can be the name of a document, which may become that of a folder: one
// line of at most 64 bytes that every system takes for a file name.
func IsTitle(s string) bool {
	return s != "" && len(s) <= maxNameBytes && !strings.ContainsAny(s, `/\:*?"<>|`) &&
		isLine(s) && !strings.ContainsAny(s[:1], " .-") && strings.TrimSpace(s) == s
}

// isLine reports whether s is one line of readable text.
func isLine(s string) bool {
	for _, c := range s {
		if !unicode.IsPrint(c) {
			return false
		}
	}
	return len(s) <= maxTextBytes
}

const maxTextBytes = 500
