package score

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Kendall is τ-b, the agreement of two orders, which counts ties (Kendall 1945); NaN where one of
// them is all ties.
func Kendall(x, y []float64) float64 {
	agree, tiesX, tiesY, pairs := 0, 0, 0, 0
	for i := range x {
		for j := range i {
			a, b := cmp.Compare(x[i], x[j]), cmp.Compare(y[i], y[j])
			agree += a * b
			pairs++
			if a == 0 {
				tiesX++
			}
			if b == 0 {
				tiesY++
			}
		}
	}
	if pairs == tiesX || pairs == tiesY {
		return math.NaN()
	}
	return float64(agree) / math.Sqrt(float64(pairs-tiesX)*float64(pairs-tiesY))
}

// Spearman is the correlation of ranks, ties in the middle of theirs; NaN as Kendall.
func Spearman(x, y []float64) float64 {
	a, b := ranks(x), ranks(y)
	if len(x) < 2 || slices.Min(a) == slices.Max(a) || slices.Min(b) == slices.Max(b) {
		return math.NaN()
	}
	return stat.Correlation(a, b, nil)
}

// ranks are the places of numbers in their order, from 1; those of ties are their mean.
func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	of := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			of[order[k]] = float64(i+1+j) / 2
		}
		i = j
	}
	return of
}
