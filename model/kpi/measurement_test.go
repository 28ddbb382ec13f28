package kpi

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A diary fills a batch by hand.
type diary struct {
	w *model.World
	m *Measurement
	b *table.Batch
}

// diaryMarket is the market of the diary.
const diaryMarket = "from: fashion\ncustomers: 4\ndays: 90\n" +
	"channels: {phone: {touchpoint: telephone}}\n"

// values are those of a row by the names of its columns; the others are missing.
type values = map[string]any

func (d *diary) row(of table.TableID, v values) {
	i := d.b.Add(d.w.Tables, of)
	for c, column := range d.w.Tables[of].Columns {
		to := &d.b.Tables[of].Cols[c]
		switch column.Kind {
		case table.Code:
			to.Code[i], _ = v[column.Name].(uint32)
		case table.Text:
			to.Text[i] = ""
		default:
			to.Int[i] = table.Null
			switch x := v[column.Name].(type) {
			case int:
				to.Int[i] = int64(x)
			case int64:
				to.Int[i] = x
			}
		}
	}
}

// day is a time so many days after the first midnight.
func (d *diary) day(n float64) int { return int(d.w.Midnight[0]) + int(n*24*3600e6) }

func (d *diary) channel(name string) uint32 { return d.m.total.events.code(byChannel, name) }

func (d *diary) event(person int, kind uint32, at float64, v values) {
	v["person_id"], v["event_type"], v["event_time"] = person, kind, d.day(at)
	d.row(table.TableEvents, v)
}

// visits: one on a phone with a cart and two purchases, one on a desktop that somebody's words led
// to and that ended in a store, and mails.
func (d *diary) visits() {
	onPhone := func(kind uint32, at float64, v values) {
		v["device_type"], v["channel"] = uint32(table.DeviceMobile), d.channel("search")
		v["session_id"] = 71
		d.event(1, kind, at, v)
	}
	onPhone(table.SessionStart, 1, values{})
	onPhone(table.PageView, 1, values{"duration_ms": 20_000})
	onPhone(table.ViewItem, 1, values{"duration_ms": 40_000})
	onPhone(table.AddToCart, 1, values{})
	onPhone(table.AddToCart, 1, values{})
	onPhone(table.Purchase, 1.5, values{"journey_id": 11, "cause": table.CauseChain})
	onPhone(table.Purchase, 9, values{"journey_id": 11, "cause": table.CauseChain})
	told := func(kind uint32, v values) {
		v["device_type"], v["channel"] = uint32(table.DeviceDesktop), d.channel("email")
		v["session_id"], v["journey_id"], v["cause"] = 72, 12, model.CauseWordOfMouth
		d.event(2, kind, 2, v)
	}
	told(table.SessionStart, values{})
	told(table.PageView, values{"duration_ms": 10_000})
	d.event(2, table.Purchase, 7, values{"channel": d.channel("store"), "journey_id": 12})
	for _, kind := range []uint32{
		table.MessageSent, table.MessageSent, table.MessageSent, table.MessageSent,
		table.MessageOpened, table.MessageOpened, table.Click, table.MessageUnsubscribed,
	} {
		d.event(3, kind, 3, values{"channel": d.channel("email")})
	}
	for _, kind := range []uint32{
		table.Post, table.Click, table.StockOut, table.Renewal, table.Renewal, table.Renewal,
		table.Cancellation,
	} {
		d.event(3, kind, 3, values{"channel": d.channel("search")})
	}
}

// sales: a collected order, one too late for what comes back, one in a store; returns and carts.
func (d *diary) sales() {
	order := func(id int, at float64, place table.Touchpoint, channel string, how uint32,
		lines, total int, received float64) {
		d.row(table.TableOrders, values{"order_id": id, "ordered_at": d.day(at), "line_count": lines,
			"channel": d.channel(channel), "touchpoint": uint32(place), "fulfilment": how,
			"total": total, "fulfilled_at": d.day(received)})
	}
	order(21, 4+20./24, table.Web, "search", table.Collect, 4, 5000, 6)
	order(22, 9, table.App, "search", table.Ship, 3, 3000, 80)
	order(23, 7, table.Store, "store", table.InStore, 2, 1000, 7)
	for _, id := range []int{21, 22, 23, 23} {
		d.row(table.TableReturns, values{"order_id": id})
	}
	for _, reason := range []string{"browsing", "trust"} {
		d.row(table.TableCarts, values{
			"status": table.CartAbandoned, "reason": d.m.total.carts.code(byReason, reason)})
	}
	d.row(table.TableCarts, values{
		"status": table.CartConverted, "reason": d.m.total.carts.code(byReason, "trust")})
}

func (d *diary) journeys() {
	journey := func(id int, start float64, touches, orders int, outcome, pattern uint32) {
		d.row(table.TableTruthJourneys, values{"journey_id": id, "started_at": d.day(start),
			"touch_count": touches, "order_count": orders, "outcome": outcome, "pattern": pattern})
	}
	journey(11, 1, 3, 2, table.OutcomePurchased, table.ClickAndCollect)
	journey(12, 2, 3, 1, table.OutcomeUnderWay, table.Webrooming)
	journey(13, 2, 1, 1, table.OutcomePurchased, table.PureStore)
	journey(14, 2, 1, 0, table.OutcomeRival, 0)
	journey(15, 2, 1, 0, table.OutcomeGaveUp, 0)
}

// opinions: answers to surveys, reviews, calls and letters.
func (d *diary) opinions() {
	for _, class := range []uint32{
		table.Detractor, table.Passive, table.Promoter, table.Promoter, table.Promoter,
	} {
		d.row(table.TableSurveys, values{
			"survey_type": table.SurveyNPS, "answered_at": d.day(5), "nps_class": class})
	}
	d.row(table.TableSurveys, values{"survey_type": table.SurveyNPS})
	d.row(table.TableSurveys, values{
		"survey_type": table.SurveyCSAT, "answered_at": d.day(5), "nps_class": table.Detractor})
	d.row(table.TableReviews, values{"rating": 5})
	d.row(table.TableReviews, values{"rating": 2})
	ticket := func(through string, status uint32, v values) {
		v["channel"], v["status"], v["opened_at"] = d.channel(through), status, d.day(5)
		d.row(table.TableTickets, v)
	}
	ticket("phone", table.TicketAbandoned, values{"wait_ms": 90_000})
	ticket("phone", table.TicketResolved, values{"wait_ms": 20_000, "answered_at": d.day(5)})
	ticket("phone", table.TicketUnresolved, values{"wait_ms": 40_000, "answered_at": d.day(5)})
	ticket(
		"email",
		table.TicketResolved,
		values{"wait_ms": 6 * 3600_000, "answered_at": d.day(5.25)},
	)
	ticket("email", table.TicketOpen, values{})
	ticket("search", table.TicketResolved, values{"answered_at": d.day(6)}) // a chat
}

func (d *diary) people() {
	for i, v := range []values{{"order_count": 3, "nps_class": table.Promoter},
		{"order_count": 2, "nps_class": table.Detractor}, {"order_count": 1, "churned_at": d.day(30)},
		{"order_count": 0, "churned_at": d.day(-5)}} {
		v["person_id"] = i + 1
		d.row(table.TableTruthPeople, v)
	}
}

func (d *diary) everything() {
	d.visits()
	d.sales()
	d.journeys()
	d.opinions()
	d.people()
}

// ofDiary is what the KPIs of the diary are, counted by hand.
var ofDiary = map[string]float64{
	"conversion": 1, "conversion_mobile": 2, "conversion_desktop": 0, "mobile_share": 0.5,
	"add_to_cart": 0.5, "cart_abandonment": 2. / 3, "session_median_s": 35,
	"pages_per_session": 1.5, "email_open": 0.5, "email_click": 0.25,
	"email_unsubscribe": 0.25, "posts_per_order": 1. / 3,
	"online_share": 2. / 3, "collect_share": 0.5, "average_order_value": 30, "hour_20_21": 0.5,
	"return_rate_online": 0.25, "return_rate_store": 1, "stock_out": 0.25,
	"webrooming": 0.5, "showrooming": 0, "time_to_purchase_day": 0.5, "days_to_purchase": 2.75,
	"lost_to_competitor": 0.25, "wom_share": 1. / 3, "nps": 40, "nps_true": 0,
	"review_mean": 3.5, "call_abandonment": 1. / 3, "wait_mean_s": 30, "first_reply_h": 6,
	"orders_per_customer": 1.5, "events_per_customer": 6.25, "repeat_2": 2. / 3, "repeat_3": 0.5,
	"churn_month": 0.25, "churn_year": 1 - math.Pow(2./3, 365.25/90),
	"sessions_from_search": 0.5, "sessions_from_email": 0.5, "sessions_from_store": 0,
	"orders_from_search": 2. / 3, "orders_from_store": 1. / 3,
	"abandoned_browsing": 0.5, "abandoned_trust": 0.5, "abandoned_returns": 0,
}

// TestKPIsCountWhatTheySay writes a few rows of every table by hand and holds each KPI against what
// it is there.
func TestKPIsCountWhatTheySay(t *testing.T) {
	s := loaded(t, diaryMarket)
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	d := diary{w, NewMeasurement(w), table.NewBatch(w.Tables, 0)}
	d.everything()
	if _, err := d.m.Encode(d.b); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, k := range model.KPIs(s) {
		r, want := d.m.Reading(k), ofDiary[k.Name]
		if !(math.Abs(r.Value-want) < 1e-9) || r.Low > r.Value || r.High < r.Value {
			t.Errorf("%s is %v, want %v (%s)", k.Name, r, want, k.About)
		}
		if _, ok := ofDiary[k.Name]; ok {
			seen++
			if r.N == 0 {
				t.Errorf("%s has no data", k.Name)
			}
		}
	}
	if seen != len(ofDiary) {
		t.Errorf("%d of %d KPIs are in the catalogue", seen, len(ofDiary))
	}
}

// TestBatchesInAnyOrder holds that rows which come one by one, in any order, give what they give in
// one batch: all KPIs, and all that is expected of a pipeline.
func TestBatchesInAnyOrder(t *testing.T) {
	s := loaded(t, diaryMarket)
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	d := diary{w, NewMeasurement(w), table.NewBatch(w.Tables, 0)}
	d.everything()
	if _, err := d.m.Encode(d.b); err != nil {
		t.Fatal(err)
	}
	var rows []*table.Batch
	for id := range d.b.Tables {
		for i := range d.b.Tables[id].Len {
			rows = append(rows, rowAlone(w, d.b, table.TableID(id), i))
		}
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 10 {
		m := NewMeasurement(w)
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for i, b := range rows {
			if i == len(rows)/2 {
				readAll(m, s) // which sorts what there is so far
			}
			if _, err := m.Encode(b); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := readAll(m, s), readAll(d.m, s); !reflect.DeepEqual(got, want) {
			t.Errorf("KPIs are %v, want %v", got, want)
		}
		if got, want := m.Expected(), d.m.Expected(); !reflect.DeepEqual(got, want) {
			t.Errorf("expected is %s, want %s", asJSON(t, got), asJSON(t, want))
		}
	}
}

// rowAlone returns a batch of one row of another.
func rowAlone(w *model.World, from *table.Batch, id table.TableID, i int) *table.Batch {
	b := table.NewBatch(w.Tables, 0)
	b.Add(w.Tables, id)
	for c := range w.Tables[id].Columns {
		to, v := &b.Tables[id].Cols[c], &from.Tables[id].Cols[c]
		switch w.Tables[id].Columns[c].Kind {
		case table.Code:
			to.Code[0] = v.Code[i]
		case table.Text:
			to.Text[0] = v.Text[i]
		default:
			to.Int[0] = v.Int[i]
		}
	}
	return b
}

func readAll(m *Measurement, s *model.Scenario) map[string]Reading {
	all := map[string]Reading{}
	for _, k := range model.KPIs(s) {
		all[k.Name] = m.Reading(k)
	}
	return all
}

// TestBothTellTheSame holds that a KPI of the manifest has the value that its Reading has.
func TestBothTellTheSame(t *testing.T) {
	s := loaded(t, diaryMarket)
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	d := diary{w, NewMeasurement(w), table.NewBatch(w.Tables, 0)}
	d.everything()
	if _, err := d.m.Encode(d.b); err != nil {
		t.Fatal(err)
	}
	got, k := readAll(d.m, s), d.m.Expected().KPIs()
	want := map[string]float64{
		"conversion":          float64(k.Conversion) / 1e6,
		"cart_abandonment":    float64(k.CartAbandonment) / 1e6,
		"average_order_value": float64(k.AverageOrderValue) / 100,
	}
	for device, r := range k.ConversionByDevice {
		want["conversion_"+device] = float64(r) / 1e6
	}
	if by := d.m.Expected().Events.ByTypeAndDevice; len(by) != 5 {
		t.Errorf("on devices happened %v, want 5 types of events", by)
	}
	if len(want) != 5 || k.Sessions != 2 || got["conversion"].N != k.Sessions {
		t.Errorf("the manifest has %v and %d sessions, want 5 KPIs and 2 sessions", want, k.Sessions)
	}
	for name, x := range want {
		if math.Abs(got[name].Value-x) > 0.5e-6 {
			t.Errorf("%s is %v, the manifest says %v", name, got[name], x)
		}
	}
}

// TestAverageOrderHasItsInterval: 50, 30 and 10 have a variance of 800/3.
func TestAverageOrderHasItsInterval(t *testing.T) {
	w := compiledMarket(t, diaryMarket)
	d := diary{w, NewMeasurement(w), table.NewBatch(w.Tables, 0)}
	d.sales()
	if _, err := d.m.Encode(d.b); err != nil {
		t.Fatal(err)
	}
	half := 4.302653 * math.Sqrt(800./3/2) // Student's quantile with 2 degrees of freedom
	got := d.m.Reading(model.KPI{Name: "average_order_value"})
	if math.Abs(got.Low-30+half) > 1e-4 || math.Abs(got.High-30-half) > 1e-4 || got.N != 3 {
		t.Errorf("it is %v, want 30 ± %.3f of 3", got, half)
	}
}

// TestNothingIsLeftAfterAReset holds that findings that were reset add nothing.
func TestNothingIsLeftAfterAReset(t *testing.T) {
	w := compiledMarket(t, diaryMarket)
	d := diary{w, NewMeasurement(w), table.NewBatch(w.Tables, 0)}
	d.everything()
	f, sum := newFindings(w), newFindings(w)
	if err := f.find(d.m, d.b); err != nil {
		t.Fatal(err)
	}
	f.reset()
	if sum.add(f); !reflect.DeepEqual(sum, newFindings(w)) {
		t.Errorf("there is left %+v", sum)
	}
}

// TestJourneysOfTheWarmUp holds that a journey that began before the written days is not among
// those that KPIs are about, though it bought in them.
func TestJourneysOfTheWarmUp(t *testing.T) {
	w := compiledMarket(t, diaryMarket)
	d := diary{w, NewMeasurement(w), table.NewBatch(w.Tables, 0)}
	first, _ := w.Bounds(0)
	at := func(days int64) int64 { return first + days*24*3600e6 }
	for _, journey := range []struct {
		id            int
		start, bought int64
	}{
		{34, 4, 5}, {33, 3, 6}, {32, -1, 8}, {31, 1, 8}, {30, 0, 9},
	} {
		v := values{"journey_id": journey.id, "person_id": 1, "event_type": table.Purchase,
			"event_time": at(journey.bought)}
		if journey.id != 33 {
			v["cause"] = model.CauseWordOfMouth
		}
		d.row(table.TableEvents, v)
		d.row(table.TableTruthJourneys, values{"journey_id": journey.id, "touch_count": 1,
			"order_count": 1, "started_at": at(journey.start), "outcome": table.OutcomePurchased})
	}
	if _, err := d.m.Encode(d.b); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"days_to_purchase": 5, "time_to_purchase_day": 0.25, "wom_share": 0.75,
	} {
		if got := d.m.Reading(model.KPI{Name: name}); math.Abs(got.Value-want) > 1e-9 || got.N != 4 {
			t.Errorf("%s is %v, want %v of 4", name, got, want)
		}
	}
}

// TestReturnsHaveTheirTime holds that only orders received 30 days before the end or earlier count,
// in a market of fewer days those of the warm-up.
func TestReturnsHaveTheirTime(t *testing.T) {
	for text, settled := range map[string]int{
		"from: fashion\ncustomers: 4\ndays: 90\n":             60,
		"from: fashion\ncustomers: 4\ndays: 10\nwarmup: 40\n": -20,
	} {
		w := compiledMarket(t, text)
		d := diary{w, NewMeasurement(w), table.NewBatch(w.Tables, 0)}
		last, _ := w.Bounds(settled)
		for i, received := range []int64{last - 1, last, last + 1} {
			d.row(table.TableOrders, values{"order_id": 1 + i, "line_count": 2, "total": 100,
				"touchpoint": uint32(table.Store), "fulfilled_at": int(received)})
			d.row(table.TableReturns, values{"order_id": 1 + i})
		}
		if _, err := d.m.Encode(d.b); err != nil {
			t.Fatal(err)
		}
		r := d.m.Reading(model.KPI{Name: "return_rate_store"})
		if r.Value != 0.5 || r.N != 4 {
			t.Errorf("with %d days %v come back, want half of 4 lines", w.Days, r)
		}
	}
}

// TestWhatIsReadIsInTheCatalogue holds that nothing is read that the catalogue does not tell of.
func TestWhatIsReadIsInTheCatalogue(t *testing.T) {
	names := map[string]bool{}
	for _, k := range model.CommonKPIs() {
		names[k.Name] = true
	}
	for name := range readings {
		if !names[name] {
			t.Errorf("%s is read and not in the catalogue", name)
		}
	}
}

// TestOnlyContractsCanEnd: in a year, of two people with a contract one has left. The third, who
// never had one, does not count.
func TestOnlyContractsCanEnd(t *testing.T) {
	s := loaded(t, "from: fashion\ncustomers: 3\n"+
		"behaviors: {churn: {contracts: {monthly: {channel: email}}}}\n")
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	d := diary{w, NewMeasurement(w), table.NewBatch(w.Tables, 0)}
	d.event(1, table.Renewal, 3, values{})
	d.event(1, table.Renewal, 33, values{})
	d.event(2, table.Renewal, 4, values{})
	d.event(2, table.Cancellation, 34, values{})
	for i, v := range []values{{}, {"churned_at": d.day(34)}, {}} {
		v["person_id"], v["order_count"] = i+1, 0
		d.row(table.TableTruthPeople, v)
	}
	if _, err := d.m.Encode(d.b); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"churn_month": 0.25, "churn_year": 1 - math.Pow(0.5, 365.25/365)}
	for _, k := range model.KPIs(s) {
		if x, ok := want[k.Name]; ok && math.Abs(d.m.Reading(k).Value-x) > 1e-9 {
			t.Errorf("%s is %v, want %v", k.Name, d.m.Reading(k).Value, x)
		}
	}
}

// TestPaidIncrementalByHand: of 8 orders 2 more are placed than without paid channels. What each
// person has more than their part of that, 5/4, -1/4, -1 and 0, says how far off it may be. Where
// all have their part, nothing is left to chance.
func TestPaidIncrementalByHand(t *testing.T) {
	half := 1.959964 * math.Sqrt(25./16+1./16+1) / 8
	for _, test := range []struct {
		name          string
		orders, fewer []uint32
		want          Reading
	}{
		{"four people", []uint32{3, 1, 0, 4}, []uint32{1, 1, 1, 3},
			Reading{0.25, 0.25 - half, 0.25 + half, 8}},
		{"all have their part", []uint32{2, 4, 0, 6}, []uint32{1, 2, 0, 3},
			Reading{0.5, 0.5, 0.5, 12}},
		{"nothing is bought", []uint32{0, 0, 0, 0}, []uint32{0, 1, 0, 0}, Reading{}},
	} {
		w := compiledMarket(t, posterMarket)
		m, unpaid := NewMeasurement(w), NewBought(w)
		copy(m.bought.orders, test.orders)
		copy(unpaid.orders, test.fewer)
		m.twin = unpaid
		got := m.incremental()
		if math.Abs(got.Value-test.want.Value) > 1e-9 || math.Abs(got.Low-test.want.Low) > 1e-9 ||
			math.Abs(got.High-test.want.High) > 1e-9 || got.N != test.want.N {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestPaidIncrementalCovers: of 2,000 markets of 400 people in which a fifth of the orders needs
// paid channels, and one person in twenty orders once more without, the interval contains the truth
// in between 93 and 97 % (four standard deviations; fixed seed).
func TestPaidIncrementalCovers(t *testing.T) {
	const markets, people = 2000, 400
	const truth = 0.2 - 0.05/2 // of two orders a person
	random := rand.New(rand.NewPCG(3, 4))
	m := &Measurement{bought: &Bought{orders: make([]uint32, people)},
		twin: &Bought{orders: make([]uint32, people)}}
	covered := 0
	for range markets {
		for i := range people {
			orders, unpaid := uint32(0), uint32(0)
			for range 4 {
				if random.Float64() < 0.5 {
					orders++
					if random.Float64() < 0.8 {
						unpaid++
					}
				}
			}
			if random.Float64() < 0.05 {
				unpaid++
			}
			m.bought.orders[i], m.twin.orders[i] = orders, unpaid
		}
		if r := m.incremental(); r.Low <= truth && truth <= r.High {
			covered++
		}
	}
	if p := float64(covered) / markets; p < 0.93 || p > 0.97 {
		t.Errorf("the interval covers %.1f %%, want 95", 100*p)
	}
}

// TestNothingMeasuredIsNoValue holds that KPIs over nothing have no value and no verdict but that
// they are too few.
func TestNothingMeasuredIsNoValue(t *testing.T) {
	s := loaded(t, "from: fashion\ncustomers: 10\n")
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMeasurement(w)
	for _, k := range model.KPIs(s) {
		r, all := m.Reading(k), model.Target{Band: [2]model.Figure{-1e12, 1e12}}
		if k.Name != "events_per_customer" && (r.N != 0 || r.Verdict(&all) != TooFew) {
			t.Errorf("%s is %v over nothing", k.Name, r)
		}
	}
}

// TestHoursAreLocal holds the hour of orders around the days on which clocks change.
func TestHoursAreLocal(t *testing.T) {
	w, err := model.Compile(loaded(t, "from: fashion\ncustomers: 10\ntime_zone: Europe/Rome\n"))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	const step = 97 * time.Minute
	for at := time.Date(2025, 1, 1, 0, 0, 0, 0, zone); at.Year() == 2025; at = at.Add(step) {
		if got := w.HourAt(at.UnixMicro()); got != at.Hour() {
			t.Fatalf("%v has hour %d", at, got)
		}
	}
}

// posterMarket is a market of which nothing is bought.
const posterMarket = `
customers: 4
channels: {poster: {touchpoint: street}}
journey:
  start: {look: 1}
  stages:
    look: {part_of: awareness, dwell: 0d, next: {leave: 1}}
  channels: {start: {poster: 1}}
`

// loaded loads a scenario that may build on a built-in one.
func loaded(t testing.TB, text string) *model.Scenario {
	t.Helper()
	s, err := model.LoadBytes("shop.yaml", []byte(text), builtinOf(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// compiledMarket compiles a scenario.
func compiledMarket(t testing.TB, text string) *model.World {
	t.Helper()
	w, err := model.Compile(loaded(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// builtinOf has a market to build on.
func builtinOf(t testing.TB) fs.FS {
	t.Helper()
	good, err := os.ReadFile(filepath.Join("..", "..", "testdata", "bad", "from", "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"fashion.yaml": {Data: good}}
}

// TestAdCostsAndReturns: 40 of 1,000 cents are spent on advertising; without the only channel four
// people pay 100, 0, 0 and -20 cents less, so that each cent brings 2. No cost, no value.
func TestAdCostsAndReturns(t *testing.T) {
	w := compiledMarket(t, posterMarket)
	m, other := NewMeasurement(w), NewBought(w)
	copy(m.bought.cents, []int64{500, 300, 200, 0})
	copy(other.cents, []int64{400, 300, 200, 20})
	channel := w.Channels[0].Name
	k := model.KPI{Name: model.IROAS + channel, Twin: true, Channel: channel}
	m.Compare(k, other)
	if r := m.adCost(); r.N != 0 || r.Value != 0 {
		t.Errorf("%v without a cost, want no value", r)
	}
	if r := m.Reading(k); r.N != 0 || r.Value != 0 {
		t.Errorf("%v without a cost, want no value", r)
	}
	m.total.cost[0] = 40
	if r := m.adCost(); r.Value != 0.04 || r.Low >= 0.04 || r.High <= 0.04 {
		t.Errorf("%v, want 0.04 inside its interval", r)
	}
	if r := m.Reading(k); r.Value != 2 || r.Low >= 2 || r.High <= 2 {
		t.Errorf("%v, want 2 inside its interval", r)
	}
	m.lacking = map[string]*Bought{}
	if r := m.Reading(k); r.Value != 0 {
		t.Errorf("%v without a market to compare with, want no value", r)
	}
}
