package simulate

import (
	"testing"

	"github.com/percorso/percorso/model/table"
)

// posting is who posts about us: per order, and which shares of the posts are by people without an
// order in the year before, and by people who have stopped buying.
type posting struct{ perOrder, idle, gone float64 }

// postingIn counts the posts of the second year of a fashion market.
func postingIn(t *testing.T, sets ...string) posting {
	t.Helper()
	w := builtIn(t, "fashion", append([]string{"customers", "2_000", "days", "730", "warmup", "0"},
		sets...)...)
	c := censusOf(w, whole(t, w))
	begin := w.Midnight[365]
	const year = 365 * 24 * 3600 * second
	churned := c.ints(table.TableTruthPeople, "churned_at")
	back := c.ints(table.TableTruthPeople, "won_back_at")
	bought := map[int64]int64{}
	posts, orders, idle, gone := 0., 0., 0., 0.
	for _, e := range c.events { // by person and time
		switch {
		case e.kind == table.Purchase:
			bought[e.person] = e.at
			if e.at >= begin {
				orders++
			}
		case e.kind == table.Post && e.at >= begin:
			posts++
			if last, ok := bought[e.person]; !ok || last < e.at-year {
				idle++
			}
			at := c.people[e.person]
			left := churned[at] != table.Null && churned[at] <= e.at
			if left && (back[at] == table.Null || back[at] < churned[at] || back[at] > e.at) {
				gone++
			}
		}
	}
	return posting{posts / orders, idle / posts, gone / posts}
}

// TestPostsFollowExperiences: at most 0.6 posts for each order (P), at most one in ten by people
// who have bought nothing for a year, and as few by customers who have stopped buying (P). Where
// nobody forgets and outsiders post like customers, all three bands are missed.
func TestPostsFollowExperiences(t *testing.T) {
	t.Parallel()
	inBand := func(p posting) [3]bool {
		return [3]bool{p.perOrder > 0.1 && p.perOrder <= 0.6, p.idle <= 0.1, p.gone <= 0.1}
	}
	if p := postingIn(t); inBand(p) != [3]bool{true, true, true} {
		t.Errorf("posts: %+v, want at most 0.6 an order, 10 %% idle and 10 %% gone", p)
	}
	const wom = "behaviors.word_of_mouth."
	p := postingIn(t, wom+"remembers", "3650d", wom+"outsiders", "100%")
	if inBand(p) != [3]bool{} {
		t.Errorf("nobody notices that everybody posts: %+v", p)
	}
}
