package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Ledger is what the people of a town did on the written days that is worth money, and what
// advertising cost there, in one world. It is kept without any rows of tables.
type Ledger struct {
	Town     int
	Places   int          // of people in the town
	City     int          // of the town, a place in World's cities
	People   []Inhabitant // everybody who was there on a written day, by id
	Orders   []Purchase   // day by day
	Renewals []Renewed    // of contracts, likewise
	Spend    []Spend      // by channel, at number - 1

	world *model.World
	from  int64 // when the written days begin
	half  int64 // when half of them are over
	lines []soldLine
}

// An Inhabitant is a person of a town.
type Inhabitant struct {
	ID      int64 // person_id
	Segment uint8
}

// A Purchase is an order, in cents net of value added tax and of what was returned within the
// written days.
type Purchase struct {
	ID      int64 // order_id
	Person  int64 // person_id
	Place   int32 // in the town
	Need    int16 // day of the need that led to it
	Channel uint8 // through which it was placed, from 1
	At      int64 // µs UTC
	Revenue int64 // with shipping
	Gross   int64 // what was paid, with value added tax, before returns
	Margin  int64 // the revenue less the cost of the goods that were kept
	Goods   uint64
	First   bool // the person has never ordered before
	Known   bool // a user or a browser is on record with it, so that a path can lead to it
	Half    bool // placed in the first half of the written days

	lines int32 // the first in Ledger.lines
	n     uint8
}

// A Renewed is the renewal of a contract.
type Renewed struct {
	Person int64
	Place  int32
	At     int64
	Half   bool
}

// A Spend is what a channel's advertising did and cost: in the first half of the written days, and
// in all of them.
type Spend struct {
	Contacts, Clicks, Cost [2]int64
}

// A soldLine is what an order's line would give back if it were returned.
type soldLine struct{ net, cost int64 }

func newLedger(w *model.World, town int) *Ledger {
	l := &Ledger{Town: town, world: w, Spend: make([]Spend, len(w.Channels)),
		Places: min(w.TownSize, w.Customers-town*w.TownSize)}
	l.from, l.half = w.Midnight[w.Warmup], w.Midnight[w.Warmup+w.Days/2]
	return l
}

// sells takes down an order that is placed on a written day through a channel, because of the need
// of a day. Somebody is known who has a user or a browser on record with it.
func (l *Ledger) sells(p *person, o *order, need int16, channel uint8, known bool) {
	if o.at < l.from {
		return
	}
	s := Purchase{ID: o.id, Person: p.number(), Place: p.place, Need: need, Channel: channel, At: o.at,
		Gross: o.total, Revenue: o.total - o.tax, Known: known, First: !p.buyer, Half: o.at < l.half,
		lines: int32(len(l.lines)), n: o.n}
	s.Margin = s.Revenue
	for i := range o.lines[:o.n] {
		line := &o.lines[i]
		sold := soldLine{net: int64(line.quantity)*line.price - line.discount - line.tax,
			cost: int64(line.quantity) * l.world.Products[line.product-1].Cost}
		s.Margin -= sold.cost
		s.Goods = s.Goods*1_000_003 + uint64(line.product)<<16 + uint64(line.quantity)
		l.lines = append(l.lines, sold)
	}
	l.Orders = append(l.Orders, s)
}

// needOf is the need that led to an order; that of no order is none.
func (l *Ledger) needOf(order int64) int16 {
	for i := len(l.Orders) - 1; i >= 0; i-- {
		if l.Orders[i].ID == order {
			return l.Orders[i].Need
		}
	}
	return noDay
}

// takesBack takes down that a line, from 1, of an order was returned.
func (l *Ledger) takesBack(order int64, line int64) {
	for i := len(l.Orders) - 1; i >= 0; i-- {
		if s := &l.Orders[i]; s.ID == order {
			sold := &l.lines[int64(s.lines)+line-1]
			s.Revenue -= sold.net
			s.Margin -= sold.net - sold.cost
			return
		}
	}
}

// renews takes down a renewal.
func (l *Ledger) renews(p *person, at int64) {
	if at >= l.from {
		l.Renewals = append(l.Renewals, Renewed{Person: p.number(), Place: p.place, At: at,
			Half: at < l.half})
	}
}

// pays takes down what a channel, from 1, cost on a day that begins at a time.
func (l *Ledger) pays(at, channel, contacts, clicks, cost int64) {
	if at < l.from {
		return
	}
	s := &l.Spend[channel-1]
	for horizon := range s.Cost {
		if horizon == 1 || at < l.half {
			s.Contacts[horizon] += contacts
			s.Clicks[horizon] += clicks
			s.Cost[horizon] += cost
		}
	}
}

// accounts takes down what the ledger asks of a row that the recorder would write.
func (l *Ledger) accounts(t table.TableID, at int64, values []int64) {
	switch t {
	case table.TableReturns:
		l.takesBack(values[2], values[3])
	case table.TableSpend:
		l.pays(at, values[2], values[5], values[6], values[7])
	}
}
