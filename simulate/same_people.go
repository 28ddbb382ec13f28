package simulate

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/percorso/percorso/model"
)

// SamePeople reports why two worlds do not have the same people on the same days in the same towns,
// so that nobody could be compared with themselves; nil where they have.
func SamePeople(a, b *model.World) error {
	for _, c := range []struct {
		key  string
		x, y any
	}{
		{"customers", a.Customers, b.Customers},
		{"seed", a.Scenario.Seed, b.Scenario.Seed},
		{"luck", a.Luck, b.Luck},
		{"start", a.Scenario.Start, b.Scenario.Start},
		{"days", a.Days, b.Days},
		{"warmup", a.Warmup, b.Warmup},
		{"time_zone", a.Scenario.TimeZone, b.Scenario.TimeZone},
		{"locale", a.Scenario.Locale, b.Scenario.Locale},
		{"currency", a.Scenario.Currency, b.Scenario.Currency},
		{"town", a.TownSize, b.TownSize},
		{"segments", segmentNames(a), segmentNames(b)},
	} {
		if x, y := fmt.Sprint(c.x), fmt.Sprint(c.y); x != y {
			return fmt.Errorf("%s is %s in one market and %s in the other", c.key, x, y)
		}
	}
	if !reflect.DeepEqual(a.Population, b.Population) {
		return errors.New("population differs: other people would come and go")
	}
	x, y := &town{world: a, day: -a.Warmup}, &town{world: b, day: -b.Warmup}
	for n := range a.Towns {
		x.number, y.number, x.city, y.city = n, n, a.TownCity(n), b.TownCity(n)
		if x.city != y.city {
			return fmt.Errorf("town %d is in another city", n+1)
		}
		for place := range min(a.TownSize, a.Customers-n*a.TownSize) {
			if what := x.first(place).differs(y.first(place)); what != "" {
				return fmt.Errorf("person %d would not be the same: their %s differs", n*a.TownSize+place+1,
					what)
			}
		}
	}
	return nil
}

func segmentNames(w *model.World) (names []string) {
	for i := range w.Segments {
		names = append(names, w.Segments[i].Name)
	}
	return names
}

// A nature is who somebody is, whatever happens to them.
type nature struct {
	segment, home, consent uint8
	traits                 [model.TraitCount]int32
	born, since, vacant    int64
	departs                uint64
	marketing, profiling   bool
}

// first is the nature of the first person in a place.
func (t *town) first(place int) nature {
	var p person
	t.birth(&p, place, 0, t.day)
	own := selfOf(t.world, &p)
	return nature{segment: p.segment, home: p.home, consent: p.consent, traits: p.traits,
		born: birthDate(t.world, &p), since: int64(t.tenure(&p)), vacant: int64(t.vacant(&p)),
		departs:   t.world.Segments[p.segment].Stay,
		marketing: t.world.Marketing.Hits(own.Draw(slotMarketing)),
		profiling: t.world.Profiling.Hits(own.Draw(slotProfiling))}
}

// differs names what is not the same; empty: nothing.
func (n nature) differs(o nature) string {
	switch {
	case n.segment != o.segment:
		return "segment"
	case n.home != o.home:
		return "device"
	case n.consent != o.consent || n.marketing != o.marketing || n.profiling != o.profiling:
		return "consent"
	case !slices.Equal(n.traits[:], o.traits[:]):
		return "character (traits)"
	case n.born != o.born:
		return "age"
	case n.since != o.since || n.vacant != o.vacant || n.departs != o.departs:
		return "time in the market"
	}
	return ""
}
