package draw

import "math"

// climb returns where the logarithm of a tail of a law is as wanted, by Halley's method from y. The
// function gives what the logarithm exceeds the wanted one by, its slope, and its second derivative
// as a part of the slope. Of laws with a log-concave density both tails are log-concave, too, so
// that no start is too far away; where a tail is lost in zero, y goes back.
func climb(y float64, at func(y float64) (miss, slope, bend float64)) float64 {
	const close = 1e-6 // convergence is cubic
	for range 100 {
		miss, slope, bend := at(y)
		if math.IsInf(miss, -1) {
			y += math.Copysign(1, slope)
			continue
		}
		newton := -miss / slope
		step := newton / max(0.5, 1+newton*bend/2)
		y += step
		if math.Abs(step) < close*(1+math.Abs(y)) {
			break
		}
	}
	return y
}

// between returns where a rising function becomes 0, which it does from low to high, by Ridders'
// method (1979): the function is straightened by an exponential through both ends and the middle.
// A function that leaps is followed by halves.
func between(low, high float64, f func(x float64) float64) float64 {
	const close = 1e-15
	a, b := f(low), f(high)
	if a >= 0 {
		return low
	}
	for tiny := close * max(1, math.Abs(low), math.Abs(high)); high-low > 2*tiny; {
		mid := (low + high) / 2
		m := f(mid)
		x, y := mid, m
		if root := math.Sqrt(m*m - a*b); root > 0 && !math.IsInf(root, 0) {
			x = max(low+tiny, min(high-tiny, mid-(mid-low)*m/root)) // so that both ends close in
			y = f(x)
		}
		for _, p := range [2][2]float64{{mid, m}, {x, y}} {
			switch {
			case p[1] < 0 && p[0] > low:
				low, a = p[0], p[1]
			case !(p[1] < 0) && p[0] < high:
				high, b = p[0], p[1]
			}
		}
	}
	return high
}
