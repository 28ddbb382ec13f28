package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// vain is how long a look at an empty shelf takes.
const vain = 2 * 60 * second

// A shopping is a visit to a store that may go on.
type shopping struct {
	person    int32
	began     int64
	until     int64
	event     int // its place among the events of the day
	elsewhere bool
}

// comeback is the time within which nobody goes to the store again that they have just left: who
// orders there stays, who looks again comes on another day.
const comeback = 3600 * second

// goesOnShopping reports whether a person whose last touch was a visit to their store is still
// there at a time, to order something.
func (t *town) goesOnShopping(p *person, does model.Activity, at int64) bool {
	s := &t.shopping
	return (does == model.PlaceOrder || does == model.AskQuote) && s.person == p.id &&
		!s.elsewhere && s.until >= t.dayStart && at-s.until < comeback && p.touches > 0 &&
		t.world.Channels[p.last-1].Touchpoint == table.Store
}

// shop is a visit to the person's store, of two minutes at least unless it closes before.
func (t *town) shop(x *touch, stay int64) int64 {
	p := x.p
	x.base.store = uint16(p.store)
	goesOn := t.goesOnShopping(p, x.plan.Does, x.at)
	if x.elsewhere != 0 {
		t.visitStore(x, vain, goesOn)
		t.miss(x, x.at+vain/2)
		x.base.store = uint16(x.elsewhere)
		x.at += vain + p.way()
		goesOn = false
	}
	length := t.fit(x, t.length(p, &t.world.StoreLength), 2*60*second, stay)
	length = min(length, t.closes(x.channel, x.at)-1-x.at)
	t.visitStore(x, length, goesOn)
	over := x.at + length
	p.pattern |= sawStore
	t.deal(x, length)
	return over
}

// visitStore writes a visit of a length, or makes the one that goes on longer.
func (t *town) visitStore(x *touch, length int64, goesOn bool) {
	s := &t.shopping
	if !goesOn {
		t.emit(x, table.StoreVisit).duration = int32(length / milli)
		*s = shopping{person: x.p.id, began: x.at, event: len(t.rec.events) - 1}
	}
	s.until, s.elsewhere = x.at+length, uint32(x.base.store) != x.p.store
	if goesOn && !t.rec.silent {
		t.rec.events[s.event].duration = int32((s.until - s.began) / milli)
	}
}

// closes returns when a channel that is open at a time of today closes.
func (t *town) closes(c *model.ChannelPlan, at int64) int64 {
	h := t.hour(at)
	for h < 24 && c.Hours.Weight(h) > 0 {
		h++
	}
	return t.dayStart + int64(t.clock[h])*second
}

// deal does what the person has come or called for, within a time: find something or not, order it,
// request a quote.
func (t *town) deal(x *touch, length int64) {
	if x.elsewhere == 0 {
		t.miss(x, x.at+length/2)
	}
	if x.plan.Does == model.PlaceOrder {
		x.at += length / 8 * 7
		t.order(x)
	}
	t.askQuote(x, length/8)
}

// call is a call to the call centre; a known customer is recognised by the number.
func (t *town) call(x *touch, stay int64) int64 {
	length := t.fit(x, t.length(x.p, &t.world.CallLength), 30*second, stay)
	over := x.at + length
	x.over = over
	if x.p.known(x.at) {
		x.base.user = t.userID(x.p)
	}
	t.emit(x, table.Call).duration = int32(length / milli)
	t.deal(x, length)
	return over
}
