package model_test

import (
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
)

// builtIn compiles a built-in scenario with its own size.
func builtIn(t *testing.T, name string, sets ...model.Set) *model.World {
	t.Helper()
	s, err := model.Load(name, scenarios.FS, sets...)
	return worldOf(t, s, err)
}

// worldOf compiles a scenario that was just loaded.
func worldOf(t *testing.T, s *model.Scenario, err error) *model.World {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// isPricePoint reports whether a shop would write a price.
func isPricePoint(cents int64) bool {
	switch {
	case cents < 10:
		return cents > 0
	case cents < 500:
		return cents%10 == 9
	case cents < 1_950:
		return cents%50 == 49
	case cents < 9_900:
		return cents%100 == 90
	case cents < 99_900:
		return cents%500 == 400
	}
	return cents%1_000 == 900
}

// TestShelfPrices end as shops write them, are near the amount, never fall, and stay.
func TestShelfPrices(t *testing.T) {
	last := int64(0)
	for cents := int64(1); cents < 300_000; cents++ {
		p := model.ShelfPrice(cents)
		near := math.Abs(float64(p-cents)) <= max(5, float64(cents)/19)
		if !isPricePoint(p) || p < last || !near || model.ShelfPrice(p) != p {
			t.Fatalf("%d cents are sold at %d, after %d", cents, p, last)
		}
		last = p
		for _, rate := range []int64{0, 1, 1_000, 2_000, 9_000} {
			left := p - model.Off(p, rate)
			if !isPricePoint(left) && p-left > max(5, p/19) || left > p || rate == 0 && left != p {
				t.Fatalf("%d cents less %d/10000 are %d", p, rate, left)
			}
		}
	}
}

// TestProductsHaveNamesAndPricesOfTheirOwn: in every market and language no two products have one
// name, and all prices of all days are such as shops write.
func TestProductsHaveNamesAndPricesOfTheirOwn(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, locale := range []string{"it-IT", "en"} {
			w := builtIn(t, strings.TrimSuffix(file, ".yaml"), model.Set{Path: "locale", Value: locale})
			seen := map[string]bool{}
			for i, p := range w.Products {
				if seen[p.Name] {
					t.Errorf("%s in %s: two products are called %s", file, locale, p.Name)
				}
				seen[p.Name] = true
				for day := 0; day < w.Days; day += 40 {
					if price := w.PriceOn(uint32(i+1), day); !isPricePoint(price) {
						t.Errorf("%s in %s: %s costs %d on day %d", file, locale, p.Name, price, day)
					}
				}
			}
		}
	}
}

// TestManyProductsOfAFewNames: a catalogue with more products than its words have names for.
func TestManyProductsOfAFewNames(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", model.Set{Path: "catalogue.categories.gift_cards",
		Value: "{share: 1%, products: 5000, price: 50, sigma: 0.4}"},
		model.Set{Path: "catalogue.categories.dresses.share", Value: "21%"})
	seen := map[string]bool{}
	for _, p := range w.Products {
		if seen[p.Name] {
			t.Fatalf("two products are called %s", p.Name)
		}
		seen[p.Name] = true
	}
}

// TestKindsHaveTheirPrices: a range for a kind of good, and a category whose median and spread are
// still those of the scenario.
func TestKindsHaveTheirPrices(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		market, kind string
		low, high    float64
	}{
		{"electronics", "Frigorifero", 130, 1500}, {"electronics", "Ferro da stiro", 15, 150},
		{"electronics", "Lavatrice", 100, 1300}, {"electronics", "Caricatore", 3, 30},
		{"electronics", "Console", 45, 400}, {"grocery", "Olio extravergine", 2, 16},
		{"grocery", "Farina 00", 0.3, 3}, {"grocery", "Acqua minerale", 0.15, 4},
	} {
		var prices []float64
		for _, p := range builtIn(t, test.market).Products {
			if strings.HasPrefix(p.Name, test.kind) {
				prices = append(prices, float64(p.Price)/100)
			}
		}
		if len(prices) < 10 || slices.Min(prices) < test.low || slices.Max(prices) > test.high {
			t.Errorf("%d %s cost %.2f to %.2f, want %.2f to %.2f", len(prices), test.kind,
				slices.Min(prices), slices.Max(prices), test.low, test.high)
		}
	}
	for _, name := range []string{"fashion", "electronics", "grocery"} {
		w := builtIn(t, name)
		for i, category := range w.Categories {
			want, logs := w.Scenario.Catalogue.Categories[category.Name], []float64{}
			for _, p := range w.Products {
				if p.Category == i {
					logs = append(logs, math.Log(float64(p.Price)/100))
				}
			}
			slices.Sort(logs)
			mean, squares := 0.0, 0.0
			for _, x := range logs {
				mean += x / float64(len(logs))
			}
			for _, x := range logs {
				squares += (x - mean) * (x - mean) / float64(len(logs))
			}
			median, sigma := math.Exp(logs[len(logs)/2]), math.Sqrt(squares)
			if math.Abs(math.Log(median/want.Price)) > 0.25 || math.Abs(sigma-want.Sigma) > 0.12 {
				t.Errorf("%s of %s: median %.2f, sigma %.2f, want %.2f and %.2f", category.Name, name,
					median, sigma, want.Price, want.Sigma)
			}
		}
	}
}

// sizes are names with an amount of something.
var sizes = regexp.MustCompile(`^(.*?)(\d+(?:[.,]\d+)?) ` +
	`(GB|kg|g|ml|l|cl|oz|lb|rotoli|pezzi|linee|lines|Mega|Giga)\b(.*)$`)

// decimal writes an amount with a point, and without one in front of thousands.
func decimal(amount string) string {
	whole, rest, _ := strings.Cut(strings.Replace(amount, ",", ".", 1), ".")
	if len(rest) == 3 {
		return whole + rest
	}
	return whole + "." + rest
}

// TestPricesRiseWithSize: of products in every market and language whose names differ only in one
// amount and in colour, none is cheaper than a smaller one; and the same in another colour costs
// the same.
func TestPricesRiseWithSize(t *testing.T) {
	t.Parallel()
	units := map[string]float64{"kg": 1000, "l": 100}
	pairs := 0
	for _, market := range []string{"fashion", "electronics", "telecom", "grocery", "print-shop"} {
		for _, locale := range []string{"it-IT", "en"} {
			type pack struct {
				name  string
				size  float64
				price int64
			}
			families := map[string][]pack{}
			w := builtIn(t, market, model.Set{Path: "locale", Value: locale})
			for _, p := range w.Products {
				name, _, _ := strings.Cut(p.Name, ", ")
				one, family := pack{name: p.Name, price: p.Price}, name
				if m := sizes.FindStringSubmatch(name); m != nil {
					n, err := strconv.ParseFloat(decimal(m[2]), 64)
					if err != nil {
						t.Fatal(err)
					}
					if family = m[1] + "…" + m[4]; units[m[3]] > 0 {
						n *= units[m[3]]
					} else if m[3] != "g" && m[3] != "cl" {
						family = m[1] + m[3] + m[4]
					}
					one.size = n
				}
				key := strconv.Itoa(p.Category) + " " + family
				families[key] = append(families[key], one)
			}
			for _, family := range families {
				for _, a := range family {
					for _, b := range family {
						if a.size <= b.size && a.price > b.price {
							t.Errorf("%s: %s costs %d, %s %d", market, a.name, a.price, b.name, b.price)
						}
						if a.size < b.size {
							pairs++
						}
					}
				}
			}
		}
	}
	if pairs < 1000 {
		t.Errorf("%d pairs were compared, want 1000", pairs)
	}
}

// TestMarginsLeaveTheCost: what a product costs the shop is its price without tax less the gross
// margin of its category, or of the catalogue.
func TestMarginsLeaveTheCost(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", model.Set{Path: "catalogue.margin", Value: "30%"},
		model.Set{Path: "catalogue.categories.shoes.margin", Value: "75%"},
		model.Set{Path: "catalogue.categories.tops.vat", Value: "0%"},
		model.Set{Path: "catalogue.categories.tops.margin", Value: "30%"})
	for _, p := range w.Products {
		margin := 0.3
		switch w.Categories[p.Category].Name {
		case "shoes":
			margin = 0.75
		case "coats", "tops":
		default:
			continue
		}
		net := float64(p.Price) / (1 + float64(p.VAT)/10_000)
		if want := net * (1 - margin); math.Abs(float64(p.Cost)-want) > 0.51 {
			t.Errorf("%s costs the shop %d, want %.1f", p.Name, p.Cost, want)
		}
	}
}

// TestNoDomainIsMadeUp: a referrer is one that everybody knows, one of the scenario, or in a domain
// that nobody can own.
func TestNoDomainIsMadeUp(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"https://www.google.com/", "https://www.facebook.com/",
		"https://www.instagram.com/", "https://www.linkedin.com/"}
	for _, file := range files {
		w := builtIn(t, strings.TrimSuffix(file, ".yaml"))
		for _, word := range w.Tables[table.TableEvents].Columns[table.EventReferrer].Vocab {
			if !slices.Contains(known, word) && !strings.HasSuffix(word, ".example/") {
				t.Errorf("%s has the referrer %s", file, word)
			}
		}
	}
}
