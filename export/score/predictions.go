package score

import (
	"cmp"
	"math"
	"slices"
)

// A Prediction is what somebody said of a customer, and what came of it.
type Prediction struct {
	Said float64 // a probability, a number or an effect
	Came float64 // 0 or 1, a number or an effect
}

// AUC is the probability that of two customers of whom it came true of one only, that one was said
// to be likelier; ties count half (Hanley and McNeil 1982). It is NaN where all or none came true.
func AUC(p []Prediction) float64 {
	said, yes := make([]float64, len(p)), 0.0
	for i := range p {
		said[i] = p[i].Said
	}
	sum := 0.0
	for i, rank := range ranks(said) {
		if p[i].Came > 0 {
			yes++
			sum += rank
		}
	}
	no := float64(len(p)) - yes
	if yes == 0 || no == 0 {
		return math.NaN()
	}
	return (sum - yes*(yes+1)/2) / (yes * no)
}

// Brier is the mean squared error of probabilities (Brier 1950).
func Brier(p []Prediction) float64 {
	sum := 0.0
	for _, x := range p {
		sum += (x.Said - x.Came) * (x.Said - x.Came)
	}
	return sum / float64(len(p))
}

// A Bin is customers of whom the like was said.
type Bin struct {
	N          int
	Said, Came float64 // means
}

// Bins are the customers in as many groups of the same size, by what was said, lowest first. Equal
// predictions may fall into two groups, in the order given.
func Bins(p []Prediction, groups int) (bins []Bin) {
	p = slices.Clone(p)
	slices.SortStableFunc(p, func(a, b Prediction) int { return cmp.Compare(a.Said, b.Said) })
	for g := range groups {
		from, to := g*len(p)/groups, (g+1)*len(p)/groups
		if from == to {
			continue
		}
		b := Bin{N: to - from}
		for _, x := range p[from:to] {
			b.Said += x.Said / float64(b.N)
			b.Came += x.Came / float64(b.N)
		}
		bins = append(bins, b)
	}
	return bins
}

// MAE is the mean absolute error.
func MAE(p []Prediction) float64 {
	sum := 0.0
	for _, x := range p {
		sum += math.Abs(x.Said - x.Came)
	}
	return sum / float64(len(p))
}

// Qini is the area between two curves: the gain of treating customers in the order of what was
// said, and that of treating them in random order. It is a share of the same area for the best
// order (Radcliffe 2007, with the true effect of each customer in place of two groups): 1 is the
// best order, 0 is random.
func Qini(p []Prediction) float64 {
	best := make([]Prediction, len(p))
	for i, x := range p {
		best[i] = Prediction{Said: x.Came, Came: x.Came}
	}
	all := area(best)
	if all == 0 {
		return math.NaN()
	}
	return area(p) / all
}

// area is that between the curve of gains and its chord, per customer squared.
func area(p []Prediction) float64 {
	sum := 0.0
	for _, x := range p {
		sum += x.Came
	}
	return AUUC(p) - sum/2
}

// AUUC is the area under the curve of the effect on those treated first, over the share that is
// treated, in units of the effect.
func AUUC(p []Prediction) float64 {
	p = slices.Clone(p)
	slices.SortStableFunc(p, func(a, b Prediction) int { return cmp.Compare(b.Said, a.Said) })
	gain, sum := 0.0, 0.0
	for i := 0; i < len(p); { // equal predictions gain alike
		j, part := i, 0.0
		for j < len(p) && p[j].Said == p[i].Said {
			part += p[j].Came
			j++
		}
		sum += float64(j-i) * (gain + part/2)
		gain += part
		i = j
	}
	return sum / float64(len(p))
}
