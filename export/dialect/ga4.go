package dialect

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// ga4Dialect is the Measurement Protocol of Google Analytics 4. A request is about one client, so
// only consecutive events of the same client share one.
//
// A property has a data stream for the web and one for each app, and so has a run: with
// measurement_id the web stream sees everything except the app, including stores, calls and mails
// where the customer is known; with firebase_app_id the app stream sees the app. client_id is the
// device's id with a point before its last ten digits, or the user's where there is no device.
// Sessions begin with their session_id: session_start is a reserved name, so the source of a visit
// is sent as campaign_details. Prices include tax, as everywhere in Europe: value is the sum of
// price times quantity, and tax is contained in it.
//
// Analytics never says that it refused something. Its debugging address, /debug/mp/collect, does
// and stores nothing: what it objects to counts as refused.
var ga4Dialect = Dialect{
	Name:    "ga4",
	Doc:     "Measurement Protocol of Google Analytics 4, POST /mp/collect",
	Example: "http://127.0.0.1:8080/mp/collect",
	Key:     "API secret",
	Limits:  Limits{Events: 25, Bytes: 130_000, Past: 72 * time.Hour, Batch: 25},
	Options: []Option{
		{Name: "measurement_id", Doc: "measurement ID of the GA4 web data stream, such as G-12345678"},
		{Name: "firebase_app_id", Doc: "Firebase app ID of the GA4 app data stream, such as " +
			"1:1234:android:abcd"},
	},
	Open: openGA4,
}

// ga4Names are the names of events by event type; those that depend on the touchpoint are in
// ga4Encoder.name.
var ga4Names = map[uint32]string{
	table.Impression:     "view_promotion",
	table.Click:          "select_promotion",
	table.SessionStart:   "campaign_details",
	table.PageView:       "page_view",
	table.ScreenView:     "screen_view",
	table.Search:         "search",
	table.ViewItem:       "view_item",
	table.AddToCart:      "add_to_cart",
	table.BeginCheckout:  "begin_checkout",
	table.Purchase:       "purchase",
	table.SignUp:         "sign_up",
	table.Login:          "login",
	table.StoreVisit:     "store_visit",
	table.Call:           "support_call",
	table.Delivery:       "order_delivered",
	table.Pickup:         "order_collected",
	table.MessageOpened:  "email_opened",
	table.MessageSent:    "email_delivered",
	table.Return:         "refund",
	table.Survey:         "survey_answered",
	table.Review:         "product_reviewed",
	table.WordOfMouth:    "recommendation_heard",
	table.Post:           "post_published",
	table.Like:           "post_liked",
	table.Comment:        "post_commented",
	table.Share:          "share",
	table.Referral:       "referral_code_shared",
	table.Chat:           "support_chat",
	table.ContactRequest: "support_ticket_opened",
	table.ContactReply:   "support_ticket_answered",
	table.Renewal:        "subscription_renewed",
	table.Cancellation:   "subscription_cancelled",
	table.RewardRedeemed: "reward_earned",
	table.StockOut:       "product_out_of_stock",
	table.QuoteRequest:   "generate_lead",

	table.ViewCart:            "view_cart",
	table.RemoveFromCart:      "remove_from_cart",
	table.AddShippingInfo:     "add_shipping_info",
	table.AddPaymentInfo:      "add_payment_info",
	table.PaymentDeclined:     "payment_declined",
	table.MessageBounced:      "email_bounced",
	table.MessageUnsubscribed: "email_unsubscribed",
	table.ConsentChanged:      "consent_changed",
}

func openGA4(w *model.World, s Settings) (*Wire, error) {
	measurement, app := s.Options["measurement_id"], s.Options["firebase_app_id"]
	query := make(url.Values)
	switch {
	case measurement != "" && app != "":
		return nil, errors.New("both measurement_id and firebase_app_id are given: a stream of " +
			"data is either of the web or of an app, run once for each")
	case app != "":
		query.Set("firebase_app_id", app)
	case measurement == "":
		return nil, fmt.Errorf("say which stream of data with %smeasurement_id=G-… "+
			"(web) or %[1]sfirebase_app_id=… (app)", s.Lead)
	case !measurementID.MatchString(measurement):
		return nil, fmt.Errorf("option measurement_id=%s: want G- and letters and digits, as in "+
			"Admin > Data streams", measurement)
	default:
		query.Set("measurement_id", measurement)
	}
	if s.Key != "" {
		query.Set("api_secret", s.Key)
	}
	x := newGA4Encoder(w, app != "")
	return &Wire{Encoder: x, Header: http.Header{"Content-Type": {"application/json"}},
		Query: query, Between: ",", Key: x.key, Answer: ga4Answer}, nil
}

var measurementID = regexp.MustCompile(`^G-[A-Z0-9]+$`)

// Lengths of values, in characters, that Analytics keeps.
const (
	ga4Value    = 100
	ga4Property = 36 // of a user
	ga4Referrer = 420
	ga4Location = 1000
)

type ga4Encoder struct {
	*lexicon
	app        bool                        // the data stream is an app's
	names      []string                    // by event type, quoted
	short      [table.EventPerson][]string // words as JSON strings, cut
	referrers  []string                    // as JSON strings, cut
	items      []string                    // names of products as JSON strings, cut
	cutCoupons []string                    // as JSON strings
	cutTiers   []string                    // as JSON strings
	devices    []string                    // members by code of device_type
	country    string                      // a member
	last       int64                       // key of the last event seen
}

func newGA4Encoder(w *model.World, app bool) *ga4Encoder {
	x := &ga4Encoder{lexicon: newLexicon(w), app: app, names: []string{""}}
	for code := range table.EventTypes {
		x.names = append(x.names, quote(ga4Names[uint32(code+1)]))
	}
	for c, words := range x.words {
		x.short[c] = quoteCut(words, ga4Value)
	}
	x.referrers = quoteCut(x.words[table.EventReferrer], ga4Referrer)
	x.items = quoteCut(x.products, ga4Value)
	x.cutCoupons = append([]string{""},
		quoteCut(w.Tables[table.TableOrders].Column("coupon").Vocab, ga4Value)...)
	x.cutTiers = append([]string{""},
		quoteCut(w.Tables[table.TableCustomers].Column("tier").Vocab, ga4Property)...)
	if w.Locale != nil {
		x.country = `,"country_id":` + quote(w.Locale.Country())
	}
	x.devices = []string{""}
	for _, kind := range []string{"mobile", "desktop", "tablet", "mobile"} {
		x.devices = append(x.devices, `,"device":{"category":`+quote(kind)+
			`,"language":`+quote(w.Scenario.Locale)+`}`)
	}
	return x
}

// quoteCut returns texts as JSON strings of at most a number of characters. Missing ones stay
// missing.
func quoteCut(texts []string, most int) []string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		if s != "" {
			quoted[i] = quote(cutRunes(s, most))
		}
	}
	return quoted
}

// cutRunes returns a text of at most a number of characters.
func cutRunes(s string, most int) string {
	s = format.ValidText(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	for i := range s {
		if most == 0 {
			return s[:i]
		}
		most--
	}
	return s
}

// key tells the events that may share a request: all that precedes the events is the same. An
// unseen event does not separate two seen ones.
func (x *ga4Encoder) key(e *Event) int64 {
	if !x.sees(e) {
		return x.last
	}
	var mixed uint64
	for _, v := range [...]int64{x.client(e), e.Int(table.EventUser), int64(x.tier(e)),
		int64(e.Code(table.EventConsent)), int64(e.Code(table.EventHomeCity)),
		int64(e.Code(table.EventDeviceType))} {
		mixed = (mixed ^ uint64(v)) * 0x9e3779b97f4a7c15
		mixed ^= mixed >> 29
	}
	x.last = int64(mixed)
	return x.last
}

// client returns the id of the browser or app, or the customer's id where there was none.
func (x *ga4Encoder) client(e *Event) int64 {
	if e.Has(table.EventDevice) {
		return e.Int(table.EventDevice)
	}
	return e.Int(table.EventUser)
}

// tier returns the loyalty tier of a customer who identified themselves, 0 if there is none.
func (x *ga4Encoder) tier(e *Event) uint32 {
	if c := e.Customer(); c != nil {
		return c.Tier
	}
	return 0
}

// Begin implements Encoder.
func (x *ga4Encoder) Begin(dst []byte, e *Event) []byte {
	if x.app {
		dst = appendInstance(append(dst, `{"app_instance_id":"`...), x.client(e))
	} else {
		dst = appendClient(append(dst, `{"client_id":"`...), x.client(e))
	}
	dst = appendIDMember(append(dst, '"'), `,"user_id":`, e.Int(table.EventUser))
	dst = appendIntMember(dst, `,"timestamp_micros":`, e.Time())
	consent := `,"consent":{"ad_user_data":"DENIED","ad_personalization":"DENIED"}`
	if e.Code(table.EventConsent) == table.ConsentGranted {
		consent = `,"consent":{"ad_user_data":"GRANTED","ad_personalization":"GRANTED"}`
	}
	dst = append(dst, consent...)
	if tier := x.cutTiers[x.tier(e)]; tier != "" {
		dst = append(dst, `,"user_properties":{"loyalty_tier":{"value":`...)
		dst = append(append(dst, tier...), `}}`...)
	}
	if city := x.short[table.EventHomeCity][e.Code(table.EventHomeCity)]; city != "" {
		dst = append(append(dst, `,"user_location":{"city":`...), city...)
		dst = append(append(dst, x.country...), '}')
	}
	dst = append(dst, x.devices[e.Code(table.EventDeviceType)]...)
	return append(dst, `,"events":[`...)
}

// End implements Encoder.
func (x *ga4Encoder) End(dst []byte, _ int64) []byte { return append(dst, `]}`...) }

// appendClient appends an id in the form of a client_id: two numbers.
func appendClient(dst []byte, id int64) []byte {
	const unit = 10_000_000_000
	dst = append(strconv.AppendInt(dst, id/unit, 10), '.')
	for rest, place := id%unit, int64(unit/10); place > 0; place /= 10 {
		dst = append(dst, '0'+byte(rest/place%10))
	}
	return dst
}

// appendInstance appends an id in the form of an app_instance_id: 32 hexadecimal digits.
func appendInstance(dst []byte, id int64) []byte {
	from := len(dst)
	dst = appendUUID(dst, id)
	return append(dst[:from], slices.DeleteFunc(dst[from:], func(b byte) bool { return b == '-' })...)
}

// Event implements Encoder.
func (x *ga4Encoder) Event(dst []byte, e *Event) ([]byte, bool) {
	if !x.sees(e) {
		return dst, false
	}
	dst = append(append(dst, `{"name":`...), x.name(e)...)
	dst = appendIDMember(dst, `,"params":{"event_id":`, e.ID())
	dst = appendIntMember(dst, `,"timestamp_micros":`, e.Time())
	if e.Has(table.EventSession) {
		dst = appendIDMember(dst, `,"session_id":`, e.Int(table.EventSession))
		engaged := int64(1)
		if e.Has(table.EventDuration) {
			engaged = max(1, e.Int(table.EventDuration))
		}
		dst = appendIntMember(dst, `,"engagement_time_msec":`, engaged)
	} else {
		dst = appendIntMember(dst, `,"duration_msec":`, e.Int(table.EventDuration))
	}
	if e.Code(table.EventPage) != 0 && !x.app {
		dst = x.page(dst, e)
	}
	dst = x.params(dst, e)
	dst = x.param(dst, `,"store_id":`, e, table.EventStore)
	dst = appendIntMember(dst, `,"score":`, e.Int(table.EventScore))
	dst = x.param(dst, `,"reason":`, e, table.EventReason)
	dst = x.param(dst, `,"marketing_channel":`, e, table.EventChannel)
	dst = x.param(dst, `,"touchpoint":`, e, table.EventTouchpoint)
	return append(dst, `}}`...), true
}

// sees reports whether the data stream sees an event: those of its own devices and, for the web,
// those of known customers.
func (x *ga4Encoder) sees(e *Event) bool {
	if x.app != e.inApp() || !e.Has(table.EventDevice) && (x.app || !e.Has(table.EventUser)) {
		return false
	}
	return e.Type() != table.SessionStart || e.Code(table.EventSource) != 0
}

// name returns the name of an event, quoted.
func (x *ga4Encoder) name(e *Event) string {
	place := table.Touchpoint(e.Code(table.EventTouchpoint))
	switch kind := e.Type(); {
	case kind == table.Click && place == table.Inbox:
		return `"email_link_clicked"`
	case kind == table.MessageSent && place == table.App:
		return `"push_delivered"`
	case kind == table.MessageOpened && place == table.App:
		return `"push_opened"`
	default:
		return x.names[kind]
	}
}

// page appends the page of the event.
func (x *ga4Encoder) page(dst []byte, e *Event) []byte {
	dst = append(dst, `,"page_location":"`...)
	from := len(dst)
	if dst = x.appendLink(dst, e); len(dst)-from > ga4Location {
		dst = dst[:from+min(len(x.links[e.Code(table.EventPage)]), ga4Location)]
	}
	dst = append(dst, '"')
	return appendMember(dst, `,"page_referrer":`, x.referrers[e.Code(table.EventReferrer)])
}

// params appends the parameters of an event that depend on its type.
func (x *ga4Encoder) params(dst []byte, e *Event) []byte {
	switch e.Type() {
	case table.SessionStart:
		return x.campaign(dst, e)
	case table.ScreenView:
		return x.param(dst, `,"screen_name":`, e, table.EventPage)
	case table.Search:
		return x.param(dst, `,"search_term":`, e, table.EventSearch)
	case table.SignUp, table.Login:
		return x.param(dst, `,"method":`, e, table.EventTouchpoint)
	case table.Impression, table.Click, table.MessageSent, table.MessageOpened,
		table.MessageBounced, table.MessageUnsubscribed:
		dst = x.param(dst, `,"promotion_id":`, e, table.EventCampaign)
		dst = x.param(dst, `,"promotion_name":`, e, table.EventCampaign)
		dst = x.param(dst, `,"category":`, e, table.EventCategory)
		return x.campaign(dst, e)
	case table.Share:
		dst = x.param(dst, `,"method":`, e, table.EventChannel)
		return append(dst, `,"content_type":"post"`...)
	case table.Purchase:
		return x.order(dst, e)
	case table.Return:
		return x.refund(dst, e)
	default:
		dst = appendIDMember(dst, `,"order_id":`, e.Int(table.EventOrder))
		return x.product(dst, e)
	}
}

// param appends a word of an event, if there is one.
func (x *ga4Encoder) param(dst []byte, key string, e *Event, column int) []byte {
	return appendMember(dst, key, x.short[column][e.Code(column)])
}

// campaign appends the source of a visit, if there is one.
func (x *ga4Encoder) campaign(dst []byte, e *Event) []byte {
	if e.Code(table.EventSource) == 0 {
		return dst
	}
	dst = x.param(dst, `,"source":`, e, table.EventSource)
	dst = x.param(dst, `,"medium":`, e, table.EventMedium)
	dst = x.param(dst, `,"campaign":`, e, table.EventCampaign)
	return x.param(dst, `,"campaign_id":`, e, table.EventCampaign)
}

// product appends the product that an event is about, as the only item.
func (x *ga4Encoder) product(dst []byte, e *Event) []byte {
	code, category := e.Code(table.EventProduct), e.Code(table.EventCategory)
	if code == 0 {
		return x.param(dst, `,"category":`, e, table.EventCategory)
	}
	pieces, price := e.Int(table.EventQuantity), e.Int(table.EventPrice)
	if pieces == table.Null {
		pieces = 1
	}
	if price != table.Null {
		dst = append(dst, x.currency...)
		dst = appendCentsMember(dst, `,"value":`, price*pieces)
	}
	dst = x.item(append(dst, `,"items":[`...), code, category)
	dst = appendCentsMember(dst, `,"price":`, price)
	return append(appendIntMember(dst, `,"quantity":`, pieces), `}]`...)
}

// refund appends a refund, a part of an order.
func (x *ga4Encoder) refund(dst []byte, e *Event) []byte {
	dst = appendIDMember(dst, `,"transaction_id":`, e.Int(table.EventOrder))
	code, paid, pieces := e.Code(table.EventProduct), e.Refund(), e.Int(table.EventQuantity)
	if code == 0 || paid == table.Null || pieces < 1 {
		return dst
	}
	dst = appendCentsMember(append(dst, x.currency...), `,"value":`, paid)
	dst = x.item(append(dst, `,"items":[`...), code, e.Code(table.EventCategory))
	dst = appendEach(append(dst, `,"price":`...), paid, pieces)
	return append(appendIntMember(dst, `,"quantity":`, pieces), `}]`...)
}

// item appends the description of a product, the beginning of an item.
func (x *ga4Encoder) item(dst []byte, product, category uint32) []byte {
	dst = append(append(dst, `{"item_id":`...), x.short[table.EventProduct][product]...)
	dst = appendMember(dst, `,"item_name":`, x.items[product])
	return appendMember(dst, `,"item_category":`, x.short[table.EventCategory][category])
}

// order appends an order. An item's price is what was paid for a unit, its discount what was
// deducted before.
func (x *ga4Encoder) order(dst []byte, e *Event) []byte {
	dst = appendIDMember(dst, `,"transaction_id":`, e.Int(table.EventOrder))
	dst = append(dst, x.currency...)
	o := e.Order()
	if o == nil {
		return appendCentsMember(dst, `,"value":`, e.Int(table.EventRevenue))
	}
	dst = appendCentsMember(dst, `,"value":`, o.Total-o.Shipping)
	dst = appendCentsMember(dst, `,"tax":`, o.Tax)
	dst = appendCentsMember(dst, `,"shipping":`, o.Shipping)
	dst = appendMember(dst, `,"coupon":`, x.cutCoupons[o.Coupon])
	dst = append(dst, `,"items":[`...)
	const most = 200 // items of an event
	for i := range o.Lines[:min(len(o.Lines), most)] {
		l := &o.Lines[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = x.item(dst, l.Product, l.Category)
		dst = appendIntMember(dst, `,"index":`, int64(i))
		dst = appendEach(append(dst, `,"price":`...), l.Quantity*l.Price-l.Discount, l.Quantity)
		if l.Discount != 0 {
			dst = appendEach(append(dst, `,"discount":`...), l.Discount, l.Quantity)
		}
		dst = append(appendIntMember(dst, `,"quantity":`, l.Quantity), '}')
	}
	return append(dst, ']')
}

// appendEach appends an amount divided by a quantity, with four decimals where two are not exact.
func appendEach(dst []byte, cents, pieces int64) []byte {
	if pieces == 0 || cents%pieces == 0 {
		return appendCents(dst, cents/max(pieces, 1))
	}
	parts := int64(table.Cents(cents * 100).Per(pieces))
	dst = appendCents(dst, parts/100)
	return append(dst, '0'+byte(parts/10%10), '0'+byte(parts%10))
}

// ga4Answer reads an answer: nothing, or the messages of the debugging address.
func ga4Answer(status int, body []byte, events int) Answer {
	a := byStatus(status, body, events)
	var said struct {
		Messages []struct {
			FieldPath, Description, ValidationCode string
		} `json:"validationMessages"`
	}
	if len(a.Rejected) > 0 || json.Unmarshal(body, &said) != nil || len(said.Messages) == 0 {
		return a
	}
	var bad []int
	for _, m := range said.Messages {
		at := indexOfEvent(m.FieldPath, m.Description)
		if at < 0 || at >= events {
			bad = nil
			break
		}
		bad = append(bad, at)
	}
	m := said.Messages[0]
	why := format.ValidText(m.ValidationCode + ": " + m.Description)
	if bad == nil {
		return Refused(events, why)
	}
	slices.Sort(bad)
	bad = slices.Compact(bad)
	return Answer{Accepted: events - len(bad), Rejected: bad, Why: why}
}

var eventIndex = regexp.MustCompile(`^events[.\[](\d+)|^Event at index: \[(\d+)\]`)

// indexOfEvent returns the place of the event that a message is about, -1 if it names none.
func indexOfEvent(texts ...string) int {
	for _, text := range texts {
		if m := eventIndex.FindStringSubmatch(text); m != nil {
			if at, err := strconv.Atoi(m[1] + m[2]); err == nil {
				return at
			}
		}
	}
	return -1
}
