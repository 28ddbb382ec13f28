package simulate_test

import (
	"context"
	"fmt"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// A counter is a sink of our own: it adds up what is sold.
type counter struct{ events, orders, cents int64 }

func (c *counter) Encode(b *table.Batch) (commit func() error, err error) {
	events := &b.Tables[table.TableEvents]
	c.events += int64(events.Len)
	for i := range events.Len {
		if events.Cols[table.EventType].Code[i] == table.Purchase {
			c.orders++
			c.cents += events.Cols[table.EventRevenue].Int[i]
		}
	}
	return nil, nil
}

// Load a scenario, compile it, and let its customers live. The batches go to any sink; with one
// worker they come one at a time.
func Example() {
	scenario, err := model.Load("fashion", scenarios.FS, model.Set{Path: "customers", Value: "1000"})
	if err != nil {
		fmt.Println(err)
		return
	}
	world, err := model.Compile(scenario)
	if err != nil {
		fmt.Println(err)
		return
	}
	var sold counter
	err = simulate.ByPart(context.Background(), world, &sold, simulate.Options{Workers: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	euros, cents := sold.cents/100, sold.cents%100
	fmt.Printf("%d events, %d orders, %d.%02d EUR\n", sold.events, sold.orders, euros, cents)
	// Output:
	// 163289 events, 418 orders, 41832.90 EUR
}
