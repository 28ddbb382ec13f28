package kpi

import (
	"fmt"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Counter counts the rows of batches: all that Expected says, and what most KPIs are shares of.
// It keeps dense arrays of whole numbers, so that a row costs a few additions, and counters of the
// parts of a run add up to the counter of the run, in any order. One goroutine owns it at a time.
type Counter struct {
	start    model.Date
	calendar *model.Calendar

	events    *crosstab // by type, device and channel
	orders    *crosstab // by channel, touchpoint and fulfilment; the amounts are summed
	carts     *crosstab // by status and reason
	customers *crosstab // by what made them known
	journeys  *crosstab // by outcome and pattern
	surveys   *crosstab // by kind and class
	tickets   *crosstab // by channel and status
	people    *crosstab // by NPS class
	rest      []*crosstab
	days      []int64 // events by local day

	sections [][]int64 // every slice of numbers above
}

// Dimensions of events.
const (
	byType = iota
	byDevice
	byChannel
)

// Dimensions of orders.
const (
	byOrderChannel = iota
	byTouchpoint
	byFulfilment
)

// The sums of orders.
const (
	subtotal = iota
	discount
	shipping
	tax
	paid // subtotal - discount + shipping
)

// Dimensions of carts and journeys.
const (
	byStatus, byReason   = 0, 1
	byOutcome, byPattern = 0, 1
)

// NewCounter returns a Counter of nothing yet.
func NewCounter(w *model.World) *Counter {
	c := &Counter{start: w.Scenario.Start, calendar: &w.Calendar, days: make([]int64, w.Days)}
	c.sections = append(c.sections, c.days)
	tab := func(id table.TableID, by []string, sums ...string) *crosstab {
		t := newCrosstab(&w.Tables[id], id, by, sums)
		c.sections = append(c.sections, t.cells)
		return t
	}
	c.events = tab(table.TableEvents, []string{"event_type", "device_type", "channel"})
	c.orders = tab(table.TableOrders, []string{"channel", "touchpoint", "fulfilment"},
		"subtotal", "discount", "shipping", "tax", "total")
	c.carts = tab(table.TableCarts, []string{"status", "reason"})
	c.customers = tab(table.TableCustomers, []string{"identified_by"})
	c.journeys = tab(table.TableTruthJourneys, []string{"outcome", "pattern"})
	c.surveys = tab(table.TableSurveys, []string{"survey_type", "nps_class"})
	c.tickets = tab(table.TableTickets, []string{"channel", "status"})
	c.people = tab(table.TableTruthPeople, []string{"nps_class"})
	c.rest = []*crosstab{
		c.orders, c.carts, c.customers, c.journeys, c.surveys, c.tickets, c.people,
	}
	return c
}

// Count adds the rows of a batch. An event outside the written days is an error, after which the
// Counter is of no use.
func (c *Counter) Count(b *table.Batch) error {
	if err := c.countEvents(&b.Tables[table.TableEvents]); err != nil {
		return err
	}
	for _, t := range c.rest {
		t.count(&b.Tables[t.table])
	}
	return nil
}

// countEvents does for events what crosstab.count does, with their days: nearly all rows are
// theirs. They come nearly in order, so a day is looked up only when it changes.
func (c *Counter) countEvents(r *table.Rows) error {
	for rest := r.Ints(table.EventTime); len(rest) > 0; {
		day, ok := c.calendar.DayOf(rest[0])
		if !ok || day < 0 {
			return fmt.Errorf("event at %s is outside the %d days from %s",
				time.UnixMicro(rest[0]).UTC().Format(time.RFC3339), len(c.days), c.date(0))
		}
		from, to := c.calendar.Bounds(day)
		n := 1
		for n < len(rest) && from <= rest[n] && rest[n] < to {
			n++
		}
		c.days[day] += int64(n)
		rest = rest[n:]
	}
	types := r.Codes(table.EventType)
	devices, channels := r.Codes(table.EventDeviceType), r.Codes(table.EventChannel)
	ofType, ofDevice := uint32(c.events.size(byType)), uint32(c.events.size(byDevice))
	devices, channels = devices[:len(types)], channels[:len(types)]
	cells := c.events.cells
	for i, kind := range types {
		cells[kind*ofType+devices[i]*ofDevice+channels[i]]++
	}
	return nil
}

// add adds the counts of another Counter of the same world.
func (c *Counter) add(from *Counter) {
	for i, section := range from.sections {
		addTo(c.sections[i], section)
	}
}

// addTo adds numbers to those at the same places.
func addTo(to, from []int64) {
	for i, n := range from {
		to[i] += n
	}
}

// reset makes it a Counter of nothing and keeps its memory.
func (c *Counter) reset() {
	for _, section := range c.sections {
		clear(section)
	}
}

// date returns the local date of a written day, as 2025-01-31.
func (c *Counter) date(day int) string {
	s := c.start
	return time.Date(s.Year, s.Month, s.Day+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}
