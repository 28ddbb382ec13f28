package kpi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// The answers are what a pipeline gets that counts the rows one by one, by name.
func TestAnswersAreThoseOfThePlainCount(t *testing.T) {
	w := handmade.World(5)
	tally := NewTally(w)
	if err := handmade.Simulate(w, tally, 0, 0, nil); err != nil {
		t.Fatal(err)
	}
	want := plainCount(t, w)
	if got := tally.Answers(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %s\nwant %s", asJSON(t, got), asJSON(t, want))
	}
}

// plainCount counts row by row, with names and maps.
func plainCount(t *testing.T, w *model.World) *Answers {
	t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Skipf("no time zones here: %v", err)
	}
	a := NewCounter(w).Answers() // every word with 0
	for part := range w.Parts {
		for _, b := range handmade.Batches(w, part) {
			each := func(table table.TableID, count func(row map[string]any)) {
				for i := range b.Tables[table].Len {
					count(rowOf(w, b, table, i))
				}
			}
			each(table.TableEvents, func(row map[string]any) {
				a.Events.Total++
				a.Events.ByType[row["event_type"].(string)]++
				a.Events.ByChannel[row["channel"].(string)]++
				at := time.UnixMicro(row["event_time"].(int64)).In(rome)
				a.Events.ByDay[at.Format(time.DateOnly)]++
				if device := row["device_type"].(string); device != "" {
					by := a.Events.ByTypeAndDevice
					if by[row["event_type"].(string)] == nil {
						by[row["event_type"].(string)] = map[string]int64{}
					}
					by[row["event_type"].(string)][device]++
				}
			})
			each(table.TableOrders, func(row map[string]any) { plainOrder(&a.Orders, row) })
			each(table.TableCarts, func(row map[string]any) {
				a.Carts.Total++
				a.Carts.ByStatus[row["status"].(string)]++
				if reason := row["reason"].(string); reason != "" {
					a.Carts.ByReason[reason]++
				}
			})
			each(table.TableCustomers, func(row map[string]any) {
				a.Customers.Total++
				a.Customers.ByKnownBy[row["known_by"].(string)]++
			})
			each(table.TableTruthJourneys, func(row map[string]any) {
				a.Journeys.Total++
				a.Journeys.ByOutcome[row["outcome"].(string)]++
				if pattern := row["pattern"].(string); pattern != "" {
					a.Journeys.ByPattern[pattern]++
				}
			})
		}
	}
	return a
}

func plainOrder(a *OrderAnswers, row map[string]any) {
	cents := func(name string) table.Cents { return table.Cents(row[name].(int64)) }
	a.Total++
	a.Subtotal += cents("subtotal")
	a.Discount += cents("discount")
	a.Shipping += cents("shipping")
	a.Tax += cents("tax")
	a.Revenue += cents("total")
	for column, by := range map[string]map[string]Sales{
		"touchpoint": a.ByTouchpoint, "fulfilment": a.ByFulfilment,
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
	a := &Answers{
		Events: EventAnswers{
			ByType: map[string]int64{"session_start": 6, "purchase": 9},
			ByTypeAndDevice: map[string]map[string]int64{
				"session_start": {"phone": 4, "app": 2},
				"purchase":      {"phone": 1}, // the others were in stores
			},
		},
		Orders: OrderAnswers{Total: 3, Revenue: 200_00},
		Carts:  CartAnswers{Total: 3, ByStatus: map[string]int64{"abandoned": 2, "converted": 1}},
	}
	want := KPIs{
		Sessions: 6, Conversion: 166_667,
		ConversionByDevice: map[string]Rate{"phone": 250_000, "app": 0},
		AverageOrderValue:  66_67, CartAbandonment: 666_667,
	}
	if got := a.KPIs(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	none := KPIs{ConversionByDevice: map[string]Rate{}}
	if got := new(Answers).KPIs(); !reflect.DeepEqual(got, none) {
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

func TestCentsAreExactInJSON(t *testing.T) {
	for _, c := range []struct {
		cents table.Cents
		text  string
	}{
		{0, "0.00"}, {5, "0.05"}, {-5, "-0.05"}, {-12345, "-123.45"}, {100, "1.00"},
		{9_007_199_254_740_993, "90071992547409.93"}, // no float64 is this
		{9_223_372_036_854_775_807, "92233720368547758.07"},
		{-9_223_372_036_854_775_808, "-92233720368547758.08"},
	} {
		text, err := json.Marshal(c.cents)
		if err != nil || string(text) != c.text {
			t.Errorf("%d: got %s, %v, want %s", c.cents, text, err, c.text)
		}
		var back table.Cents
		if err := json.Unmarshal(text, &back); err != nil || back != c.cents {
			t.Errorf("%s: got %d, %v, want %d", text, back, err, c.cents)
		}
	}
	for _, text := range []string{"1", "1.5", "1.555", `"1.00"`, "1e2", "92233720368547758.08"} {
		if err := json.Unmarshal([]byte(text), new(table.Cents)); err == nil {
			t.Errorf("%s is read, want an error", text)
		}
	}
}

// Counting costs no memory: it happens to every batch.
func TestCountingDoesNotAllocate(t *testing.T) {
	w := handmade.World(1)
	c, part := NewCounter(w), handmade.Batches(w, 0)
	if n := testing.AllocsPerRun(20, func() {
		for _, b := range part {
			if err := c.Count(b); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// BenchmarkTally measures what the answers cost beside the files.
func BenchmarkTally(b *testing.B) {
	w := handmade.World(1)
	c, batch := NewCounter(w), handmade.Batches(w, 0)[0]
	rows := batch.Tables[table.TableEvents].Len
	for b.Loop() {
		if err := c.Count(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
	if c.rows[table.TableEvents] == 0 {
		b.Fatal(fmt.Errorf("nothing was counted"))
	}
}
