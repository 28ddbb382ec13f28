package locale

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/percorso/percorso/model/draw"
)

// goods are the words of catalogues: the kinds of goods of each category, by every name of it. The
// category "*" has the words for unknown categories.
type goods map[string]*category

// A category has kinds of goods, and the searches of customers who want them. Those of "*" have a
// blank for the category's own name, or for one of its searches.
type category struct {
	kinds    []kind
	searches []string // commonest first
}

// A kind of goods has the parts of its product names: one phrase of each list, in this order.
type kind []phrases

// Phrases are a list of parts of names; "" is none. Colours, and sizes in their order, tell
// products of one family apart.
type phrases struct {
	words          []string
	dear           map[string]float64 // the log of how dear a phrase makes the product, unless 0
	colours, sizes bool
}

const (
	anyCategory = "*"
	blank       = "{}"
)

// A Product is something to sell: a plausible name, as a shop would call it; the family of those
// that differ from it only in size or colour, "" where there are none; and the natural logarithm of
// how dear its kind is among those of its category: a refrigerator more than an iron, a kilogram
// more than a pound. It is 0 on average.
type Product struct {
	Name, Family string
	Dear         float64
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
	var name, family phrase
	dear, alone := -mean, true
	for i, list := range c.one(k) {
		word := one(list.words, k.Draw(slotGoods+uint64(i)))
		dear += list.dear[word]
		word = strings.ReplaceAll(word, blank, called)
		name.add(word)
		if list.colours || list.sizes {
			alone = false
		} else {
			family.add(word)
		}
	}
	if alone {
		family.Reset()
	}
	return Product{capital(name.String()), family.String(), dear}
}

// A phrase is made of several.
type phrase struct{ strings.Builder }

// add adds a phrase, which is a word or more, or "".
func (p *phrase) add(word string) {
	if p.Len() > 0 && word != "" && word[0] != ',' {
		p.WriteByte(' ')
	}
	p.WriteString(word)
}

// one returns the kind of the product of a key: all names of a category are equally likely.
func (c *category) one(k draw.Key) kind {
	if len(c.kinds) == 1 {
		return c.kinds[0]
	}
	at, n := 0, int(draw.Below(k.Draw(slotKind), uint64(c.names())))
	for n >= c.kinds[at].names() {
		n -= c.kinds[at].names()
		at++
	}
	return c.kinds[at]
}

// names is how many names there are in a category.
func (c *category) names() (sum int) {
	for _, each := range c.kinds {
		sum += each.names()
	}
	return sum
}

// names is how many names there are of a kind.
func (g kind) names() int {
	n := 1
	for _, list := range g {
		n *= len(list.words)
	}
	return n
}

// Spread is the standard deviation of Product.Dear in a category.
func (l *Locale) Spread(category string) float64 {
	_, variance := l.goods.of(category).spread()
	return math.Sqrt(variance)
}

// spread is the mean and the variance of how dear products are.
func (c *category) spread() (mean, variance float64) {
	all := 0.0
	for _, each := range c.kinds {
		part := float64(each.names())
		m, v := each.spread()
		mean += float64(part * m)
		variance += float64(part * (v + float64(m*m)))
		all += part
	}
	mean /= all
	return mean, max(variance/all-float64(mean*mean), 0)
}

// spread is the same for a kind.
func (g kind) spread() (mean, variance float64) {
	for _, list := range g {
		sum, squares, n := 0.0, 0.0, float64(len(list.words))
		for _, word := range list.words {
			x := list.dear[word]
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

// of finds the words of a category: by its name, or else by the last of its words that is known, so
// that women_shoes are shoes.
func (g goods) of(name string) *category {
	if c := g[strings.ToLower(name)]; c != nil {
		return c
	}
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
