package paths

import (
	"errors"
	"fmt"
	"slices"

	"github.com/percorso/percorso/model/table"
)

// A Set is the paths of many customers.
type Set struct {
	Channels []string // by the numbers in paths
	Paid     []bool   // by channel; nil: not known
	Direct   []bool   // likewise: visits that name no source
	Timed    bool     // whether it is known when touches were
	Paths    []Path
	Unseen   int64 // conversions without a path: of unknown visitors, or without a touch before
}

// A Path is the touches of a customer up to a conversion, or of several alike.
type Path struct {
	ID          string    // of the journey; empty: it has none
	Touches     []uint16  // channels, the first touch first
	Ago         []float64 // time from each touch to the end, in days; nil: not known
	Conversions int64
	Nulls       int64   // so many took this path and did not convert
	Value       float64 // of all conversions
}

// MostChannels bounds the channels of a set.
const MostChannels = 1000

// number returns the number of a channel, which it adds when it is new.
func (s *Set) number(numbers map[string]uint16, name string) (uint16, error) {
	if n, ok := numbers[name]; ok {
		return n, nil
	}
	if len(s.Channels) == MostChannels {
		return 0, fmt.Errorf("more than %d channels", MostChannels)
	}
	n := uint16(len(s.Channels))
	numbers[name] = n
	s.Channels = append(s.Channels, name)
	return n, nil
}

// Mark says which channels are paid, and which are direct.
func (s *Set) Mark(paid, direct []string) error {
	var err error
	if s.Paid, err = s.marked(s.Paid, paid); err != nil {
		return err
	}
	s.Direct, err = s.marked(s.Direct, direct)
	return err
}

func (s *Set) marked(was []bool, names []string) ([]bool, error) {
	if len(names) == 0 {
		return was, nil
	}
	is := make([]bool, len(s.Channels))
	for _, name := range names {
		i := slices.Index(s.Channels, name)
		if i < 0 {
			return nil, errors.New(table.Unknown("channel", name, s.Channels))
		}
		is[i] = true
	}
	return is, nil
}

// There says which channels any path has.
func (s *Set) There() []bool {
	there := make([]bool, len(s.Channels))
	for i := range s.Paths {
		for _, channel := range s.Paths[i].Touches {
			there[channel] = true
		}
	}
	return there
}

// Totals adds up the conversions that paths lead to, their value and the paths that lead to none.
func (s *Set) Totals() (conversions, nulls int64, value float64) {
	for i := range s.Paths {
		p := &s.Paths[i]
		conversions, nulls, value = conversions+p.Conversions, nulls+p.Nulls, value+p.Value
	}
	return conversions, nulls, value
}
