package model

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
)

// Population says how long people stay in the market and how many there are. The market has a
// number of places, `customers`; each has an endless succession of people: one arrives, lives,
// leaves, and somebody else takes the place. With the defaults the number of people stays the same,
// and the first day finds people who have been there for different times.
type Population struct {
	StayYears float64            `yaml:"stay_years" doc:"mean number of years that a person stays in the market before somebody else takes their place; exponential. 1e6: nobody leaves" range:">0..1e6"`
	Growth    float64            `yaml:"growth" doc:"number of people after a year relative to before: 1 is constant; 0.9 leaves a tenth of the places empty each year, 1.1 fills places until all are taken (see filled)" range:">0..1e6"`
	Filled    Share              `yaml:"filled" doc:"share of the places that are taken on the first day"`
	Season    map[string]float64 `yaml:"season" doc:"relative arrivals by month, jan to dec; default 1" range:"0..100" keys:"$months"`
	Past      Past               `yaml:"past" doc:"what people have done before the first day: drawn from these means, not simulated"`
}

// Past is what the past of people who are in the market on the first day is drawn from: two Poisson
// processes at rates relative to the person's needs. The first year is like those after it when
// they are what later years show: a test finds out for each built-in scenario.
type Past struct {
	Orders float64 `yaml:"orders" doc:"orders per need of customers who still buy (see needs); 0: nobody has bought yet" range:"0..10"`
	Known  float64 `yaml:"known" doc:"how often people who are not known become known, per need; 0: nobody is known yet" range:"0..10"`
}

// Vacancy is how many days a place stays empty after a person has left, so that what they have
// begun ends before the next person arrives.
const Vacancy = 30

// PopulationPlan is the compiled population.
type PopulationPlan struct {
	Leaving  []uint64        // departures summed up, as Calendar.Season
	Newcomer [12]draw.Choice // segments of those who arrive, by month
	Taken    []draw.Chance   // that a place is taken on day d, at [d+Warmup]; rises or falls
	Past     PastPlan
}

// PastPlan is the compiled past.
type PastPlan struct {
	Orders, Known draw.Log // per need
	On            bool
}

// person_id counts places from 1; each further person in a place adds this.
const nextPerson = 1_000_000_000

// PersonID returns the person_id of the nth person, from 0, in a place, from 0. It depends neither
// on the number of customers nor on that of days.
func PersonID(place, nth int) int64 { return int64(nth)*nextPerson + int64(place) + 1 }

// PlaceOf returns the place of a person, from 0, and the how-manieth they are in it, from 0.
func PlaceOf(person int64) (place, nth int) {
	person--
	return int(person % nextPerson), int(person / nextPerson)
}

// taken is the share of places that are taken on a day.
func (p *Population) taken(day int) float64 {
	return min(float64(p.Filled)*math.Pow(p.Growth, float64(day)/365.25), 1)
}

// population checks what no single value can tell.
func (c *checker) population(p, segments document.Place, s *Scenario) {
	c.someNeeds(p.Key("season"), s.Population.Season, len(months))
	one := &s.Population
	if q := p.Key("growth"); one.Growth > 1 && one.Filled == 1 && c.Clean(q) &&
		c.Clean(p.Key("filled")) {
		c.Fail(q.Value(), q, "found %s, but all places are taken on the first day: "+
			"want filled below 100%%, such as filled: 60%%, or growth: 1", document.Found(q.Node))
	}
	if q := p.Key("filled"); one.Filled == 0 && c.Clean(q) {
		c.Fail(q.Value(), q, "found %s, want a share above 0%%", document.Found(q.Node))
	}
	names := slices.Sorted(maps.Keys(s.Segments))
	for month := range months {
		sum := 0.0
		for _, name := range names {
			sum += arrivals(s, name, month)
		}
		if sum == 0 && factor(one.Season, months[month]) > 0 && c.Clean(segments) {
			c.Fail(segments.Whole(), segments, "nobody arrives in %s, as all segments have arrivals of "+
				"0 then: want a segment that arrives, or population.season: {%s: 0}", months[month],
				months[month])
			return
		}
	}
}

// arrivals is how many people of a segment arrive in a month, relative to other segments: as many
// as leave in the mean, its share by how long it stays.
func arrivals(s *Scenario, segment string, month int) float64 {
	g := s.Segments[segment]
	return g.Share / g.stay(s) * factor(g.Arrivals, months[month])
}

// stay is how many years people of the segment stay in the market, on average.
func (g *Segment) stay(s *Scenario) float64 {
	if g.StayYears > 0 {
		return g.StayYears
	}
	return s.Population.StayYears
}

// hasty says what becomes of a market that grows or shrinks so fast that it is probably meant
// otherwise; "" where it does not.
func (p *Population) hasty() string {
	const twiceEachMonth, halfEachMonth = 4096, 1.0 / 4096
	switch {
	case p.Growth >= twiceEachMonth:
		days := -math.Log(float64(p.Filled)) / math.Log(p.Growth) * 365.25
		return fmt.Sprintf("doubles the market every %.0f days or faster: all places are taken after "+
			"%.0f days", 365.25*math.Ln2/math.Log(p.Growth), days)
	case p.Growth <= halfEachMonth:
		return fmt.Sprintf("halves the market every %.0f days", -365.25*math.Ln2/math.Log(p.Growth))
	}
	return ""
}

// compilePopulation lays out who arrives and leaves.
func (w *World) compilePopulation(s *Scenario) {
	n, p := w.Warmup+w.Days, &w.Population
	mean := 0.0
	for _, month := range months {
		mean += factor(s.Population.Season, month) / float64(len(months))
	}
	p.Leaving = make([]uint64, 1, n+1)
	for d := range n {
		then := s.day(d - w.Warmup + Vacancy)
		f := factor(s.Population.Season, months[then.Month()-1]) / mean
		p.Leaving = append(p.Leaving, p.Leaving[d]+uint64(math.RoundToEven(f*(1<<seasonBits))))
		p.Taken = append(p.Taken, draw.ChanceOf(s.Population.taken(d-w.Warmup)))
	}
	names := byID(s.Segments, own)
	for month := range months {
		weights, sum := make([]float64, len(names)), 0.0
		for i, name := range names {
			weights[i] = arrivals(s, name, month)
			sum += weights[i]
		}
		if sum == 0 { // a month without arrivals
			weights[0] = 1
		}
		p.Newcomer[month] = draw.ChoiceOf(weights)
	}
	past := &s.Population.Past
	p.Past = PastPlan{Orders: logOf(past.Orders), Known: logOf(past.Known),
		On: past.Orders > 0 || past.Known > 0}
}

// logOf is the Log of a number; of 0, Never.
func logOf(x float64) draw.Log {
	if x == 0 {
		return Never
	}
	return draw.LogOf(math.Log2(x))
}

// stayOf returns the mean days of a stay × ln 2, with 20 fractional bits.
func stayOf(years float64) uint64 {
	return uint64(math.RoundToEven(min(years, 1e6) * 365.25 * math.Ln2 * (1 << seasonBits)))
}

// Opens returns the days from which, and before which, a place is taken whose rank among all places
// is u, 32 bits: those of low ranks are taken first and emptied last. A place that is never taken
// has from = to.
func (w *World) Opens(u uint64) (from, to int) {
	p := &w.Population
	n := len(p.Taken)
	if first, last := p.Taken[0], p.Taken[n-1]; first <= last {
		at := sort.Search(n, func(d int) bool { return u < uint64(p.Taken[d]) })
		return at - w.Warmup, NoDay
	}
	at := sort.Search(n, func(d int) bool { return u >= uint64(p.Taken[d]) })
	if at == n {
		return -w.Warmup, NoDay
	}
	return -w.Warmup, at - w.Warmup
}

// NoDay is later than any day of a world.
const NoDay = 1 << 30

// MonthOf returns the month, from 0, that a day of the world is in.
func (w *World) MonthOf(day int) int { return int(w.Scenario.day(day).Month()) - 1 }
