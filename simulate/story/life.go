package story

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A record is one row of a batch by the names of its columns; what is missing is absent.
type record struct {
	words  map[string]string
	number map[string]int64
}

// recordOf reads a row of a table.
func recordOf(of *table.Table, rows *table.Rows, i int) record {
	r := record{words: map[string]string{}, number: map[string]int64{}}
	for c := range of.Columns {
		column, v := &of.Columns[c], &rows.Cols[c]
		switch column.Kind {
		case table.Code:
			r.words[column.Name] = column.Word(v.Code[i])
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

// has reports whether a column of numbers holds one.
func (r record) has(column string) bool {
	_, ok := r.number[column]
	return ok
}

// A life is what was written about one person, and about their town.
type life struct {
	person   record
	customer *record // as the CRM knows them, if it does
	journeys []record
	events   []record
	town     *chronicle
}

// lifeOf simulates a person's town and gathers their life. The person counts from 1.
func lifeOf(ctx context.Context, w *model.World, person int) (*life, error) {
	place, _ := model.PlaceOf(int64(person))
	if person < 1 || place >= w.Customers {
		return nil, fmt.Errorf("there is no person %d in %s, want 1 to %d", person, w.Scenario.Name,
			w.Customers)
	}
	c := newChronicle(w.Tables, person)
	if err := simulate.Town(ctx, w, place/w.TownSize, c); err != nil {
		return nil, err
	}
	l := &life{events: c.events, town: c,
		journeys: c.rows(table.TableTruthJourneys, "person_id", c.person)}
	var there bool
	if l.person, there = c.row(table.TableTruthPeople, "person_id", c.person); !there {
		return nil, c.nobody(w, place)
	}
	if user, known := l.person.number["user_id"]; known {
		if customer, ok := c.row(table.TableCustomers, "user_id", user); ok {
			l.customer = &customer
		}
	}
	return l, nil
}

// nobody is the error of a person who is not in the market in these days: who is in their place?
func (c *chronicle) nobody(w *model.World, place int) error {
	var others []string
	people := &c.rest.Tables[table.TableTruthPeople]
	at := w.Tables[table.TableTruthPeople].Places("person_id")
	for _, id := range people.Ints(at[0]) {
		if p, _ := model.PlaceOf(id); p == place {
			others = append(others, strconv.FormatInt(id, 10))
		}
	}
	if others == nil {
		return fmt.Errorf("person %d of %s is not in the market in these days, nor is anybody else in "+
			"their place: try another one", c.person, w.Scenario.Name)
	}
	return fmt.Errorf("person %d of %s is not in the market in these days; in their place there is %s",
		c.person, w.Scenario.Name, strings.Join(others, ", then "))
}

// A chronicle is a sink that keeps the events of one person, and all other rows of their town.
type chronicle struct {
	tables *[table.TableCount]table.Table
	person int64
	events []record
	rest   *table.Batch
	found  map[lookup]map[int64][]int // places of rows by a column, once they were looked for
}

// A lookup is a column of a table by which rows are looked for.
type lookup struct {
	of     table.TableID
	column string
}

func newChronicle(tables *[table.TableCount]table.Table, person int) *chronicle {
	return &chronicle{tables: tables, person: int64(person), rest: table.NewBatch(tables, 0),
		found: map[lookup]map[int64][]int{}}
}

// Encode implements table.Sink.
func (c *chronicle) Encode(batch *table.Batch) (func() error, error) {
	events := &batch.Tables[table.TableEvents]
	for i, person := range events.Ints(table.EventPerson) {
		if person == c.person {
			c.events = append(c.events, recordOf(&c.tables[table.TableEvents], events, i))
		}
	}
	others := *batch
	others.Tables[table.TableEvents].Len = 0
	c.rest.Append(c.tables, &others)
	return nil, nil
}

// rows returns the rows of a table whose column of whole numbers is as given. Those of others in
// town are not in the way: an id, or a time in µs, is of one.
func (c *chronicle) rows(of table.TableID, column string, is int64) []record {
	by, rows := lookup{of, column}, &c.rest.Tables[of]
	if c.found[by] == nil {
		c.found[by] = map[int64][]int{}
		for i, n := range rows.Ints(c.tables[of].At(column)) {
			c.found[by][n] = append(c.found[by][n], i)
		}
	}
	var found []record
	for _, i := range c.found[by][is] {
		found = append(found, recordOf(&c.tables[of], rows, i))
	}
	return found
}

// row returns the last of the rows of a table whose column is as given, if there is one.
func (c *chronicle) row(of table.TableID, column string, is int64) (r record, ok bool) {
	rows := c.rows(of, column, is)
	if len(rows) == 0 {
		return record{}, false
	}
	return rows[len(rows)-1], true
}
