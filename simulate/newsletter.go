package simulate

import (
	"math/bits"

	"github.com/percorso/percorso/model"
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

// sumOf is how many contacts a channel should have on a day on which it has any.
func sumOf(plan *model.AdvertisingPlan, running []int, channel int) (sum uint64) {
	for _, i := range running {
		if s := &plan.Sources[i]; s.Channel == channel {
			sum += draw.Scale(s.Rate, plan.Channels[channel].Base)
		}
	}
	return sum
}

// atMostOne is the rate at which a source has its part of a sum of contacts of which nobody gets
// more than one: a Poisson law of mean -ln(1 - sum) says none as often.
func atMostOne(rate, sum uint64) uint64 {
	const ln2 = 2977044472 // with 32 fractional bits
	const most = 99 << 32 / 100
	if sum == 0 {
		return 0
	}
	mean := partOf(uint64(32*draw.One-draw.Log2(1<<32-min(sum, most))), ln2)
	hi, lo := bits.Mul64(rate, mean)
	rate, _ = bits.Div64(hi, lo, sum)
	return rate
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
