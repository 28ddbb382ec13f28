package simulate

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// bazaar is a market with every kind of channel, in which behaviors are tried. Its chain is plain,
// so that what a behavior does shows.
var bazaar = func() string {
	text, err := os.ReadFile("../testdata/bazaar.yaml")
	if err != nil {
		panic(err)
	}
	return string(text)
}()

// bazaarWith is the bazaar with a block of behaviors, such as "{churn: on}".
func bazaarWith(behaviors string) string { return bazaar + "behaviors: " + behaviors + "\n" }

// anyBehavior draws the block of a behavior for a swarm, by its name. The file of each behavior's
// tests adds its own.
var anyBehavior = map[string]func(d die) string{}

// anyBazaar is the bazaar with some behaviors, and the channels of which it shall be without.
func anyBazaar(seed uint64) (text string, off []string) {
	d := die{rand.New(rand.NewPCG(seed, 11))}
	var blocks []string
	for _, name := range slices.Sorted(maps.Keys(anyBehavior)) {
		if d.IntN(3) > 0 {
			blocks = append(blocks, name+": "+anyBehavior[name](d))
		}
	}
	text = bazaarWith("{" + strings.Join(blocks, ", ") + "}")
	text += "coupling: " + d.one("off", "frozen", "live", "live") + "\n"
	for _, channel := range []string{"tv", "display", "paid_social", "brand_search", "email", "push"} {
		if d.IntN(8) == 0 {
			off = append(off, channel)
		}
	}
	return text, off
}

// TestSwarmOfBehaviors lives the bazaar with behaviors of any settings side by side, in both orders
// of work, in worlds with and without some channels: all checkers agree.
//
//	go test ./simulate -run 'TestSwarmOfBehaviors/seed=777$' -swarm 778
func TestSwarmOfBehaviors(t *testing.T) {
	t.Parallel()
	for seed := range uint64(max(*swarmSize/4, 1)) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			text, off := anyBazaar(seed)
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("seed %d, without %v:\n%s", seed, off, text)
				}
			})
			w := worldOf(t, text, "customers", "1_500", "days", "60")
			w, err := w.Without(off...)
			if err != nil {
				t.Fatal(err)
			}
			w.PartTowns = 1 + int(seed%2)
			w.Parts = (w.Towns + w.PartTowns - 1) / w.PartTowns
			keepsItsPromises(t, w)
		})
	}
}
