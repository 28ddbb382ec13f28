package simulate

import (
	"math/bits"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
)

// The audiences: whom the sources of a channel can reach at all. In each a person's contacts are a
// Poisson process of its own, so that who joins an audience keeps the contacts that they have
// otherwise, and gets more.
const (
	everybody = iota
	readers   // known customers who allow marketing, of channels for them
	visitors  // people who were on the site lately, of retargeting
	audiencesCount
)

// mostRate bounds the mean contacts of a person and a day, all channels together, before any cap.
const mostRate = 20 << 32

// rarest is the chance 1e-9, with 64 fractional bits. Smaller chances are treated alike: the tables
// behind e^-rate are accurate to 2e-7.
const rarest = 1 << 34

// An audience is what reaches the people of a kind today.
type audience []share

// A share is the sources of an audience that target people in the same way.
type share struct {
	taste   int      // place in audiences.tastes
	sources []int    // of the plan
	upTo    []uint64 // contacts of a person without traits, 32 fractional bits, summed up
	rates   []uint64 // contacts of each person, with those of the shares before
}

// audiences find out who has contacts today.
type audiences struct {
	today   [audiencesCount]audience
	tastes  []int64  // how the trait need weighs on contacts, in each way of targeting
	factors []uint32 // on contacts, by person and taste, 16 fractional bits
	views   []viewer
	means   [audiencesCount][]mean // by person
	within  int                    // days since a visit for which somebody is a visitor
}

// A mean is of a person's contacts in an audience on a day.
type mean struct {
	rate uint64 // how many, 32 fractional bits
	none uint64 // chance that there is none, 64 fractional bits
}

// A viewer is what a day without contacts needs to know of a person.
type viewer struct {
	key     draw.Key
	quiet   [audiencesCount]uint32 // chance of no contact today, 32 fractional bits, rounded down
	visited int16                  // day of the last visit on the web or in the app
	reads   bool                   // is known and allows marketing
}

// gather finds how each person of a town stands to each way of targeting.
func (x *audiences) gather(people []person, plan *model.AdvertisingPlan) {
	for i := range plan.Channels {
		c := &plan.Channels[i]
		if !slices.Contains(x.tastes, c.Aim) {
			x.tastes = append(x.tastes, c.Aim)
		}
		x.within = max(x.within, c.After)
	}
	x.views = make([]viewer, len(people))
	for kind := range x.means {
		x.means[kind] = make([]mean, len(people))
	}
	x.factors = make([]uint32, 0, len(people)*len(x.tastes))
	for i := range people {
		p := &people[i]
		x.views[i] = viewer{key: p.key, visited: noDay}
		for _, aim := range x.tastes {
			taste := natural(p.traits[model.TraitAds]) + draw.Log(int64(p.traits[model.TraitNeed])*aim)
			x.factors = append(x.factors, uint32(draw.Exp2(min(taste, 15*draw.One)+16*draw.One)))
		}
	}
}

// audienceOf returns whom a channel can reach.
func audienceOf(c *model.AdPlan) int {
	switch {
	case c.After > 0:
		return visitors
	case c.Subscribers:
		return readers
	}
	return everybody
}

// tune makes the audiences of the sources that run today, and finds how likely each person is to
// have no contact on such a day.
func (x *audiences) tune(plan *model.AdvertisingPlan, running []int) {
	for kind := range x.today {
		x.today[kind] = x.today[kind][:0]
	}
	for _, i := range running {
		s := &plan.Sources[i]
		c := &plan.Channels[s.Channel]
		x.add(audienceOf(c), slices.Index(x.tastes, c.Aim), i, draw.Scale(s.Rate, c.Base))
	}
	for i := range x.views {
		for kind := range x.today {
			sum := uint64(0)
			for n := range x.today[kind] {
				s := &x.today[kind][n]
				sum = min(sum+scaled(s.upTo[len(s.upTo)-1], x.factor(s.taste, i)), mostRate)
				s.rates[i] = sum
			}
			m := mean{rate: sum, none: quiet(sum)}
			x.means[kind][i], x.views[i].quiet[kind] = m, uint32(m.none>>32)
		}
	}
}

func (x *audiences) add(kind, taste, source int, rate uint64) {
	a := &x.today[kind]
	at := slices.IndexFunc(*a, func(s share) bool { return s.taste == taste })
	if at < 0 {
		at = len(*a)
		*a = slices.Grow(*a, 1)[:at+1]
		s := &(*a)[at] // the memory of an earlier share, or none
		*s = share{taste: taste, sources: s.sources[:0], upTo: s.upTo[:0],
			rates: slices.Grow(s.rates[:0], len(x.views))[:len(x.views)]}
	}
	s, before := &(*a)[at], uint64(0)
	if n := len(s.upTo); n > 0 {
		before = s.upTo[n-1]
	}
	s.sources, s.upTo = append(s.sources, source), append(s.upTo, before+min(rate, mostRate))
}

// factor is how many contacts a person of a town has, relative to one without traits, 16 fractional
// bits.
func (x *audiences) factor(taste, person int) uint64 {
	return uint64(x.factors[person*len(x.tastes)+taste])
}

// scaled is a rate times a factor with 16 fractional bits.
func scaled(rate, factor uint64) uint64 {
	hi, lo := bits.Mul64(rate, factor)
	return min(hi<<48|lo>>16, mostRate)
}

// source draws the source of a contact.
func (x *audiences) source(kind, person int, u uint64) int {
	a, before := x.today[kind], uint64(0)
	at := draw.Below(u, x.means[kind][person].rate)
	n := 0
	for n < len(a)-1 && at >= a[n].rates[person] {
		before = a[n].rates[person]
		n++
	}
	s := &a[n]
	at = (at - before) << 16 / max(x.factor(s.taste, person), 1)
	thing := 0
	for _, upTo := range s.upTo[:len(s.upTo)-1] {
		if upTo <= at {
			thing++
		}
	}
	return s.sources[thing]
}

// quiet returns e^-rate with 64 fractional bits, for a rate with 32.
func quiet(rate uint64) uint64 {
	const log2e = 6196328019 // log2(e) with 32 fractional bits
	hi, lo := bits.Mul64(rate, log2e)
	exponent := draw.Log(hi<<32 | lo>>32)
	if exponent == 0 {
		return 1<<64 - 1
	}
	return uint64(draw.Exp2(62*draw.One-exponent)) << 2
}

// contacts returns the number at u of a Poisson law, by inverse.
func contacts(u uint64, m mean) int {
	below, chance := m.none, m.none
	for n := uint64(1); ; n++ {
		hi, lo := bits.Mul64(chance, m.rate)
		chance, _ = bits.Div64(hi, lo, n<<32)
		sum, carry := bits.Add64(below, chance, 0)
		if u < sum || carry != 0 || chance < rarest && n<<32 > m.rate {
			return int(n)
		}
		below = sum
	}
}
