package kpi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// Answers are what a pipeline fed with a dataset must report: counts and sums over its tables.
// They are integers, so the answers of parts and shards add up exactly, in any order. Every
// word of a column has its count, also when it is 0; rows that have none are in the total only.
type Answers struct {
	Events    EventAnswers    `json:"events"`
	Orders    OrderAnswers    `json:"orders"`
	Carts     CartAnswers     `json:"carts"`
	Customers CustomerAnswers `json:"customers"`
	Journeys  JourneyAnswers  `json:"journeys,omitzero"` // truth; absent from a dataset without it
}

// EventAnswers count events.
type EventAnswers struct {
	Total     int64            `json:"total"`
	ByType    map[string]int64 `json:"by_type"`
	ByChannel map[string]int64 `json:"by_channel"`
	ByDay     map[string]int64 `json:"by_day"` // by local date, as 2025-01-31

	// ByTypeAndDevice leaves out what happened off line, and pairs that did not happen.
	ByTypeAndDevice map[string]map[string]int64 `json:"by_type_and_device"`
}

// OrderAnswers count orders and sum their amounts.
type OrderAnswers struct {
	Total        int64            `json:"total"`
	Subtotal     table.Cents      `json:"subtotal"`
	Discount     table.Cents      `json:"discount"`
	Shipping     table.Cents      `json:"shipping"`
	Tax          table.Cents      `json:"tax"`
	Revenue      table.Cents      `json:"revenue"` // what was paid: subtotal - discount + shipping
	ByTouchpoint map[string]Sales `json:"by_touchpoint"`
	ByFulfilment map[string]Sales `json:"by_fulfilment"`
}

// Sales are the orders of one kind and what was paid for them.
type Sales struct {
	Orders  int64       `json:"orders"`
	Revenue table.Cents `json:"revenue"`
}

// CartAnswers count carts.
type CartAnswers struct {
	Total    int64            `json:"total"`
	ByStatus map[string]int64 `json:"by_status"`
	ByReason map[string]int64 `json:"by_reason"` // why carts were abandoned
}

// CustomerAnswers count known customers.
type CustomerAnswers struct {
	Total     int64            `json:"total"`
	ByKnownBy map[string]int64 `json:"by_known_by"`
}

// JourneyAnswers count journeys.
type JourneyAnswers struct {
	Total     int64            `json:"total"`
	ByOutcome map[string]int64 `json:"by_outcome"`
	ByPattern map[string]int64 `json:"by_pattern"`
}

// KPIs are figures that follow from Answers. The manifest shows them beside the counts. Conversion
// is digital purchases per session: those that have a device.
type KPIs struct {
	Sessions           int64           `json:"sessions"` // session_start events
	Conversion         Rate            `json:"conversion"`
	ConversionByDevice map[string]Rate `json:"conversion_by_device"`
	AverageOrderValue  table.Cents     `json:"average_order_value"` // revenue per order
	CartAbandonment    Rate            `json:"cart_abandonment"`    // abandoned carts per cart
}

// Words of the events and carts tables that KPIs are made of.
const (
	sessionStart  = "session_start"
	purchase      = "purchase"
	cartAbandoned = "abandoned"
)

// KPIs returns the figures that follow from a; a figure over nothing is 0.
func (a *Answers) KPIs() KPIs {
	sessions := a.Events.ByTypeAndDevice[sessionStart]
	purchases := a.Events.ByTypeAndDevice[purchase]
	k := KPIs{
		Sessions:           a.Events.ByType[sessionStart],
		ConversionByDevice: make(map[string]Rate, len(sessions)),
		AverageOrderValue:  a.Orders.Revenue.Per(a.Orders.Total),
		CartAbandonment:    rate(a.Carts.ByStatus[cartAbandoned], a.Carts.Total),
	}
	var digital int64
	for device, n := range sessions {
		k.ConversionByDevice[device] = rate(purchases[device], n)
		digital += purchases[device]
	}
	k.Conversion = rate(digital, k.Sessions)
	return k
}

// Add adds the counts of b to a.
func (a *Answers) Add(b *Answers) {
	a.Events.add(&b.Events)
	a.Orders.add(&b.Orders)

	a.Carts.Total += b.Carts.Total
	addWords(&a.Carts.ByStatus, b.Carts.ByStatus)
	addWords(&a.Carts.ByReason, b.Carts.ByReason)

	a.Customers.Total += b.Customers.Total
	addWords(&a.Customers.ByKnownBy, b.Customers.ByKnownBy)

	a.Journeys.Total += b.Journeys.Total
	addWords(&a.Journeys.ByOutcome, b.Journeys.ByOutcome)
	addWords(&a.Journeys.ByPattern, b.Journeys.ByPattern)
}

func (a *EventAnswers) add(b *EventAnswers) {
	a.Total += b.Total
	addWords(&a.ByType, b.ByType)
	addWords(&a.ByChannel, b.ByChannel)
	addWords(&a.ByDay, b.ByDay)
	if a.ByTypeAndDevice == nil {
		a.ByTypeAndDevice = make(map[string]map[string]int64)
	}
	for word, devices := range b.ByTypeAndDevice {
		sum := a.ByTypeAndDevice[word]
		addWords(&sum, devices)
		a.ByTypeAndDevice[word] = sum
	}
}

func (a *OrderAnswers) add(b *OrderAnswers) {
	a.Total += b.Total
	a.Subtotal += b.Subtotal
	a.Discount += b.Discount
	a.Shipping += b.Shipping
	a.Tax += b.Tax
	a.Revenue += b.Revenue
	addSales(&a.ByTouchpoint, b.ByTouchpoint)
	addSales(&a.ByFulfilment, b.ByFulfilment)
}

// addWords adds counts by word. A nil map stays nil when there is nothing to add, so that absent
// answers stay absent.
func addWords(to *map[string]int64, from map[string]int64) {
	if *to == nil && from != nil {
		*to = make(map[string]int64, len(from))
	}
	for word, n := range from {
		(*to)[word] += n
	}
}

func addSales(to *map[string]Sales, from map[string]Sales) {
	if *to == nil && from != nil {
		*to = make(map[string]Sales, len(from))
	}
	for word, s := range from {
		t := (*to)[word]
		(*to)[word] = Sales{Orders: t.Orders + s.Orders, Revenue: t.Revenue + s.Revenue}
	}
}

// MarshalJSON writes the counts and, under kpis, the figures that follow from them.
func (a Answers) MarshalJSON() ([]byte, error) {
	type sums Answers
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // whoever writes it decides
	err := e.Encode(struct {
		sums
		KPIs KPIs `json:"kpis"`
	}{sums(a), a.KPIs()})
	return text.Bytes(), err
}

// A Rate is a ratio in millionths. JSON shows it as a decimal number.
type Rate int64

// String returns the ratio with six digits after the point.
func (r Rate) String() string { return fmt.Sprintf("%d.%06d", int64(r)/1e6, int64(r)%1e6) }

// MarshalJSON writes the ratio as a decimal number.
func (r Rate) MarshalJSON() ([]byte, error) { return []byte(r.String()), nil }

func rate(part, whole int64) Rate { return Rate(table.Cents(part * 1e6).Per(whole)) }

// A Tally is a sink that only counts. Its answers are those that a dataset of the same run has.
type Tally struct {
	world *model.World
	free  sync.Pool // of *counts that are all 0

	mu    sync.Mutex
	total *Counter
}

// NewTally returns a Tally of nothing yet.
func NewTally(w *model.World) *Tally { return &Tally{world: w, total: NewCounter(w)} }

// Encode counts the rows of b. An event outside the written days is an error.
func (t *Tally) Encode(b *table.Batch) (func() error, error) {
	c, ok := t.free.Get().(*Counter)
	if !ok {
		c = NewCounter(t.world)
	}
	if err := c.Count(b); err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.total.add(c)
	t.mu.Unlock()
	c.reset()
	t.free.Put(c)
	return nil, nil
}

// Answers returns the answers so far.
func (t *Tally) Answers() *Answers {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total.Answers()
}

// Counter are answers in the making: dense arrays indexed by the codes of a world, so that a row
// costs a few additions. One goroutine owns it at a time.
type Counter struct {
	start    model.Date
	calendar *model.Calendar

	types, devices  []string // words of event_type and device_type
	typesAndDevices []int64  // at type × (devices+1) + device
	days            []int64

	channels   byCode
	touchpoint salesByCode
	fulfilment salesByCode
	amounts    []int64 // sums of the columns at amountsAt
	amountsAt  [5]int
	statuses   byCode
	reasons    byCode
	knownBy    byCode
	outcomes   byCode
	patterns   byCode
	rows       []int64 // by table

	sections [][]int64 // every slice of sums above
}

// byCode counts the rows of a table by one Code column; place 0 counts those without a word.
type byCode struct {
	table table.TableID
	at    int
	words []string
	rows  []int64
}

// salesByCode is byCode for orders, with their revenue.
type salesByCode struct {
	byCode
	revenue []int64
}

// NewCounter returns a Counter of nothing yet.
func NewCounter(w *model.World) *Counter {
	c := &Counter{start: w.Scenario.Start, calendar: &w.Calendar}
	section := func(n int) []int64 {
		s := make([]int64, n)
		c.sections = append(c.sections, s)
		return s
	}
	place := func(table table.TableID, column string) byCode {
		t := &w.Tables[table]
		at := t.At(column)
		return byCode{table: table, at: at, words: t.Columns[at].Vocab}
	}
	by := func(table table.TableID, column string) byCode {
		b := place(table, column)
		b.rows = section(len(b.words) + 1)
		return b
	}
	sales := func(column string) salesByCode {
		b := by(table.TableOrders, column)
		return salesByCode{byCode: b, revenue: section(len(b.rows))}
	}

	events := w.Tables[table.TableEvents].Columns
	c.types, c.devices = events[table.EventType].Vocab, events[table.EventDeviceType].Vocab
	c.typesAndDevices = section((len(c.types) + 1) * (len(c.devices) + 1))
	c.days = section(w.Days)
	c.channels = by(table.TableEvents, "channel")
	c.touchpoint, c.fulfilment = sales("touchpoint"), sales("fulfilment")
	for i, column := range []string{"subtotal", "discount", "shipping", "tax", "total"} {
		c.amountsAt[i] = place(table.TableOrders, column).at
	}
	c.amounts = section(len(c.amountsAt))
	c.statuses, c.reasons = by(table.TableCarts, "status"), by(table.TableCarts, "reason")
	c.knownBy = by(table.TableCustomers, "known_by")
	c.outcomes = by(table.TableTruthJourneys, "outcome")
	c.patterns = by(table.TableTruthJourneys, "pattern")
	c.rows = section(int(table.TableCount))
	return c
}

// Count adds the rows of a batch.
func (c *Counter) Count(b *table.Batch) error {
	for t := range b.Tables {
		c.rows[t] += int64(b.Tables[t].Len)
	}
	events := &b.Tables[table.TableEvents]
	if err := c.countDays(events.Cols[table.EventTime].Int[:events.Len]); err != nil {
		return err
	}
	types := events.Cols[table.EventType].Code[:events.Len]
	devices := events.Cols[table.EventDeviceType].Code[:events.Len]
	width := uint32(len(c.devices) + 1)
	for i, t := range types {
		c.typesAndDevices[t*width+devices[i]]++
	}
	for _, by := range []*byCode{
		&c.channels, &c.statuses, &c.reasons, &c.knownBy, &c.outcomes, &c.patterns,
	} {
		by.count(b)
	}
	c.touchpoint.count(b, c.amountsAt[4])
	c.fulfilment.count(b, c.amountsAt[4])
	orders := &b.Tables[table.TableOrders]
	for i, at := range c.amountsAt {
		for _, cents := range orders.Cols[at].Int[:orders.Len] {
			c.amounts[i] += cents
		}
	}
	return nil
}

// countDays counts events by day. They come nearly in order, so the day is looked up only when it
// changes.
func (c *Counter) countDays(times []int64) error {
	day, from, to := 0, int64(0), int64(0)
	for _, t := range times {
		if t < from || t >= to {
			var ok bool
			if day, ok = c.calendar.DayOf(t); !ok || day < 0 {
				return fmt.Errorf("event at %s is outside the %d days from %s",
					time.UnixMicro(t).UTC().Format(time.RFC3339), len(c.days), c.date(0))
			}
			from, to = c.calendar.Bounds(day)
		}
		c.days[day]++
	}
	return nil
}

func (c *byCode) count(b *table.Batch) {
	rows := &b.Tables[c.table]
	for _, code := range rows.Cols[c.at].Code[:rows.Len] {
		c.rows[code]++
	}
}

func (c *salesByCode) count(b *table.Batch, total int) {
	orders := &b.Tables[c.table]
	paid := orders.Cols[total].Int[:orders.Len]
	for i, code := range orders.Cols[c.at].Code[:orders.Len] {
		c.rows[code]++
		c.revenue[code] += paid[i]
	}
}

func (c *Counter) add(from *Counter) {
	for i, section := range from.sections {
		to := c.sections[i]
		for j, n := range section {
			to[j] += n
		}
	}
}

func (c *Counter) reset() {
	for _, section := range c.sections {
		clear(section)
	}
}

// Answers gives the counts their names.
func (c *Counter) Answers() *Answers {
	return &Answers{
		Events: c.eventAnswers(),
		Orders: OrderAnswers{
			Total:        c.rows[table.TableOrders],
			Subtotal:     table.Cents(c.amounts[0]),
			Discount:     table.Cents(c.amounts[1]),
			Shipping:     table.Cents(c.amounts[2]),
			Tax:          table.Cents(c.amounts[3]),
			Revenue:      table.Cents(c.amounts[4]),
			ByTouchpoint: c.touchpoint.named(),
			ByFulfilment: c.fulfilment.named(),
		},
		Carts: CartAnswers{
			Total:    c.rows[table.TableCarts],
			ByStatus: c.statuses.named(),
			ByReason: c.reasons.named(),
		},
		Customers: CustomerAnswers{
			Total:     c.rows[table.TableCustomers],
			ByKnownBy: c.knownBy.named(),
		},
		Journeys: JourneyAnswers{
			Total:     c.rows[table.TableTruthJourneys],
			ByOutcome: c.outcomes.named(),
			ByPattern: c.patterns.named(),
		},
	}
}

func (c *Counter) eventAnswers() EventAnswers {
	a := EventAnswers{
		Total:           c.rows[table.TableEvents],
		ByType:          make(map[string]int64, len(c.types)),
		ByChannel:       c.channels.named(),
		ByDay:           make(map[string]int64, len(c.days)),
		ByTypeAndDevice: make(map[string]map[string]int64),
	}
	width := len(c.devices) + 1
	for t, word := range c.types {
		row := c.typesAndDevices[(t+1)*width : (t+2)*width]
		for device, n := range row {
			a.ByType[word] += n
			if device == 0 || n == 0 {
				continue
			}
			if a.ByTypeAndDevice[word] == nil {
				a.ByTypeAndDevice[word] = make(map[string]int64)
			}
			a.ByTypeAndDevice[word][c.devices[device-1]] = n
		}
	}
	for day, n := range c.days {
		a.ByDay[c.date(day)] = n
	}
	return a
}

// date returns the local date of a written day, as 2025-01-31.
func (c *Counter) date(day int) string {
	s := c.start
	return time.Date(s.Year, s.Month, s.Day+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func (c *byCode) named() map[string]int64 {
	named := make(map[string]int64, len(c.words))
	for i, word := range c.words {
		named[word] = c.rows[i+1]
	}
	return named
}

func (c *salesByCode) named() map[string]Sales {
	named := make(map[string]Sales, len(c.words))
	for i, word := range c.words {
		named[word] = Sales{Orders: c.rows[i+1], Revenue: table.Cents(c.revenue[i+1])}
	}
	return named
}
