package simulate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

func init() {
	anyBehavior["cart"] = func(d die) string {
		parts := []string{"abandon: " + d.one("0%", "40%", "70%", "100%"), "retry: " + d.law(),
			fmt.Sprintf("removes: %d%%, declined: %d%%, again: %d%%", d.IntN(101), d.IntN(101),
				d.IntN(101))}
		switch d.IntN(3) {
		case 0:
			parts = append(parts, "follow_up: {}")
		case 1:
			var wishes []string
			for _, reason := range []string{"browsing", "trust", "errors"} {
				wishes = append(wishes, fmt.Sprintf("%s: {step: %s, back: %d%%, retry: %d%%, "+
					"store: %d%%, competitor: %d%%}", reason, d.one("view_cart", "begin_checkout",
					"add_shipping_info", "add_payment_info", "payment_declined", "any"), d.IntN(26),
					d.IntN(26), d.IntN(26), d.IntN(26)))
			}
			parts = append(parts, "follow_up: {"+strings.Join(wishes, ", ")+"}")
		}
		if d.IntN(2) == 0 {
			parts = append(parts, fmt.Sprintf("recovery: {email: {after: %s, opens: 90%%, "+
				"clicks: 70%%, orders: %d%%}, push: {after: %s, opens: 80%%, clicks: 80%%, orders: %s}}",
				d.law(), d.IntN(71), d.law(), d.one("0%", "40%", "80%")))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
}

// fillings are journeys in which every cart is filled in a stage of its own: 55,000 carts show 2 %
// of a share of 70 % with λ = 100, where 75 are enough.
const fillings = `
customers: 6_000
days: 60
needs: {per_year: 60}
stores: {count: 400}
sessions: {pages: {browse: 1, cart: 1, order: 1}}
orders: {lines: 1}
identity: {marketing: 50%}
channels:
  site:  {touchpoint: web, hours: 0-24}
  mail:  {touchpoint: inbox, hours: 0-24, without: not_sent}
  store: {touchpoint: store}
journey:
  start: {cart: 1}
  stages:
    look:  {part_of: consideration, dwell: 1h, next: {cart: 70%, leave: 30%}}
    cart:  {part_of: purchase, does: cart, dwell: 10min, next: {order: 50%, look: 20%, leave: 30%}}
    order: {part_of: purchase, does: order, dwell: 1h, next: {leave: 100%}}
  channels: {start: {site: 1}, store: {store: 1}}
`

const noFollowUp = "behaviors: {cart: {abandon: 70%, follow_up: {}}}\n"

// abandoned claims that a share of the carts is given up.
func abandoned(share float64) claim[*census] {
	return func(c *census) float64 {
		counts := make([]int, 2)
		for _, status := range c.codes(table.TableCarts, "status") {
			counts[status-1]++
		}
		return chiSquare(counts, []float64{share, 1 - share})
	}
}

func lived(t *testing.T, text string, sets ...string) *census {
	w := worldOf(t, text, sets...)
	return censusOf(w, whole(t, w))
}

// TestCartsAreAbandonedAsConfigured: whatever the chain says; without the behavior it is the chain.
func TestCartsAreAbandonedAsConfigured(t *testing.T) {
	t.Parallel()
	c := lived(t, fillings+noFollowUp)
	abandoned(0.7).holds(t, "70 %", c)
	abandoned(0.7).failsIn(t, "2 % more",
		lived(t, fillings+noFollowUp, "behaviors.cart.abandon", "71.4%"))
	abandoned(0.7).holds(t, "70 % of two chains", lived(t, fillings+noFollowUp+`
segments:
  some: {share: 1}
  others:
    share: 1
    journey:
      stages:
        look:  {part_of: consideration, dwell: 1h, next: {cart: 70%, leave: 30%}}
        cart:  {part_of: purchase, does: cart, dwell: 1h, next: {order: 80%, look: 20%}}
        order: {part_of: purchase, does: order, dwell: 1h, next: {leave: 100%}}
`, "customers", "2_000"))
	abandoned(0.5).holds(t, "the chain", lived(t, fillings, "customers", "2_000"))
}

// fates counts, by the declared reason, what became of those who left a cart: they left, went back
// to look, tried to order again, or went to a store.
func (c *census) fates() [][]int {
	type begun struct{ person, at int64 }
	reasons, created := c.codes(table.TableCarts, "reason"), c.ints(table.TableCarts, "created_at")
	devices, left := c.ints(table.TableCarts, "device_id"), map[begun]uint32{}
	for i, device := range devices {
		left[begun{c.owner[device], created[i]}] = reasons[i]
	}
	counts := make([][]int, len(c.w.Tables[table.TableCarts].Column("reason").Vocab))
	for i := range counts {
		counts[i] = make([]int, 4)
	}
	stage := func(name string) uint32 { return uint32(slices.Index(c.w.Stages, name) + 1) }
	last := c.w.Midnight[c.w.Warmup+c.w.Days-7] // later it may still be open
	for i, e := range c.events {
		reason := left[begun{e.person, e.at}]
		if e.kind != table.AddToCart || reason == 0 || e.at > last {
			continue
		}
		fate := 0
		for _, later := range c.events[i:] {
			if later.journey != e.journey {
				break
			}
			if later.stage == e.stage {
				continue
			}
			switch {
			case later.stage == stage("look"):
				fate = 1
			case later.kind == table.StoreVisit:
				fate = 3
			default:
				fate = 2
			}
			break
		}
		counts[reason-1][fate]++
	}
	return counts
}

// TestFollowUpsDependOnTheReason, and a reason without one leaves the chain as it is.
func TestFollowUpsDependOnTheReason(t *testing.T) {
	t.Parallel()
	const text = fillings + `
carts: {reasons: {browsing: 60%, declined: 25%, trust: 15%}}
behaviors:
  cart:
    abandon: 80%
    follow_up:
      browsing: {back: 40%, store: 10%}
      declined: {retry: 70%, competitor: 20%}
`
	var follow claim[*census] = func(c *census) float64 {
		fates := c.fates()
		return holm([]float64{chiSquare(fates[0], []float64{50, 40, 0, 10}),
			chiSquare(fates[1], []float64{30, 0, 70, 0}), chiSquare(fates[2], []float64{60, 40, 0, 0})})
	}
	follow.holds(t, "follow-ups", lived(t, text))
	follow.failsIn(t, "5 points of going back", lived(t, text,
		"behaviors.cart.follow_up.browsing.back", "45%"))
	follow.failsIn(t, "a reason for trust", lived(t, text, "customers", "2_000",
		"behaviors.cart.follow_up.trust", "{back: 20%}"))
}

// reminded is a scenario in which nobody comes back to a cart without a reminder.
const reminded = fillings + `
carts: {reasons: {trust: 100%}}
behaviors:
  cart:
    follow_up: {trust: {back: 0%}}
    recovery: {mail: {after: 1h, opens: 60%, clicks: 40%, orders: 30%}}
`

// answers counts what became of reminders: not opened, opened only, followed, and ordered.
func (c *census) answers() []int {
	counts := make([]int, 4)
	last, opened := c.w.Midnight[c.w.Warmup+c.w.Days-3], map[int64]bool{}
	for _, e := range c.events {
		if e.cause != model.CauseCart || e.at > last {
			continue
		}
		stage := ""
		if e.stage > 0 {
			stage = c.word(table.EventStage, e.stage)
		}
		switch {
		case e.kind == table.MessageSent:
			counts[0]++
		case e.kind == table.MessageOpened && e.journey == table.Null:
			counts[1]++
		case e.kind == table.MessageOpened && stage == "look":
			counts[2]++
		case e.kind == table.MessageOpened && stage == "order":
			counts[3]++
		default:
			continue
		}
		opened[e.person] = opened[e.person] || e.kind != table.MessageSent
	}
	counts[0] -= counts[1] + counts[2] + counts[3]
	return counts
}

// TestRemindersAreAnswered as configured, by those who may be written to.
func TestRemindersAreAnswered(t *testing.T) {
	t.Parallel()
	sets := []string{"needs.per_year", "4", "customers", "30_000", "identity.register", "50%"}
	c := lived(t, reminded, sets...)
	var answered claim[*census] = func(c *census) float64 {
		return chiSquare(c.answers(), []float64{40, 20, 10, 30})
	}
	answered.holds(t, "answers", c)
	answered.failsIn(t, "45 % who open only", lived(t, reminded,
		append(sets, "behaviors.cart.recovery.mail.opens", "65%")...))

	may, since := map[int64]bool{}, map[int64]int64{}
	consent, known := c.ints(table.TableCustomers, "has_marketing_consent"),
		c.ints(table.TableCustomers, "identified_at")
	for i, user := range c.ints(table.TableCustomers, "user_id") {
		may[user], since[user] = consent[i] == 1, known[i]
	}
	for _, e := range c.events {
		if e.kind == table.MessageSent && (!may[e.user] || e.at < since[e.user]) {
			t.Fatalf("event %d: user %d, known from %s, is written to", e.id, e.user,
				c.when(since[e.user]))
		}
	}
}

// TestNobodyIsRemindedAtNight: a reminder that is due when its channel is closed waits for it.
func TestNobodyIsRemindedAtNight(t *testing.T) {
	t.Parallel()
	c := lived(t, reminded, "channels.mail.hours", "9-21", "customers", "3_000")
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, e := range c.events {
		if e.kind != table.MessageSent {
			continue
		}
		sent++
		if hour := time.UnixMicro(e.at).In(zone).Hour(); hour < 9 || hour >= 21 {
			t.Fatalf("event %d is sent at %s", e.id, c.when(e.at))
		}
	}
	if sent < 100 {
		t.Errorf("%d reminders", sent)
	}
}

// TestWithoutMailNobodyIsReminded, people without reminders have identical rows, and fewer buy.
func TestWithoutMailNobodyIsReminded(t *testing.T) {
	t.Parallel()
	w := worldOf(t, reminded, "customers", "3_000")
	without, err := w.Without("mail")
	if err != nil {
		t.Fatal(err)
	}
	with, less := censusOf(w, whole(t, w)), censusOf(without, whole(t, without))
	reminded := map[int64]bool{}
	for _, e := range with.events {
		reminded[e.person] = reminded[e.person] || e.kind == table.MessageSent
	}
	lives := func(c *census) (untouched []seen) {
		for _, e := range c.events {
			if !reminded[e.person] {
				untouched = append(untouched, e)
			}
		}
		return untouched
	}
	if a, b := lives(with), lives(less); len(a) == 0 || !slices.Equal(a, b) {
		t.Errorf("%d events of the untouched become %d others", len(a), len(b))
	}
	for _, e := range less.events {
		if e.cause == model.CauseCart {
			t.Fatalf("event %d, a %s, is a reminder's", e.id, less.word(table.EventType, e.kind))
		}
	}
	if len(with.orders) < len(less.orders)*11/10 {
		t.Errorf("%d orders with reminders, %d without", len(with.orders), len(less.orders))
	}
}

// TestReminderRestoresTheCart: an order after a reminder has what was in the abandoned cart.
func TestReminderRestoresTheCart(t *testing.T) {
	t.Parallel()
	c := lived(t, reminded, "customers", "2_000", "behaviors.cart.removes", "0%")
	had, again := map[int64]map[uint32]bool{}, 0
	for _, e := range c.events {
		if e.kind != table.AddToCart {
			continue
		}
		if had[e.person] == nil {
			had[e.person] = map[uint32]bool{}
		}
		if e.cause == model.CauseCart {
			if again++; !had[e.person][e.product] {
				t.Fatalf("event %d: product %d was not in a cart before", e.id, e.product)
			}
		}
		had[e.person][e.product] = true
	}
	if again < 500 {
		t.Errorf("%d products were restored", again)
	}
}
