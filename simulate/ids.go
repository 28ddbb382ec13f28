package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// What happens at most once in a visit of a stage (a journey, a session, an order, a cart) has the
// id of that visit: the same in every world in which it happens.

// visitID returns the id of a kind of the present visit of a stage.
func (t *town) visitID(kind idKind, p *person) int64 {
	visit := int(p.stage)<<8 | int(p.visits[p.stage])
	return t.ids.id(kind, int(p.id), int(p.needDay)+t.world.Warmup, visit)
}

func (t *town) journeyID(p *person) int64 {
	return t.ids.id(journeyIDs, int(p.id), int(p.needDay)+t.world.Warmup, 0)
}

func (t *town) deviceID(p *person, d table.Device) int64 {
	return t.ids.id(deviceIDs, int(p.id), int(p.life), int(d))
}

func (t *town) userID(p *person) int64 { return t.ids.id(userIDs, int(p.id), int(p.life), 0) }

// userIf returns the person's user_id where they are recognised.
func (t *town) userIf(p *person, known bool) int64 {
	if !known {
		return none
	}
	return t.userID(p)
}

// idBits is the width of a public id: it stays exact where numbers are doubles, as in JSON.
const idBits = 53

// The parts of an id before it is hidden: customer, day and ordinal within the day.
const (
	ordinalBits = 13
	dayBits     = 13
	maxOrdinal  = 1<<ordinalBits - 1
)

// An idKind separates the ids of events, sessions and so on.
type idKind uint64

const (
	eventIDs idKind = iota + 1
	sessionIDs
	deviceIDs
	userIDs
	orderIDs
	cartIDs
	journeyIDs
	cardIDs
	returnIDs
	surveyIDs
	reviewIDs
	ticketIDs
	socialIDs
	codeIDs
	idKinds
)

// A cipher is a keyed permutation of the numbers below 2^53: unique numbers stay unique, but
// neither nearness nor order survive. It hides the structure of a life from those who look at ids;
// it does not protect against somebody who wants to break it.
type cipher struct{ add, mul, inv [3]uint64 }

// Each round adds, multiplies by an odd number and folds the high half onto the low: three
// invertible steps modulo 2^53.
func newCipher(key draw.Key) cipher {
	var c cipher
	for i := range c.mul {
		c.add[i] = key.Draw(uint64(2*i)) & idMask
		c.mul[i] = key.Draw(uint64(2*i+1))&idMask | 1
		c.inv[i] = inverse(c.mul[i])
	}
	return c
}

const idMask = 1<<idBits - 1

// hide returns the public id of x.
func (c *cipher) hide(x uint64) int64 {
	return int64(c.round(2, c.round(1, c.round(0, x))))
}

func (c *cipher) round(i int, x uint64) uint64 {
	x = (x + c.add[i]) * c.mul[i] & idMask
	return x ^ x>>27
}

// reveal undoes hide.
func (c *cipher) reveal(id int64) uint64 {
	x := uint64(id)
	for i := len(c.mul) - 1; i >= 0; i-- {
		x ^= x >> 27 // its own inverse: 2 × 27 is more than the width
		x = (x*c.inv[i] - c.add[i]) & idMask
	}
	return x
}

// inverse returns the inverse of an odd number modulo 2^53, by Newton's iteration, which doubles
// the right bits each time.
func inverse(odd uint64) uint64 {
	x := odd // right to 3 bits
	for range 5 {
		x *= 2 - odd*x
	}
	return x & idMask
}

// ids makes the public ids of a world.
type ids struct{ of [idKinds]cipher }

func newIDs(key draw.Key) *ids {
	s := new(ids)
	for k := range s.of {
		s.of[k] = newCipher(key.With(uint64(k)))
	}
	return s
}

// id returns the public id of the ordinal-th thing of a kind that a customer does on a day, counted
// from the first day of the warm-up.
func (s *ids) id(kind idKind, customer, day, ordinal int) int64 {
	return s.of[kind].hide(plainID(customer, day, ordinal))
}

// plainID returns an id before it is hidden.
func plainID(customer, day, ordinal int) uint64 {
	return uint64(customer)<<(dayBits+ordinalBits) | uint64(day)<<ordinalBits | uint64(ordinal)
}

// about returns the id of the only thing of a kind that belongs to an order, such as its survey.
func (s *ids) about(kind idKind, order int64) int64 {
	return s.of[kind].hide(s.of[orderIDs].reveal(order))
}

// EventDay returns the person (their place) and the day, counted from the first written one, of an
// event id. ok is false for numbers that no event of the world can have; whether an event with the
// id exists, only a simulation can tell.
func EventDay(w *model.World, id int64) (person, day int, ok bool) {
	if id < 0 || id > idMask {
		return 0, 0, false
	}
	x := newIDs(w.Key.With(model.KeyIDs)).of[eventIDs].reveal(id)
	person = int(x >> (dayBits + ordinalBits))
	day = int(x>>ordinalBits&(1<<dayBits-1)) - w.Warmup
	return person, day, person < w.Customers && day >= 0 && day < w.Days
}
