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
	orders []uint32 // likewise, in the written days
	bound  []uint32 // likewise, a bit for each who could renew a contract; none without contracts
	spent  []int64  // by them, cents, in the written days
	twin   *Measurement

	lacking map[string]*Measurement // by the channel that the same market is without

	mu    sync.Mutex
	total *findings
}

// mostPages is how many pages are looked at one by one, about; beyond, sessions are sampled by
// their ids, which say nothing about what happens in them.
const mostPages = 1 << 19

// NewMeasurement returns a Measurement of nothing yet.
func NewMeasurement(w *model.World) *Measurement {
	m := &Measurement{world: w, every: 1, total: newFindings(w),
		events: make([]uint32, w.Customers), orders: make([]uint32, w.Customers),
		spent: make([]int64, w.Customers), lacking: map[string]*Measurement{}}
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

// CompareFor lets one KPI compare this market with the one that it needs, see model.KPI.Without.
func (m *Measurement) CompareFor(k model.KPI, other *Measurement) {
	if k.Channel == "" {
		m.Compare(other)
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
