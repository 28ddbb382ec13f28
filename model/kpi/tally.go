package kpi

import (
	"math/bits"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A tally is what a batch, or several, adds to a Measurement. One goroutine owns it at a time.
type tally struct {
	events          []tallyOfEvents // by type
	ordersByChannel []int64
	cartsByReason   []int64

	orders            moments // what was paid, in cents
	online, collected int64   // of them
	onlineByHour      [24]int64

	carts, cartsAbandoned int64
	outcomes              [table.OutcomeLost + 1]int64
	patterns              [table.Multichannel + 1]int64 // of buying journeys with more than one touch
	answers, opinions     [table.Promoter + 1]int64     // by NPS class
	ratings               moments
	calls, callsAbandoned int64
	waits                 moments // in tenths of a second
	replies               moments // in minutes
	ordersEach            moments
	buyers                [4]int64 // people with at least so many orders
	stayed, churned       int64    // people who still bought when the written days began

	pages     []pair64
	filled    []int64
	purchases []pair64
	bought    []pair64
	told      []int64
	received  []int64
}

// tallyOfEvents counts the events of one type; place 0 is for those without a device or channel.
type tallyOfEvents struct {
	byDevice  [model.DeviceCount + 1]int64
	byChannel [model.MaxChannels + 1]int64
}

func newTally(w *model.World) *tally {
	reasons := w.Tables[table.TableCarts].Column("reason").Vocab
	return &tally{
		events:          make([]tallyOfEvents, len(table.EventTypes)+1),
		ordersByChannel: make([]int64, len(w.Channels)+1),
		cartsByReason:   make([]int64, len(reasons)+1),
	}
}

// add adds the counts of u; lists are left to their owner.
func (t *tally) add(u *tally) {
	for k := range t.events {
		addCounts(t.events[k].byDevice[:], u.events[k].byDevice[:])
		addCounts(t.events[k].byChannel[:], u.events[k].byChannel[:])
	}
	addCounts(t.ordersByChannel, u.ordersByChannel)
	addCounts(t.cartsByReason, u.cartsByReason)
	addCounts(t.onlineByHour[:], u.onlineByHour[:])
	addCounts(t.outcomes[:], u.outcomes[:])
	addCounts(t.patterns[:], u.patterns[:])
	addCounts(t.answers[:], u.answers[:])
	addCounts(t.opinions[:], u.opinions[:])
	addCounts(t.buyers[:], u.buyers[:])
	t.online += u.online
	t.collected += u.collected
	t.carts += u.carts
	t.cartsAbandoned += u.cartsAbandoned
	t.calls += u.calls
	t.callsAbandoned += u.callsAbandoned
	t.stayed += u.stayed
	t.churned += u.churned
	t.orders.merge(&u.orders)
	t.ratings.merge(&u.ratings)
	t.waits.merge(&u.waits)
	t.replies.merge(&u.replies)
	t.ordersEach.merge(&u.ordersEach)
}

func addCounts(to, from []int64) {
	for i, n := range from {
		to[i] += n
	}
}

// reset empties a tally and keeps its memory.
func (t *tally) reset() {
	clear(t.events)
	clear(t.ordersByChannel)
	clear(t.cartsByReason)
	*t = tally{events: t.events, ordersByChannel: t.ordersByChannel,
		cartsByReason: t.cartsByReason, pages: t.pages[:0], filled: t.filled[:0],
		purchases: t.purchases[:0], bought: t.bought[:0], told: t.told[:0],
		received: t.received[:0]}
}

// moments are the number, the sum and the sum of squares of whole numbers, exactly.
type moments struct {
	n, sum  int64
	squares uint128
}

// A uint128 is a whole number of 128 bits.
type uint128 struct{ hi, lo uint64 }

func (m *moments) add(x int64) {
	m.n++
	m.sum += x
	size := uint64(max(x, -x))
	hi, lo := bits.Mul64(size, size)
	m.squares.add(uint128{hi, lo})
}

func (m *moments) merge(from *moments) {
	m.n += from.n
	m.sum += from.sum
	m.squares.add(from.squares)
}

func (a *uint128) add(b uint128) {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	a.hi, _ = bits.Add64(a.hi, b.hi, carry)
	a.lo = lo
}

func (a uint128) float() float64 { return float64(a.hi)*(1<<64) + float64(a.lo) }
