package simulate

import (
	"maps"
	"slices"
	"testing"
)

// TestEverythingKeepsItsPromises: all behaviors at once, side by side and in both orders of work.
func TestEverythingKeepsItsPromises(t *testing.T) {
	t.Parallel()
	for _, block := range []string{everything, contracts} {
		keepsItsPromises(t, worldOf(t, bazaarWith(block), "customers", "600", "town", "150"))
	}
}

// TestEverythingLeavesTheUntouchedAlone: with all behaviors on, and coupling off or frozen, who
// never met a channel has the same rows in every table without it, byte for byte. To have met it
// in the warm-up, which has no rows, counts: a mutant that forgets it fails.
func TestEverythingLeavesTheUntouchedAlone(t *testing.T) {
	t.Parallel()
	for coupling, block := range map[string]string{"off": contracts, "frozen": everything} {
		w := worldOf(t, bazaarWith(block)+"coupling: "+coupling+"\n", "customers", "800",
			"warmup", "30")
		factual, unseen := portraitsOf(t, w), 0
		for _, off := range [][]string{{"display"}, {"push"}, {"brand_search", "call_center"},
			{"direct"}, {"store"}} {
			met := factual.met(off...)
			spared := len(met) - count(met)
			touched, untouched := factual.changed(portraitsOf(t, without(t, w, off...)), met)
			if touched < 100 || untouched > 0 || spared < 50 {
				t.Errorf("coupling %s, without %v: %d changed who met it, want many; %d of %d who did "+
					"not, want none of many", coupling, off, touched, untouched, spared)
			}
			for person := range met {
				met[person] = factual.shows(person, off)
			}
			_, mutant := factual.changed(portraitsOf(t, without(t, w, off...)), met)
			unseen += mutant
		}
		if unseen == 0 {
			t.Error("nobody has changed who met a channel in the warm-up only")
		}
	}
}

// count is how many are true.
func count(all map[int64]bool) int {
	n := 0
	for _, is := range all {
		if is {
			n++
		}
	}
	return n
}

// TestEffectsStayInTown: with live coupling the untouched do change, but none of them in a town in
// which nobody has met the channel.
func TestEffectsStayInTown(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith(everything)+"coupling: live\n", "customers", "8_000", "warmup", "0",
		"town", "100", "days", "60", "journey.channels.start.display", "0.02",
		"behaviors.advertising.channels.display.reach", "0.01%", "campaigns.launch.budget", "100")
	factual, other := portraitsOf(t, w), portraitsOf(t, without(t, w, "display"))
	met := factual.met("display")
	changed := func(near map[int64]bool) int {
		_, untouched := factual.changed(other, near)
		return untouched
	}
	towns := map[int64]bool{}
	for person, is := range met {
		towns[(person-1)/int64(w.TownSize)] = towns[(person-1)/int64(w.TownSize)] || is
	}
	near := map[int64]bool{}
	for person := range met {
		near[person] = towns[(person-1)/int64(w.TownSize)]
	}
	if far := len(near) - count(near); far < 100 || changed(near) > 0 || changed(met) < 100 {
		t.Errorf("%d of %d people far from a display have changed, want none of many; and %d who "+
			"saw none, want many", changed(near), far, changed(met))
	}
}

// TestEverythingGoesInAnyOrder: two channels can be taken away one after the other, in any order.
func TestEverythingGoesInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, coupling := range []string{"frozen", "live"} {
		w := worldOf(t, bazaarWith(contracts)+"coupling: "+coupling+"\n", "customers", "500")
		one := portraitsOf(t, without(t, without(t, w, "email"), "display"))
		other := portraitsOf(t, without(t, without(t, w, "display"), "email"))
		if together := portraitsOf(t, without(t, w, "display", "email")); !maps.EqualFunc(one, together,
			slices.Equal) || !maps.EqualFunc(other, together, slices.Equal) {
			t.Errorf("coupling %s: together and one after the other are different worlds", coupling)
		}
	}
}
