package simulate

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["word_of_mouth"] = func(d die) string {
		return fmt.Sprintf("{acquaintances: %d, rewire: %d%%, occasions: %s, tells: %d, "+
			"speaks: {promoter: %d%%, passive: %d%%, detractor: %d%%}, praise: %d%%, offline: %d%%, "+
			"aware: {strong: %d%%, weak: %d%%}, half_life: %s, need: %s, conversion: %s, "+
			"likes: %d%%, comments: %d%%, shares: %d%%, referral: {share: %d%%, accept: %d%%, "+
			"discount: %d%%, reward: %d%%, valid: %s}}",
			2+2*d.IntN(12), d.IntN(101), d.one("0", "12", "50", "300"), 1+d.IntN(2),
			d.IntN(40), d.IntN(40), d.IntN(40), d.IntN(101), 50+d.IntN(51),
			d.IntN(15), d.IntN(10), d.one("12h", "7d", "20d"), d.one("0", "0.1"), d.one("0", "0.2"),
			d.IntN(101), d.IntN(101), d.IntN(15), d.IntN(101), d.IntN(30),
			d.IntN(101), d.IntN(101), d.one("1d", "30d"))
	}
	lives = append(lives, lives[:1]...)
	added := &lives[len(lives)-1]
	added.name, added.check, added.spoil = "posts are answered", postsAreAnswered, func(c *census) {
		at := c.all.Add(c.w.Tables, table.TableSocial)
		row := row{rows: &c.all.Tables[table.TableSocial], at: at}
		row.ints(1, c.w.Midnight[c.w.Warmup+5], none)
		row.codes(table.ActivityLike, 1)
		row.ints(2)
		row.codes(0, 0)
		row.ints(none)
	}
}

// postsAreAnswered: what is written in social happened, once; what somebody does with a post is
// done on the day after it; and orders carry the codes that were given.
func postsAreAnswered(c *census) error {
	of := func(name string) []int64 { return c.ints(table.TableSocial, name) }
	id, at, parent, code := of("social_id"), of("created_at"), of("parent_id"), of("referral_code")
	kind := c.codes(table.TableSocial, "activity_type")
	happened := map[[2]int64]int{}
	events := []uint32{table.Post, table.Like, table.Comment, table.Share, table.Referral}
	for _, e := range c.events {
		if k := slices.Index(events, e.kind); k >= 0 {
			happened[[2]int64{int64(k + 1), e.at}]++
		}
	}
	posted, given := map[int64]int{}, map[int64]int64{}
	for i := range id {
		day, _ := c.w.DayOf(at[i])
		happened[[2]int64{int64(kind[i]), at[i]}]--
		if kind[i] == table.ActivityPost {
			posted[id[i]] = day
		}
		if kind[i] == table.ActivityReferral && given[code[i]] == 0 {
			given[code[i]] = at[i]
		}
	}
	for what, n := range happened {
		if n != 0 {
			return fmt.Errorf("social of kind %d at %s: %d events more than rows", what[0],
				c.when(what[1]), n)
		}
	}
	for i := range id {
		day, _ := c.w.DayOf(at[i])
		on, ok := posted[parent[i]]
		answers := kind[i] != table.ActivityPost && kind[i] != table.ActivityReferral
		if answers && !(ok && on == day-1) && (ok || day > 0) {
			return fmt.Errorf("social %d of day %d is about %d, posted: %t, on day %d", id[i], day,
				parent[i], ok, on)
		}
	}
	orders := c.ints(table.TableOrders, "ordered_at")
	for i, code := range c.ints(table.TableOrders, "referral_code") {
		day, _ := c.w.DayOf(orders[i])
		valid := model.PlanOf[model.WordOfMouthPlan](c.w).Valid
		before := c.w.Warmup > 0 && day <= valid+1 // it may be given in the warm-up
		if from, ok := given[code]; code != table.Null && !before && (!ok || from > orders[i]) {
			return fmt.Errorf("order %d has the code %d, given: %t", i, code, ok)
		}
	}
	return nil
}

// TestWordOfMouthKeepsItsPromises with much talk, live, in both orders of work and with any number
// of workers.
func TestWordOfMouthKeepsItsPromises(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith(talkative), "coupling", "live", "customers", "2_000", "days", "60")
	w.PartTowns = 1
	w.Parts = w.Towns
	keepsItsPromises(t, w)
	want := live(t, w, ByPart, Options{Workers: 1}).String()
	for _, workers := range []int{2, 16} {
		if got := live(t, w, ByPart, Options{Workers: workers}).String(); got != want {
			t.Errorf("%d workers:\n%s\none:\n%s", workers, got, want)
		}
	}
}

// talkative is word of mouth of which much is heard.
const talkative = "{word_of_mouth: {speaks: {passive: 40%}, aware: {strong: 20%, weak: 10%}, " +
	"need: 0.2, conversion: 0.2, likes: 50%, comments: 20%, shares: 20%, " +
	"referral: {share: 50%, accept: 30%}}}"

// TestWhatNobodyHearsChangesNobody: with coupling off lives are the same whoever knows whom; live,
// they are not.
func TestWhatNobodyHearsChangesNobody(t *testing.T) {
	t.Parallel()
	lives := func(coupling, acquaintances, rewire string) string {
		w := worldOf(t, bazaarWith(talkative), "coupling", coupling, "customers", "1_000",
			"behaviors.word_of_mouth.acquaintances", acquaintances,
			"behaviors.word_of_mouth.rewire", rewire)
		return live(t, w, ByPart, Options{}).String()
	}
	if lives("off", "10", "5%") != lives("off", "4", "100%") {
		t.Error("off: neighbours matter")
	}
	if lives("live", "10", "5%") == lives("live", "10", "100%") {
		t.Error("live: neighbours do not matter")
	}
}

// TestHearsayWithoutAChannel: in a world without a channel, with coupling frozen or off nobody
// changes who never met the channel; live, some do, but only in towns where somebody met it.
func TestHearsayWithoutAChannel(t *testing.T) {
	t.Parallel()
	for _, off := range []string{"display", "store", "word_of_mouth", "social"} {
		for _, coupling := range []string{"off", "frozen", "live"} {
			w := worldOf(t, bazaarWith(talkative), "coupling", coupling, "customers", "3_000",
				"days", "40", "warmup", "0", "needs.per_year", "2")
			w.TownSize = 30 // small, so that in some nobody meets the channel
			w.Towns = w.Customers / w.TownSize
			w.PartTowns, w.Parts = w.Towns, 1
			factual, other := portraitsOf(t, w), portraitsOf(t, without(t, w, off))
			met := factual.met(off)
			touched, untouched := factual.changed(other, met)
			switch {
			case touched < 30:
				t.Errorf("%s, without %s: %d changed who met it", coupling, off, touched)
			case coupling != "live" && untouched > 0:
				t.Errorf("%s, without %s: %d changed who never met it", coupling, off, untouched)
			case coupling == "live" && (off == "display" || off == "store") && untouched == 0:
				t.Errorf("%s, without %s: nobody changed who never met it", coupling, off)
			}
			towns := map[int64]bool{}
			for person := range met {
				towns[(person-1)/30] = towns[(person-1)/30] || met[person]
			}
			for person := range factual {
				met[person] = towns[(person-1)/30]
			}
			if _, elsewhere := factual.changed(other, met); elsewhere > 0 {
				t.Errorf("%s, without %s: %d changed in towns where nobody met it", coupling, off,
					elsewhere)
			}
			quiet := 0
			for _, affected := range towns {
				if !affected {
					quiet++
				}
			}
			if off == "display" && quiet == 0 {
				t.Errorf("there is no town in which nobody met %s", off)
			}
		}
	}
}

// TestMoreNeighboursChangeNoTown: people of whole towns live the same lives when there are more.
func TestMoreNeighboursChangeNoTown(t *testing.T) {
	t.Parallel()
	of := func(customers string) portraits {
		p := portraitsOf(t, worldOf(t, bazaarWith(talkative), "coupling", "live", "town", "300",
			"customers", customers))
		maps.DeleteFunc(p, func(person int64, _ []string) bool { return person == 0 || person > 600 })
		return p
	}
	few, many := of("600"), of("900")
	if touched, untouched := few.changed(many, nil); touched+untouched > 0 || len(few) != 600 {
		t.Errorf("%d of %d changed", touched+untouched, len(few))
	}
}
