package story_test

import (
	"context"
	"fmt"

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

// Load a scenario, compile it, and read what happened to person 4.
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
	told, err := story.Tell(context.Background(), world, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(told.Person.About[0])
	for _, j := range told.Journeys {
		fmt.Println(j.Text)
		for _, m := range j.Moments {
			fmt.Println("-", m.Text)
			if m.Why != "" {
				fmt.Println("  why:", m.Why)
			}
		}
	}
	// Output:
	// Vincenzo Orlando, person 4 of ink, is 41 years old and lives in Palermo (segment everyone).
	// he buys (multichannel), and the journey ends on 6 March 2025.
	// - he notices an ad (tv).
	//   why: he needs something; 80% of journeys start at ad; 60% of these come through tv
	// - he calls the shop (tel) for 5 minutes and buys 1 × Ink Lucca for 19.89 EUR (shipped).
	//   why: after ad, 40% go on to buy; after tv, 100% of these come through tel
	// - The order of 5 March is delivered.
}
