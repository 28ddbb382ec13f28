package simulate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// ring is a chain with ways back and out: 270,000 journeys of 3 touches, within a day and across
// midnight. 300,000 moves from b show 2 % of its way out (50 → 51 %) with λ = 120, where 75 are
// enough.
const ring = `
customers: 15_000
days: 120
needs: {per_year: 60}
channels: {poster: {touchpoint: street, hours: 0-24}}
journey:
  start: {a: 60%, b: 40%}
  stages:
    a: {part_of: awareness, dwell: 1h, next: {a: 20%, b: 50%, leave: 30%}}
    b: {part_of: consideration, dwell: 1h, next: {a: 25%, c: 25%, leave: 50%}}
    c: {part_of: loyalty, dwell: 1h, next: {b: 50%, leave: 50%}}
  channels: {start: {poster: 1}}
`

// moves counts, by chain, where each stage (by code, 0 being the start) led to.
func (h *history) moves() [][][]int {
	n := len(h.w.Stages) + 1
	counts := make([][][]int, len(h.w.Chains))
	for c := range counts {
		counts[c] = make([][]int, n)
		for i := range counts[c] {
			counts[c][i] = make([]int, n)
		}
	}
	segments := h.codes(table.TableTruthPeople, "segment")
	chain := func(person int64) [][]int { return counts[h.w.Segments[segments[person]-1].Chain] }
	h.steps(func(s *step) { chain(int64(s.person))[s.last.stage][s.stage]++ })
	person := h.column(table.TableTruthJourneys, "person_id")
	last := h.codes(table.TableTruthJourneys, "last_stage")
	for i, end := range h.column(table.TableTruthJourneys, "ended_at") {
		if end != table.Null {
			chain(person[i] - 1)[last[i]][model.Leave]++
		}
	}
	return counts
}

// followsChain claims that every row of moves is that of a journey, and the start too.
func followsChain(journeys ...model.Journey) claim[*history] {
	return func(h *history) float64 {
		line := func(next model.Weights) []float64 {
			weights := []float64{next["leave"]}
			for _, name := range h.w.Stages {
				weights = append(weights, next[name])
			}
			return weights
		}
		var p []float64
		for c, counts := range h.moves() {
			p = append(p, chiSquare(counts[0], line(journeys[c].Start)))
			for i, name := range h.w.Stages {
				if s, ok := journeys[c].Stages[name]; ok {
					p = append(p, chiSquare(counts[i+1], line(s.Next)))
				}
			}
		}
		return holm(p)
	}
}

// TestStagesFollowTheChain: nobody has traits, so everybody is a Markov chain, whose moves are
// counted and whose visits are those of gonum's (I-Q)⁻¹.
func TestStagesFollowTheChain(t *testing.T) {
	t.Parallel()
	w := worldOf(t, ring)
	if w.Traits {
		t.Fatal("somebody differs from somebody")
	}
	right := historyOf(t, w)
	mutant := historyOf(t, worldOf(t, ring, "journey.stages.b.next",
		"{a: 24.5%, c: 24.5%, leave: 51%}"))
	for what, c := range map[string]claim[*history]{
		"moves": followsChain(w.Scenario.Journey), "visits": visitsAs(w)} {
		c.holds(t, what, right)
		c.failsIn(t, what+" of 51 %", mutant)
	}
}

// TestSegmentsHaveTheirOwnJourney: half of the people follow another chain, the others the common
// one. 160,000 moves from a of the short chain show 2 % with λ = 64, and 2 degrees of freedom less.
func TestSegmentsHaveTheirOwnJourney(t *testing.T) {
	t.Parallel()
	const own = ring + `
segments:
  others: {share: 50%}
  short:
    share: 50%
    journey:
      start: {a: 1}
      stages:
        a: {part_of: awareness, dwell: 1h, next: {a: 50%, leave: 50%}}
`
	w := worldOf(t, own)
	short := *w.Scenario.Segments["short"].Journey
	c := followsChain(w.Scenario.Journey, short)
	right := historyOf(t, w)
	c.holds(t, "both chains", right)
	c.failsIn(t, "51 %", historyOf(t, worldOf(t, own,
		"segments.short.journey.stages.a.next", "{a: 51%, leave: 49%}")))
	followsChain(short, w.Scenario.Journey).failsIn(t, "each other's chain", right)
}

// paths are journeys of 5 touches through three places, of which the last two matter. 220,000 of a
// million contacts come after x and then y, and show 2 % of either with λ = 88.
const paths = `
customers: 15_000
days: 120
needs: {per_year: 40}
channels:
  x: {touchpoint: street, hours: 0-24}
  y: {touchpoint: street, hours: 0-24}
  z: {touchpoint: street, hours: 0-24}
journey:
  start: {a: 1}
  stages:
    a: {part_of: awareness, dwell: 45min, next: {a: 70%, b: 10%, leave: 20%}}
    b: {part_of: consideration, dwell: 45min, next: {a: 80%, leave: 20%}, channels: {z: 2}}
  channels:
    start: {x: 5, y: 3, z: 2}
    x:     {x: 1, y: 8, z: 1}
    y:     {x: 5, y: 3, z: 2}
    x > y: {x: 5, y: 5}
`

// rowAfter is the row of a scenario that follows two channels, "" being none.
func rowAfter(j *model.Journey, before, last string) model.Weights {
	if row, ok := j.Channels[before+" > "+last]; ok {
		return row
	}
	if row, ok := j.Channels[last]; ok {
		return row
	}
	return j.Channels["start"]
}

// An entry is a way into a stage: the two channels before it, from 1, 0 being none.
type entry struct{ stage, before, last uint8 }

// entries counts the channels of each entry.
func (h *history) entries() map[entry][]int {
	counts := map[entry][]int{}
	h.steps(func(s *step) {
		e := entry{s.stage, s.before.channel, s.last.channel}
		if counts[e] == nil {
			counts[e] = make([]int, len(h.w.Channels))
		}
		counts[e][s.channel-1]++
	})
	return counts
}

// throughChannels claims that every row of channels is that of the journey, times the factors of
// the stage.
func throughChannels(j model.Journey) claim[*history] {
	return func(h *history) float64 {
		name := func(channel uint8) string {
			if channel == 0 {
				return ""
			}
			return h.w.Channels[channel-1].Name
		}
		var p []float64
		for e, counts := range h.entries() {
			row := rowAfter(&j, name(e.before), name(e.last))
			weights := make([]float64, len(counts))
			for i := range weights {
				weights[i] = row[name(uint8(i+1))]
				if f, ok := j.Stages[h.w.Stages[e.stage-1]].Channels[name(uint8(i+1))]; ok {
					weights[i] *= f
				}
			}
			p = append(p, chiSquare(counts, weights))
		}
		return holm(p)
	}
}

func TestChannelsFollowTheirRows(t *testing.T) {
	t.Parallel()
	w := worldOf(t, paths)
	right := historyOf(t, w)
	rows, visits := throughChannels(w.Scenario.Journey), visitsAs(w)
	rows.holds(t, "rows", right)
	visits.holds(t, "touches", right)
	rows.failsIn(t, "2 % of a pair's row",
		historyOf(t, worldOf(t, paths, "journey.channels.x > y", "{x: 51, y: 49}")))
	visits.failsIn(t, "2 % of a move",
		historyOf(t, worldOf(t, paths, "journey.stages.a.next",
			"{a: 71.4%, b: 10%, leave: 18.6%}")))
	// Rules that are not there at all show in fewer lives.
	rows.failsIn(t, "no row of a pair",
		historyOf(t, worldOf(t, paths, "journey.channels.x > y", "off", "customers", "1_000")))
	rows.failsIn(t, "no factor of the stage",
		historyOf(t, worldOf(t, paths, "journey.stages.b.channels.z", "1", "customers", "3_000")))
}

// firstOrder claims that the channel before the last does not matter: the likelihood ratio test of
// order 1 within order 2, G² = 2 Σ n·log(n·n(last) / (n(before, last)·n(last, channel))), over
// contacts after at least two others.
func firstOrder(h *history) float64 {
	type pair struct{ last, channel uint8 }
	byLast, byEntry, byPair := map[uint8]int{}, map[entry]int{}, map[pair]int{}
	counts := h.entries()
	for e, row := range counts {
		if e.before == 0 {
			continue
		}
		for channel, n := range row {
			byLast[e.last] += n
			byEntry[e] += n
			byPair[pair{e.last, uint8(channel)}] += n
		}
	}
	g := 0.0
	for e, n := range byEntry {
		for channel, c := range counts[e] {
			if c > 0 {
				of := float64(byPair[pair{e.last, uint8(channel)}]) / float64(byLast[e.last])
				g += 2 * float64(c) * math.Log(float64(c)/float64(n)/of)
			}
		}
	}
	return distuv.ChiSquared{K: 1}.Survival(g)
}

// TestTheChannelBeforeTheLast matters in a chain of order 2 and not in one of order 1. After y, x
// and y are even, and after x > y they are or are not: one degree of freedom. 260,000 contacts
// after each of x > y and y > y show 2 % with λ = 52, that is a score of 7.2.
func TestTheChannelBeforeTheLast(t *testing.T) {
	t.Parallel()
	const two = `
customers: 20_000
days: 120
needs: {per_year: 40}
channels: {x: {touchpoint: street, hours: 0-24}, y: {touchpoint: street, hours: 0-24}}
journey:
  start: {a: 1}
  stages: {a: {part_of: awareness, dwell: 30min, next: {a: 80%, leave: 20%}}}
  channels:
    start: {x: 1, y: 1}
    x:     {y: 1}
`
	c := claim[*history](firstOrder)
	c.holds(t, "order 1", historyOf(t, worldOf(t, two)))
	c.failsIn(t, "order 2", historyOf(t, worldOf(t, two, "journey.channels.x > y",
		"{x: 51, y: 49}")))
}

// TestVisitsComeThroughTheirChannel: on the web too, where a touch is a visit of many events. 2 %
// of the row after direct would take ten times the people; the mutant differs by 8 %.
func TestVisitsComeThroughTheirChannel(t *testing.T) {
	t.Parallel()
	const web = `
customers: 8_000
days: 100
needs: {per_year: 40}
sessions: {pages: {notice: 1, browse: 1}}
channels:
  ad:     {touchpoint: web, paid: true}
  direct: {touchpoint: web}
  app:    {touchpoint: app}
  letter: {touchpoint: social_feed}
  feed:   {touchpoint: social_feed}
  call:   {touchpoint: telephone}
journey:
  start: {a: 1}
  stages: {a: {part_of: awareness, dwell: 3h, next: {a: 70%, leave: 30%}}}
  channels:
    start:       {ad: 1, direct: 1, app: 1, letter: 1, feed: 1, call: 1}
    ad > direct: {ad: 1, letter: 4, direct: 1}
    direct:      {ad: 50, direct: 50}
    feed:        {app: 2, call: 1}
`
	w := worldOf(t, web)
	c := throughChannels(w.Scenario.Journey)
	c.holds(t, "rows", historyOf(t, w))
	c.failsIn(t, "54 of 50", historyOf(t, worldOf(t, web, "journey.channels.direct",
		"{ad: 54, direct: 46}")))
}

// An absorbing chain is that of a journey, with the channels before and at a stage as part of the
// state.
type absorbing struct {
	q         *mat.Dense // from, to
	start     []float64  // of each state
	stage, at []int      // stage and channel of each state
}

// absorbingOf unrolls a chain of order 2 into one of order 1.
func absorbingOf(w *model.World) *absorbing {
	c, k := &w.Chains[0], len(w.Channels)
	n := len(c.Stages) * (k + 1) * k
	a := &absorbing{q: mat.NewDense(n, n, nil), start: make([]float64, n), stage: make([]int, n),
		at: make([]int, n)}
	place := func(stage, before, at int) int { return (stage*(k+1)+before)*k + at - 1 }
	row := func(stage, before, at int) *draw.Choice {
		return &c.Stages[stage].Channel[c.Row(uint8(before), uint8(at), k)]
	}
	for stage := 1; stage < len(c.Stages); stage++ {
		for at := 1; at <= k; at++ {
			a.start[place(stage, 0, at)] = c.Start.Part(stage) * row(stage, 0, 0).Part(at-1)
			for before := 0; before <= k; before++ {
				from := place(stage, before, at)
				a.stage[from], a.at[from] = stage, at
				for to := 1; to < len(c.Stages); to++ {
					for next := 1; next <= k; next++ {
						a.q.Set(from, place(to, at, next),
							c.Stages[stage].Next.Part(to)*row(to, before, at).Part(next-1))
					}
				}
			}
		}
	}
	return a
}

// visits returns the mean and the variance of how often a journey is in some of the states. With r
// the indicator of those, m = N·r is the mean from each state and N·(r + 2·r∘(m-r)) the second
// moment, N = (I-Q)⁻¹ (Kemeny and Snell 1960, theorem 3.3.3).
func (a *absorbing) visits(counted func(stage, channel int) bool) (mean, variance float64) {
	n := len(a.start)
	i, r, rest := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	for s := range n {
		i.Set(s, s, 1)
		if a.stage[s] != 0 && counted(a.stage[s], a.at[s]) {
			r.SetVec(s, 1)
		}
	}
	i.Sub(i, a.q)
	var m, second mat.VecDense
	if err := m.SolveVec(i, r); err != nil {
		panic(err)
	}
	for s := range n {
		rest.SetVec(s, r.AtVec(s)*(2*m.AtVec(s)-1))
	}
	if err := second.SolveVec(i, rest); err != nil {
		panic(err)
	}
	square := 0.0
	for s, p := range a.start {
		mean += p * m.AtVec(s)
		square += p * second.AtVec(s)
	}
	return mean, square - mean*mean
}

// endsWithin is how many days the longest journey of ring and paths takes: 250 touches an hour
// apart.
const endsWithin = 12

// visitsAs claims that journeys visit stages and channels as often as World.Visits and
// World.Touches of a world say, within the standard errors of the absorbing chain. Journeys that
// begin in the last days are left out, whatever becomes of them.
func visitsAs(want *model.World) claim[*history] {
	chain, visits, touches := absorbingOf(want), want.Visits(0), want.Touches(0)
	return func(h *history) float64 {
		w := h.w
		deadline := w.Midnight[w.Warmup+w.Days-endsWithin]
		journeys, began, seen := 0, make([]int64, w.Customers), map[entry]int{}
		h.steps(func(s *step) {
			if s.number == 0 {
				began[s.person] = s.at
			}
			if began[s.person] >= deadline {
				return
			}
			if s.number == 0 {
				journeys++
			}
			seen[entry{stage: s.stage}]++
			seen[entry{stage: s.stage, last: s.channel}]++
		})
		var p []float64
		score := func(seen int, mean, variance float64) {
			if variance > 1e-12 {
				n := float64(journeys)
				p = append(p, twoSided((float64(seen)-n*mean)/math.Sqrt(n*variance)))
			}
		}
		for stage := 1; stage < len(visits); stage++ {
			_, variance := chain.visits(func(s, _ int) bool { return s == stage })
			score(seen[entry{stage: uint8(stage)}], visits[stage], variance)
			for ch, mean := range touches[stage] {
				_, variance := chain.visits(func(s, c int) bool { return s == stage && c == ch+1 })
				score(seen[entry{stage: uint8(stage), last: uint8(ch + 1)}], mean, variance)
			}
		}
		return holm(p)
	}
}

// TestTouchesAgreeWithTheMatrix: World.Touches follows journeys move by move; gonum solves for
// them.
func TestTouchesAgreeWithTheMatrix(t *testing.T) {
	w := worldOf(t, paths)
	chain := absorbingOf(w)
	for stage, row := range w.Touches(0) {
		for ch, got := range row {
			want, _ := chain.visits(func(s, c int) bool { return s == stage && c == ch+1 })
			if math.Abs(got-want) > 1e-6 {
				t.Errorf("%s through %s: %g touches, the matrix says %g", w.Stages[stage-1],
					w.Channels[ch].Name, got, want)
			}
		}
	}
}

// leaning are three ways into a stage and three out of it; each trait weighs on some.
const leaning = `
customers: 15_000
days: 60
needs: {per_year: 60}
sessions: {pages: {notice: 1, order: 1}}
orders: {lines: 1, quantity: 1}
channels:
  ad:     {touchpoint: web, paid: true, hours: 0-24}
  friend: {touchpoint: street, medium: referral, hours: 0-24}
  poster: {touchpoint: street, hours: 0-24}
journey:
  start: {look: 1}
  stages:
    look: {part_of: awareness, dwell: 2h, next: {look: 50%, buy: 25%, leave: 25%}}
    buy:
      does: order
      part_of: purchase
      dwell: 1h
      next: {leave: 1}
      channels: {friend: 0, poster: 0}
  channels: {start: {ad: 1, friend: 1, poster: 2}}
`

// TestTraitsWeighAsTheySay: a trait of 0.4 makes a weight e^0.4 times as large, where it acts and
// nowhere else; digital and ads both act on the advert. The mutants' weights differ by 6 %.
func TestTraitsWeighAsTheySay(t *testing.T) {
	t.Parallel()
	heavy(t)
	all := func(conversion, digital, ads, social string) string {
		return "{all: {share: 1, traits: {conversion: " + conversion + ", digital: " + digital +
			", ads: " + ads + ", social: " + social + "}}}"
	}
	e := math.Exp(0.4)
	w := worldOf(t, leaning, "segments", all("0.4", "0.4", "0.4", "0.4"))
	j := w.Scenario.Journey
	look := j.Stages["look"]
	look.Next = model.Weights{"look": 2, "buy": e, "leave": 1}
	j.Stages["look"] = look
	j.Channels = map[string]model.Weights{"start": {"ad": e * e, "friend": e, "poster": 2}}
	stages, channels := followsChain(j), throughChannels(j)
	right := historyOf(t, w)
	stages.holds(t, "stages", right)
	channels.holds(t, "channels", right)
	of := func(traits string) *history {
		return historyOf(t, worldOf(t, leaning, "segments", traits))
	}
	stages.failsIn(t, "conversion", of(all("0.46", "0.4", "0.4", "0.4")))
	channels.failsIn(t, "digital", of(all("0.4", "0.46", "0.4", "0.4")))
	channels.failsIn(t, "ads", of(all("0.4", "0.4", "0.34", "0.4")))
	channels.failsIn(t, "social", of(all("0.4", "0.4", "0.4", "0.46")))
}

// A habit is something a person does more or less of, as a mean over their life; NaN when they
// never had the choice.
type habit func(person int) float64

// leans returns the score of the correlation between a trait of people and a habit of theirs:
// without one, r·√n is standard normal.
func leans(trait []int64, of habit) float64 {
	var x, y []float64
	for i, v := range trait {
		if h := of(i); !math.IsNaN(h) {
			x, y = append(x, float64(v)), append(y, h)
		}
	}
	return stat.Correlation(x, y, nil) * math.Sqrt(float64(len(x)))
}

// TestTraitsShowInLives: people with more of a trait do more of what it is about, and no more of
// what it is not about.
func TestTraitsShowInLives(t *testing.T) {
	t.Parallel()
	w := worldOf(t, leaning, "traits.spread",
		"{need: 0.3, conversion: 0.4, price: 0.4, digital: 0.4, ads: 0.4, social: 0.4, haste: 0.4}")
	h := historyOf(t, w)
	n := w.Customers
	looks, ads, friends := make([]float64, n), make([]float64, n), make([]float64, n)
	stays, waited := make([]float64, n), make([]float64, n)
	h.steps(func(s *step) {
		if w.Stages[s.stage-1] == "look" {
			looks[s.person]++
			switch w.Channels[s.channel-1].Name {
			case "ad":
				ads[s.person]++
			case "friend":
				friends[s.person]++
			}
		}
		if s.number > 0 && s.at-s.last.at < 8*3600*second {
			stays[s.person]++
			waited[s.person] += float64(s.at - s.last.at)
		}
	})
	people := func(name string) []int64 { return h.column(table.TableTruthPeople, name) }
	journeys, orders, spent := people("journey_count"), people("order_count"), people("total_spent")
	share := func(part, of []float64) habit {
		return func(i int) float64 { return part[i] / of[i] }
	}
	per := func(part, of []int64) habit {
		return func(i int) float64 { return float64(part[i]) / float64(of[i]) }
	}
	for _, test := range []struct {
		trait, habit string
		of           habit
		sign         float64
	}{
		{"need_rate", "journeys", func(i int) float64 { return float64(journeys[i]) }, 1},
		{"trait_conversion", "orders a journey", per(orders, journeys), 1},
		{"trait_price_sensitivity", "paid an order", per(spent, orders), -1},
		{"trait_digital", "looks at adverts", share(ads, looks), 1},
		{"trait_ad_response", "looks at adverts", share(ads, looks), 1},
		{"trait_sociability", "looks with friends", share(friends, looks), 1},
		{"trait_haste", "time between contacts", share(waited, stays), -1},
		{"trait_conversion", "looks with friends", share(friends, looks), 0},
		{"trait_haste", "orders a journey", per(orders, journeys), 0},
		{"trait_price_sensitivity", "time between contacts", share(waited, stays), 0},
	} {
		z := leans(people(test.trait), test.of)
		shows := twoSided(z) < alpha && z*test.sign > 0
		if shows != (test.sign != 0) {
			t.Errorf("%s and %s: score %.1f, want the sign of %g", test.trait, test.habit, z,
				test.sign)
		}
	}
}
