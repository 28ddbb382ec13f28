package pace

import (
	"fmt"
	"time"

	"github.com/percorso/percorso/model"
)

// A Moment is when a stream begins: a day of a scenario, a local time there, or a time with a zone
// of its own.
type Moment struct {
	text string
	at   time.Time // in UTC if no zone is given
	kind momentKind
}

// A momentKind is how much of a moment is given.
type momentKind int

const (
	zoned    momentKind = iota // a time with its zone
	local                      // a time without zone
	wholeDay                   // a day
)

// layouts are how moments are written.
var layouts = []struct {
	layout string
	kind   momentKind
}{
	{time.DateOnly, wholeDay},
	{time.RFC3339, zoned},
	{"2006-01-02T15:04:05", local},
	{"2006-01-02T15:04", local},
}

// ParseMoment reads a day, 2025-03-31, or a time, 2025-03-31T09:00, 2025-03-31T09:00:00 or
// 2025-03-31T09:00:00+02:00 (RFC 3339).
func ParseMoment(text string) (Moment, error) {
	for _, l := range layouts {
		if at, err := time.Parse(l.layout, text); err == nil {
			return Moment{text, at, l.kind}, nil
		}
	}
	return Moment{}, fmt.Errorf("%s: want a day such as 2025-03-31 or a time such as "+
		"2025-03-31T09:00:00Z", text)
}

// String returns a moment as it was written.
func (m Moment) String() string { return m.text }

// In returns the day of a world on which the moment falls, from 0, and the moment itself, in µs
// since 1970; an error if the world does not have that day. A day begins when it does in the
// scenario's zone, which is not always at midnight.
func (m Moment) In(w *model.World) (day int, micros int64, err error) {
	zone, err := time.LoadLocation(w.Scenario.TimeZone)
	if err != nil {
		return 0, 0, err
	}
	micros = m.within(zone).UnixMicro()
	day, ok := w.DayOf(micros)
	if !ok || day < 0 {
		date := func(day int) string {
			begins, _ := w.Bounds(day)
			return time.UnixMicro(begins).In(zone).Format(time.DateOnly)
		}
		return 0, 0, fmt.Errorf("%s: want a day of the scenario, from %s to %s", m, date(0),
			date(w.Days-1))
	}
	if m.kind == wholeDay {
		micros, _ = w.Bounds(day)
	}
	return day, micros, nil
}

// within returns the moment in a time zone. For a day it is noon, which no clock change skips.
func (m Moment) within(zone *time.Location) time.Time {
	if m.kind == zoned {
		return m.at
	}
	y, month, d := m.at.Date()
	hour, minute, second := m.at.Clock()
	if m.kind == wholeDay {
		hour = 12
	}
	return time.Date(y, month, d, hour, minute, second, m.at.Nanosecond(), zone)
}
