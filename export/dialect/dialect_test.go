package dialect

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Who and what is in the day of everything. Ids are as large as ours become: 53 bits.
const (
	annaUser     int64 = 9_007_199_254_740_991 // signs up, logs in, buys
	berndUser    int64 = 4_503_599_627_370_497 // has a card of loyalty, buys in a store
	annaBrowser  int64 = 6_004_799_503_160_661
	annaApp      int64 = 3_002_399_751_580_330
	strangerUnit int64 = 1_501_199_875_790_165 // the browser of somebody whom nobody knows
	webVisit     int64 = 5_000_000_000_000_001
	appVisit     int64 = 5_000_000_000_000_002
	firstVisit   int64 = 5_000_000_000_000_003
	webOrder     int64 = 8_000_000_000_000_001
	storeOrder   int64 = 8_000_000_000_000_002 // of an unknown buyer
	cardOrder    int64 = 8_000_000_000_000_003
	phoneOrder   int64 = 8_000_000_000_000_004
	oldOrder     int64 = 8_000_000_000_000_009 // of a day before
)

// A happening is an event of the day of everything: its type, then its other columns with words or
// whole numbers.
type happening struct {
	kind uint32
	has  map[int]any
}

// nasty is what somebody types who wants to break things.
const nasty = "a\"b\\c</script>\u2028\n\t\x00\x1b'&=+%20 città 👩🏽‍🚀 €"

// happenings are the day of everything, in the order of time: each type of event at least once,
// with the columns that a simulation gives it.
var happenings = func() []happening {
	type has = map[int]any
	with := func(parts ...has) has {
		all := has{table.EventHomeCity: "Forlì", table.EventConsent: "granted",
			table.EventChannel: "direct"}
		for _, p := range parts {
			maps.Copy(all, p)
		}
		return all
	}
	at := func(place string) has { return has{table.EventTouchpoint: place} }
	visit := func(device, session int64, on string) has {
		return has{table.EventDevice: device, table.EventSession: session,
			table.EventDeviceType: on}
	}
	page := func(path string) has { return has{table.EventPage: path} }
	on := func(ms int) has { return has{table.EventDuration: ms} }
	user := func(id int64) has { return has{table.EventUser: id} }
	order := func(id int64) has { return has{table.EventOrder: id} }
	store := has{table.EventStore: "S'1"}
	came := has{table.EventSource: "news & letter", table.EventMedium: "email",
		table.EventCampaign: nasty, table.EventChannel: "email"}
	found := has{table.EventSource: "google", table.EventMedium: "organic",
		table.EventReferrer: "https://www.google.com/", table.EventChannel: "organic_search"}
	coat := has{table.EventProduct: "P00001", table.EventCategory: "coats",
		table.EventPrice: 120_60}
	coatPage := page("/p/P00001")
	coats := has{table.EventCategory: "coats"}
	web, app := with(at("web"), visit(annaBrowser, webVisit, "desktop")),
		with(at("app"), visit(annaApp, appVisit, "app"), user(annaUser))
	stranger := with(at("web"), visit(strangerUnit, firstVisit, "mobile"),
		has{table.EventConsent: "denied"})
	known := with(web, user(annaUser))
	return []happening{
		{table.Impression, with(at("street"), coats, has{table.EventCampaign: "spring"})},
		{table.Impression, with(at("web"), coats)},
		{table.Impression, with(at("social_feed"), coats, has{table.EventCampaign: "spring",
			table.EventDevice: strangerUnit, table.EventDeviceType: "mobile"})},
		{table.Click, with(at("social_feed"), found, has{table.EventCampaign: "spring",
			table.EventDevice: strangerUnit, table.EventDeviceType: "mobile",
			table.EventConsent: "denied"})},
		{table.SessionStart, with(stranger, found)},
		{table.PageView, with(stranger, found, page("/"), on(1_234))},
		{table.Search, with(stranger, page("/search"), on(9_876),
			has{table.EventSearch: nasty})},
		{table.ViewItem, with(stranger, coat, coatPage, on(14_898))},
		{table.StockOut, with(stranger, coat, coatPage)},
		{table.MessageSent, with(at("inbox"), user(annaUser), has{table.EventCampaign: nasty})},
		{table.MessageOpened, with(at("inbox"), user(annaUser), has{table.EventCampaign: nasty,
			table.EventDevice: annaBrowser, table.EventDeviceType: "desktop"})},
		{table.Click, with(at("inbox"), came, has{table.EventDevice: annaBrowser,
			table.EventDeviceType: "desktop"})},
		{table.SessionStart, with(web, came)},
		{table.PageView, with(web, came, page("/c/città b&b"), coats, on(17_385))},
		{table.ViewItem, with(web, coat, coatPage, on(20_001))},
		{table.AddToCart, with(web, coat, coatPage, has{table.EventQuantity: 2})},
		{table.AddToCart, with(web, coat, coatPage, has{table.EventQuantity: 1})},
		{table.ViewCart, with(web, page("/cart"))},
		{table.RemoveFromCart, with(web, coat, page("/cart"), has{table.EventQuantity: 1})},
		{table.SignUp, with(known, page("/login"))},
		{table.BeginCheckout, with(known, page("/checkout"))},
		{table.AddShippingInfo, with(known, page("/checkout"))},
		{table.AddPaymentInfo, with(known, page("/checkout"))},
		{table.PaymentDeclined, with(known, page("/checkout"))},
		{table.Purchase, with(known, page("/order-confirmation"), order(webOrder), store,
			has{table.EventRevenue: 248_98})},
		{table.Login, with(known, page("/login"))},
		{table.QuoteRequest, with(known, coats)},
		{table.MessageSent, with(at("app"), user(annaUser))},
		{table.MessageOpened, with(at("app"), user(annaUser))},
		{table.SessionStart, app},
		{table.ScreenView, with(app, page("/"), on(50_629))},
		{table.ViewItem, with(app, coat, coatPage, on(39_552))},
		{table.Search, with(app, page("/search"), on(13_155), has{table.EventSearch: "piumino"})},
		{table.RewardRedeemed, with(app, has{table.EventSession: nil, table.EventDevice: nil,
			table.EventDeviceType: nil})},
		{table.StoreVisit, with(at("store"), store, on(1_069_934))},
		{table.StockOut, with(at("store"), store, coat)},
		{table.Purchase, with(at("store"), store, order(storeOrder),
			has{table.EventRevenue: 19_99})},
		{table.StoreVisit, with(at("store"), store, on(60_000), user(berndUser))},
		{table.Purchase, with(at("store"), store, order(cardOrder), user(berndUser),
			has{table.EventRevenue: 120_60})},
		{table.Purchase, with(at("telephone"), order(phoneOrder), user(annaUser),
			has{table.EventRevenue: 10})},
		{table.Delivery, with(at("parcel"), order(oldOrder), user(annaUser))},
		{table.Pickup, with(at("store"), store, order(oldOrder), user(berndUser))},
		{table.Return, with(at("store"), store, order(oldOrder), coat,
			has{table.EventQuantity: 1, table.EventReason: nasty})},
		{table.Return, with(at("parcel"), order(oldOrder), user(annaUser), coat,
			has{table.EventQuantity: 1, table.EventReason: "quality"})},
		{table.Survey, with(at("inbox"), order(oldOrder), user(annaUser),
			has{table.EventScore: 10})},
		{table.Review, with(at("web"), order(oldOrder), user(annaUser), coat, coatPage,
			has{table.EventScore: 5})},
		{table.Call, with(at("telephone"), on(357_587), has{table.EventReason: "quality"})},
		{table.Call, with(at("telephone"), on(1), user(annaUser), order(oldOrder))},
		{table.Chat, with(at("web"), on(345_662), user(annaUser),
			has{table.EventReason: "quality"})},
		{table.ContactRequest, with(at("inbox"), order(oldOrder), has{table.EventReason: "quality"})},
		{table.ContactReply, with(at("inbox"), user(annaUser), has{table.EventReason: "quality"})},
		{table.WordOfMouth, with(at("street"), coats)},
		{table.Post, with(at("social_feed"), coats)},
		{table.Like, with(at("social_feed"), coats)},
		{table.Comment, with(at("social_feed"), coats)},
		{table.Share, with(at("social_feed"), coats, user(annaUser))},
		{table.Referral, with(at("street"))},
		{table.Renewal, with(at("inbox"), user(annaUser))},
		{table.Cancellation, with(at("inbox"), user(annaUser), has{table.EventReason: nasty})},
		{table.MessageBounced, with(at("inbox"), user(berndUser), has{table.EventCampaign: nasty})},
		{table.MessageUnsubscribed, with(at("inbox"), user(annaUser))},
		{table.ConsentChanged, with(at("inbox"), user(annaUser))},
	}
}()

// dayOfEverything returns a world and what happens on a day of it: every type of event, with the
// orders and customers behind them.
func dayOfEverything() (*model.World, *table.Batch) {
	w := handmade.World(1)
	w.Scenario.Locale = "it-IT"
	w.Products = []model.ProductPlan{{Name: "Coat \"n. 1\" \\ 👗 " + strings.Repeat("è", 100),
		Price: 120_60}, {Name: "Sock", Price: 4_19}}
	words := map[int][]string{table.EventType: table.EventTypes,
		table.EventTouchpoint: table.Touchpoints, table.EventDeviceType: table.Devices,
		table.EventConsent: {"granted", "denied"}, table.EventProduct: {"P00001", "P00002"},
		table.EventCategory: {"coats", "socks & co"}}
	columns := w.Tables[table.TableEvents].Columns
	for c := range table.EventPerson {
		if columns[c].Kind == table.Code {
			columns[c].Vocab = words[c]
		}
	}
	b := table.NewBatch(w.Tables, len(happenings))
	b.Last = true
	for i, h := range happenings {
		addEvent(w, b, i, h)
	}
	addOrders(w, b)
	addReturns(w, b)
	addCustomers(w, b)
	return w, b
}

func addEvent(w *model.World, b *table.Batch, i int, h happening) {
	row, columns := b.Add(w.Tables, table.TableEvents), w.Tables[table.TableEvents].Columns
	day := time.Date(2025, time.October, 25, 6, 0, 0, 123_456_000, time.UTC)
	values := maps.Clone(h.has)
	values[table.EventID] = 2_251_799_813_685_248 + int64(i)*1_000_003
	values[table.EventTime] = day.UnixMicro() + int64(i)*61_234_567
	values[table.EventReceived] = day.UnixMicro() + int64(i)*61_234_567 + 250_000
	values[table.EventType] = table.EventTypes[h.kind-1]
	for c := range columns {
		v := &b.Tables[table.TableEvents].Cols[c]
		switch value := values[c].(type) {
		case string:
			vocab := &columns[c].Vocab
			if !slices.Contains(*vocab, value) {
				*vocab = append(*vocab, value)
			}
			v.Code[row] = uint32(slices.Index(*vocab, value) + 1)
		case int:
			v.Int[row] = int64(value)
		case int64:
			v.Int[row] = value
		default:
			if columns[c].Kind == table.Code {
				v.Code[row] = 0
			} else {
				v.Int[row] = table.Null
			}
		}
	}
}

// set sets columns of a new row of a table; those that are not named are missing.
func set(w *model.World, b *table.Batch, t table.TableID, values map[string]any) {
	row := b.Add(w.Tables, t)
	for c := range w.Tables[t].Columns {
		column, v := &w.Tables[t].Columns[c], &b.Tables[t].Cols[c]
		switch value := values[column.Name].(type) {
		case string:
			if column.Kind == table.Text {
				v.Text[row] = value
				continue
			}
			if !slices.Contains(column.Vocab, value) {
				column.Vocab = append(slices.Clone(column.Vocab), value)
			}
			v.Code[row] = uint32(slices.Index(column.Vocab, value) + 1)
		case int:
			v.Int[row] = int64(value)
		case int64:
			v.Int[row] = value
		default:
			switch column.Kind {
			case table.Text:
				v.Text[row] = ""
			case table.Code:
				v.Code[row] = 0
			default:
				v.Int[row] = table.Null
			}
		}
	}
}

func addOrders(w *model.World, b *table.Batch) {
	type has = map[string]any
	order := func(id int64, subtotal, discount, shipping, tax int, coupon any, fulfilment string) {
		set(w, b, table.TableOrders, has{"order_id": id, "subtotal": subtotal,
			"discount": discount, "shipping": shipping, "tax": tax,
			"total": subtotal - discount + shipping, "coupon": coupon, "fulfilment": fulfilment})
	}
	order(webOrder, 245_39, 1_40, 4_99, 44_90, "TAKE \"5\" & go", "collect")
	order(storeOrder, 19_99, 0, 0, 3_60, nil, "in_store")
	order(cardOrder, 120_60, 0, 0, 21_75, nil, "in_store")
	order(phoneOrder, 10, 0, 0, 2, nil, "ship")
	line := func(order int64, line int, product, category string, quantity, price, discount int) {
		set(w, b, table.TableOrderLines, has{"order_id": order, "line": line,
			"product_id": product, "category": category, "quantity": quantity,
			"unit_price": price, "amount": quantity * price, "discount": discount})
	}
	for _, t := range []table.TableID{table.TableOrderLines} {
		w.Tables[t].Column("product_id").Vocab = []string{"P00001", "P00002"}
		w.Tables[t].Column("category").Vocab = []string{"coats", "socks & co"}
	}
	line(webOrder, 1, "P00001", "coats", 2, 120_60, 1_40)
	line(webOrder, 2, "P00002", "socks & co", 1, 4_19, 0)
	line(storeOrder, 1, "P00002", "socks & co", 1, 19_99, 0)
	line(cardOrder, 1, "P00001", "coats", 1, 120_60, 0)
	line(phoneOrder, 1, "P00002", "socks & co", 1, 10, 0)
}

// addReturns adds what was paid back for every return: less than the price of the day.
func addReturns(w *model.World, b *table.Batch) {
	rows := &b.Tables[table.TableEvents]
	w.Tables[table.TableReturns].Column("product_id").Vocab = []string{"P00001", "P00002"}
	for row := range rows.Len {
		if rows.Cols[table.EventType].Code[row] == table.Return {
			set(w, b, table.TableReturns, map[string]any{"product_id": "P00001",
				"order_id":    rows.Cols[table.EventOrder].Int[row],
				"returned_at": rows.Cols[table.EventTime].Int[row], "quantity": 1,
				"refund": 110_10})
		}
	}
}

func addCustomers(w *model.World, b *table.Batch) {
	type has = map[string]any
	w.Tables[table.TableCustomers].Column("tier").Vocab = []string{"bronze", "silver", "gold"}
	known := time.Date(2025, time.October, 25, 6, 17, 0, 0, time.UTC).UnixMicro()
	set(w, b, table.TableCustomers, has{"user_id": annaUser, "first_name": "Anna \"Nina\"",
		"last_name": "D'Alò 👩🏽‍🚀", "email": "anna.dalo@mail.example",
		"phone": "+39 0543 123456", "birth_date": -3_000, "street": "Via Roma \\ 1",
		"postal_code": "47121",
		"city":        "Forlì", "province": "FC", "country": "IT", "has_marketing_consent": 1,
		"has_profiling_consent": 0, "first_seen_at": known, "identified_at": known,
		"identified_by": "login"})
	set(w, b, table.TableCustomers, has{"user_id": berndUser, "first_name": "Bernd",
		"last_name": "Müller", "email": "bernd@mail.example", "phone": "+39 0543 654321",
		"birth_date": 5_000, "street": "Via Milano 2", "postal_code": "47121", "city": "Forlì",
		"province": "FC", "country": "IT", "has_marketing_consent": 0, "has_profiling_consent": 1,
		"first_seen_at": known, "identified_at": known - format.DayMicros,
		"identified_by": "loyalty_card", "loyalty_card": "29001234", "tier": "gold", "points": 800})
}

// The day of everything has every type of event.
func TestDayOfEverythingHasEverything(t *testing.T) {
	_, b := dayOfEverything()
	seen := map[uint32]bool{}
	for _, code := range b.Tables[table.TableEvents].Cols[table.EventType].Code[:len(happenings)] {
		seen[code] = true
	}
	for i, name := range table.EventTypes {
		if !seen[uint32(i+1)] {
			t.Errorf("there is no %s", name)
		}
	}
}

// A made request is what a wire makes of a run of events.
type madeRequest struct {
	Header http.Header     `json:"header,omitempty"` // of this request only
	Events []int64         `json:"events"`
	Body   json.RawMessage `json:"body"` // a JSON string if the body is not JSON
	raw    []byte
	at     [][2]int // where each event stands in raw
}

// sentAt is when the requests of tests are sent.
var sentAt = time.Date(2025, time.October, 25, 12, 0, 0, 7_000_000, time.UTC).UnixMicro()

// makeRequests makes the requests of a batch as package push does, and says which events the
// dialect does not see.
func makeRequests(wire *Wire, w *model.World, b *table.Batch) (made []madeRequest, unseen []int64) {
	day := NewDay(w)
	day.Take(b)
	var open *madeRequest
	var key int64
	closed := func() {
		if open != nil {
			open.raw = wire.End(open.raw, sentAt)
			open.Body = open.raw
			if !json.Valid(open.raw) {
				open.Body, _ = json.Marshal(string(open.raw))
			}
			made = append(made, *open)
		}
		open = nil
	}
	for row := range b.Tables[table.TableEvents].Len {
		e := day.Event(b, row)
		if open != nil && (len(open.Events) >= max(wire.Limits.Batch, 1) ||
			wire.Key != nil && wire.Key(e) != key) {
			closed()
		}
		next := open
		var text []byte
		if next == nil {
			next = new(madeRequest)
			text = wire.Begin(nil, e)
		} else {
			text = append(next.raw, wire.Between...)
		}
		from := len(text)
		text, seen := wire.Event(text, e)
		if !seen {
			unseen = append(unseen, e.ID())
			continue
		}
		if open == nil {
			open = next
			if wire.Key != nil {
				key = wire.Key(e)
			}
			if wire.Attributes != nil {
				open.Header = wire.Attributes(e)
			}
		}
		open.raw, open.Events = text, append(open.Events, e.ID())
		open.at = append(open.at, [2]int{from, len(text)})
	}
	closed()
	return made, unseen
}

// checkGolden compares what a wire makes of the day of everything with
// testdata/dialects/NAME.json, and returns it.
func checkGolden(
	t *testing.T, name string, wire *Wire, w *model.World, b *table.Batch,
) []madeRequest {
	t.Helper()
	made, unseen := makeRequests(wire, w, b)
	var text bytes.Buffer
	form := json.NewEncoder(&text)
	form.SetEscapeHTML(false)
	form.SetIndent("", " ")
	if err := form.Encode(map[string]any{"header": wire.Header, "query": wire.Query,
		"requests": made, "unseen": unseen}); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "dialects", name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, text.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(text.String(), "\n")
	for i, line := range strings.Split(string(want), "\n") {
		if i >= len(got) || got[i] != line {
			t.Errorf("%s: line %d differs (go test ./export -update rewrites it)\ngot  %s\nwant %s",
				golden, i+1, got[min(i, len(got)-1)], line)
			break
		}
	}
	if len(got) != strings.Count(string(want), "\n")+1 {
		t.Errorf("%s: %d lines, want %d", golden, len(got), strings.Count(string(want), "\n")+1)
	}
	return made
}

// checkNoAllocations fails if a wire allocates anything for its events.
func checkNoAllocations(t *testing.T, wire *Wire, w *model.World, b *table.Batch) {
	t.Helper()
	day, text := NewDay(w), make([]byte, 0, 1<<20)
	day.Take(b)
	if n := testing.AllocsPerRun(10, func() {
		for row := range b.Tables[table.TableEvents].Len {
			e := day.Event(b, row)
			text = wire.Begin(text[:0], e)
			text, _ = wire.Event(text, e)
			text = wire.End(text, sentAt)
		}
	}); n != 0 {
		t.Errorf("%v allocations for the events of a day, want 0", n)
	}
}

// benchmarkWire measures how fast a wire writes the day of everything.
func benchmarkWire(b *testing.B, wire *Wire, w *model.World, batch *table.Batch) {
	day, text, bytes, events := NewDay(w), make([]byte, 0, 1<<20), 0, 0
	day.Take(batch)
	b.ReportAllocs()
	for b.Loop() {
		text = wire.Begin(text[:0], day.Event(batch, 0))
		for row := range batch.Tables[table.TableEvents].Len {
			var seen bool
			if text, seen = wire.Event(text, day.Event(batch, row)); seen {
				text = append(text, wire.Between...)
				events++
			}
		}
		text = wire.End(text, sentAt)
		bytes = len(text)
	}
	b.SetBytes(int64(bytes))
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// wordsOf returns the day of everything with other words: every word that a scenario's author
// chooses is one of two, and so is every text about a customer.
func wordsOf(word, other string) (*model.World, *table.Batch) {
	w, b := dayOfEverything()
	columns := w.Tables[table.TableEvents].Columns
	for _, c := range []int{table.EventCampaign, table.EventSource, table.EventMedium,
		table.EventReferrer, table.EventPage, table.EventSearch, table.EventProduct,
		table.EventCategory, table.EventStore, table.EventHomeCity, table.EventReason} {
		for i := range columns[c].Vocab {
			columns[c].Vocab[i] = [2]string{word, other}[i%2]
		}
	}
	for c := range w.Tables[table.TableCustomers].Columns {
		for i := range b.Tables[table.TableCustomers].Cols[c].Text {
			b.Tables[table.TableCustomers].Cols[c].Text[i] = word
		}
	}
	for i := range w.Products {
		w.Products[i].Name = other
	}
	return w, b
}

// seedWords adds words that somebody typed who wants to break things.
func seedWords(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	f.Add("\xff", "https://a/?b=c&d")
	for range 20 {
		f.Add("w"+handmade.Text(r), "w"+handmade.Text(r))
	}
}
