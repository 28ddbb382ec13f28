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
	seekers   // people on a journey, of what reaches them more often than others
	readers   // known customers who allow marketing, of channels for them
	listed    // the same people, of newsletters: only on the days of a list
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
	taste    int // place in audiences.tastes
	supplies []supply
	guide    [64]uint8 // where to begin the search for the supply at a draw, by its six highest bits
	rates    []uint64  // contacts of each person, with those of the shares before
}

// A supply is the contacts from a source, in units of those of a person without traits, 32
// fractional bits, after those of the supplies before it.
type supply struct {
	upTo   uint64
	shown  [2]uint64 // up to where they happen to people without and with a journey
	source int
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

// settle makes room for the people of a town, who all are still to arrive.
func (x *audiences) settle(people int, plan *model.AdvertisingPlan) {
	for i := range plan.Channels {
		c := &plan.Channels[i]
		if !slices.Contains(x.tastes, c.Aim) {
			x.tastes = append(x.tastes, c.Aim)
		}
		x.within = max(x.within, c.After)
	}
	x.views = make([]viewer, people)
	for kind := range x.means {
		x.means[kind] = make([]mean, people)
	}
	x.factors = make([]uint32, people*len(x.tastes))
}

// meet finds how a person who arrives stands to each way of targeting.
func (x *audiences) meet(p *person) {
	i := int(p.place)
	x.views[i] = viewer{key: p.key, visited: noDay}
	for n, aim := range x.tastes {
		taste := natural(p.traits[model.TraitAds]) + draw.Log(int64(p.traits[model.TraitNeed])*aim)
		x.factors[i*len(x.tastes)+n] = uint32(draw.Exp2(min(taste, 15*draw.One) + 16*draw.One))
	}
	x.expect(i)
}

// departs makes the contacts of a person who leaves none.
func (x *audiences) departs(p *person) {
	i := int(p.place)
	clear(x.factors[i*len(x.tastes) : (i+1)*len(x.tastes)])
	x.views[i].reads = false
	x.expect(i)
}

// audienceOf returns whom a channel can reach.
func audienceOf(c *model.AdPlan) int {
	switch {
	case c.After > 0:
		return visitors
	case c.List:
		return listed
	case c.Subscribers:
		return readers
	}
	return everybody
}

// tune makes the audiences of the sources that run today, and finds how likely each person is to
// have no contact on such a day.
func (x *audiences) tune(t *town, plan *model.AdvertisingPlan, running []int, rates []uint64) {
	for kind := range x.today {
		x.today[kind] = x.today[kind][:0]
	}
	for _, i := range running {
		s := &plan.Sources[i]
		c := &plan.Channels[s.Channel]
		rate := draw.Scale(rates[i], c.Base)
		if c.List {
			rate = atMostOne(rate, sumOf(plan, running, rates, s.Channel))
		}
		x.add(c, t.isOff(c.Channel), slices.Index(x.tastes, c.Aim), i, rate)
	}
	for kind := range x.today {
		for n := range x.today[kind] {
			x.today[kind][n].index()
		}
	}
	for i := range x.views {
		x.expect(i)
	}
}

// expect finds how likely a person is to have no contact on a day of these sources.
func (x *audiences) expect(i int) {
	for kind := range x.today {
		sum := uint64(0)
		for n := range x.today[kind] {
			s := &x.today[kind][n]
			sum = min(sum+scaled(s.total(), x.factor(s.taste, i)), mostRate)
			s.rates[i] = sum
		}
		m := mean{rate: sum, none: quiet(sum)}
		x.means[kind][i], x.views[i].quiet[kind] = m, uint32(m.none>>32)
	}
}

// add adds a source of a channel at the rate at which it reaches those whom it reaches most: people
// on a journey, or others.
func (x *audiences) add(c *model.AdPlan, off bool, taste, source int, rate uint64) {
	kind, s := audienceOf(c), supply{source: source, upTo: min(rate, mostRate)}
	idle, busy := partOf(s.upTo, c.Idle), partOf(s.upTo, c.Busy)
	if kind == everybody && busy > idle {
		more := supply{source: source, upTo: busy - idle, shown: [2]uint64{0, busy - idle}}
		x.share(seekers, taste).add(more, off)
		s.upTo, busy = idle, idle
	}
	s.shown = [2]uint64{idle, busy}
	x.share(kind, taste).add(s, off)
}

// share returns the part of today's audience that is reached by a way of targeting.
func (x *audiences) share(kind, taste int) *share {
	a := &x.today[kind]
	at := slices.IndexFunc(*a, func(s share) bool { return s.taste == taste })
	if at < 0 {
		at = len(*a)
		*a = slices.Grow(*a, 1)[:at+1]
		s := &(*a)[at] // the memory of an earlier share, or none
		*s = share{taste: taste, supplies: s.supplies[:0],
			rates: slices.Grow(s.rates[:0], len(x.views))[:len(x.views)]}
	}
	return &(*a)[at]
}

// add adds a supply that has been given as if it were the first; one that is off has contacts as
// ever, none of which happens.
func (s *share) add(o supply, off bool) {
	before := s.total()
	o.upTo += before
	for i := range o.shown {
		o.shown[i] += before
		if off {
			o.shown[i] = 0
		}
	}
	s.supplies = append(s.supplies, o)
}

// total is how many contacts a person without traits has.
func (s *share) total() uint64 {
	if len(s.supplies) == 0 {
		return 0
	}
	return s.supplies[len(s.supplies)-1].upTo
}

// index builds the guide.
func (s *share) index() {
	n, last := 0, len(s.supplies)-1
	for g := range uint64(len(s.guide)) {
		for n < last && s.supplies[n].upTo <= draw.Below(g<<58, s.total()) {
			n++
		}
		s.guide[g] = uint8(min(n, 255))
	}
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

// partOf is a part of a rate.
func partOf(rate uint64, part draw.Chance) uint64 {
	hi, lo := bits.Mul64(rate, uint64(part))
	return hi<<32 | lo>>32
}

// sumOf is how many contacts a channel should have on a day on which it has any.
func sumOf(plan *model.AdvertisingPlan, running []int, rates []uint64, channel int) (sum uint64) {
	for _, i := range running {
		if s := &plan.Sources[i]; s.Channel == channel {
			sum += draw.Scale(rates[i], plan.Channels[channel].Base)
		}
	}
	return sum
}

// atMostOne is the rate at which a source has its part of a sum of contacts of which nobody gets
// more than one: a Poisson law of mean -ln(1 - sum) says none as often.
func atMostOne(rate, sum uint64) uint64 {
	const ln2 = 2977044472 // with 32 fractional bits
	const most = 99 << 32 / 100
	if sum == 0 {
		return 0
	}
	mean := partOf(uint64(32*draw.One-draw.Log2(1<<32-min(sum, most))), ln2)
	hi, lo := bits.Mul64(rate, mean)
	rate, _ = bits.Div64(hi, lo, sum)
	return rate
}

// source draws the source of a contact: its upper half chooses the way of targeting, its lower half
// the source, and whether such a contact happens to somebody who is on a journey or is not.
func (x *audiences) source(kind, person int, u uint64, busy bool) (source int, shown bool) {
	a := x.today[kind]
	s := &a[0]
	if len(a) > 1 {
		at, n := draw.Below(u, x.means[kind][person].rate), 0
		for n < len(a)-1 && at >= a[n].rates[person] {
			n++
		}
		s = &a[n]
	}
	u <<= 32
	at, n := draw.Below(u, s.total()), int(s.guide[u>>58])
	for n < len(s.supplies)-1 && at >= s.supplies[n].upTo {
		n++
	}
	o := &s.supplies[n]
	if busy {
		return o.source, at < o.shown[1]
	}
	return o.source, at < o.shown[0]
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
func contacts(u uint64, m *mean) int {
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
