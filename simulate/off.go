package simulate

import "github.com/percorso/percorso/model"

// coupled returns the town whose past acts on the customers of this one: the town itself; its
// counterpart in the factual world when coupling is frozen; or nil when customers do not affect
// each other.
func (t *town) coupled() *town {
	switch {
	case t.world.Coupling == model.CouplingOff:
		return nil
	case t.shadow != nil:
		return t.shadow
	}
	return t
}

// isOff reports whether the world is without a channel, counted from 1, today.
func (t *town) isOff(channel uint8) bool { return t.off>>(channel-1)&1 == 1 }

// meets remembers a channel, from 1, that a person meets before the first written day. After it the
// rows say so.
func (t *town) meets(p *person, channel uint8) {
	if t.day < 0 {
		p.met |= 1 << (channel - 1)
	}
}

// A through says what happened to a touch whose channel was drawn.
type through uint8

const (
	served  through = iota // the touch happens, here or through a substitute
	skipped                // nothing was shown or sent; the person goes on without it
	lost                   // the person would have come through it, and does not come at all
)

// serve applies the rules of `without` to the channel (from 1) that was drawn: a push that is not
// sent is not missed, unless the stage cannot happen without it; a visit comes through the
// channel's substitute, with a uniform of its own, or is lost. A person who is on the site already
// needs no channel to go on there.
func (t *town) serve(p *person, channel uint8, does model.Activity, at int64) (uint8, through) {
	w := t.world
	if c := &w.Channels[channel-1]; c.Plain && t.isOff(channel) && t.goesOn(p, c, at) {
		return channel, served
	}
	for hop := uint64(0); t.isOff(channel); hop++ {
		off := &w.Channels[channel-1].Without
		switch {
		case off.Skips && does != model.FillCart && does != model.PlaceOrder:
			return channel, skipped
		case off.Substitute == 0 || hop == model.MaxChannels,
			!off.Share.Hits(p.u(slotOff + hop)):
			return channel, lost
		}
		channel = off.Substitute
		if c := &w.Channels[channel-1]; !t.open(c, at) || !does.FitsAt(c.Touchpoint) {
			return channel, lost
		}
	}
	return channel, served
}
