package story

import (
	"fmt"
	"slices"
	"strings"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A position is where a journey has come to as it is told: what the chain remembers of it.
type position struct {
	stage        string // "": before its first touch that was written
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

// why names the rule behind a touch that begins with e, and its probability: how many of those who
// are where the person is go the same way, and how many of these through the same channel.
func (t *teller) why(e record) string {
	cause := e.words["cause"]
	if begins := t.voice(e).begins; begins != "" {
		return t.say(begins) + bracket(cause)
	}
	next, to := &t.chain().Stages[t.stage(t.at.stage)].Next, t.stage(e.words["stage"])
	from, into := spaced(t.at.stage), spaced(e.words["stage"])
	s, who := "", "of these come"
	switch {
	case cause == "need":
		s = t.say("{they} {need} something; %s of journeys start at %s",
			chance(t.chain().Start.Part(to)), into)
	case t.at.stage == "" && t.w.Off != 0:
		return "the journey began before the first day of the data, or through a channel that is missing"
	case t.at.stage == "":
		return "the journey began before the first day of the data"
	case next.Part(to) == 0 && from == into:
		s, who = t.say("{they} {come} back to %s ", into)+t.beyond(), "come"
	case next.Part(to) == 0:
		s, who = t.say("from %s {they} {go} on to %s ", from, into)+t.beyond(), "come"
	case from == into:
		s = fmt.Sprintf("%s, %s stay there for another contact", after(from), chance(next.Part(to)))
	default:
		s = fmt.Sprintf("%s, %s go on to %s", after(from), chance(next.Part(to)), into)
	}
	part := t.share(e)
	if part == 0 { // another channel was drawn, and the visit through this one was not over
		return s
	}
	s += "; "
	if t.at.last > 0 {
		s += after(spaced(t.channels().Word(uint32(t.at.last)))) + ", "
	}
	return s + chance(part) + " " + who + " through " + spaced(e.words["channel"])
}

// after puts a stage or a channel before what follows it; after sales comes "from after sales".
func after(name string) string {
	if strings.HasPrefix(name, "after ") {
		return "from " + name
	}
	return "after " + name
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
		return "after something that is missing in this world"
	}
	return "for a reason that the journey does not give"
}

// bracket names the behavior behind something.
func bracket(behavior string) string { return " [" + spaced(behavior) + "]" }

// chain is that of the person's journeys.
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
