package kpi

import (
	"sync"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Measurement is a sink that measures a run: its KPIs, and the figures that the manifest of a
// dataset of it has. It keeps whole numbers only, counts, sums and lists that are sorted before
// they are read, so that what it finds does not depend on the order in which batches come.
type Measurement struct {
	world *model.World
	free  sync.Pool // of *findings of nothing
	every uint64    // of so many sessions one is looked at page by page

	events []uint32 // of the people in each place
	bound  []uint32 // likewise, a bit for each who could renew a contract; none without contracts
	bought *Bought  // by them, in the written days

	twin    *Bought            // in the same market without its paid channels
	lacking map[string]*Bought // by the channel that the same market is without

	mu    sync.Mutex
	total *findings
}

// mostPages is how many pages are looked at one by one, about; beyond, sessions are sampled by
// their ids, which say nothing about what happens in them.
const mostPages = 1 << 19

// NewMeasurement returns a Measurement of nothing yet.
func NewMeasurement(w *model.World) *Measurement {
	m := &Measurement{world: w, every: 1, total: newFindings(w),
		events: make([]uint32, w.Customers), bought: NewBought(w), lacking: map[string]*Bought{}}
	if len(model.PlanOf[model.ChurnPlan](w).Contracts) > 0 {
		m.bound = make([]uint32, w.Customers)
	}
	for float64(m.every)*mostPages < float64(w.Customers)*w.RowsPerCustomer {
		m.every *= 2
	}
	return m
}

// Bought is what the people in each place of a market bought in the written days.
type Bought struct {
	orders []uint32
	cents  []int64 // paid
}

// NewBought returns that nobody bought anything.
func NewBought(w *model.World) *Bought {
	return &Bought{orders: make([]uint32, w.Customers), cents: make([]int64, w.Customers)}
}

// Add adds an order of somebody in a place, from 0, that cost so many cents. Goroutines may add at
// the same time what people of different places bought.
func (b *Bought) Add(place int, cents int64) {
	b.orders[place]++
	b.cents[place] += cents
}

// Bought is what people in the measured market bought.
func (m *Measurement) Bought() *Bought { return m.bought }

// Compare lets one KPI compare this market with the one that it needs, see model.KPI.Without.
func (m *Measurement) Compare(k model.KPI, other *Bought) {
	if k.Channel == "" {
		m.twin = other
		return
	}
	m.lacking[k.Channel] = other
}

// Encode measures a batch. An event outside the written days is an error.
func (m *Measurement) Encode(b *table.Batch) (func() error, error) {
	f, ok := m.free.Get().(*findings)
	if !ok {
		f = newFindings(m.world)
	}
	if err := f.find(m, b); err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.total.add(f)
	m.mu.Unlock()
	f.reset()
	m.free.Put(f)
	return nil, nil
}

// Reading returns the value of a KPI of the scenario with its 95 % interval. There is none in a run
// in which nothing of the kind happened.
func (m *Measurement) Reading(k model.KPI) Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return readingOf(k.Name)(m)
}

// Expected returns the figures that the manifest of a dataset of the same run has.
func (m *Measurement) Expected() *Expected {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.expected()
}
