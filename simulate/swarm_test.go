package simulate

import (
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
)

var swarmSize = flag.Int("swarm", 40, "how many random scenarios TestSwarm lives through")

// swarmed is one in so many of the random scenarios, or of fewer in short mode.
func swarmed(oneIn int) uint64 {
	if testing.Short() {
		oneIn *= 4
	}
	return uint64(max(*swarmSize/oneIn, 1))
}

// TestSwarm lives random scenarios, part by part and day by day: all checkers agree with both, and
// both are the same. A seed makes its scenario again, printed when something is wrong:
//
//	go test ./simulate -run 'TestSwarm/seed=777$' -swarm 778
func TestSwarm(t *testing.T) {
	t.Parallel()
	for seed := range swarmed(1) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			text := anyScenario(seed)
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("seed %d:\n%s", seed, text)
				}
			})
			w := worldOf(t, text)
			w.PartTowns = 1 + int(seed%3)
			w.Parts = (w.Towns + w.PartTowns - 1) / w.PartTowns
			keepsItsPromises(t, w)
		})
	}
}

// TestBuiltInScenariosKeepTheirPromises, in both orders of work. In short mode they have fewer
// customers.
func TestBuiltInScenariosKeepTheirPromises(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d built-in scenarios: %v", len(files), err)
	}
	customers, town := "4_000", "500"
	if testing.Short() {
		customers, town = "800", "100"
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".yaml")
		w := builtIn(t, name, "customers", customers, "days", "120", "town", town)
		w.PartTowns = 3
		w.Parts = (w.Towns + w.PartTowns - 1) / w.PartTowns
		t.Run(name, func(t *testing.T) { keepsItsPromises(t, w) })
	}
}

// keepsItsPromises lives a world in both orders and checks all it has written.
func keepsItsPromises(t *testing.T, w *model.World) {
	t.Helper()
	var prints [2]string
	for i, run := range []runner{ByPart, ByDay} {
		l := &ledger{w: w, all: table.NewBatch(w.Tables, 0)}
		f := newFingerprint(w)
		if err := run(t.Context(), w, table.Tee(f, l), Options{Workers: 2 - i}); err != nil {
			t.Fatal(err)
		}
		prints[i] = f.String()
		order := []string{"by part", "by day"}[i]
		if err := inTime(l, i == 1); err != nil {
			t.Errorf("%s: rows in time: %v", order, err)
		}
		c := censusOf(w, l.all)
		for _, p := range slices.Concat(promises, lives, habits) {
			if w.Off != 0 && slices.Contains(ofTheFactual, p.name) {
				continue
			}
			if err := p.check(c); err != nil {
				t.Errorf("%s: %s: %v", order, p.name, err)
			}
		}
	}
	if prints[0] != prints[1] {
		t.Errorf("by part:\n%s\nby day:\n%s", prints[0], prints[1])
	}
}

// ofTheFactual are the promises that do not hold in a world without some channels: a journey goes
// on there through touches that nobody sees.
var ofTheFactual = []string{"moves are allowed", "journeys tell what happened",
	"posts are answered"}

// A ledger is a sink that keeps all rows, and of which part each is.
type ledger struct {
	w    *model.World
	mu   sync.Mutex
	all  *table.Batch
	part [table.TableCount][]int
}

func (l *ledger) Encode(b *table.Batch) (func() error, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Append(l.w.Tables, b)
	for t := range b.Tables {
		l.part[t] = append(l.part[t], slices.Repeat([]int{b.Part}, b.Tables[t].Len)...)
	}
	return nil, nil
}

// timed are the tables in the order of time, and by which time.
var timed = []struct {
	table  table.TableID
	column string
}{
	{table.TableEvents, "event_time"},
	{table.TableOrders, "ordered_at"},
	{table.TableCarts, "closed_at"},
	{table.TableSurveys, "sent_at"},
	{table.TableReviews, "reviewed_at"},
}

// inTime: rows are in the order of time, within each part or, day by day, over the whole market.
func inTime(l *ledger, market bool) error {
	for _, x := range timed {
		last := map[int]int64{}
		for i, at := range columnOf(l.w, l.all, x.table, x.column).Int[:l.all.Tables[x.table].Len] {
			part := l.part[x.table][i]
			if market {
				part = 0
			}
			if before, ok := last[part]; ok && at < before {
				return fmt.Errorf("%s: row %d of part %d is of %d, the one before of %d",
					l.w.Tables[x.table].Name, i, part, at, before)
			}
			last[part] = at
		}
	}
	return nil
}

func TestRowsOutOfTimeAreNoticed(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", "customers", "600", "days", "90", "town", "100",
		"behaviors", "{satisfaction: on}")
	for _, x := range timed {
		l := &ledger{w: w, all: table.NewBatch(w.Tables, 0)}
		if err := ByPart(t.Context(), w, l, Options{}); err != nil {
			t.Fatal(err)
		}
		if err := inTime(l, false); err != nil {
			t.Fatal(err)
		}
		n := l.all.Tables[x.table].Len
		slices.Reverse(columnOf(w, l.all, x.table, x.column).Int[:n])
		if inTime(l, false) == nil {
			t.Errorf("%d %s backwards go unnoticed", n, w.Tables[x.table].Name)
		}
	}
}

// lives are checkers of single lives, each with something that spoils one.
var lives = []promise{
	{"values fit their columns", valuesFit, func(c *census) {
		c.codes(table.TableEvents, "page")[9] = 60_000
	}},
	{"times are in the world", timesAreInTheWorld, func(c *census) {
		end := c.ints(table.TableTruthJourneys, "ended_at")
		end[slices.Index(end, slices.Max(end))] += 130 * 24 * 3600 * second
	}},
	{"ids are unique", idsAreOnce, func(c *census) {
		ids := c.ints(table.TableCarts, "cart_id")
		ids[2] = ids[1]
	}},
	{"campaigns run", campaignsRun, func(c *census) {
		discounts := c.ints(table.TableOrderLines, "discount")
		discounts[len(discounts)/2]++
	}},
	{"consent is kept", consentIsKept, func(c *census) {
		consent := c.codes(table.TableEvents, "consent")
		consent[len(consent)/2] = 3 - consent[len(consent)/2]
	}},
	{"identifiers begin when used", identifiersBegin, func(c *census) {
		from := c.ints(table.TableTruthIdentity, "valid_from")
		from[slices.Index(from, slices.Max(from))]--
	}},
	{"points are earned", pointsAreEarned, func(c *census) {
		points := c.ints(table.TableCustomers, "points")
		for i := range points {
			points[i] += 500
		}
	}},
	{"journeys tell what happened", journeysTell, func(c *census) {
		pattern := c.codes(table.TableTruthJourneys, "pattern")
		pattern[slices.Index(pattern, table.PureOnline)] = table.Webrooming
	}},
	{"one thing at a time", oneThingAtATime, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.PageView {
				c.ints(table.TableEvents, "duration_ms")[i] += 90_000
			}
		}
	}},
	{"contacts are in hours", contactsAreInHours, func(c *census) {
		kinds := c.codes(table.TableEvents, "event_type")
		c.ints(table.TableEvents, "event_time")[slices.Index(kinds, table.StoreVisit)] +=
			12 * 3600 * second
	}},
	{"carts hold what was added", cartsHoldWhatWasAdded, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.AddToCart {
				c.ints(table.TableEvents, "quantity")[i]++
			}
		}
	}},
	{"surveys are asked", surveysAreAsked, func(c *census) {
		score := c.ints(table.TableSurveys, "score")
		score[slices.IndexFunc(score, func(x int64) bool { return x >= 0 })] += 11
	}},
	{"reviews are of orders", reviewsAreOfOrders, func(c *census) {
		product := c.codes(table.TableReviews, "product_id")
		product[0] = product[0]%100 + 1
	}},
	{"tickets are of contacts", ticketsAreOfContacts, func(c *census) {
		c.ints(table.TableTickets, "opened_at")[5]++
	}},
	{"tickets take their time", ticketsTakeTheirTime, func(c *census) {
		c.ints(table.TableTickets, "wait_ms")[3] += 2
	}},
	{"matters are tried again", mattersAreTriedAgain, func(c *census) {
		c.ints(table.TableTickets, "attempt")[0]++
	}},
	{"carts are of visits", cartsAreOfVisits, func(c *census) {
		ids := c.ints(table.TableCarts, "session_id")
		ids[len(ids)/2]++
	}},
	{"returns are of orders", returnsAreOfOrders, func(c *census) {
		c.ints(table.TableReturns, "refund")[0]++
	}},
	{"pick-ups are visits", pickUpsAreVisits, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.StoreVisit && c.ints(table.TableEvents, "journey_id")[i] == table.Null {
				c.codes(table.TableEvents, "store_id")[i] = 0
			}
		}
	}},
}

// TestBrokenLivesAreNoticed: a world without warm-up is right, and each spoiled copy is not.
func TestBrokenLivesAreNoticed(t *testing.T) {
	t.Parallel()
	w := builtIn(t, "fashion", "customers", "1_500", "days", "120", "warmup", "0",
		"behaviors", "off", "behaviors.satisfaction", "on", "behaviors.fulfilment", "on",
		"behaviors.service.asks.order", "50%", "behaviors.service.contacts", "1")
	right := whole(t, w)
	for _, p := range lives {
		if err := p.check(censusOf(w, right)); err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue // what fails anyway proves nothing when spoiled
		}
		copied := table.NewBatch(w.Tables, 0)
		copied.Append(w.Tables, right)
		p.spoil(censusOf(w, copied))
		if err := p.check(censusOf(w, copied)); err == nil {
			t.Errorf("%s: nobody notices when not", p.name)
		}
	}
}

// written reports whether a time is in the written days, of whose beginning everything is known.
func (c *census) written(at int64) bool { return at >= c.w.Midnight[c.w.Warmup] }

// valuesFit: what must not be missing is there, codes have words, ids are exact in a double.
func valuesFit(c *census) error {
	for t := range c.w.Tables {
		rows := &c.all.Tables[t]
		for k, column := range c.w.Tables[t].Columns {
			v := &rows.Cols[k]
			for i := range rows.Len {
				missing, fits := false, true
				switch column.Kind {
				case table.Code:
					missing, fits = v.Code[i] == 0, int(v.Code[i]) <= len(column.Vocab)
				case table.Text:
					missing = v.Text[i] == ""
				case table.ID, table.Duration:
					missing, fits = v.Int[i] == table.Null, v.Int[i] >= 0 && v.Int[i] < 1<<53
				case table.Bool:
					fits = v.Int[i] == 0 || v.Int[i] == 1
				default:
					missing = v.Int[i] == table.Null
				}
				if missing && !column.Null || !missing && !fits {
					return fmt.Errorf("%s.%s, row %d: missing %t, fits %t", c.w.Tables[t].Name,
						column.Name, i, missing, fits)
				}
			}
		}
	}
	return nil
}

// timesAreInTheWorld: nothing is before the first day of the warm-up, but what is known of the past
// of a person; nothing is after the last day, but the receipt of the last events.
func timesAreInTheWorld(c *census) error {
	for t := range c.w.Tables {
		from, to := c.w.Midnight[0], c.w.End()
		switch table.TableID(t) {
		case table.TableTruthPeople, table.TableTruthIdentity, table.TableCustomers:
			from = math.MinInt64
		}
		for _, column := range c.w.Tables[t].Columns {
			if column.Kind != table.Time || column.Name == "received_at" {
				continue
			}
			for i, at := range c.ints(table.TableID(t), column.Name) {
				if at != table.Null && (at < from || at >= to) {
					return fmt.Errorf("%s.%s, row %d: %s is not in the world",
						c.w.Tables[t].Name, column.Name, i, c.when(at))
				}
			}
		}
	}
	return nil
}

// idsAreOnce: within a kind, and people are counted from 1.
func idsAreOnce(c *census) error {
	for _, x := range []struct {
		table  table.TableID
		column string
	}{
		{table.TableEvents, "event_id"}, {table.TableOrders, "order_id"},
		{table.TableCarts, "cart_id"}, {table.TableTruthJourneys, "journey_id"},
		{table.TableCustomers, "user_id"}, {table.TableTruthPeople, "person_id"},
		{table.TableReturns, "return_id"}, {table.TableSurveys, "survey_id"},
		{table.TableReviews, "review_id"}, {table.TableTickets, "ticket_id"},
		{table.TableSocial, "social_id"},
	} {
		once := map[int64]bool{}
		for i, id := range c.ints(x.table, x.column) {
			if once[id] {
				return fmt.Errorf("%s: row %d: %s %d comes twice", c.w.Tables[x.table].Name, i,
					x.column, id)
			}
			once[id] = true
		}
	}
	kinds, once := c.codes(table.TableTruthIdentity, "identifier_type"), map[[2]int64]bool{}
	for i, id := range c.ints(table.TableTruthIdentity, "identifier") {
		key := [2]int64{int64(kinds[i]), id}
		if once[key] {
			return fmt.Errorf("identity: row %d: identifier %d comes twice", i, id)
		}
		once[key] = true
	}
	for id := range c.people {
		if place, _ := model.PlaceOf(id); id < 1 || place >= c.w.Customers {
			return fmt.Errorf("there is no person %d of %d", id, c.w.Customers)
		}
	}
	return nil
}

// campaignsRun: on their channel and on the day on which a visit began, and take off just what they
// say; an order is of the campaign of its purchase.
func campaignsRun(c *census) error {
	cols := c.all.Tables[table.TableEvents].Cols
	began, bought := map[int64]int64{}, map[int64]uint32{}
	for i := range c.all.Tables[table.TableEvents].Len {
		at, session := cols[table.EventTime].Int[i], cols[table.EventSession].Int[i]
		if cols[table.EventType].Code[i] == table.Purchase {
			bought[cols[table.EventOrder].Int[i]] = cols[table.EventCampaign].Code[i]
		}
		if session != table.Null {
			if cols[table.EventType].Code[i] == table.SessionStart {
				began[session] = at
			}
			from, known := began[session]
			if !known {
				continue // it began in the warm-up
			}
			at = from
		}
		code := cols[table.EventCampaign].Code[i]
		if code == 0 {
			continue
		}
		k := &c.w.Campaigns[code-1]
		day, ok := c.w.DayOf(at)
		if !ok || day < k.From || day > k.To ||
			k.Channel != int(cols[table.EventChannel].Code[i])-1 {
			return fmt.Errorf("event %d on channel %d, day %d: campaign %+v",
				cols[table.EventID].Int[i], cols[table.EventChannel].Code[i], day, *k)
		}
	}
	campaigns, coupons := c.codes(table.TableOrders, "campaign_id"),
		c.codes(table.TableOrders, "coupon")
	for id, i := range c.orders {
		if campaigns[i] != bought[id] {
			return fmt.Errorf("order %d: campaign %d, its purchase %d", id, campaigns[i],
				bought[id])
		}
	}
	discount, takes := c.ints(table.TableOrderLines, "discount"), c.takenOff()
	for i, id := range c.ints(table.TableOrderLines, "order_id") {
		rate := int64(0)
		if code := bought[id]; code != 0 {
			rate = c.w.Campaigns[code-1].Discount
		}
		if coupons[c.orders[id]] != 0 { // a behavior offered more
			if discount[i] < takes(i, rate) {
				return fmt.Errorf("order %d with a coupon: %d off at %d/10000", id, discount[i], rate)
			}
			continue
		}
		if discount[i] != takes(i, rate) {
			return fmt.Errorf("order %d: %d off at %d/10000", id, discount[i], rate)
		}
	}
	return nil
}

// consentIsKept: nobody changes their mind.
func consentIsKept(c *census) error {
	given := map[int64]uint32{}
	person, consent := c.ints(table.TableEvents, "person_id"), c.codes(table.TableEvents, "consent")
	for i, id := range c.ints(table.TableEvents, "event_id") {
		if was, ok := given[person[i]]; ok && was != consent[i] {
			return fmt.Errorf("event %d of person %d: consent %d, before it %d", id, person[i],
				consent[i], was)
		}
		given[person[i]] = consent[i]
	}
	return nil
}

// identifiersBegin: a device with its first event, a user when the customer became known.
func identifiersBegin(c *census) error {
	first, known := map[int64]int64{}, map[int64]int64{}
	for _, e := range c.events { // a device is one person's, so in the order of time
		if _, ok := first[e.device]; !ok {
			first[e.device] = e.at
		}
	}
	since := c.ints(table.TableCustomers, "identified_at")
	for i, id := range c.ints(table.TableCustomers, "user_id") {
		known[id] = since[i]
	}
	kinds, from := c.codes(table.TableTruthIdentity, "identifier_type"),
		c.ints(table.TableTruthIdentity, "valid_from")
	for i, id := range c.ints(table.TableTruthIdentity, "identifier") {
		at, ok := known[id]
		if kinds[i] == table.IdentifierDevice {
			if at, ok = first[id]; !c.written(from[i]) {
				continue
			}
		}
		late := at - from[i]
		if c.w.Off != 0 && late > 0 && late < 30*second {
			late = 0 // through a substitute for an advert, which nobody saw
		}
		if !ok || late != 0 {
			return fmt.Errorf("identifier %d is valid from %s, first used at %s", id,
				c.when(from[i]), c.when(at))
		}
	}
	return nil
}

// pointsAreEarned: with a card, a point for each whole unit spent; they make the tier. In a store
// only card holders are recognised, so the first order there that has a name is the card's first.
func pointsAreEarned(c *census) error {
	if model.PlanOf[model.LoyaltyPlan](c.w).On ||
		len(model.PlanOf[model.ChurnPlan](c.w).Contracts) > 0 {
		return nil // points have a ledger of their own; who signs a contract is named without a card
	}
	earned := map[int64]int64{} // cents by person, from the first order with the card
	since := map[int64]int64{}
	for _, e := range c.events {
		if e.kind != table.Purchase {
			continue
		}
		_, has := earned[e.person]
		if e.journey == table.Null { // at a pickup the order says who it is
			if has && c.day(since[e.person]) < c.day(e.at) {
				earned[e.person] += e.revenue
			}
			continue
		}
		if has || e.place == uint32(table.Store) && e.user != table.Null {
			if !has {
				since[e.person] = e.at
			}
			earned[e.person] += e.revenue
		}
	}
	points, tier := c.ints(table.TableCustomers, "points"), c.codes(table.TableCustomers, "tier")
	card := columnOf(c.w, c.all, table.TableCustomers, "loyalty_card").Text
	known := c.ints(table.TableCustomers, "identified_at")
	for i, id := range c.ints(table.TableCustomers, "user_id") {
		if known[i] < c.w.Midnight[0] {
			continue // they may have the card from before
		}
		cents, has := earned[c.owner[id]]
		if has && card[i] == "" || c.w.Warmup == 0 && has != (card[i] != "") {
			return fmt.Errorf("customer %d has card %q, shown in a store: %t", id, card[i], has)
		}
		if card[i] == "" {
			if tier[i] != 0 || points[i] != table.Null {
				return fmt.Errorf("customer %d has tier %d and no card", id, tier[i])
			}
			continue
		}
		if points[i] < cents/100 || c.w.Warmup == 0 && points[i] != cents/100 {
			return fmt.Errorf("customer %d has %d points for %d cents", id, points[i], cents)
		}
		want := uint32(0)
		for _, from := range model.TierPoints {
			if points[i] >= from {
				want++
			}
		}
		if tier[i] != want {
			return fmt.Errorf("customer %d has %d points and tier %d, want %d", id, points[i],
				tier[i], want)
		}
	}
	return nil
}

// A trail is what the events of a journey show of it.
type trail struct {
	events, contacts, moves, orders int64
	online, store                   bool // whether anything was seen there so far
	missed                          bool // whether anything was not there
	empty                           bool // whether that was in the last store seen
	bought                          uint32
	last                            uint32 // stage
}

// trails follows all journeys through their events.
func (c *census) trails() map[int64]*trail {
	how := c.codes(table.TableOrders, "fulfilment")
	all := map[int64]*trail{}
	for _, e := range c.events {
		if e.journey == table.Null {
			continue
		}
		t := all[e.journey]
		if t == nil {
			t = &trail{last: e.stage}
			all[e.journey] = t
		}
		t.events++
		if e.stage != t.last {
			t.moves++
		}
		t.last = e.stage
		switch e.kind {
		case table.SessionStart, table.StoreVisit, table.Call:
			if !t.empty || e.kind != table.StoreVisit { // else on to another store
				t.contacts++
			}
			t.empty = false
		case table.Purchase:
			if t.orders++; t.orders == 1 {
				t.bought = t.pattern(e, how[c.orders[e.order]])
			}
		}
		t.empty = t.empty || e.kind == table.StockOut && e.place == uint32(table.Store)
		t.missed = t.missed || e.kind == table.StockOut
		t.store = t.store || e.kind == table.StoreVisit
		t.online = t.online || e.session != table.Null
	}
	return all
}

// pattern names a journey by its first purchase and what was seen before.
func (t *trail) pattern(e seen, how uint32) uint32 {
	switch {
	case how == table.Collect:
		return table.ClickAndCollect
	case how == table.InStore && t.online:
		return table.Webrooming
	case how == table.InStore:
		return table.PureStore
	case e.session != table.Null && t.store:
		return table.Showrooming
	case e.session != table.Null:
		return table.PureOnline
	default:
		return table.Multichannel
	}
}

// journeysTell: a journey that began in the written days has the orders, the outcome, the pattern,
// the last stage and, within what can be seen, the touches that its events show.
func journeysTell(c *census) error {
	trails := c.trails()
	of := func(name string) []int64 { return c.ints(table.TableTruthJourneys, name) }
	code := func(name string) []uint32 { return c.codes(table.TableTruthJourneys, name) }
	start, end := of("started_at"), of("ended_at")
	touches, orders := of("touch_count"), of("order_count")
	stage, outcome, pattern := code("last_stage"), code("outcome"), code("pattern")
	rival := code("competitor")
	for i, id := range of("journey_id") {
		if !c.written(start[i]) {
			continue
		}
		t := trails[id]
		want := table.OutcomeGaveUp
		switch {
		case t == nil:
			return fmt.Errorf("journey %d has no events", id)
		case end[i] == table.Null:
			want = table.OutcomeUnderWay
		case t.orders > 0:
			want = table.OutcomePurchased
		case outcome[i] == table.OutcomeRival && rival[i] != 0,
			outcome[i] == table.OutcomeStockOut && t.missed:
			want = outcome[i]
		}
		if (rival[i] != 0) != (outcome[i] == table.OutcomeRival) {
			return fmt.Errorf("journey %d: competitor %d, outcome %d", id, rival[i], outcome[i])
		}
		if orders[i] != t.orders || outcome[i] != want || pattern[i] != t.bought ||
			stage[i] != t.last || touches[i] < max(t.contacts, t.moves+1) || touches[i] > t.events {
			return fmt.Errorf("journey %d from %s: %d orders, outcome %d, pattern %d, stage %d, "+
				"%d touches; its events show %+v, outcome %d", id, c.when(start[i]), orders[i],
				outcome[i], pattern[i], stage[i], touches[i], *t, want)
		}
	}
	return nil
}

// oneThingAtATime: whatever takes time is over before the next thing begins, but for what is
// bought, missed or asked for in a store or on the phone.
func oneThingAtATime(c *census) error {
	var last seen
	for _, e := range c.events {
		if e.journey == table.Null { // a parcel, a mail, an answer take no time
			continue
		}
		over := last.at + max(last.lasted, 0)*milli
		if e.person == last.person && e.at < over {
			switch e.kind {
			case table.Purchase, table.StockOut, table.QuoteRequest:
				if e.session == table.Null {
					continue
				}
			}
			return fmt.Errorf("person %d: event %d, a %s, at %s; a %s lasts from %s to %s",
				e.person, e.id, c.word(table.EventType, e.kind), c.when(e.at),
				c.word(table.EventType, last.kind), c.when(last.at), c.when(over))
		}
		last = e
	}
	return nil
}

// contactsAreInHours: whatever begins a contact does so when its channel is open.
func contactsAreInHours(c *census) error {
	zone, err := time.LoadLocation(c.w.Scenario.TimeZone)
	if err != nil {
		return err
	}
	for _, e := range c.events {
		plan := &c.w.Channels[e.channel-1]
		shown := plan.Paid || plan.Touchpoint == table.Inbox || plan.Touchpoint == table.SocialFeed
		switch e.kind {
		case table.StoreVisit:
			if e.journey == table.Null {
				plan = &c.w.Counter // of a pick-up or a return
			}
		case table.Impression, table.MessageOpened, table.Call:
		case table.SessionStart:
			if shown {
				continue // begins with being shown
			}
		default:
			continue
		}
		at := time.UnixMicro(e.at).In(zone)
		if plan.Hours.Weight(at.Hour()) == 0 || closedAt(c.w, plan, e.at) {
			return fmt.Errorf("event %d, a %s, is on %s, when %s is closed", e.id,
				c.word(table.EventType, e.kind), at.Format("Mon 2006-01-02 15:04:05.000000"), plan.Name)
		}
	}
	return nil
}

// cartsByPerson lists the places of each person's carts in the order in which they were begun.
func (c *census) cartsByPerson() map[int64][]int {
	created, device := c.ints(table.TableCarts, "created_at"),
		c.ints(table.TableCarts, "device_id")
	carts := map[int64][]int{}
	for i := range device {
		person := c.owner[device[i]]
		carts[person] = append(carts[person], i)
	}
	for _, mine := range carts {
		slices.SortFunc(mine, func(a, b int) int { return cmp.Compare(created[a], created[b]) })
	}
	return carts
}

// cartsHoldWhatWasAdded: their value is that of the products that were added and not taken out,
// each once.
func cartsHoldWhatWasAdded(c *census) error {
	carts := c.cartsByPerson()
	created, closed := c.ints(table.TableCarts, "created_at"),
		c.ints(table.TableCarts, "closed_at")
	sums := make([]int64, len(created))
	cols := c.all.Tables[table.TableEvents].Cols
	for i := range c.all.Tables[table.TableEvents].Len {
		sign := int64(1)
		switch cols[table.EventType].Code[i] {
		case table.AddToCart:
		case table.RemoveFromCart:
			sign = -1
		default:
			continue
		}
		at, mine := cols[table.EventTime].Int[i], carts[cols[table.EventPerson].Int[i]]
		for _, k := range mine {
			if created[k] <= at && at <= closed[k] {
				day, _ := c.w.DayOf(closed[k]) // what it costs when the cart is closed
				price := c.w.PriceOn(cols[table.EventProduct].Code[i], day)
				sums[k] += sign * cols[table.EventQuantity].Int[i] * price
			}
		}
	}
	value := c.ints(table.TableCarts, "value")
	for i, id := range c.ints(table.TableCarts, "cart_id") {
		if c.written(created[i]) && value[i] != sums[i] {
			return fmt.Errorf("cart %d from %s to %s is worth %d, %d were added", id,
				c.when(created[i]), c.when(closed[i]), value[i], sums[i])
		}
	}
	return nil
}

// cartsAreOfVisits: a cart's session is one of its device, and its user the device's owner.
func cartsAreOfVisits(c *census) error {
	device := map[int64]int64{}
	for _, e := range c.events {
		if e.session != table.Null {
			device[e.session] = e.device
		}
	}
	of := func(name string) []int64 { return c.ints(table.TableCarts, name) }
	devices, sessions, users, created := of("device_id"), of("session_id"), of("user_id"),
		of("created_at")
	for i, id := range of("cart_id") {
		on, ok := device[sessions[i]]
		if c.written(created[i]) && (!ok || on != devices[i]) {
			return fmt.Errorf("cart %d: session %d is on device %d, the cart on %d", id,
				sessions[i], on, devices[i])
		}
		if users[i] != table.Null && c.owner[users[i]] != c.owner[devices[i]] {
			return fmt.Errorf("cart %d: user %d does not own device %d", id, users[i], devices[i])
		}
	}
	return nil
}

// A market is a random scenario while it is written.
type market struct {
	die
	text     strings.Builder
	channels []string
}

func (m *market) line(format string, args ...any) { fmt.Fprintf(&m.text, format+"\n", args...) }

// anyScenario writes a random valid scenario: everything there is, in small markets of about 200
// journeys, around days on which clocks do something odd.
func anyScenario(seed uint64) string {
	m := &market{die: die{rand.New(rand.NewPCG(seed, 2))}}
	customers, days := 1+m.IntN(m.upTo(400)), 1+m.IntN(m.upTo(120))
	warmup := max(m.IntN(80)-20, 0)
	yearly := min(max(200*365/(customers*(days+warmup)), 1), 300)
	where := strings.Fields(m.one(oddDays...))
	m.line("customers: %d\nseed: %d\ndays: %d\nwarmup: %d", customers, m.Uint64(), days, warmup)
	m.line("time_zone: %s\nstart: %s\ntown: %d", where[0], where[1], 100+m.IntN(150))
	m.line("locale: %s\ncurrency: %s", m.one("it-IT", "en"), m.one("EUR", "USD", "JPY"))
	m.line("population: {stay_years: %s, %s, past: {orders: %s, known: %s}}", m.one("0.1", "1", "8"),
		m.one("growth: 1", "growth: 0.5", "growth: 4, filled: 60%"), m.one("0", "0.3"), m.one("0", "2"))
	m.line("needs:\n  per_year: %d\n  vary: %s\n  season: {dec: 1.8, feb: %s, aug: 0}", yearly,
		m.one("0", "0.5", "3"), m.one("0", "0.7"))
	m.line("  weekday: {sat: %s}\n  payday: {day: %d, days: 3, boost: 2}", m.one("0", "1.3"),
		m.IntN(32))
	m.line("traits:\n  spread: {need: %s, conversion: 0.6, price: %s, digital: 0.8, haste: %s}",
		m.one("0", "1"), m.one("0", "0.5"), m.one("0", "0.4", "2"))
	m.line("  correlate: [{of: [digital, price], is: %s}]", m.one("-0.6", "0.3", "0.9"))
	m.line("stores: {count: %d}", 1+m.IntN(40))
	m.line("sessions:\n  pages: {notice: %d, browse: %d, cart: %d, order: %d}", 1+m.IntN(3),
		1+m.IntN(9), 1+m.IntN(4), 1+m.IntN(4))
	m.line("  duration: %s\n  store_visit: %s\n  call: %s", m.wait(), m.wait(), m.wait())
	m.line("  product_views: %d%%\n  searches: %d%%\n  home_device: %s", m.IntN(51), m.IntN(50),
		m.one("0%", "60%", "100%"))
	m.line("orders:\n  lines: %s\n  quantity: %s\n  vat: %d%%", m.one("1", "1.6", "4"),
		m.one("1", "1.1", "4"), m.IntN(28))
	m.line("  fulfilment: %s\n  delivery: %s\n  collection: %s",
		m.one("{ship: 1}", "{ship: 88%, collect: 12%}", "{collect: 1}"), m.wait(), m.wait())
	m.line("  shipping: {fee: %s, free_from: %s}", m.one("0", "4.90"), m.one("0", "49"))
	m.line("identity: {register: %d%%, login: %d%%, loyalty_card: %d%%, tracking: %d%%}",
		m.IntN(101), m.IntN(101), m.IntN(101), m.IntN(101))
	m.goods()
	m.places()
	m.sales(where[1])
	m.line("journey:")
	m.chain("  ")
	m.people()
	return m.text.String()
}

// upTo draws a bound, so that small numbers are as common as large ones.
func (m *market) upTo(most int) int {
	bound := 1
	for bound < most && m.IntN(8) > 0 {
		bound *= 2
	}
	return min(bound, most)
}

// oddDays are zones with a day shortly before their clocks do something: change by an hour, by half
// of one, by two; at midnight; skip a whole day.
var oddDays = []string{
	"Europe/Rome 2025-03-25", "Europe/Rome 2025-10-20", "America/New_York 2024-10-28",
	"Australia/Lord_Howe 2025-04-01", "Australia/Lord_Howe 2025-10-01", "Asia/Kathmandu 2024-02-20",
	"America/St_Johns 2025-03-01", "Pacific/Chatham 2025-09-20", "Antarctica/Troll 2025-03-25",
	"Pacific/Apia 2011-12-24", "America/Sao_Paulo 2018-11-01", "Africa/Cairo 2024-04-22",
	"America/Havana 2025-03-05", "Asia/Beirut 2025-10-20", "UTC 2024-12-25",
}

// wait writes a law of time, from nothing to months.
func (m *market) wait() string {
	mean := m.one("1s", "40s", "10min", "3h", "1d", "9d", "90d")
	return m.one("0d", mean, "{exponential: {mean: "+mean+"}}",
		"{lognormal: {median: "+mean+", sigma: 1.3}}", "{weibull: {scale: "+mean+", shape: 0.6}}",
		"{gamma: {mean: "+mean+", shape: 2.5}, min: 1h}", "{erlang: {mean: "+mean+", k: 4}}",
		"{mixture: [{share: 30%, fixed: "+mean+"}, {share: 70%, exponential: {mean: 2h}}]}")
}

func (m *market) goods() {
	m.line("catalogue:\n  zipf: %s\n  categories:", m.one("0", "0.9", "2"))
	for i := range 1 + m.IntN(4) {
		m.line("    goods%d: {share: %d, products: %d, price: %s, sigma: %s, vat: %d%%}", i,
			1+m.IntN(5), 1+m.IntN(m.upTo(300)), m.one("0.50", "19.99", "300"), m.one("0", "0.6"),
			m.IntN(28))
	}
}

// places writes 2 to 12 channels; c0 is on the web, so that everything can be done somewhere.
func (m *market) places() {
	m.line("channels:\n  c0: {touchpoint: web, paid: %t, hours: 0-24}", m.IntN(2) == 0)
	m.channels = []string{"c0"}
	for i := range 1 + m.IntN(11) {
		name := fmt.Sprintf("c%d", i+1)
		m.channels = append(m.channels, name)
		m.line("  %s: {touchpoint: %s, paid: %t%s%s%s%s}", name,
			m.one("web", "app", "inbox", "store", "telephone", "social_feed", "street"),
			m.IntN(2) == 0,
			m.one("", "", ", hours: 9-20", ", hours: 23-24", ", hours: 0-1",
				", hours: {2: 1, 3: 2, 13: 1}"),
			m.one("", "", ", closed: [sun]", ", closed: [mon, tue, wed, thu, fri, sat]"),
			m.one("", "", ", without: not_sent", ", without: lose",
				", without: {substitute: c0, share: 40%}"),
			m.one("", "", ", source: google, medium: cpc", ", medium: referral"))
	}
}

// sales writes campaigns that are over, under way and still to come.
func (m *market) sales(start string) {
	first, err := time.Parse(time.DateOnly, start)
	if err != nil {
		panic(err)
	}
	n := m.IntN(5)
	if n == 0 {
		return
	}
	m.line("campaigns:")
	for i := range n {
		from := first.AddDate(0, 0, m.IntN(120)-60)
		m.line("  sale%d: {channel: %s, from: %s, to: %s, discount: %d%%}", i,
			m.one(m.channels...), from.Format(time.DateOnly),
			from.AddDate(0, 0, m.IntN(60)).Format(time.DateOnly), m.IntN(101))
	}
}

// chain writes a journey of 2 to 9 stages in a ring from which one may leave anywhere.
func (m *market) chain(indent string) {
	n := 2 + m.IntN(8)
	stage := func(i int) string { return fmt.Sprintf("s%d", i%n) }
	m.line("%sstart: {s0: 3, %s: 1}\n%sstages:", indent, stage(1+m.IntN(n-1)), indent)
	for i := range n {
		next := fmt.Sprintf("%s: %d, leave: %d", stage(i+1), 3+m.IntN(5), 1+m.IntN(3))
		if other := m.IntN(n); other != (i+1)%n {
			next += fmt.Sprintf(", %s: %d", stage(other), 1+m.IntN(3))
		}
		fit := ""
		if other := m.one(m.channels...); other != "c0" && m.IntN(3) == 0 {
			fit = fmt.Sprintf(", channels: {%s: %s}", other, m.one("0", "3"))
		}
		m.line("%s  %s: {part_of: %s, does: %s, dwell: %s, next: {%s}%s}", indent, stage(i),
			m.one(model.Classical...), m.one("notice", "browse", "cart", "order", "engage"),
			m.wait(), next, fit)
	}
	m.line("%schannels:\n%s  start: %s", indent, indent, m.weights(m.channels...))
	for _, name := range m.channels {
		if m.IntN(3) > 0 {
			m.line("%s  %s: %s", indent, name, m.weights(m.channels...))
		}
		if m.IntN(3) == 0 {
			m.line("%s  %s > %s: %s", indent, name, m.one(m.channels...),
				m.weights(m.channels...))
		}
	}
}

// people writes one to six segments, some with a journey of their own.
func (m *market) people() {
	m.line("segments:")
	for i := range 1 + m.IntN(6) {
		m.line("  kind%d:\n    share: %d\n    ages: [18, %d]\n    needs: %s\n    spend: %s", i,
			1+m.IntN(9), 18+m.IntN(70), m.one("0.5", "1", "3"), m.one("0.3", "1", "4"))
		m.line("    devices: %s\n    traits: {digital: %s}",
			m.one("{mobile: 1}", "{mobile: 80%, desktop: 20%}", "{mobile: 1, tablet: 1, app: 2}"),
			m.one("-2", "0", "1"))
		if m.IntN(3) == 0 {
			m.line("    journey:")
			m.chain("      ")
		}
	}
}
