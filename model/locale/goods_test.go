package locale

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// known are the words for the categories of a locale.
func known(l *Locale) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(l.goods)), func(word string) bool {
		return word == anyCategory || word[0] == '@'
	})
}

func TestEveryCategoryHasWords(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Locale) {
		for _, name := range append(known(l), anyCategory) {
			c := l.goods[name]
			if c.names() < 100 || len(c.searches) < 5 {
				t.Errorf("%s: %d names and %d searches, want 100 and 5", name, c.names(), len(c.searches))
			}
		}
	})
}

func TestProductNamesAreTidy(t *testing.T) {
	tidy := regexp.MustCompile(`^[\p{Lu}\d][^\s|{}@]*( [^\s|{}@]+)*$`)
	everywhere(t, func(t *testing.T, l *Locale) {
		unknown := []string{"women_shoes", "Elektronik-Geräte", "gift cards", "", "été"}
		for _, category := range append(unknown, known(l)...) {
			for key := range uint64(200) {
				name := l.Product(key, category).Name
				if !tidy.MatchString(name) || strings.Contains(name, " ,") {
					t.Fatalf("%s %d: %q", category, key, name)
				}
				if again := l.Product(key, category).Name; again != name {
					t.Fatalf("%s %d: %q and then %q", category, key, name, again)
				}
			}
		}
	})
}

func TestCategoriesAreFoundByTheirLastKnownWord(t *testing.T) {
	for _, row := range []struct{ locale, category, same string }{
		{"it-IT", "women_shoes", "scarpe"}, // not women
		{"it-IT", "Shoes", "scarpe"},
		{"it-IT", "scarpe/2025", "scarpe"},
		{"en", "garden-furniture", "home"},
		{"en", "Kitchen Appliances", "appliance"},
	} {
		l := lookup(t, row.locale)
		got, want := l.SearchTerms(row.category, 5), l.SearchTerms(row.same, 5)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q as of %s", row.category, got, want, row.same)
		}
	}
}

func TestUnknownCategoriesNameTheirProducts(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Locale) {
		for key := range uint64(50) {
			name := l.Product(key, "gift_cards").Name
			if !strings.Contains(strings.ToLower(name), "gift cards") {
				t.Fatalf("%q is not a gift card", name)
			}
		}
		if got := l.SearchTerms("gift_cards", 1); !slices.Equal(got, []string{"gift cards"}) {
			t.Errorf("people search for %v, want gift cards", got)
		}
	})
}

func TestProductNamesRarelyRepeat(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Locale) {
		for _, category := range []string{"dress", "shoes", "outerwear", "furniture"} {
			seen := map[string]bool{}
			for key := range uint64(300) {
				seen[l.Product(key, category).Name] = true
			}
			if len(seen) < 295 {
				t.Errorf("%s: %d different names for 300 products", category, len(seen))
			}
		}
	})
}

// TestLargerPacksAreDearer: of all lists of sizes each size is dearer than the one before, and
// lists for which that is not so are refused.
func TestLargerPacksAreDearer(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Locale) {
		for _, name := range known(l) {
			for _, each := range l.goods[name].kinds {
				for _, list := range each {
					for i := 1; list.sizes && i < len(list.words); i++ {
						if list.dear[list.words[i]] <= list.dear[list.words[i-1]] {
							t.Errorf("%s: %q is not dearer than %q", name, list.words[i], list.words[i-1])
						}
					}
				}
			}
		}
		for _, name := range []string{"smartphones", "produce", "household", "mobile_plan", "packaging"} {
			if c := l.goods.of(name); !c.hasSizes() {
				t.Errorf("%s has no sizes", name)
			}
		}
		defer func() {
			if recover() == nil {
				t.Error("sizes that get cheaper are read")
			}
		}()
		phrasesOf("< 1 kg ×2 | 2 kg ×1.9")
	})
}

func (c *category) hasSizes() bool {
	return slices.ContainsFunc(c.kinds, func(each kind) bool {
		return slices.ContainsFunc(each, func(list phrases) bool { return list.sizes })
	})
}

// TestAFamilyDiffersInSizeAndColour: the name of a product is its family and no more than sizes and
// colours.
func TestAFamilyDiffersInSizeAndColour(t *testing.T) {
	for _, row := range []struct{ locale, category, name, family string }{
		{"it-IT", "smartphones", "Smartphone Lince 13 Max 5G 256 GB, panna",
			"Smartphone Lince 13 Max 5G"},
		{"en", "tops", "Austin linen oversized tee, cream", "Austin linen oversized tee"},
		{"it-IT", "produce", "Basilico di Liguria in vaso", "Basilico di Liguria"},
	} {
		l := lookup(t, row.locale)
		family := ""
		for key := uint64(0); family == "" && key < 1_000_000; key++ {
			if p := l.Product(key, row.category); p.Name == row.name {
				family = p.Family
			}
		}
		if family != row.family {
			t.Errorf("%s is of the family %q, want %q", row.name, family, row.family)
		}
	}
}

func TestSearchTermsAreDistinctAndStable(t *testing.T) {
	everywhere(t, func(t *testing.T, l *Locale) {
		for _, category := range []string{"dress", "smartphone", "wine", "gift cards"} {
			all := l.SearchTerms(category, 1000)
			if len(all) < 10 {
				t.Errorf("%s: %d terms, want 10 or more", category, len(all))
			}
			if distinct := slices.Compact(slices.Sorted(slices.Values(all))); len(distinct) != len(all) {
				t.Errorf("%s: terms repeat: %v", category, all)
			}
			for n := range len(all) {
				if got := l.SearchTerms(category, n); !slices.Equal(got, all[:n]) {
					t.Fatalf("%s: the first %d are %v of %v", category, n, got, all)
				}
			}
			for _, term := range all {
				if term != strings.ToLower(term) || strings.ContainsAny(term, "{}|?") {
					t.Errorf("%s: nobody types %q", category, term)
				}
			}
		}
	})
}

func ExampleLocale_Product() {
	for _, name := range Names() {
		l, err := Lookup(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, category := range []string{"dresses", "women_shoes", "electronics", "grocery", "kites"} {
			fmt.Println(l.Product(1, category).Name)
		}
		fmt.Println(strings.Join(l.SearchTerms("shoes", 4), " | "))
	}
	// Output:
	// Newport linen midi slip dress, sky blue
	// Sonoma patent buckle oxfords, terracotta
	// Sonata Pro USB-C smartwatch
	// Old Barn organic tomato sauce 32 oz
	// Summit Premium kites New Collection
	// white sneakers | running shoes | ankle boots | loafers
	// Vestito Ischia lungo in jersey, celeste
	// Décolleté Assisi con plateau in pelle intrecciata, terracotta
	// Power bank Etna Max
	// Miele Podere 500 g
	// Kites Noto Classic Collezione Nuova
	// sneakers bianche | scarpe uomo | stivaletti donna | mocassini
}
