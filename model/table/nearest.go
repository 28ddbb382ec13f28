package table

import (
	"fmt"
	"math"
	"slices"
	"strconv"
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

// Closest returns the one of among that is most like name, or "" when none is like it. A name with
// an s more or less comes first, then the shortest that begins with it, then slips.
func Closest(name string, among []string) string {
	if name == "" || len(name) > maxName {
		return ""
	}
	best, found := math.MaxInt, ""
	for _, candidate := range among {
		if far, ok := farness(plainName(name), plainName(candidate)); ok && far < best {
			best, found = far, candidate
		}
	}
	return found
}

// farness says how far b is from a, of which it may be a slip, and whether it is near enough to be
// meant: one slip in three letters, or one more where letters are only missing. Those who
// abbreviate keep three letters at least.
func farness(a, b string) (far int, near bool) {
	const plural, prefix, slips = 1, 2, 2 * maxName // the kinds, the nearest first
	few := len(a) >= 3
	d := distance(a, b)
	switch {
	case d == 0:
		return 0, true
	case a+"s" == b || b+"s" == a && few:
		return plural, true
	case few && strings.HasPrefix(b, a):
		return prefix + min(len(b)-len(a), maxName), true
	case len(b) >= 3 && strings.HasPrefix(a, b) && len(a) <= 2*len(b)+2: // december for dec
		return slips + d, true
	}
	most := len(a) / 3
	if few && d == len(b)-len(a) && a[0] == b[0] {
		most++
	}
	return slips + d, d <= most
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

// Grouped writes n with a comma before every three digits: 134,217,727.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
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
// replacements and swaps of neighbours turn one into the other.
func distance(a, b string) int {
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
