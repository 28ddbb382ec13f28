package simulate

import (
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
)

// acquaintances says who knows whom in a town: each person knows the nearest neighbours on a ring,
// except that some of these ties are rewired to a random person (Watts and Strogatz 1998). Ties go
// both ways.
type acquaintances struct {
	first []int32 // where the ties of a person begin, by place; one more entry than people
	ties  []tie
}

// A tie leads to an acquaintance: the person's place in the town and, in the lowest bit, whether
// the tie was rewired. Rewired ties are the weak ones.
type tie int32

func (t tie) to() int32  { return int32(t >> 1) }
func (t tie) weak() bool { return t&1 == 1 }

// of returns the ties of a person, by place.
func (a *acquaintances) of(place int32) []tie { return a.ties[a.first[place]:a.first[place+1]] }

// newAcquaintances ties n people to k others each, on average; in a smaller town, to as many as
// there are. The key is the town's.
func newAcquaintances(n, k int, rewire draw.Chance, key draw.Key) *acquaintances {
	k = min(k, (n-1)/2*2)
	near := make([][]tie, n)
	for i := range near {
		near[i] = make([]tie, 0, k+k/2)
		for j := 1; j <= k/2; j++ {
			near[i] = append(near[i], tie((i+j)%n)<<1, tie((i-j+n)%n)<<1)
		}
	}
	for j := 1; j <= k/2; j++ {
		for i := range n {
			key := key.With(uint64(i)).With(uint64(j))
			if rewire.Hits(key.Draw(0)) {
				moveTie(near, int32(i), int32((i+j)%n), key)
			}
		}
	}
	a := &acquaintances{first: make([]int32, 1, n+1)}
	for _, ties := range near {
		slices.Sort(ties)
		a.ties = append(a.ties, ties...)
		a.first = append(a.first, int32(len(a.ties)))
	}
	return a
}

// moveTie rewires one person's tie to a random person they do not know yet. After some attempts, in
// a town where everybody knows everybody, it stays as it is.
func moveTie(near [][]tie, from, to int32, key draw.Key) {
	const attempts = 20
	for attempt := range uint64(attempts) {
		other := int32(draw.Below(key.Draw(1+attempt), uint64(len(near))))
		knows := func(t tie) bool { return t.to() == other }
		if other == from || slices.ContainsFunc(near[from], knows) {
			continue
		}
		drop(&near[from], to)
		drop(&near[to], from)
		near[from] = append(near[from], tie(other)<<1|1)
		near[other] = append(near[other], tie(from)<<1|1)
		return
	}
}

// drop removes the tie to a person.
func drop(ties *[]tie, to int32) {
	*ties = slices.DeleteFunc(*ties, func(t tie) bool { return t.to() == to })
}

// acquaintances returns those of the people of this town, the same in every world.
func (t *town) acquaintances(k int, rewire draw.Chance) *acquaintances {
	key := t.world.Key.With(model.KeyTies).With(uint64(t.number))
	return newAcquaintances(len(t.people), k, rewire, key)
}
