package worlds

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate"
)

// twinsOf are the small market and the same with other values: pairs of a path and a value.
func twinsOf(t testing.TB, sets ...string) *Twins {
	return &Twins{Control: load(t, small), Treated: load(t, small, sets...),
		Coupling: model.CouplingFrozen}
}

// compare lives twins.
func (t *Twins) compare(tb testing.TB, opt simulate.Options) (*Uplifts, []Uplift) {
	tb.Helper()
	if err := t.Check(); err != nil {
		tb.Fatal(err)
	}
	sum, people := t.NewUplifts(), []Uplift{}
	err := RunTwins(tb.Context(), t, opt, func(part *TwinPart) error {
		sum.Add(part.Sums)
		people = append(people, part.People...)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return sum, people
}

const effect = "behaviors.advertising.channels.ad_one.effects.need"

// TestTwins: an intervention of size zero changes nobody, one of size ε few, and one of size 1 many
// who have more needs; what is told of segments is the sum over their people.
func TestTwins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value       string
		least, most int64
	}{{"0.5", 0, 0}, {"0.501", 0, 12}, {"1.5", 100, 1200}} {
		twins := twinsOf(t, effect, c.value)
		twins.Draws = 2
		sum, people := twins.compare(t, simulate.Options{})
		all := sum.Everybody()
		if all.Changed < c.least || all.Changed > c.most {
			t.Errorf("%s: %d people changed, want %d to %d", c.value, all.Changed, c.least, c.most)
		}
		if int(all.People) != len(people) || all.People < 1200 {
			t.Errorf("%s: %d people, and %d are listed", c.value, all.People, len(people))
		}
		var pair, expected Pair
		for _, p := range people {
			pair.Control.plus(p.Control)
			pair.Treated.plus(p.Treated)
			expected.Control.plus(p.Expected.Control)
			expected.Treated.plus(p.Expected.Treated)
		}
		if pair.Control.Orders != all.Control[Orders] || pair.Treated.Revenue != all.Treated[Revenue] {
			t.Errorf("%s: people sum to %v, segments to %v and %v", c.value, pair, all.Control, all.Treated)
		}
		mean := float64(expected.Treated.Orders-expected.Control.Orders) / 2
		if e := all.Of(Orders); e.Expected != mean {
			t.Errorf("%s: expected effect %g, people say %g", c.value, e.Expected, mean)
		}
		if e := all.Of(Orders); c.most > 100 && (e.Effect < 3*e.SECustomers || math.IsNaN(e.SEDraws)) {
			t.Errorf("%s: effect %g, se %g, se over draws %g", c.value, e.Effect, e.SECustomers, e.SEDraws)
		}
	}
}

// TestTwinsAddUp: shards and any number of workers give the same sums.
func TestTwinsAddUp(t *testing.T) {
	t.Parallel()
	twins := twinsOf(t, effect, "1.5")
	whole, _ := twins.compare(t, simulate.Options{Workers: 1})
	sum := twins.NewUplifts()
	for shard := 1; shard <= 2; shard++ {
		part, _ := twins.compare(t, simulate.Options{Shard: shard, Shards: 2, Workers: 3})
		sum.Add(part)
	}
	if !reflect.DeepEqual(whole, sum) {
		t.Error("two shards are not the whole")
	}
}

// TestTwinsAgreeWithLeaveOneOut: taking a channel's contacts away by an intervention does what its
// absence does, where a visit through it is not drawn otherwise.
func TestTwinsAgreeWithLeaveOneOut(t *testing.T) {
	t.Parallel()
	w := load(t, small, "journey.channels.start.ad_one", "0", "warmup", "0")
	p := planOf(w, "ad_one")
	truth, _ := find(t, p, simulate.Options{})
	twins := &Twins{Control: w, Coupling: model.CouplingFrozen, Treated: load(t, small,
		"journey.channels.start.ad_one", "0", "warmup", "0",
		"behaviors.advertising.channels.ad_one.effects.need", "0",
		"behaviors.advertising.channels.ad_one.effects.conversion", "0")}
	sum, _ := twins.compare(t, simulate.Options{})
	loo := p.Estimate(truth, 0, LeaveOneOut, 0, Orders, everything, whole).Effect
	if e := sum.Everybody().Of(Orders).Effect; -e != loo || loo <= 0 {
		t.Errorf("without the effects %g orders, without the channel %g", e, -loo)
	}
}

// TestTwinsMustBeTwins: what changes people, times or places is refused, with what it is.
func TestTwinsMustBeTwins(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"customers", "1201", "customers is 1200"},
		{"seed", "7", "seed"},
		{"luck", "7", "luck"},
		{"days", "91", "days is 90"},
		{"start", "2025-02-01", "start is"},
		{"warmup", "31", "warmup is 30"},
		{"town", "300", "town is 400"},
		{"time_zone", "Asia/Tokyo", "time_zone"},
		{"currency", "USD", "currency"},
		{"population.stay_years", "1", "time in the market"},
		{"population.filled", "80%", "population"},
		{"identity.marketing", "1%", "consent"},
		{"traits.spread.ads", "0.7", "traits"},
	} {
		s, err := tryLoad(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		twins := &Twins{Control: load(t, small), Treated: s}
		if err := twins.Check(); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s %s: got %v, want %q in it", c[0], c[1], err, c[2])
		}
	}
}

// tryLoad loads the small market with a value set.
func tryLoad(path, value string) (*model.World, error) {
	s, err := model.LoadBytes("test.yaml", []byte(small), nil,
		model.Set{Path: path, Value: value, Flag: "--set"})
	if err != nil {
		return nil, err
	}
	return model.Compile(s)
}
