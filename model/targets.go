package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// A Target is a band in which a figure of the market must lie when the scenario is simulated, and
// where the band comes from.
type Target struct {
	Band   [2]Figure `yaml:"band" must:"true" doc:"lowest and highest acceptable value: shares as [66%, 74%], other units as numbers such as [25, 33]" want:"the lowest and the highest value, such as [66%, 74%]"`
	Source string    `yaml:"source" must:"true" doc:"where the band comes from: publication and year, or whose proposal it is" want:"where the band comes from, such as Baymard 2024"`
	Is     string    `yaml:"is" doc:"what the source measured, if it differs from the KPI"`
}

// A Figure is the value of a KPI: a number, or a percentage such as 70%, 0.7 here.
type Figure float64

// targets checks that each is about a KPI that there is, with a band in which it can lie, and says
// where it comes from.
func (c *checker) targets(p document.Place, s *Scenario) {
	kpis := KPIs(s)
	for _, e := range document.Blocks(p.Node) {
		q, target := p.Key(e.Key), s.Targets[e.Key]
		i := slices.IndexFunc(kpis, func(k KPI) bool { return k.Name == e.Key })
		if i < 0 {
			if now, ok := renamed["Target."+e.Key]; ok {
				c.Fail(e.At, p, "unknown KPI %s, it is now called %q", document.Quoted(e.Key), now)
				continue
			}
			c.Fail(e.At, p, "unknown KPI %s, want %s%s", document.Quoted(e.Key),
				table.OneOf(kpiForms()), table.Nearest(e.Key, kpiNames(kpis)))
			continue
		}
		if at := q.Key("source"); !at.Absent() && c.Clean(at) &&
			strings.TrimSpace(target.Source) == "" {
			c.Wrong(at, "%s", scenarios.Wants("Target.source"))
		}
		if at := q.Key("band"); !at.Absent() && c.Clean(at) {
			c.band(at, target.Band, kpis[i].Unit)
		}
	}
}

// band checks that a band has its lower end first and lies where values of a unit can.
func (c *checker) band(p document.Place, band [2]Figure, unit Unit) {
	limit := unit.limit()
	for i, x := range band {
		q := p.Item(i)
		isPercent := strings.HasSuffix(q.Node.Text, "%")
		switch {
		case !limit.Has(float64(x)) && unit == UnitShare:
			c.Wrong(q, "a share from %s to 1, such as 35%% or 0.35", document.Number(limit.Min))
		case !limit.Has(float64(x)):
			c.Wrong(q, "%s %s", unit.noun(), limit)
		case isPercent && unit != UnitShare:
			c.Wrong(q, "%s, without %%", unit.noun())
		}
	}
	if c.Clean(p) && band[0] > band[1] {
		c.Fail(p.Value(), p, "found %s, want the lower end first", bandText(p.Node))
	}
}

// bandText writes a band as it was written.
func bandText(n *document.Node) string {
	return fmt.Sprintf("[%s, %s]", n.Items[0].Text, n.Items[1].Text)
}
