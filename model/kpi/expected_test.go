package kpi

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// TestExpectedIsThePlainCount holds that what is expected of a pipeline is what it gets when it
// counts the rows one by one, by name.
func TestExpectedIsThePlainCount(t *testing.T) {
	w := handmade.World(5)
	c := NewCounter(w)
	for part := range w.Parts {
		countAll(t, c, handmade.Batches(w, part))
	}
	want := plainCount(t, w)
	if got := c.Expected(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %s\nwant %s", asJSON(t, got), asJSON(t, want))
	}
}

// plainCount counts row by row, with names and maps.
func plainCount(t *testing.T, w *model.World) *Expected {
	t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Skipf("no time zones here: %v", err)
	}
	e := NewCounter(w).Expected() // every word with 0
	for part := range w.Parts {
		for _, b := range handmade.Batches(w, part) {
			each := func(table table.TableID, count func(row map[string]any)) {
				for i := range b.Tables[table].Len {
					count(rowOf(w, b, table, i))
				}
			}
			each(table.TableEvents, func(row map[string]any) {
				e.Events.Total++
				e.Events.ByType[row["event_type"].(string)]++
				e.Events.ByChannel[row["channel"].(string)]++
				at := time.UnixMicro(row["event_time"].(int64)).In(rome)
				e.Events.ByDay[at.Format(time.DateOnly)]++
				if device := row["device_type"].(string); device != "" {
					by := e.Events.ByTypeAndDevice
					if by[row["event_type"].(string)] == nil {
						by[row["event_type"].(string)] = map[string]int64{}
					}
					by[row["event_type"].(string)][device]++
				}
			})
			each(table.TableOrders, func(row map[string]any) { plainOrder(&e.Orders, row) })
			each(table.TableCarts, func(row map[string]any) {
				e.Carts.Total++
				e.Carts.ByStatus[row["status"].(string)]++
				if reason := row["reason"].(string); reason != "" {
					e.Carts.ByReason[reason]++
				}
			})
			each(table.TableCustomers, func(row map[string]any) {
				e.Customers.Total++
				e.Customers.ByIdentifiedBy[row["identified_by"].(string)]++
			})
			each(table.TableTruthJourneys, func(row map[string]any) {
				e.Journeys.Total++
				e.Journeys.ByOutcome[row["outcome"].(string)]++
				if pattern := row["pattern"].(string); pattern != "" {
					e.Journeys.ByPattern[pattern]++
				}
			})
		}
	}
	return e
}

func plainOrder(e *ExpectedOrders, row map[string]any) {
	cents := func(name string) table.Cents { return table.Cents(row[name].(int64)) }
	e.Total++
	e.Subtotal += cents("subtotal")
	e.Discount += cents("discount")
	e.Shipping += cents("shipping")
	e.Tax += cents("tax")
	e.Revenue += cents("total")
	for column, by := range map[string]map[string]Sales{
		"touchpoint": e.ByTouchpoint, "fulfilment": e.ByFulfilment,
	} {
		s := by[row[column].(string)]
		by[row[column].(string)] = Sales{s.Orders + 1, s.Revenue + cents("total")}
	}
}

// rowOf returns a row by column names: words, texts and whole numbers.
func rowOf(w *model.World, b *table.Batch, of table.TableID, i int) map[string]any {
	row := map[string]any{}
	for c, column := range w.Tables[of].Columns {
		v := &b.Tables[of].Cols[c]
		switch column.Kind {
		case table.Code:
			row[column.Name] = ""
			if code := v.Code[i]; code > 0 {
				row[column.Name] = column.Vocab[code-1]
			}
		case table.Text:
			row[column.Name] = v.Text[i]
		default:
			row[column.Name] = v.Int[i]
		}
	}
	return row
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKPIs(t *testing.T) {
	e := &Expected{
		Events: ExpectedEvents{
			ByType: map[string]int64{"session_start": 6, "purchase": 9},
			ByTypeAndDevice: map[string]map[string]int64{
				"session_start": {"mobile": 4, "app": 2},
				"purchase":      {"mobile": 1}, // the others were in stores
			},
		},
		Orders: ExpectedOrders{Total: 6, Revenue: 400_00},
		Carts:  ExpectedCarts{Total: 3, ByStatus: map[string]int64{"abandoned": 2, "converted": 1}},
	}
	want := ExpectedKPIs{
		Sessions: 6, Conversion: 166_667,
		ConversionByDevice: map[string]Rate{"mobile": 250_000, "app": 0},
		AverageOrderValue:  66_67, CartAbandonment: 666_667,
	}
	if got := e.KPIs(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Who buys on a tablet where nobody's session began, came the day before.
	e.Events.ByTypeAndDevice["purchase"]["tablet"] = 1
	if got := e.KPIs(); !reflect.DeepEqual(got, want) {
		t.Errorf("with a purchase without sessions: got %+v, want %+v", got, want)
	}
	none := ExpectedKPIs{ConversionByDevice: map[string]Rate{}}
	if got := new(Expected).KPIs(); !reflect.DeepEqual(got, none) {
		t.Errorf("of nothing: got %+v, want %+v", got, none)
	}
}

// KPIs are made of words that the model uses.
func TestKPIsNameWhatTheModelNames(t *testing.T) {
	for code, word := range map[uint32]string{
		table.SessionStart: sessionStart, table.Purchase: purchase,
	} {
		if got := table.EventTypes[code-1]; got != word {
			t.Errorf("the model says %s, we %s", got, word)
		}
	}
}
