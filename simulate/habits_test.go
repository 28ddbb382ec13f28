package simulate

import (
	"fmt"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// habits are checkers of what people would not do, each found by reading lives, with something that
// spoils one.
var habits = []promise{
	{"talkers have met us", talkersHaveMetUs, func(c *census) {
		c.codes(table.TableEvents, "event_type")[0] = table.WordOfMouth
		c.ints(table.TableEvents, "journey_id")[0] = table.Null
	}},
	{"what happens in a store is seen there", storesAreVisited, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.StoreVisit {
				c.ints(table.TableEvents, "duration_ms")[i] = 0
			}
		}
	}},
	{"what is missing is not bought", missingIsNotBought, func(c *census) {
		products := c.codes(table.TableEvents, "product_id")
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.StockOut || kind == table.AddToCart {
				products[i] = 1
			}
		}
	}},
	{"mails are allowed", mailsAreAllowed, func(c *census) {
		clear(c.ints(table.TableCustomers, "has_marketing_consent"))
	}},
	{"who leaves a list is not written to", mailsAreAllowed, func(c *census) {
		at := c.ints(table.TableEvents, "event_time")
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.ConsentChanged {
				at[i] -= 30 * 24 * 3600 * second
			}
		}
	}},
	{"newsletters go out together", newslettersGoOut, func(c *census) {
		at := c.ints(table.TableEvents, "event_time")
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.MessageSent {
				at[i] += 3600 * second
			}
		}
	}},
	{"what is opened was sent", opensFollowSends, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.MessageSent {
				c.codes(table.TableEvents, "event_type")[i] = table.Impression
			}
		}
	}},
	{"questions have a reason", questionsHaveReasons, func(c *census) {
		orders := c.ints(table.TableTickets, "order_id")
		for i := range orders {
			orders[i] = c.ints(table.TableOrders, "order_id")[0]
		}
	}},
	{"clocks do not strike", clocksDoNotStrike, func(c *census) {
		at := c.ints(table.TableEvents, "event_time")
		at[len(at)/2] -= at[len(at)/2] % (900 * second)
	}},
	{"contracts run", contractsRun, func(c *census) {
		c.codes(table.TableEvents, "event_type")[0] = table.Renewal
	}},
	{"rewards follow purchases", rewardsFollow, func(c *census) {
		for i, kind := range c.codes(table.TableEvents, "event_type") {
			if kind == table.RewardRedeemed {
				c.ints(table.TableEvents, "event_time")[i] -= 2 * milli
			}
		}
	}},
}

// eventful is the bazaar in which everything happens.
const eventful = `{advertising: {channels: {display: {reach: 5%, clicks: 2%},
    email: {reach: 5%, clicks: 5%,
      list: {days: [mon, thu], bounces: 5%, unsubscribes: 5%}}}},
  cart: {recovery: {email: {clicks: 30%, orders: 10%}}}, fulfilment: {late: 20%}, satisfaction: on,
  churn: {win_back: {mail: {channel: email, after: 1d, returns: 30%}}, dormant: {single: 20d}},
  word_of_mouth: {referral: {share: 50%, accept: 40%}}, market: {stock: {out: 20%}},
  service: {asks: {defect: 80%, return: 80%, stock_out: 40%}, after: 30d},
  loyalty: {reward: {points: 30}, restock: {again: {channel: email, after: 10d, clicks: 30%}}},
  omnichannel: on, season: on}`

// TestOddHabitsAreNoticed: an eventful world without warm-up is right, each spoiled copy is not.
func TestOddHabitsAreNoticed(t *testing.T) {
	t.Parallel()
	w := worldOf(t, bazaarWith(eventful), "customers", "2_500", "days", "120", "warmup", "0",
		"campaigns", "off")
	right := whole(t, w)
	for _, p := range habits {
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
	if err := postsAreAnswered(censusOf(w, right)); err != nil {
		t.Error(err)
	}
}

// whollySeen reports whether nothing happens that is not written.
func (c *census) whollySeen() bool { return c.w.Warmup == 0 && c.w.Off == 0 }

// talkersHaveMetUs: nobody tells anybody about us who has had nothing to do with us.
func talkersHaveMetUs(c *census) error {
	if !c.whollySeen() {
		return nil
	}
	met := map[int64]bool{}
	for _, e := range c.events {
		if e.journey != table.Null {
			met[e.person] = true
		}
		if (e.kind == table.WordOfMouth || e.kind == table.Post) && !met[e.person] {
			return fmt.Errorf("person %d speaks of us at %s and does not know us", e.person,
				c.when(e.at))
		}
	}
	return nil
}

// storesAreVisited: who buys something in a store, or does not find it, or gives it back, is there.
// They may return something in the middle of another visit.
func storesAreVisited(c *census) error {
	until, person := map[uint32]int64{}, int64(0)
	for _, e := range c.events {
		if e.person != person {
			person = e.person
			clear(until)
		}
		switch {
		case e.kind == table.StoreVisit:
			until[e.store] = max(until[e.store], e.at+max(e.lasted, 0)*milli)
		case e.place != uint32(table.Store) || e.kind != table.Purchase &&
			e.kind != table.StockOut && e.kind != table.Return:
		case e.at > until[e.store]:
			return fmt.Errorf("person %d: a %s at %s in store %d, where they are until %s", e.person,
				c.word(table.EventType, e.kind), c.when(e.at), e.store, c.when(until[e.store]))
		}
	}
	return nil
}

// missingIsNotBought: nobody buys in a visit what they did not find in it, unless they go on to
// another store.
func missingIsNotBought(c *census) error {
	bought := map[[2]int64]bool{}
	products := c.codes(table.TableOrderLines, "product_id")
	for i, id := range c.ints(table.TableOrderLines, "order_id") {
		bought[[2]int64{id, int64(products[i])}] = true
	}
	missed := seen{}
	for _, e := range c.events {
		if e.journey == table.Null {
			continue
		}
		takes := e.kind == table.AddToCart && e.product == missed.product ||
			e.kind == table.Purchase && bought[[2]int64{e.order, int64(missed.product)}]
		switch {
		case e.kind == table.StockOut:
			missed = e
		case e.kind == table.SessionStart || e.kind == table.StoreVisit || e.kind == table.Call ||
			e.stage != missed.stage || e.journey != missed.journey:
			missed = seen{}
		case takes && missed.product != 0:
			return fmt.Errorf("person %d takes product %d at %s, which was missing at %s", e.person,
				missed.product, c.when(e.at), c.when(missed.at))
		}
	}
	return nil
}

// mailsAreAllowed: we write only to customers whom we know by then, and unasked only to those who
// allow it then. Who withdraws their consent once does not give it again.
func mailsAreAllowed(c *census) error {
	since, allows, until := map[int64]int64{}, map[int64]bool{}, map[int64]int64{}
	for _, e := range c.events {
		if e.kind == table.ConsentChanged {
			if until[e.user] != 0 {
				return fmt.Errorf("person %d withdraws twice, at %s", e.person, c.when(e.at))
			}
			until[e.user] = e.at
		}
	}
	for i, id := range c.ints(table.TableCustomers, "user_id") {
		since[id] = c.ints(table.TableCustomers, "identified_at")[i]
		allows[id] = c.ints(table.TableCustomers, "has_marketing_consent")[i] == 1
		if allows[id] && until[id] != 0 {
			return fmt.Errorf("user %d withdraws at %s, and allows mails", id, c.when(until[id]))
		}
	}
	for _, e := range c.events {
		sent := e.kind == table.MessageSent || e.kind == table.MessageBounced
		if !sent || e.place != uint32(table.Inbox) {
			continue
		}
		known, ok := since[e.user]
		allowed := allows[e.user] || e.at < until[e.user]
		if !ok || known > e.at || !allowed && e.cause != model.CauseSatisfaction {
			return fmt.Errorf("person %d is written to at %s; known: %t, allowed: %t", e.person,
				c.when(e.at), ok && known <= e.at, allowed)
		}
	}
	return nil
}

// newslettersGoOut: the messages of a list go out on its days, within 15 minutes from its hour on,
// at most one a day and person.
func newslettersGoOut(c *census) error {
	plan := model.PlanOf[model.AdvertisingPlan](c.w)
	if !plan.On {
		return nil
	}
	type mail struct {
		person  int64
		day     int
		channel uint32
	}
	got := map[mail]bool{}
	for _, e := range c.events {
		if e.kind != table.MessageSent && e.kind != table.MessageBounced ||
			e.cause != model.CauseAdvertising {
			continue
		}
		list := &plan.Channels[plan.Place[e.channel-1]-1]
		if !list.List {
			continue
		}
		day, _ := c.w.DayOf(e.at)
		at := day + c.w.Warmup
		after := e.at - c.w.Midnight[at] - int64(c.w.Clock[at][list.At])*second
		m := mail{e.person, day, e.channel}
		if !list.On[c.w.Weekday[at]] || after < 0 || after >= 900*second || got[m] {
			return fmt.Errorf("person %d is sent a newsletter at %s", e.person, c.when(e.at))
		}
		got[m] = true
	}
	return nil
}

// opensFollowSends: a message that is opened was sent before, and is opened once. In the first days
// some are opened that were sent in the warm-up.
func opensFollowSends(c *census) error {
	begun := c.w.Midnight[c.w.Warmup]
	if c.w.Warmup > 0 {
		begun += 10 * 24 * 3600 * second
	}
	type message struct {
		person                   int64
		channel, cause, campaign uint32
	}
	waiting := map[message]int{}
	for _, e := range c.events {
		m := message{e.person, e.channel, e.cause, e.campaign}
		if m.cause == table.CauseNeed { // the first touch of a journey of the chain
			m.cause = table.CauseChain
		}
		switch {
		case e.kind == table.MessageSent:
			waiting[m]++
		case e.kind != table.MessageOpened || waiting[m] == 0 && e.at < begun:
		case waiting[m] == 0:
			return fmt.Errorf("person %d opens at %s what nobody sent", e.person, c.when(e.at))
		default:
			waiting[m]--
		}
	}
	return nil
}

// questionsHaveReasons: who asks the service about a return has given something of that order back,
// and who asks about something that was not there has looked for it.
func questionsHaveReasons(c *census) error {
	back, missed := map[int64]int64{}, map[int64]int64{}
	for _, e := range c.events {
		switch _, ok := back[e.order]; {
		case e.kind == table.Return && !ok:
			back[e.order] = e.at
		case e.kind == table.StockOut && missed[e.person] == 0:
			missed[e.person] = e.at
		}
	}
	orders, users := c.ints(table.TableTickets, "order_id"), c.ints(table.TableTickets, "user_id")
	opened := c.ints(table.TableTickets, "opened_at")
	for i, topic := range c.codes(table.TableTickets, "topic") {
		given, ok := back[orders[i]]
		looked, wanted := missed[c.owner[users[i]]]
		switch topic - 1 {
		case model.TopicDefect, model.TopicReturn:
			if !ok || given > opened[i] {
				return fmt.Errorf("ticket of %s about order %d, of which nothing was given back",
					c.when(opened[i]), orders[i])
			}
		case model.TopicStockOut:
			if users[i] != table.Null && c.whollySeen() && (!wanted || looked > opened[i]) {
				return fmt.Errorf("ticket of %s about something that was not missed",
					c.when(opened[i]))
			}
		}
	}
	return nil
}

// clocksDoNotStrike: nothing happens at a quarter of an hour sharp, such as at midnight because it
// was put off to another day. By chance, one in 9e8 does. A cart is given up when the day begins on
// which they do something else, and a reminder may be sent at once.
func clocksDoNotStrike(c *census) error {
	for _, e := range c.events {
		if e.at%(900*second) == 0 && e.cause != model.CauseCart {
			return fmt.Errorf("person %d: a %s at %s sharp", e.person, c.word(table.EventType, e.kind),
				c.when(e.at))
		}
	}
	return nil
}

// contractsRun: only a known customer renews or cancels, and who has cancelled has nothing to renew
// until they order again.
func contractsRun(c *census) error {
	cancelled := map[int64]bool{}
	for _, e := range c.events {
		ends := e.kind == table.Cancellation
		switch {
		case e.kind == table.Purchase:
			cancelled[e.person] = false
		case !ends && e.kind != table.Renewal:
		case e.user == table.Null || cancelled[e.person]:
			return fmt.Errorf("person %d: a %s at %s of no contract", e.person,
				c.word(table.EventType, e.kind), c.when(e.at))
		default:
			cancelled[e.person] = ends
		}
	}
	return nil
}

// rewardsFollow: points become a voucher right after the purchase that made them enough, of a card
// holder.
func rewardsFollow(c *census) error {
	card := map[int64]bool{}
	texts := columnOf(c.w, c.all, table.TableCustomers, "loyalty_card").Text
	for i, id := range c.ints(table.TableCustomers, "user_id") {
		card[c.owner[id]] = texts[i] != ""
	}
	bought := seen{}
	for _, e := range c.events {
		if e.kind == table.Purchase {
			bought = e
		}
		if e.kind == table.RewardRedeemed && e.cause == model.CauseLoyalty && (!card[e.person] ||
			e.person != bought.person || e.at < bought.at || e.at > bought.at+milli) {
			return fmt.Errorf("person %d with card %t gets a reward at %s, bought last at %s",
				e.person, card[e.person], c.when(e.at), c.when(bought.at))
		}
	}
	return nil
}
