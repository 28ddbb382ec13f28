package export

import (
	"github.com/percorso/percorso/model"
)

// A commerce tells events as Segment's e-commerce specification V2 does: names, their properties,
// and the traits of customers. Segment takes it as it is; PostHog, Mixpanel and Amplitude, which
// have no specification of their own, are sent the same by those who use them. What the
// specification has no word for is in its manner: names in the past, properties in snake case.
type commerce struct {
	*lexicon
	names []string // quoted, by event type
}

func newCommerce(w *model.World) *commerce {
	x := &commerce{newLexicon(w), []string{""}}
	for code := range model.EventTypes {
		x.names = append(x.names, quote(commerceNames[uint32(code+1)]))
	}
	return x
}

// commerceNames are the names by event type. Page and screen views have others in each system;
// those that depend on the touchpoint are in commerce.name.
var commerceNames = map[uint32]string{
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

// name returns the name of an event, quoted.
func (x *commerce) name(e *Event) string {
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

// properties appends the members of properties, each with a comma before it. Those of the
// specification come first; ours are in snake case too.
func (x *commerce) properties(dst []byte, e *Event) []byte {
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
func (x *commerce) page(dst []byte, e *Event) []byte {
	dst = x.member(dst, `,"path":`, e, model.EventPage)
	dst = x.member(dst, `,"referrer":`, e, model.EventReferrer)
	if e.Code(model.EventSource) != 0 {
		dst = append(x.appendQuery(append(dst, `,"search":"`...), e), '"')
	}
	return append(x.appendLink(append(dst, `,"url":"`...), e), '"')
}

// promotion appends what a contact of advertising was about: a promotion on a site, a mail, or a
// message to the app.
func (x *commerce) promotion(dst []byte, e *Event) []byte {
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

// product appends what an event says of a product.
func (x *commerce) product(dst []byte, e *Event) []byte {
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
func (x *commerce) item(dst []byte, lead string, product, category uint32) []byte {
	id := x.quoted[model.EventProduct][product]
	dst = append(append(dst, lead...), id...)
	dst = append(append(dst, `,"sku":`...), id...)
	dst = appendJSON(append(dst, `,"name":`...), x.products[product])
	return appendMember(dst, `,"category":`, x.quoted[model.EventCategory][category])
}

// order appends what was bought. By the specification subtotal and revenue are after discounts and
// without shipping and tax, and total = subtotal + shipping + tax.
func (x *commerce) order(dst []byte, e *Event) []byte {
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
	dst = appendMember(dst, `,"fulfilment":`, x.fulfilments[o.Fulfilment])
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
func (x *commerce) refund(dst []byte, e *Event) []byte {
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

// viewed appends what the views of a page or a screen say beside which it is.
func (x *commerce) viewed(dst []byte, e *Event) []byte {
	dst = x.member(dst, `,"category":`, e, model.EventCategory)
	dst = appendIntMember(dst, `,"duration_ms":`, e.Int(model.EventDuration))
	return x.member(dst, `,"marketing_channel":`, e, model.EventChannel)
}

// traits appends the members that say who a customer is, in Segment's reserved names.
func (x *commerce) traits(dst []byte, c *Customer) []byte {
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
