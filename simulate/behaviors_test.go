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
	if d.IntN(2) == 0 {
		text += fmt.Sprintf("catalogue: {mix: %d%%, categories: {goods: {share: 3, with: {food: %d}}, "+
			"food: {share: 1}, toys: {share: 1}}}\n", d.IntN(101), 1+d.IntN(9))
	}
	return text, off
}

// TestSwarmOfBehaviors lives the bazaar with behaviors of any settings side by side, in both orders
// of work, in worlds with and without some channels: all checkers agree.
//
//	go test ./simulate -run 'TestSwarmOfBehaviors/seed=777$' -swarm 778
func TestSwarmOfBehaviors(t *testing.T) {
	t.Parallel()
	for seed := range swarmed(4) {
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

// everything is a block with all behaviors on, and as much of each as lets it act in a bazaar: all
// of them listen to each other.
const everything = `{
  advertising: {channels: {
    tv: {reach: 2%, effects: {need: 0.3}},
    display: {reach: 0.5%, clicks: 20%, cost: {cpm: 100},
      effects: {need: 0.5, stage: 1, conversion: 0.5}},
    email: {reach: 2%, opens: 30%, clicks: 5%, subscribers: true, cost: {piece: 0.1},
      effects: {basket: 0.5, churn: 0.5}},
    push: {reach: 2%, opens: 50%, clicks: 5%, after: 14d, effects: {conversion: 0.5}},
    paid_social: {reach: 10%, clicks: 2%, effects: {choice: {brand_search: 1}}},
    brand_search: {cost: {cpc: 0.5}}}},
  cart: {recovery: {email: {after: 1h, clicks: 20%, orders: 10%}, push: {after: 1d, clicks: 20%}}},
  churn: {returns: 40%, dropout: {a: 1, b: 3}, win_back: {
    mail: {channel: email, returns: 20%, after: 5d, every: 10d},
    ping: {channel: push, returns: 20%}}},
  fulfilment: on,
  loyalty: {restock: {refill: {channel: email, after: 20d, clicks: 20%}}},
  market: {prices: {every: 1}, promotions: {
    sale: {from: 2025-01-15, to: 2025-02-15, off: 20%},
    members: {from: 2025-02-10, to: 2025-03-20, off: 10%, coupon: 40%, mail: {channel: email}}}},
  omnichannel: {competitors: {rival: {share: 10%}}},
  satisfaction: {survey: {share: 80%, rest: 10d}, reviews: {answers: {base: 20%}}},
  season: on,
  service: {agents: 3, contacts: 1, asks: {order: 20%},
    channels: {call_center: {}, email: {}, app: {}}},
  word_of_mouth: {speaks: {promoter: 90%, passive: 50%, detractor: 90%}, tells: 3, offline: 40%,
    aware: {strong: 20%, weak: 10%}, shares: 10%, referral: {share: 40%, accept: 40%}}}`

// contracts is the same in a market of subscriptions.
var contracts = strings.Replace(everything, "dropout: {a: 1, b: 3}, ",
	"contracts: {plan: {channel: app, churn: 30%, under_contract: 40%, needs: 30%}}, ", 1)
