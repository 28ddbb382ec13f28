package kpi

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// Calls are clustered by time, in so many equal stretches of the written days: in a small town the
// same queue lasts for weeks.
const stretches = 6

// stretchOf returns the stretch of the written days in which a time lies.
func stretchOf(w *model.World, at int64) int {
	begin, end := w.Begin(), w.End()
	return int((min(max(at, begin), end-1) - begin) * stretches / (end - begin))
}

// Sessions and survey answers are clustered by people, in so many groups by the remainder of ids.
const groups = 64

// A crowd counts sessions and purchases on web and app by group of people, device and channel.
type crowd struct{ crosstab }

// What a crowd counts.
const (
	crowdSession uint32 = iota
	crowdPurchase
)

// A cell names what a crowd counts, a device and a channel, each by its code or every.
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

// spread returns the ratio of one cell to another, group by group.
func (c *crowd) spread(of, all cell) spread {
	s := make(spread, groups)
	for g := range uint32(groups) {
		s[g].x = c.rows(g, of[0], of[1], of[2])
		s[g].n = c.rows(g, all[0], all[1], all[2])
	}
	return s
}

// A spread is a ratio cluster by cluster. Clusters are independent of each other; the rows within
// one are not.
type spread []cluster

// A cluster has n rows, over which something adds up to x.
type cluster struct{ n, x int64 }

func (c *cluster) add(x int64) {
	c.n++
	c.x += x
}

// effect returns the design effect (Kish 1965): the variance of the ratio Σx/Σn, divided by what it
// would be if rows, of the given variance, were independent. With k clusters, N rows and the ratio
// R, the variance is k/(k-1)·Σ(x-R·n)²/N² (Cochran 1977, section 10.5). Since k is small, the
// effect also has the factor by which Student's quantile exceeds the normal one. It is at least 1.
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
