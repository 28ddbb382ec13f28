package simulate

import (
	"testing"

	"github.com/percorso/percorso/model/table"
)

// TestSmallEffectsChangeFew: an effect on needs of a thousandth changes less than one in fifty
// journeys, and one of zero none: it is as if there were no behavior.
func TestSmallEffectsChangeFew(t *testing.T) {
	t.Parallel()
	journeys := func(behavior string) map[[2]int64]bool {
		h := historyOf(t, worldOf(t, walls+behavior, "needs.per_year", "30", "customers", "2_000"))
		all := make(map[[2]int64]bool)
		persons := h.column(table.TableTruthJourneys, "person_id")
		for i, at := range h.column(table.TableTruthJourneys, "started_at") {
			all[[2]int64{persons[i], at}] = true
		}
		return all
	}
	effect := func(need string) map[[2]int64]bool {
		return journeys("{wall: {reach: 3%, memory: 365d, half: 0.0001, effects: {need: " + need +
			"}}}}}\n")
	}
	plain := journeys("{wall: {reach: 3%}}}}\n")
	different := func(other map[[2]int64]bool) (n int) {
		for j := range plain {
			if !other[j] {
				n++
			}
		}
		return n
	}
	for need, most := range map[string]int{"0": 0, "0.001": len(plain) / 50} {
		if n := different(effect(need)); n > most {
			t.Errorf("an effect of %s changes %d of %d journeys, want at most %d", need, n, len(plain), most)
		}
	}
	if n := len(effect("1")); n < 3*len(plain)/2 || len(plain) < 5_000 {
		t.Errorf("%d journeys with a large effect, %d without", n, len(plain))
	}
}
