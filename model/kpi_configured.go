package model

import (
	"maps"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/model/table"
)

// Configured returns the value of a KPI that the scenario itself names, where it does: what
// customers do around it moves what is realised.
func (s *Scenario) Configured(k KPI) (value float64, ok bool) {
	reason, isReason := strings.CutPrefix(k.Name, AbandonedFor)
	switch {
	case isReason:
		return s.Carts.Reasons.part(reason), true
	case k.Name == "collect_share":
		return s.Orders.Fulfilment.part("collect"), len(s.Orders.Fulfilment) > 0
	case k.Name == "session_median_s":
		return s.Sessions.Duration.median()
	case k.Name == "phone_share":
		return s.phoneShare(), true
	}
	return s.configuredByBehavior(k.Name)
}

// configuredByBehavior returns the value of a KPI that a behavior names.
func (s *Scenario) configuredByBehavior(name string) (value float64, ok bool) {
	b := &s.Behaviors
	switch {
	case name == "cart_abandonment" && b.CartBehavior != nil:
		return float64(b.CartBehavior.Abandon), true
	case name == "return_rate_online" && b.Fulfilment != nil:
		return float64(b.Fulfilment.Returns.Online), true
	case name == "return_rate_store" && b.Fulfilment != nil:
		return float64(b.Fulfilment.Returns.Store), true
	case (name == "nps" || name == "nps_true") && b.Satisfaction != nil:
		return npsAt(b.Satisfaction.Level), true
	case name == "email_open" || name == "email_click":
		mail, ok := s.newsletter()
		if name == "email_open" {
			return float64(mail.Opens), ok
		}
		return float64(mail.Clicks), ok
	}
	return 0, false
}

// newsletter is the only channel that sends mails to many, if there is one.
func (s *Scenario) newsletter() (mail Exposure, ok bool) {
	if s.Behaviors.Advertising == nil {
		return Exposure{}, false
	}
	n := 0
	for name, x := range s.Behaviors.Advertising.Channels {
		if s.touchpoint(name) == table.Inbox {
			mail = x
			n++
		}
	}
	return mail, n == 1
}

// npsAt is the NPS at a level, before anybody has felt anything (model.md 1.10).
func npsAt(level float64) float64 {
	normal := distuv.UnitNormal
	return 100 * (normal.CDF(level-0.126) - normal.CDF(-1.036-level))
}

// part is the part that a name has of all weights.
func (w Weights) part(name string) float64 {
	whole := 0.0
	for _, key := range slices.Sorted(maps.Keys(w)) {
		whole += w[key]
	}
	if whole == 0 {
		return 0
	}
	return w[name] / whole
}

// median is the median in seconds of a law that names it.
func (l *Law) median() (seconds float64, ok bool) {
	at := l.Min
	switch {
	case l.Fixed != nil:
		at += *l.Fixed
	case l.Lognormal != nil:
		at += l.Lognormal.Median
	default:
		return 0, false
	}
	return time.Duration(at).Seconds(), true
}

// phoneShare is the share of phones in the devices of segments, each as large as its needs make it.
func (s *Scenario) phoneShare() float64 {
	all := Weights{}
	for name, g := range s.Segments {
		all[name] = g.Share * g.Needs
	}
	share := 0.0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		share += float64(all.part(name) * s.Segments[name].Devices.part("phone"))
	}
	return share
}
