package export

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

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
)

var updating = flag.Bool("update-dialects", false, "rewrite golden files")

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
		all := has{model.EventCity: "Forlì", model.EventConsent: "granted",
			model.EventChannel: "direct"}
		for _, p := range parts {
			maps.Copy(all, p)
		}
		return all
	}
	at := func(place string) has { return has{model.EventTouchpoint: place} }
	visit := func(device, session int64, on string) has {
		return has{model.EventDevice: device, model.EventSession: session,
			model.EventDeviceType: on}
	}
	page := func(path string) has { return has{model.EventPage: path} }
	on := func(ms int) has { return has{model.EventDuration: ms} }
	user := func(id int64) has { return has{model.EventUser: id} }
	order := func(id int64) has { return has{model.EventOrder: id} }
	store := has{model.EventStore: "S'1"}
	came := has{model.EventSource: "news & letter", model.EventMedium: "email",
		model.EventCampaign: nasty, model.EventChannel: "email"}
	found := has{model.EventSource: "google", model.EventMedium: "organic",
		model.EventReferrer: "https://www.google.com/", model.EventChannel: "organic_search"}
	coat := has{model.EventProduct: "P00001", model.EventCategory: "coats",
		model.EventPrice: 120_60}
	coatPage := page("/p/P00001")
	coats := has{model.EventCategory: "coats"}
	web, app := with(at("web"), visit(annaBrowser, webVisit, "desktop")),
		with(at("app"), visit(annaApp, appVisit, "app"), user(annaUser))
	stranger := with(at("web"), visit(strangerUnit, firstVisit, "phone"),
		has{model.EventConsent: "denied"})
	known := with(web, user(annaUser))
	return []happening{
		{model.Impression, with(at("street"), coats, has{model.EventCampaign: "spring"})},
		{model.Impression, with(at("web"), coats)},
		{model.Impression, with(at("social_feed"), coats, has{model.EventCampaign: "spring",
			model.EventDevice: strangerUnit, model.EventDeviceType: "phone"})},
		{model.Click, with(at("social_feed"), found, has{model.EventCampaign: "spring",
			model.EventDevice: strangerUnit, model.EventDeviceType: "phone",
			model.EventConsent: "denied"})},
		{model.SessionStart, with(stranger, found)},
		{model.PageView, with(stranger, found, page("/"), on(1_234))},
		{model.Search, with(stranger, page("/search"), on(9_876),
			has{model.EventSearch: nasty})},
		{model.ProductView, with(stranger, coat, coatPage, on(14_898))},
		{model.StockOut, with(stranger, coat, coatPage)},
		{model.Send, with(at("inbox"), user(annaUser), has{model.EventCampaign: nasty})},
		{model.Open, with(at("inbox"), user(annaUser), has{model.EventCampaign: nasty,
			model.EventDevice: annaBrowser, model.EventDeviceType: "desktop"})},
		{model.Click, with(at("inbox"), came, has{model.EventDevice: annaBrowser,
			model.EventDeviceType: "desktop"})},
		{model.SessionStart, with(web, came)},
		{model.PageView, with(web, came, page("/c/città b&b"), coats, on(17_385))},
		{model.ProductView, with(web, coat, coatPage, on(20_001))},
		{model.AddToCart, with(web, coat, coatPage, has{model.EventQuantity: 2})},
		{model.Signup, with(known, page("/login"))},
		{model.CheckoutStart, with(known, page("/checkout"))},
		{model.Purchase, with(known, page("/order-confirmation"), order(webOrder), store,
			has{model.EventRevenue: 248_98})},
		{model.Login, with(known, page("/login"))},
		{model.Quote, with(known, coats)},
		{model.Send, with(at("app"), user(annaUser))},
		{model.Open, with(at("app"), user(annaUser))},
		{model.SessionStart, app},
		{model.ScreenView, with(app, page("/"), on(50_629))},
		{model.ProductView, with(app, coat, coatPage, on(39_552))},
		{model.Search, with(app, page("/search"), on(13_155), has{model.EventSearch: "piumino"})},
		{model.Reward, with(app, has{model.EventSession: nil, model.EventDevice: nil,
			model.EventDeviceType: nil})},
		{model.StoreVisit, with(at("store"), store, on(1_069_934))},
		{model.StockOut, with(at("store"), store, coat)},
		{model.Purchase, with(at("store"), store, order(storeOrder),
			has{model.EventRevenue: 19_99})},
		{model.StoreVisit, with(at("store"), store, on(60_000), user(berndUser))},
		{model.Purchase, with(at("store"), store, order(cardOrder), user(berndUser),
			has{model.EventRevenue: 120_60})},
		{model.Purchase, with(at("phone"), order(phoneOrder), user(annaUser),
			has{model.EventRevenue: 10})},
		{model.Delivery, with(at("parcel"), order(oldOrder), user(annaUser))},
		{model.Collection, with(at("store"), store, order(oldOrder), user(berndUser))},
		{model.Return, with(at("store"), store, order(oldOrder), coat,
			has{model.EventQuantity: 1, model.EventReason: nasty})},
		{model.Return, with(at("parcel"), order(oldOrder), user(annaUser), coat,
			has{model.EventQuantity: 1, model.EventReason: "quality"})},
		{model.Survey, with(at("inbox"), order(oldOrder), user(annaUser),
			has{model.EventScore: 10})},
		{model.Review, with(at("web"), order(oldOrder), user(annaUser), coat, coatPage,
			has{model.EventScore: 5})},
		{model.Call, with(at("phone"), on(357_587), has{model.EventReason: "quality"})},
		{model.Call, with(at("phone"), on(1), user(annaUser), order(oldOrder))},
		{model.Chat, with(at("web"), on(345_662), user(annaUser),
			has{model.EventReason: "quality"})},
		{model.Request, with(at("inbox"), order(oldOrder), has{model.EventReason: "quality"})},
		{model.Reply, with(at("inbox"), user(annaUser), has{model.EventReason: "quality"})},
		{model.Talk, with(at("street"), coats)},
		{model.Post, with(at("social_feed"), coats)},
		{model.Like, with(at("social_feed"), coats)},
		{model.Comment, with(at("social_feed"), coats)},
		{model.Repost, with(at("social_feed"), coats, user(annaUser))},
		{model.Referral, with(at("street"))},
		{model.Renewal, with(at("inbox"), user(annaUser))},
		{model.Cancellation, with(at("inbox"), user(annaUser), has{model.EventReason: nasty})},
	}
}()

// dayOfEverything returns a world and what happens on a day of it: every type of event, with the
// orders and customers behind them.
func dayOfEverything() (*model.World, *model.Batch) {
	w := handmade.World(1)
	w.Scenario.Locale = "it-IT"
	w.Products = []model.ProductPlan{{Name: "Coat \"n. 1\" \\ 👗 " + strings.Repeat("è", 100),
		Price: 120_60}, {Name: "Sock", Price: 4_19}}
	words := map[int][]string{model.EventType: model.EventTypes,
		model.EventTouchpoint: model.Touchpoints, model.EventDeviceType: model.Devices,
		model.EventConsent: {"granted", "denied"}, model.EventProduct: {"P00001", "P00002"},
		model.EventCategory: {"coats", "socks & co"}}
	columns := w.Tables[model.TableEvents].Columns
	for c := range model.EventPerson {
		if columns[c].Kind == model.Code {
			columns[c].Vocab = words[c]
		}
	}
	b := model.NewBatch(w.Tables, len(happenings))
	b.Last = true
	for i, h := range happenings {
		addEvent(w, b, i, h)
	}
	addOrders(w, b)
	addReturns(w, b)
	addCustomers(w, b)
	return w, b
}

func addEvent(w *model.World, b *model.Batch, i int, h happening) {
	row, columns := b.Add(w.Tables, model.TableEvents), w.Tables[model.TableEvents].Columns
	day := time.Date(2025, time.October, 25, 6, 0, 0, 123_456_000, time.UTC)
	values := maps.Clone(h.has)
	values[model.EventID] = 2_251_799_813_685_248 + int64(i)*1_000_003
	values[model.EventTime] = day.UnixMicro() + int64(i)*61_234_567
	values[model.EventReceived] = day.UnixMicro() + int64(i)*61_234_567 + 250_000
	values[model.EventType] = model.EventTypes[h.kind-1]
	for c := range columns {
		v := &b.Tables[model.TableEvents].Cols[c]
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
			if columns[c].Kind == model.Code {
				v.Code[row] = 0
			} else {
				v.Int[row] = model.Null
			}
		}
	}
}

// set sets columns of a new row of a table; those that are not named are missing.
func set(w *model.World, b *model.Batch, t model.TableID, values map[string]any) {
	row := b.Add(w.Tables, t)
	for c := range w.Tables[t].Columns {
		column, v := &w.Tables[t].Columns[c], &b.Tables[t].Cols[c]
		switch value := values[column.Name].(type) {
		case string:
			if column.Kind == model.Text {
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
			case model.Text:
				v.Text[row] = ""
			case model.Code:
				v.Code[row] = 0
			default:
				v.Int[row] = model.Null
			}
		}
	}
}

func addOrders(w *model.World, b *model.Batch) {
	type has = map[string]any
	order := func(id int64, subtotal, discount, shipping, tax int, coupon any, fulfilment string) {
		set(w, b, model.TableOrders, has{"order_id": id, "subtotal": subtotal,
			"discount": discount, "shipping": shipping, "tax": tax,
			"total": subtotal - discount + shipping, "coupon": coupon, "fulfilment": fulfilment})
	}
	order(webOrder, 245_39, 1_40, 4_99, 44_90, "TAKE \"5\" & go", "collect")
	order(storeOrder, 19_99, 0, 0, 3_60, nil, "carry_out")
	order(cardOrder, 120_60, 0, 0, 21_75, nil, "carry_out")
	order(phoneOrder, 10, 0, 0, 2, nil, "ship")
	line := func(order int64, line int, product, category string, quantity, price, discount int) {
		set(w, b, model.TableOrderLines, has{"order_id": order, "line": line,
			"product_id": product, "category": category, "quantity": quantity,
			"unit_price": price, "amount": quantity * price, "discount": discount})
	}
	for _, t := range []model.TableID{model.TableOrderLines} {
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
func addReturns(w *model.World, b *model.Batch) {
	rows := &b.Tables[model.TableEvents]
	w.Tables[model.TableReturns].Column("product_id").Vocab = []string{"P00001", "P00002"}
	for row := range rows.Len {
		if rows.Cols[model.EventType].Code[row] == model.Return {
			set(w, b, model.TableReturns, map[string]any{"product_id": "P00001",
				"order_id":    rows.Cols[model.EventOrder].Int[row],
				"return_time": rows.Cols[model.EventTime].Int[row], "quantity": 1,
				"refund": 110_10})
		}
	}
}

func addCustomers(w *model.World, b *model.Batch) {
	type has = map[string]any
	w.Tables[model.TableCustomers].Column("tier").Vocab = []string{"bronze", "silver", "gold"}
	known := time.Date(2025, time.October, 25, 6, 17, 0, 0, time.UTC).UnixMicro()
	set(w, b, model.TableCustomers, has{"user_id": annaUser, "first_name": "Anna \"Nina\"",
		"last_name": "D'Alò 👩🏽‍🚀", "email": "anna.dalo@mail.example",
		"phone": "+39 0543 123456", "birth_date": -3_000, "street": "Via Roma \\ 1",
		"postal_code": "47121",
		"city":        "Forlì", "province": "FC", "country": "IT", "consent_marketing": 1,
		"consent_profiling": 0, "first_seen": known, "known_since": known, "known_by": "login"})
	set(w, b, model.TableCustomers, has{"user_id": berndUser, "first_name": "Bernd",
		"last_name": "Müller", "email": "bernd@mail.example", "phone": "+39 0543 654321",
		"birth_date": 5_000, "street": "Via Milano 2", "postal_code": "47121", "city": "Forlì",
		"province": "FC", "country": "IT", "consent_marketing": 0, "consent_profiling": 1,
		"first_seen": known, "known_since": known - dayMicros, "known_by": "loyalty_card",
		"loyalty_card": "29001234", "tier": "gold", "points": 800})
}

// The day of everything has every type of event.
func TestDayOfEverythingHasEverything(t *testing.T) {
	_, b := dayOfEverything()
	seen := map[uint32]bool{}
	for _, code := range b.Tables[model.TableEvents].Cols[model.EventType].Code[:len(happenings)] {
		seen[code] = true
	}
	for i, name := range model.EventTypes {
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
func makeRequests(wire *Wire, w *model.World, b *model.Batch) (made []madeRequest, unseen []int64) {
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
	for row := range b.Tables[model.TableEvents].Len {
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
	t *testing.T, name string, wire *Wire, w *model.World, b *model.Batch,
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
	if *updating {
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
func checkNoAllocations(t *testing.T, wire *Wire, w *model.World, b *model.Batch) {
	t.Helper()
	day, text := NewDay(w), make([]byte, 0, 1<<20)
	day.Take(b)
	if n := testing.AllocsPerRun(10, func() {
		for row := range b.Tables[model.TableEvents].Len {
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
func benchmarkWire(b *testing.B, wire *Wire, w *model.World, batch *model.Batch) {
	day, text, bytes, events := NewDay(w), make([]byte, 0, 1<<20), 0, 0
	day.Take(batch)
	b.ReportAllocs()
	for b.Loop() {
		text = wire.Begin(text[:0], day.Event(batch, 0))
		for row := range batch.Tables[model.TableEvents].Len {
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
func wordsOf(word, other string) (*model.World, *model.Batch) {
	w, b := dayOfEverything()
	columns := w.Tables[model.TableEvents].Columns
	for _, c := range []int{model.EventCampaign, model.EventSource, model.EventMedium,
		model.EventReferrer, model.EventPage, model.EventSearch, model.EventProduct,
		model.EventCategory, model.EventStore, model.EventCity, model.EventReason} {
		for i := range columns[c].Vocab {
			columns[c].Vocab[i] = [2]string{word, other}[i%2]
		}
	}
	for c := range w.Tables[model.TableCustomers].Columns {
		for i := range b.Tables[model.TableCustomers].Cols[c].Text {
			b.Tables[model.TableCustomers].Cols[c].Text[i] = word
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
