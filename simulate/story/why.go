package story

import (
	"fmt"
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A position is where a journey has come to as it is told: what the chain remembers of it.
type position struct {
	stage        string // "": before its first touch that is seen
	before, last uint8  // channels, from 1; 0: none
	events       []record
}

// move goes on to the next touch.
func (p *position) move(stage string, channel uint8, events []record) {
	p.stage, p.before, p.last, p.events = stage, p.last, channel, events
}

// saw reports whether there was an event of a type in the last touch.
func (p *position) saw(kind string) bool {
	return slices.ContainsFunc(p.events, func(e record) bool { return e.words["event_type"] == kind })
}

// why names the rule behind a touch that begins with e, and its probability.
func (t *teller) why(e record) string {
	to, cause := e.words["stage"], e.words["cause"]
	if begins := t.voice(e).begins; begins != "" {
		return begins + bracket(cause)
	}
	var s string
	chain, from := t.chain(), t.stage(t.at.stage)
	switch next := &chain.Stages[from].Next; {
	case cause == "need":
		s = fmt.Sprintf("a need was felt; journeys begin with %s %s", to,
			chance(chain.Start.Part(t.stage(to))))
	case t.at.stage == "" && t.w.Off != 0:
		s = "it began before the first day, or with something that is not seen in this world"
	case t.at.stage == "":
		s = "it began before the first day"
	case next.Part(t.stage(to)) == 0:
		s = t.at.stage + " leads to " + to + ", " + t.beyond()
	default:
		s = fmt.Sprintf("%s leads to %s %s", t.at.stage, to, chance(next.Part(t.stage(to))))
	}
	// 0: she drew another channel, and was still in the visit of this one
	if part := t.share(e); part > 0 && (t.at.stage != "" || cause == "need") {
		after := "at the start"
		if t.at.last > 0 {
			after = "after " + t.channels().Word(uint32(t.at.last))
		}
		s += fmt.Sprintf("; %s comes %s %s", e.words["channel"], after, chance(part))
	}
	return s
}

// share is the part of those who come through the channel of a touch that begins with e, among all
// who enter its stage at this point of a journey.
func (t *teller) share(e record) float64 {
	chain, channels := t.chain(), len(t.channels().Vocab)
	row := chain.Row(t.at.before, t.at.last, channels)
	through := &chain.Stages[t.stage(e.words["stage"])].Channel[row]
	return through.Part(int(t.channel(e)) - 1)
}

// beyond is why a journey goes where the chain alone does not lead.
func (t *teller) beyond() string {
	for _, v := range t.voices {
		if v.beyond == nil {
			continue
		}
		if s := v.beyond(t); s != "" {
			return s + bracket(v.behavior)
		}
	}
	if t.w.Off != 0 {
		return "after something that is not seen in this world"
	}
	return "beyond the chain"
}

// bracket names the behavior behind something.
func bracket(behavior string) string { return " [" + spaced(behavior) + "]" }

// chain is that of her journeys.
func (t *teller) chain() *model.Chain {
	mine := func(s model.SegmentPlan) bool { return s.Name == t.life.person.words["segment"] }
	return &t.w.Chains[t.w.Segments[slices.IndexFunc(t.w.Segments, mine)].Chain]
}

// stage returns the code of a stage, 0 for none.
func (t *teller) stage(name string) int { return slices.Index(t.w.Stages, name) + 1 }

func (t *teller) channels() *table.Column {
	return &t.w.Tables[table.TableEvents].Columns[table.EventChannel]
}

// channel returns the code of the channel of an event.
func (t *teller) channel(e record) uint8 {
	return uint8(slices.Index(t.channels().Vocab, e.words["channel"]) + 1)
}
