package simulate

import (
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// The ids of the messages of a channel and a day: what is sent comes first, what is opened has the
// second half. A list sends one a day, which leaves ids for what becomes of it.
const (
	firstOpened  = mostExposures / 2
	ofBounced    = 1
	ofLeaving    = firstOpened + 1
	ofWithdrawal = firstOpened + 2
)

// mailing reports whether newsletters go out today.
func (a *advertising) mailing() bool {
	for i := range a.plan.Channels {
		if c := &a.plan.Channels[i]; c.List && c.On[a.town.weekday] {
			return true
		}
	}
	return false
}

// posted returns when a message of a list goes out to a person today, within 15 minutes from an
// hour on.
func (t *town) posted(hour int, u uint64) (at int64, ok bool) {
	at = t.dayStart + int64(t.clock[hour])*second + int64(draw.Below(u, 15*60*second))
	return at, at < t.dayEnd-lastCall
}

// unsubscribe makes the reader of a newsletter withdraw their consent, soon after they opened it.
func (a *advertising) unsubscribe(p *person, channel uint8, source int, at int64) {
	at = min(at+8*second, a.town.dayEnd-1)
	a.write(p, channel, source, ofLeaving, table.MessageUnsubscribed, at)
	a.write(p, channel, source, ofWithdrawal, table.ConsentChanged, at)
	p.optedOut = at
	a.views[a.town.place(p)].reads = false
}
