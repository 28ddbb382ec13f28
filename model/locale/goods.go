package locale

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/percorso/percorso/model/draw"
)

// goods are the words of catalogues: the phrases of each category, by every name of it. The
// category "*" has the words for unknown categories.
type goods map[string]*category

// A category has the parts of its product names, and the searches of customers who want them. Those
// of "*" have a blank for the category's own name, or for one of its searches.
type category struct {
	phrases  [][]string // a name has one phrase of each list, in this order; "" is none
	searches []string   // commonest first
}

const (
	anyCategory = "*"
	blank       = "{}"
)

// ProductName returns a plausible name for the product of a key, as a shop would call it.
// Categories are English words or the country's own, as they appear in scenarios: dress,
// women_shoes, borse; an unknown one becomes part of the name. The same key in another category is
// another product. Two keys may get the same name.
func (l *Locale) ProductName(key uint64, category string) string {
	k, called := draw.New(key), spoken(category)
	for i := range len(called) {
		k = k.With(uint64(called[i]))
	}
	var name strings.Builder
	for i, phrases := range l.goods.of(category).phrases {
		phrase := strings.ReplaceAll(one(phrases, k.Draw(slotGoods+uint64(i))), blank, called)
		if phrase == "" {
			continue
		}
		if name.Len() > 0 && phrase[0] != ',' {
			name.WriteByte(' ')
		}
		name.WriteString(phrase)
	}
	return capital(name.String())
}

// SearchTerms returns what people type into a site's search box when they want that category, the
// most frequent first: n terms, or fewer when there are no more.
func (l *Locale) SearchTerms(category string, n int) []string {
	own, common := l.goods.of(category), l.goods[anyCategory]
	wishes := own.searches
	if own == common {
		wishes = []string{spoken(category)}
	}
	var terms []string
	for _, pattern := range common.searches {
		for _, wish := range wishes {
			term := strings.ReplaceAll(pattern, blank, wish)
			if len(terms) < n && !slices.Contains(terms, term) {
				terms = append(terms, term)
			}
		}
	}
	return terms
}

// of finds the words of a category: by the last of its words that is known, so that women_shoes are
// shoes.
func (g goods) of(name string) *category {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for i := len(words) - 1; i >= 0; i-- {
		if c := g[words[i]]; c != nil {
			return c
		}
	}
	return g[anyCategory]
}

// spoken writes a category as people say it: gift_cards is gift cards.
func spoken(category string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(category, func(r rune) bool {
		return r == '_' || r == '-' || unicode.IsSpace(r)
	}), " "))
}

// capital makes the first letter of s a capital.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}
