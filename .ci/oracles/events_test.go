package oracles

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// A wish is a kind of event that a comparison should have.
type wish struct {
	name string
	is   func(e *dialect.Event) bool
}

// wishes are the kinds of events that every system has a word for. Each is fulfilled by the first
// of the stream.
var wishes = []wish{
	{"page view of a stranger", func(e *dialect.Event) bool {
		return online(table.PageView)(e) && !e.Has(table.EventUser)
	}},
	{"page view where a campaign lands", func(e *dialect.Event) bool {
		return online(table.PageView)(e) && e.Code(table.EventSource) != 0 &&
			e.Code(table.EventCampaign) != 0
	}},
	{"page view of somebody known", func(e *dialect.Event) bool {
		return online(table.PageView)(e) && e.Has(table.EventUser)
	}},
	{"screen view", online(table.ScreenView)},
	{"search", online(table.Search)},
	{"product view", online(table.ViewItem)},
	{"product view in the app", func(e *dialect.Event) bool {
		return online(table.ViewItem)(e) && at(e, table.App)
	}},
	{"add to cart", online(table.AddToCart)},
	{"look at a cart", online(table.ViewCart)},
	{"checkout", online(table.BeginCheckout)},
	{"address", online(table.AddShippingInfo)},
	{"payment", online(table.AddPaymentInfo)},
	{"declined payment", online(table.PaymentDeclined)},
	{"purchase of several products", func(e *dialect.Event) bool {
		return online(table.Purchase)(e) && e.Order() != nil && len(e.Order().Lines) > 1
	}},
	{"purchase with a coupon", func(e *dialect.Event) bool {
		return online(table.Purchase)(e) && e.Order() != nil && e.Order().Coupon != 0
	}},
	{"purchase in a shop by a stranger", func(e *dialect.Event) bool {
		return e.Type() == table.Purchase && nobody(e)
	}},
	{"order by which somebody becomes known", func(e *dialect.Event) bool {
		return e.Type() == table.Purchase && e.Customer() != nil &&
			e.Customer().KnownSince == e.Time()
	}},
	{"sign_up", online(table.SignUp)},
	{"login", online(table.Login)},
	{"return", func(e *dialect.Event) bool {
		return e.Type() == table.Return && e.Has(table.EventUser)
	}},
	{"review", func(e *dialect.Event) bool {
		return e.Type() == table.Review && e.Has(table.EventUser)
	}},
	{"advert clicked", func(e *dialect.Event) bool {
		return online(table.Click)(e) && !at(e, table.Inbox)
	}},
	{"letter opened", func(e *dialect.Event) bool {
		return e.Type() == table.MessageOpened && at(e, table.Inbox)
	}},
	{"advert in the street", func(e *dialect.Event) bool {
		return e.Type() == table.Impression && nobody(e) && !e.Has(table.EventOrder)
	}},
}

func online(kind uint32) func(e *dialect.Event) bool {
	return func(e *dialect.Event) bool { return e.Type() == kind && e.Has(table.EventDevice) }
}

func at(e *dialect.Event, place table.Touchpoint) bool {
	return table.Touchpoint(e.Code(table.EventTouchpoint)) == place
}

func nobody(e *dialect.Event) bool { return !e.Has(table.EventDevice) && !e.Has(table.EventUser) }

// A told is what the tables say of an event: the words of columns by their names.
type told map[string]any

// A selection is a sink that lets through the first event that fulfils each wish, and takes down
// what the tables say of it.
type selection struct {
	world  *model.World
	next   table.Sink
	day    *dialect.Day
	open   []wish
	events []told

	part      int
	orders    map[any]told
	returns   map[returned]told
	customers map[any]told
}

// A returned is what tells a return from the others.
type returned struct{ order, at, product any }

// market returns a small market.
func market(t testing.TB) *model.World {
	t.Helper()
	set := func(path, value string) model.Set {
		return model.Set{Path: path, Value: value, Flag: "--set"}
	}
	s, err := model.Load("fashion", scenarios.FS, set("customers", "400"), set("town", "400"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// live simulates a market until every wish is fulfilled, and fails the test if one never is.
func (s *selection) live(t testing.TB) func(context.Context, table.Sink) error {
	return func(ctx context.Context, next table.Sink) error {
		s.next, s.day, s.open, s.part = next, dialect.NewDay(s.world), slices.Clone(wishes), -1
		err := simulate.ByDay(ctx, s.world, s, simulate.Options{From: 30, Identify: true})
		if !errors.Is(err, errFulfilled) {
			for _, w := range s.open {
				t.Errorf("the stream has no %s", w.name)
			}
			return err
		}
		return nil
	}
}

var errFulfilled = errors.New("every wish is fulfilled")

// Encode hands on a batch with the rows of events that fulfil a wish.
func (s *selection) Encode(b *table.Batch) (func() error, error) {
	if b.Part == table.StaticPart {
		return nil, nil
	}
	if len(s.open) == 0 {
		return nil, errFulfilled
	}
	s.day.Take(b)
	s.take(b)
	picked := table.NewBatch(s.world.Tables, 0)
	picked.Part, picked.Last = b.Part, b.Last
	picked.Append(s.world.Tables, b)
	rows := &picked.Tables[table.TableEvents]
	rows.Len = 0
	for row := range b.Tables[table.TableEvents].Len {
		if !s.fulfils(s.day.Event(b, row)) {
			continue
		}
		for c := range rows.Cols {
			if v := &rows.Cols[c]; s.world.Tables[table.TableEvents].Columns[c].Kind == table.Code {
				v.Code[rows.Len] = v.Code[row]
			} else {
				v.Int[rows.Len] = v.Int[row]
			}
		}
		rows.Len++
		s.events = append(s.events, s.tell(b, row))
	}
	return s.next.Encode(picked)
}

// fulfils strikes off the wishes that an event fulfils, and reports whether there was one.
func (s *selection) fulfils(e *dialect.Event) bool {
	before := len(s.open)
	s.open = slices.DeleteFunc(s.open, func(w wish) bool { return w.is(e) })
	return len(s.open) < before
}

// take remembers the orders, returns and customers of a day.
func (s *selection) take(b *table.Batch) {
	if b.Part != s.part {
		s.part, s.orders, s.customers = b.Part, make(map[any]told), make(map[any]told)
		s.returns = make(map[returned]told)
	}
	for row := range b.Tables[table.TableOrders].Len {
		order := s.row(b, table.TableOrders, row)
		order["products"] = []told{}
		s.orders[order["order_id"]] = order
	}
	for row := range b.Tables[table.TableOrderLines].Len {
		line := s.row(b, table.TableOrderLines, row)
		order := s.orders[line["order_id"]]
		order["products"] = append(order["products"].([]told), line)
	}
	for row := range b.Tables[table.TableReturns].Len {
		r := s.row(b, table.TableReturns, row)
		s.returns[returned{r["order_id"], r["returned_at"], r["product_id"]}] = r
	}
	for row := range b.Tables[table.TableCustomers].Len {
		customer := s.row(b, table.TableCustomers, row)
		s.customers[customer["user_id"]] = customer
	}
}

// tell returns all that is known of an event.
func (s *selection) tell(b *table.Batch, row int) told {
	e := s.row(b, table.TableEvents, row)
	e["currency"] = s.world.Scenario.Currency
	channel := b.Tables[table.TableEvents].Cols[table.EventChannel].Code[row]
	e["paid"] = s.world.Channels[channel-1].Paid
	e["scenario"] = told{"name": s.world.Scenario.Name, "locale": s.world.Scenario.Locale,
		"time_zone": s.world.Scenario.TimeZone}
	if order := s.orders[e["order_id"]]; order != nil && e["event_type"] == "purchase" {
		e["order"] = order
	}
	if r := s.returns[returned{e["order_id"], e["event_time"], e["product_id"]}]; r != nil {
		e["refund"] = r["refund"]
	}
	if customer := s.customers[e["user_id"]]; customer != nil {
		e["customer"] = customer
	}
	return e
}

// row returns a row of a table, without what is missing.
func (s *selection) row(b *table.Batch, id table.TableID, row int) told {
	words := make(told)
	for c, column := range s.world.Tables[id].Columns {
		v := &b.Tables[id].Cols[c]
		switch column.Kind {
		case table.Text:
			if v.Text[row] != "" {
				words[column.Name] = v.Text[row]
			}
		case table.Code:
			if code := v.Code[row]; code != 0 {
				words[column.Name] = column.Vocab[code-1]
				if column.Name == "product_id" {
					words["product_name"] = s.world.Products[code-1].Name
				}
			}
		default:
			if n := v.Int[row]; n != table.Null {
				words[column.Name] = number(&column, n)
			}
		}
	}
	return words
}

// number returns the value of a column of whole numbers as JSON has it.
func number(c *table.Column, n int64) any {
	switch c.Kind {
	case table.ID:
		return strconv.FormatInt(n, 10)
	case table.Time:
		return time.UnixMicro(n).UTC().Format("2006-01-02T15:04:05.000000Z")
	case table.Date32:
		return time.Unix(n*24*60*60, 0).UTC().Format(time.DateOnly)
	case table.Decimal:
		return json.Number(strconv.FormatFloat(float64(n)/100, 'f', 2, 64))
	case table.Bool:
		return n == 1
	default:
		return n
	}
}
