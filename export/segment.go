package export

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/percorso/percorso/model"
)

// segmentDialect is the HTTP Tracking API of Segment, which RudderStack and Jitsu take too. The
// names of commerce events and their properties are those of Segment's e-commerce specification V2.
//
// Identity: anonymousId is the browser or app installation, userId the customer where she is
// recognised. Who signs up, logs in or becomes known by an order is identified, with her traits; at
// a signup an alias joins what she did before. Orders and returns in shops by people whom nobody knows have the order for
// an anonymousId. What has no id at all, an advert in the street, is not seen: RudderStack refuses
// the whole batch for one such event, and Segment drops it in silence.
//
// What we do not know is left out: user agents, addresses of machines, titles of pages, the system
// of a phone (which is all that context.device.type may say), what is in the cart at the checkout.
var segmentDialect = Dialect{
	Name:    "segment",
	Aliases: []string{"rudderstack", "jitsu"},
	Doc:     "Segment's HTTP Tracking API, POST /v1/batch; also RudderStack and Jitsu",
	Example: "http://127.0.0.1:8080/v1/batch",
	Key:     "write key",
	// A signup makes three calls, and 2,500 calls do not fit into so many bytes: the number of calls,
	// above which Segment says yes and takes nothing, is never reached.
	Limits: Limits{Events: 2500, Bytes: 500_000, EventBytes: 32_000, Batch: 100},
	Open: func(w *model.World, s Settings) (*Wire, error) {
		header := http.Header{"Content-Type": {"application/json"}}
		if s.Key != "" {
			header.Set("Authorization",
				"Basic "+base64.StdEncoding.EncodeToString([]byte(s.Key+":")))
		}
		return &Wire{Encoder: newSegmentEncoder(w), Header: header, Between: ",",
			Answer: segmentAnswer}, nil
	},
}

// segmentNames are the names of track calls by event type. Page and screen views have calls of
// their own; those that depend on the touchpoint are in segmentEncoder.name.
var segmentNames = map[uint32]string{
	model.Impression:    "Promotion Viewed",
	model.Click:         "Promotion Clicked",
	model.SessionStart:  "Session Started",
	model.Search:        "Products Searched",
	model.ProductView:   "Product Viewed",
	model.AddToCart:     "Product Added",
	model.CheckoutStart: "Checkout Started",
	model.Purchase:      "Order Completed",
	model.Signup:        "Signed Up",
	model.Login:         "Signed In",
	model.StoreVisit:    "Store Visited",
	model.Call:          "Support Call Ended",
	model.Delivery:      "Order Delivered",
	model.Collection:    "Order Collected",
	model.Open:          "Email Opened",
	model.Send:          "Email Delivered",
	model.Return:        "Order Refunded",
	model.Survey:        "Survey Answered",
	model.Review:        "Product Reviewed",
	model.Talk:          "Recommendation Heard",
	model.Post:          "Post Published",
	model.Like:          "Post Liked",
	model.Comment:       "Post Commented",
	model.Repost:        "Post Shared",
	model.Referral:      "Referral Code Shared",
	model.Chat:          "Live Chat Conversation Ended",
	model.Request:       "Support Ticket Opened",
	model.Reply:         "Support Ticket Answered",
	model.Renewal:       "Subscription Renewed",
	model.Cancellation:  "Subscription Cancelled",
	model.Reward:        "Reward Earned",
	model.StockOut:      "Product Out of Stock",
	model.Quote:         "Quote Requested",
}

// segmentAnswer reads an answer. Segment says {"success":true}, RudderStack ok, Jitsu
// {"status":"ok"} or, of a batch, how many calls it took. None of them says which it refused.
func segmentAnswer(status int, body []byte, events int) Answer {
	a := byStatus(status, body, events)
	var said struct {
		Success *bool    `json:"success"`
		Status  string   `json:"status"`
		Message string   `json:"message"`
		Error   string   `json:"error"`
		Got     int      `json:"receivedEvents"` // calls: an event may make several
		Took    int      `json:"okEvents"`
		Errors  []string `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil {
		return a
	}
	why := validText(cmp.Or(said.Message, said.Error, strings.Join(said.Errors, "; ")))
	switch {
	case len(a.Rejected) > 0:
		a.Why = cmp.Or(why, a.Why)
	case said.Took < said.Got && said.Took > 0:
		return Answer{Accepted: max(events-(said.Got-said.Took), 0), Why: cmp.Or(why, firstLine(body))}
	case said.Took < said.Got:
		return Refused(events, cmp.Or(why, firstLine(body)))
	case said.Success != nil && !*said.Success, said.Status != "" && said.Status != "ok":
		return Refused(events, cmp.Or(why, firstLine(body)))
	}
	return a
}

type segmentEncoder struct {
	*lexicon
	names      []string // of track calls, quoted, by event type
	coupons    []string // quoted, by code
	tiers      []string // quoted, by code
	fulfilment []string // quoted, by code
	currency   string   // a member, with the comma before it
	app        string   // the member of a context of whoever uses the app
	locale     string   // the members of a context of whoever has a browser or the app
}

func newSegmentEncoder(w *model.World) *segmentEncoder {
	x := &segmentEncoder{lexicon: newLexicon(w), names: []string{""}}
	for code := range model.EventTypes {
		x.names = append(x.names, quote(segmentNames[uint32(code+1)]))
	}
	x.currency = `,"currency":` + quote(w.Scenario.Currency)
	x.app = `,"app":{"name":` + quote(w.Scenario.Name) + `}`
	x.locale = `,"locale":` + quote(w.Scenario.Locale) + `,"timezone":` + quote(w.Scenario.TimeZone)
	words := func(t model.TableID, column string) []string {
		return append([]string{""}, quoteAll(w.Tables[t].Column(column).Vocab)...)
	}
	x.coupons = words(model.TableOrders, "coupon")
	x.fulfilment = words(model.TableOrders, "fulfilment")
	x.tiers = words(model.TableCustomers, "tier")
	return x
}

func (x *segmentEncoder) Begin(dst []byte, _ *Event) []byte {
	return append(dst, `{"batch":[`...)
}

func (x *segmentEncoder) End(dst []byte, sent int64) []byte {
	return append(x.appendTime(append(dst, `],"sentAt":"`...), sent), `"}`...)
}

func (x *segmentEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	if !e.identified() {
		return dst, false
	}
	if e.Type() == model.Signup && e.Has(model.EventDevice) {
		dst = x.alias(dst, e)
	}
	if e.introduces() {
		dst = x.identify(dst, e)
	}
	switch e.Type() {
	case model.PageView:
		dst = append(dst, `{"type":"page","name":`...)
		dst = append(dst, x.quoted[model.EventPage][e.Code(model.EventPage)]...)
	case model.ScreenView:
		dst = append(dst, `{"type":"screen","name":`...)
		dst = append(dst, x.quoted[model.EventPage][e.Code(model.EventPage)]...)
	default:
		dst = append(append(dst, `{"type":"track","event":`...), x.name(e)...)
	}
	dst = append(dst, `,"properties":{`...)
	from := len(dst)
	dst = x.properties(dst, e)
	dst = closeObject(dst, from)
	dst = x.common(dst, e, "")
	return append(dst, '}'), true
}

// closeObject ends an object whose members, each with a comma before it, begin at from.
func closeObject(dst []byte, from int) []byte {
	if len(dst) > from { // the first comma goes
		dst = dst[:from+copy(dst[from:], dst[from+1:])]
	}
	return append(dst, '}')
}

// name returns the name of a track call, quoted.
func (x *segmentEncoder) name(e *Event) string {
	place := model.Touchpoint(e.Code(model.EventTouchpoint))
	switch kind := e.Type(); {
	case kind == model.Click && place == model.Inbox:
		return `"Email Link Clicked"`
	case kind == model.Send && place == model.App:
		return `"Push Notification Received"`
	case kind == model.Open && place == model.App:
		return `"Push Notification Tapped"`
	default:
		return x.names[kind]
	}
}

// identify appends the call that says who she is, and a comma.
func (x *segmentEncoder) identify(dst []byte, e *Event) []byte {
	dst = append(dst, `{"type":"identify","traits":{`...)
	if c := e.Customer(); c != nil {
		dst = x.traits(dst, c)
	}
	dst = x.common(append(dst, '}'), e, "-identify")
	return append(dst, `},`...)
}

// alias appends the call that joins what her browser did to her, and a comma.
func (x *segmentEncoder) alias(dst []byte, e *Event) []byte {
	dst = appendIDMember(dst, `{"type":"alias","previousId":`, e.Int(model.EventDevice))
	return append(x.common(dst, e, "-alias"), `},`...)
}

// traits appends the members that say who a customer is, in Segment's reserved names.
func (x *segmentEncoder) traits(dst []byte, c *Customer) []byte {
	text := func(key, value string) { dst = appendJSON(append(dst, key...), value) }
	text(`"email":`, c.Email)
	text(`,"firstName":`, c.First)
	text(`,"lastName":`, c.Last)
	text(`,"phone":`, c.Phone)
	dst, _ = x.stamp.appendDate(append(dst, `,"birthday":"`...), c.Born)
	text(`","address":{"street":`, c.Street)
	text(`,"city":`, c.City)
	text(`,"postalCode":`, c.PostalCode)
	text(`,"state":`, c.Province)
	text(`,"country":`, c.Country)
	dst = x.appendTime(append(dst, `},"createdAt":"`...), c.KnownSince)
	dst = append(dst, `","marketing_consent":`...)
	dst = appendBool(dst, c.Marketing)
	if c.Card != "" {
		text(`,"loyalty_card":`, c.Card)
		dst = appendMember(dst, `,"loyalty_tier":`, x.tiers[c.Tier])
		dst = appendIntMember(dst, `,"loyalty_points":`, c.Points)
	}
	return dst
}

// properties appends the members of properties, each with a comma before it. Those of the
// specification come first; ours are in snake case too.
func (x *segmentEncoder) properties(dst []byte, e *Event) []byte {
	switch e.Type() {
	case model.PageView:
		dst = x.page(dst, e)
		dst = x.member(dst, `,"category":`, e, model.EventCategory)
	case model.Search:
		dst = x.member(dst, `,"query":`, e, model.EventSearch)
	case model.Impression, model.Click, model.Send, model.Open:
		dst = x.promotion(dst, e)
	case model.Purchase:
		dst = x.order(dst, e)
	case model.Return:
		dst = x.refund(dst, e)
	case model.Review:
		dst = x.product(dst, e)
		dst = appendIDMember(dst, `,"rating":`, e.Int(model.EventScore))
	default:
		dst = x.product(dst, e)
	}
	dst = appendIDMember(dst, `,"order_id":`, e.Int(model.EventOrder))
	dst = x.member(dst, `,"store_id":`, e, model.EventStore)
	dst = appendIntMember(dst, `,"duration_ms":`, e.Int(model.EventDuration))
	dst = appendIntMember(dst, `,"score":`, e.Int(model.EventScore))
	dst = x.member(dst, `,"reason":`, e, model.EventReason)
	dst = x.member(dst, `,"marketing_channel":`, e, model.EventChannel)
	dst = x.member(dst, `,"device_type":`, e, model.EventDeviceType)
	return x.member(dst, `,"touchpoint":`, e, model.EventTouchpoint)
}

// page appends where she is on the web.
func (x *segmentEncoder) page(dst []byte, e *Event) []byte {
	dst = x.member(dst, `,"path":`, e, model.EventPage)
	dst = x.member(dst, `,"referrer":`, e, model.EventReferrer)
	if e.Code(model.EventSource) != 0 {
		dst = append(x.appendQuery(append(dst, `,"search":"`...), e), '"')
	}
	return append(x.appendLink(append(dst, `,"url":"`...), e), '"')
}

// promotion appends what a contact of advertising was about: a promotion on a site, a mail, or a
// message to the app.
func (x *segmentEncoder) promotion(dst []byte, e *Event) []byte {
	switch place := model.Touchpoint(e.Code(model.EventTouchpoint)); place {
	case model.Inbox:
		dst = x.member(dst, `,"campaign_id":`, e, model.EventCampaign)
		dst = x.member(dst, `,"campaign_name":`, e, model.EventCampaign)
	case model.App:
		dst = append(dst, `,"campaign":{"medium":"Push"`...)
		dst = append(x.member(dst, `,"name":`, e, model.EventCampaign), '}')
	default:
		dst = x.member(dst, `,"promotion_id":`, e, model.EventCampaign)
		dst = x.member(dst, `,"name":`, e, model.EventCampaign)
	}
	return x.member(dst, `,"category":`, e, model.EventCategory)
}

// member appends the word of a column of an event, if there is one.
func (x *lexicon) member(dst []byte, key string, e *Event, column int) []byte {
	return appendMember(dst, key, x.quoted[column][e.Code(column)])
}

// product appends what an event says of a product.
func (x *segmentEncoder) product(dst []byte, e *Event) []byte {
	code := e.Code(model.EventProduct)
	if code == 0 {
		return x.member(dst, `,"category":`, e, model.EventCategory)
	}
	dst = x.item(dst, `,"product_id":`, code, e.Code(model.EventCategory))
	dst = appendCentsMember(dst, `,"price":`, e.Int(model.EventPrice))
	dst = append(dst, x.currency...)
	dst = appendIntMember(dst, `,"quantity":`, e.Int(model.EventQuantity))
	if e.Code(model.EventPage) == 0 {
		return dst
	}
	return append(append(append(dst, `,"url":"`...), x.links[e.Code(model.EventPage)]...), '"')
}

// item appends which product it is; lead stands before its id.
func (x *segmentEncoder) item(dst []byte, lead string, product, category uint32) []byte {
	id := x.quoted[model.EventProduct][product]
	dst = append(append(dst, lead...), id...)
	dst = append(append(dst, `,"sku":`...), id...)
	dst = appendJSON(append(dst, `,"name":`...), x.products[product])
	return appendMember(dst, `,"category":`, x.quoted[model.EventCategory][category])
}

// order appends what was bought. By the specification subtotal and revenue are after discounts and
// without shipping and tax, and total = subtotal + shipping + tax.
func (x *segmentEncoder) order(dst []byte, e *Event) []byte {
	dst = x.member(dst, `,"affiliation":`, e, model.EventTouchpoint)
	dst = append(dst, x.currency...)
	o := e.Order()
	if o == nil {
		return appendCentsMember(dst, `,"total":`, e.Int(model.EventRevenue))
	}
	net := o.Total - o.Shipping - o.Tax
	dst = appendCentsMember(dst, `,"subtotal":`, net)
	dst = appendCentsMember(dst, `,"total":`, o.Total)
	dst = appendCentsMember(dst, `,"revenue":`, net)
	dst = appendCentsMember(dst, `,"shipping":`, o.Shipping)
	dst = appendCentsMember(dst, `,"tax":`, o.Tax)
	dst = appendCentsMember(dst, `,"discount":`, o.Discount)
	dst = appendMember(dst, `,"coupon":`, x.coupons[o.Coupon])
	dst = appendMember(dst, `,"fulfilment":`, x.fulfilment[o.Fulfilment])
	dst = append(dst, `,"products":[`...)
	for i := range o.Lines {
		l := &o.Lines[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = x.item(dst, `{"product_id":`, l.Product, l.Category)
		dst = appendCentsMember(dst, `,"price":`, l.Price)
		dst = appendIntMember(dst, `,"quantity":`, l.Quantity)
		dst = appendIntMember(dst, `,"position":`, int64(i+1))
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// refund appends what was given back, a part of an order.
func (x *segmentEncoder) refund(dst []byte, e *Event) []byte {
	code, pieces, price := e.Code(model.EventProduct), e.Int(model.EventQuantity),
		e.Int(model.EventPrice)
	dst = append(dst, x.currency...)
	dst = appendCentsMember(dst, `,"total":`, e.Refund())
	if code == 0 {
		return dst
	}
	dst = x.item(append(dst, `,"products":[`...), `{"product_id":`, code, e.Code(model.EventCategory))
	dst = appendCentsMember(dst, `,"price":`, price)
	return append(appendIntMember(dst, `,"quantity":`, pieces), `}]`...)
}

// common appends what every call says: who, when, in which context.
func (x *segmentEncoder) common(dst []byte, e *Event, suffix string) []byte {
	dst = appendIDMember(dst, `,"messageId":`, e.ID())
	dst = append(append(dst[:len(dst)-1], suffix...), '"')
	dst = appendIDMember(dst, `,"userId":`, e.Int(model.EventUser))
	if suffix != "-alias" {
		dst = x.anonymous(dst, e)
	}
	at := len(dst) + len(`,"timestamp":"`)
	dst = x.appendTime(append(dst, `,"timestamp":"`...), e.Time())
	stamp := dst[at:]
	dst = append(append(append(dst, `","originalTimestamp":"`...), stamp...), '"')
	dst = append(dst, `,"channel":`...)
	switch place := model.Touchpoint(e.Code(model.EventTouchpoint)); {
	case !e.Has(model.EventSession):
		dst = append(dst, `"server"`...)
	case place == model.App:
		dst = append(dst, `"mobile"`...)
	default:
		dst = append(dst, `"browser"`...)
	}
	return x.context(dst, e)
}

// anonymous appends the id of whoever is not known: of her browser or, in a shop, of her receipt.
func (x *segmentEncoder) anonymous(dst []byte, e *Event) []byte {
	if e.Has(model.EventDevice) {
		return appendIDMember(dst, `,"anonymousId":`, e.Int(model.EventDevice))
	}
	if e.Has(model.EventUser) {
		return dst
	}
	return appendIDMember(dst, `,"anonymousId":`, e.Int(model.EventOrder))
}

// context appends what surrounds a call.
func (x *segmentEncoder) context(dst []byte, e *Event) []byte {
	dst = append(dst, `,"context":{"library":{"name":"percorso","version":"`+model.Release+`"}`...)
	if e.Code(model.EventSource) != 0 {
		dst = append(dst, `,"campaign":{"source":`...)
		dst = append(dst, x.quoted[model.EventSource][e.Code(model.EventSource)]...)
		dst = x.member(dst, `,"medium":`, e, model.EventMedium)
		dst = x.member(dst, `,"name":`, e, model.EventCampaign)
		dst = append(dst, '}')
	}
	app := model.Device(e.Code(model.EventDeviceType)) == model.DeviceApp
	if e.Has(model.EventSession) && e.Code(model.EventPage) != 0 && !app {
		dst = append(dst, `,"page":{`...)
		from := len(dst)
		dst = closeObject(x.page(dst, e), from)
	}
	if app && e.Has(model.EventDevice) {
		dst = append(dst, x.app...)
		dst = append(appendIDMember(dst, `,"device":{"id":`, e.Int(model.EventDevice)), '}')
	}
	if e.Has(model.EventDevice) {
		dst = append(dst, x.locale...)
	}
	dst = append(x.member(dst, `,"location":{"city":`, e, model.EventCity), '}')
	dst = appendIntMember(dst, `,"sessionId":`, e.Int(model.EventSession))
	dst = append(dst, `,"consent":{"categoryPreferences":{"analytics":`...)
	dst = appendBool(dst, e.Code(model.EventConsent) == model.ConsentGranted)
	return append(dst, `}}}`...)
}
