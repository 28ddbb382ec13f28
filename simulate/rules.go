package simulate

import "github.com/percorso/percorso/model/draw"

// A rule is a behavior as towns know it: its name in scenarios, the family of its uniforms, and its
// constructor for a town, which returns nil where the town's world is without it.
type rule struct {
	name   string
	family family
	begin  func(*town, family) any
}

// rules are all behaviors, in the order in which they are asked. The two that begin journeys before
// the day come last, so that behaviors with daily state have begun the day by then. Season, the
// eleventh, only changes the calendar, when the world is compiled.
//
// A family belongs to one rule for good: with another family the rule would draw other uniforms.
// Families 1 and 2, 17 and 18 and so on have no slots in visits, where those of pages beyond the
// 256th are.
var rules = [...]rule{
	{"cart", 5, newCartBehavior},
	{"churn", 3, newChurn},
	{"fulfilment", 6, newFulfilment},
	{"loyalty", 4, newLoyalty},
	{"market", 8, newMarketForces},
	{"omnichannel", 7, newOmnichannel},
	{"satisfaction", 2, newSatisfaction},
	{"service", 10, newService},
	{"advertising", 1, newAdvertising},
	{"word_of_mouth", 9, newWordOfMouth},
}

// newBehaviors enlists the behaviors that are on in the town's world.
func newBehaviors(t *town) (b behaviors) {
	for _, r := range rules {
		if one := r.begin(t, r.family); one != nil {
			b.enlist(one)
			b.wakers[r.family], _ = one.(waker)
		}
	}
	return b
}

// A family is the uniforms of one behavior, by slots that count from 0: a block in each visit of a
// stage, and a block under the key of a person or a key derived from it.
type family uint8

// families is more than any family.
const families = 16

const (
	visitBits = 8  // bits of a slot in a visit
	lifeBits  = 24 // bits of any other slot
)

// inVisit is the uniform of a slot in the present visit of the present stage.
func (f family) inVisit(p *person, slot uint64) uint64 {
	return p.u(slotBehavior + uint64(f)<<visitBits + slot)
}

// draw is the uniform of a slot under a key.
func (f family) draw(key draw.Key, slot uint64) uint64 { return key.Draw(f.slot(slot)) }

// slot is the place of a slot of the family among all slots.
func (f family) slot(slot uint64) uint64 { return slotsOfBehaviors + uint64(f)<<lifeBits + slot }
