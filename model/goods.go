package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/locale"
	"github.com/percorso/percorso/model/table"
)

// Families of keys under the world's.
const (
	keyProducts uint64 = iota + 1
	keyStores
	keyTowns
	KeyPeople // customers; KeyPeople.With(id)
	KeyIDs    // public ids, by kind
	KeyTies   // acquaintances; KeyTies.With(town)
	KeySpend  // what platforms report; KeySpend.With(town)
)

// Slots under a product's or a town's key.
const (
	slotPrice uint64 = iota
	slotRank
	slotName
	slotCity
)

// termCount is how many different things are typed into the search of a category.
const termCount = 12

// compileGoods makes the catalogue: prices by the category's law, popularity in an order of its
// own.
func (w *World) compileGoods(s *Scenario) {
	names := byID(s.Catalogue.Categories, own)
	shares := make([]float64, len(names))
	for i, name := range names {
		c := s.Catalogue.Categories[name]
		shares[i] = c.Share
		p := CategoryPlan{Name: name, First: uint32(len(w.Products) + 1)}
		law := draw.Lognormal{MedianLog2: math.Log2(c.Price * 100), Sigma: max(c.Sigma, 1e-9)}
		prices := draw.TableOf(law)
		key := w.Key.With(keyProducts).With(hashOf(name))
		for n := range c.Products {
			k := key.With(uint64(n))
			w.Products = append(w.Products, ProductPlan{
				Name:     w.Locale.ProductName(k.Draw(slotName), name),
				Category: i,
				Price:    shelfPrice(draw.Exp2(draw.Log(prices.At(draw.Threshold(k.Draw(slotPrice)))))),
				VAT:      tenThousandths(float64(c.VAT)),
			})
		}
		p.ByRank = w.rank(key, p.First, c.Products)
		for tilt := range p.Popular {
			taste := float64(tilt-TiltCount/2) / 2
			p.Popular[tilt] = draw.Zipf(c.Products, s.Catalogue.Zipf, func(r int) float64 {
				dear := float64(w.Products[p.ByRank[r]-1].Price) / (c.Price * 100)
				return math.Pow(dear, taste)
			})
		}
		terms := w.Locale.SearchTerms(name, termCount)
		p.Terms = draw.Zipf(len(terms), 1, func(int) float64 { return 1 })
		for _, term := range terms {
			p.TermCodes = append(p.TermCodes, w.word(table.EventSearch, term))
		}
		w.Categories = append(w.Categories, p)
	}
	for i := range w.Segments {
		factors := s.Segments[w.Segments[i].Name].Categories
		w.Segments[i].Category = draw.ChoiceOf(tasteFor(names, shares, factors))
	}
	w.Tables[table.TableEvents].Columns[table.EventCategory].Vocab = names
}

// tasteFor returns the shares of needs by category in a segment with the given factors.
func tasteFor(names []string, shares []float64, factors map[string]float64) []float64 {
	own := slices.Clone(shares)
	for i, name := range names {
		if factor, ok := factors[name]; ok {
			own[i] *= factor
		}
	}
	return own
}

// rank orders the products of a category by popularity, by a keyed shuffle: neither the code of a
// product nor its price tells how much it is wanted.
func (w *World) rank(key draw.Key, first uint32, n int) []uint32 {
	codes := make([]uint32, n)
	for i := range codes {
		codes[i] = first + uint32(i)
	}
	slices.SortFunc(codes, func(a, b uint32) int {
		x, y := key.With(uint64(a-first)).Draw(slotRank), key.With(uint64(b-first)).Draw(slotRank)
		if x < y {
			return -1
		}
		return 1
	})
	for r, code := range codes {
		w.Products[code-1].Rank = r + 1
	}
	return codes
}

// shelfPrice turns an amount of cents into a price as shops write it: below 20 it ends in .40 or
// .90, below 100 in .90, and from there on it is a cent less than a multiple of 5.
func shelfPrice(cents int64) int64 {
	const dearest = 1e11 // times all that a line may have, in 1/10000, it still fits an int64
	cents = min(cents, dearest)
	switch {
	case cents < 2000:
		return max(50, (cents+20)/50*50-10)
	case cents < 10000:
		return (cents+50)/100*100 - 10
	default:
		return (cents+250)/500*500 - 1
	}
}

// hashOf keys a thing by its name (64-bit FNV-1a), so that its place among others does not matter.
func hashOf(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return h
}

// compilePlaces opens the stores, three for two towns from the first, and says which are in reach
// from where: those of the city, or else the nearest. So even a small market visits all of them.
func (w *World) compilePlaces(s *Scenario) {
	cities := w.Locale.Cities()
	people := make([]float64, len(cities))
	for i := range cities {
		people[i] = float64(cities[i].Population)
	}
	w.City = draw.ChoiceOf(people)
	w.CityStores = make([][]uint32, len(cities))
	seats := make([]int, len(cities))
	for n := range s.Stores.Count {
		seats[w.TownCity(n*2/3)]++
	}
	for i, n := range seats {
		for j := range n {
			name := cities[i].Name
			if n > 1 {
				name = fmt.Sprintf("%s %d", name, j+1)
			}
			key := w.Key.With(keyStores).With(hashOf(cities[i].Name + cities[i].Province)).Draw(uint64(j))
			w.Stores = append(w.Stores, StorePlan{Name: name, City: i, Place: w.Locale.Address(key, i)})
			w.CityStores[i] = append(w.CityStores[i], uint32(len(w.Stores)))
		}
	}
	if len(w.Stores) == 0 {
		return
	}
	for i := range w.CityStores {
		if w.CityStores[i] == nil {
			w.CityStores[i] = []uint32{w.nearestStore(cities, i)}
		}
	}
}

// nearestStore returns the code of the store nearest to a city, on a flat map.
func (w *World) nearestStore(cities []locale.City, i int) uint32 {
	best, nearest := int64(math.MaxInt64), uint32(0)
	for s := range w.Stores {
		to := &cities[w.Stores[s].City]
		dy := int64(cities[i].Latitude - to.Latitude)
		dx := int64(cities[i].Longitude-to.Longitude) * 3 / 4 // a degree of longitude at 41°
		if d := dx*dx + dy*dy; d < best {
			best, nearest = d, uint32(s+1)
		}
	}
	return nearest
}

// TownCode returns what tables call a town.
func TownCode(town int) int64 { return int64(town) + 1 }

// TownCity returns the city of a town, in proportion to population. Towns step through the cities by
// the golden ratio, from a place that the seed sets, so that few of them cover the country evenly
// (Weyl's sequence), and more towns change none of the first.
func (w *World) TownCity(town int) int {
	const golden = 0x9e3779b97f4a7c15 // 2^64 / φ
	return w.City.Pick(w.Key.With(keyTowns).Draw(slotCity) + uint64(town)*golden)
}
