package kpi

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestEffectOfClusters against what a pencil finds: two clusters that agree tell no more than their
// rows, two of opposite rows tell as much as two rows.
func TestEffectOfClusters(t *testing.T) {
	wider := func(t95 float64) float64 { return t95 * t95 / (z95 * z95) }
	for _, test := range []struct {
		name     string
		clusters spread
		variance float64
		want     float64
	}{
		{"alike", spread{{100, 50}, {100, 50}}, 0.25, 1},
		{"opposite", spread{{100, 0}, {100, 100}}, 0.25, wider(12.7062047) * 2 * 2 * 2500 / 200 / 0.25},
		{"none", spread{{0, 0}, {0, 0}}, 0, 1},
		{"all the same", spread{{10, 10}, {20, 20}}, 0, 1},
		{"one", spread{{100, 50}}, 0.25, 1},
		{"three", spread{{10, 1}, {10, 2}, {10, 3}}, 0.16,
			max(1, wider(4.30265273)*1.5*2/30/0.16)},
	} {
		if got := test.clusters.effect(test.variance); math.Abs(got-test.want) > 1e-6*test.want {
			t.Errorf("%s: %g, want %g", test.name, got, test.want)
		}
	}
}

// TestIntervalsOfClusters: where every person's sessions are all alike, the interval covers the
// truth in 95 of 100 markets only if it knows that.
func TestIntervalsOfClusters(t *testing.T) {
	const markets, people, sessions = 2000, 640, 9
	r := rand.New(rand.NewPCG(1, 2))
	with, without := 0, 0
	for range markets {
		s, k := make(spread, groups), int64(0)
		for p := range people {
			mobile := int64(0)
			if r.Float64() < 0.7 {
				mobile = sessions
			}
			s[p%groups].n += sessions
			s[p%groups].x += mobile
			k += mobile
		}
		if x := shareAmong(k, people*sessions, s); x.Low <= 0.7 && 0.7 <= x.High {
			with++
		}
		if x := shareOf(k, people*sessions); x.Low <= 0.7 && 0.7 <= x.High {
			without++
		}
	}
	if p := float64(with) / markets; p < 0.93 || p > 0.97 {
		t.Errorf("the interval covers %.1f %%, want 95", 100*p)
	}
	if p := float64(without) / markets; p > 0.6 {
		t.Errorf("one that knows nothing of people covers %.1f %%: the test proves nothing", 100*p)
	}
}

// TestGroupsHaveEverySession: what is counted by group adds up to what is counted.
func TestGroupsHaveEverySession(t *testing.T) {
	w := compiledMarket(t, "from: fashion\ncustomers: 200\n")
	c := newCrowd(w)
	for person := range int64(200) {
		c.add(crowdSession, person, 2, uint32(person%3)+1)
		c.add(crowdPurchase, person, 1, 1)
	}
	n, x := int64(0), int64(0)
	for _, g := range c.spread(cell{crowdSession, 2, 1}, allSessions) {
		n += g.n
		x += g.x
	}
	if n != 200 || x != 67 {
		t.Errorf("%d of %d sessions, want 67 of 200", x, n)
	}
}
