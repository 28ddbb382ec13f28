package story

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A record is one row of a batch by the names of its columns; what is missing is absent.
type record struct {
	words  map[string]string
	number map[string]int64
}

func recordOf(of *table.Table, rows *table.Rows, i int) record {
	r := record{words: map[string]string{}, number: map[string]int64{}}
	for c, column := range of.Columns {
		switch v := &rows.Cols[c]; column.Kind {
		case table.Code:
			if v.Code[i] != 0 {
				r.words[column.Name] = column.Vocab[v.Code[i]-1]
			}
		case table.Text:
			r.words[column.Name] = v.Text[i]
		default:
			if v.Int[i] != table.Null {
				r.number[column.Name] = v.Int[i]
			}
		}
	}
	return r
}

func (r record) has(column string) bool {
	_, ok := r.number[column]
	return ok
}

// A life is everything that was written about one person.
type life struct {
	person   record
	customer *record // as the CRM knows her, if it does
	journeys []record
	events   []record
	orders   map[int64]record
	lines    map[int64][]record // of orders
	carts    map[int64][]record // abandoned, by session
	returns  map[string]record  // by order and product
	surveys  map[int64]record   // by order
	tickets  map[int64]record   // by the time when they were opened
	posts    map[int64]record   // rows of social, by time
}

// A biographer is a sink that keeps what concerns one person.
type biographer struct {
	world *model.World
	id    int64
	life  life
	rest  map[table.TableID][]record // rows that do not say whose they are
}

// newLife simulates a person's town and gathers her life. The id counts from 1.
func newLife(ctx context.Context, w *model.World, id int) (*life, error) {
	b := &biographer{world: w, id: int64(id), rest: map[table.TableID][]record{}}
	if err := simulate.Town(ctx, w, (id-1)/w.TownSize, b); err != nil {
		return nil, err
	}
	if b.life.person.number == nil {
		return nil, errors.New("the person was not born")
	}
	b.attribute()
	return &b.life, nil
}

// Encode implements table.Sink.
func (b *biographer) Encode(batch *table.Batch) (func() error, error) {
	mine := func(t table.TableID) (found []record) {
		of, rows := &b.world.Tables[t], &batch.Tables[t]
		who := slices.IndexFunc(of.Columns, func(c table.Column) bool {
			return c.Name == "person_id"
		})
		for i := range rows.Len {
			if rows.Cols[who].Int[i] == b.id {
				found = append(found, recordOf(of, rows, i))
			}
		}
		return found
	}
	b.life.events = append(b.life.events, mine(table.TableEvents)...)
	b.life.journeys = append(b.life.journeys, mine(table.TableTruthJourneys)...)
	if people := mine(table.TableTruthPeople); len(people) > 0 {
		b.life.person = people[0]
	}
	for _, t := range []table.TableID{table.TableCustomers, table.TableOrders,
		table.TableOrderLines, table.TableCarts, table.TableReturns, table.TableSurveys,
		table.TableTickets, table.TableSocial} {
		for i := range batch.Tables[t].Len {
			b.rest[t] = append(b.rest[t], recordOf(&b.world.Tables[t], &batch.Tables[t], i))
		}
	}
	return nil, nil
}

// attribute finds her orders, carts and customer record by the ids in her events, and what else is
// told of them.
func (b *biographer) attribute() {
	l := &b.life
	l.orders = map[int64]record{}
	l.lines = map[int64][]record{}
	l.carts = map[int64][]record{}
	mine, sessions := map[int64]bool{}, map[int64]bool{}
	for _, e := range l.events {
		mine[e.number["order_id"]] = e.has("order_id") || mine[e.number["order_id"]]
		sessions[e.number["session_id"]] = e.has("session_id") || sessions[e.number["session_id"]]
	}
	for _, o := range b.rest[table.TableOrders] {
		if id := o.number["order_id"]; mine[id] {
			l.orders[id] = o
		}
	}
	for _, line := range b.rest[table.TableOrderLines] {
		if id := line.number["order_id"]; mine[id] {
			l.lines[id] = append(l.lines[id], line)
		}
	}
	for _, c := range b.rest[table.TableCarts] {
		if id := c.number["session_id"]; sessions[id] && c.words["status"] == "abandoned" {
			l.carts[id] = append(l.carts[id], c)
		}
	}
	l.returns = map[string]record{}
	for _, r := range b.rest[table.TableReturns] {
		l.returns[returned(r)] = r
	}
	l.surveys = by("order_id", b.rest[table.TableSurveys])
	l.tickets = by("opened_time", b.rest[table.TableTickets])
	l.posts = by("social_time", b.rest[table.TableSocial])
	for i, c := range b.rest[table.TableCustomers] {
		if user, ok := l.person.number["user_id"]; ok && c.number["user_id"] == user {
			l.customer = &b.rest[table.TableCustomers][i]
		}
	}
}

// returned names what an event or a row of returns is about.
func returned(r record) string {
	return fmt.Sprint(r.number["order_id"], " ", r.words["product_id"])
}

// by lists rows by a column. Those of others in town are not in the way: a time, in µs, is of one.
func by(column string, rows []record) map[int64]record {
	found := make(map[int64]record, len(rows))
	for _, r := range rows {
		if r.has(column) {
			found[r.number[column]] = r
		}
	}
	return found
}

// Find returns the first person with a journey of a pattern, town after town.
func Find(ctx context.Context, w *model.World, pattern string) (int, error) {
	for town := range w.Towns {
		found := 0
		sink := seeker(func(b *table.Batch) {
			rows := &b.Tables[table.TableTruthJourneys]
			for i := range rows.Len {
				r := recordOf(&w.Tables[table.TableTruthJourneys], rows, i)
				told := r.number["start_time"] >= w.Midnight[w.Warmup] // all of it was written
				if found == 0 && told && r.words["pattern"] == pattern {
					found = int(r.number["person_id"])
				}
			}
		})
		if err := simulate.Town(ctx, w, town, sink); err != nil {
			return 0, err
		}
		if found > 0 {
			return found, nil
		}
	}
	return 0, fmt.Errorf("nobody in %s has a journey of pattern %s", w.Scenario.Name, pattern)
}

type seeker func(*table.Batch)

func (s seeker) Encode(b *table.Batch) (func() error, error) {
	s(b)
	return nil, nil
}

// clock writes a time where the market is.
func clock(zone *time.Location, micros int64, layout string) string {
	return time.UnixMicro(micros).In(zone).Format(layout)
}
