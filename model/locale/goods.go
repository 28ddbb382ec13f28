package locale

import (
	"math"
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
	phrases  [][]string           // a name has one phrase of each list, in this order; "" is none
	dear     []map[string]float64 // by list: the log of how dear a phrase makes it, unless 0
	searches []string             // commonest first
}

const (
	anyCategory = "*"
	blank       = "{}"
)

// A Product is something to sell: a plausible name, as a shop would call it, and the natural
// logarithm of how dear its kind is among those of its category: a refrigerator more than an iron,
// a kilogram more than a pound. It is 0 on average.
type Product struct {
	Name string
	Dear float64
}

// Product returns the product of a key. Categories are English words or the country's own, as they
// appear in scenarios: dress, women_shoes, borse; an unknown one becomes part of the name. The same
// key in another category is another product. Two keys may get the same one.
func (l *Locale) Product(key uint64, category string) Product {
	k, called := draw.New(key), spoken(category)
	for i := range len(called) {
		k = k.With(uint64(called[i]))
	}
	c := l.goods.of(category)
	mean, _ := c.spread()
	var name strings.Builder
	dear := -mean
	for i, phrases := range c.phrases {
		word := one(phrases, k.Draw(slotGoods+uint64(i)))
		dear += c.dear[i][word]
		phrase := strings.ReplaceAll(word, blank, called)
		if phrase == "" {
			continue
		}
		if name.Len() > 0 && phrase[0] != ',' {
			name.WriteByte(' ')
		}
		name.WriteString(phrase)
	}
	return Product{capital(name.String()), dear}
}

// Spread is the standard deviation of Product.Dear in a category.
func (l *Locale) Spread(category string) float64 {
	_, variance := l.goods.of(category).spread()
	return math.Sqrt(variance)
}

// spread is the mean and the variance of how dear products are.
func (c *category) spread() (mean, variance float64) {
	for i, phrases := range c.phrases {
		sum, squares, n := 0.0, 0.0, float64(len(phrases))
		for _, word := range phrases {
			x := c.dear[i][word]
			sum += x
			squares += float64(x * x)
		}
		mean += sum / n
		variance += squares/n - float64(sum/n*(sum/n))
	}
	return mean, max(variance, 0)
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
