package model

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A Measurement is a sink that measures the KPIs of a run. It keeps whole numbers only, counts,
// sums and lists that are sorted before they are read, so that what it finds does not depend on the
// order in which batches come.
type Measurement struct {
	world *World
	free  sync.Pool // of *tally that are all 0
	every uint64    // of so many sessions one is looked at page by page

	events []uint32 // of each person
	orders []uint32 // of each person, in the written days
	bound  []uint32 // 1 for each person who could renew a contract; none where there are no contracts
	twin   *Measurement

	mu    sync.Mutex
	total *tally

	// What has to be brought together by an id, which may come in different batches.
	pages     []pair64 // session and ms, of the sessions looked at
	filled    []int64  // sessions with something added to a cart
	purchases []pair64 // journey and time
	bought    []pair64 // journey that bought and start
	told      []int64  // journeys that began because somebody spoke of us
	received  []int64  // orders received long enough before the end, see packOrder
	returned  []int64  // order of each line returned
}

// pair64 is an id and a number that belongs to it.
type pair64 struct{ id, x int64 }

// mostPages is how many pages are looked at one by one, about; beyond, sessions are sampled by
// their ids, which say nothing about what happens in them.
const mostPages = 1 << 19

// NewMeasurement returns a Measurement of nothing yet.
func NewMeasurement(w *World) *Measurement {
	m := &Measurement{world: w, every: 1, total: newTally(w),
		events: make([]uint32, w.Customers), orders: make([]uint32, w.Customers)}
	if len(w.Churn.Contracts) > 0 {
		m.bound = make([]uint32, w.Customers)
	}
	for float64(m.every)*mostPages < float64(w.Customers)*w.RowsPerCustomer {
		m.every *= 2
	}
	return m
}

// Compare lets KPIs that need it compare this market with the same one without its paid channels.
func (m *Measurement) Compare(unpaid *Measurement) { m.twin = unpaid }

// Paid are the names of the channels whose contacts are bought.
func (w *World) Paid() []string {
	var names []string
	for i := range w.Channels {
		if w.Channels[i].Paid {
			names = append(names, w.Channels[i].Name)
		}
	}
	return names
}

// Reading returns the value of a KPI with its 95 % interval. There is none in a run in which
// nothing of the kind happened.
func (m *Measurement) Reading(k KPI) Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return k.read(m)
}

// Orders returns the number of orders and what was paid for them, in cents.
func (m *Measurement) Orders() (n, revenue int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total.orders.n, m.total.orders.sum
}

// Sessions returns the number of visits to web and app.
func (m *Measurement) Sessions() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sessions()
}

// Encode measures a batch.
func (m *Measurement) Encode(b *Batch) (func() error, error) {
	t, ok := m.free.Get().(*tally)
	if !ok {
		t = newTally(m.world)
	}
	t.countEvents(m, &b.Tables[TableEvents])
	t.countOrders(m.world, &b.Tables[TableOrders])
	t.countCarts(m.world, &b.Tables[TableCarts])
	t.countJourneys(m.world, &b.Tables[TableTruthJourneys])
	t.countService(m.world, b)
	t.countPeople(m, &b.Tables[TableTruthPeople])
	m.mu.Lock()
	m.total.add(t)
	m.pages = append(m.pages, t.pages...)
	m.filled = append(m.filled, t.filled...)
	m.purchases = append(m.purchases, t.purchases...)
	m.bought = append(m.bought, t.bought...)
	m.told = append(m.told, t.told...)
	m.received = append(m.received, t.received...)
	m.returned = append(m.returned, b.Tables[TableReturns].ints(2)...)
	m.mu.Unlock()
	t.reset()
	m.free.Put(t)
	return nil, nil
}

// ints are the numbers of a column.
func (r *Rows) ints(column int) []int64 {
	if r.Len == 0 {
		return nil
	}
	return r.Cols[column].Int[:r.Len]
}

// codes are the codes of a column.
func (r *Rows) codes(column int) []uint32 {
	if r.Len == 0 {
		return nil
	}
	return r.Cols[column].Code[:r.Len]
}

// columns finds columns of a table by their names.
func (w *World) columns(t TableID, names ...string) []int {
	at := make([]int, len(names))
	for i, name := range names {
		w.Tables[t].Column(name) // panics without one
		at[i] = slices.IndexFunc(w.Tables[t].Columns, func(c Column) bool { return c.Name == name })
	}
	return at
}

// countEvents counts events by type, device and channel, and each person's.
func (t *tally) countEvents(m *Measurement, r *Rows) {
	kind, device := r.codes(EventType), r.codes(EventDeviceType)
	channel, person := r.codes(EventChannel), r.ints(EventPerson)
	session, journey := r.ints(EventSession), r.ints(EventJourney)
	at, duration := r.ints(EventTime), r.ints(EventDuration)
	cause := r.codes(EventCause)
	for i, k := range kind {
		e := &t.events[k]
		e.byDevice[device[i]]++
		e.byChannel[channel[i]]++
		atomic.AddUint32(&m.events[person[i]-1], 1)
		switch k {
		case PageView, ScreenView, ProductView, Search:
			if duration[i] != Null && session[i] != Null && uint64(session[i])%m.every == 0 {
				t.pages = append(t.pages, pair64{session[i], duration[i]})
			}
		case AddToCart:
			t.filled = append(t.filled, session[i])
		case Purchase:
			if journey[i] != Null {
				t.purchases = append(t.purchases, pair64{journey[i], at[i]})
			}
		case Renewal, Cancellation:
			if m.bound != nil {
				atomic.StoreUint32(&m.bound[person[i]-1], 1)
			}
		}
		if cause[i] == CauseWordOfMouth && journey[i] != Null {
			t.told = append(t.told, journey[i])
		}
	}
}

// orderBits is how many bits an id has. Above them, packOrder puts whether an order came in on line
// and the number of its lines.
const orderBits = 53

func packOrder(id int64, online bool, lines int64) int64 {
	if online {
		lines |= 1 << 8
	}
	return id | lines<<orderBits
}

// returnDays is how long after an order was received nearly all that comes back has come back.
const returnDays = 30

func (t *tally) countOrders(w *World, r *Rows) {
	at := w.columns(TableOrders, "order_id", "order_time", "channel", "touchpoint", "fulfilment",
		"lines", "total", "fulfilled_time")
	id, when, channel, place := r.ints(at[0]), r.ints(at[1]), r.codes(at[2]), r.codes(at[3])
	fulfilment, lines, total := r.codes(at[4]), r.ints(at[5]), r.ints(at[6])
	due, settled := r.ints(at[7]), w.Midnight[max(w.Warmup+w.Days-returnDays, 0)]
	for i := range id {
		t.orders.add(total[i])
		t.ordersByChannel[channel[i]]++
		online := Touchpoint(place[i]) == Web || Touchpoint(place[i]) == App
		if online {
			t.online++
			t.onlineByHour[w.hourAt(when[i])]++
			if fulfilment[i] == Collect {
				t.collected++
			}
		}
		if due[i] != Null && due[i] <= settled {
			t.received = append(t.received, packOrder(id[i], online, lines[i]))
		}
	}
}

// hourAt is the local hour of a time of the written days.
func (w *World) hourAt(at int64) int {
	const second = 1_000_000
	day, _ := slices.BinarySearch(w.Midnight, at+1)
	day = min(max(day-1, 0), len(w.Clock)-1)
	since := int32((at - w.Midnight[day]) / second)
	clock := w.Clock[day]
	for h := 23; h > 0; h-- {
		if clock[h] <= since && clock[h] < clock[h+1] {
			return h
		}
	}
	return 0
}

func (t *tally) countCarts(w *World, r *Rows) {
	at := w.columns(TableCarts, "status", "reason")
	status, reason := r.codes(at[0]), r.codes(at[1])
	for i, s := range status {
		t.carts++
		if s == CartAbandoned {
			t.cartsAbandoned++
			t.cartsByReason[reason[i]]++
		}
	}
}

func (t *tally) countJourneys(w *World, r *Rows) {
	at := w.columns(TableTruthJourneys,
		"journey_id", "start_time", "touches", "orders", "outcome", "pattern")
	id, start, touches := r.ints(at[0]), r.ints(at[1]), r.ints(at[2])
	orders, outcome, pattern := r.ints(at[3]), r.codes(at[4]), r.codes(at[5])
	for i := range id {
		t.outcomes[outcome[i]]++
		if orders[i] == 0 {
			continue
		}
		t.bought = append(t.bought, pair64{id[i], start[i]})
		if touches[i] > 1 {
			t.patterns[pattern[i]]++
		}
	}
}

func (t *tally) countService(w *World, b *Batch) {
	surveys := &b.Tables[TableSurveys]
	at := w.columns(TableSurveys, "kind", "answered_time", "class")
	kind, answered, class := surveys.codes(at[0]), surveys.ints(at[1]), surveys.codes(at[2])
	for i := range kind {
		if kind[i] == SurveyNPS && answered[i] != Null {
			t.answers[class[i]]++
		}
	}
	reviews := &b.Tables[TableReviews]
	for _, stars := range reviews.ints(w.columns(TableReviews, "rating")[0]) {
		t.ratings.add(stars)
	}
	tickets := &b.Tables[TableTickets]
	at = w.columns(TableTickets, "opened_time", "channel", "wait_ms", "answered_time", "status")
	opened, channel, wait := tickets.ints(at[0]), tickets.codes(at[1]), tickets.ints(at[2])
	answered, status := tickets.ints(at[3]), tickets.codes(at[4])
	for i := range opened {
		switch {
		case w.Channels[channel[i]-1].Touchpoint == Phone:
			t.calls++
			if status[i] == TicketAbandoned {
				t.callsAbandoned++
			} else if wait[i] != Null {
				t.waits.add(wait[i] / 100)
			}
		default:
			if answered[i] != Null && w.inWriting(uint8(channel[i])) {
				t.replies.add((answered[i] - opened[i]) / 60_000_000)
			}
		}
	}
}

// inWriting says whether what comes through a channel is a letter, which waits in no queue.
func (w *World) inWriting(channel uint8) bool {
	for _, c := range w.Service.Desk {
		if c.Number == channel {
			return c.Event == Request
		}
	}
	return w.Channels[channel-1].Touchpoint == Inbox
}

func (t *tally) countPeople(m *Measurement, r *Rows) {
	w := m.world
	at := w.columns(TableTruthPeople, "person_id", "orders", "nps_class", "churned_at")
	person, orders := r.ints(at[0]), r.ints(at[1])
	class, churned := r.codes(at[2]), r.ints(at[3])
	for i, n := range orders {
		m.orders[person[i]-1] = uint32(n)
		t.ordersEach.add(n)
		for least := range t.buyers {
			if n >= int64(least) {
				t.buyers[least]++
			}
		}
		t.opinions[class[i]]++
		switch {
		case churned[i] == Null:
			t.stayed++
		case churned[i] >= w.Midnight[w.Warmup]:
			t.churned++
		}
	}
}
