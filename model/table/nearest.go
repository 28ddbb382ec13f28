package table

import (
	"fmt"
	"slices"
	"strings"
)

// maxName is how long a name is that can be like another, in bytes.
const maxName = 64

// Nearest returns `, did you mean "search"?` with the one of among that is most like name, to be
// put at the end of an error, or "" when none is like it. Case, blanks, - and _ do not count; of
// equally near names the first wins.
func Nearest(name string, among []string) string {
	if found := Closest(name, among); found != "" {
		return fmt.Sprintf(", did you mean %q?", found)
	}
	return ""
}

// Closest returns the one of among that is most like name, or "" when none is like it.
func Closest(name string, among []string) string {
	if name == "" || len(name) > maxName {
		return ""
	}
	best, found := len(name)/3+2, ""
	for _, candidate := range among {
		if d := distance(plainName(name), plainName(candidate)); d < best {
			best, found = d, candidate
		}
	}
	return found
}

// Unknown is the text of an error: there is no such thing, which noun calls, of this name. It lists
// the names that there are in alphabetical order, and the one that was perhaps meant.
func Unknown(noun, name string, names []string) string {
	names = slices.Sorted(slices.Values(names))
	if len(names) == 0 {
		return fmt.Sprintf("unknown %s %q, there is none", noun, Shortened(name))
	}
	return fmt.Sprintf("unknown %s %q, want %s%s", noun, Shortened(name), OneOf(names),
		Nearest(name, names))
}

// OneOf lists what is accepted: a, b or c.
func OneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Shortened keeps the first 40 characters of a text, so that an error stays readable.
func Shortened(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// Alike reports whether two names are the same where - and _ mean the same: print-shop, print_shop.
func Alike(a, b string) bool {
	return strings.ReplaceAll(a, "-", "_") == strings.ReplaceAll(b, "-", "_")
}

func plainName(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// distance is the optimal string alignment distance of a and b: how many insertions, deletions,
// replacements and swaps of neighbours turn one into the other. A beginning of at least three
// letters counts as one slip only, for those who abbreviate.
func distance(a, b string) int {
	if len(a) >= 3 && strings.HasPrefix(b, a) && a != b {
		return 1
	}
	var older []int
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			slip := 1
			if a[i-1] == b[j-1] {
				slip = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+slip)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, prev = prev, row
	}
	return prev[len(b)]
}
