package kpi

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// expected are the figures of the manifest. KPIs that it has too are read from them.
func (m *Measurement) expected() *Expected { return m.total.Expected() }

func (m *Measurement) sessions() int64 { return m.expected().sessions() }

// count counts the events of a type.
func (m *Measurement) count(kind uint32) int64 { return m.total.events.rows(kind, every, every) }

// onDevices counts the events of a type on web and app: those that have a device.
func (m *Measurement) onDevices(kind uint32) int64 {
	return m.count(kind) - m.total.events.rows(kind, 0, every)
}

// inbox counts the events of a type through channels that are mail.
func (m *Measurement) inbox(kind uint32) (n int64) {
	for i := range m.world.Channels {
		if m.world.Channels[i].Touchpoint == table.Inbox {
			n += m.total.events.rows(kind, every, uint32(i+1))
		}
	}
	return n
}

// calls counts the calls for service that ended in a way, or every call.
func (m *Measurement) calls(status uint32) (n int64) {
	for i := range m.world.Channels {
		if m.world.Channels[i].Touchpoint == table.Telephone {
			n += m.total.tickets.rows(uint32(i+1), status)
		}
	}
	return n
}

// online counts the orders on web and app with a fulfilment, or every one.
func (m *Measurement) online(fulfilment uint32) int64 {
	return m.total.orders.rows(every, uint32(table.Web), fulfilment) +
		m.total.orders.rows(every, uint32(table.App), fulfilment)
}

// allOrders counts the orders.
func (m *Measurement) allOrders() int64 { return m.total.orders.rows(every, every, every) }

// ended counts the journeys that are over.
func (m *Measurement) ended() int64 {
	return m.total.journeys.rows(every, every) -
		m.total.journeys.rows(table.OutcomeUnderWay, every)
}

// averageOrder is what was paid for an order.
func (m *Measurement) averageOrder() Reading {
	revenue, orders := m.expected().averageOrder()
	return averageOf(&moments{n: orders, sum: revenue, squares: m.total.paidSquares}, 100)
}

// waits is the mean wait of answered calls. Most weeks have short waits and a few have long ones,
// so the interval is symmetrical on the logarithm: from mean/f to mean·f. If nobody waited, there
// is no value.
func (m *Measurement) waits() Reading {
	all := &m.total.waits
	if all.sum == 0 {
		return Reading{}
	}
	r := averageWithin(all, 10, spread(m.total.waitsIn[:]).effect(all.variance()))
	f := math.Exp((r.High - r.Value) / r.Value)
	r.Low, r.High = r.Value/f, r.Value*f
	return r
}

// nps is what those said who answered.
func (m *Measurement) nps() Reading {
	answers := func(class uint32) int64 { return m.total.surveys.rows(table.SurveyNPS, class) }
	d, n, p := answers(table.Detractor), answers(table.Passive), answers(table.Promoter)
	return npsWithin(d, n, p, spread(m.total.npsIn[:]).effect(npsVariance(d, n, p)))
}

// trueNPS is what all would say who have an opinion.
func (m *Measurement) trueNPS() Reading {
	opinions := m.total.people.rows
	return npsOf(opinions(table.Detractor), opinions(table.Passive), opinions(table.Promoter))
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
	pages := m.total.pages
	slices.SortFunc(pages, comparePairs)
	for i := 0; i < len(pages); {
		first, ms := i, int64(0)
		for ; i < len(pages) && pages[i].id == pages[first].id; i++ {
			ms += pages[i].x
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
	received, returned := m.total.received, m.total.returned
	slices.SortFunc(received, func(a, b int64) int {
		return cmp.Compare(a&(1<<orderBits-1), b&(1<<orderBits-1))
	})
	slices.Sort(returned)
	lines, back, next := int64(0), int64(0), 0
	for _, o := range received {
		id, is := o&(1<<orderBits-1), o>>(orderBits+8)&1 == 1
		for next < len(returned) && returned[next] < id {
			next++
		}
		n := int64(0)
		for ; next < len(returned) && returned[next] == id; next++ {
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

// lags are the times from first touch to first purchase of journeys that began in the written days.
func (m *Measurement) lags() []int64 {
	purchases, bought := m.total.purchases, m.total.bought
	slices.SortFunc(purchases, comparePairs)
	slices.SortFunc(bought, comparePairs)
	var lags []int64
	next := 0
	for _, j := range bought {
		for next < len(purchases) && purchases[next].id < j.id {
			next++
		}
		if next < len(purchases) && purchases[next].id == j.id && m.begunInTime(j.x) {
			lags = append(lags, purchases[next].x-j.x)
		}
	}
	return lags
}

// begunInTime reports whether a time is not before the written days.
func (m *Measurement) begunInTime(at int64) bool {
	begin, _ := m.world.Bounds(0)
	return at >= begin
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
	told := m.total.told
	slices.Sort(told)
	began, all := int64(0), int64(0)
	for _, j := range m.total.bought {
		if m.begunInTime(j.x) {
			all++
			if _, is := slices.BinarySearch(told, j.id); is {
				began++
			}
		}
	}
	return someOf(began, all)
}

// ordersPerCustomer is none where nobody ordered anything.
func (m *Measurement) ordersPerCustomer() Reading {
	if slices.Max(m.bought.orders) == 0 {
		return Reading{}
	}
	return eachPlace(m.bought.orders)
}

// eachPlace is the mean of what people in a place did: a customer of a scenario is a place.
func eachPlace(counts []uint32) Reading {
	var all moments
	for _, n := range counts {
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
			buyers += int64(bits.OnesCount32(is))
		}
	}
	r := someOf(m.total.churned, buyers)
	if r.N == 0 {
		return r
	}
	year := func(p float64) float64 { return 1 - math.Pow(1-p, 365.25/float64(m.world.Days)) }
	return Reading{year(r.Value), year(r.Low), year(r.High), r.N}
}

// incremental is R = Σd/Σf, f the orders of the people in a place and d how many more they are than
// in the world without paid channels. People are the same there, so the interval is that of a ratio
// of paired sums: Var R = Σ(d-R·f)²/(Σf)².
func (m *Measurement) incremental() Reading {
	if m.twin == nil {
		return Reading{}
	}
	sumF, sumD := 0.0, 0.0
	for i, f := range m.bought.orders {
		sumF += float64(f)
		sumD += float64(f) - float64(m.twin.orders[i])
	}
	if sumF == 0 {
		return Reading{}
	}
	r, squares := sumD/sumF, 0.0
	for i, f := range m.bought.orders {
		rest := float64(f) - float64(m.twin.orders[i]) - r*float64(f)
		squares += rest * rest
	}
	half := z95 * math.Sqrt(squares) / sumF
	return Reading{r, r - half, r + half, int64(sumF)}
}

// adCost is what advertising has cost divided by what was paid for orders. What a budget buys is
// known; the interval is that of what people pay, whose variance is that of their sums.
func (m *Measurement) adCost() Reading {
	cost, paid, squares := 0.0, 0.0, 0.0
	for _, cents := range m.total.cost {
		cost += float64(cents)
	}
	for _, cents := range m.bought.cents {
		paid += float64(cents)
		squares += float64(cents) * float64(cents)
	}
	if paid == 0 || cost == 0 {
		return Reading{}
	}
	half := z95 * math.Sqrt(max(squares-paid*paid/float64(len(m.bought.cents)), 0))
	r := Reading{Value: cost / paid, Low: cost / (paid + half), High: 1, N: m.allOrders()}
	if paid > half {
		r.High = min(cost/(paid-half), 1)
	}
	return r
}

// iroas is what people pay more than in the world without a channel, divided by the channel's cost.
// People are the same there, so the interval is that of a sum of paired differences.
func (m *Measurement) iroas(channel string) Reading {
	other := m.lacking[channel]
	at := slices.IndexFunc(m.world.Channels, func(c model.ChannelPlan) bool {
		return c.Name == channel
	})
	if other == nil || at < 0 || m.total.cost[at] == 0 {
		return Reading{}
	}
	sum, squares := 0.0, 0.0
	for i, cents := range m.bought.cents {
		d := float64(cents - other.cents[i])
		sum += d
		squares += d * d
	}
	cost := float64(m.total.cost[at])
	half := z95 * math.Sqrt(max(squares-sum*sum/float64(len(m.bought.cents)), 0)) / cost
	return Reading{Value: sum / cost, Low: sum/cost - half, High: sum/cost + half, N: m.allOrders()}
}
