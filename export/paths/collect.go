package paths

import (
	"sync"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A Rule says which touches make a path.
type Rule struct {
	All      bool          // also impressions, opened messages, store visits and calls
	LookBack time.Duration // touches that are older than this at the conversion do not count
	PaidOnly bool          // touches of paid channels only
	Truth    bool          // by the true person; else by user_id and device
}

// A Collector is a sink that makes paths of the events of a simulation, run part by part. The
// company knows a visitor by the device and, on devices on which somebody ever was identified, as
// that customer.
type Collector struct {
	world *model.World
	rule  Rule
	count []bool // by event type: whether it is a touch

	mu   sync.Mutex
	open map[int]*part
	done []*part // by part
}

// A part is what was seen of the people of a part.
type part struct {
	seen   []sighting
	users  map[int64]int64 // by device
	paths  []Path
	unseen int64
}

// A sighting is a touch or a conversion.
type sighting struct {
	device, user int64 // table.Null: not known; by truth, the person is the user
	at, id       int64
	order        int64 // of a conversion; table.Null: it is a touch
	cents        int64
	channel      uint8 // from 0
}

// NewCollector returns a sink for the events of a world.
func NewCollector(w *model.World, rule Rule) *Collector {
	c := &Collector{world: w, rule: rule, count: make([]bool, len(table.EventTypes)+1),
		open: map[int]*part{}, done: make([]*part, w.Parts)}
	kinds := []uint32{table.SessionStart}
	if rule.All {
		kinds = append(kinds, table.Impression, table.MessageOpened, table.StoreVisit, table.Call)
	}
	for _, kind := range kinds {
		c.count[kind] = true
	}
	return c
}

// Encode takes what a batch tells. It keeps nothing of the batch.
func (c *Collector) Encode(b *table.Batch) (commit func() error, err error) {
	if b.Part < 0 {
		return nil, nil
	}
	c.mu.Lock()
	p := c.open[b.Part]
	if p == nil {
		p = &part{users: map[int64]int64{}}
		c.open[b.Part] = p
	}
	c.mu.Unlock()
	c.look(p, &b.Tables[table.TableEvents])
	if b.Last {
		p.cut(c)
		c.mu.Lock()
		delete(c.open, b.Part)
		c.done[b.Part] = p
		c.mu.Unlock()
	}
	return nil, nil
}

// look finds touches and conversions among events.
func (c *Collector) look(p *part, events *table.Rows) {
	cols := events.Cols
	kinds, channels := cols[table.EventType].Code, cols[table.EventChannel].Code
	for i := range events.Len {
		kind := kinds[i]
		device, user := cols[table.EventDevice].Int[i], cols[table.EventUser].Int[i]
		if c.rule.Truth {
			device, user = table.Null, cols[table.EventPerson].Int[i]
		} else if device != table.Null && user != table.Null {
			if _, ok := p.users[device]; !ok {
				p.users[device] = user
			}
		}
		s := sighting{device: device, user: user, at: cols[table.EventTime].Int[i],
			id: cols[table.EventID].Int[i], order: table.Null, channel: uint8(channels[i] - 1)}
		switch {
		case kind == table.Purchase:
			s.order, s.cents = cols[table.EventOrder].Int[i], cols[table.EventRevenue].Int[i]
		case !c.count[kind], c.rule.PaidOnly && !c.world.Channels[s.channel].Paid:
			continue
		}
		if device == table.Null && user == table.Null {
			if kind == table.Purchase {
				p.unseen++
			}
			continue
		}
		p.seen = append(p.seen, s)
	}
}

// Set returns the paths, when the simulation is over, part after part.
func (c *Collector) Set() *Set {
	s := &Set{Timed: true}
	for i := range c.world.Channels {
		channel := &c.world.Channels[i]
		s.Channels = append(s.Channels, channel.Name)
		s.Paid = append(s.Paid, channel.Paid)
		s.Direct = append(s.Direct, channel.Plain)
	}
	for _, p := range c.done {
		if p != nil {
			s.Paths = append(s.Paths, p.paths...)
			s.Unseen += p.unseen
		}
	}
	return s
}
