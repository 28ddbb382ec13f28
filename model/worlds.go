package model

import (
	"errors"
	"slices"
	"time"

	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// IsOff reports whether this world is without a channel, counted from 1, from some day on.
func (w *World) IsOff(channel uint8) bool { return w.Off>>(channel-1)&1 == 1 }

// OffOn is Off on a day: none before the day since which the channels are missing.
func (w *World) OffOn(day int) uint64 {
	if day < w.OffSince {
		return 0
	}
	return w.Off
}

// Since returns the same world, whose channels are missing only from a day on; that of AlwaysOff is
// before all others.
func (w *World) Since(day int) *World {
	other := *w
	other.OffSince = day
	return &other
}

// ChannelsOf names channels, given as bits by place.
func (w *World) ChannelsOf(set uint64) []string {
	var names []string
	for i := range w.Channels {
		if set>>i&1 == 1 {
			names = append(names, w.Channels[i].Name)
		}
	}
	return names
}

// OffSinceText names the day since which channels are missing: always, or a date as 2025-01-31. In
// a world with all channels it is empty.
func (w *World) OffSinceText() string {
	switch {
	case w.Off == 0:
		return ""
	case w.OffSince == AlwaysOff:
		return "always"
	}
	return w.DateOf(w.OffSince)
}

// DateOf is the local date of a day, as 2025-01-31.
func (w *World) DateOf(day int) string {
	return time.Unix((w.Scenario.Start.Days()+int64(day))*86400, 0).UTC().Format(time.DateOnly)
}

// AlwaysOff is the day before all others, of channels that are missing in the warm-up, too.
const AlwaysOff = -1 << 15

// WithLuck returns the same world with other luck: the same people in the same market, whose needs,
// journeys and contacts are drawn anew. The luck of a scenario is 1 unless it says otherwise.
func (w *World) WithLuck(luck uint64) *World {
	other := *w
	other.Luck = luck
	return &other
}

// Without returns the same world without some channels: the same people and the same chances, but
// what would have happened through these channels is left to their off rules. Which channels are
// missing counts, not in how many steps or in which order they were taken away. An unknown name is
// an error that says what there is.
func (w *World) Without(channels ...string) (*World, error) {
	names := make([]string, len(w.Channels))
	for i := range w.Channels {
		names[i] = w.Channels[i].Name
	}
	other := *w
	for _, name := range channels {
		i := slices.Index(names, name)
		if i < 0 {
			return nil, errors.New(table.Unknown("channel", name, names))
		}
		other.Off |= 1 << i
	}
	return &other, nil
}

// WithoutCampaign returns the same world in which a campaign, by place in Campaigns, reaches
// nobody, as if everybody were in its control group.
func (w *World) WithoutCampaign(i int) *World {
	other := *w
	other.Campaigns = slices.Clone(w.Campaigns)
	other.Campaigns[i].segments = 0
	return &other
}

// WithCoupling returns the same world with another coupling.
func (w *World) WithCoupling(c Coupling) *World {
	other := *w
	other.Coupling = c
	return &other
}

// Factual returns the world with all its channels.
func (w *World) Factual() *World {
	other := *w
	other.Off = 0
	return &other
}

// OffNames are the channels that this world is without, in the order of their ids.
func (w *World) OffNames() []string { return w.ChannelsOf(w.Off) }

// withoutPlan compiles a channel's off rule. Without one, contacts that are bought or sent are not
// missed, and visits are lost.
func withoutPlan(c Channel, t table.Touchpoint, channels []string) WithoutPlan {
	skips := c.Paid || t == table.Inbox
	if c.Without.Rule != "" {
		skips = c.Without.Rule == "not_sent" || c.Without.Rule == "not_served"
	}
	return WithoutPlan{Skips: skips, Share: draw.ChanceOf(float64(c.Without.Share)),
		Substitute: uint8(slices.Index(channels, c.Without.Substitute) + 1)}
}

// Coupling is what one customer's life does to another's.
type Coupling uint8

// The couplings.
const (
	CouplingOff    Coupling = iota // nothing
	CouplingFrozen                 // what it does in the world with all channels
	CouplingLive                   // what it does in this world
)

// Couplings are their names.
var Couplings = []string{"off", "frozen", "live"}

// CouplingOf returns the coupling of a name; the error for an unknown one lists them.
func CouplingOf(name string) (Coupling, error) {
	i := slices.Index(Couplings, name)
	if i < 0 {
		return 0, errors.New(table.Unknown("coupling", name, Couplings))
	}
	return Coupling(i), nil
}

// Paid are the names of the channels whose contacts are bought.
func (w *World) Paid() []string {
	var names []string
	for i := range w.Channels {
		if w.Channels[i].Paid {
			names = append(names, w.Channels[i].Name)
		}
	}
	return names
}
