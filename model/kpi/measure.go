package kpi

import (
	"sync"
	"sync/atomic"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Measurement is a sink that measures the KPIs of a run. It keeps whole numbers only, counts,
// sums and lists that are sorted before they are read, so that what it finds does not depend on the
// order in which batches come.
type Measurement struct {
	world *model.World
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
func NewMeasurement(w *model.World) *Measurement {
	m := &Measurement{world: w, every: 1, total: newTally(w),
		events: make([]uint32, w.Customers), orders: make([]uint32, w.Customers)}
	if len(model.PlanOf[model.ChurnPlan](w).Contracts) > 0 {
		m.bound = make([]uint32, w.Customers)
	}
	for float64(m.every)*mostPages < float64(w.Customers)*w.RowsPerCustomer {
		m.every *= 2
	}
	return m
}

// Compare lets KPIs that need it compare this market with the same one without its paid channels.
func (m *Measurement) Compare(unpaid *Measurement) { m.twin = unpaid }

// Reading returns the value of a KPI with its 95 % interval. There is none in a run in which
// nothing of the kind happened.
func (m *Measurement) Reading(k model.KPI) Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return readingOf(k.Name)(m)
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
func (m *Measurement) Encode(b *table.Batch) (func() error, error) {
	t, ok := m.free.Get().(*tally)
	if !ok {
		t = newTally(m.world)
	}
	t.countEvents(m, &b.Tables[table.TableEvents])
	t.countOrders(m.world, &b.Tables[table.TableOrders])
	t.countCarts(m.world, &b.Tables[table.TableCarts])
	t.countJourneys(m.world, &b.Tables[table.TableTruthJourneys])
	t.countService(m.world, b)
	t.countPeople(m, &b.Tables[table.TableTruthPeople])
	m.mu.Lock()
	m.total.add(t)
	m.pages = append(m.pages, t.pages...)
	m.filled = append(m.filled, t.filled...)
	m.purchases = append(m.purchases, t.purchases...)
	m.bought = append(m.bought, t.bought...)
	m.told = append(m.told, t.told...)
	m.received = append(m.received, t.received...)
	m.returned = append(m.returned, b.Tables[table.TableReturns].Ints(2)...)
	m.mu.Unlock()
	t.reset()
	m.free.Put(t)
	return nil, nil
}

// countEvents counts events by type, device and channel, and each person's.
func (t *tally) countEvents(m *Measurement, r *table.Rows) {
	kind, device := r.Codes(table.EventType), r.Codes(table.EventDeviceType)
	channel, person := r.Codes(table.EventChannel), r.Ints(table.EventPerson)
	session, journey := r.Ints(table.EventSession), r.Ints(table.EventJourney)
	at, duration := r.Ints(table.EventTime), r.Ints(table.EventDuration)
	cause := r.Codes(table.EventCause)
	for i, k := range kind {
		e := &t.events[k]
		e.byDevice[device[i]]++
		e.byChannel[channel[i]]++
		atomic.AddUint32(&m.events[person[i]-1], 1)
		switch k {
		case table.PageView, table.ScreenView, table.ProductView, table.Search:
			if duration[i] != table.Null && session[i] != table.Null && uint64(session[i])%m.every == 0 {
				t.pages = append(t.pages, pair64{session[i], duration[i]})
			}
		case table.AddToCart:
			t.filled = append(t.filled, session[i])
		case table.Purchase:
			if journey[i] != table.Null {
				t.purchases = append(t.purchases, pair64{journey[i], at[i]})
			}
		case table.Renewal, table.Cancellation:
			if m.bound != nil {
				atomic.StoreUint32(&m.bound[person[i]-1], 1)
			}
		}
		if cause[i] == model.CauseWordOfMouth && journey[i] != table.Null {
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

func (t *tally) countOrders(w *model.World, r *table.Rows) {
	at := w.Tables[table.TableOrders].Places("order_id", "order_time", "channel", "touchpoint",
		"fulfilment", "lines", "total", "fulfilled_time")
	id, when, channel, place := r.Ints(at[0]), r.Ints(at[1]), r.Codes(at[2]), r.Codes(at[3])
	fulfilment, lines, total := r.Codes(at[4]), r.Ints(at[5]), r.Ints(at[6])
	due, settled := r.Ints(at[7]), w.Midnight[max(w.Warmup+w.Days-returnDays, 0)]
	for i := range id {
		t.orders.add(total[i])
		t.ordersByChannel[channel[i]]++
		online := table.Touchpoint(place[i]) == table.Web || table.Touchpoint(place[i]) == table.App
		if online {
			t.online++
			t.onlineByHour[w.HourAt(when[i])]++
			if fulfilment[i] == table.Collect {
				t.collected++
			}
		}
		if due[i] != table.Null && due[i] <= settled {
			t.received = append(t.received, packOrder(id[i], online, lines[i]))
		}
	}
}

func (t *tally) countCarts(w *model.World, r *table.Rows) {
	at := w.Tables[table.TableCarts].Places("status", "reason")
	status, reason := r.Codes(at[0]), r.Codes(at[1])
	for i, s := range status {
		t.carts++
		if s == table.CartAbandoned {
			t.cartsAbandoned++
			t.cartsByReason[reason[i]]++
		}
	}
}

func (t *tally) countJourneys(w *model.World, r *table.Rows) {
	at := w.Tables[table.TableTruthJourneys].Places(
		"journey_id", "start_time", "touches", "orders", "outcome", "pattern")
	id, start, touches := r.Ints(at[0]), r.Ints(at[1]), r.Ints(at[2])
	orders, outcome, pattern := r.Ints(at[3]), r.Codes(at[4]), r.Codes(at[5])
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

func (t *tally) countService(w *model.World, b *table.Batch) {
	surveys := &b.Tables[table.TableSurveys]
	at := w.Tables[table.TableSurveys].Places("kind", "answered_time", "class")
	kind, answered, class := surveys.Codes(at[0]), surveys.Ints(at[1]), surveys.Codes(at[2])
	for i := range kind {
		if kind[i] == table.SurveyNPS && answered[i] != table.Null {
			t.answers[class[i]]++
		}
	}
	reviews := &b.Tables[table.TableReviews]
	for _, stars := range reviews.Ints(w.Tables[table.TableReviews].Places("rating")[0]) {
		t.ratings.add(stars)
	}
	tickets := &b.Tables[table.TableTickets]
	at = w.Tables[table.TableTickets].Places(
		"opened_time", "channel", "wait_ms", "answered_time", "status")
	opened, channel, wait := tickets.Ints(at[0]), tickets.Codes(at[1]), tickets.Ints(at[2])
	answered, status := tickets.Ints(at[3]), tickets.Codes(at[4])
	for i := range opened {
		switch {
		case w.Channels[channel[i]-1].Touchpoint == table.Phone:
			t.calls++
			if status[i] == table.TicketAbandoned {
				t.callsAbandoned++
			} else if wait[i] != table.Null {
				t.waits.add(wait[i] / 100)
			}
		default:
			if answered[i] != table.Null && w.InWriting(uint8(channel[i])) {
				t.replies.add((answered[i] - opened[i]) / 60_000_000)
			}
		}
	}
}

func (t *tally) countPeople(m *Measurement, r *table.Rows) {
	w := m.world
	at := w.Tables[table.TableTruthPeople].Places("person_id", "orders", "nps_class", "churned_at")
	person, orders := r.Ints(at[0]), r.Ints(at[1])
	class, churned := r.Codes(at[2]), r.Ints(at[3])
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
		case churned[i] == table.Null:
			t.stayed++
		case churned[i] >= w.Midnight[w.Warmup]:
			t.churned++
		}
	}
}
