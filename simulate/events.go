package simulate

import (
	"github.com/percorso/percorso/model"
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
	category uint8  // from 1
	life     uint16 // of the person in their place, from 0
	landing  bool   // carries the source of the visit
	consent  uint8
}

// none stands for a missing number in an event.
const none = table.Null

// fill appends sorted events to the batch.
func (rec *recorder) fill(order []uint64, day int) {
	n := len(order)
	from := rec.batch.Extend(rec.world.Tables, table.TableEvents, n)
	rows := &rec.batch.Tables[table.TableEvents]
	rows.There = rows.There.Extend(from, n)
	rec.fillRows(order, rows, from, day)
	id, at := rows.Cols[table.EventID].Int[from:from+n], rows.Cols[table.EventTime].Int[from:from+n]
	received := rows.Cols[table.EventReceived].Int[from : from+n]
	hidden := &rec.ids.of[eventIDs]
	for i, plain := range id {
		public := hidden.hide(uint64(plain))
		id[i], received[i] = public, at[i]+transit(public)
	}
}

// fillRows reads each event once and writes its columns side by side; those that may be null are
// set to null first. Ids are not hidden yet.
func (rec *recorder) fillRows(order []uint64, rows *table.Rows, from, day int) {
	n, cols := len(order), rows.Cols
	ints := func(c int) []int64 { return cols[c].Int[from : from+n : from+n] }
	codes := func(c int) []uint32 { return cols[c].Code[from : from+n : from+n] }
	rareInts := func(c int) []int64 { copy(ints(c), nulls[:n]); return ints(c) }
	rareCodes := func(c int) []uint32 { clear(codes(c)); return codes(c) }
	id, at, person := ints(table.EventID), ints(table.EventTime), ints(table.EventPerson)
	kind, channel := codes(table.EventType), codes(table.EventChannel)
	place, city := codes(table.EventTouchpoint), codes(table.EventHomeCity)
	consent, cause := codes(table.EventConsent), codes(table.EventCause)
	session, device := rareInts(table.EventSession), rareInts(table.EventDevice)
	user, journey := rareInts(table.EventUser), rareInts(table.EventJourney)
	on, campaign := rareCodes(table.EventDeviceType), rareCodes(table.EventCampaign)
	source, medium := rareCodes(table.EventSource), rareCodes(table.EventMedium)
	referrer, page := rareCodes(table.EventReferrer), rareCodes(table.EventPage)
	search, product := rareCodes(table.EventSearch), rareCodes(table.EventProduct)
	category, stage := rareCodes(table.EventCategory), rareCodes(table.EventStage)
	quantity, price := rareInts(table.EventQuantity), rareInts(table.EventPrice)
	revenue, bought := rareInts(table.EventRevenue), rareInts(table.EventOrder)
	store, duration := rareCodes(table.EventStore), rareInts(table.EventDuration)
	score, reason := rareInts(table.EventScore), rareCodes(table.EventReason)
	events, there := rec.events, rows.There
	for i, key := range order {
		e := &events[key&placeMask]
		id[i], at[i] = int64(plainID(int(e.person), day, int(e.ordinal))), e.at
		kind[i], channel[i], place[i] = e.kind, uint32(e.channel), uint32(e.place)
		city[i], consent[i], cause[i] = uint32(e.city), uint32(e.consent), uint32(e.cause)
		person[i] = model.PersonID(int(e.person), int(e.life))
		is, bit := there.At(from + i)
		putInt(device, i, e.device, &is[table.EventDevice], bit)
		putCode(on, i, uint32(e.on), &is[table.EventDeviceType], bit)
		putCode(campaign, i, uint32(e.campaign), &is[table.EventCampaign], bit)
		putCode(category, i, uint32(e.category), &is[table.EventCategory], bit)
		putInt(journey, i, e.journey, &is[table.EventJourney], bit)
		putCode(stage, i, uint32(e.stage), &is[table.EventStage], bit)
		if e.kind == table.Impression {
			continue // it has none of the other columns: see table.Filled
		}
		putInt(session, i, e.session, &is[table.EventSession], bit)
		putInt(user, i, e.user, &is[table.EventUser], bit)
		putCode(page, i, e.page, &is[table.EventPage], bit)
		putCode(search, i, uint32(e.search), &is[table.EventSearch], bit)
		putCode(store, i, uint32(e.store), &is[table.EventStore], bit)
		putCode(reason, i, uint32(e.reason), &is[table.EventReason], bit)
		if e.landing {
			c := &rec.world.Channels[e.channel-1]
			putCode(source, i, c.Source, &is[table.EventSource], bit)
			putCode(medium, i, c.Medium, &is[table.EventMedium], bit)
			putCode(referrer, i, c.Referrer, &is[table.EventReferrer], bit)
		}
		if e.product != 0 {
			putCode(product, i, e.product, &is[table.EventProduct], bit)
			now := rec.world.PriceOn(e.product, day-rec.world.Warmup)
			putInt(price, i, now, &is[table.EventPrice], bit)
		}
		if e.score > 0 {
			putInt(score, i, int64(e.score)-1, &is[table.EventScore], bit)
		}
		if e.duration >= 0 {
			putInt(duration, i, int64(e.duration), &is[table.EventDuration], bit)
		}
		if e.quantity != 0 {
			putInt(quantity, i, int64(e.quantity), &is[table.EventQuantity], bit)
		}
		if e.order != none {
			putInt(bought, i, e.order, &is[table.EventOrder], bit)
			putInt(revenue, i, e.revenue, &is[table.EventRevenue], bit)
		}
	}
}

// putInt sets a value of a column of nulls, and the bit that says that it is there, unless it is
// null.
func putInt(column []int64, i int, value int64, there *uint64, bit uint64) {
	if value != none {
		column[i] = value
		*there |= bit
	}
}

// putCode is putInt for codes.
func putCode(column []uint32, i int, value uint32, there *uint64, bit uint64) {
	if value != 0 {
		column[i] = value
		*there |= bit
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
