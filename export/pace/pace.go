package pace

import (
	"math"
	"time"
)

// A Pace says when events are due, counted from the beginning of a stream.
type Pace interface {
	// Due returns when the n-th event from 0 is due, which happened at a time in µs since 1970. With
	// a rate of requests it is asked for the n-th request. It never goes back.
	Due(n, at int64) time.Duration
}

// Max is the pace of a stream that goes as fast as its target takes it.
var Max Pace = unpaced{}

type unpaced struct{}

func (unpaced) Due(_, _ int64) time.Duration { return 0 }

// Speed is the pace of simulated time that runs Factor times faster than ours, from Origin (µs
// since 1970) on. Events before it are due at once.
type Speed struct {
	Factor float64
	Origin int64
}

// Due implements Pace.
func (s Speed) Due(_, at int64) time.Duration {
	return seconds(float64(max(at-s.Origin, 0)) / 1e6 / s.Factor)
}

// Constant is the pace of so many events, or requests, a second.
type Constant float64

// Due implements Pace.
func (c Constant) Due(n, _ int64) time.Duration { return seconds(float64(n) / float64(c)) }

// seconds is a time, or the longest there is.
func seconds(s float64) time.Duration {
	if s >= math.MaxInt64/1e9 {
		return math.MaxInt64
	}
	return time.Duration(s * 1e9)
}
