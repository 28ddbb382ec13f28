package kpi

import (
	"cmp"
	"math"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Reading is the value of a KPI with the interval in which it would lie in 95 of 100 markets of
// this kind and size. Shares have Wilson's interval (1927), means the normal one, medians that of
// order statistics. All take rows for independent of each other; orders and sessions of one person
// are not quite, so that true intervals of shares of them are a little wider.
type Reading struct {
	Value     float64
	Low, High float64
	N         int64 // how many the value is over; 0: there is no value
}

// Meets reports whether what was measured lies in the band of a target. What has no value does not.
func (r *Reading) Meets(t *model.Target) bool {
	return r.N > 0 && float64(t.Band[0]) <= r.Value && r.Value <= float64(t.Band[1])
}

const z95 = 1.959964 // quantile of the standard normal at 0.975

// shareOf is k of n.
func shareOf(k, n int64) Reading {
	if n == 0 {
		return Reading{}
	}
	size := float64(n)
	p := float64(k) / size
	inner := min(p, 1)
	mid := (inner + z95*z95/(2*size)) / (1 + z95*z95/size)
	half := z95 / (1 + z95*z95/size) *
		math.Sqrt(inner*(1-inner)/size+z95*z95/(4*size*size))
	return Reading{Value: p, Low: min(max(mid-half, 0), p), High: max(mid+half, p), N: n}
}

// someOf is k of n in a market that knows such things at all: without any there is no value.
func someOf(k, n int64) Reading {
	if k == 0 {
		return Reading{}
	}
	return shareOf(k, n)
}

// averageOf is a mean, in units of so many of what was summed.
func averageOf(m *moments, unit float64) Reading {
	if m.n == 0 {
		return Reading{}
	}
	n := float64(m.n)
	mean := float64(m.sum) / n
	variance := max(m.squares.float()/n-mean*mean, 0)
	half := z95 * math.Sqrt(variance/n)
	return Reading{Value: mean / unit, Low: (mean - half) / unit, High: (mean + half) / unit, N: m.n}
}

// medianOf is the median of values, which it sorts, in units of so many of theirs.
func medianOf(values []int64, unit float64) Reading {
	n := len(values)
	if n == 0 {
		return Reading{}
	}
	slices.Sort(values)
	half := z95 * math.Sqrt(float64(n)) / 2
	at := func(rank float64) float64 {
		return float64(values[min(max(int(rank), 0), n-1)]) / unit
	}
	middle := float64(n-1) / 2
	return Reading{Value: (at(middle) + at(math.Ceil(middle))) / 2,
		Low: at(middle - half), High: at(math.Ceil(middle + half)), N: int64(n)}
}

// npsOf is the Net Promoter Score of answers by class: with p promoters and d detractors among 1,
// the variance of an answer is p + d - (p-d)².
func npsOf(answers [table.Promoter + 1]int64) Reading {
	n := answers[table.Detractor] + answers[table.Passive] + answers[table.Promoter]
	if n == 0 {
		return Reading{}
	}
	p, d := float64(answers[table.Promoter])/float64(n), float64(answers[table.Detractor])/float64(n)
	half := z95 * math.Sqrt((p+d-(p-d)*(p-d))/float64(n))
	return Reading{100 * (p - d), 100 * (p - d - half), 100 * (p - d + half), n}
}

// of are the events of a type.
func (m *Measurement) of(kind uint32) *tallyOfEvents { return &m.total.events[kind] }

// count counts the events of a type.
func (m *Measurement) count(kind uint32) (n int64) {
	for _, k := range m.of(kind).byDevice {
		n += k
	}
	return n
}

// digital counts the events of a type on web and app.
func (m *Measurement) digital(kind uint32) int64 { return m.count(kind) - m.of(kind).byDevice[0] }

func (m *Measurement) sessions() int64 { return m.count(table.SessionStart) }

// inbox counts the events of a type through channels that are mail.
func (m *Measurement) inbox(kind uint32) (n int64) {
	for i := range m.world.Channels {
		if m.world.Channels[i].Touchpoint == table.Inbox {
			n += m.of(kind).byChannel[i+1]
		}
	}
	return n
}

// channel returns the code of a channel.
func (m *Measurement) channel(name string) int {
	return slices.Index(m.world.Tables[table.TableEvents].Columns[table.EventChannel].Vocab, name) + 1
}

// reason returns the code of a reason for leaving a cart.
func (m *Measurement) reason(name string) int {
	return slices.Index(m.world.Tables[table.TableCarts].Column("reason").Vocab, name) + 1
}

// distinct counts the different ones of some ids, which it sorts.
func distinct(ids []int64) int64 {
	slices.Sort(ids)
	n := int64(0)
	for i := range ids {
		if i == 0 || ids[i] != ids[i-1] {
			n++
		}
	}
	return n
}

func comparePairs(a, b pair64) int {
	if a.id != b.id {
		return cmp.Compare(a.id, b.id)
	}
	return cmp.Compare(a.x, b.x)
}

// perSession calls f with the number of pages and the ms of each session looked at.
func (m *Measurement) perSession(f func(pages, ms int64)) {
	slices.SortFunc(m.pages, comparePairs)
	for i := 0; i < len(m.pages); {
		first, ms := i, int64(0)
		for ; i < len(m.pages) && m.pages[i].id == m.pages[first].id; i++ {
			ms += m.pages[i].x
		}
		f(int64(i-first), ms)
	}
}

func (m *Measurement) sessionMedian() Reading {
	var lengths []int64
	m.perSession(func(_, ms int64) { lengths = append(lengths, ms) })
	return medianOf(lengths, 1000)
}

func (m *Measurement) pagesPerSession() Reading {
	var all moments
	m.perSession(func(pages, _ int64) { all.add(pages) })
	return averageOf(&all, 1)
}

// returnRate is how many lines of settled orders came back.
func (m *Measurement) returnRate(online bool) Reading {
	slices.SortFunc(m.received, func(a, b int64) int {
		return cmp.Compare(a&(1<<orderBits-1), b&(1<<orderBits-1))
	})
	slices.Sort(m.returned)
	lines, back, next := int64(0), int64(0), 0
	for _, o := range m.received {
		id, is := o&(1<<orderBits-1), o>>(orderBits+8)&1 == 1
		for next < len(m.returned) && m.returned[next] < id {
			next++
		}
		n := int64(0)
		for ; next < len(m.returned) && m.returned[next] == id; next++ {
			n++
		}
		if is == online {
			lines += o >> orderBits & 0xff
			back += n
		}
	}
	return someOf(back, lines)
}

// pattern is how many buying journeys of more than one touch went that way.
func (m *Measurement) pattern(which uint32) Reading {
	all := int64(0)
	for _, n := range m.total.patterns {
		all += n
	}
	return shareOf(m.total.patterns[which], all)
}

// ended counts the journeys that are over.
func (m *Measurement) ended() (n int64) {
	for outcome, k := range m.total.outcomes {
		if uint32(outcome) != table.OutcomeUnderWay {
			n += k
		}
	}
	return n
}

// lags are the times from first touch to first purchase of journeys that began in the written days.
func (m *Measurement) lags() []int64 {
	slices.SortFunc(m.purchases, comparePairs)
	slices.SortFunc(m.bought, comparePairs)
	var lags []int64
	next := 0
	for _, j := range m.bought {
		for next < len(m.purchases) && m.purchases[next].id < j.id {
			next++
		}
		if next < len(m.purchases) && m.purchases[next].id == j.id && m.begunInTime(j.x) {
			lags = append(lags, m.purchases[next].x-j.x)
		}
	}
	return lags
}

// begunInTime says whether a time is not before the written days.
func (m *Measurement) begunInTime(at int64) bool {
	return at >= m.world.Midnight[m.world.Warmup]
}

func (m *Measurement) boughtWithin(micros int64) Reading {
	lags, soon := m.lags(), int64(0)
	for _, lag := range lags {
		if lag <= micros {
			soon++
		}
	}
	return shareOf(soon, int64(len(lags)))
}

func (m *Measurement) daysToPurchase() Reading { return medianOf(m.lags(), 24*3600*1_000_000) }

// wordOfMouthShare is how many buying journeys, of those that began in the written days, began
// because somebody spoke of us. Such a journey has that cause in the events of its first touch.
func (m *Measurement) wordOfMouthShare() Reading {
	slices.Sort(m.told)
	m.told = slices.Compact(m.told)
	began, all := int64(0), int64(0)
	for _, j := range m.bought {
		if m.begunInTime(j.x) {
			all++
			if _, is := slices.BinarySearch(m.told, j.id); is {
				began++
			}
		}
	}
	return someOf(began, all)
}

func (m *Measurement) eventsPerCustomer() Reading {
	var all moments
	for _, n := range m.events {
		all.add(int64(n))
	}
	return averageOf(&all, 1)
}

// churnYear scales the share of people who left in the written days to a year: when p leave in t
// years, 1-(1-p)^(1/t) leave in one. Where there are contracts, only who has one can leave.
func (m *Measurement) churnYear() Reading {
	buyers := m.total.churned + m.total.stayed
	if m.bound != nil {
		buyers = 0
		for _, is := range m.bound {
			buyers += int64(is)
		}
	}
	r := someOf(m.total.churned, buyers)
	if r.N == 0 {
		return r
	}
	year := func(p float64) float64 { return 1 - math.Pow(1-p, 365.25/float64(m.world.Days)) }
	return Reading{year(r.Value), year(r.Low), year(r.High), r.N}
}

// incremental is R = Σd/Σf, f the orders of a person and d how many more they are than in the world
// without paid channels. People are the same there, so the interval is that of a ratio of paired
// sums: Var R = Σ(d-R·f)²/(Σf)².
func (m *Measurement) incremental() Reading {
	if m.twin == nil {
		return Reading{}
	}
	sumF, sumD := 0.0, 0.0
	for i, f := range m.orders {
		sumF += float64(f)
		sumD += float64(f) - float64(m.twin.orders[i])
	}
	if sumF == 0 {
		return Reading{}
	}
	r, squares := sumD/sumF, 0.0
	for i, f := range m.orders {
		rest := float64(f) - float64(m.twin.orders[i]) - r*float64(f)
		squares += rest * rest
	}
	half := z95 * math.Sqrt(squares) / sumF
	return Reading{r, r - half, r + half, int64(sumF)}
}
