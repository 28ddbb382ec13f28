package story_test

import (
	"context"
	"fmt"
	"os"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate/story"
)

// A small market: two adverts, a telephone, and one thing to buy.
const ink = `
name: ink
seed: 29
customers: 1000
needs: {per_year: 1}
channels:
  tv:    {touchpoint: street, without: not_served}
  radio: {touchpoint: street, without: not_served}
  tel:   {touchpoint: telephone, without: lose}
catalogue: {categories: {ink: {products: 1, price: 8}}}
journey:
  start: {ad: 80%, buy: 20%}
  stages:
    ad:  {part_of: awareness, dwell: 3d, next: {buy: 40%, leave: 60%}, channels: {tel: 0}}
    buy: {part_of: purchase, does: order, dwell: 1d, next: {leave: 1}, channels: {tv: 0, radio: 0}}
  channels:
    start: {tv: 6, radio: 4, tel: 1}
    tv:    {tel: 1}
    radio: {tel: 1}
    tel:   {tel: 1}
`

// Load a scenario, compile it, and read what person 4 lived.
func Example() {
	scenario, err := model.LoadBytes("ink.yaml", []byte(ink), scenarios.FS)
	if err != nil {
		fmt.Println(err)
		return
	}
	world, err := model.Compile(scenario)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := story.Tell(context.Background(), os.Stdout, world, 4); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Vincenzo Orlando: person 4 of ink, 41 years old, of Napoli (segment everyone).
	// She needs something 1.0 times a year. In these days: 1 journey, 1 order, 20.30 EUR.
	// We know her since 5 March 2025, when she ordered.
	// She has no card; we may write to her.
	//
	// Journey 1: ink. She buys (multichannel); over on 6 March 2025.
	//   Sun 2 Mar 15:26  ad: she comes across tv.
	//                    why: a need was felt; journeys begin with ad 80 %; tv comes at the start 60 %
	//   Wed 5 Mar 17:03  buy: she calls (tel), 5 minutes and buys 1 × Ink Lucca for 20.30 EUR (ship).
	//                    why: ad leads to buy 40 %; tel comes after tv 100 %
	//   Sat 8 Mar 16:14  the parcel of 5 March arrives.
}
