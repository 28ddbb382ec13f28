package kpi

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// stretches of the written days are the clusters of calls: in a small town a queue outlasts days.
const stretches = 6

// stretchOf returns the stretch of the written days in which a time lies.
func stretchOf(w *model.World, at int64) int {
	begin, end := w.Begin(), w.End()
	return int((min(max(at, begin), end-1) - begin) * stretches / (end - begin))
}

// groups of people, drawn by their ids, are the clusters of sessions and answers.
const groups = 64

// A crowd counts sessions and purchases on web and app by group of people, device and channel.
type crowd struct{ crosstab }

// What a crowd counts.
const (
	crowdSession uint32 = iota
	crowdPurchase
)

// A cell of a crowd is what it counts, a device and a channel, by code or every.
type cell [3]uint32

var allSessions = cell{crowdSession, every, every}

func newCrowd(w *model.World) crowd {
	var c crowd
	for _, codes := range []int{groups, int(crowdPurchase) + 1, len(table.Devices) + 1,
		len(w.Channels) + 1} {
		c.by = append(c.by, dimension{words: make([]string, codes-1)})
	}
	c.allot(1)
	return c
}

// add counts one session or purchase of a person.
func (c *crowd) add(what uint32, person int64, device, channel uint32) {
	at := int(person%groups)*c.size(0) + int(what)*c.size(1)
	c.cells[at+int(device)*c.size(2)+int(channel)*c.size(3)]++
}

// spread is how many there are of one cell, of those of another, in each group.
func (c *crowd) spread(of, all cell) spread {
	s := make(spread, groups)
	for g := range uint32(groups) {
		s[g].x = c.rows(g, of[0], of[1], of[2])
		s[g].n = c.rows(g, all[0], all[1], all[2])
	}
	return s
}

// A spread is what a ratio, so much x of n, is in each of several clusters, which are independent of
// each other while what is in one of them is not.
type spread []cluster

// A cluster is so much x of n.
type cluster struct{ n, x int64 }

func (c *cluster) add(x int64) {
	c.n++
	c.x += x
}

// effect is the design effect (Kish 1965): how many times wider than among independent rows, whose
// variance is given, the variance of the ratio is. With k clusters and the ratio R of all it is
// k/(k-1)·Σ(x-R·n)²/N² (Cochran 1977, section 10.5), widened by Student's law since k is small. It
// is at least 1: rows never tell more than if they were independent.
func (s spread) effect(variance float64) float64 {
	n, x := 0.0, 0.0
	for _, c := range s {
		n += float64(c.n)
		x += float64(c.x)
	}
	k := float64(len(s))
	if n == 0 || variance <= 0 || k < 2 {
		return 1
	}
	ratio, squares := x/n, 0.0
	for _, c := range s {
		rest := float64(c.x) - float64(ratio*float64(c.n))
		squares += rest * rest
	}
	wider := student(k-1) / z95
	return max(1, wider*wider*k/(k-1)*squares/n/variance)
}

// add adds the clusters of another spread.
func (s spread) add(from spread) {
	for i, c := range from {
		s[i].n += c.n
		s[i].x += c.x
	}
}
