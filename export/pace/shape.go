package pace

import (
	"math"
	"time"
)

// The paces below have a rate that changes with time, r(t), a second. By the time t, N(t) = ∫ r
// events are due, and the n-th event from 0 is due when N(t) = n. Each has the inverse of its N in
// closed form, except Wave, which searches for it.

// A Shape is a rate that changes with time, as ParseShape reads it.
type Shape struct {
	Pace        // when events are due
	Text string // as it was written
}

// A Ramp is the pace of a rate that changes evenly from one value to another, Over a time, and then
// stays. From may be 0, To may not.
//
//	r(t) = From + k t          with k = (To-From) / Over
//	N(t) = From t + k t²/2
//	t(n) = 2 n / (From + √(From² + 2 k n))
type Ramp struct {
	From, To Rate
	Over     time.Duration
}

// Due implements Pace.
func (r Ramp) Due(n, _ int64) time.Duration {
	if n <= 0 {
		return 0
	}
	from, to, x, over := float64(r.From), float64(r.To), float64(n), r.Over.Seconds()
	if until := (from + to) / 2 * over; x >= until {
		return seconds(over + (x-until)/to)
	}
	k := (to - from) / over
	square := float64(from*from) + float64(2*k*x)
	return seconds(2 * x / (from + math.Sqrt(max(square, 0))))
}

// Steps are the pace of rates that each hold for a time; the last one stays.
//
//	t(n) = begin of the step in which the n-th is + (n - N(begin)) / its rate
type Steps []Step

// A Step is a rate and how long it holds. The time of the last step is ignored.
type Step struct {
	Rate Rate
	For  time.Duration
}

// Due implements Pace.
func (s Steps) Due(n, _ int64) time.Duration {
	begin, before := 0.0, 0.0
	for i, step := range s {
		rate := float64(step.Rate)
		whole := rate * step.For.Seconds()
		if i == len(s)-1 || float64(n) < before+whole {
			return seconds(begin + (float64(n)-before)/rate)
		}
		begin, before = begin+step.For.Seconds(), before+whole
	}
	return 0
}

// Spike is the pace of a base rate with one period of a higher rate.
func Spike(base, high Rate, lasts, at time.Duration) Steps {
	return Steps{{base, at}, {high, lasts}, {base, 0}}
}

// A Wave is the pace of a rate that oscillates between two values, from the low one up and back
// again in a Period. Low may be 0.
//
//	r(t) = m - a cos(2π t/Period)      with m = (Low+High)/2, a = (High-Low)/2
//	N(t) = m t - a Period/2π sin(2π t/Period)
type Wave struct {
	Low, High Rate
	Period    time.Duration
}

// Due implements Pace. It bisects the period in which N(t) = n lies down to a nanosecond.
func (w Wave) Due(n, _ int64) time.Duration {
	period := w.Period.Seconds()
	low, high := float64(w.Low), float64(w.High)
	mean, swing := (low+high)/2, (high-low)/2*period/(2*math.Pi)
	periods, part := math.Modf(float64(n) / (mean * period))
	x := part * mean * period
	from, to := 0.0, period
	for to-from > 1e-9 {
		t := (from + to) / 2
		if float64(mean*t)-float64(swing*math.Sin(2*math.Pi*t/period)) > x {
			to = t
		} else {
			from = t
		}
	}
	return seconds(float64(periods*period) + from)
}
