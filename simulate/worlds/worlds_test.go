package worlds

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
)

// small is a market of three towns whose channels have effects, and one twin pair.
const small = `
name: small
customers: 1200
town: 400
days: 90
warmup: 30
coupling: frozen
needs: {per_year: 8}
channels:
  ad_one: {touchpoint: web, paid: true}
  ad_two: {touchpoint: web, paid: true}
  mail:   {touchpoint: inbox}
  silent: {touchpoint: web, paid: true}
  direct: {touchpoint: web}
  store:  {touchpoint: store, hours: 9-20}
journey:
  stages:
    awareness:     {dwell: 1d, next: {consideration: 60%, leave: 40%}}
    consideration: {dwell: 2d, does: browse, next: {purchase: 30%, awareness: 10%, leave: 60%}}
    purchase:      {dwell: 0d, does: order, next: {leave: 100%}}
  channels: {start: {direct: 2, ad_one: 1, ad_two: 1, store: 1}}
identity: {register: 30%}
behaviors:
  word_of_mouth: {channel: direct}
  churn: on
  advertising:
    channels:
      ad_one: {reach: 30%, cost: {cpm: 20}, effects: {need: 0.5, conversion: 0.3}}
      ad_two: {reach: 30%, cost: {cpm: 20}, effects: {need: 0.5, conversion: 0.3}}
      mail:   {reach: 30%, cost: {cpm: 1}, effects: {need: 0.3}}
      silent: {reach: 0%, cost: {cpm: 20}, effects: {need: 0.9}}
`

func load(t testing.TB, text string, sets ...string) *model.World {
	t.Helper()
	var with []model.Set
	for i := 0; i < len(sets); i += 2 {
		with = append(with, model.Set{Path: sets[i], Value: sets[i+1], Flag: "--set"})
	}
	var s *model.Scenario
	var err error
	if strings.Contains(text, "\n") {
		s, err = model.LoadBytes("test.yaml", []byte(text), nil, with...)
	} else {
		s, err = model.Load(text, scenarios.FS, with...)
	}
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func planOf(w *model.World, players ...string) *Plan {
	return &Plan{World: w, Players: players, Couplings: []model.Coupling{model.CouplingFrozen},
		Every: true}
}

// find runs a plan.
func find(t testing.TB, p *Plan, opt simulate.Options) (*Tally, []*Part) {
	t.Helper()
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	sum, parts := p.NewTally(), []*Part{}
	err := Run(t.Context(), p, opt, func(part *Part) error {
		sum.Add(part.Tally)
		parts = append(parts, part)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum, parts
}

// eachCell calls f for every outcome, universe and horizon.
func eachCell(f func(outcome, universe, horizon int)) {
	for o := range Outcomes {
		for u := range Universes {
			for h := range horizonCount {
				f(o, u, h)
			}
		}
	}
}

// TestShapleyValuesAddUp: they sum to v(N) - v(none) exactly, in every cell and coupling.
func TestShapleyValuesAddUp(t *testing.T) {
	t.Parallel()
	p := planOf(load(t, small), "ad_one", "ad_two", "mail", "silent")
	p.Couplings = append(p.Couplings, model.CouplingLive)
	sum, _ := find(t, p, simulate.Options{})
	e, masks := p.effects(p.coalitions()), p.coalitions()
	for c := range p.Couplings {
		worlds := make([]Cells, len(masks))
		for i := range worlds {
			worlds[i] = sum.Couplings[c].Worlds[i].Cells
		}
		total, all := Cells{}, sumOf(e.all, worlds)
		for d := range p.Players {
			one := sumOf(e.shapley[d], worlds)
			total.plus(&one)
		}
		for i := range total {
			if total[i] != all[i]*e.factorial {
				t.Errorf("coupling %d, cell %d: %d / %d, want %d", c, i, total[i], e.factorial, all[i])
			}
		}
		if all[cell(Orders, everything, whole)] < 20 {
			t.Errorf("the channels did nothing: %v", all)
		}
	}
}

// TestWhoReachesNobodyDoesNothing: exactly, under every estimand; and a channel that does is found.
func TestWhoReachesNobodyDoesNothing(t *testing.T) {
	t.Parallel()
	p := planOf(load(t, small), "ad_one", "silent")
	sum, _ := find(t, p, simulate.Options{})
	for _, estimand := range []int{LeaveOneOut, FirstIn, ShapleyValue} {
		eachCell(func(o, u, h int) {
			if e := p.Estimate(sum, 0, estimand, 1, o, u, h); e.Effect != 0 || e.SECustomers != 0 ||
				e.Spend != 0 {
				t.Errorf("%s %s: %+v, want nothing", Estimands[estimand], Outcomes[o], e)
			}
		})
		if e := p.Estimate(sum, 0, estimand, 0, Orders, everything, whole); e.Effect < 10 {
			t.Errorf("%s: ad_one has an effect of %v", Estimands[estimand], e.Effect)
		}
	}
}

// TestTwinsAreAlike: two channels of the same law have the same effect within three standard errors
// of the difference.
func TestTwinsAreAlike(t *testing.T) {
	t.Parallel()
	p := planOf(load(t, small, "customers", "4000"), "ad_one", "ad_two")
	sum, _ := find(t, p, simulate.Options{})
	for _, estimand := range []int{LeaveOneOut, FirstIn, ShapleyValue} {
		a := p.Estimate(sum, 0, estimand, 0, Orders, everything, whole)
		b := p.Estimate(sum, 0, estimand, 1, Orders, everything, whole)
		if apart := math.Abs(a.Effect - b.Effect); apart > 3*math.Hypot(a.SECustomers, b.SECustomers) {
			t.Errorf("%s: %v ± %v and %v ± %v", Estimands[estimand], a.Effect, a.SECustomers, b.Effect,
				b.SECustomers)
		}
	}
}

// TestTheNullWorld: where adverts do nothing and other channels stand in for each other, all
// effects are exactly 0 in the universe of all orders.
func TestTheNullWorld(t *testing.T) {
	t.Parallel()
	w := load(t, "null", "customers", "2000", "days", "120")
	p := planOf(w, CostlyChannels(w)...)
	p.Every, p.Draws, p.Since = false, 1, model.AlwaysOff
	sum, parts := find(t, p, simulate.Options{})
	spent := 0.0
	for d := range p.Players {
		for _, estimand := range []int{LeaveOneOut, FirstIn} {
			for o := range Outcomes {
				e := p.Estimate(sum, 0, estimand, d, o, everything, whole)
				if e.Effect != 0 || e.SECustomers != 0 || estimand == LeaveOneOut && e.Expected != 0 {
					t.Errorf("%s, %s of %s: %+v", p.Players[d], Estimands[estimand], Outcomes[o], e)
				}
				spent += e.Spend
			}
		}
	}
	if len(p.Players) < 3 || spent == 0 {
		t.Errorf("%d channels cost %v", len(p.Players), spent)
	}
	for _, part := range parts {
		for _, f := range part.Fates {
			if f.Status == lost || f.Status == gained {
				t.Fatalf("an order is %s", Statuses[f.Status])
			}
		}
	}
}

// TestSumsDoNotDependOnWork: workers, shards and the way through JSON give the same.
func TestSumsDoNotDependOnWork(t *testing.T) {
	t.Parallel()
	w := load(t, small)
	w.PartTowns, w.Parts = 1, 3
	p := planOf(w, "ad_one", "mail")
	p.Draws = 2
	text := func(sum *Tally) string {
		b, err := json.Marshal(sum)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	all, _ := find(t, p, simulate.Options{Workers: 1})
	many, _ := find(t, p, simulate.Options{Workers: 4})
	shards := p.NewTally()
	for i := range 2 {
		part, _ := find(t, p, simulate.Options{Shard: i + 1, Shards: 2})
		again := p.NewTally()
		if err := json.Unmarshal([]byte(text(part)), again); err != nil || !shards.Fits(again) {
			t.Fatal(err)
		}
		shards.Add(again)
	}
	if text(many) != text(all) || text(shards) != text(all) {
		t.Errorf("one worker\n%s\nmany\n%s\nshards\n%s", text(all), text(many), text(shards))
	}
	if other := planOf(w, "ad_one", "mail", "silent").NewTally(); all.Fits(other) {
		t.Error("sums of another plan fit")
	}
}

// TestPeopleAddUp: what people bought in each world is what the world sold, and the fates of orders
// tell the same difference.
func TestPeopleAddUp(t *testing.T) {
	t.Parallel()
	p := planOf(load(t, small), "ad_one", "mail")
	p.Draws = 1
	sum, parts := find(t, p, simulate.Options{})
	worlds, with, without := sum.Couplings[0].Worlds, make([]Bought, 3), make([]Bought, 3)
	net := make([]int64, 2)
	for _, part := range parts {
		for _, one := range part.People {
			i := one.Without + 1
			with[i].Orders += one.With.Orders
			with[i].Revenue += one.With.Revenue
			without[i].Orders += one.Else.Orders
			without[i].Revenue += one.Else.Revenue
		}
		for _, f := range part.Fates {
			switch f.Status {
			case lost:
				net[f.Without]++
			case gained:
				net[f.Without]--
			}
		}
	}
	masks := p.coalitions()
	for i, on := range []uint32{0, p.all() &^ 1, p.all() &^ 2} {
		w := worlds[slices.Index(masks, on)].Cells
		want := Bought{w[cell(Orders, everything, whole)], w[cell(Revenue, everything, whole)]}
		if without[i] != want {
			t.Errorf("people without %d bought %+v, their world sold %+v", i-1, without[i], want)
		}
	}
	for d := range p.Players {
		if e := p.Estimate(sum, 0, LeaveOneOut, d, Orders, everything, whole); e.Effect !=
			float64(net[d]) || net[d] == 0 {
			t.Errorf("%s: fates say %d, the estimate %v", p.Players[d], net[d], e.Effect)
		}
	}
}

// TestOrdersOfTheSameNeedArePaired: by hand, one of each status.
func TestOrdersOfTheSameNeedArePaired(t *testing.T) {
	order := func(id int64, need int16, at, gross int64, channel uint8) *simulate.Purchase {
		return &simulate.Purchase{ID: id, Person: 7, Need: need, At: at * day, Gross: gross,
			Channel: channel}
	}
	with := []*simulate.Purchase{order(1, 1, 1, 100, 1), order(2, 10, 10, 100, 1),
		order(3, 20, 20, 100, 1), order(4, 30, 30, 100, 1), order(5, 40, 40, 100, 1),
		order(6, 50, 50, 100, 1), order(7, 90, 90, 100, 1), order(8, 200, 200, 100, 1)}
	without := []*simulate.Purchase{order(1, 1, 1, 100, 1), order(22, 10, 14, 90, 1),
		order(23, 20, 17, 100, 1), order(24, 30, 30, 80, 1), order(25, 40, 40, 130, 1),
		order(26, 50, 50, 100, 2), order(27, 95, 95, 100, 1), order(28, 300, 300, 100, 1)}
	want := []string{"same", "later", "earlier", "smaller", "larger", "elsewhere", "later", "lost",
		"gained"}
	var got []string
	for _, f := range matchOne(0, with, without) {
		got = append(got, Statuses[f.Status])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestEstimatesByHand: three worlds of two players whose sums are known.
func TestEstimatesByHand(t *testing.T) {
	w := load(t, small)
	p := planOf(w, "ad_one", "mail")
	sum := p.NewTally()
	s := &sum.Couplings[0]
	e, masks := p.effects(p.coalitions()), p.coalitions()
	// Customers by what they buy with no, the first, the second and both players.
	for _, v := range [][4]int64{{1, 1, 1, 1}, {0, 1, 0, 1}, {0, 0, 0, 2}, {1, 0, 1, 1}} {
		unit := make([]Cells, len(masks))
		for i, on := range masks {
			unit[i][cell(Orders, everything, whole)] = v[on]
		}
		s.Units++
		s.unit(e, unit)
	}
	for _, c := range []struct {
		estimand, player int
		effect, square   float64 // sum and sum of squares over the customers
	}{
		{LeaveOneOut, 0, 3, 5}, {LeaveOneOut, 1, 3, 5}, {FirstIn, 0, 0, 2}, {FirstIn, 1, 0, 0},
		{ShapleyValue, 0, 1.5, 2.25}, {ShapleyValue, 1, 1.5, 1.25}, {Total, -1, 3, 5},
		{Baseline, -1, 2, 2},
	} {
		got := p.Estimate(sum, 0, c.estimand, c.player, Orders, everything, whole)
		se := math.Sqrt(4.0 / 3 * (c.square - c.effect*c.effect/4))
		if got.Effect != c.effect || math.Abs(got.SECustomers-se) > 1e-12 {
			t.Errorf("%s of %d: %v ± %v, want %v ± %v", Estimands[c.estimand], c.player, got.Effect,
				got.SECustomers, c.effect, se)
		}
	}
	if got := p.interaction(sum, 0, 0, 1, Orders); got != 3 { // 5 - 2 - 2 + 2
		t.Errorf("interaction %v, want 3", got)
	}
}

// TestPlansThatCannotBe: each says what is wrong.
func TestPlansThatCannotBe(t *testing.T) {
	w := load(t, small)
	many := load(t, "fashion")
	for want, p := range map[string]*Plan{
		"no channel to switch off": planOf(w),
		`did you mean "ad_one"?`:   planOf(w, "ad_on"),
		"have 2048 coalitions":     planOf(many, channelNames(many)[:11]...),
	} {
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Run(ctx, planOf(w, "ad_one"), simulate.Options{}, func(*Part) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestRenamedChannelsDoTheSame: a new name with the old id, and another order in the file.
func TestRenamedChannelsDoTheSame(t *testing.T) {
	t.Parallel()
	renamed := strings.ReplaceAll(small, "ad_one:", "zebra:")
	renamed = strings.Replace(renamed, "zebra: {touchpoint", "zebra: {id: ad_one, touchpoint", 1)
	renamed = strings.Replace(renamed, "ad_one: 1", "zebra: 1", 1)
	a, _ := find(t, planOf(load(t, small), "ad_one", "mail"), simulate.Options{})
	b, _ := find(t, planOf(load(t, renamed), "zebra", "mail"), simulate.Options{})
	one, _ := json.Marshal(a)
	two, _ := json.Marshal(b)
	if string(one) != string(two) {
		t.Error("another name has another effect")
	}
}

// TestExperimentsFindTheTruth: over 20 seeds the estimates of control groups of people deviate from
// the leave-one-out effect by as much as their standard errors say: the mean deviation lies within
// three standard errors of a mean of 20, and no single one beyond four. Against twice the truth
// they deviate more.
func TestExperimentsFindTheTruth(t *testing.T) {
	t.Parallel()
	campaign := strings.Replace(small, "behaviors:", "campaigns:\n"+
		"  spring: {channel: ad_one, from: 2025-01-10, to: 2025-03-20, budget: 2000, holdout: 30%}\n"+
		"behaviors:", 1)
	campaign = strings.Replace(campaign, "customers:", "start: 2025-01-01\ncustomers:", 1)
	sums, doubts := [2]float64{}, 0.0
	for seed := range 20 {
		w := load(t, campaign, "seed", strconv.Itoa(seed+1))
		p := planOf(w, "ad_one")
		p.Holdout = 0.3
		sum, _ := find(t, p, simulate.Options{})
		found := p.Experiments(sum)
		if len(found) != 2 || found[1].Name != "spring" {
			t.Fatalf("found %+v", found)
		}
		loo := p.Estimate(sum, 0, LeaveOneOut, 0, Orders, everything, whole)
		for i, r := range found {
			f := r.Finding(r.Scope, Orders)
			if i == 0 && f.Truth != loo.Effect {
				t.Errorf("seed %d: the truth is %v and %v", seed, f.Truth, loo.Effect)
			}
			z := (f.Estimate - f.Truth) / f.SE
			if math.Abs(z) > 4 {
				t.Errorf("seed %d, %s: %v ± %v, truth %v", seed, r.Name, f.Estimate, f.SE, f.Truth)
			}
			sums[i] += z
			if i == 0 {
				doubts += (f.Estimate - 2*f.Truth) / f.SE
			}
		}
	}
	for i, z := range sums {
		if z /= math.Sqrt(20); math.Abs(z) > 3 {
			t.Errorf("experiment %d: all together %.1f standard errors off", i, z)
		}
	}
	if doubts /= math.Sqrt(20); math.Abs(doubts) < 3 {
		t.Errorf("twice the truth is only %.1f standard errors off", doubts)
	}
}
