package kpi

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/percorso/percorso/model/table"
)

// Expected are the figures that a pipeline fed with a dataset must report: counts and sums over its
// tables. They are integers, so the figures of parts and shards add up exactly, in any order. Every
// word of a column has its count, also when it is 0; rows that have none are in the total only. The
// manifest has them under answers.
type Expected struct {
	Events    ExpectedEvents    `json:"events"`
	Orders    ExpectedOrders    `json:"orders"`
	Carts     ExpectedCarts     `json:"carts"`
	Customers ExpectedCustomers `json:"customers"`
	Journeys  ExpectedJourneys  `json:"journeys,omitzero"` // truth; absent from a dataset without it
}

// ExpectedEvents count events.
type ExpectedEvents struct {
	Total     int64            `json:"total"`
	ByType    map[string]int64 `json:"by_type"`
	ByChannel map[string]int64 `json:"by_channel"`
	ByDay     map[string]int64 `json:"by_day"` // by local date, as 2025-01-31

	// ByTypeAndDevice leaves out what happened off line, and pairs that did not happen.
	ByTypeAndDevice map[string]map[string]int64 `json:"by_type_and_device"`
}

// ExpectedOrders count orders and sum their amounts.
type ExpectedOrders struct {
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

// ExpectedCarts count carts.
type ExpectedCarts struct {
	Total    int64            `json:"total"`
	ByStatus map[string]int64 `json:"by_status"`
	ByReason map[string]int64 `json:"by_reason"` // why carts were abandoned
}

// ExpectedCustomers count known customers.
type ExpectedCustomers struct {
	Total          int64            `json:"total"`
	ByIdentifiedBy map[string]int64 `json:"by_identified_by"`
}

// ExpectedJourneys count journeys.
type ExpectedJourneys struct {
	Total     int64            `json:"total"`
	ByOutcome map[string]int64 `json:"by_outcome"`
	ByPattern map[string]int64 `json:"by_pattern"`
}

// ExpectedKPIs are KPIs that follow from Expected figures. The manifest shows them beside the
// counts, under the names of the catalogue (model.KPIs).
type ExpectedKPIs struct {
	Sessions   int64 // session_start events
	Conversion Rate  // purchases on web and app per session

	// The same for each kind of device that has a session, conversion_mobile and so on. Where days
	// are few there may be purchases in sessions of the day before; these kinds are left out.
	ConversionByDevice map[string]Rate

	AverageOrderValue table.Cents // revenue per order
	CartAbandonment   Rate        // abandoned carts per cart
}

// MarshalJSON writes an object of KPIs by name.
func (k ExpectedKPIs) MarshalJSON() ([]byte, error) {
	text := fmt.Appendf(nil, `{"sessions":%d,"conversion":%v`, k.Sessions, k.Conversion)
	for _, device := range table.Devices {
		if rate, ok := k.ConversionByDevice[device]; ok {
			text = fmt.Appendf(text, `,"conversion_%s":%v`, device, rate)
		}
	}
	return fmt.Appendf(text, `,"average_order_value":%v,"cart_abandonment":%v}`,
		k.AverageOrderValue, k.CartAbandonment), nil
}

// KPIs returns the KPIs that follow from e; one over nothing is 0.
func (e *Expected) KPIs() ExpectedKPIs {
	revenue, orders := e.averageOrder()
	k := ExpectedKPIs{
		Sessions:           e.sessions(),
		ConversionByDevice: make(map[string]Rate),
		AverageOrderValue:  table.Cents(revenue).Per(orders),
		CartAbandonment:    rate(e.cartAbandonment()),
	}
	all := int64(0)
	for device := range e.Events.ByTypeAndDevice[sessionStart] {
		purchases, sessions := e.conversionOn(device)
		k.ConversionByDevice[device] = rate(purchases, sessions)
		all += purchases
	}
	k.Conversion = rate(all, k.Sessions)
	return k
}

// What the KPIs that follow from Expected figures are made of, for ExpectedKPIs and for Readings
// alike: the part and the whole of each.

func (e *Expected) sessions() int64 { return e.Events.ByType[sessionStart] }

func (e *Expected) conversionOn(device string) (purchases, sessions int64) {
	on := e.Events.ByTypeAndDevice
	return on[purchase][device], on[sessionStart][device]
}

func (e *Expected) averageOrder() (revenue, orders int64) {
	return int64(e.Orders.Revenue), e.Orders.Total
}

func (e *Expected) cartAbandonment() (abandoned, carts int64) {
	return e.Carts.ByStatus[cartAbandoned], e.Carts.Total
}

// Words of the events and carts tables that KPIs are made of.
const (
	sessionStart  = "session_start"
	purchase      = "purchase"
	cartAbandoned = "abandoned"
)

// Add adds the figures of another part of the same run.
func (e *Expected) Add(from *Expected) {
	e.Events.add(&from.Events)
	e.Orders.add(&from.Orders)

	e.Carts.Total += from.Carts.Total
	addWords(&e.Carts.ByStatus, from.Carts.ByStatus)
	addWords(&e.Carts.ByReason, from.Carts.ByReason)

	e.Customers.Total += from.Customers.Total
	addWords(&e.Customers.ByIdentifiedBy, from.Customers.ByIdentifiedBy)

	e.Journeys.Total += from.Journeys.Total
	addWords(&e.Journeys.ByOutcome, from.Journeys.ByOutcome)
	addWords(&e.Journeys.ByPattern, from.Journeys.ByPattern)
}

func (e *ExpectedEvents) add(from *ExpectedEvents) {
	e.Total += from.Total
	addWords(&e.ByType, from.ByType)
	addWords(&e.ByChannel, from.ByChannel)
	addWords(&e.ByDay, from.ByDay)
	if e.ByTypeAndDevice == nil {
		e.ByTypeAndDevice = make(map[string]map[string]int64)
	}
	for word, devices := range from.ByTypeAndDevice {
		sum := e.ByTypeAndDevice[word]
		addWords(&sum, devices)
		e.ByTypeAndDevice[word] = sum
	}
}

func (e *ExpectedOrders) add(from *ExpectedOrders) {
	e.Total += from.Total
	e.Subtotal += from.Subtotal
	e.Discount += from.Discount
	e.Shipping += from.Shipping
	e.Tax += from.Tax
	e.Revenue += from.Revenue
	addSales(&e.ByTouchpoint, from.ByTouchpoint)
	addSales(&e.ByFulfilment, from.ByFulfilment)
}

// addWords adds counts by word. A nil map stays nil when there is nothing to add, so that absent
// figures stay absent.
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

// MarshalJSON writes the counts and, under kpis, the KPIs that follow from them.
func (e Expected) MarshalJSON() ([]byte, error) {
	type counts Expected
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // whoever writes it decides
	err := encoder.Encode(struct {
		counts
		KPIs ExpectedKPIs `json:"kpis"`
	}{counts(e), e.KPIs()})
	return text.Bytes(), err
}

// A Rate is a ratio in millionths. JSON shows it as a decimal number.
type Rate int64

// String returns the ratio with six digits after the point.
func (r Rate) String() string { return fmt.Sprintf("%d.%06d", int64(r)/1e6, int64(r)%1e6) }

// MarshalJSON writes the ratio as a decimal number.
func (r Rate) MarshalJSON() ([]byte, error) { return []byte(r.String()), nil }

func rate(part, whole int64) Rate { return Rate(table.Cents(part * 1e6).Per(whole)) }

// Expected gives the counts their names.
func (c *Counter) Expected() *Expected {
	return &Expected{
		Events: c.expectedEvents(),
		Orders: c.expectedOrders(),
		Carts: ExpectedCarts{
			Total:    c.carts.rows(every, every),
			ByStatus: c.carts.rowsBy(byStatus),
			ByReason: c.carts.rowsBy(byReason),
		},
		Customers: ExpectedCustomers{
			Total:          c.customers.rows(every),
			ByIdentifiedBy: c.customers.rowsBy(0),
		},
		Journeys: ExpectedJourneys{
			Total:     c.journeys.rows(every, every),
			ByOutcome: c.journeys.rowsBy(byOutcome),
			ByPattern: c.journeys.rowsBy(byPattern),
		},
	}
}

func (c *Counter) expectedEvents() ExpectedEvents {
	e := ExpectedEvents{
		Total:           c.events.rows(every, every, every),
		ByType:          c.events.rowsBy(byType),
		ByChannel:       c.events.rowsBy(byChannel),
		ByDay:           make(map[string]int64, len(c.days)),
		ByTypeAndDevice: make(map[string]map[string]int64),
	}
	for day, n := range c.days {
		e.ByDay[c.date(day)] = n
	}
	c.events.byWord(byType, func(word string, codes []uint32) {
		devices := make(map[string]int64)
		for i, device := range c.events.by[byDevice].words {
			codes[byDevice] = uint32(i + 1)
			if n := c.events.rows(codes...); n > 0 {
				devices[device] = n
			}
		}
		if len(devices) > 0 {
			e.ByTypeAndDevice[word] = devices
		}
	})
	return e
}

func (c *Counter) expectedOrders() ExpectedOrders {
	amount := func(column int) table.Cents {
		return table.Cents(c.orders.sum(column, every, every, every))
	}
	return ExpectedOrders{
		Total:        c.orders.rows(every, every, every),
		Subtotal:     amount(subtotal),
		Discount:     amount(discount),
		Shipping:     amount(shipping),
		Tax:          amount(tax),
		Revenue:      amount(paid),
		ByTouchpoint: c.salesBy(byTouchpoint),
		ByFulfilment: c.salesBy(byFulfilment),
	}
}

func (c *Counter) salesBy(dimension int) map[string]Sales {
	named := make(map[string]Sales)
	c.orders.byWord(dimension, func(word string, codes []uint32) {
		named[word] = Sales{c.orders.rows(codes...), table.Cents(c.orders.sum(paid, codes...))}
	})
	return named
}
