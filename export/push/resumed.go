package push

import (
	"cmp"
	"slices"
)

// A history is what a receipt knows of the events of a stream, by position.
type history struct {
	settled   intervals // with a final outcome
	uncertain intervals // that may have arrived
}

// Settled implements Resumed.
func (h *history) Settled(position int64) bool { return h.settled.has(position) }

// Uncertain implements Resumed.
func (h *history) Uncertain(position int64) bool { return h.uncertain.has(position) }

// take records the outcome of an event. Dropped events are sent as if for the first time.
func (h *history) take(row *Row) {
	switch row.Outcome {
	case Uncertain:
		h.uncertain.add(row.Position, row.Position+1)
	case Dropped:
	default:
		h.settled.add(row.Position, row.Position+1)
	}
}

// intervals are a set of positions. It is small when they come in a few runs, in whatever order.
type intervals []interval

// An interval is the positions from, …, to-1.
type interval struct{ from, to int64 }

// find returns the place of the first interval that ends after a position.
func (s intervals) find(position int64) int {
	at, _ := slices.BinarySearchFunc(s, position, func(i interval, p int64) int {
		return cmp.Compare(i.to, p+1)
	})
	return at
}

func (s intervals) has(position int64) bool {
	at := s.find(position)
	return at < len(s) && s[at].from <= position
}

// add adds the positions from, …, to-1.
func (s *intervals) add(from, to int64) {
	if from >= to {
		return
	}
	first := s.find(from - 1) // the first that it overlaps or touches, or that follows it
	last := first
	for last < len(*s) && (*s)[last].from <= to {
		from, to = min(from, (*s)[last].from), max(to, (*s)[last].to)
		last++
	}
	*s = slices.Replace(*s, first, last, interval{from, to})
}
