package paths

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/percorso/percorso/model/table"
)

// cut makes the paths of each visitor. A path ends with a conversion, or after a gap without
// touches that is longer than the look-back. Touches at the same time are in the order of their
// event ids.
func (p *part) cut(c *Collector) {
	for i := range p.seen {
		s := &p.seen[i]
		if user, known := p.users[s.device]; s.user == table.Null && known {
			s.user = user
		}
		if s.user != table.Null {
			s.device = table.Null // it is the same visitor on all of them
		}
	}
	slices.SortFunc(p.seen, func(a, b sighting) int {
		return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.device, b.device),
			cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
	})
	for rest := p.seen; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].user == rest[0].user && rest[n].device == rest[0].device {
			n++
		}
		p.visitor(rest[:n], c.rule.LookBack.Microseconds())
		rest = rest[n:]
	}
	p.seen, p.users = nil, nil
}

// visitor makes the paths of one visitor.
func (p *part) visitor(seen []sighting, lookBack int64) {
	from := 0
	for i := range seen {
		s := &seen[i]
		if s.order == table.Null {
			continue
		}
		old := from
		for old < i && seen[old].at < s.at-lookBack {
			old++
		}
		p.idle(seen[from:old], lookBack)
		if old == i {
			p.unseen++
		} else {
			one := p.path(seen[old:i], s.at)
			one.Conversions, one.Value = 1, float64(s.cents)/100
			one.ID = strconv.FormatInt(s.order, 10)
			p.paths = append(p.paths, one)
		}
		from = i + 1
	}
	p.idle(seen[from:], lookBack)
}

// idle makes paths of touches that led to nothing.
func (p *part) idle(touches []sighting, lookBack int64) {
	for len(touches) > 0 {
		n := 1
		for n < len(touches) && touches[n].at-touches[n-1].at <= lookBack {
			n++
		}
		one := p.path(touches[:n], touches[n-1].at)
		one.Nulls = 1
		p.paths = append(p.paths, one)
		touches = touches[n:]
	}
}

// path is a path of touches up to a time.
func (p *part) path(touches []sighting, end int64) Path {
	one := Path{Touches: make([]uint16, len(touches)), Ago: make([]float64, len(touches))}
	for i := range touches {
		one.Touches[i] = uint16(touches[i].channel)
		one.Ago[i] = float64(end-touches[i].at) / aDay
	}
	return one
}
