package pace

import (
	"math"
	"strconv"
	"time"
)

// A Pace says when events are due, counted from the beginning of a stream.
type Pace interface {
	// Due returns when the n-th event (from 0) is due, which happened at a time in µs since 1970.
	// With a rate of requests it is asked for the n-th request. It never decreases with n.
	Due(n, at int64) time.Duration
}

// A Rate is a pace in events, or requests, a second.
type Rate float64

// A Speed is how many times faster than real time simulated time runs.
type Speed float64

// Max is the rate, and AtOnce the speed, of a stream that goes as fast as it is read: all its
// events are due at once.
var (
	Max    = Rate(math.Inf(1))
	AtOnce = Speed(math.Inf(1))
)

// Due implements Pace.
func (r Rate) Due(n, _ int64) time.Duration { return seconds(float64(n) / float64(r)) }

// String writes a rate as ParseRate reads it: 0.5/s, 5000/s, 10M/s.
func (r Rate) String() string {
	switch {
	case r == Max:
		return "max"
	case r == MinRate:
		return "1/h"
	}
	return r.perSecond() + "/s"
}

// perSecond writes a rate per second without the unit.
func (r Rate) perSecond() string {
	x, unit := float64(r), ""
	if x >= 1e6 && math.Mod(x, 1e6) == 0 {
		x, unit = x/1e6, "M"
	}
	return strconv.FormatFloat(x, 'f', -1, 64) + unit
}

// String writes a speed as ParseSpeed reads it: 0.05x, 60x.
func (s Speed) String() string {
	if s == AtOnce {
		return "max"
	}
	return strconv.FormatFloat(float64(s), 'f', -1, 64) + "x"
}

// From returns the pace of a stream that begins at a time, µs since 1970: a Clock, or Max.
func (s Speed) From(origin int64) Pace {
	if s == AtOnce {
		return Max
	}
	return Clock{Speed: s, Origin: origin}
}

// A Clock is the pace of simulated time that runs at a speed from Origin (µs since 1970) on. Events
// before it are due at once.
type Clock struct {
	Speed  Speed
	Origin int64
}

// Due implements Pace.
func (c Clock) Due(_, at int64) time.Duration {
	return seconds(float64(max(at-c.Origin, 0)) / 1e6 / float64(c.Speed))
}

// seconds converts to a Duration, at most the longest there is.
func seconds(s float64) time.Duration {
	if s >= math.MaxInt64/1e9 {
		return math.MaxInt64
	}
	return time.Duration(s * 1e9)
}
