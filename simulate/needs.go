package simulate

import (
	"math/bits"

	"github.com/percorso/percorso/model/draw"
)

// How needs are felt, the first moment of a life that behaviors bend.
//
// At the plain rate of the chain a person has needs by a Poisson process of hazard λ·S(day). Bent
// by η, the log2 of a factor, the hazard is 2^η times that. It is the sum of three independent
// processes, so that no bound need follow the effects (superposition and thinning: Lewis and
// Shedler 1979):
//
//	plain   candidates at the plain rate; where η < 0 only a part of them is felt
//	urged   candidates at the same rate, of which 2^η - 1 are felt, between 0 and 1
//	eager   the rest, 2^η - 2, for the few whose bend exceeds 1: they are asked every day
//
// Without any behavior that bends needs there is only the first. A small effect changes few people,
// and one of zero nobody.

// mostUrged is the bend up to which candidates of the second process suffice.
const mostUrged = draw.One

// nextNeed returns the first day after the given one on which a process at the plain rate has a
// candidate: the season's hazard from there on has reached an exponential threshold. The draw is
// keyed by the process and the day it starts from, so candidates are the same whatever else happens
// to the person.
func (t *town) nextNeed(p *person, process uint64, after int) (int, bool) {
	u := p.key.Draw(process + uint64(after+t.world.Warmup+1))
	days, ok := waiting(u, p.patience)
	if !ok {
		return 0, false
	}
	return t.world.NeedDay(after, days)
}

// expectNeed enters the next candidate of a process in the agenda.
func (t *town) expectNeed(p *person, process uint64, after int) {
	why := errandNeed
	if process == slotUrge {
		why = errandUrge
	}
	if day, ok := t.nextNeed(p, process, after); ok {
		t.enters(p, day, item{errand: why})
	}
}

// needBend is what all behaviors add to the log2 of the hazard of a need.
func (t *town) needBend(p *person) (bend draw.Log) {
	for _, b := range t.need {
		bend += b.bendNeed(p)
	}
	return bend
}

// felt reports whether a candidate of today, of the first or the second process, is felt.
func (t *town) felt(p *person, urged bool) bool {
	bend := t.needBend(p)
	switch {
	case urged && bend <= 0:
		return false
	case urged && bend >= mostUrged, !urged && bend >= 0:
		return true
	case urged: // 2^bend - 1
		bend = draw.Log2(uint64(draw.Exp2(bend+32*draw.One))-1<<32) - 32*draw.One
	}
	hazard, slot := t.hazard(), slotFelt
	if urged {
		slot = slotUrged
	}
	u := p.key.Draw(t.daily(slot))
	hi, _ := bits.Mul64(u, chance(hazard, p.patience, 0))
	return hi < chance(hazard, p.patience, bend)
}

// hazard is that of a need today, in mean days with 20 fractional bits.
func (t *town) hazard() uint64 {
	at := t.day + t.world.Warmup
	return t.world.Season[at+1] - t.world.Season[at]
}

// stir tells the town that a person's bend of needs may have risen, above what their behaviors said
// that it could become.
func (t *town) stir(p *person) {
	if p.eager {
		return
	}
	if p.calm = mostUrged - t.mostNeed(p); p.calm < 0 {
		p.eager = true
		t.eager = append(t.eager, t.place(p))
	}
}

// raise tells the town that what a behavior says of mostNeed has risen by so much.
func (t *town) raise(p *person, by draw.Log) {
	if p.calm -= by; p.calm < 0 {
		t.stir(p)
	}
}

// mostNeed bounds the bend of a person's needs until they are stirred again.
func (t *town) mostNeed(p *person) (most draw.Log) {
	for _, b := range t.need {
		most += b.mostNeed(p)
	}
	return most
}

// askEager lets those who are eager feel a need beyond the other two processes, and forgets those
// who are so no longer.
func (t *town) askEager() {
	still := t.eager[:0]
	for _, i := range t.eager {
		p := &t.people[i]
		for _, f := range t.faders {
			f.fade(p)
		}
		if p.calm = mostUrged - t.mostNeed(p); p.calm >= 0 {
			p.eager = false
			continue
		}
		still = append(still, i)
		if !t.free(p) {
			continue
		}
		bend := t.needBend(p)
		if bend <= mostUrged {
			continue
		}
		rest := draw.Log2(uint64(draw.Exp2(bend+32*draw.One))-2<<32) - 32*draw.One
		if p.key.Draw(t.daily(slotEager))>>32 < chance(t.hazard(), p.patience, rest) {
			t.startDay(p)
			t.begin(p)
		}
	}
	t.eager = still
}

// chance returns 1 - 2^-(hazard/patience × 2^bend) with 32 fractional bits.
func chance(hazard, patience uint64, bend draw.Log) uint64 {
	if hazard == 0 || patience == 0 {
		return 0
	}
	y := draw.Log2(hazard) - draw.Log2(patience) + 32*draw.One + bend // of the exponent
	exponent := draw.Log(min(draw.Exp2(min(y, 61*draw.One)), int64(31*draw.One)))
	return 1<<32 - uint64(draw.Exp2(32*draw.One-exponent))
}
