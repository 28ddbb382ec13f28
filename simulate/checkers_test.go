package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A census is everything that a world has written, and some of it looked up.
type census struct {
	w      *model.World
	all    *table.Batch
	events []seen          // by person and time
	orders map[int64]int   // place in orders, by order_id
	people map[int64]int   // place in truth_people, by person_id
	owner  map[int64]int64 // person_id, by device_id and user_id
}

// A seen is an event as checkers look at it.
type seen struct {
	id, at, person, journey  int64
	session, device, user    int64
	order, revenue, lasted   int64
	kind, channel, place     uint32
	stage, product, category uint32
	store, on, page, cause   uint32
	campaign                 uint32
}

func censusOf(w *model.World, all *table.Batch) *census {
	c := &census{w: w, all: all, orders: map[int64]int{}, people: map[int64]int{},
		owner: map[int64]int64{}}
	c.events = make([]seen, 0, all.Tables[table.TableEvents].Len)
	cols := all.Tables[table.TableEvents].Cols
	for _, i := range byPersonAndTime(&all.Tables[table.TableEvents]) {
		c.events = append(c.events, seen{
			id: cols[table.EventID].Int[i], at: cols[table.EventTime].Int[i],
			person: cols[table.EventPerson].Int[i], journey: cols[table.EventJourney].Int[i],
			session: cols[table.EventSession].Int[i], device: cols[table.EventDevice].Int[i],
			user: cols[table.EventUser].Int[i], order: cols[table.EventOrder].Int[i],
			revenue: cols[table.EventRevenue].Int[i], lasted: cols[table.EventDuration].Int[i],
			kind: cols[table.EventType].Code[i], channel: cols[table.EventChannel].Code[i],
			place: cols[table.EventTouchpoint].Code[i], stage: cols[table.EventStage].Code[i],
			product: cols[table.EventProduct].Code[i], category: cols[table.EventCategory].Code[i],
			store: cols[table.EventStore].Code[i], on: cols[table.EventDeviceType].Code[i],
			page: cols[table.EventPage].Code[i], cause: cols[table.EventCause].Code[i],
			campaign: cols[table.EventCampaign].Code[i],
		})
	}
	for i, id := range c.ints(table.TableOrders, "order_id") {
		c.orders[id] = i
	}
	for i, id := range c.ints(table.TableTruthPeople, "person_id") {
		c.people[id] = i
	}
	person := c.ints(table.TableTruthIdentity, "person_id")
	for i, id := range c.ints(table.TableTruthIdentity, "identifier") {
		c.owner[id] = person[i]
	}
	return c
}

// byPersonAndTime are the places of events in the order in which checkers look at them. What
// happens to a person at one time stays in its order.
func byPersonAndTime(events *table.Rows) []int32 {
	person, at := events.Cols[table.EventPerson].Int, events.Cols[table.EventTime].Int
	places := make([]int32, events.Len)
	for i := range places {
		places[i] = int32(i)
	}
	slices.SortFunc(places, func(a, b int32) int {
		return cmp.Or(cmp.Compare(person[a], person[b]), cmp.Compare(at[a], at[b]),
			cmp.Compare(a, b))
	})
	return places
}

func (c *census) ints(t table.TableID, name string) []int64 {
	return columnOf(c.w, c.all, t, name).Int[:c.all.Tables[t].Len]
}

func (c *census) codes(t table.TableID, name string) []uint32 {
	return columnOf(c.w, c.all, t, name).Code[:c.all.Tables[t].Len]
}

// word is what a code in a column of events says.
func (c *census) word(column int, code uint32) string {
	return c.w.Tables[table.TableEvents].Columns[column].Word(code)
}

// when writes a time as the people of the world do.
func (c *census) when(micros int64) string {
	zone, err := time.LoadLocation(c.w.Scenario.TimeZone)
	if err != nil {
		panic(err)
	}
	return time.UnixMicro(micros).In(zone).Format("2006-01-02 15:04:05.000000")
}

// moneyAddsUp: lines to their order, in whole cents, and tax is what is contained in what is paid.
func moneyAddsUp(c *census) error {
	type sum struct{ lines, subtotal, discount, tax int64 }
	sums := map[int64]*sum{}
	of := func(name string) []int64 { return c.ints(table.TableOrderLines, name) }
	order, line, quantity, price := of("order_id"), of("line_number"), of("quantity"), of("unit_price")
	amount, discount, tax := of("amount"), of("discount"), of("tax")
	products, placed := c.codes(table.TableOrderLines, "product_id"),
		c.ints(table.TableOrders, "ordered_at")
	// included is the part of a gross amount that is tax, rounded half up.
	included := func(gross, rate int64) int64 {
		return (2*gross*rate + 10_000 + rate) / (2 * (10_000 + rate))
	}
	for i, id := range order {
		s := sums[id]
		if s == nil {
			s = new(sum)
			sums[id] = s
		}
		s.lines++
		s.subtotal += amount[i]
		s.discount += discount[i]
		s.tax += tax[i]
		product := c.w.Products[products[i]-1]
		day, _ := c.w.DayOf(placed[c.orders[id]])
		costs := c.w.PriceOn(products[i], day)
		switch {
		case line[i] != s.lines:
			return fmt.Errorf("order %d: line %d comes as number %d", id, line[i], s.lines)
		case price[i] != costs || quantity[i] < 1 || amount[i] != quantity[i]*price[i]:
			return fmt.Errorf("order %d, line %d: %d × %d = %d, the product costs %d", id, line[i],
				quantity[i], price[i], amount[i], costs)
		case discount[i] < 0 || discount[i] > amount[i]:
			return fmt.Errorf("order %d, line %d: %d off %d", id, line[i], discount[i], amount[i])
		case tax[i] != included(amount[i]-discount[i], product.VAT):
			return fmt.Errorf("order %d, line %d: tax %d in %d at %d/10000", id, line[i], tax[i],
				amount[i]-discount[i], product.VAT)
		}
	}
	o := func(name string) []int64 { return c.ints(table.TableOrders, name) }
	lines, subtotal, off, shipping := o("line_count"), o("subtotal"), o("discount"), o("shipping")
	total, taxes, fulfilment := o("total"), o("tax"), c.codes(table.TableOrders, "fulfilment")
	for i, id := range o("order_id") {
		s := sums[id]
		goods := subtotal[i] - off[i]
		fee := int64(0)
		if fulfilment[i] == table.Ship && (c.w.FreeFrom == 0 || goods < c.w.FreeFrom) {
			fee = c.w.Fee
		}
		if s == nil || s.lines != lines[i] || s.subtotal != subtotal[i] || s.discount != off[i] ||
			shipping[i] != fee || total[i] != goods+fee ||
			taxes[i] != s.tax+included(fee, c.w.VAT) {
			return fmt.Errorf("order %d: lines %+v; %d of them, %d - %d + %d = %d, tax %d; fee %d",
				id, s, lines[i], subtotal[i], off[i], shipping[i], total[i], taxes[i], fee)
		}
		delete(sums, id)
	}
	if len(sums) > 0 {
		return fmt.Errorf("%d orders have lines only", len(sums))
	}
	return nil
}

// purchasesAreOrders: each has its event and each event its order, of the same total, time, place
// and buyer.
func purchasesAreOrders(c *census) error {
	bought := map[int64]bool{}
	at, user := c.ints(table.TableOrders, "ordered_at"), c.ints(table.TableOrders, "user_id")
	total, session := c.ints(table.TableOrders, "total"), c.ints(table.TableOrders, "session_id")
	place, store := c.codes(table.TableOrders, "touchpoint"), c.codes(table.TableOrders, "store_id")
	channel := c.codes(table.TableOrders, "channel")
	for _, e := range c.events {
		if (e.kind == table.Purchase) != (e.revenue != table.Null) {
			return fmt.Errorf("event %d of type %d has revenue %d", e.id, e.kind, e.revenue)
		}
		if e.kind != table.Purchase {
			continue
		}
		i, ok := c.orders[e.order]
		switch {
		case !ok || bought[e.order]:
			return fmt.Errorf("purchase %d is of no order or of one bought before: %d", e.id,
				e.order)
		case e.revenue != total[i]:
			return fmt.Errorf("order %d: revenue %d, total %d", e.order, e.revenue, total[i])
		case e.at != at[i] || e.user != user[i] || e.session != session[i] || e.place != place[i] ||
			e.store != store[i] || e.channel != channel[i]:
			return fmt.Errorf("order %d at %s and its purchase %+v differ", e.order, c.when(at[i]),
				e)
		}
		bought[e.order] = true
	}
	if len(bought) != len(c.orders) {
		return fmt.Errorf("%d orders, %d purchases", len(c.orders), len(bought))
	}
	return nil
}

// everythingJoins: whoever is named is a customer, and whatever is named exists.
func everythingJoins(c *census) error {
	customers := map[int64]bool{table.Null: true}
	for _, id := range c.ints(table.TableCustomers, "user_id") {
		customers[id] = true
	}
	for _, table := range []table.TableID{table.TableEvents, table.TableOrders, table.TableCarts,
		table.TableTruthPeople} {
		for _, id := range c.ints(table, "user_id") {
			if !customers[id] {
				return fmt.Errorf("%s: user %d is no customer", c.w.Tables[table].Name, id)
			}
		}
	}
	for i, id := range c.ints(table.TableCarts, "order_id") {
		converted := c.codes(table.TableCarts, "status")[i] == table.CartConverted
		if _, ok := c.orders[id]; ok != converted || converted == (id == table.Null) {
			return fmt.Errorf("cart %d: converted %t, order %d", i, converted, id)
		}
	}
	for _, e := range c.events {
		if _, ok := c.orders[e.order]; e.order != table.Null && !ok {
			return fmt.Errorf("event %d: there is no order %d", e.id, e.order)
		}
		if e.product != 0 && (int(e.product) > len(c.w.Products) ||
			c.w.Products[e.product-1].Category != int(e.category)-1) {
			return fmt.Errorf("event %d: product %d is not of category %d", e.id, e.product,
				e.category)
		}
		if int(e.store) > len(c.w.Stores) {
			return fmt.Errorf("event %d: there is no store %d", e.id, e.store)
		}
	}
	return nil
}

// truthTells: who is behind every event, identifier, order and journey.
func truthTells(c *census) error {
	journeys := map[int64]int64{table.Null: 0}
	person := c.ints(table.TableTruthJourneys, "person_id")
	for i, id := range c.ints(table.TableTruthJourneys, "journey_id") {
		if journeys[id] != 0 {
			return fmt.Errorf("journey %d comes twice", id)
		}
		journeys[id] = person[i]
	}
	for _, e := range c.events {
		who, ok := journeys[e.journey]
		if !ok || who != e.person && e.journey != table.Null {
			return fmt.Errorf("event %d of person %d: journey %d is of %d", e.id, e.person,
				e.journey, who)
		}
		if _, ok := c.people[e.person]; !ok {
			return fmt.Errorf("event %d: there is no person %d", e.id, e.person)
		}
		for _, id := range []int64{e.device, e.user} {
			if id != table.Null && c.owner[id] != e.person {
				return fmt.Errorf("event %d of person %d: %d is of %d", e.id, e.person, id,
					c.owner[id])
			}
		}
	}
	identifiers := c.ints(table.TableTruthIdentity, "identifier")
	since := map[int64]int64{}
	for i, from := range c.ints(table.TableTruthIdentity, "valid_from") {
		since[identifiers[i]] = from
	}
	for _, e := range c.events {
		if e.device != table.Null && e.at < since[e.device] || e.user != table.Null &&
			e.at < since[e.user] {
			return fmt.Errorf("event %d at %s is before its device or user is valid", e.id,
				c.when(e.at))
		}
	}
	return nil
}

// oneJourneyAtATime: a person's journeys do not overlap, and their events are within them.
func oneJourneyAtATime(c *census) error {
	type span struct{ person, from, to, id int64 }
	var spans []span
	byID := map[int64]span{}
	person, end := c.ints(table.TableTruthJourneys, "person_id"),
		c.ints(table.TableTruthJourneys, "ended_at")
	id := c.ints(table.TableTruthJourneys, "journey_id")
	for i, from := range c.ints(table.TableTruthJourneys, "started_at") {
		s := span{person[i], from, end[i], id[i]}
		if s.to == table.Null {
			s.to = c.w.Midnight[c.w.Warmup+c.w.Days]
		}
		spans = append(spans, s)
		byID[s.id] = s
	}
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.from, b.from),
			cmp.Compare(a.to, b.to))
	})
	for i, s := range spans {
		if s.to < s.from || i > 0 && s.person == spans[i-1].person && s.from < spans[i-1].to {
			return fmt.Errorf("person %d: journey %d from %s to %s, one before it to %s", s.person,
				s.id,
				c.when(s.from), c.when(s.to), c.when(spans[max(i-1, 0)].to))
		}
	}
	for _, e := range c.events {
		if s := byID[e.journey]; e.journey != table.Null && (e.at < s.from || e.at > s.to) {
			return fmt.Errorf("event %d at %s, its journey is from %s to %s", e.id, c.when(e.at),
				c.when(s.from), c.when(s.to))
		}
	}
	return nil
}

// movesAreAllowed: a journey begins in a stage in which one may begin, goes only where its stages
// lead, and does in a stage what the stage does: nobody buys who has not been where buying follows.
func movesAreAllowed(c *census) error {
	began := map[int64]int64{}
	from := c.ints(table.TableTruthJourneys, "started_at")
	for i, id := range c.ints(table.TableTruthJourneys, "journey_id") {
		began[id] = from[i]
	}
	segments := c.codes(table.TableTruthPeople, "segment")
	last, missed := map[int64]uint32{}, map[int64]bool{}
	for _, e := range c.events {
		if e.journey == table.Null {
			continue
		}
		chain := &c.w.Chains[c.w.Segments[segments[c.people[e.person]]-1].Chain]
		before, known := last[e.journey]
		switch {
		case !known && began[e.journey] >= c.w.Midnight[c.w.Warmup]:
			if e.cause == table.CauseNeed && chain.Start.Weight(int(e.stage)) == 0 ||
				e.at != began[e.journey] {
				return fmt.Errorf("journey %d begins at %s in stage %d with an event at %s",
					e.journey,
					c.when(began[e.journey]), e.stage, c.when(e.at))
			}
		case known && missed[e.journey] && chain.Stages[e.stage].Does <= model.Browse:
			// a stock-out: back to looking
		case known && before != e.stage && chain.Stages[before].Next.Weight(int(e.stage)) == 0 &&
			!c.followsCart(segments[c.people[e.person]], before, e.stage):
			return fmt.Errorf("journey %d goes from stage %d to %d", e.journey, before, e.stage)
		}
		last[e.journey] = e.stage
		missed[e.journey] = e.kind == table.StockOut || missed[e.journey] && before == e.stage
		does := chain.Stages[e.stage].Does
		if e.kind == table.Purchase && does != model.PlaceOrder ||
			e.kind == table.AddToCart && does != model.PlaceOrder && does != model.FillCart {
			return fmt.Errorf("event %d of type %d in stage %d", e.id, e.kind, e.stage)
		}
	}
	return nil
}

// followsCart reports whether somebody who has left a cart may go to a stage because of that.
func (c *census) followsCart(segment, before, stage uint32) bool {
	chain := c.w.Segments[segment-1].Chain
	if !model.PlanOf[model.CartBehaviorPlan](c.w).On ||
		c.w.Chains[chain].Stages[before].Does != model.FillCart {
		return false
	}
	to := model.PlanOf[model.CartBehaviorPlan](c.w).Chains[chain]
	return stage == uint32(to.Order) || stage == uint32(to.Browse) || stage == uint32(to.InStore)
}

// daysAreKept: an event is of the local day on which its person lived it, which its id hides.
func daysAreKept(c *census) error {
	for _, e := range c.events {
		person, day := whoAndWhen(c.w, eventIDs, e.id)
		if got, ok := c.w.DayOf(e.at); !ok || got != day || day < 0 || person != placeOf(e.person) {
			return fmt.Errorf("event %d of person %d at %s: lived by %d on day %d", e.id, e.person,
				c.when(e.at), person, day)
		}
	}
	return nil
}

// closedIsClosed: nothing happens in a store out of hours, no parcel is handed over and no call
// begins; what was begun on the phone is ended there.
func closedIsClosed(c *census) error {
	zone, err := time.LoadLocation(c.w.Scenario.TimeZone)
	if err != nil {
		return err
	}
	for _, e := range c.events {
		plan := &c.w.Channels[e.channel-1]
		switch {
		case e.kind == table.Delivery:
			plan = &c.w.Courier
		case e.kind == table.Pickup, e.place == uint32(table.Store) && e.journey == table.Null:
			plan = &c.w.Counter
		case e.place != uint32(table.Store) && e.kind != table.Call:
			continue
		}
		at := time.UnixMicro(e.at).In(zone)
		if plan.Hours.Weight(at.Hour()) == 0 || closedAt(c.w, plan, e.at) {
			return fmt.Errorf("event %d, a %s, happens on %s, when %s is closed", e.id,
				c.word(table.EventType, e.kind), at.Format("Mon 15:04:05"), plan.Name)
		}
	}
	return nil
}

// takenOff is what a discount, in 1/10000, takes off each order line.
func (c *census) takenOff() func(line int, rate int64) int64 {
	quantity, price := c.ints(table.TableOrderLines, "quantity"),
		c.ints(table.TableOrderLines, "unit_price")
	return func(line int, rate int64) int64 {
		return quantity[line] * model.Off(price[line], rate)
	}
}

// closedAt reports whether a channel is closed on the day of a time.
func closedAt(w *model.World, plan *model.ChannelPlan, micros int64) bool {
	day, _ := w.DayOf(micros)
	return plan.Closed[day+w.Warmup]
}

// oneVisitAtATime: a person is in one place at a time. A visit is a session, from its first event
// to its last, a visit to a store or a call, for as long as it takes, or a look at something.
func oneVisitAtATime(c *census) error {
	type visit struct{ from, to, session int64 }
	last, person := visit{}, int64(0)
	for _, e := range c.events {
		if e.journey == table.Null { // a parcel, a mail, an answer: no visit
			continue
		}
		if e.person != person {
			last, person = visit{session: table.Null}, e.person
		}
		if e.session != table.Null && e.session == last.session ||
			(e.kind == table.Purchase || e.kind == table.StockOut || e.kind == table.QuoteRequest) &&
				e.session == table.Null && e.at <= last.to {
			last.to = max(last.to, e.at)
			continue
		}
		if e.at < last.to {
			return fmt.Errorf("person %d: event %d, a %s, at %s, while busy from %s to %s",
				e.person, e.id,
				c.word(table.EventType, e.kind), c.when(e.at), c.when(last.from), c.when(last.to))
		}
		last = visit{e.at, e.at, e.session}
		if e.kind == table.StoreVisit || e.kind == table.Call {
			last.to += max(e.lasted, 0) * milli
		}
	}
	return nil
}

// sessionsAreWhole: one person, device and channel, begun once, by the first event that names it.
func sessionsAreWhole(c *census) error {
	first := map[int64]seen{}
	for _, e := range c.events {
		if e.session == table.Null {
			continue
		}
		f, known := first[e.session]
		if !known {
			first[e.session] = e
			// A session that began in the last minutes of the warm-up has no start.
			if e.kind != table.SessionStart && e.at > c.w.Midnight[c.w.Warmup]+3600*second {
				return fmt.Errorf("session %d begins with %+v", e.session, e)
			}
			continue
		}
		if e.kind == table.SessionStart || e.device != f.device || e.on != f.on ||
			e.person != f.person || e.channel != f.channel && c.w.NewSource {
			return fmt.Errorf("session %d of %+v has %+v", e.session, f, e)
		}
	}
	return nil
}

// cartsAddUp: each is bought or given up for a reason, and not before it was filled; what is bought
// is what was in it, and everything in it was put there once and not taken out.
func cartsAddUp(c *census) error {
	of := func(name string) []int64 { return c.ints(table.TableCarts, name) }
	id, created, closed, value, lines := of("cart_id"), of("created_at"), of("closed_at"),
		of("value"), of("line_count")
	reason, status := c.codes(table.TableCarts, "reason"), c.codes(table.TableCarts, "status")
	subtotal, n := c.ints(table.TableOrders, "subtotal"), c.ints(table.TableOrders, "line_count")
	order, device := of("order_id"), of("device_id")
	carts := map[int64][]int{} // by person, in the order in which they were begun
	for i := range id {
		if (status[i] == table.CartAbandoned) == (reason[i] == 0) || closed[i] < created[i] ||
			lines[i] < 1 || value[i] < 1 {
			return fmt.Errorf("cart %d, status %d, reason %d, from %s to %s: %d lines, value %d",
				id[i], status[i], reason[i], c.when(created[i]), c.when(closed[i]), lines[i],
				value[i])
		}
		if o, ok := c.orders[order[i]]; ok && (subtotal[o] != value[i] || n[o] != lines[i]) {
			return fmt.Errorf("cart %d of %d lines and %d cents becomes an order of %d and %d",
				id[i],
				lines[i], value[i], n[o], subtotal[o])
		}
		carts[c.owner[device[i]]] = append(carts[c.owner[device[i]]], i)
	}
	added := map[int64]int64{} // by place of the cart
	for _, mine := range carts {
		slices.SortFunc(mine, func(a, b int) int { return cmp.Compare(created[a], created[b]) })
	}
	for _, e := range c.events {
		mine := carts[e.person]
		next, found := slices.BinarySearchFunc(mine, e.at, func(i int, at int64) int {
			return cmp.Compare(created[i], at)
		})
		if found {
			next++
		}
		if next == 0 || e.at > closed[mine[next-1]] {
			continue
		}
		switch e.kind {
		case table.AddToCart:
			added[int64(mine[next-1])]++
		case table.RemoveFromCart:
			added[int64(mine[next-1])]--
		}
	}
	for i := range id {
		if created[i] >= c.w.Midnight[c.w.Warmup] && added[int64(i)] != lines[i] {
			return fmt.Errorf("cart %d of person %d from %s to %s has %d lines, %d were added",
				id[i],
				c.owner[device[i]], c.when(created[i]), c.when(closed[i]), lines[i],
				added[int64(i)])
		}
	}
	return nil
}

// ordersAreFulfilled: after they are placed, at the time the customer gets them, as the status
// says.
func ordersAreFulfilled(c *census) error {
	at, due := c.ints(table.TableOrders, "ordered_at"), c.ints(table.TableOrders, "fulfilled_at")
	status, how := c.codes(table.TableOrders, "status"), c.codes(table.TableOrders, "fulfilment")
	arrived := map[int64]bool{}
	for _, e := range c.events {
		if e.kind != table.Delivery && e.kind != table.Pickup {
			continue
		}
		i := c.orders[e.order]
		if arrived[e.order] || e.at < at[i] || e.at != due[i] ||
			(e.kind == table.Delivery) != (how[i] == table.Ship) {
			return fmt.Errorf("order %d, placed %s, fulfilled %s, arrives %s", e.order,
				c.when(at[i]),
				c.when(due[i]), c.when(e.at))
		}
		arrived[e.order] = true
	}
	for id, i := range c.orders {
		want := map[uint32][2]uint32{table.Ship: {table.StatusShipped, table.StatusDelivered},
			table.Collect: {table.StatusReady, table.StatusCollected},
			table.InStore: {0, table.StatusCompleted}}[how[i]]
		done := due[i] != table.Null
		if done && status[i] != want[1] || !done && status[i] != want[0] || done &&
			due[i] < at[i] ||
			arrived[id] != (done && how[i] != table.InStore) {
			return fmt.Errorf("order %d: %d, status %d, placed %d, fulfilled %d, arrived %t", id,
				how[i], status[i], at[i], due[i], arrived[id])
		}
	}
	return nil
}

// peopleAddUp: journeys, orders and spending of people are those of the tables; who has an id is a
// customer, known not before they were seen, and named in no event before they were known.
func peopleAddUp(c *census) error {
	journeys, orders, spent := map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	person := c.ints(table.TableTruthJourneys, "person_id")
	for i, from := range c.ints(table.TableTruthJourneys, "started_at") {
		if from >= c.w.Midnight[c.w.Warmup] {
			journeys[person[i]]++
		}
	}
	first := map[int64]int64{}
	for _, e := range c.events {
		if e.kind == table.Purchase {
			orders[e.person]++
			spent[e.person] += e.revenue
		}
		if _, ok := first[e.user]; !ok {
			first[e.user] = e.at
		}
	}
	user := c.ints(table.TableTruthPeople, "user_id")
	known := 0
	for id, i := range c.people {
		j, o := c.ints(table.TableTruthPeople, "journey_count")[i],
			c.ints(table.TableTruthPeople, "order_count")[i]
		s := c.ints(table.TableTruthPeople, "total_spent")[i]
		if j != journeys[id] || o != orders[id] || s != spent[id] {
			return fmt.Errorf("person %d: %d journeys, %d orders, %d cents; want %d, %d, %d", id, j,
				o,
				s, journeys[id], orders[id], spent[id])
		}
		if user[i] != table.Null {
			known++
		}
	}
	since, seen := c.ints(table.TableCustomers, "identified_at"),
		c.ints(table.TableCustomers, "first_seen_at")
	for i, id := range c.ints(table.TableCustomers, "user_id") {
		at, named := first[id]
		if seen[i] > since[i] || named && at < since[i] || c.owner[id] == 0 {
			return fmt.Errorf("customer %d of person %d: seen %s, known %s, first named %s", id,
				c.owner[id],
				c.when(seen[i]), c.when(since[i]), c.when(at))
		}
	}
	if n := c.all.Tables[table.TableCustomers].Len; n != known {
		return fmt.Errorf("%d known of %d", n, known)
	}
	return nil
}

// rowsAreInTime: events, orders and carts of a part.
func rowsAreInTime(c *census) error {
	if c.w.Parts > 1 {
		return nil
	}
	for table, name := range map[table.TableID]string{table.TableEvents: "event_time",
		table.TableOrders: "ordered_at"} {
		if !slices.IsSorted(c.ints(table, name)) {
			return fmt.Errorf("%s are out of order", c.w.Tables[table].Name)
		}
	}
	received := c.ints(table.TableEvents, "received_at")
	for i, at := range c.ints(table.TableEvents, "event_time") {
		if d := received[i] - at; d < 20*milli || d > 1043*milli {
			return fmt.Errorf("an event of %s is received %d µs later", c.when(at), d)
		}
	}
	return nil
}

// promises are the checkers, each with something that spoils it.
var promises = append(append(agreements, checkouts...), []promise{
	{"people take turns", peopleTakeTurns, func(c *census) {
		arrived := c.ints(table.TableTruthPeople, "arrived_at")
		for i, id := range c.ints(table.TableTruthPeople, "person_id") {
			if _, nth := model.PlaceOf(id); nth > 0 {
				arrived[i] -= aDay
			}
		}
		left := c.ints(table.TableTruthPeople, "left_at")
		left[0] = c.w.Midnight[c.w.Warmup] - 40*aDay
	}},
	{"money adds up", moneyAddsUp, func(c *census) { c.ints(table.TableOrderLines, "tax")[3]++ }},
	{"purchases are orders", purchasesAreOrders, func(c *census) {
		c.ints(table.TableOrders, "total")[5]--
	}},
	{"everything joins", everythingJoins, func(c *census) {
		for i, id := range c.ints(table.TableEvents, "user_id") {
			if id != table.Null {
				c.ints(table.TableEvents, "user_id")[i]++
				return
			}
		}
	}},
	{"truth tells", truthTells, func(c *census) {
		for i := range c.ints(table.TableTruthIdentity, "person_id") {
			c.ints(table.TableTruthIdentity, "person_id")[i]++
		}
	}},
	{"one journey at a time", oneJourneyAtATime, func(c *census) {
		for i, end := range c.ints(table.TableTruthJourneys, "ended_at") {
			if end != table.Null {
				c.ints(table.TableTruthJourneys, "ended_at")[i] = 0
			}
		}
	}},
	{"moves are allowed", movesAreAllowed, func(c *census) {
		stages := c.codes(table.TableEvents, "stage")
		for i := range stages {
			stages[i] = uint32(len(c.w.Stages)) + 1 - stages[i]
		}
	}},
	{"days are kept", daysAreKept, func(c *census) {
		c.ints(table.TableEvents, "event_time")[7] += 24 * 3600 * second
	}},
	{"closed is closed", closedIsClosed, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.Delivery {
				c.ints(table.TableEvents, "event_time")[i] += 12 * 3600 * second
			}
		}
	}},
	{"one visit at a time", oneVisitAtATime, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.StoreVisit || kind == table.Call {
				c.ints(table.TableEvents, "duration_ms")[i] = 1 << 31
			}
		}
	}},
	{"sessions are whole", sessionsAreWhole, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.PageView || kind == table.ScreenView {
				c.codes(table.TableEvents, "device_type")[i]++
			}
		}
	}},
	{"carts add up", cartsAddUp, func(c *census) {
		for i, id := range c.ints(table.TableCarts, "order_id") {
			if id != table.Null {
				c.ints(table.TableCarts, "value")[i]++
			}
		}
	}},
	{"orders are fulfilled", ordersAreFulfilled, func(c *census) {
		for i, due := range c.ints(table.TableOrders, "fulfilled_at") {
			if due != table.Null {
				c.ints(table.TableOrders, "fulfilled_at")[i] = c.ints(table.TableOrders,
					"ordered_at")[i] - 1
			}
		}
	}},
	{"people add up", peopleAddUp, func(c *census) {
		c.ints(table.TableTruthPeople,
			"total_spent")[0]++
	}},
	{"rows are in time", rowsAreInTime, func(c *census) {
		at := c.ints(table.TableEvents, "event_time")
		at[0], at[len(at)-1] = at[len(at)-1], at[0]
	}},
}...)

// TestFashionKeepsItsPromises: and each checker notices when one is broken.
func TestFashionKeepsItsPromises(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", "customers", "5_000")
	all := whole(t, w)
	c := censusOf(w, all)
	for _, p := range promises {
		if err := p.check(c); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
	small := builtIn(t, "fashion", "customers", "400", "days", "120")
	for _, p := range promises {
		spoiled := censusOf(small, whole(t, small))
		p.spoil(spoiled)
		if err := p.check(censusOf(small, spoiled.all)); err == nil {
			t.Errorf("%s: nobody notices when it does not", p.name)
		}
	}
}

// swarm is how many random scenarios the tests live through.
const swarm = 24

// TestRandomScenariosKeepTheirPromises: any scenario that can be loaded. The seed makes the
// scenario again.
func TestRandomScenariosKeepTheirPromises(t *testing.T) {
	t.Parallel()
	events := 0
	for seed := range uint64(swarm) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			text := randomScenario(seed)
			w := worldOf(t, text)
			all := whole(t, w)
			events += all.Tables[table.TableEvents].Len
			c := censusOf(w, all)
			for _, p := range promises {
				if err := p.check(c); err != nil {
					t.Errorf("%s: %v", p.name, err)
				}
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
	if events < 5_000*swarm {
		t.Errorf("%d events prove little", events)
	}
}
