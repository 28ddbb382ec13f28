package simulate

import (
	"github.com/percorso/percorso/model/table"
)

// An event is a row of the events table before it becomes columns. What follows from its other
// fields (category and price from the product, touchpoint from the channel, …) is filled in there.
type event struct {
	at       int64
	session  int64
	device   int64
	user     int64
	order    int64
	journey  int64
	revenue  int64
	duration int32 // ms
	quantity int32
	person   int32
	page     uint32
	product  uint32
	kind     uint32 // event_type
	ordinal  uint16
	campaign uint16
	search   uint16
	store    uint16
	city     uint16
	channel  uint8 // from 1
	place    table.Touchpoint
	on       table.Device
	stage    uint8
	cause    uint8
	score    uint8 // from 1: 0 to 10; 0: none
	reason   uint16
	category uint8 // from 1
	landing  bool  // carries the source of the visit
	consent  uint8
}

// none stands for a missing number in an event.
const none = table.Null

// fill appends sorted events to the batch. Each is read once and its columns are written side by
// side; those that few events have are emptied first.
func (rec *recorder) fill(order []uint64, day int) {
	n := len(order)
	from := rec.batch.Extend(rec.world.Tables, table.TableEvents, n)
	cols := rec.batch.Tables[table.TableEvents].Cols
	ints := func(c int) []int64 { return cols[c].Int[from : from+n : from+n] }
	codes := func(c int) []uint32 { return cols[c].Code[from : from+n : from+n] }
	rareInts := func(c int) []int64 { copy(ints(c), nulls[:n]); return ints(c) }
	rareCodes := func(c int) []uint32 { clear(codes(c)); return codes(c) }
	id, at := ints(table.EventID), ints(table.EventTime)
	received, session := ints(table.EventReceived), ints(table.EventSession)
	device, user := ints(table.EventDevice), ints(table.EventUser)
	kind, channel := codes(table.EventType), codes(table.EventChannel)
	place, on := codes(table.EventTouchpoint), codes(table.EventDeviceType)
	campaign, page := codes(table.EventCampaign), codes(table.EventPage)
	source, medium := rareCodes(table.EventSource), rareCodes(table.EventMedium)
	referrer, search := rareCodes(table.EventReferrer), codes(table.EventSearch)
	product, category := codes(table.EventProduct), codes(table.EventCategory)
	quantity, price := rareInts(table.EventQuantity), rareInts(table.EventPrice)
	revenue, bought := rareInts(table.EventRevenue), rareInts(table.EventOrder)
	store, city := codes(table.EventStore), codes(table.EventHomeCity)
	consent, duration := codes(table.EventConsent), rareInts(table.EventDuration)
	stage, cause := codes(table.EventStage), codes(table.EventCause)
	person, journey := ints(table.EventPerson), ints(table.EventJourney)
	score, reason := rareInts(table.EventScore), codes(table.EventReason)

	for i, key := range order {
		e := &rec.events[key&placeMask]
		public := rec.ids.id(eventIDs, int(e.person), day, int(e.ordinal))
		id[i], at[i], received[i] = public, e.at, e.at+transit(public)
		session[i], device[i], user[i] = e.session, e.device, e.user
		kind[i], channel[i], place[i] = e.kind, uint32(e.channel), uint32(e.place)
		on[i], campaign[i], page[i] = uint32(e.on), uint32(e.campaign), e.page
		search[i], product[i], category[i] = uint32(e.search), e.product, uint32(e.category)
		store[i], city[i], consent[i] = uint32(e.store), uint32(e.city), uint32(e.consent)
		stage[i], cause[i] = uint32(e.stage), uint32(e.cause)
		person[i], journey[i] = int64(e.person)+1, e.journey
		if e.landing {
			c := &rec.world.Channels[e.channel-1]
			source[i], medium[i], referrer[i] = c.Source, c.Medium, c.Referrer
		}
		if e.product != 0 {
			price[i] = rec.world.PriceOn(e.product, day-rec.world.Warmup)
		}
		reason[i] = uint32(e.reason)
		if e.score > 0 {
			score[i] = int64(e.score) - 1
		}
		if e.duration >= 0 {
			duration[i] = int64(e.duration)
		}
		if e.quantity != 0 {
			quantity[i] = int64(e.quantity)
		}
		if e.order != none {
			bought[i], revenue[i] = e.order, e.revenue
		}
	}
}

// nulls is a column of missing numbers.
var nulls = func() (n [table.BatchRows]int64) {
	for i := range n {
		n[i] = table.Null
	}
	return n
}()

// transit is how long an event is under way to the tracker's server: from 20 to 1,043 ms, by its
// id.
func transit(id int64) int64 { return 20*milli + (id>>8&1023)*milli }
