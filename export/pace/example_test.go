package pace_test

import (
	"fmt"
	"time"

	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
)

// When the first, the thousandth and the millionth event are due, at paces as people write them.
func Example() {
	for _, text := range []string{"300/min", "5k/s", "ramp:100..10k/1m", "max"} {
		p, err := pace.Parse(text, pace.MaxRate)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-17s %v, %v, %v\n", text, p.Due(0, 0), p.Due(999, 0).Round(time.Millisecond),
			p.Due(999_999, 0).Round(time.Millisecond))
	}
	_, err := pace.ParseRate("20k/s", 1, 5000)
	fmt.Println("--max-rate", err)
	// Output:
	// 300/min           0s, 3m19.8s, 55h33m19.8s
	// 5k/s              0s, 200ms, 3m20s
	// ramp:100..10k/1m  0s, 2.926s, 2m9.7s
	// max               0s, 0s, 0s
	// --max-rate 20k/s: want a rate from 1/s to 5000/s, e.g. 5000/s, 5k/s, 300/min
}

// A stream of simulated time that begins at a moment of a scenario: an hour of it takes a minute.
func ExampleSpeed_From() {
	scenario, err := model.Load("null", scenarios.FS)
	if err != nil {
		fmt.Println(err)
		return
	}
	world, err := model.Compile(scenario)
	if err != nil {
		fmt.Println(err)
		return
	}
	moment, err := pace.ParseMoment("2025-01-02T08:00")
	if err != nil {
		fmt.Println(err)
		return
	}
	day, begins, err := moment.In(world)
	if err != nil {
		fmt.Println(err)
		return
	}
	speed, err := pace.ParseSpeed("60x")
	if err != nil {
		fmt.Println(err)
		return
	}
	anHourLater := begins + time.Hour.Microseconds()
	fmt.Println(scenario.TimeZone, "day", day, time.UnixMicro(begins).UTC())
	fmt.Println("at", speed, "an hour later is due after", speed.From(begins).Due(0, anHourLater))
	// Output:
	// Europe/Rome day 1 2025-01-02 07:00:00 +0000 UTC
	// at 60x an hour later is due after 1m0s
}
