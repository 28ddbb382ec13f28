package dialect

import (
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// An Event is a row of events as dialects see it, with what belongs to it.
type Event struct {
	rows *table.Rows
	row  int
	day  *Day
}

// ID returns the event's public id.
func (e *Event) ID() int64 { return e.Int(table.EventID) }

// Time returns when it happened, µs since 1970.
func (e *Event) Time() int64 { return e.Int(table.EventTime) }

// Type returns the code of what happened.
func (e *Event) Type() uint32 { return e.Code(table.EventType) }

// Int returns the value of a column of whole numbers, table.Null if it is missing.
func (e *Event) Int(column int) int64 { return e.rows.Cols[column].Int[e.row] }

// Code returns the value of a column of words, 0 if it is missing.
func (e *Event) Code(column int) uint32 { return e.rows.Cols[column].Code[e.row] }

// Has says whether a column of whole numbers has a value.
func (e *Event) Has(column int) bool { return e.Int(column) != table.Null }

// Order returns the order that a purchase placed. Of other events, and of orders of earlier days,
// it returns nil.
func (e *Event) Order() *Order {
	if e.Type() != table.Purchase {
		return nil
	}
	return e.day.orders[e.Int(table.EventOrder)]
}

// Refund returns what a return paid back, cents: what was paid for the goods, which is not the
// price of that day. Of other events it returns table.Null.
func (e *Event) Refund() int64 {
	if e.Type() == table.Return {
		back := goodsBack{e.Int(table.EventOrder), e.Time(), e.Code(table.EventProduct)}
		if paid, ok := e.day.refunds[back]; ok {
			return paid
		}
	}
	return table.Null
}

// Customer returns the customer behind an event by which she told us who she is: signup, login,
// purchase. Of other events it may be nil.
func (e *Event) Customer() *Customer { return e.day.customers[e.Int(table.EventUser)] }

// SessionStart returns when the visit of an event began, µs since 1970, and table.Null outside
// visits. If the stream began in the middle of a visit it is the midnight before, by UTC.
func (e *Event) SessionStart() int64 {
	if !e.Has(table.EventSession) {
		return table.Null
	}
	for _, began := range e.day.sessions {
		if at, ok := began[e.Int(table.EventSession)]; ok {
			return at
		}
	}
	return e.Time() - e.Time()%format.DayMicros
}

// identified says whether anybody could tell whose the event is.
func (e *Event) identified() bool {
	return e.Has(table.EventDevice) || e.Has(table.EventUser) || e.Has(table.EventOrder)
}

// inApp says whether an event came from the app: its device is an installation of it, whatever was
// clicked to open it.
func (e *Event) inApp() bool {
	return table.Device(e.Code(table.EventDeviceType)) == table.DeviceApp
}

// owner returns whose the event is as far as anybody can tell: the customer's id, else that of her
// device, else that of the order. The event must be identified.
func (e *Event) owner() int64 {
	for _, column := range [...]int{table.EventUser, table.EventDevice} {
		if e.Has(column) {
			return e.Int(column)
		}
	}
	return e.Int(table.EventOrder)
}

// introduces says whether an event tells for the first time, or again, whose its device is: she
// signs up, logs in, or becomes known by an order.
func (e *Event) introduces() bool {
	switch e.Type() {
	case table.SignUp, table.Login:
		return e.Has(table.EventUser)
	case table.Purchase:
		c := e.Customer()
		return c != nil && e.Has(table.EventUser) && c.KnownSince == e.Time()
	}
	return false
}

// An Order is what an order of today was about. Amounts are cents.
type Order struct {
	ID         int64
	Subtotal   int64
	Discount   int64
	Shipping   int64
	Tax        int64
	Total      int64
	Coupon     uint32 // a code of orders.coupon; 0: none
	Fulfilment uint32 // a code of orders.fulfilment
	Lines      []OrderLine
}

// An OrderLine is a product of an order. Amounts are cents.
type OrderLine struct {
	Product  uint32 // a code
	Category uint32 // a code
	Quantity int64
	Price    int64 // of one piece
	Discount int64 // of the line
}

// A Customer is what a CRM knows of somebody.
type Customer struct {
	User              int64
	First, Last       string
	Email, Phone      string
	Born              int64 // days since 1970
	Street            string
	PostalCode, City  string
	Province, Country string
	Marketing         bool // may be sent advertising
	Profiling         bool // may be profiled
	KnownSince        int64
	Card              string // of loyalty; empty: none
	Tier              uint32 // a code of customers.tier; 0: none
	Points            int64
}

// A goodsBack is what tells a return of a day from the others.
type goodsBack struct {
	order, at int64
	product   uint32
}

// A Day is what a stream remembers of the day it is at: the orders placed, what returns paid back,
// the customers who told us who they are and, also of the day before, when visits began. Batches
// must come by day.
type Day struct {
	number    int
	world     *model.World
	orders    map[int64]*Order
	refunds   map[goodsBack]int64 // cents
	customers map[int64]*Customer
	sessions  [2]map[int64]int64 // when they began, µs since 1970; today's and yesterday's

	event Event // the one handed out, again and again
}

// NewDay returns a day of a world before its first batch.
func NewDay(w *model.World) *Day {
	return &Day{number: -1, world: w, orders: make(map[int64]*Order),
		refunds: make(map[goodsBack]int64), customers: make(map[int64]*Customer),
		sessions: [2]map[int64]int64{make(map[int64]int64), make(map[int64]int64)}}
}

// Take remembers what a batch tells about its day, and forgets the day before.
func (d *Day) Take(b *table.Batch) {
	if b.Part != d.number {
		d.number = b.Part
		clear(d.orders)
		clear(d.refunds)
		clear(d.customers)
		d.sessions[0], d.sessions[1] = d.sessions[1], d.sessions[0]
		clear(d.sessions[0])
	}
	d.takeSessions(&b.Tables[table.TableEvents])
	d.takeOrders(&b.Tables[table.TableOrders], &b.Tables[table.TableOrderLines])
	d.takeReturns(&b.Tables[table.TableReturns])
	d.takeCustomers(&b.Tables[table.TableCustomers])
}

// Event returns a row of the events of a batch of the day. It is valid until the next call.
func (d *Day) Event(b *table.Batch, row int) *Event {
	d.event = Event{rows: &b.Tables[table.TableEvents], row: row, day: d}
	return &d.event
}

func (d *Day) takeSessions(events *table.Rows) {
	session, at := events.Cols[table.EventSession].Int, events.Cols[table.EventTime].Int
	for row, kind := range events.Cols[table.EventType].Code[:events.Len] {
		if kind == table.SessionStart {
			d.sessions[0][session[row]] = at[row]
		}
	}
}

func (d *Day) takeOrders(orders, lines *table.Rows) {
	if orders.Len == 0 {
		return
	}
	o := columnsOf(d.world, table.TableOrders, orders)
	for row := range orders.Len {
		id := o.int("order_id", row)
		d.orders[id] = &Order{ID: id, Subtotal: o.int("subtotal", row),
			Discount: o.int("discount", row), Shipping: o.int("shipping", row),
			Tax: o.int("tax", row), Total: o.int("total", row),
			Coupon: o.code("coupon", row), Fulfilment: o.code("fulfilment", row)}
	}
	l := columnsOf(d.world, table.TableOrderLines, lines)
	for row := range lines.Len {
		if order := d.orders[l.int("order_id", row)]; order != nil {
			order.Lines = append(order.Lines, OrderLine{Product: l.code("product_id", row),
				Category: l.code("category", row), Quantity: l.int("quantity", row),
				Price: l.int("unit_price", row), Discount: l.int("discount", row)})
		}
	}
}

func (d *Day) takeReturns(rows *table.Rows) {
	r := columnsOf(d.world, table.TableReturns, rows)
	for row := range rows.Len {
		back := goodsBack{r.int("order_id", row), r.int("returned_at", row),
			r.code("product_id", row)}
		d.refunds[back] = r.int("refund", row)
	}
}

func (d *Day) takeCustomers(rows *table.Rows) {
	c := columnsOf(d.world, table.TableCustomers, rows)
	for row := range rows.Len {
		user := c.int("user_id", row)
		d.customers[user] = &Customer{User: user,
			First: c.text("first_name", row), Last: c.text("last_name", row),
			Email: c.text("email", row), Phone: c.text("phone", row),
			Born: c.int("birth_date", row), Street: c.text("street", row),
			PostalCode: c.text("postal_code", row), City: c.text("city", row),
			Province: c.text("province", row), Country: c.text("country", row),
			Marketing:  c.int("has_marketing_consent", row) == 1,
			Profiling:  c.int("has_profiling_consent", row) == 1,
			KnownSince: c.int("identified_at", row), Card: c.text("loyalty_card", row),
			Tier: c.code("tier", row), Points: c.int("points", row)}
	}
}

// columns are the rows of a table by the names of their columns.
type columns struct {
	table *table.Table
	rows  *table.Rows
}

func columnsOf(w *model.World, t table.TableID, rows *table.Rows) columns {
	return columns{&w.Tables[t], rows}
}

func (c columns) vector(name string) *table.Vector {
	for i := range c.table.Columns {
		if c.table.Columns[i].Name == name {
			return &c.rows.Cols[i]
		}
	}
	panic("dialect: table " + c.table.Name + " has no column " + name)
}

func (c columns) int(name string, row int) int64   { return c.vector(name).Int[row] }
func (c columns) code(name string, row int) uint32 { return c.vector(name).Code[row] }
func (c columns) text(name string, row int) string { return c.vector(name).Text[row] }
