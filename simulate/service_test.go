package simulate

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["service"] = func(d die) string {
		return fmt.Sprintf("{agents: %d, contacts: %s, channels: %s, asks: {order: %s, late: 100%%, "+
			"return: 100%%}, after: %s, patience: %s, response: %s, resolved: %d%%, again: %s, "+
			"again_in: %s, long: %s}",
			1+d.IntN(3), d.one("0.01", "1", "1000"),
			d.one("{}", "{call_center: {}, email: {weight: 2}}",
				"{direct: {kind: mail}, app: {weight: 0}, social: {}, call_center: {weight: 3}}",
				"{email: {}}"),
			d.one("0%", "30%", "100%"), d.one("0d", "6h", "{exponential: {mean: 12h}}"),
			d.one("0d", "1min", "{exponential: {mean: 7min}}", "10d"),
			d.one("0d", "{lognormal: {median: 3h, sigma: 1}}", "9d"), d.IntN(101),
			d.one("0%", "60%", "100%"), d.one("0d", "{exponential: {mean: 1d}}"),
			d.one("0s", "2min"))
	}
}

// A queue is what a desk of ten agents with calls of six minutes is tried with.
type queue struct{ load, patience float64 } // patience in minutes

// A wave is the mean wait, in minutes, and the part who hung up, of some consecutive callers.
type wave struct{ wait, left float64 }

// waves lets half a million people call such a desk, in slow motion, and tells of them by the
// thousand. The first waves find the desk still empty and do not count.
func (q queue) waves(seed uint64) []wave {
	r := rand.New(rand.NewPCG(seed, 12))
	d, slow := desk{free: make([]int64, 10)}, [2]int64{7, 2}
	const minute, size = 60 * second, 1000
	all, at := make([]wave, 500), 0.0
	for i := range len(all) * size {
		at += r.ExpFloat64() * 6 / (10 * q.load) * minute * 7 / 2
		patience := int64(math.MaxInt64)
		if q.patience > 0 {
			patience = int64(r.ExpFloat64() * q.patience * minute)
		}
		wait, answered := d.serve(int64(at), int64(r.ExpFloat64()*6*minute), patience, slow)
		all[i/size].wait += float64(wait) / minute / size
		if !answered {
			all[i/size].left += 1.0 / size
		}
	}
	return all[10:]
}

// erlangs returns the mean wait and the part who hang up by the birth and death equations of
// M/M/c+M, which without impatience are Erlang's C.
func (q queue) erlangs() wave {
	p, whole, waiting := 1.0, 0.0, 0.0
	const calls, agents = 6.0, 10
	rate := agents * q.load / calls
	for n := range 5000 {
		whole += p
		waiting += p * float64(max(n-agents, 0))
		deaths := float64(min(n+1, agents)) / calls
		if n >= agents && q.patience > 0 {
			deaths += float64(n+1-agents) / q.patience
		}
		p *= rate / deaths
	}
	w := wave{wait: waiting / whole / rate}
	if q.patience > 0 {
		w.left = w.wait / q.patience
	}
	return w
}

// waitsLike claims that callers wait and hang up as in a queue. Waves of a thousand hardly know of
// each other, and there are enough of them for a normal law of the mean.
func waitsLike(q queue) claim[[]wave] {
	return func(all []wave) float64 {
		n, sum, squares := float64(len(all)), wave{}, wave{}
		for _, w := range all {
			sum.wait, sum.left = sum.wait+w.wait, sum.left+w.left
			squares.wait, squares.left = squares.wait+w.wait*w.wait, squares.left+w.left*w.left
		}
		score := func(sum, squares, want float64) float64 {
			mean := sum / n
			return (mean - want) / math.Sqrt(max(squares/n-mean*mean, 1e-18)/n)
		}
		want := q.erlangs()
		return holm([]float64{twoSided(score(sum.wait, squares.wait, want.wait)),
			twoSided(score(sum.left, squares.left, want.left))})
	}
}

// TestTheDeskIsErlangs: the waits of the desk are those of Erlang's C and, with impatience, of
// Erlang-A; those of a desk with 4 % more to do are not. Seven minutes of patience make the figures
// that call centres report: 27 seconds and 6.5 %.
func TestTheDeskIsErlangs(t *testing.T) {
	t.Parallel()
	for _, q := range []queue{{load: 0.7}, {load: 0.85, patience: 7}, {load: 1.1, patience: 3}} {
		like := waitsLike(q)
		like.holds(t, fmt.Sprintf("waits of %+v", q), q.waves(1))
		more := queue{q.load * 1.04, q.patience}
		like.failsIn(t, fmt.Sprintf("a load of %.3g instead of %.3g", more.load, q.load),
			more.waves(1))
	}
	if w := (queue{0.85, 7}).erlangs(); math.Abs(w.wait*60-27.2) > 0.1 ||
		math.Abs(w.left-0.065) > 0.001 {
		t.Errorf("ten agents at 85 %% let wait %+v", w)
	}
}

// A deskCount is the tickets of a world, as claims look at them.
type deskCount struct {
	n                             int
	opened, wait, attempt         []int64
	user, answered, closed, order []int64
	status, topic, channel        []uint32
}

func counterOf(c *census) deskCount {
	of := func(name string) []int64 { return c.ints(table.TableTickets, name) }
	code := func(name string) []uint32 { return c.codes(table.TableTickets, name) }
	return deskCount{n: c.all.Tables[table.TableTickets].Len, opened: of("opened_at"),
		wait: of("wait_ms"), attempt: of("attempt"), user: of("user_id"),
		answered: of("answered_at"), closed: of("closed_at"), order: of("order_id"),
		status: code("status"), topic: code("topic"), channel: code("channel")}
}

// deskWith is the bazaar with a desk for so many people that is asked about every order.
func deskWith(t *testing.T, people int64, settings string, sets ...string) *model.World {
	w := worldOf(t, bazaarWith("{service: {"+settings+"}}"), append([]string{
		"customers", "6_000", "days", "200", "behaviors.service.asks.order", "100%"}, sets...)...)
	model.PlanOf[model.ServicePlan](w).People = people
	return w
}

// hangUp claims that half of all callers lose patience first: two exponential laws of one mean.
func hangUp(c deskCount) float64 {
	counts := make([]int, 2)
	for _, status := range c.status {
		if status == table.TicketAbandoned {
			counts[0]++
		} else {
			counts[1]++
		}
	}
	return chiSquare(counts, []float64{1, 1})
}

// settled claims that 78 % of what is answered is settled with that.
func settled(c deskCount) float64 {
	counts := make([]int, 2)
	for _, status := range c.status {
		switch status {
		case table.TicketResolved:
			counts[0]++
		case table.TicketUnresolved:
			counts[1]++
		}
	}
	return chiSquare(counts, []float64{78, 22})
}

// triedAgain claims that 60 % of first attempts that fail are followed by a second; attempts of the
// last month may still be.
func triedAgain(c deskCount) float64 {
	last, failed, again := slices.Max(c.opened)-30*24*3600*second, 0, 0
	for i, attempt := range c.attempt {
		failing := c.status[i] == table.TicketUnresolved || c.status[i] == table.TicketAbandoned
		switch {
		case attempt == 1 && failing && c.opened[i] < last:
			failed++
		case attempt == 2 && c.opened[i] < last+24*3600*second:
			again++
		}
	}
	return chiSquare([]int{again, failed - again}, []float64{60, 40})
}

// TestServiceFollowsItsSettings: how many hang up, are helped, and try again. Where nobody keeps
// the agents busy all waits are independent, so that exact laws hold.
func TestServiceFollowsItsSettings(t *testing.T) {
	t.Parallel()
	lives := func(sets ...string) deskCount {
		w := deskWith(t, 1, "wait: {exponential: {mean: 7min}}", append([]string{"coupling", "off"},
			sets...)...)
		return counterOf(censusOf(w, whole(t, w)))
	}
	right := lives()
	t.Logf("%d tickets", right.n)
	claim[deskCount](hangUp).holds(t, "half hang up", right)
	claim[deskCount](hangUp).failsIn(t, "patience of 10 instead of 7 minutes",
		lives("behaviors.service.patience", "{exponential: {mean: 10min}}"))
	claim[deskCount](settled).holds(t, "78 % are settled", right)
	claim[deskCount](settled).failsIn(t, "70 %", lives("behaviors.service.resolved", "70%"))
	claim[deskCount](triedAgain).holds(t, "60 % try again", right)
	claim[deskCount](triedAgain).failsIn(t, "45 %", lives("behaviors.service.again", "45%"))
}

// TestMailsAreAnsweredInTwelveHours, on average and with the nights, as 1,000 firms do; and
// customers of a crowded desk wait longer.
func TestMailsAreAnsweredInTwelveHours(t *testing.T) {
	t.Parallel()
	w := deskWith(t, 1, "channels: {email: {}}")
	c := counterOf(censusOf(w, whole(t, w)))
	sum, n := 0.0, 0.0
	for i, status := range c.status {
		if w.Channels[c.channel[i]-1].Name == "email" && status != table.TicketOpen {
			sum += float64(c.answered[i]-c.opened[i]) / 3600e6
			n++
			if c.wait[i] != table.Null {
				t.Fatalf("a mail waited %d ms in a queue", c.wait[i])
			}
		}
	}
	if n < 1000 || math.Abs(sum/n-12.2) > 1.2 {
		t.Errorf("%.0f mails are answered in %.1f hours, want 12.2", n, sum/n)
	}
	var left [2]int
	for i, agents := range []string{"20", "8"} {
		w := deskWith(t, 400_000, "", "behaviors.service.agents", agents)
		for _, status := range counterOf(censusOf(w, whole(t, w))).status {
			if status == table.TicketAbandoned {
				left[i]++
			}
		}
	}
	if left[1] < 20 || left[0]*4 > left[1] {
		t.Errorf("%d hang up with 20 agents and %d with 8", left[0], left[1])
	}
}

// TestFrozenQueuesStay: where coupling is frozen, customers who never met a channel live the same
// without it, to the last wait; where it is live, they find shorter queues.
func TestFrozenQueuesStay(t *testing.T) {
	t.Parallel()
	for _, coupling := range []string{"off", "frozen", "live"} {
		w := deskWith(t, 20_000, "agents: 1, channels: {call_center: {}, email: {}}",
			"coupling", coupling, "warmup", "0", "customers", "2_000")
		a := censusOf(w, whole(t, w))
		for _, channel := range []string{"search", "email"} {
			without, err := w.Without(channel)
			if err != nil {
				t.Fatal(err)
			}
			met := map[int64]bool{}
			for _, e := range a.events {
				met[e.person] = met[e.person] || w.Channels[e.channel-1].Name == channel
			}
			one := ticketsOf(a, met)
			other := ticketsOf(censusOf(without, whole(t, without)), met)
			if len(one) < 100 {
				t.Fatalf("%d tickets prove nothing", len(one))
			}
			if same := slices.Equal(one, other); same == (coupling == "live") {
				t.Errorf("coupling %s: %d tickets with and %d without %s, same: %t", coupling,
					len(one), len(other), channel, same)
			}
		}
	}
}

// TestNewcomersWaitInTheFrozenQueue: who joins the factual queue just before somebody else waits as
// long as that one did.
func TestNewcomersWaitInTheFrozenQueue(t *testing.T) {
	t.Parallel()
	w, err := deskWith(t, 100_000, "agents: 3", "coupling", "frozen").Without("search")
	if err != nil {
		t.Fatal(err)
	}
	p := &part{rec: newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256)}
	p.settle()
	waited, first := 0, 0
	for day := -w.Warmup; day < w.Days; day++ {
		_ = p.live(context.Background(), day, day+1, &Options{})
		for _, town := range p.towns {
			for i, other := range behaving[*service](town.shadow).book {
				if other.left {
					continue
				}
				q := other
				q.id, q.patience = q.id-1, longest
				if wait, _ := behaving[*service](town).waits(&q); wait != other.wait {
					t.Fatalf("day %d: one would wait %d before somebody who waits %d", day, wait,
						other.wait)
				} else if wait > 0 {
					waited++
					first += 1 - min(i, 1)
				}
			}
		}
	}
	if waited < 100 || first < 50 {
		t.Errorf("%d have waited, %d of them the first of a day", waited, first)
	}
}

// TestTheDeskKeepsItsHours: its clock goes while phones are answered, also when clocks change.
func TestTheDeskKeepsItsHours(t *testing.T) {
	t.Parallel()
	w := deskWith(t, 1, "channels: {call_center: {}}", "start", "2025-03-25", "days", "10",
		"channels.call_center.hours", "1-20", "channels.call_center.closed", "[sat]")
	zone, err := time.LoadLocation(w.Scenario.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	town := newTown(newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256), 0)
	for day := -w.Warmup; day < w.Days; day++ {
		town.step(day)
		want := int64(0)
		for at := town.dayStart; at < town.dayEnd; at += 30 * 60 * second {
			if got := behaving[*service](town).open(at); got != want {
				t.Fatalf("day %d: open for %d until %s, want %d", day, got,
					time.UnixMicro(at).In(zone), want)
			}
			now := time.UnixMicro(at).In(zone)
			if now.Hour() >= 1 && now.Hour() < 20 && now.Weekday() != time.Saturday {
				want += 30 * 60 * second
			}
		}
	}
}

// TestAgentsFinishTheirWork: before one agent, where nobody hangs up, each waits until the one
// before them is done (Lindley 1952).
func TestAgentsFinishTheirWork(t *testing.T) {
	t.Parallel()
	w := deskWith(t, 500, "agents: 1, after: 0d", "town", "500", "customers", "500",
		"coupling", "live", "behaviors.service.patience", "23h")
	p := &part{rec: newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256)}
	p.settle()
	town, waited := p.towns[0], 0
	for day := -w.Warmup; day < w.Days; day++ {
		_ = p.live(context.Background(), day, day+1, &Options{})
		book := behaving[*service](town).book
		for i := 1; i < len(book); i++ {
			over := book[i-1].at + book[i-1].wait + book[i-1].handling
			if want := max(over-book[i].at, 0); book[i].wait != want {
				t.Fatalf("day %d: waits %d, want %d", day, book[i].wait, want)
			} else if want > 0 {
				waited++
			}
		}
	}
	if waited < 3 {
		t.Errorf("%d have waited", waited)
	}
}

// TestExpectedContactsMakeUsualWaits: before a desk that is staffed for the calls that come, some 4
// to 10 % hang up and most are answered in 20 seconds, as call centres say; before one that is
// staffed for twice as many hardly anybody hangs up.
func TestExpectedContactsMakeUsualWaits(t *testing.T) {
	t.Parallel()
	figures := func(sets ...string) (calls, left, soon float64) {
		w := worldOf(t, bazaarWith("{service: {asks: {order: 100%}}}"), append([]string{
			"customers", "8_000", "days", "200"}, sets...)...)
		c := counterOf(censusOf(w, whole(t, w)))
		for i, status := range c.status {
			switch {
			case status == table.TicketAbandoned:
				left++
			case c.wait[i] <= 20_000:
				soon++
			}
		}
		n := float64(c.n)
		return n / 8000 / 200 * 365.25, left / n, soon / n
	}
	calls, _, _ := figures("coupling", "off")
	_, left, soon := figures("behaviors.service.contacts", fmt.Sprint(calls))
	t.Logf("%.3f calls a year, %.3f left, %.3f answered in 20 s", calls, left, soon)
	if left < 0.04 || left > 0.1 || soon < 0.55 || soon > 0.85 {
		t.Errorf("%.3f hang up, %.3f are answered in 20 seconds", left, soon)
	}
	if _, left, _ := figures("behaviors.service.contacts", fmt.Sprint(2*calls)); left > 0.01 {
		t.Errorf("%.3f hang up before a desk for twice as many", left)
	}
}

// A diary counts what people feel.
type diary [feelingsCount]int

func (d *diary) feel(_ *person, what feeling, _ int64) { d[what]++ }

// TestContactsAreFelt: help, no help, and waits of more than two minutes, answered or not.
func TestContactsAreFelt(t *testing.T) {
	t.Parallel()
	w := deskWith(t, 600_000, "", "warmup", "0", "town", "6_000")
	rec := newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256)
	town, felt, want := newTown(rec, 0), new(diary), diary{}
	town.feelers = append(town.feelers, felt)
	for day := range w.Days {
		town.step(day)
		if err := rec.close(day, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		c := counterOf(&census{w: w, all: rec.batch})
		for i, status := range c.status {
			switch status {
			case table.TicketResolved:
				want[feltResolved]++
			case table.TicketUnresolved:
				want[feltUnsolved]++
			}
			if status == table.TicketAbandoned || c.wait[i] >= 120_000 {
				want[feltWait]++
			}
		}
		rec.batch.Reset()
	}
	if *felt != want || want[feltWait] < 100 || want[feltUnsolved] < 100 {
		t.Errorf("felt %v, tickets say %v", *felt, want)
	}
}

// ticketsOf writes the tickets of all customers but some.
func ticketsOf(c *census, but map[int64]bool) (all []string) {
	rows, columns := &c.all.Tables[table.TableTickets], c.w.Tables[table.TableTickets].Columns
	users := c.ints(table.TableTickets, "user_id")
	for i := range rows.Len {
		if who, known := c.owner[users[i]]; known && !but[who] {
			all = append(all, string(appendRow(nil, columns, rows, i)))
		}
	}
	slices.Sort(all)
	return all
}

// TestServingAllocatesNothing, once a town has lived for a while.
func TestServingAllocatesNothing(t *testing.T) {
	w := deskWith(t, 1, "channels: {call_center: {}, email: {}}", "town", "6_000", "days", "300")
	rec := newRecorder(w, newIDs(w.Key.With(model.KeyIDs)), 1, 256)
	town, events, tickets := newTown(rec, 0), 0, 0
	live := func(from, until int) {
		for day := from; day < until; day++ {
			rec.silent = day < 0
			town.step(day)
			events += len(rec.events)
			if err := rec.close(max(day, 0), func() error { return nil }); err != nil {
				t.Fatal(err)
			}
			tickets += rec.batch.Tables[table.TableTickets].Len
			rec.batch.Reset()
		}
	}
	live(-w.Warmup, 200)
	events, tickets = 0, 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	live(200, w.Days)
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; tickets < 500 || n > uint64(events)/1000 {
		t.Errorf("%d allocations for %d events and %d tickets", n, events, tickets)
	}
}

// ticketsAreOfContacts: each has its event, of the same time, channel and customer, and each call
// or message to the desk its ticket.
func ticketsAreOfContacts(c *census) error {
	k := counterOf(c)
	type contact struct {
		at      int64
		channel uint32
		user    int64
	}
	tickets, desk, back := map[contact]int{}, map[uint32]bool{}, map[int64]bool{}
	for _, order := range c.ints(table.TableReturns, "order_id") {
		back[order] = true
	}
	for i := range k.n {
		tickets[contact{k.opened[i], k.channel[i], k.user[i]}]++
		if _, ok := c.orders[k.order[i]]; k.order[i] != table.Null && !ok {
			return fmt.Errorf("ticket %d: there is no order %d", i, k.order[i])
		}
		topic := k.topic[i] - 1
		if !back[k.order[i]] && (topic == model.TopicReturn || topic == model.TopicDefect) {
			return fmt.Errorf("ticket %d: nothing of order %d came back", i, k.order[i])
		}
	}
	for _, one := range model.PlanOf[model.ServicePlan](c.w).Desk {
		desk[uint32(one.Number)] = one.Event == table.Call
	}
	for _, e := range c.events {
		call := e.kind == table.Call && desk[e.channel] && (e.stage == 0 ||
			c.w.Chains[0].Stages[e.stage].Does == model.Engage)
		if call || e.kind == table.Chat || e.kind == table.ContactRequest {
			one := contact{e.at, e.channel, e.user}
			if tickets[one]--; tickets[one] < 0 {
				return fmt.Errorf("event %d of person %d at %s has no ticket", e.id, e.person,
					c.when(e.at))
			}
		}
	}
	for one, n := range tickets {
		if n != 0 {
			return fmt.Errorf("%d tickets of %+v have no event", n, one)
		}
	}
	return nil
}

// ticketsTakeTheirTime: a contact is opened, answered and closed in this order, a wait lies between
// the first two, who hung up was never answered; chats begin and mails, which wait in no queue, are
// answered in office hours.
func ticketsTakeTheirTime(c *census) error {
	zone, err := time.LoadLocation(c.w.Scenario.TimeZone)
	if err != nil {
		return err
	}
	inOffice := func(micros int64) bool {
		at, office := time.UnixMicro(micros).In(zone), &model.PlanOf[model.ServicePlan](c.w).Office
		return office.Hours.Weight(at.Hour()) > 0 && !closedAt(c.w, office, micros)
	}
	k, handling := counterOf(c), c.ints(table.TableTickets, "handling_ms")
	mails, chats := map[uint32]bool{}, map[uint32]bool{}
	for _, one := range model.PlanOf[model.ServicePlan](c.w).Desk {
		mails[uint32(one.Number)] = one.Event == table.ContactRequest
		chats[uint32(one.Number)] = one.Event == table.Chat
	}
	for i, opened := range k.opened {
		answered, closed, wait := k.answered[i], k.closed[i], k.wait[i]
		right := true
		switch k.status[i] {
		case table.TicketOpen:
			right = closed == table.Null && handling[i] == table.Null &&
				(answered == table.Null || mails[k.channel[i]]) == (wait == table.Null)
		case table.TicketAbandoned:
			right = answered == table.Null && handling[i] == table.Null && wait >= 0 &&
				(closed-opened)/milli == wait && !mails[k.channel[i]]
		default:
			if mails[k.channel[i]] {
				right = wait == table.Null && answered >= opened && closed == answered &&
					inOffice(answered)
			} else {
				right = wait >= 0 && (answered-opened)/milli == wait &&
					(closed-answered)/milli == handling[i]
			}
		}
		if !right || chats[k.channel[i]] && !inOffice(opened) {
			return fmt.Errorf("ticket %d, status %d: opened %s, waited %d, answered %d, "+
				"handled %d, closed %d", i, k.status[i], c.when(opened), wait, answered,
				handling[i], closed)
		}
	}
	return nil
}

// mattersAreTriedAgain: a later attempt follows one before it of the same customer, topic and
// order, that failed on a day before.
func mattersAreTriedAgain(c *census) error {
	type matter struct {
		order, attempt int64
		topic          uint32
	}
	k := counterOf(c)
	failed := map[matter][]int64{}
	for i, status := range k.status {
		if status == table.TicketAbandoned || status == table.TicketUnresolved {
			m := matter{k.order[i], k.attempt[i], k.topic[i]}
			failed[m] = append(failed[m], k.closed[i])
		}
	}
	for i, attempt := range k.attempt {
		if attempt < 1 || attempt > model.MostAttempts {
			return fmt.Errorf("ticket %d is attempt %d", i, attempt)
		}
		before := failed[matter{k.order[i], attempt - 1, k.topic[i]}]
		if attempt > 1 && k.order[i] != table.Null &&
			!slices.ContainsFunc(before, func(at int64) bool { return at <= k.opened[i] }) {
			return fmt.Errorf("ticket %d is attempt %d, and none failed before", i, attempt)
		}
	}
	return nil
}
