package model

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/percorso/percorso/model/document"
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
	keyCampaigns
	keyFlights // of channels that always advertise
	KeyTrial   // who is in the control group of an experiment; KeyTrial.With(channel)
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

// compileGoods makes the catalogue: prices by the category's law and the kind of goods, popularity
// in an order of its own. No two products have the same name.
func (w *World) compileGoods(s *Scenario) {
	names := byID(s.Catalogue.Categories, own)
	shares, taken := make([]float64, len(names)), map[string]bool{}
	for i, name := range names {
		c := s.Catalogue.Categories[name]
		shares[i] = c.Share
		p := CategoryPlan{Name: name, First: uint32(len(w.Products) + 1)}
		key := w.Key.With(keyProducts).With(hashOf(name))
		price := w.pricing(name, &c)
		for n := range c.Products {
			k := key.With(uint64(n))
			product := w.named(k, name, taken)
			priced := k
			if product.Family != "" { // in which prices differ by size alone
				priced = key.With(hashOf(product.Family))
			}
			cents := price(product.Dear, priced.Draw(slotPrice))
			w.Products = append(w.Products, ProductPlan{Name: product.Name, Category: i, Price: cents,
				Cost: costOf(cents, c.VAT, c.Margin), VAT: tenThousandths(float64(c.VAT))})
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
		own := tasteFor(names, shares, s.Segments[w.Segments[i].Name].Categories)
		w.Segments[i].Category = draw.ChoiceOf(own)
		for j, name := range names {
			w.Segments[i].Beside = append(w.Segments[i].Beside,
				besides(j, float64(s.Catalogue.Mix), tasteFor(names, own, s.Catalogue.Categories[name].With)))
		}
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

// besides is the category of each further product of an order for a category: another one for a
// share of them, in proportion to the weights of the others.
func besides(needed int, mix float64, weights []float64) draw.Choice {
	weights[needed] = 0
	sum := 0.0
	for _, x := range weights {
		sum += x
	}
	if sum == 0 {
		mix, sum = 0, 1
	}
	for i := range weights {
		weights[i] *= mix / sum
	}
	weights[needed] = 1 - mix
	return draw.ChoiceOf(weights)
}

// complements checks what goes with each category.
func (c *checker) complements(p document.Place, s *Scenario) {
	names := byID(s.Catalogue.Categories, own)
	for _, name := range names {
		with, in := s.Catalogue.Categories[name].With, p.Key(name).Key("with")
		others := slices.DeleteFunc(slices.Clone(names), func(other string) bool { return other == name })
		never := len(others)
		for _, other := range slices.Sorted(maps.Keys(with)) {
			at := in.Key(other)
			if other == name {
				c.Fail(at.At, at, "found the category itself, want another one: the share of its own "+
					"products is 100%% less catalogue.mix")
			} else {
				c.knownCategory(at, at.At, other, s)
			}
			if with[other] == 0 && slices.Contains(others, other) {
				never--
			}
		}
		if never == 0 && len(others) > 0 && c.Clean(in) {
			c.Fail(in.Whole(), in, "found 0 for all other categories, want one that goes with it, "+
				"or catalogue.mix: 0%%")
		}
	}
}

// costOf is what a product costs the shop, in cents without tax, from its gross margin.
func costOf(price int64, vat, margin Share) int64 {
	return int64(math.Round(float64(price) * float64(1-margin) / float64(1+vat)))
}

// named returns the product of a key under a name that no other has: the first free one of some
// that are drawn, or else one with a number, of a family of its own.
func (w *World) named(key draw.Key, category string, taken map[string]bool) locale.Product {
	const tries = 64
	p := w.Locale.Product(key.Draw(slotName), category)
	for try := uint64(1); taken[p.Name] && try < tries; try++ {
		p = w.Locale.Product(key.With(try).Draw(slotName), category)
	}
	name, family := p.Name, p.Family
	for n := 2; taken[p.Name]; n++ {
		p.Name = fmt.Sprintf("%s %d", name, n)
		if family != "" {
			p.Family = fmt.Sprintf("%s %d", family, n)
		}
	}
	taken[p.Name] = true
	return p
}

// mostByKind is the most of the spread of a category's prices that comes from the kinds of its
// goods; the rest tells products of a kind apart, within two standard deviations.
const mostByKind = 0.9

// pricing returns the price of a product, in cents, by how dear its kind is and a uniform of its
// own. All together they have the category's median and spread.
func (w *World) pricing(name string, c *Category) func(dear float64, u uint64) int64 {
	weight := 0.0
	if spread := w.Locale.Spread(name); spread > 0 {
		weight = min(1, mostByKind*c.Sigma/spread)
		spread *= weight
		rest := math.Sqrt(max(c.Sigma*c.Sigma-spread*spread, 0))
		return priceOf(c.Price, weight, rest)
	}
	return priceOf(c.Price, 0, c.Sigma)
}

func priceOf(median, weight, sigma float64) func(dear float64, u uint64) int64 {
	const edge = 0.0228 // of a normal law lies beyond two standard deviations
	law := draw.TableOf(draw.Lognormal{MedianLog2: math.Log2(median * 100), Sigma: max(sigma, 1e-9)})
	return func(dear float64, u uint64) int64 {
		within := uint64(float64(edge*(1<<63))*2) + uint64(float64(u)*(1-2*edge))
		price := law.At(draw.Threshold(within)) + int64(math.RoundToEven(weight*dear*math.Log2E*(1<<32)))
		return ShelfPrice(draw.Exp2(draw.Log(price)))
	}
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

// ShelfPrice turns an amount of cents into the nearest price that shops write: below 5 it ends in 9
// cents, below 20 in .49 or .99, below 100 in .90, below 1000 in 4 or 9 and from there on in 9,
// without cents. It is at least a cent.
func ShelfPrice(cents int64) int64 {
	const dearest = 1e11 // times all that a line may have, in 1/10000, it still fits an int64
	cents = min(cents, dearest)
	nearest := func(step, less int64) int64 { return (cents+less+step/2)/step*step - less }
	switch {
	case cents < 10:
		return max(cents, 1)
	case cents < 500:
		return nearest(10, 1)
	case cents < 1_950:
		return nearest(50, 1)
	case cents < 9_900:
		return nearest(100, 10)
	case cents < 99_900:
		return nearest(500, 100)
	}
	return nearest(1_000, 100)
}

// Off is what a discount, in 1/10000, takes off a price: what is left is again a price that shops
// write, unless the discount is smaller than the step to the next.
func Off(price, rate int64) int64 {
	exact := (2*price*rate + 10_000) / 20_000
	if left := ShelfPrice(price - exact); rate > 0 && left < price {
		return price - left
	}
	return exact
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

// TownCity returns the city of a town, in proportion to population. Towns step through the cities
// by the golden ratio, from a place that the seed sets, so that few of them cover the country
// evenly (Weyl's sequence), and more towns change none of the first.
func (w *World) TownCity(town int) int {
	const golden = 0x9e3779b97f4a7c15 // 2^64 / φ
	return w.City.Pick(w.Key.With(keyTowns).Draw(slotCity) + uint64(town)*golden)
}
