package simulate

import (
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/table"
)

// Slots under a person's key: what is settled at birth, and what a need or a day settles, which is
// luck.
const (
	slotSegment uint64 = iota
	slotNeedRate
	slotAge
	slotDevice
	slotMarketing
	slotProfiling
	slotTracking
	slotStore
	slotNeed                            // + day: when the next need is
	slotTrait        = slotNeed + 1<<16 // + trait
	slotFelt         = slotNeed + 2<<16 // + day: whether it is, where the bend is below 0
	slotUrge         = slotNeed + 3<<16 // + day: when the next urge is
	slotUrged        = slotNeed + 4<<16 // + day: whether it is felt
	slotEager        = slotNeed + 5<<16 // + day: whether somebody eager feels a need
	slotDeparts      = slotNeed + 6<<16 // + day: when somebody leaves who has arrived on it
	slotPast         = slotNeed + 7<<16 // + number: when the next order of the past was
	slotPastKnown    = slotNeed + 8<<16
	slotPastCard     = slotPastKnown + 1
	slotTenure       = slotPastKnown + 2
	slotVacant       = slotPastKnown + 3 // under the key of the first person in a place
	slotOpens        = slotPastKnown + 4 // likewise: the rank of the place
	slotsOfBehaviors = slotNeed + 16<<16 // from here on, each behavior has a family of its own
)

// noDay is the day of no need yet.
const noDay = -1 << 15

// idle is the stage of a person who is not on a journey.
const idle = 0

// maxLines bounds the products of a cart or an order: 1 + Poisson with the largest mean that a
// scenario may ask for exceeds it once in ten thousand times.
const maxLines = 12

// A person is the hot state of one customer: all that the next step depends on. What follows from
// the key alone and is seldom needed is not kept. Fields come in groups of 64 bytes, a line of the
// cache: many errands come to nothing and ask only for the first.
type person struct {
	key         draw.Key
	patience    uint64              // mean days to a need of the chain × ln 2 × 2^20
	busyUntil   int64               // end of the last touch or journey
	calm        draw.Log            // how far the bend of their needs may rise before they are eager
	id          int32               // from 0; person_id is id + 1
	place       int32               // in the town
	today       [cartIDs + 1]uint16 // ordinals of events, … of the day
	day         int16               // of these
	needDay     int16               // on which the present or the last journey began
	stage       uint8
	next        uint8 // stage that the person set out for, and its channel; idle: none
	nextChannel uint8
	category    uint8
	segment     uint8
	eager       bool // whether the person is asked every day for a need

	episode      draw.Key // key of the present need
	here         uint32   // the stage, and how often it was visited before: a prefix of slots
	touches      uint8    // of this journey
	before, last uint8    // the last two channels, from 1
	cause        uint8    // why the journey began
	began        int64
	leaves       int64  // when the stage is over in which the person waits
	orders       uint16 // in this journey
	rival        uint8  // the competitor who got the order, from 1
	pattern      uint8
	bought       uint32 // pattern of the first order of this journey
	favourite    uint32 // product
	store        uint32
	knownSince   int64 // 0: not known
	home, tilt   uint8
	consent      uint8 // to tracking
	bent         bool  // whether any trait weighs on the person's choices
	card         bool
	chain        uint8 // of their segment

	session  session
	traits   [model.TraitCount]int32
	journeys int32

	visits  [model.MaxStages]uint8   // of each stage in this journey
	devices [model.DeviceCount]int64 // when each was first used; 0: never

	linked    [model.DeviceCount]bool // whether the person has been recognised on it
	knownBy   uint8
	allOrders int32
	points    int64 // cents spent with the card
	spent     int64 // cents, in the written days
	cart      cart
	optedOut  int64 // when they withdrew their consent to advertising; 0: never

	met        uint64 // channels before the first written day, by place
	came, goes int32  // days on which they arrive and leave
	life       uint16 // the how-manieth they are in their place, from 0
	left       bool   // has left the market
	buyer      bool   // has ordered, or did before the first day
}

// A session is a visit on the web or in the app; it goes on when the next touch is near.
type session struct {
	id       int64
	device   table.Device
	channel  uint8
	sought   uint8 // the channel that the person set out for; another one if that is off
	known    bool  // logged in
	campaign uint16
	last     int64 // its last event
	ends     int64 // when the last visit in it was over
}

// gap ends a session: more than 30 minutes without an event, as web analytics count.
const gap = 30 * 60 * 1_000_000

// A cart is what was put in the cart and not yet bought.
type cart struct {
	n        uint8
	device   table.Device
	channel  uint8
	known    bool
	reason   uint8 // for which it will be abandoned if it is, a code; 0: not known yet
	id       int64
	session  int64
	deviceID int64
	created  int64
	lines    [maxLines]line
}

// A line is a product and its quantity.
type line struct {
	product  uint32
	quantity int32
}

// birth settles who the nth person in a place is, who arrives on a day or is there on the first. It
// asks only for their own key, so they are the same in every town, shard and world.
func (t *town) birth(p *person, place, nth, day int) {
	w := t.world
	id := int32(t.number*w.TownSize + place)
	k := personKey(w, id, nth)
	*p = person{key: luckOf(w, k), id: id, place: int32(place), life: uint16(nth), came: int32(day),
		needDay: noDay}
	segment := &w.Segment
	if day > -w.Warmup {
		segment = &w.Population.Newcomer[w.MonthOf(day)]
	}
	p.segment = uint8(segment.Pick(k.Draw(slotSegment)))
	g := &w.Segments[p.segment]
	p.chain = uint8(g.Chain)
	p.home = uint8(g.Devices.Pick(k.Draw(slotDevice)))
	p.consent = uint8(table.ConsentDenied)
	if w.Tracking.Hits(k.Draw(slotTracking)) {
		p.consent = uint8(table.ConsentGranted)
	}
	if near := w.CityStores[t.city]; len(near) > 0 {
		p.store = near[draw.Below(k.Draw(slotStore), uint64(len(near)))]
	}
	if w.Traits {
		t.traitsOf(p, k, g)
	}
	dearness := g.Dearness - p.traits[model.TraitPrice]
	p.tilt = uint8(min(max(model.TiltCount/2+(2*dearness+1<<15)>>16, 0), model.TiltCount-1))

	rate := draw.Log(w.NeedRate.At(draw.Threshold(k.Draw(slotNeedRate)))) + g.Needs +
		natural(p.traits[model.TraitNeed])
	p.patience = uint64(draw.Exp2(min(w.NeedWait-rate, 61*draw.One)))
}

// traitsOf settles a person's traits: θ = μ + L·z.
func (t *town) traitsOf(p *person, k draw.Key, g *model.SegmentPlan) {
	w := t.world
	var z [model.TraitCount]int64
	for i := range z {
		z[i] = w.Normal.At(draw.Threshold(k.Draw(slotTrait+uint64(i)))) >> 16
	}
	for i := range p.traits {
		sum := int64(g.Mean[i]) << 16
		for j := 0; j <= i; j++ {
			sum += int64(w.TraitRoot[i][j]) * z[j]
		}
		p.traits[i] = int32(sum >> 16)
		p.bent = p.bent || p.traits[i] != 0
	}
}

// known reports whether we knew the person by a time. Within a day lives are not simulated in the
// order of time: they may have become known later today.
func (p *person) known(at int64) bool { return p.knownSince != 0 && p.knownSince <= at }

// uses remembers when a device was first used.
func (p *person) uses(d table.Device, at int64) {
	if p.devices[d-1] == 0 {
		p.devices[d-1] = at
	}
}

// birthDate returns days since 1970: an age in the range of the person's segment on the first day
// or, after that, when they arrive, all equally likely.
func birthDate(w *model.World, p *person) int64 {
	ages := w.Segments[p.segment].Ages
	u := selfOf(w, p).Draw(slotAge)
	days := draw.Below(u, uint64(ages[1]-ages[0]+1)*365)
	s := w.Scenario.Start
	s.Year -= ages[0]
	return s.Days() + max(int64(p.came), 0) - 1 - int64(days)
}
