package dialect

import (
	"net/http"
	"strconv"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// snowplowDialect is the tracker protocol of Snowplow, version tp2. Shopping has the e-commerce
// schemas, and searches, screens and adverts have theirs, all of which are in Iglu Central. What
// has no schema there, such as surveys, is a structured event: a schema that no registry has would
// turn it into a bad row.
//
// Identity: duid is the browser or app installation and uid the customer where they are recognised,
// as UUID and number; a row with both joins them. The visit is sid and the client_session entity.
// Its index is always 1, because events do not tell which of a person's visits it is. Consent is
// the basis of the gdpr entity: legitimate_interests where it was denied. ttm sets the time of an
// event to when it happened, whenever it is sent.
var snowplowDialect = Dialect{
	Name:    "snowplow",
	Doc:     "Snowplow's tracker protocol, POST /com.snowplowanalytics.snowplow/tp2",
	Example: "http://127.0.0.1:8080/com.snowplowanalytics.snowplow/tp2",
	Limits:  Limits{Bytes: 1_000_000, EventBytes: 900_000, Batch: 100},
	Options: []Option{{Name: "app_id", Doc: "the application that sends the events", Default: "shop"}},
	Open: func(w *model.World, s Settings) (*Wire, error) {
		return &Wire{
			Encoder: newSnowplowEncoder(w, s.Options["app_id"]),
			Header:  http.Header{"Content-Type": {"application/json; charset=UTF-8"}},
			Between: ",",
		}, nil
	},
}

// The text before the data of Snowplow's self-describing JSON.
const (
	iglu         = `{"schema":"iglu:com.snowplowanalytics.snowplow/`
	igluCommerce = `{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/`
	igluMobile   = `{"schema":"iglu:com.snowplowanalytics.mobile/`

	actionHead = igluCommerce + `snowplow_ecommerce_action/jsonschema/1-0-2","data":{"type":"`
)

type snowplowEncoder struct {
	*lexicon
	tracker string // tracker and application, as members
	unknown Order  // an order that the stream has not seen
	inner   []byte // JSON on its way into a string
}

func newSnowplowEncoder(w *model.World, app string) *snowplowEncoder {
	x := &snowplowEncoder{lexicon: newLexicon(w),
		unknown: Order{Discount: table.Null, Shipping: table.Null, Tax: table.Null}}
	x.tracker = `","tv":"percorso-` + model.Release + `","tna":"percorso","aid":` + quote(app)
	return x
}

func (x *snowplowEncoder) Begin(dst []byte, _ *Event) []byte {
	return append(dst, iglu+`payload_data/jsonschema/1-0-4","data":[`...)
}

func (x *snowplowEncoder) End(dst []byte, _ int64) []byte { return append(dst, `]}`...) }

func (x *snowplowEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	if !e.identified() || e.Type() == table.SessionStart { // a visit is a context, not an event
		return dst, false
	}
	if e.Type() == table.PageView {
		dst = append(dst, `{"e":"pv"`...)
		dst = x.member(dst, `,"page":`, e, table.EventPage)
	} else if x.told(e) {
		dst = append(dst, `{"e":"ue","ue_pr":"`...)
		dst = append(x.nested(dst, `unstruct_event/jsonschema/1-0-0`), '"')
	} else {
		dst = x.structured(dst, e)
	}
	dst = x.place(dst, e)
	dst = x.common(dst, e)
	x.contexts(e)
	dst = append(dst, `,"co":"`...)
	dst = x.nested(dst, `contexts/jsonschema/1-0-0`)
	return append(dst, `"}`...), true
}

// nested appends the inner JSON as the data of a schema, escaped as a string in JSON. It has no
// control characters, being JSON.
func (x *snowplowEncoder) nested(dst []byte, schema string) []byte {
	dst = append(append(append(dst, `{\"schema\":\"iglu:com.snowplowanalytics.snowplow/`...),
		schema...), `\",\"data\":`...)
	done := 0
	for i, b := range x.inner {
		if b == '"' || b == '\\' {
			dst = append(append(dst, x.inner[done:i]...), '\\')
			done = i
		}
	}
	return append(append(dst, x.inner[done:]...), '}')
}

// told writes the data of an event with a schema of its own into inner; false: it has no schema.
func (x *snowplowEncoder) told(e *Event) bool {
	in := x.inner[:0]
	product := e.Code(table.EventProduct) != 0 && e.Has(table.EventPrice)
	switch kind := e.Type(); {
	case kind == table.ScreenView && e.Code(table.EventPage) != 0:
		in = append(in, igluMobile+`screen_view/jsonschema/1-0-0","data":{"id":"`...)
		in = append(appendUUID(in, e.ID()), '"')
		in = x.member(in, `,"name":`, e, table.EventPage)
	case kind == table.Search && e.Code(table.EventSearch) != 0:
		in = x.member(in, iglu+`site_search/jsonschema/1-0-0","data":{"terms":[`, e, table.EventSearch)
		in = append(in, ']')
	case kind == table.ViewItem && product:
		in = append(in, actionHead+`product_view"`...)
	case kind == table.AddToCart && product:
		in = append(in, actionHead+`add_to_cart"`...)
	case kind == table.RemoveFromCart && product:
		in = append(in, actionHead+`remove_from_cart"`...)
	case checkoutStep(kind) > 0:
		in = append(in, actionHead+`checkout_step"`...)
	case kind == table.PaymentDeclined:
		in = append(in, actionHead+`trns_error"`...)
	case kind == table.Purchase && e.Has(table.EventOrder):
		in = append(in, actionHead+`transaction"`...)
	case kind == table.Return && product && e.Has(table.EventOrder) && e.Refund() != table.Null:
		in = append(in, actionHead+`refund"`...)
	case kind == table.Impression:
		in = append(in, iglu+`ad_impression/jsonschema/1-0-0","data":{"impressionId":"`...)
		in = x.advert(in, e)
	case kind == table.Click && table.Touchpoint(e.Code(table.EventTouchpoint)) != table.Inbox:
		in = append(in, iglu+`ad_click/jsonschema/1-0-0","data":{"clickId":"`...)
		in = x.advert(in, e)
	default:
		return false
	}
	x.inner = append(in, `}}`...)
	return true
}

// checkoutStep returns which step of the checkout an event of a type is, from 1, or 0.
func checkoutStep(kind uint32) byte {
	switch kind {
	case table.BeginCheckout:
		return 1
	case table.AddShippingInfo:
		return 2
	case table.AddPaymentInfo:
		return 3
	}
	return 0
}

// advert appends the rest of an advert, after the quote before its id.
func (x *snowplowEncoder) advert(in []byte, e *Event) []byte {
	in = append(appendUUID(in, e.ID()), `","targetUrl":"`+shopURL+`/"`...)
	in = x.member(in, `,"zoneId":`, e, table.EventTouchpoint)
	return x.member(in, `,"campaignId":`, e, table.EventCampaign)
}

// structured appends the members of an event without a schema: category is the channel, action what
// happened, label what it was about, property its order or store, value a score or a duration.
func (x *snowplowEncoder) structured(dst []byte, e *Event) []byte {
	dst = append(dst, `{"e":"se"`...)
	dst = x.member(dst, `,"se_ca":`, e, table.EventChannel)
	dst = x.member(dst, `,"se_ac":`, e, table.EventType)
	for _, column := range [...]int{table.EventProduct, table.EventCampaign, table.EventReason,
		table.EventSearch, table.EventCategory} {
		if e.Code(column) != 0 {
			dst = x.member(dst, `,"se_la":`, e, column)
			break
		}
	}
	if e.Has(table.EventOrder) {
		dst = appendIDMember(dst, `,"se_pr":`, e.Int(table.EventOrder))
	} else {
		dst = x.member(dst, `,"se_pr":`, e, table.EventStore)
	}
	if e.Has(table.EventScore) {
		return appendIDMember(dst, `,"se_va":`, e.Int(table.EventScore))
	}
	return appendIDMember(dst, `,"se_va":`, e.Int(table.EventDuration))
}

// place appends where an event happened.
func (x *snowplowEncoder) place(dst []byte, e *Event) []byte {
	switch {
	case !e.Has(table.EventDevice):
		return append(dst, `,"p":"srv`...)
	case e.inApp():
		return append(dst, `,"p":"mob`...)
	}
	if e.Code(table.EventPage) != 0 {
		dst = append(x.appendLink(append(dst, `,"url":"`...), e), '"')
	}
	dst = x.member(dst, `,"refr":`, e, table.EventReferrer)
	return append(dst, `,"p":"web`...)
}

// common appends the members of every event: which, by which tracker, whose, when. A tracker sends
// an event just before it is received.
func (x *snowplowEncoder) common(dst []byte, e *Event) []byte {
	dst = append(dst, x.tracker...)
	dst = append(appendUUID(append(dst, `,"eid":"`...), e.ID()), '"')
	dst = appendUUIDMember(dst, `,"duid":"`, e.Int(table.EventDevice))
	dst = appendUUIDMember(dst, `,"sid":"`, e.Int(table.EventSession))
	dst = appendIDMember(dst, `,"uid":`, e.Int(table.EventUser))
	dst = appendIDMember(dst, `,"dtm":`, e.Time()/1000)
	dst = appendIDMember(dst, `,"ttm":`, e.Time()/1000)
	return appendIDMember(dst, `,"stm":`, e.Int(table.EventReceived)/1000)
}

// appendUUIDMember is appendIDMember for an id that is written as a UUID; key ends with its quote.
func appendUUIDMember(dst []byte, key string, id int64) []byte {
	if id == table.Null {
		return dst
	}
	return append(appendUUID(append(dst, key...), id), '"')
}

// contexts writes the entities of an event into inner, as a list.
func (x *snowplowEncoder) contexts(e *Event) {
	in := append(x.inner[:0], `[`+iglu+`gdpr/jsonschema/1-0-0","data":{"basisForProcessing":`...)
	if e.Code(table.EventConsent) == table.ConsentGranted {
		in = append(in, `"consent"}}`...)
	} else {
		in = append(in, `"legitimate_interests"}}`...)
	}
	if e.Has(table.EventSession) && e.Has(table.EventDevice) {
		in = x.session(in, e)
	}
	switch kind := e.Type(); kind {
	case table.ViewItem, table.AddToCart, table.RemoveFromCart:
		in = x.viewed(in, e)
	case table.BeginCheckout, table.AddShippingInfo, table.AddPaymentInfo:
		in = append(in, `,`+igluCommerce+`checkout_step/jsonschema/1-0-0","data":{"step":`...)
		in = append(in, '0'+checkoutStep(kind), '}', '}')
	case table.PaymentDeclined:
		in = append(in, `,`+igluCommerce+`transaction_error/jsonschema/1-0-0","data":{`+
			`"error_shortcode":"declined_by_payment_method"}}`...)
	case table.Purchase:
		in = x.customer(x.transaction(in, e), e)
	case table.Return:
		in = x.viewed(x.refund(in, e), e)
	case table.SignUp, table.Login:
		in = x.customer(in, e)
	}
	x.inner = append(in, ']')
}

// session appends the visit.
func (x *snowplowEncoder) session(in []byte, e *Event) []byte {
	in = append(in, `,`+iglu+`client_session/jsonschema/1-0-2","data":{"userId":"`...)
	in = appendUUID(in, e.Int(table.EventDevice))
	in = appendUUID(append(in, `","sessionId":"`...), e.Int(table.EventSession))
	in = append(in, `","sessionIndex":1,"previousSessionId":null,"storageMechanism":"`...)
	if e.inApp() {
		in = append(in, "SQLITE"...)
	} else {
		in = append(in, "COOKIE_1"...)
	}
	in = x.appendTime(append(in, `","firstEventTimestamp":"`...), e.SessionStart())
	return append(in, `"}}`...)
}

// viewed appends the product that an event is about.
func (x *snowplowEncoder) viewed(in []byte, e *Event) []byte {
	if e.Code(table.EventProduct) == 0 || !e.Has(table.EventPrice) {
		return in
	}
	return x.product(in, OrderLine{e.Code(table.EventProduct), e.Code(table.EventCategory),
		e.Int(table.EventQuantity), e.Int(table.EventPrice), 0})
}

// product appends a product. Its schema wants a category.
func (x *snowplowEncoder) product(in []byte, l OrderLine) []byte {
	in = append(in, `,`+igluCommerce+`product/jsonschema/1-0-0","data":{"id":`...)
	in = append(in, x.quoted[table.EventProduct][l.Product]...)
	in = format.AppendJSON(append(in, `,"name":`...), x.products[l.Product])
	if l.Category == 0 {
		in = append(in, `,"category":""`...)
	}
	in = appendMember(in, `,"category":`, x.quoted[table.EventCategory][l.Category])
	in = appendCentsMember(in, `,"price":`, l.Price)
	in = appendIntMember(in, `,"quantity":`, l.Quantity)
	return append(append(in, x.currency...), `}}`...)
}

// transaction appends an order. The schema requires a payment method, which events do not have.
func (x *snowplowEncoder) transaction(in []byte, e *Event) []byte {
	if !e.Has(table.EventOrder) {
		return in
	}
	total, o := e.Int(table.EventRevenue), e.Order()
	if o == nil {
		o = &x.unknown
	} else {
		total = o.Total
	}
	quantity := int64(0)
	for i := range o.Lines {
		quantity += o.Lines[i].Quantity
	}
	in = append(in, `,`+igluCommerce+`transaction/jsonschema/1-0-0","data":{`...)
	in = appendIDMember(in, `"transaction_id":`, e.Int(table.EventOrder))
	in = appendCentsMember(in, `,"revenue":`, total)
	in = append(append(in, x.currency...), `,"payment_method":"unknown","total_quantity":`...)
	in = strconv.AppendInt(in, quantity, 10)
	in = appendCentsMember(in, `,"tax":`, o.Tax)
	in = appendCentsMember(in, `,"shipping":`, o.Shipping)
	in = appendMember(in, `,"discount_code":`, x.coupons[o.Coupon])
	in = append(appendCentsMember(in, `,"discount_amount":`, o.Discount), `}}`...)
	for i := range o.Lines {
		in = x.product(in, o.Lines[i])
	}
	return in
}

// refund appends a refund.
func (x *snowplowEncoder) refund(in []byte, e *Event) []byte {
	if !e.Has(table.EventOrder) || e.Refund() == table.Null {
		return in
	}
	in = append(in, `,`+igluCommerce+`refund/jsonschema/1-0-0","data":{`...)
	in = appendIDMember(in, `"transaction_id":`, e.Int(table.EventOrder))
	in = append(in, x.currency...)
	in = appendCentsMember(in, `,"refund_amount":`, e.Refund())
	return append(x.member(in, `,"refund_reason":`, e, table.EventReason), `}}`...)
}

// customer appends the customer.
func (x *snowplowEncoder) customer(in []byte, e *Event) []byte {
	c := e.Customer()
	if c == nil || !e.Has(table.EventUser) {
		return in
	}
	in = append(in, `,`+igluCommerce+`user/jsonschema/1-0-0","data":{`...)
	in = appendIDMember(in, `"id":`, c.User)
	return append(format.AppendJSON(append(in, `,"is_guest":false,"email":`...), c.Email), `}}`...)
}
