package simulate

import (
	"fmt"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// peopleTakeTurns: the people of a place come one after the other, each model.Vacancy days after
// the one before has left; nothing happens to a person before they arrive, or when the place is
// another's; nobody begins a journey who has left.
func peopleTakeTurns(c *census) error {
	type stay struct{ arrived, left, over int64 }
	stays, places := map[int64]stay{}, map[int][]int64{}
	arrived := c.ints(table.TableTruthPeople, "arrived_at")
	left := c.ints(table.TableTruthPeople, "left_at")
	for i, id := range c.ints(table.TableTruthPeople, "person_id") {
		place, _ := model.PlaceOf(id)
		places[place] = append(places[place], id)
		s := stay{arrived[i], left[i], c.w.End()}
		if day, ok := c.w.DayOf(s.left); ok && day+model.Vacancy < c.w.Days {
			s.over = c.w.Midnight[day+model.Vacancy+c.w.Warmup]
		}
		if s.over <= c.w.Begin() || s.left != table.Null && s.left < s.arrived {
			return fmt.Errorf("person %d: arrived %s, left %s", id, c.when(s.arrived), c.when(s.left))
		}
		stays[id] = s
	}
	for _, people := range places {
		slices.Sort(people)
		for i, id := range people[1:] {
			before := people[i]
			if _, nth := model.PlaceOf(id); id-before != model.PersonID(0, 1)-model.PersonID(0, 0) ||
				stays[id].arrived != stays[before].over {
				return fmt.Errorf("person %d, the %dth of the place, arrived %s, %d had the place until %s",
					id, nth, c.when(stays[id].arrived), before, c.when(stays[before].over))
			}
		}
	}
	for _, e := range c.events {
		if s := stays[e.person]; e.at < s.arrived || e.at >= s.over {
			return fmt.Errorf("event %d of person %d at %s, who was there from %s to %s", e.id, e.person,
				c.when(e.at), c.when(s.arrived), c.when(s.over))
		}
	}
	began := c.ints(table.TableTruthJourneys, "started_at")
	for i, id := range c.ints(table.TableTruthJourneys, "person_id") {
		if s := stays[id]; began[i] >= c.w.Begin() && s.left != table.Null && began[i] >= s.left+8*aDay {
			return fmt.Errorf("person %d, who left %s, began a journey %s", id, c.when(s.left),
				c.when(began[i]))
		}
	}
	return nil
}
