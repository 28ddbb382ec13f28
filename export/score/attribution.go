package score

import (
	"cmp"
	"math"
	"slices"
)

// A Channel is what a claim gives to a channel, and what is true.
type Channel struct {
	Name         string
	Claim        float64 // conversions
	Truth        float64
	ClaimRevenue float64 // NaN: it says nothing of revenue
	TruthRevenue float64
	Spend        float64 // that the channel causes
}

// An Attribution is how far credit is from the truth. What cannot be computed is NaN.
type Attribution struct {
	IncrementalError float64 // Σ|claim - truth| / Σ truth
	OverClaim        float64 // Σ claim / Σ truth
	FalseCredit      float64 // Σ claim, where the truth is nothing at all
	TotalVariation   float64 // between shares of claim and truth, from 0 to 1
	Kendall          float64 // τ-b of the orders of claim and truth
	Spearman         float64
	Top1             bool    // whether the best channel is the same
	IROASError       float64 // mean |claimed - true| return on ad spend, of revenue
	BreakEven        float64 // share of channels on the right side of a return of 1
}

// OfAttribution scores the credit of channels.
func OfAttribution(channels []Channel) Attribution {
	nan := math.NaN()
	a := Attribution{IncrementalError: nan, OverClaim: nan, FalseCredit: nan, TotalVariation: nan,
		IROASError: nan, BreakEven: nan}
	claim, truth := make([]float64, len(channels)), make([]float64, len(channels))
	apart, claims, all := 0.0, 0.0, 0.0
	for i, c := range channels {
		claim[i], truth[i] = c.Claim, c.Truth
		apart += math.Abs(c.Claim - c.Truth)
		claims, all = claims+c.Claim, all+c.Truth
	}
	if all > 0 {
		a.IncrementalError, a.OverClaim = apart/all, claims/all
	} else {
		a.FalseCredit = claims
	}
	a.TotalVariation = variation(claim, truth)
	a.Kendall, a.Spearman = Kendall(claim, truth), Spearman(claim, truth)
	if len(channels) > 0 {
		a.Top1 = all > 0 && best(claim) == best(truth)
	}
	a.returns(channels)
	return a
}

func best(v []float64) int { return slices.Index(v, slices.Max(v)) }

// variation is ½ Σ|x - y| of shares; what is below 0 counts as 0.
func variation(x, y []float64) float64 {
	sumX, sumY := 0.0, 0.0
	for i := range x {
		sumX, sumY = sumX+max(x[i], 0), sumY+max(y[i], 0)
	}
	if sumX == 0 || sumY == 0 {
		return math.NaN()
	}
	apart := 0.0
	for i := range x {
		apart += math.Abs(max(x[i], 0)/sumX - max(y[i], 0)/sumY)
	}
	return apart / 2
}

// returns compares the returns on ad spend.
func (a *Attribution) returns(channels []Channel) {
	n, apart, right := 0, 0.0, 0
	for _, c := range channels {
		if c.Spend <= 0 || math.IsNaN(c.ClaimRevenue) {
			continue
		}
		claimed, real := c.ClaimRevenue/c.Spend, c.TruthRevenue/c.Spend
		n++
		apart += math.Abs(claimed - real)
		if (claimed >= 1) == (real >= 1) {
			right++
		}
	}
	if n > 0 {
		a.IROASError, a.BreakEven = apart/float64(n), float64(right)/float64(n)
	}
}

// Compare puts the score with the lowest error first or, where nothing is true, that with the least
// false credit.
func (a *Attribution) Compare(b *Attribution) int {
	if math.IsNaN(a.IncrementalError) {
		return cmp.Compare(a.FalseCredit, b.FalseCredit)
	}
	return cmp.Compare(a.IncrementalError, b.IncrementalError)
}
