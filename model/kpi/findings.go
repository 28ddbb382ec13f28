package kpi

import (
	"sync/atomic"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// findings are what a Measurement keeps of a batch, or of several: the counts of a Counter and what
// only KPIs need. One goroutine owns them at a time.
type findings struct {
	*Counter

	paidSquares     uint128                       // of what was paid for orders, in cents
	onlineByHour    [24]int64                     // orders on web and app
	patterns        [table.Multichannel + 1]int64 // of buying journeys with more than one touch
	ratings         moments
	waits           moments            // of calls that were answered, in tenths of a second
	waitsIn         [stretches]cluster // the same by stretch of time
	abandonedIn     [stretches]cluster // calls that were abandoned, of all, by stretch of time
	npsIn           [groups]cluster    // promoters minus detractors, of answers, by group of people
	crowd           crowd
	replies         moments                  // in minutes
	cost            [model.MaxChannels]int64 // of advertising, in cents, by channel
	buyers          [4]int64                 // people with at least so many orders
	stayed, churned int64                    // people who still bought when the written days began

	// What has to be brought together by an id, which may come in different batches.
	lists
}

// lists are in the order in which batches came, until they are sorted.
type lists struct {
	pages     []pair64 // session and ms, of the sessions looked at
	filled    []int64  // sessions with something added to a cart
	purchases []pair64 // journey and time
	bought    []pair64 // journey that bought and start
	told      []int64  // journeys that began because somebody spoke of us
	received  []int64  // orders received long enough before the end, see packOrder
	returned  []int64  // order of each line returned
}

// pair64 is an id and a number that belongs to it.
type pair64 struct{ id, x int64 }

func newFindings(w *model.World) *findings {
	return &findings{Counter: NewCounter(w), crowd: newCrowd(w)}
}

// find adds what a batch has.
func (f *findings) find(m *Measurement, b *table.Batch) error {
	if err := f.Count(b); err != nil {
		return err
	}
	f.findEvents(m, &b.Tables[table.TableEvents])
	f.findOrders(m.world, &b.Tables[table.TableOrders])
	f.findReturns(m.world, &b.Tables[table.TableReturns])
	f.findJourneys(m.world, &b.Tables[table.TableTruthJourneys])
	f.findSurveys(m.world, &b.Tables[table.TableSurveys])
	f.findReviews(m.world, &b.Tables[table.TableReviews])
	f.findTickets(m.world, &b.Tables[table.TableTickets])
	f.findSpend(m.world, &b.Tables[table.TableSpend])
	f.findPeople(m, &b.Tables[table.TableTruthPeople])
	return nil
}

// add adds the findings of other batches.
func (f *findings) add(from *findings) {
	f.Counter.add(from.Counter)
	f.paidSquares.add(from.paidSquares)
	addTo(f.onlineByHour[:], from.onlineByHour[:])
	addTo(f.patterns[:], from.patterns[:])
	f.ratings.merge(&from.ratings)
	f.waits.merge(&from.waits)
	spread(f.waitsIn[:]).add(from.waitsIn[:])
	spread(f.abandonedIn[:]).add(from.abandonedIn[:])
	spread(f.npsIn[:]).add(from.npsIn[:])
	addTo(f.crowd.cells, from.crowd.cells)
	f.replies.merge(&from.replies)
	addTo(f.cost[:], from.cost[:])
	addTo(f.buyers[:], from.buyers[:])
	f.stayed += from.stayed
	f.churned += from.churned

	f.pages = append(f.pages, from.pages...)
	f.filled = append(f.filled, from.filled...)
	f.purchases = append(f.purchases, from.purchases...)
	f.bought = append(f.bought, from.bought...)
	f.told = append(f.told, from.told...)
	f.received = append(f.received, from.received...)
	f.returned = append(f.returned, from.returned...)
}

// reset makes them findings of nothing and keeps their memory.
func (f *findings) reset() {
	f.Counter.reset()
	clear(f.crowd.cells)
	*f = findings{Counter: f.Counter, crowd: f.crowd, lists: lists{
		pages: f.pages[:0], filled: f.filled[:0], purchases: f.purchases[:0], bought: f.bought[:0],
		told: f.told[:0], received: f.received[:0], returned: f.returned[:0],
	}}
}

// findEvents counts each person's events, and lists what happened in sessions and journeys.
func (f *findings) findEvents(m *Measurement, r *table.Rows) {
	at, kind, person := r.Ints(table.EventTime), r.Codes(table.EventType), r.Ints(table.EventPerson)
	session, journey := r.Ints(table.EventSession), r.Ints(table.EventJourney)
	duration, cause := r.Ints(table.EventDuration), r.Codes(table.EventCause)
	device, channel := r.Codes(table.EventDeviceType), r.Codes(table.EventChannel)
	for i, k := range kind {
		place, nth := model.PlaceOf(person[i])
		atomic.AddUint32(&m.events[place], 1)
		switch k {
		case table.SessionStart:
			f.crowd.add(crowdSession, person[i], device[i], channel[i])
		case table.PageView, table.ScreenView, table.ViewItem, table.Search:
			if duration[i] != table.Null && session[i] != table.Null && uint64(session[i])%m.every == 0 {
				f.pages = append(f.pages, pair64{session[i], duration[i]})
			}
		case table.AddToCart:
			f.filled = append(f.filled, session[i])
		case table.Purchase:
			if device[i] != 0 {
				f.crowd.add(crowdPurchase, person[i], device[i], channel[i])
			}
			if journey[i] != table.Null {
				f.purchases = append(f.purchases, pair64{journey[i], at[i]})
			}
		case table.Renewal, table.Cancellation:
			if m.bound != nil {
				atomic.OrUint32(&m.bound[place], 1<<min(nth, 31))
			}
		}
		if cause[i] == model.CauseWordOfMouth && journey[i] != table.Null {
			f.told = append(f.told, journey[i])
		}
	}
}

// orderBits is how many bits an id has. Above them, packOrder puts whether an order came in on line
// and the number of its lines.
const orderBits = 53

func packOrder(id int64, online bool, lines int64) int64 {
	if online {
		lines |= 1 << 8
	}
	return id | lines<<orderBits
}

// returnDays is how long after an order was received nearly all that comes back has come back.
const returnDays = 30

func (f *findings) findOrders(w *model.World, r *table.Rows) {
	at := w.Tables[table.TableOrders].Places("order_id", "ordered_at", "touchpoint", "line_count",
		"total", "fulfilled_at")
	id, when, place := r.Ints(at[0]), r.Ints(at[1]), r.Codes(at[2])
	lines, total, received := r.Ints(at[3]), r.Ints(at[4]), r.Ints(at[5])
	settled, _ := w.Bounds(max(w.Days-returnDays, -w.Warmup))
	for i := range id {
		f.paidSquares.add(square(total[i]))
		online := table.Touchpoint(place[i]) == table.Web || table.Touchpoint(place[i]) == table.App
		if online {
			f.onlineByHour[w.HourAt(when[i])]++
		}
		if received[i] != table.Null && received[i] <= settled {
			f.received = append(f.received, packOrder(id[i], online, lines[i]))
		}
	}
}

func (f *findings) findReturns(w *model.World, r *table.Rows) {
	f.returned = append(f.returned, r.Ints(w.Tables[table.TableReturns].At("order_id"))...)
}

func (f *findings) findJourneys(w *model.World, r *table.Rows) {
	at := w.Tables[table.TableTruthJourneys].Places(
		"journey_id", "started_at", "touch_count", "order_count", "pattern")
	id, start, touches := r.Ints(at[0]), r.Ints(at[1]), r.Ints(at[2])
	orders, pattern := r.Ints(at[3]), r.Codes(at[4])
	for i := range id {
		if orders[i] == 0 {
			continue
		}
		f.bought = append(f.bought, pair64{id[i], start[i]})
		if touches[i] > 1 {
			f.patterns[pattern[i]]++
		}
	}
}

func (f *findings) findSurveys(w *model.World, r *table.Rows) {
	at := w.Tables[table.TableSurveys].Places("user_id", "survey_type", "nps_class")
	user, kind, class := r.Ints(at[0]), r.Codes(at[1]), r.Codes(at[2])
	for i, id := range user {
		if kind[i] != table.SurveyNPS {
			continue
		}
		switch in := &f.npsIn[id%groups]; class[i] {
		case table.Detractor:
			in.add(-1)
		case table.Passive:
			in.add(0)
		case table.Promoter:
			in.add(1)
		}
	}
}

func (f *findings) findReviews(w *model.World, r *table.Rows) {
	for _, stars := range r.Ints(w.Tables[table.TableReviews].At("rating")) {
		f.ratings.add(stars)
	}
}

func (f *findings) findTickets(w *model.World, r *table.Rows) {
	at := w.Tables[table.TableTickets].Places(
		"opened_at", "channel", "wait_ms", "answered_at", "status")
	opened, channel, wait := r.Ints(at[0]), r.Codes(at[1]), r.Ints(at[2])
	answered, status := r.Ints(at[3]), r.Codes(at[4])
	for i := range opened {
		switch {
		case w.Channels[channel[i]-1].Touchpoint == table.Telephone:
			stretch := stretchOf(w, opened[i])
			left := int64(0)
			if status[i] == table.TicketAbandoned {
				left = 1
			} else if wait[i] != table.Null {
				f.waits.add(wait[i] / 100)
				f.waitsIn[stretch].add(wait[i] / 100)
			}
			f.abandonedIn[stretch].add(left)
		case answered[i] != table.Null && w.InWriting(uint8(channel[i])):
			f.replies.add((answered[i] - opened[i]) / 60_000_000)
		}
	}
}

func (f *findings) findSpend(w *model.World, r *table.Rows) {
	at := w.Tables[table.TableSpend].Places("channel", "cost")
	channel := r.Codes(at[0])
	for i, cents := range r.Ints(at[1]) {
		f.cost[channel[i]-1] += cents
	}
}

func (f *findings) findPeople(m *Measurement, r *table.Rows) {
	at := m.world.Tables[table.TableTruthPeople].Places("person_id", "order_count", "churned_at",
		"total_spent")
	person, orders, churned := r.Ints(at[0]), r.Ints(at[1]), r.Ints(at[2])
	spent := r.Ints(at[3])
	begin, _ := m.world.Bounds(0)
	for i, n := range orders {
		place, _ := model.PlaceOf(person[i])
		m.bought.orders[place] += uint32(n)
		m.bought.cents[place] += spent[i]
		for least := range f.buyers {
			if n >= int64(least) {
				f.buyers[least]++
			}
		}
		switch {
		case churned[i] == table.Null:
			f.stayed++
		case churned[i] >= begin:
			f.churned++
		}
	}
}
