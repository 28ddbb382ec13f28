package simulate

import (
	"fmt"
	"math"
	"testing"

	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["omnichannel"] = func(d die) string {
		rivals := d.one("{}", "{near: {share: 12%}}",
			"{near: {share: 30%, prices: {level: 0.9, sigma: 0.2}}, far: {share: 0.05}}")
		return fmt.Sprintf("{affinity: %s, persistence: %s, same_side: %s, sensitivity: %s, "+
			"showroom: %s, competitors: %s}", d.one("0", "0.8", "3"), d.one("-1", "0", "0.5", "2"),
			d.one("0", "0.3"), d.one("0", "2.2", "10"), d.one("0", "1"), rivals)
	}
}

// corners are contacts two hours apart at three places, one of them on the web: 90,000 journeys of
// 3 contacts.
const corners = `
customers: 7_000
days: 120
needs: {per_year: 60}
channels:
  x: {touchpoint: street, hours: 0-24}
  y: {touchpoint: street, hours: 0-24}
  z: {touchpoint: web, hours: 0-24}
journey:
  stages: {awareness: {dwell: 2h, next: {awareness: 65%, leave: 35%}}}
  channels: {start: {x: 1, y: 1, z: 2}}
behaviors:
  omnichannel: {affinity: 0, persistence: 0, same_side: 0}
`

// afterEach claims that the channel after each is the softmax of the chain's weights and of what
// people are used to: P(c) ∝ w(c)·exp(last·[c is the last] + side·[c is on its side]).
func afterEach(last, side float64) claim[*history] {
	return func(h *history) float64 {
		counts, p := make([][]int, 4), []float64{1}
		for i := range counts {
			counts[i] = make([]int, 3)
		}
		for e, row := range h.entries() {
			for c, n := range row {
				counts[e.last][c] += n
			}
		}
		for before, row := range counts {
			weights := []float64{1, 1, 2}
			for c := range weights {
				if before > 0 && (c == 2) == (before == 3) {
					weights[c] *= math.Exp(side)
				}
				if before == c+1 {
					weights[c] *= math.Exp(last)
				}
			}
			p = append(p, chiSquare(row, weights))
		}
		return holm(p)
	}
}

// TestHabitsBendChannels: 180,000 contacts after another; a log-weight of 0.3 instead of 0.35 moves
// shares by 0.012, which shows with λ = 100.
func TestHabitsBendChannels(t *testing.T) {
	t.Parallel()
	const key = "behaviors.omnichannel."
	h := historyOf(t, worldOf(t, corners, key+"persistence", "0.3", key+"same_side", "0.2"))
	afterEach(0.3, 0.2).holds(t, "habits", h)
	afterEach(0.35, 0.2).failsIn(t, "persistence of 0.35", h)
	afterEach(0.3, 0.25).failsIn(t, "same_side of 0.25", h)
	afterEach(0, 0).holds(t, "no habits", historyOf(t, worldOf(t, corners)))
}

// likePairs claims that the first channels of two journeys of a person are as alike as tastes of a
// standard deviation make them: P(a, b) = E[p(a)·p(b)] over normal log-weights, by the midpoint
// rule.
func likePairs(sd float64) claim[*history] {
	return func(h *history) float64 {
		counts, weights := make([]int, 9), make([]float64, 9)
		first := map[int32]uint8{}
		h.steps(func(s *step) {
			if s.last.channel != 0 {
				return // not the first of its journey
			}
			switch a, met := first[s.person]; {
			case !met:
				first[s.person] = s.channel
			case a != 0:
				counts[(a-1)*3+s.channel-1]++
				first[s.person] = 0
			}
		})
		const steps, reach = 40, 5.0
		at := func(i int) float64 { return (2*(float64(i)+0.5)/steps - 1) * reach }
		for i := range steps {
			for j := range steps {
				for k := range steps {
					x, y, z := at(i), at(j), at(k)
					a, b, c := math.Exp(sd*x), math.Exp(sd*y), 2*math.Exp(sd*z)
					density := math.Exp(-(x*x+y*y+z*z)/2) / (a + b + c) / (a + b + c)
					p := [3]float64{a, b, c}
					for n := range weights {
						weights[n] += density * p[n/3] * p[n%3]
					}
				}
			}
		}
		return chiSquare(counts, weights)
	}
}

// TestTastesArePersonal: what one journey begins with tells of the next, and the shares of all stay
// where they were, but for the 2 % that favourites gain.
func TestTastesArePersonal(t *testing.T) {
	t.Parallel()
	sets := []string{"customers", "60_000", "days", "30", "behaviors.omnichannel.affinity", "0.8"}
	h := historyOf(t, worldOf(t, corners, sets...))
	likePairs(0.8).holds(t, "tastes", h)
	likePairs(0.9).failsIn(t, "a deviation of 0.9", h)
	likePairs(0).failsIn(t, "no taste", h)
}

// kiosk is one decision to order in each of 37,000 journeys.
const kiosk = `
customers: 5_000
days: 90
needs: {per_year: 30}
channels: {web: {touchpoint: web, hours: 0-24}}
journey:
  stages:
    consideration: {dwell: 1h, next: {purchase: 100%}}
    purchase: {dwell: 0d, next: {leave: 100%}}
  channels: {start: {web: 1}}
behaviors:
  omnichannel:
    sensitivity: 2.2
    competitors:
      far: {share: 5%, prices: {sigma: 0}}
      near: {share: 12%, prices: {sigma: 0}}
`

// wentTo claims that decisions went to us and to two competitors by weights.
func wentTo(weights ...float64) claim[*history] {
	return func(h *history) float64 {
		counts := make([]int, 3)
		rivals := h.codes(table.TableTruthJourneys, "competitor")
		outcomes := h.codes(table.TableTruthJourneys, "outcome")
		for i, outcome := range outcomes {
			if outcome == table.OutcomePurchased || outcome == table.OutcomeRival {
				counts[rivals[i]]++
			}
		}
		return chiSquare(counts, weights)
	}
}

// TestCompetitorsTakeTheirShare at usual prices, and more when they are cheaper: 2 % more or less
// of all show with λ = 120.
func TestCompetitorsTakeTheirShare(t *testing.T) {
	t.Parallel()
	h := historyOf(t, worldOf(t, kiosk))
	wentTo(83, 5, 12).holds(t, "shares", h)
	wentTo(81, 5, 14).failsIn(t, "14 %", h)
	cheap := historyOf(t, worldOf(t, kiosk,
		"behaviors.omnichannel.competitors.near.prices.level", "0.8"))
	gains := 12 * math.Pow(0.8, -2.2) // U = v - φ·ln(p/p_ref)
	wentTo(83, 5, gains).holds(t, "a competitor at 80 %", cheap)
	wentTo(83, 5, 12).failsIn(t, "no gain", cheap)
}

// TestShowroomsSendToCompetitors those who have seen it in our store.
func TestShowroomsSendToCompetitors(t *testing.T) {
	t.Parallel()
	const seen = "{stages: {consideration: {dwell: 1d, next: {purchase: 100%}, " +
		"channels: {web: 0}}, purchase: {dwell: 0d, next: {leave: 100%}, channels: {shop: 0}}}, " +
		"channels: {start: {web: 1, shop: 1}}}"
	h := historyOf(t, worldOf(t, kiosk, "channels.shop", "{touchpoint: store, hours: 0-24}",
		"journey", seen, "behaviors.omnichannel.showroom", "0.5"))
	up := math.Exp(0.5)
	wentTo(83, 5*up, 12*up).holds(t, "after a look in the store", h)
	wentTo(83, 5, 12).failsIn(t, "no showroom", h)
}

// TestATasteIsOfItsChannel: another channel beside it changes nobody's taste for it.
func TestATasteIsOfItsChannel(t *testing.T) {
	t.Parallel()
	const affinity = "behaviors.omnichannel.affinity"
	one := worldOf(t, corners, affinity, "1")
	two := worldOf(t, corners, affinity, "1", "channels.a", "{touchpoint: street}",
		"journey.channels.start", "{x: 1, y: 1, z: 2, a: 1}")
	a := newTown(newRecorder(one, newIDs(one.Key), 1, 256), 0)
	b := newTown(newRecorder(two, newIDs(two.Key), 1, 256), 0)
	for i := range a.people {
		for c := range 3 {
			x, y := behaving[*omnichannel](a).tastes[3*i+c], behaving[*omnichannel](b).tastes[4*i+c+1]
			if x != y {
				t.Fatalf("person %d, channel %d: %d and %d", i, c, x, y)
			}
		}
	}
}
