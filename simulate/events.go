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

// fill appends sorted events to the batch. Each is read once or, if it is no impression, twice, and
// its columns are written side by side.
func (rec *recorder) fill(order []uint64, day int) {
	n := len(order)
	from := rec.batch.Extend(rec.world.Tables, table.TableEvents, n)
	cols := rec.batch.Tables[table.TableEvents].Cols
	rec.fillAll(order, cols, from, day)
	rec.fillSought(order, cols, from, day-rec.world.Warmup)
	id, at := cols[table.EventID].Int[from:from+n], cols[table.EventTime].Int[from:from+n]
	received := cols[table.EventReceived].Int[from : from+n]
	hidden := &rec.ids.of[eventIDs]
	for i, plain := range id {
		public := hidden.hide(uint64(plain))
		id[i], received[i] = public, at[i]+transit(public)
	}
}

// fillAll fills the columns that events of all types have, with ids that are not hidden yet.
func (rec *recorder) fillAll(order []uint64, cols []table.Vector, from, day int) {
	n := len(order)
	ints := func(c int) []int64 { return cols[c].Int[from : from+n : from+n] }
	codes := func(c int) []uint32 { return cols[c].Code[from : from+n : from+n] }
	id, at, device := ints(table.EventID), ints(table.EventTime), ints(table.EventDevice)
	kind, channel := codes(table.EventType), codes(table.EventChannel)
	place, on := codes(table.EventTouchpoint), codes(table.EventDeviceType)
	campaign, category := codes(table.EventCampaign), codes(table.EventCategory)
	city, consent := codes(table.EventHomeCity), codes(table.EventConsent)
	person, journey := ints(table.EventPerson), ints(table.EventJourney)
	stage, cause := codes(table.EventStage), codes(table.EventCause)
	events := rec.events
	for i, key := range order {
		e := &events[key&placeMask]
		id[i], at[i] = int64(plainID(int(e.person), day, int(e.ordinal))), e.at
		device[i], kind[i], channel[i] = e.device, e.kind, uint32(e.channel)
		place[i], on[i], campaign[i] = uint32(e.place), uint32(e.on), uint32(e.campaign)
		category[i], city[i], consent[i] = uint32(e.category), uint32(e.city), uint32(e.consent)
		person[i], journey[i] = int64(e.person)+1, e.journey
		stage[i], cause[i] = uint32(e.stage), uint32(e.cause)
	}
}

// fillSought fills the columns that impressions do not have (see table.Filled). All are set to null
// first: few events have most of them.
func (rec *recorder) fillSought(order []uint64, cols []table.Vector, from, day int) {
	n := len(order)
	ints := func(c int) []int64 {
		column := cols[c].Int[from : from+n : from+n]
		copy(column, nulls[:n])
		return column
	}
	codes := func(c int) []uint32 {
		column := cols[c].Code[from : from+n : from+n]
		clear(column)
		return column
	}
	session, user, page := ints(table.EventSession), ints(table.EventUser), codes(table.EventPage)
	source, medium := codes(table.EventSource), codes(table.EventMedium)
	referrer, search := codes(table.EventReferrer), codes(table.EventSearch)
	product, price := codes(table.EventProduct), ints(table.EventPrice)
	quantity, revenue := ints(table.EventQuantity), ints(table.EventRevenue)
	bought, store := ints(table.EventOrder), codes(table.EventStore)
	duration, score := ints(table.EventDuration), ints(table.EventScore)
	reason := codes(table.EventReason)
	for i, kind := range cols[table.EventType].Code[from : from+n] {
		if kind == table.Impression {
			continue
		}
		e := &rec.events[order[i]&placeMask]
		session[i], user[i], page[i] = e.session, e.user, e.page
		search[i], store[i], reason[i] = uint32(e.search), uint32(e.store), uint32(e.reason)
		if e.landing {
			c := &rec.world.Channels[e.channel-1]
			source[i], medium[i], referrer[i] = c.Source, c.Medium, c.Referrer
		}
		if e.product != 0 {
			product[i], price[i] = e.product, rec.world.PriceOn(e.product, day)
		}
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

// transit is how long an event takes to reach the tracker's server: from 20 to 1,043 ms, by its id.
func transit(id int64) int64 { return 20*milli + (id>>8&1023)*milli }
