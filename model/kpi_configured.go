package model

import (
	"maps"
	"slices"
	"strings"
)

// Configured returns the value of a KPI that the scenario itself names, where it does: what
// customers do around it moves what is realised.
func (s *Scenario) Configured(k KPI) (value float64, ok bool) {
	reason, isReason := strings.CutPrefix(k.Name, AbandonedFor)
	switch {
	case isReason:
		return s.Carts.Reasons.part(reason), true
	case k.Name == "collect_share":
		return s.Orders.Fulfilment.part("collect"), len(s.Orders.Fulfilment) > 0
	case k.Name == "session_median_s":
		return s.Sessions.Duration.median()
	case k.Name == "mobile_share":
		return s.phoneShare(), true
	}
	s.Behaviors.each(func(_ string, one behavior, on bool) {
		if c, can := one.(configured); on && can {
			if x, is := c.configured(k.Name, s); is {
				value, ok = x, true
			}
		}
	})
	return value, ok
}

// part is the part that a name has of all weights.
func (w Weights) part(name string) float64 {
	whole := 0.0
	for _, key := range slices.Sorted(maps.Keys(w)) {
		whole += w[key]
	}
	if whole == 0 {
		return 0
	}
	return w[name] / whole
}

// phoneShare is the share of phones in the devices of segments, each as large as its needs make it.
func (s *Scenario) phoneShare() float64 {
	all := Weights{}
	for name, g := range s.Segments {
		all[name] = g.Share * g.Needs
	}
	share := 0.0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		share += float64(all.part(name) * s.Segments[name].Devices.part("mobile"))
	}
	return share
}
