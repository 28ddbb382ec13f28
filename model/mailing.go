package model

import (
	"slices"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// A MailingPlan is a compiled message that is sent to customers by a rule, one by one: where it is
// read, and what they do with it.
type MailingPlan struct {
	Channel uint8       // from 1
	Stage   uint8       // where who follows it goes on
	Opens   draw.Chance // of those who get it
	Clicks  draw.Chance // of those who get it; they open it too
}

// maxMailings bounds the messages of a behavior: each has draws of its own.
const maxMailings = 32

// mailing compiles a message. Who follows it looks around.
func (w *World) mailing(s *Scenario, channel string, opens, clicks Share) MailingPlan {
	return MailingPlan{Channel: w.channelOf(channel),
		Stage: w.stageThat(Browse, FillCart, Notice, PlaceOrder, Engage),
		Opens: draw.ChanceOf(float64(max(opens, clicks))), Clicks: draw.ChanceOf(float64(clicks))}
}

// channelOf returns the number of a channel, from 1; 0: there is none of that name.
func (w *World) channelOf(name string) uint8 {
	return uint8(1 + slices.IndexFunc(w.Channels, func(c ChannelPlan) bool {
		return c.Name == name
	}))
}

// mailing checks that a channel is there and that messages can be sent through it.
func (c *checker) mailing(p document.Place, channel string, s *Scenario) {
	if p.Absent() || !c.Clean(p) {
		return
	}
	c.knownChannel(p, p.Value(), channel, s)
	if one, ok := s.Channels[channel]; ok && one.Touchpoint != table.Touchpoints[table.Inbox-1] &&
		one.Without.Rule != "not_sent" {
		c.Fail(p.Value(), p, "found %s, through which nothing is sent, want a channel with "+
			"touchpoint: inbox or without: not_sent", document.Found(p.Node))
	}
}
